"""When a copy of a gathering or series takes place. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.gatherings.model import Gathering

WEEK = timedelta(weeks=1)


def moved_on(parts: Sequence[Gathering], now: datetime) -> list[datetime]:
    """The starts of these parts as many whole weeks later as are needed: all to come, and after the original's last.

    On the clocks of each part's zone, so that six in the evening stays six in the evening. An hour that does not exist
    on the night when the clocks go forward is the one that they then show.
    """
    after = max(now, *(part.starts_at for part in parts))
    weeks = 1
    while _later(parts[0], weeks) <= after:
        weeks += 1
    return [_later(part, weeks) for part in parts]


def _later(part: Gathering, weeks: int) -> datetime:
    local = part.starts_at.astimezone(ZoneInfo(part.zone))
    return (local + weeks * WEEK).astimezone(UTC)
