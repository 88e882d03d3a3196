"""Rows into the books: all of them, or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.files.rows import Finding, Misread, Row
from bot.gatherings import Status
from bot.ports import Books


@dataclass(frozen=True, slots=True)
class Tally:
    """Gatherings, each part counted."""

    added: int
    there: int


def keep(groups: Sequence[Sequence[Row]], books: Books, now: datetime) -> Tally:
    """Publishes what is not there yet, matched by title and start; raises Misread, and then nothing is to be kept."""
    added = there = 0
    problems: list[Finding] = []
    for group in groups:
        missing = [row for row in group if books.twin(row.plan.title, row.plan.starts_at) is None]
        there += len(group) - len(missing)
        problems += _against(group, missing, now)
        if missing and not problems:
            books.add([row.plan for row in group], Status.PUBLISHED)
            added += len(group)
    if problems:
        raise Misread(problems)
    return Tally(added, there)


def _against(group: Sequence[Row], missing: Sequence[Row], now: datetime) -> Iterator[Finding]:
    """Why the missing rows of a group cannot be added."""
    for row in missing:
        if len(missing) < len(group):
            yield Finding(row.line, f"part {row.part} is new, and other parts of its series are there already")
        elif row.plan.starts_at <= now:
            yield Finding(row.line, "it is past")
        if row.plan.link is None:
            yield Finding(row.line, "it has no Zoom link (zoom_link; in a calendar URL, LOCATION or X-ZOOM-LINK)")
