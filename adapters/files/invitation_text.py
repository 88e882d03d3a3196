"""Cleans descriptions from calendars: removes HTML, and the invitations of Zoom and others, which hold links."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from bot.redaction.detect import gives_away, holds_room
from bot.redaction.invitation import BRIEF_LABELS, PASSCODE_LABELS
from bot.redaction.pasted import named
from bot.secrets import ZoomLink
from bot.text import folded

HEADING_LIMIT = 90
"""Characters of a line that may stand above an address or a number, as `Join Zoom Meeting` does."""
BLOCK_LIMIT = 25
"""Lines from `… is inviting you to a scheduled Zoom meeting` to the link, at most."""

_PASSCODE_LABELS = "|".join(
    re.escape(label).replace(r"\ ", r"\s") for label in (*PASSCODE_LABELS, *map(folded, PASSCODE_LABELS), *BRIEF_LABELS)
)
_PASSCODE_LINE = re.compile(
    rf"^[^\w\n]{{0,6}}(?:(?:meeting|zoom)\s)?(?:(?:{_PASSCODE_LABELS})\s?[:：]|[🔑🔐🔒🗝]\ufe0f?(?=.{{0,60}}\d))\s?"
    r"(\S{1,60})[^\S\n]*$",
    re.IGNORECASE | re.MULTILINE,
)
_PASSCODE_INSIDE = re.compile(
    rf"[(,（、，]\s?(?:{_PASSCODE_LABELS})\s?[:：]\s?([^\s,()（）]{{1,60}})\s?[),）]", re.IGNORECASE
)
_PASSCODE_BESIDE = re.compile(
    rf"\b(?:{_PASSCODE_LABELS})\s?[:：]\s?(?=[^\s,;]{{0,30}}\d)([^\s,;()（）#]{{1,60}})(?![^\s,;()（）]|#)",
    re.IGNORECASE,
)
"""In a line that also holds the room or its number. What ends in # is for the telephone."""
_QUOTES = "\"'“”‘’«»*`"
"""Around a passcode; none of them is at both ends of one that Zoom makes."""
_BELOW_NUMBER = re.compile(r"[^\n:：]{1,60}[:：]\s?([^\s:/@]{4,30})\s*")
"""What stands below the meeting's number in every language: `통행 코드: 98qz77`."""
_PLANNED = (
    "scheduled|programad|planifi|geplant|agendad|pianificat|gepland|zaplanowan|запланирован|запланован|予約|预先|預先|预定"
    "|預定|排定|排程|已安排|예약|예정|planlan|l[eê]n\\sl[iị]ch|theo\\sl[iị]ch|terjadwal|dijadwalkan|schemalag|planlagt|ajoitet"
)
_SCHEDULED = re.compile(rf"zoom.*(?:{_PLANNED})|(?:{_PLANNED}).*zoom", re.IGNORECASE)
"""`Frances Doe is inviting you to a scheduled Zoom meeting.`, in the languages in which Zoom writes it."""
_DATA = re.compile(
    r"""[\s•*·-]{0,16}(?:
        (?:\([\w\s.-]{1,30}\)\s?)?\+?\d[\d\s().-]{6,30}\d(?:[,;\#*\w]{0,60})?(?:\s.{0,60})?        # a telephone number
      | \d{1,3}(?:\.\d{1,3}){3}(?:\s.{0,60})?                                                       # H.323
      | \S{1,60}@(?:zoomcrc\.com|lync\.zoom\.us|meetings\.zoom\.us)
      | (?:sip|tel):\S{1,80}
      | (?:[^.!?:：]{0,60}[:：](?!//)\s?)?\S{0,300}zoom\.us/\S{0,400}
      | [-─_=~:]{3,200}
      | (?:meeting|webinar)\s(?:id|url|number)\b.{0,100}
      | .{0,60}https://support\.google\.com/a/users/answer/9282720\S{0,100}                         # below Meet's own
    )\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_JOIN_HEADING = re.compile(
    r"zoom|teams|meet\b|(?:join|connect|enter|unirse|[uú]n(?:ete|ase)|entrar|participer|rejoindre|beitreten|teilnehmen|ingress"
    r"|partecipa|deelnemen|do[lł][aą]cz|войти|подключ|参加|加入|참가|kat[ıi]l|tham\sgia|gabung|anslut|delta|liity)|[:：]\s*$",
    re.IGNORECASE,
)
_KNOWN_HEADING = re.compile(
    r"\W*(?:one\stap\smobile|dial\s(?:by|in)\b.*|join\s(?:by|from|with|instructions)\b.*|join\s(?:our\s|the\s)?zoom\smeeting"
    r"|-{3,}\s?\(.{0,60}\)\s?-{3,}|find\syour\slocal\snumber.*)\W*",
    re.IGNORECASE,
)
HEADING_WORDS = 6
"""Of a heading that stands in one line with its address, at most: `Unirse a la reunión Zoom https://…`."""
_SECTION = re.compile(r"\s*(?:_{10,}|-?:?:?~[:~-]{8,})\s*")
"""What Google and Microsoft set above and below their own."""
_RULE = re.compile(r"\s*(?:[-─—_=~*]{3}[-─—_=~*\s]*)?")
"""Or nothing at all."""
_LABEL = re.compile(r"\W*(?:[\w ’'-]{1,40}[:：]\W*){0,3}$")
"""What is left of a line that held a link alone: nothing, or `Join here:`."""
_ALONE = re.compile(r"[\W\d]{1,60}|\W{0,8}[\w-]{4,30}\W{0,4}")
"""A number, or one word."""
_LABELLED = re.compile(
    rf"[:：]\s?\S|\(.*\)|^\W{{0,6}}(?:{_PASSCODE_LABELS})\s\S+\s*$"
    r"|^\W{0,6}[^\W\d]{1,20}(?:\s[^\W\d]{1,20}){0,3}\s[-–—=→]\s?(?=\S*\d)[\w-]{3,30}(?:\s\d{3,4}){0,2}\s*$",
    re.IGNORECASE,
)
_SENTENCE_ENDS = re.compile(r"[.!?…]\s*$")
_TAG = re.compile(
    r"</?(?:a|b|br|div|em|font|h[1-6]|hr|html|body|head|i|img|li|ol|p|span|strong|table|tbody|td|tr|u|ul)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"<(style|script|title)\b[^<>]{0,2000}>[^<]{0,20000}</\1\s{0,5}>|<!--.{0,2000}?-->|<![^<>]{0,300}>",
    re.IGNORECASE | re.DOTALL,
)
_ANCHOR = re.compile(
    r"""<a\b[^<>]{0,2000}?\bhref=["'](?P<address>[^"'<>]{1,2000})["'][^<>]{0,2000}>
        (?P<words>[^<]{0,2000}(?:<(?!/a)[^<]{0,2000}){0,20})</a>""",
    re.IGNORECASE | re.VERBOSE,
)
_MARKDOWN = re.compile(r"\[[^\[\]\n]{1,200}\]\((?P<address>https?://[^\s()<>]{1,2000})\)", re.IGNORECASE)
_NEW_LINE = re.compile(r"<(?:br|hr|/p|/div|/li|/h[1-6]|/ul|/ol|/tr)\b[^<>]{0,2000}>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def passcode(description: str, address: str = "") -> str:
    """The one that an invitation to this room names; empty where it names none."""
    matched = _PASSCODE_LINE.search(description) or _PASSCODE_INSIDE.search(description)
    if matched is not None:
        return _unquoted(matched[1])
    lines = [line for line in description.split("\n") if line.strip()]
    leaking = [line for line in lines if gives_away(line, ZoomLink(address))]
    squeezed = map(_PASSCODE_BESIDE.search, leaking)
    if (beside := next(filter(None, squeezed), None)) is not None:
        return _unquoted(beside[1].rstrip("."))
    below = (below for number, below in pairwise(lines) if _is_meeting_number_line(number, address))
    words = (matched[1] for line in below if (matched := _BELOW_NUMBER.fullmatch(line)))
    said = map(named, leaking)
    return next((word for word in words if re.search(r"\d", word)), "") or next(filter(None, said), "")


def _unquoted(word: str) -> str:
    return word.strip(_QUOTES) or word


def _is_meeting_number_line(line: str, address: str) -> bool:
    """Whether it is a line for the number of the meeting at that address alone, whatever it calls it."""
    number = re.sub(r"\D", "", line)
    return 9 <= len(number) <= 12 and number in re.split(r"\D", address) and re.search(r"\d\W*$", line) is not None


def without(description: str, link: ZoomLink | None) -> tuple[str, bool]:
    """Plain text as members may read it, without an invitation or any room; whether it had one.

    The facilitator's own words stay. What cannot be taken out for certain stays too, and is refused after this.
    """
    lines = description.split("\n")
    leaks = [gives_away(line, link) for line in lines]
    if not any(leaks):
        return description, False
    dropped = set(_sections(lines, leaks)) | set(_blocks(lines, leaks))
    data = {at for at, line in enumerate(lines) if leaks[at] or _DATA.fullmatch(line)}
    address = link.reveal() if link and not link.passcode() else ""
    below = {
        at + 1
        for at, (number, below) in enumerate(pairwise(lines))
        if _is_meeting_number_line(number, address) and _BELOW_NUMBER.fullmatch(below)
    }
    dropped |= below  # its passcode, in a language that is not known
    data = _after_first_leak(data, leaks) | dropped
    remaining = []
    for at, line in enumerate(lines):
        if at in dropped or (at in data and not leaks[at]) or _is_heading(lines, at, data, leaks):
            continue
        bare = _without_urls(line, link) if leaks[at] else line
        if bare is not None:
            remaining.append(bare)
    while remaining and _RULE.fullmatch(remaining[-1]):  # as above an invitation
        remaining.pop()
    bare = re.sub(r"\n{3,}", "\n\n", "\n".join(remaining)).strip()
    return bare, bare != description


def _sections(lines: Sequence[str], leaks: Sequence[bool]) -> Iterator[int]:
    """Lines between two rules of Google's or Microsoft's own, where a room is between them."""
    rules = [at for at, line in enumerate(lines) if _SECTION.fullmatch(line)]
    for first, last in pairwise(rules):
        if any(leaks[first:last]):
            yield from range(first, last + 1)


def _blocks(lines: Sequence[str], leaks: Sequence[bool]) -> Iterator[int]:
    """From `… is inviting you to a scheduled Zoom meeting` to the link."""
    for at, line in enumerate(lines):
        if _SCHEDULED.search(line[:400]):
            room = next((there for there in range(at, min(len(lines), at + BLOCK_LIMIT)) if leaks[there]), None)
            if room is not None:
                yield from range(at, room)


def _after_first_leak(data: set[int], leaks: Sequence[bool]) -> set[int]:
    """Numbers and rules above the invitation are the facilitator's own."""
    first = next(at for at, leak in enumerate(leaks) if leak)
    return {at for at in data if at >= first}


def _is_heading(lines: Sequence[str], at: int, data: set[int], leaks: Sequence[bool]) -> bool:
    """Whether it stands above what is taken out, and says only what that is."""
    line = lines[at].strip()
    if not line or leaks[at] or len(line) > HEADING_LIMIT or line[-1] in ".!?…":
        return False
    if at + 1 not in data and not (at + 2 in data and not lines[at + 1].strip() and _KNOWN_HEADING.fullmatch(line)):
        return False
    inside = any(before in data for before in range(max(0, at - 3), at))
    return bool(_KNOWN_HEADING.fullmatch(line) or _JOIN_HEADING.search(line)) or inside


def _without_urls(line: str, link: ZoomLink | None) -> str | None:
    """A line without its addresses; None where nothing of its own is left. A number in a sentence stays: refused."""
    words = re.split(r"(\s+)", line)
    bare = "".join("" if "/" in word and gives_away(word, link) else word for word in words).rstrip()
    if _DATA.fullmatch(line):
        return None
    if gives_away(bare, link):
        return _own_sentences(line, link) if _is_invitation_line(line) else line
    return None if _LABEL.match(bare) or _names_the_room_alone(bare) else bare


def _names_the_room_alone(bare: str) -> bool:
    """Whether the words before an address only say what it is, as `Join Zoom Meeting` does."""
    words = bare.split()
    begins = _JOIN_HEADING.match(bare.strip()) is not None
    return begins and len(words) <= HEADING_WORDS and "zoom" in bare.lower() and words[-1][-1] not in ".!?…"


def _own_sentences(line: str, link: ZoomLink | None) -> str | None:
    """What stands before an invitation that was squeezed into one line: `Come. Join Zoom Meeting: …`."""
    sentences = re.split(r"(?<=[.!?…])\s+", line)
    own = " ".join(takewhile(lambda each: not gives_away(each, link), sentences))
    return own if own.endswith((".", "!", "?", "…")) else None


def _is_invitation_line(line: str) -> bool:
    """Whether a line is an invitation's, and no sentence: `Meeting ID: 812 3456 7890`, or the number alone."""
    if _PASSCODE_LINE.fullmatch(line) is not None or _ALONE.fullmatch(line) is not None:
        return True
    return len(line) <= 2 * HEADING_LIMIT and _LABELLED.search(line) is not None and not _SENTENCE_ENDS.search(line)


def unescaped(text: str) -> str:
    """HTML's entities as the characters that they stand for; some calendars write them twice over."""
    for _ in range(2):
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return text


def plain(description: str) -> str:
    """HTML, which Google Calendar writes where people format, as text with the same lines and links."""
    if _TAG.search(description):
        bare = _NEW_LINE.sub("\n", _ANCHOR.sub(_linked, _HIDDEN.sub("", description)))
        description = _TAG.sub("", bare)
    return _MARKDOWN.sub(_bare_room, unescaped(description).replace("\u00a0", " "))


def _bare_room(link: re.Match[str]) -> str:
    return link["address"] if holds_room(link["address"]) else link[0]


def _linked(anchor: re.Match[str]) -> str:
    address, words = anchor["address"], _TAG.sub("", anchor["words"])
    return address if words in address or holds_room(html.unescape(address)) else f"{words} ({address})"
