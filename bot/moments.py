"""Dates and times of a form that have pickers: what these show of a text, and the text that they are sent back as.

A picker of the n-th line is called `<field>.day.n` and `<field>.time.n`. Lines that no picker can show stay in words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.views import MomentsField

_PICKED = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d)(?: (\S+))?", re.ASCII)
_PICKER = re.compile(r"(?P<field>.+)\.(?P<kind>day|time)\.(?P<line>[1-9])", re.ASCII)

Pair = tuple[str, str]
"""What a date picker and a time picker show: `2026-12-03`, `18:00`; each may be empty."""


def pairs(field: MomentsField) -> list[Pair]:
    """For each line that pickers can show, in the field's own zone; at least one, which may be empty."""
    return _split(field)[0] or [("", "")]


def in_words(field: MomentsField) -> str:
    """The lines that stay."""
    return _split(field)[1]


def _split(field: MomentsField) -> tuple[list[Pair], str]:
    lines = field.value.splitlines()
    picked: list[Pair] = []
    for line in lines:
        matched = _PICKED.fullmatch(line.strip())
        if matched is None or (matched[3] or field.zone) != field.zone:
            break
        picked.append((matched[1], matched[2]))
    return picked, "\n".join(lines[len(picked) :])


def picker(field: MomentsField, kind: str, line: int) -> str:
    """The name of a picker; `kind` is `day` or `time`."""
    return f"{field.name}.{kind}.{line}"


def merged(values: Mapping[str, str]) -> dict[str, str]:
    """The values of a submitted form, with those of pickers as the first lines of their field."""
    fields = {name: value for name, value in values.items() if not _picks(name, values)}
    picked: dict[str, dict[int, dict[str, str]]] = {}
    for name, value in values.items():
        matched = _picks(name, values)
        if matched:
            picked.setdefault(matched["field"], {}).setdefault(int(matched["line"]), {})[matched["kind"]] = value
    for name, lines in picked.items():
        written = [" ".join(filter(None, (pair.get("day"), pair.get("time")))) for _, pair in sorted(lines.items())]
        fields[name] = "\n".join(filter(None, (*written, fields[name])))
    return fields


def _picks(name: str, values: Mapping[str, str]) -> re.Match[str] | None:
    matched = _PICKER.fullmatch(name)
    return matched if matched and matched["field"] in values else None
