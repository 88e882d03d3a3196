"""The secrets. None of them shows itself in `repr`, `str`, a format or a log line: only `reveal()` does."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from typing import Final
from unicodedata import category
from urllib.parse import SplitResult, unquote, urlsplit

LINK_LIMIT = 1000
START_LINK_LIMIT = 3000
"""A start link holds a key that is a signed token; no platform shows a longer address."""
PASSCODE_LIMIT = 60
redacted: Final = "•••"
ZOOM: Final = "Zoom"
"""Where a gathering meets, unless its link leads elsewhere."""

_ROOM = re.compile(
    r"""(?: https?://[^\s/"'<>]{0,200}?zoom[^\s/"'<>]{0,50}             # zoom.us/j/123, whatever the country
          | \b(?:[\w-]{1,63}\.){0,4}zoom(?:gov)?\.(?:us|com) )        # and without its https://
        /(?:j|w|s|my|wc|meetings?|webinar)/[^\s"'<>)\]]*
      | https?://[^\s"'<>]{1,999}?[?&](?:pwd|tk|zak)=[^\s"'<>)\]]*      # any link that carries a passcode or a key""",
    re.IGNORECASE | re.VERBOSE,
)


_AT_ZOOM: Final = re.compile(
    r"(?:^|\.)zoom(?:\.us|\.com|\.com\.cn|gov\.com|-x\.de|\.example)\.?$"  # the last in examples and the sandbox
)
_MEETS: Final = re.compile(
    r"/+(?:(?:j|w|my|wc|ejl|ev|launch/+jc)/+[^/]|(?:meetings?|webinars?)/+register/+[^/]|join(?:/|$))", re.IGNORECASE
)
_STARTS: Final = re.compile(r"/+(?:s|wc(?:/+[^/]*)?/+start)(?:/|$)", re.IGNORECASE)
_ZAK: Final = re.compile(r"[?&;#]zak=", re.IGNORECASE)
"""Zoom's access key of a user: whoever has it is the host."""
_PRETENDED: Final = re.compile(r"z[o0]{2}m[.-](?:us|com|gov)|z[o0]{2}m(?:us|gov)|zoorn|z0[o0]m|zo0m")


def _port_is_sound(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def _by_https(address: str) -> str:
    """Where no scheme is written, and at Zoom, which itself leads from http to https."""
    if re.match(r"[\w.-]{3,253}(?::\d{1,5})?/", address):
        return f"https://{address}"
    plain = re.match(r"(?i)http://([\w.-]{3,253})(?::80)?(?=/)", address)
    return f"https://{plain[1]}{address[plain.end() :]}" if plain and _AT_ZOOM.search(plain[1].lower()) else address


def misdirected(address: str) -> str:
    """What an address at Zoom is if no way in for members: `start`, the host's own link, or `page`, no meeting."""
    try:
        parts = urlsplit(_by_https(address))
    except ValueError:
        return ""
    if not _AT_ZOOM.search(parts.hostname or ""):
        return ""
    path = unquote(parts.path)
    if _STARTS.match(path) or _ZAK.search(unquote(f"?{parts.query}#{parts.fragment}")):
        return "start"
    return "" if _MEETS.match(path) else "page"


def without_rooms(text: str, instead: str = redacted) -> str:
    """For a line of the log, which keeps its form. What others read is made safe by `bot.redaction.detect`."""
    return _ROOM.sub(instead, text)


@dataclass(frozen=True, slots=True, repr=False)
class _SecretLink:
    """An address that shows itself nowhere but through `reveal`."""

    _address: str

    def reveal(self) -> str:
        return self._address

    def __repr__(self) -> str:
        return f"{type(self).__name__}({redacted})"

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return repr(self)


@dataclass(frozen=True, slots=True, repr=False)
class ZoomLink(_SecretLink):
    """The address of the room with its passcode: for an admitted member only, privately, at admission."""

    _passcode: str = ""

    def passcode(self) -> str:
        return self._passcode

    @classmethod
    def typed(cls, address: str, passcode: str = "") -> ZoomLink:
        """Reads one address as pasted; raises ValueError with one word for what is wrong, never quoting the link."""
        passcode = passcode.strip()
        address = _by_https(address.strip())
        if len(address) > LINK_LIMIT or len(passcode) > PASSCODE_LIMIT:
            raise ValueError("length")
        if any(category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} for character in address + passcode):
            raise ValueError("unseen")  # urlsplit would drop some of them without a word
        if "\\" in address:
            raise ValueError("backslash")
        try:
            parts = urlsplit(address)
        except ValueError:  # its own sentence may quote the address
            raise ValueError("form") from None
        host = parts.hostname or ""
        if "@" in parts.netloc:
            raise ValueError("user")
        if not host.isascii() or "xn--" in host or (_PRETENDED.search(host) and not _AT_ZOOM.search(host)):
            raise ValueError("lookalike")
        if parts.scheme != "https" or "." not in host or re.search(r"\s", address) or not _port_is_sound(parts):
            raise ValueError("http" if parts.scheme == "http" and "." in host else "form")
        if _AT_ZOOM.search(host) and not (parts.path.strip("/") or parts.query):
            raise ValueError("form")
        if wrong := misdirected(address):
            raise ValueError(wrong)
        return cls(address, passcode)

    @property
    def at_zoom(self) -> bool:
        return _AT_ZOOM.search(self._host()) is not None

    @property
    def place(self) -> str:
        """Where it leads, as a button and a sentence name it: Zoom, or the host. Not enough to get in."""
        host = self._host().removeprefix("www.")
        return ZOOM if self.at_zoom or not host else host

    def _host(self) -> str:
        return urlsplit(self._address).hostname or ""


@dataclass(frozen=True, slots=True, repr=False)
class JoinLink(_SecretLink):
    """A member's own way to the door. It takes no place by being opened, and dies with the registration."""


@dataclass(frozen=True, slots=True, repr=False)
class StartLink(_SecretLink):
    """Makes whoever opens it the host of the meeting: for a facilitator alone, fetched anew each time, never stored."""

    @classmethod
    def received(cls, address: str) -> StartLink:
        """Reads one as Zoom gave it; raises ValueError, which never quotes it."""
        if not address.startswith("https://") or len(address) > START_LINK_LIMIT or not address.isprintable():
            raise ValueError("form")
        return cls(address)


@dataclass(frozen=True, slots=True, repr=False)
class UnsubscribeLink(_SecretLink):
    """Ends the letters to one member, by one press. It stands in letters alone, and leads to nothing else."""


@dataclass(frozen=True, slots=True)
class LinkKey:
    """What a personal link names: a row's id and its nonce, a random part that no other row ever had.

    An id alone does not do: after a restore it may be given to another row. Without a nonce it is a link from before
    rows had one.
    """

    id: int
    nonce: str = field(default="", repr=False)

    def names(self, nonce: str, *, by_id: bool) -> bool:
        """Whether it names the row with this nonce. `by_id`: links that hold the id alone were given out for it."""
        return (by_id and not self.nonce) or hmac.compare_digest(self.nonce.encode(), nonce.encode())
