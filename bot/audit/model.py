"""The log of acts: which facilitator did what, and when. Pure.

An act holds a kind, ids and bare facts; never what a person typed, and never a link. Titles are looked up when
the log is read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.addresses import Address
from bot.registrations.roster_csv import inert

LOG_LINES = 10
"""Acts on one page; the next ones are a button away."""
COLUMNS = ("at", "kind", "by", "gathering", "about", "detail", "name", "title")


class ActKind(StrEnum):
    DRAFTED = "drafted"
    DISCARDED = "discarded"
    PUBLISHED = "published"
    EDITED = "edited"
    MOVED = "moved"
    CANCELLED = "cancelled"
    ANNOUNCED = "announced"
    ANNOUNCEMENT_PLANNED = "announcement planned"
    ANNOUNCEMENT_WITHDRAWN = "announcement withdrawn"
    MESSAGE_WRITTEN = "message written"
    MESSAGE_SENT = "message sent"
    MESSAGE_DISCARDED = "message discarded"
    ROSTER_READ = "roster read"
    ROSTER_TAKEN = "roster taken"
    DOORS_OPENED = "doors opened"
    DOORS_CLOSED = "doors closed"
    START_LINK_GIVEN = "start link given"
    TEAM_ADDED = "team added"
    TEAM_REMOVED = "team removed"
    TOPIC_TAKEN_UP = "topic taken up"
    TOPIC_DECLINED = "topic declined"
    TOPIC_REOPENED = "topic reopened"
    TOPIC_MERGED = "topic merged"
    IMPORTED = "imported"
    EXPORTED = "exported"
    LOG_READ = "log read"


class Actor(StrEnum):
    """Who acted, where no address says it."""

    OPERATOR = "command line"
    GONE = "gone"
    """They asked to be forgotten; what was done stays."""


@dataclass(frozen=True, slots=True)
class Act:
    kind: ActKind
    at: datetime
    by: Address | Actor
    gathering: int | None = None
    """It may be gone meanwhile: a draft that was discarded."""
    topic: int | None = None
    about: Address | None = None
    """A channel, or whoever was added to the team or removed from it; None once they asked to be forgotten."""
    count: int | None = None
    """How many people were told, or how many gatherings were imported or exported."""
    from_at: datetime | None = None
    to_at: datetime | None = None
    """From when to when a gathering was moved; `to_at` alone: when an announcement is to be posted."""
    fields: tuple[str, ...] = ()
    """The names of the form's fields that were changed."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An act as it stands in the log, with what its gathering is called today; no title: it is gone."""

    id: int
    act: Act
    title: str = ""
    part: int = 1
    parts: int = 1


def table(found: Iterable[LogEntry], names: Mapping[Address, str]) -> str:
    """CSV, one row for each act, instants in ISO 8601 UTC; opens in a spreadsheet and runs nothing there."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for each in found:
        act = each.act
        name = names.get(act.by, "") if isinstance(act.by, Address) else ""
        cells = (
            act.at.isoformat(timespec="seconds"),
            act.kind.value,
            str(act.by),
            "" if act.gathering is None else str(act.gathering),
            "" if act.about is None else str(act.about),
            _detail(act),
            name,
            f"{each.title} ({each.part}/{each.parts})" if each.parts > 1 else each.title,
        )
        rows.writerow([inert(cell) for cell in cells])
    return written.getvalue()


def _detail(act: Act) -> str:
    facts = [
        f"from {act.from_at.isoformat(timespec='seconds')}" if act.from_at else "",
        f"to {act.to_at.isoformat(timespec='seconds')}" if act.to_at else "",
        " ".join(act.fields),
        f"topic {act.topic}" if act.topic is not None else "",
        f"count {act.count}" if act.count is not None else "",
    ]
    return "; ".join(filter(None, facts))
