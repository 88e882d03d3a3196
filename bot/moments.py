"""Dates and times of a form that have pickers: what these show of a text, and the text that they are sent back as.

Line n has pickers, `<field>.day.n` and `<field>.time.n`, and words, `<field>.words.n`, or for line 1 `<field>` itself.
Where a date is in words, they count and the pickers do not; `weekly` goes with these. Lines added are `<field>.more`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from bot import rhythm
from bot.views import MomentsField

_PICKED = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d)(?: (\S+))?", re.ASCII)
_PIECE = re.compile(r"(?P<field>.+)\.(?:(?P<kind>day|time|words)\.(?P<line>[1-9])|more)", re.ASCII)


@dataclass(frozen=True, slots=True)
class PickedLine:
    """What a date picker and a time picker show, `2026-12-03` and `18:00`, or else the words; each may be empty."""

    day: str = ""
    time: str = ""
    words: str = ""


def lines(field: MomentsField) -> list[PickedLine]:
    """In the field's own zone; at least one, which may be empty."""
    return [_picked(line.strip(), field.zone) for line in field.value.splitlines()] or [PickedLine()]


def _picked(line: str, zone: str) -> PickedLine:
    matched = _PICKED.fullmatch(line)
    if matched is None or (matched[3] or zone) != zone:
        return PickedLine(words=line)
    return PickedLine(matched[1], matched[2])


def name(field: MomentsField, kind: str, line: int) -> str:
    """Of a control; `kind` is `day`, `time` or `words`."""
    return field.name if (kind, line) == ("words", 1) else f"{field.name}.{kind}.{line}"


def more(field: MomentsField) -> str:
    """The name of the control in which lines are added."""
    return f"{field.name}.more"


def merged(values: Mapping[str, str]) -> dict[str, str]:
    """The values of a submitted form, with all that is one field's as its lines."""
    fields = {name: value for name, value in values.items() if not _piece(name, values)}
    pieces: dict[str, dict[int, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for each, value in values.items():
        if matched := _piece(each, values):
            pieces[matched["field"]][int(matched["line"] or 0)][matched["kind"] or "more"] = value
    for field, numbered in pieces.items():
        added = numbered.pop(0, {}).get("more", "")
        numbered[1]["words"] = fields[field]
        written = [_written(line) for _, line in sorted(numbered.items())]
        fields[field] = "\n".join(filter(None, (*written, added)))
    return fields


def _written(line: Mapping[str, str]) -> str:
    words, picked = line.get("words", "").strip(), f"{line.get('day', '')} {line.get('time', '')}".strip()
    return f"{picked}\n{words}".strip() if rhythm.continues(words) else words or picked


def _piece(name: str, values: Mapping[str, str]) -> re.Match[str] | None:
    matched = _PIECE.fullmatch(name)
    return matched if matched and matched["field"] in values else None
