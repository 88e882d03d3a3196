"""The door rule, in one place. Pure.

Access closes once the first `limit` registrants are in, or `late_entry` after the start, whichever comes
first. Someone who was already in may come back until the end and takes no second place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a Gathering asks these rules for its doors
    from bot.gatherings.model import Gathering


@dataclass(frozen=True, slots=True)
class DoorRule:
    limit: int = 90
    late_entry: timedelta = timedelta(minutes=10)
    opens_before: timedelta = timedelta(minutes=15)


class Doors(StrEnum):
    EARLY = "early"
    OPEN = "open"
    FULL = "full"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    OVER = "over"


def opens_at(gathering: Gathering) -> datetime:
    planned = gathering.starts_at - gathering.door_rule.opens_before
    return planned if gathering.opened_at is None else min(planned, gathering.opened_at)


def closes_at(gathering: Gathering) -> datetime:
    return min(gathering.starts_at + gathering.door_rule.late_entry, gathering.ends_at)


def doors(gathering: Gathering, now: datetime) -> Doors:
    """The state of access at `now`, for someone who is not in yet."""
    if gathering.cancelled:
        return Doors.CANCELLED
    if now >= gathering.ends_at:
        return Doors.OVER
    if gathering.closed_at is not None or now >= closes_at(gathering):
        return Doors.CLOSED
    if gathering.admitted >= gathering.door_rule.limit:
        return Doors.FULL
    return Doors.OPEN if now >= opens_at(gathering) else Doors.EARLY


def places_left(gathering: Gathering) -> int:
    return max(0, gathering.door_rule.limit - gathering.admitted)
