"""When a copy of a gathering or series takes place. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import times
from bot.gatherings.model import Gathering


def moved_on(parts: Sequence[Gathering], now: datetime) -> list[datetime]:
    """The starts of these parts as many whole weeks later as are needed: all to come, and after the original's last.

    On the clocks of each part's zone.
    """
    after = max(now, *(part.starts_at for part in parts))
    weeks = 1
    while _later(parts[0], weeks) <= after:
        weeks += 1
    return [_later(part, weeks) for part in parts]


def _later(part: Gathering, weeks: int) -> datetime:
    return times.days_later(part.starts_at, part.zone, 7 * weeks)
