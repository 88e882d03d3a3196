"""The door rule of a row: how many, how late, how early. What is left empty is as usual."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from adapters.files.ics_parser import iso_duration
from adapters.files.rows import short
from bot import times
from bot.admission.model import DoorRule
from bot.gatherings.model import LONGEST, PLACES_LIMIT

T = TypeVar("T")
Names = tuple[str, str, str]
"""What a format calls the limit, the late entry and the time that the doors open beforehand."""

COLUMNS: Names = ("limit", "late_entry", "doors_open")
PROPERTIES: Names = ("X-HTG-LIMIT", "X-HTG-LATE-ENTRY", "X-HTG-DOORS-OPEN")


def written(rule: DoorRule, duration: timedelta) -> tuple[str, str, str]:
    """The three cells, which `read` takes."""
    return str(rule.limit), times.brief(min(rule.late_entry, duration)), times.brief(rule.opens_before)


def given(cells: Sequence[str]) -> bool:
    return any(cell.strip() for cell in cells)


def read(cells: Sequence[str], names: Names, usual: DoorRule, duration: timedelta) -> tuple[DoorRule, list[str]]:
    """The rule, and the problems of cells that cannot be read. The usual late entry ends with a short gathering."""
    problems: list[str] = []

    def take(convert: Callable[[str, str], T], number: int, otherwise: T) -> T:
        cell = cells[number].strip()
        try:
            return convert(names[number], cell) if cell else otherwise
        except ValueError as problem:
            problems.append(str(problem))
            return otherwise

    rule = DoorRule(
        take(_places, 0, usual.limit),
        take(_time, 1, min(usual.late_entry, duration)),
        take(_time, 2, usual.opens_before),
    )
    return rule, problems


def _places(name: str, cell: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", cell) or not 1 <= int(cell) <= PLACES_LIMIT:
        raise ValueError(f"{name} '{short(cell)}' is not a whole number from 1 to {PLACES_LIMIT}")
    return int(cell)


def _time(name: str, cell: str) -> timedelta:
    """As in a spreadsheet (`10m`) or as calendars write it (`PT10M`); it may be zero."""
    try:
        length = iso_duration(cell)
        length = times.length(cell) if length is None else length
    except ValueError:
        length = -timedelta(1)
    if not timedelta(0) <= length <= LONGEST:
        raise ValueError(f"{name} '{short(cell)}' is not a length of time up to a day (write it like 10m)")
    return length
