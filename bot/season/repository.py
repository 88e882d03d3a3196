"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.season.model import AttendedGathering


class SeasonRepository(Protocol):
    """How many came to what is over."""

    def attended(self, now: datetime) -> list[AttendedGathering]:
        """Every gathering that took place, the first one first: as it was stored, else as it can be counted now."""

    def store_attendance(self, now: datetime) -> int:
        """Stores the counts of gatherings that ended a day ago, a bounded number at a time; they stay as they are.

        Returns of how many.
        """

    def store_before_forgetting(self, member: int, now: datetime) -> None:
        """Stores at once the counts of what is over and this member had registered for, and of what ended before that:
        whether they came for the first time, or logged in, cannot be counted later."""
