"""One more part for what is published: when it may be, and what it is like. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import times
from bot.gatherings.model import Gathering, Plan
from bot.secrets import ZoomLink

WEEK = 7


def next_start(parts: Sequence[Gathering]) -> datetime:
    """As long after the last part as that is after the one before it; a week, where there is no such rhythm.

    Of the parts that stand: the evening of a cancelled one is free again.
    """
    standing = standing_of(parts)
    last = standing[-1]
    days = WEEK
    if len(standing) > 1:
        place = ZoneInfo(last.zone)
        between = last.starts_at.astimezone(place).date() - standing[-2].starts_at.astimezone(place).date()
        days = max(between.days, 1)
    return times.days_later(last.starts_at, last.zone, days)


def asked_of(parts: Sequence[Gathering], now: datetime) -> list[Gathering]:
    """The parts that whoever is asked about a further one takes: all that are still to come.

    Where all have begun: all that were not cancelled.
    """
    standing = standing_of(parts) or list(parts)
    return [part for part in standing if now < part.starts_at] or standing


def standing_of(parts: Sequence[Gathering]) -> list[Gathering]:
    return [part for part in parts if not part.cancelled]


def plan(parts: Sequence[Gathering], starts_at: datetime, zone: str, link: ZoomLink | None) -> Plan:
    """Like the last part that stands, at another time."""
    like = standing_of(parts)[-1]
    return Plan(
        like.title,
        starts_at,
        zone,
        like.description,
        like.facilitators,
        like.duration,
        like.door_rule,
        link,
        like.series_name,
    )
