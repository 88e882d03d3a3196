"""A link as people paste it: alone, with its passcode beside it, or inside the whole invitation that Zoom writes."""

from __future__ import annotations

import re
from typing import Final

from bot.redaction.detect import holds_room
from bot.redaction.invitation import PASSCODE_LABELS, holds_invitation
from bot.redaction.link_guards import without_guards
from bot.secrets import ZoomLink, misdirected

LONGEST: Final = 10_000
"""Characters that are looked at: Zoom's invitation, with the numbers of every country, has 3000."""
_SPACED: Final = re.compile(r"\s+")
BRIEFLY: Final = ("código", "codigo", "clave", "code", "pin")
_LABELS: Final = "|".join(map(re.escape, (*PASSCODE_LABELS, *BRIEFLY)))
_PASSCODE: Final = re.compile(
    rf"\b(?:{_LABELS})(?:\s+(?:is|es|ist|est|è|é))?\s*[:：=]?\s*"
    r"[\"'“*]?(?P<passcode>[^\s\"'”*]{1,60})",
    re.IGNORECASE,
)
_AROUND: Final = "<>()[]\"'“”*,;"


def read(typed: str, passcode: str = "") -> ZoomLink:
    """The room that is meant and its passcode; raises ValueError like `ZoomLink.typed`, and never quotes either."""
    if len(typed) > LONGEST:
        raise ValueError("length")
    typed = without_guards(typed)
    words = [word.strip(_AROUND).rstrip(".") for word in _SPACED.split(typed.strip())]
    addresses = [word for word in words if "://" in word or re.match(r"[\w-]{1,63}\.[\w.-]{2,250}[/\\]", word)]
    rooms = [address for address in addresses if _is_room(address)]
    address = (rooms or addresses or words)[0]
    return ZoomLink.typed(address, passcode or _passcode(typed, address))


def _is_room(address: str) -> bool:
    # Zoom's invitation also holds pages with telephone numbers, and links that other programs are to open.
    return holds_room(address) and not misdirected(address)


def _passcode(typed: str, address: str) -> str:
    """The one that is named so; else whatever stands beside the link, when that is one line."""
    beside = typed.replace(address, "\n", 1)
    named = _PASSCODE.search(beside)
    if named is not None:
        return named["passcode"].rstrip(".,;)")
    lines = [line.strip(_AROUND + " ") for line in beside.splitlines()]
    lines = [line for line in lines if line]
    return lines[0] if len(lines) == 1 and not holds_invitation(lines[0]) else ""
