"""Parses CSV as people write it, and as Excel and LibreOffice save it.

Commas, semicolons (Excel where the comma is the decimal point) or tabs; any order of columns.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from typing import TypeVar

from adapters.files import door_rules, rows
from adapters.files.rows import ENTRY_LIMIT, Diagnostic, ImportRejected, ParsedRows, Row
from bot.config import Config
from bot.gatherings.model import Plan, Status
from bot.text import tidy, without_inert

T = TypeVar("T")

COLUMNS = (
    *("title", "starts_at", "timezone", "duration", "description", "facilitators"),
    *("series", "part", "zoom_link", "passcode", *door_rules.COLUMNS, "status"),
)
_STATUS = {
    **dict.fromkeys(("", "published", "confirmed"), Status.PUBLISHED),
    **dict.fromkeys(("draft", "tentative"), Status.DRAFT),
    **dict.fromkeys(("cancelled", "canceled"), Status.CANCELLED),
}
REQUIRED = ("title", "starts_at", "timezone")
SEPARATORS = ",;\t"


def read(text: str, config: Config) -> ParsedRows:
    """Each record as a Row, and its problems as one Diagnostic."""
    parsed, count = ParsedRows(), 0
    try:
        records = _records(text)
        line, header = next(records, (1, []))
        columns, parsed.problems = _columns(line, header, REQUIRED if config.meetings else (*REQUIRED, "zoom_link"))
        for count, (line, cells) in enumerate(records, 1):
            if count <= ENTRY_LIMIT:  # the rest would only be looked at in vain
                _add_row(parsed, line, _Record(columns, cells), config)
    except ImportRejected as rejected:
        parsed.problems += rejected.problems
    if count > ENTRY_LIMIT:
        parsed.problems.append(Diagnostic(0, f"it has {count} gatherings, and {ENTRY_LIMIT} fit (split it)"))
    return parsed


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with the line on which it begins."""
    lines = io.StringIO(text, newline="").readlines()
    skipped = 1 if lines and re.fullmatch(r"sep=.\s*", lines[0]) else 0  # Excel's hint about the separator
    header = next((line for line in lines[skipped:] if line.strip()), "")
    reader = csv.reader(lines[skipped:], delimiter=max(SEPARATORS, key=header.count), strict=True)
    while True:
        begins = skipped + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            how = 'close each quote, and write " twice inside a quoted cell'
            raise ImportRejected([Diagnostic(begins, f"the quotes cannot be read from here on ({how})")]) from None
        if any(cell.strip() for cell in cells):
            yield begins, cells


def _columns(line: int, header: Sequence[str], required: Sequence[str]) -> tuple[list[str], list[Diagnostic]]:
    """Also where one is misspelt or there twice, so that what is wrong in the rows is named in the same round."""
    names = [name.strip().lower() for name in header]
    if not set(names) & set(COLUMNS):
        raise ImportRejected([Diagnostic(line, f"the first line must name the columns: {','.join(COLUMNS)}")])
    problems: list[str] = []
    meant = dict(zip(names, names, strict=True))
    for name in filter(None, dict.fromkeys(names)):
        if name not in COLUMNS:
            near = get_close_matches(name, COLUMNS, 1)
            guess = f"is it {near[0]}?" if near else f"the columns are {','.join(COLUMNS)}"
            problems.append(f"there is no column '{name[:40]}' ({guess})")
            meant[name] = near[0] if near and near[0] not in names else name
        elif names.count(name) > 1:
            problems.append(f"the column {name} is there twice")
    if missing := [name for name in required if name not in names]:
        problems.append(f"the column{'s' if len(missing) > 1 else ''} {', '.join(missing)} must be there")
    named = [Diagnostic(line, problem) for problem in problems]
    if not {*missing} <= {*meant.values()}:  # each row would only repeat it
        raise ImportRejected(named)
    return [meant[name] for name in names], named


class _Record:
    """One record: its cells by column, and what turned out to be wrong with them."""

    def __init__(self, columns: Sequence[str], cells: Sequence[str]) -> None:
        self._cells = dict(zip(columns, cells, strict=False))
        self._surplus = len(cells) > len(columns)
        self._counted = f"it has {len(cells)} cells for {len(columns)} columns (quote a cell that holds a separator)"
        nameless = [*cells[len(columns) :], self._cells.get("", "")]
        self.wrong = [self._counted] if any(cell.strip() for cell in nameless) else []

    def reasons(self) -> str:
        # An unquoted separator shifts what follows it, and then the rest makes little sense by itself.
        shifted = [self._counted] if self._surplus else []
        return "; ".join(dict.fromkeys([*shifted, *self.wrong]))

    def __getitem__(self, column: str) -> str:
        return without_inert(self._cells.get(column, ""))

    @property
    def rule(self) -> list[str]:
        return [self[column] for column in door_rules.COLUMNS]

    def take(self, convert: Callable[[], T], otherwise: T) -> T:
        try:
            return convert()
        except ValueError as problem:
            self.wrong.append(str(problem))
            return otherwise


def _add_row(parsed: ParsedRows, line: int, record: _Record, config: Config) -> None:
    status = record.take(lambda: _status(record["status"]), Status.PUBLISHED)
    if status is Status.CANCELLED:
        parsed.remarks.append(Diagnostic(line, "it is cancelled, and left out"))
        return
    series = tidy(record["series"])
    part = record.take(lambda: rows.part(series, record["part"]), 1)
    if record.wrong:
        parsed.unnumbered.add(series)
    plan = _plan(record, config)
    record.wrong += rows.plan_problems(plan)
    unread, ruled = bool(record["zoom_link"].strip()), door_rules.given(record.rule)
    tentative = status is Status.DRAFT
    parsed.rows.append(Row(line, plan, series, part, unread_link=unread, ruled=ruled, tentative=tentative))
    if record.wrong:
        parsed.problems.append(Diagnostic(line, record.reasons()))
        parsed.invalid_lines.add(line)
        parsed.incomplete.add(series)


def _status(cell: str) -> Status:
    """Raises ValueError with the problem."""
    try:
        return _STATUS[cell.strip().lower()]
    except KeyError:
        raise ValueError(f"status '{rows.short(cell)}' is none of draft, published and cancelled") from None


def _plan(record: _Record, config: Config) -> Plan:
    """What the cells say; where one cannot be read, `record.wrong` says so and something else stands in."""
    zone = record.take(lambda: rows.zone(record["timezone"]), "UTC")
    starts_at = record.take(lambda: rows.instant(record["starts_at"], zone), rows.UNREADABLE_START)
    duration = record.take(lambda: rows.length(record["duration"], config.duration), config.duration)
    door_rule, wrong = door_rules.read(record.rule, door_rules.COLUMNS, config.door_rule, duration)
    record.wrong += wrong
    return Plan(
        title=tidy(record["title"]),
        starts_at=starts_at,
        zone=zone,
        description=rows.description(record["description"]),
        facilitators=tidy(record["facilitators"]),
        duration=duration,
        door_rule=door_rule,
        link=record.take(lambda: rows.link(record["zoom_link"], record["passcode"]), None),
        series_name=tidy(record["series"]),
    )
