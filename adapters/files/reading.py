"""From a file's bytes to rows, whichever of the two formats it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from adapters.files import agenda, sheet
from adapters.files.rows import Finding, Misread, Row, conflicts, grouped
from bot.house import House

FORMATS = (".csv", ".ics")
SIZE_LIMIT = 1024 * 1024
ROW_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Programme:
    """`groups`: each a one-time gathering, or the parts of a series in order. `remarks`: what was taken how."""

    groups: Sequence[Sequence[Row]]
    remarks: Sequence[Finding] = ()


def read(name: str, content: bytes, house: House, *, floating: str | None = None) -> Programme:
    """Reads a `.csv` or `.ics` file; raises Misread with everything that is wrong in it.

    `house` gives the door rule, the usual duration and the zone of calendars that name none. `floating`: the zone
    in which an `.ics` time without any zone is meant; None where nobody said.
    """
    if len(content) > SIZE_LIMIT:
        raise Misread([Finding(0, "it is larger than 1 MiB (split it)")])
    if PurePath(name).suffix.lower() == ".ics":
        found = agenda.read(_text(agenda.unfolded(content)), agenda.begins(content), house, floating)
    else:
        found = sheet.read(_text(content), house)
    found.problems += conflicts(found.rows, found.incomplete)
    if not found.rows and not found.problems and not found.remarks:
        found.problems.append(Finding(0, "there is no gathering in it"))
    if len(found.rows) > ROW_LIMIT:
        found.problems.append(Finding(0, f"it has {len(found.rows)} gatherings, and {ROW_LIMIT} fit (split it)"))
    if found.problems:
        raise Misread(found.problems)
    return Programme(grouped(found.rows), found.remarks)


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
        readable = "\0" not in text
    except UnicodeDecodeError:
        readable = False
    if not readable:
        raise Misread([Finding(0, "it is not UTF-8 text (in Excel, save it as 'CSV UTF-8')")])
    return text
