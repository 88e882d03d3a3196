"""A link as people paste it: alone, with its passcode beside it, or inside the whole invitation that Zoom writes."""

from __future__ import annotations

import re
from typing import Final

from bot.redaction.detect import holds_room
from bot.redaction.fold import fold
from bot.redaction.invitation import (
    BETWEEN,
    BRIEF_LABELS,
    HOST_KEY,
    NO_PASSCODE,
    PASSCODE_LABELS,
    holds_invitation,
)
from bot.redaction.link_guards import without_guards
from bot.redaction.rooms import room_named
from bot.secrets import ZoomLink, misdirected

LONGEST: Final = 10_000
"""Characters that are looked at: Zoom's invitation, with the numbers of every country, has 3000."""
_LABELS: Final = "|".join(re.escape(label) for label in (*PASSCODE_LABELS, *BRIEF_LABELS))
_LABEL: Final = re.compile(
    rf"\b(?<![?&])(?<!zip\s)(?<!dress\s)(?<!area\s)(?<!postal\s)(?P<label>{_LABELS})(?![^\W\d_])", re.IGNORECASE
)
_PASSCODE: Final = re.compile(
    rf"{_LABEL.pattern}{BETWEEN}"
    r"(?P<says>[^\S\n]{0,2}[*_]{0,2}(?:[:：=]|\s[-–—](?=\s)|\s(?:is|es|ist|est|è|é)(?=\s))[*_]{0,2}\s{0,3}|\s{1,3})"
    r"(?=(?P<opens>[\"'“«`*]{0,2})(?P<passcode>\S{1,60}+)(?!\S)(?<!\#)(?![^\S\n]{1,2}[\d#])(?P<ends>(?=\s{0,20}\Z|[^\S\n]{0,20}\n))?)",
    re.IGNORECASE,
)
_HOST_KEY: Final = re.compile(rf"{HOST_KEY}[^\w\n]{{0,6}}(?:(?:is|es|ist|est)\s)?\w{{0,20}}", re.IGNORECASE)
_AROUND: Final = "<>()[]\"'“”*,;"
_MARKUP: Final = re.compile(r"(://[^\s|<>]{1,1000})\|(?:[^<>\n]{0,200}>|\S{0,200})")
"""A link with the words that Slack shows for it: `<https://zoom.us/j/1|Our room>`."""
_SPACED_NUMBER: Final = re.compile(r"(/[jws]/\d{3})[ \xa0-]?(\d{3,4})[ \xa0-]?(\d{3,4})(?!\d)")
_NO_ROOM: Final = re.compile(r"^(?!https?:)\w+:|/skype/|/ics\b|globalcallin|^https://tel\.meet/")
"""What invitations also hold: pages with telephone numbers, and links that other programs are to open."""
_INVITATION_LINES: Final = 3
"""Lines beside the link from which it is a whole invitation, in which numbers are no passcodes."""


def read(typed: str, passcode: str = "") -> ZoomLink:
    """The room that is meant and its passcode; raises ValueError like `ZoomLink.typed`, and never quotes either.

    Besides its reasons there are `several`, for more than one room, and `passcode`, where there may be one and it is
    not certain which word it is: whoever is at the door would be given that word.
    """
    if len(typed) > LONGEST:
        raise ValueError("length")
    typed = _SPACED_NUMBER.sub(r"\1\2\3", without_guards(_MARKUP.sub(r"\1 ", typed)))
    words = [word.strip(_AROUND).rstrip(".") for word in re.split(r"\s+", typed.strip())]
    addresses = [word for word in words if "://" in word or re.match(r"[\w-]{1,63}\.[\w.-]{2,250}[/\\]", word)]
    rooms = [address for address in addresses if _is_room(address)]
    link = ZoomLink.typed((rooms or addresses or words)[0], passcode)
    if len(set(map(room_named, rooms))) > 1:
        raise ValueError("several")
    for address in sorted(addresses, key=len, reverse=True):
        typed = typed.replace(address, "\n")
    return link if passcode or not addresses else ZoomLink.typed(link.reveal(), _passcode(typed))


def _is_room(address: str) -> bool:
    return holds_room(address) and not misdirected(address) and _NO_ROOM.search(address) is None


def _passcode(beside: str) -> str:
    """The one that is named so, or the one word beside the link that can be nothing else; empty where there is none."""
    beside = _HOST_KEY.sub("\n", beside)
    if passcode := named(beside):
        return passcode
    lines = [line for each in beside.splitlines() if re.search(r"\w", line := each.strip(_AROUND + " "))]
    words = " ".join(lines).split()
    if len(words) == 1 and _looks_like_one(words[0]):
        return words[0]
    labels = [match["label"].lower() for match in _LABEL.finditer(beside)]
    doubtful = any(label in PASSCODE_LABELS for label in labels)
    if len(lines) < _INVITATION_LINES and not holds_invitation(beside):
        lone = len(words) == 1 and not words[0].endswith((":", "："))
        doubtful = doubtful or bool(labels) or lone or any(map(str.isdecimal, beside))
    if doubtful:
        raise ValueError("passcode")
    return ""


def named(text: str) -> str:
    """The passcode that a text calls one; empty where it calls nothing so, or that is in doubt."""
    for match in _PASSCODE.finditer(text):
        marks = ".,;()]\"'”»`，。）" + ("*" if match["opens"] else "")
        word = match["passcode"].strip(marks)
        says = match["says"].strip() and match["ends"] is not None and match["label"].lower() in PASSCODE_LABELS
        if _looks_like_one(word) or (says and len(word) > 3 and NO_PASSCODE.fullmatch(fold(word)) is None):
            return word
    return ""


def _looks_like_one(word: str) -> bool:
    """Whether it is no word of a language: it holds a digit, a capital letter within, or a sign as Zoom has them."""
    return re.fullmatch(r"[^\s:/|]{3,60}", word) is not None and bool(re.search(r"\d|[a-z][A-Z]|\w[@_*]", word))
