"""One gathering as a row of an imported file, in either format: its fields, and the rules that hold for rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from unicodedata import category

from bot import times, zones
from bot.gatherings.model import (
    DESCRIPTION_LIMIT,
    FACILITATORS_LIMIT,
    LONGEST,
    PARTS_LIMIT,
    SHORTEST,
    TITLE_LIMIT,
    Plan,
)
from bot.redaction import pasted
from bot.redaction.detect import gives_away
from bot.secrets import LINK_LIMIT, PASSCODE_LIMIT, ZoomLink
from bot.text import folded, unturned

EXAMPLE = "2027-03-04T18:00"
SERIES_LIMIT = 90
UNREADABLE_START = datetime(1970, 1, 1, microsecond=1, tzinfo=UTC)
"""Placeholder for a start that could not be parsed: no file holds parts of a second."""
SEARCH_LIMIT = 20_000
"""Characters of a text that is searched for a Zoom link; a longer one is refused for its length."""
ENTRY_LIMIT = 1000
"""Gatherings per file."""
SHOWS_LINK = "holds the Zoom link, its number or its passcode, which everyone would see (leave it out)"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """An entry of a calendar. `source` identifies it across imports, `sequence` is its version (RFC 5545, SEQUENCE)."""

    line: int
    source: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Row:
    """`line`: where it begins in the file, from 1. `series`: empty for a one-time gathering."""

    line: int
    plan: Plan
    series: str = ""
    part: int = 1
    entry: CalendarEntry | None = None
    unread_link: bool = False
    """It has a link that could not be parsed."""
    ruled: bool = False
    """It says something of its door rule; the rest of that is as usual."""
    tentative: bool = False
    """It is to be a draft."""


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """A problem or a remark at a line; line 0 is the whole file. It never quotes a link or a passcode."""

    line: int
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}" if self.line else self.why


@dataclass(slots=True)
class ParsedRows:
    """The result of one format's parser: rows, problems, and remarks for the operator."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)
    remarks: list[Diagnostic] = field(default_factory=list)
    incomplete: set[str] = field(default_factory=set)
    """Series with a row that has a problem."""
    unnumbered: set[str] = field(default_factory=set)
    """Series with a row whose part could not be read."""
    invalid_lines: set[int] = field(default_factory=set)
    """Lines of rows with a problem; these rows are in `rows` as far as they could be parsed."""
    cancelled: list[CalendarEntry] = field(default_factory=list)

    @property
    def valid(self) -> list[Row]:
        return [row for row in self.rows if row.line not in self.invalid_lines]


