"""Parses a `.csv` or `.ics` file into a programme: encoding, format, rows, conflicts between rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from adapters.files import csv_import, encoding, ics_import
from adapters.files.rows import CalendarEntry, Diagnostic, ImportRejected, Row, conflicts, grouped
from bot.config import Config

FORMATS = (".csv", ".ics")
SIZE_LIMIT = 1024 * 1024
"""Bytes."""


@dataclass(frozen=True, slots=True)
class ParsedProgramme:
    """`groups`: each a one-time gathering, or the parts of a series in order. `remarks`: assumptions that were made.

    With `problems` nothing is to be saved. `loose`: rows with a problem, and the other rows of their series, as far as
    they could be read. `cancelled`: calendar entries that are left out.
    """

    groups: Sequence[Sequence[Row]]
    remarks: Sequence[Diagnostic] = ()
    problems: Sequence[Diagnostic] = ()
    loose: Sequence[Row] = ()
    cancelled: Sequence[CalendarEntry] = ()


def parse_programme(name: str, content: bytes, config: Config, *, floating: str | None = None) -> ParsedProgramme:
    """Parses a file, with its problems; raises ImportRejected where it cannot be parsed at all.

    `config` gives the default door rule, duration and zone. `floating`: the zone of an `.ics` time without one; None
    where none is configured.
    """
    if len(content) > SIZE_LIMIT:
        raise ImportRejected([Diagnostic(0, "it is larger than 1 MiB (split it)")])
    is_calendar = PurePath(name).suffix.lower() == ".ics"
    content, remarks = encoding.as_utf8(content, folded=is_calendar)
    parsed = ics_import.read(content, config, floating) if is_calendar else csv_import.read(_decoded(content), config)
    parsed.remarks += remarks
    valid = parsed.valid
    parsed.problems += conflicts(parsed)
    if not parsed.rows and not parsed.problems and parsed.remarks == remarks:
        parsed.problems.append(Diagnostic(0, "there is no gathering in it"))
    whole = [row for row in valid if not row.series or row.series not in parsed.incomplete]
    loose = [row for row in parsed.rows if row not in whole]
    return ParsedProgramme(grouped(whole), parsed.remarks, sorted(parsed.problems), loose, parsed.cancelled)


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
        line = text[: text.index("\0")].count("\n") + 1 if "\0" in text else 0
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
    if line:
        how = "in Excel, save it as 'CSV UTF-8'; in Google Sheets, download it as CSV"
        raise ImportRejected([Diagnostic(line, f"it is not UTF-8 text ({how})")])
    return text
