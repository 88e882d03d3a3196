"""Storage that the frame needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol

from bot.addresses import Address


class LeaseRepository(Protocol):
    """What only one worker may do at a time."""

    def acquire(self, name: str, worker: str, until: datetime, now: datetime) -> bool:
        """Takes the lease of this name for `worker`, or renews it; False while another worker's has not ended."""

    def release(self, name: str, worker: str) -> None:
        """Ends a lease early, if it is this worker's."""

    def held(self, names: Collection[str], now: datetime) -> frozenset[str]:
        """Which of these leases have not ended, whoever holds them."""


class StateRepository(Protocol):
    """Small texts that all processes share, each under a name."""

    def get(self, name: str) -> str | None: ...

    def names_under(self, prefix: str) -> list[str]:
        """The names that begin so, of what is remembered and not empty, in order."""

    def set(self, name: str, value: str) -> None:
        """Keeps a small text under a name, instead of what was there."""


class MaintenanceRepository(Protocol):
    """Retention, and the version of the tables."""

    def prune(self, now: datetime, *, retention: timedelta | None = None, spared: Collection[Address] = ()) -> None:
        """Forgets interaction ids, drafts and signups older than a day, a bounded number at a time.

        With `retention`, also who registered for, came to and was notified of a gathering that ended longer ago,
        and what was written to them; how many they were stays. And acts that are older; and members who were last seen
        longer ago, of whom nothing else is kept: neither a registration nor a vote, nor an address on the team or among
        the `spared`.
        """

    def schema_revision(self) -> str:
        """The revision of the tables as they are now; another process may have migrated them."""
