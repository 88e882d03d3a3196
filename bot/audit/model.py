"""The audit log: which facilitator did what, and when. Pure.

An act holds a kind, ids and facts; never what a person typed, and never a link. Titles are looked up when the log is
read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.addresses import Address
from bot.text import inert

LOG_LINES = 10
"""Acts on one page."""
COLUMNS = ("at", "kind", "by", "gathering", "about", "detail", "name", "title")


class ActKind(StrEnum):
    DRAFTED = "drafted"
    DISCARDED = "discarded"
    PUBLISHED = "published"
    EDITED = "edited"
    MOVED = "moved"
    PART_ADDED = "part added"
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
    """Who acted, where it is not an address."""

    OPERATOR = "command line"
    GONE = "gone"
    """Somebody who asked to be forgotten; their acts stay."""


@dataclass(frozen=True, slots=True)
class Act:
    kind: ActKind
    at: datetime
    by: Address | Actor
    gathering: int | None = None
    """May have been deleted since: a draft that was discarded."""
    topic: int | None = None
    about: Address | None = None
    """A channel, or whoever was added to the team or removed from it; None once they asked to be forgotten."""
    count: int | None = None
    """How many people were told, or how many gatherings were imported or exported."""
    from_at: datetime | None = None
    to_at: datetime | None = None
    """The starts between which a gathering was moved; `to_at` alone: when an announcement is to be posted."""
    fields: tuple[str, ...] = ()
    """Names of the form's fields that were changed."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A recorded act with its gathering's present title; without a title the gathering was deleted."""

    id: int
    act: Act
    title: str = ""
    part: int = 1
    parts: int = 1


def to_csv(entries: Iterable[LogEntry], names: Mapping[Address, str]) -> str:
    """CSV with one row for each act, instants in ISO 8601 UTC, and no cell that a spreadsheet takes for a formula."""
    output = io.StringIO()
    rows = csv.writer(output, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for entry in entries:
        act = entry.act
        name = names.get(act.by, "") if isinstance(act.by, Address) else ""
        cells = (
            act.at.isoformat(timespec="seconds"),
            act.kind.value,
            str(act.by),
            "" if act.gathering is None else str(act.gathering),
            "" if act.about is None else str(act.about),
            _detail(act),
            name,
            f"{entry.title} ({entry.part}/{entry.parts})" if entry.parts > 1 else entry.title,
        )
        rows.writerow([inert(cell) for cell in cells])
    return output.getvalue()


def _detail(act: Act) -> str:
    facts = [
        f"from {act.from_at.isoformat(timespec='seconds')}" if act.from_at else "",
        f"to {act.to_at.isoformat(timespec='seconds')}" if act.to_at else "",
        " ".join(act.fields),
        f"topic {act.topic}" if act.topic is not None else "",
        f"count {act.count}" if act.count is not None else "",
    ]
    return "; ".join(filter(None, facts))