class ImportRejected(Exception):
    """The file cannot be imported as it is; nothing of it was."""

    def __init__(self, problems: Iterable[Diagnostic]) -> None:
        self.problems = sorted(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


# ---- the fields; each raises ValueError with a phrase that names the field


def instant(cell: str, zone: str) -> datetime:
    """ISO 8601, local to `zone` unless it has an offset, as UTC."""
    text = " ".join(cell.split())
    if not text:
        raise ValueError(f"starts_at is missing (write it like {EXAMPLE})")
    try:
        if not re.fullmatch(r"[0-9WTZtz:+. -]{11,40}", text):  # a date alone has ten
            raise ValueError("form")
        at = datetime.fromisoformat(text.upper())
        if at.microsecond:
            raise ValueError("form")
        return at.astimezone(UTC) if at.tzinfo else times.in_zone(at, zone, text)
    except times.UnreadableTime as problem:
        raise ValueError(unreadable(problem)) from None
    except (ValueError, OverflowError):
        raise ValueError(f"starts_at '{short(text)}' is not a date and time (write it like {EXAMPLE})") from None


def unreadable(problem: times.UnreadableTime, start: str = "starts_at", zone: str = "timezone") -> str:
    """Why a time names no instant; `start` and `zone` are what the file calls them."""
    if problem.why == "zone":
        return f"{zone} '{short(problem.typed)}' is not known ({zones.hint(problem.doubt, problem.choices)})"
    if problem.why == "gap":
        return f"{start} {problem.typed} does not exist: clocks in {problem.zone} skip that hour on that night"
    if problem.why == "twice":
        first, second = (choice.replace(" ", "T") for choice in problem.choices)
        return f"{start} {problem.typed} happens twice in {problem.zone} on that night (write {first} or {second})"
    return f"{start} '{short(problem.typed)}' is not a date and time (write it like {EXAMPLE})"


def zone(cell: str) -> str:
    if not cell.strip():
        raise ValueError("timezone is missing (write it like Europe/Madrid)")
    try:
        return times.zone(cell).key
    except times.UnreadableTime as problem:
        raise ValueError(unreadable(problem)) from None


def length(cell: str, default: timedelta) -> timedelta:
    """A number alone is of minutes, as calendars and people count them."""
    if not cell.strip():
        return default
    try:
        return times.length(f"{cell.strip()}m" if cell.strip().isdecimal() else cell)
    except ValueError:
        raise ValueError(f"duration '{short(cell.strip())}' is not a length of time (write it like 90m)") from None


def part(series: str, cell: str) -> int:
    text = cell.strip()
    if not series:
        if text:
            raise ValueError("part is given, but series is empty (name the series, or leave both empty)")
        return 1
    if not re.fullmatch(r"[1-9]", text) or int(text) > PARTS_LIMIT:
        raise ValueError(f"part '{short(text)}' is not a number from 1 to {PARTS_LIMIT}")
    return int(text)


def link(address: str, passcode: str) -> ZoomLink | None:
    """None where the cell is empty: a gathering that is already imported needs none."""
    if not address.strip():
        if passcode.strip():
            raise ValueError("passcode is given, but zoom_link is empty")
        return None
    try:
        return pasted.read(address, passcode.strip())
    except ValueError as problem:  # `typed` names what is wrong; other errors might quote the link
        raise ValueError(WRONG_LINK.get(str(problem), WRONG_LINK["form"])) from None


WRONG_LINK = {
    "form": "zoom_link is not a link (paste it whole, from https:// on)",
    "length": f"zoom_link or passcode is too long (they take {LINK_LIMIT} and {PASSCODE_LIMIT} characters)",
    "unseen": "zoom_link or passcode holds a sign that nobody can see (copy it again)",
    "backslash": "zoom_link holds a backslash (copy it again)",
    "http": "zoom_link begins with http://, which others can read on the way (give one with https://)",
    "user": "zoom_link has an @ before its host, so it leads elsewhere (copy it again)",
    "several": "zoom_link holds more than one link (leave only the one to the room)",
    "passcode": "zoom_link holds more than a link (give the link alone, and its passcode in the column passcode)",
    "lookalike": "zoom_link only looks like Zoom's; its host is another (copy it from Zoom)",
    "start": "zoom_link is the host's own link, which is not for members (give the one with /j/ in it)",
    "page": "zoom_link is no meeting at Zoom (give the link with /j/ in it)",
}
"""By the error that `pasted.read` names."""


def description(cell: str) -> str:
    """Text of several lines, with line ends normalised, and nothing that turns its direction."""
    return unturned(cell).replace("\r\n", "\n").replace("\r", "\n").strip()


# ---- the row, and the rows together


def plan_problems(plan: Plan) -> Iterator[str]:
    """Problems of a plan whose fields could be parsed."""
    if not plan.title:
        yield "title is missing"
    for name, text, limit in _public_texts(plan):
        if len(text) > limit:
            yield f"{name} has {len(text)} characters, and {limit} fit"
        if any(category(character) == "Cc" and character not in "\n\t" for character in text):
            yield f"{name} holds a control character"
        if len(text) <= SEARCH_LIMIT and gives_away(text, plan.link):
            yield f"{name} {SHOWS_LINK}"
    if plan.starts_at.year > times.LAST_YEAR:
        yield f"it is in the year {plan.starts_at.year}"
    if not plan.door_rule.late_entry and not plan.door_rule.opens_before:
        yield "with neither late_entry nor doors_open the doors would never be open"
    if plan.door_rule.late_entry > plan.duration >= SHORTEST:
        late, lasts = times.brief(plan.door_rule.late_entry), times.brief(plan.duration)
        yield f"late_entry {late} is longer than the gathering itself ({lasts}; give at most that)"
    if not SHORTEST <= plan.duration <= LONGEST:
        yield f"duration is not between {times.brief(SHORTEST)} and {times.brief(LONGEST)}"


def _public_texts(plan: Plan) -> Iterator[tuple[str, str, int]]:
    """Each with its name and how many characters of it fit."""
    yield "title", plan.title, TITLE_LIMIT
    yield "description", plan.description, DESCRIPTION_LIMIT
    yield "facilitators", plan.facilitators, FACILITATORS_LIMIT
    yield "series", plan.series_name, SERIES_LIMIT


def grouped(rows: Sequence[Row]) -> list[list[Row]]:
    """One-time gatherings alone and the parts of each series together, in the order of the parts."""
    groups: dict[object, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.series or row.line, []).append(row)
    return [sorted(group, key=lambda row: row.part) for group in groups.values()]


def conflicts(parsed: ParsedRows) -> Iterator[Diagnostic]:
    """Problems between rows, as far as what was read of them is certain: so that they are named in the same round."""
    yield from _duplicates(parsed.valid)
    for group in grouped(parsed.rows):
        yield from _links_of_other_parts(group)
        if group[0].series and group[0].series not in parsed.unnumbered:
            yield from _part_problems(group, parsed.invalid_lines)


def _duplicates(rows: Sequence[Row]) -> Iterator[Diagnostic]:
    first: dict[tuple[str, datetime], int] = {}
    for row in rows:
        line = first.setdefault((folded(row.plan.title), row.plan.starts_at), row.line)
        if line != row.line:
            yield Diagnostic(row.line, f"it has the same title and start as line {line}")


def _links_of_other_parts(group: Sequence[Row]) -> Iterator[Diagnostic]:
    for row in group:
        others = {other.plan.link for other in group if other.plan.link} - {row.plan.link}
        for name, text, _ in _public_texts(row.plan) if others else ():
            if len(text) <= SEARCH_LIMIT and gives_away(text, *others) and not gives_away(text, row.plan.link):
                yield Diagnostic(row.line, f"{name} {SHOWS_LINK}")


def _part_problems(group: Sequence[Row], invalid: set[int]) -> Iterator[Diagnostic]:
    row, parts = group[0], [member.part for member in group]
    if len(group) == 1:
        yield Diagnostic(row.line, f"series '{short(row.series)}' has this row alone (leave series and part empty)")
    elif parts != list(range(1, len(parts) + 1)):
        listed = ", ".join(map(str, parts))
        yield Diagnostic(row.line, f"series '{short(row.series)}' has the parts {listed}; they are numbered 1, 2 and 3")
    else:
        for earlier, later in pairwise(group):
            read = invalid.isdisjoint({earlier.line, later.line})
            if read and later.plan.starts_at < earlier.plan.starts_at + earlier.plan.duration:
                yield Diagnostic(later.line, f"part {later.part} begins before part {earlier.part} has ended")


def short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
