"""How many came to what is over: numbers alone, which stay when people are forgotten. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.text import folded

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Attendance:
    """Counts of one gathering, or the sums of several."""

    gatherings: int
    registered: int
    came_in: int
    logged_in: int
    """At Zoom, where that is connected."""
    first_timers: int
    """Of those who came in: never in an earlier gathering, as far as is remembered of them."""
    came_again: int
    unreached: int
    """Registrants of whom no message reached one, and one was tried."""

    def __add__(self, other: Attendance) -> Attendance:
        return Attendance(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Attendance)))


@dataclass(frozen=True, slots=True)
class AttendedGathering:
    title: str
    starts_at: datetime
    attendance: Attendance


class SeasonOrder(StrEnum):
    """What the counts are added up by."""

    MONTH = "month"
    TOPIC = "topic"


def by_month(attended: Sequence[AttendedGathering], zone: str) -> list[tuple[datetime, Attendance]]:
    """The latest month first, each with a start in it; months are those of this zone."""
    place = ZoneInfo(zone)
    months = _added(attended, lambda each: each.starts_at.astimezone(place).timetuple()[:2])
    return sorted(((latest.starts_at, total) for latest, total in months), key=lambda month: month[0], reverse=True)


def by_topic(attended: Sequence[AttendedGathering]) -> list[tuple[str, Attendance]]:
    """The latest first; titles that are spelt alike are one topic, called as it was the last time."""
    topics = _added(attended, lambda each: folded(each.title))
    latest_first = sorted(topics, key=lambda topic: topic[0].starts_at, reverse=True)
    return [(latest.title, total) for latest, total in latest_first]


def _added(
    attended: Sequence[AttendedGathering], key: Callable[[AttendedGathering], K]
) -> list[tuple[AttendedGathering, Attendance]]:
    """The last gathering of each group, and the sums of the group."""
    groups: dict[K, tuple[AttendedGathering, Attendance]] = {}
    for each in sorted(attended, key=lambda each: each.starts_at):
        before = groups.get(key(each))
        groups[key(each)] = (each, before[1] + each.attendance if before else each.attendance)
    return list(groups.values())
