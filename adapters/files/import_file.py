"""From a file's bytes to rows, whichever of the two formats it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from adapters.files import csv_import, encoding, ics_import
from adapters.files.rows import ENTRY_LIMIT, CalendarEntry, Diagnostic, ImportRejected, Row, conflicts, grouped
from bot.house import House

FORMATS = (".csv", ".ics")
SIZE_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ParsedProgramme:
    """`groups`: each a one-time gathering, or the parts of a series in order. `remarks`: what was taken how.

    With `problems` nothing is to be kept. `loose`: rows with which something is wrong, and those whose series is
    incomplete for it, as far as they could be read. `cancelled`: entries that are left out.
    """

    groups: Sequence[Sequence[Row]]
    remarks: Sequence[Diagnostic] = ()
    problems: Sequence[Diagnostic] = ()
    loose: Sequence[Row] = ()
    cancelled: Sequence[CalendarEntry] = ()


def parse_programme(name: str, content: bytes, house: House, *, floating: str | None = None) -> ParsedProgramme:
    """Reads a `.csv` or `.ics` file, with what is wrong in it; raises ImportRejected where it is none at all.

    `house` gives the door rule, the usual duration and the zone of calendars that name none. `floating`: the zone
    in which an `.ics` time without any zone is meant; None where nobody said.
    """
    if len(content) > SIZE_LIMIT:
        raise ImportRejected([Diagnostic(0, "it is larger than 1 MiB (split it)")])
    calendar = PurePath(name).suffix.lower() == ".ics"
    content, remarks = encoding.as_utf8(content, folded=calendar)
    found = ics_import.read(content, house, floating) if calendar else csv_import.read(_text(content), house)
    found.remarks += remarks
    sound = found.sound
    found.problems += conflicts(sound, found.incomplete)
    if not found.rows and not found.problems and found.remarks == remarks:
        found.problems.append(Diagnostic(0, "there is no gathering in it"))
    if len(found.rows) > ENTRY_LIMIT:
        found.problems.append(Diagnostic(0, f"it has {len(found.rows)} gatherings, and {ENTRY_LIMIT} fit (split it)"))
    whole = [row for row in sound if not row.series or row.series not in found.incomplete]
    loose = [row for row in found.rows if row not in whole]
    return ParsedProgramme(grouped(whole), found.remarks, sorted(found.problems), loose, found.cancelled)


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
        line = text[: text.index("\0")].count("\n") + 1 if "\0" in text else 0
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
    if line:
        how = "in Excel, save it as 'CSV UTF-8'; in Google Sheets, download it as CSV"
        raise ImportRejected([Diagnostic(line, f"it is not UTF-8 text ({how})")])
    return text
