"""A clock that stands still until somebody moves it."""

from __future__ import annotations

from datetime import UTC, datetime


class MovableClock:
    """A `bot.ports.Clock` that starts at a given instant and goes forward by hand alone."""

    def __init__(self, start: datetime) -> None:
        # Whole minutes: the page shows no seconds, and "in 1 hour" should then be exactly that.
        self._now = start.astimezone(UTC).replace(second=0, microsecond=0)

    def now(self) -> datetime:
        return self._now

    def move_to(self, at: datetime) -> None:
        """Raises ValueError for an earlier instant: notifications that were sent stay sent."""
        if at < self._now:
            raise ValueError("the sandbox's clock goes forward only")
        self._now = at.astimezone(UTC)
