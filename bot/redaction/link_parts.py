"""The parts of a given link that others must not read: its address, the meeting's number and the passcode."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from bot.redaction.decode import decode
from bot.redaction.invitation import NEAR_PASSCODE
from bot.redaction.searchable import NOT_BARE, NOT_LETTERS, SAME_SHAPE, SearchableText
from bot.secrets import ZoomLink

SHORTEST_PASSCODE = 6
"""Characters from which a passcode is looked for anywhere in a text: a shorter one may be a word, or a year."""
LABEL_BEFORE, LABEL_AFTER = 40, 30
"""Characters around a shorter one in which a word like "passcode" must stand."""
PASSCODE_PARAMETERS: Final = {"pwd", "passcode", "password", "tk", "pin", "code", "token", "mpwd"}


@dataclass(frozen=True, slots=True)
class LinkParts:
    """What of one link must not be read by others, folded as the texts are: its address, numbers and passcodes."""

    address: re.Pattern[str] | None
    bare: re.Pattern[str] | None
    numbers: tuple[str, ...]
    passcodes: tuple[_PasscodeParts, ...]

    def are_in(self, text: SearchableText) -> bool:
        return (
            (self.address is not None and bool(self.address.search(text.spaced) or self.address.search(text.squeezed)))
            or (self.bare is not None and self.bare.search(text.bare) is not None)
            or any(number in text.letters or number in text.spoken_digits() for number in self.numbers)
            or any(passcode.is_in(text) for passcode in self.passcodes)
        )


@dataclass(frozen=True, slots=True)
class _PasscodeParts:
    whole: str
    letters: str
    apart: re.Pattern[str]
    """As a word of its own, or letter by letter."""

    @classmethod
    def of(cls, typed: str) -> _PasscodeParts | None:
        whole = (decode(typed) or typed.casefold()).replace(" ", "")
        if not whole:
            return None
        letters = [re.escape(character) for character in whole]
        spelled = r"[\W_]{1,3}".join(letters)
        apart = re.compile(rf"(?<![^\W_])(?:{''.join(letters)}|{spelled})(?![^\W_])")
        return cls(whole, NOT_LETTERS.sub("", whole).translate(SAME_SHAPE), apart)

    def is_in(self, text: SearchableText) -> bool:
        if len(self.whole) >= SHORTEST_PASSCODE:
            if self.apart.search(text.spaced) or (not self.whole.isalnum() and self.whole in text.squeezed):
                return True
            # What is letters alone might be found across the words of any sentence.
            return (
                len(self.letters) >= SHORTEST_PASSCODE
                and not self.whole.isalpha()
                and (self.letters in text.letters or self.letters in text.spoken_letters())
            )
        return any(
            NEAR_PASSCODE.search(
                text.spaced, max(0, match.start() - LABEL_BEFORE), min(len(text.spaced), match.end() + LABEL_AFTER)
            )
            for match in self.apart.finditer(text.spaced)
        )


@lru_cache(maxsize=256)
def parts_of(link: ZoomLink) -> LinkParts:
    address, whole = link.reveal(), bare_address(link.reveal())
    try:
        parts = urlsplit(address)
        query = parse_qsl(parts.query) + parse_qsl(parts.fragment)
    except ValueError:
        return LinkParts(None, None, (), ())
    last = parts.path.rstrip("/").rpartition("/")[2]
    if parts.query and (not last or "." in last):  # the page alone says nothing: /room.php?id=5
        whole = f"{whole}?{decode(parts.query) or ''}"
    bare_path = NOT_BARE.sub("", whole.partition("/")[2])
    passcodes = [link.passcode(), *(value for name, value in query if name.lower() in PASSCODE_PARAMETERS)]
    numbers = {
        re.sub(r"\D", "", part) for part in re.split(r"[/?&=#]", address) if re.fullmatch(r"[\d\s.-]{9,20}", part)
    }
    ends = r"(?![a-z0-9])" if bare_path else r"(?!/?[a-z0-9])"
    bare = NOT_BARE.sub("", whole)
    return LinkParts(
        re.compile(rf"(?<![a-z0-9]){re.escape(whole)}{ends}") if whole else None,
        re.compile(rf"(?<![a-z0-9]){re.escape(bare)}{ends}") if bare else None,
        tuple(sorted(numbers)),
        tuple(filter(None, map(_PasscodeParts.of, passcodes))),
    )


def bare_address(address: str) -> str:
    """Host and path, folded, as they are found in a text however the address is written there."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return ""
    port = f":{parts.port}" if _has_port(address) else ""
    return (decode(f"{host}{port}{parts.path}") or "").rstrip("/")


def _has_port(address: str) -> bool:
    try:
        return urlsplit(address).port is not None
    except ValueError:
        return False
