"""What only one worker may do at a time: the one that holds the lease, for as long as it renews it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Protocol

from bot.ports import Clock, Storage

LEASE_DURATION = timedelta(seconds=9)
"""Without a renewal for so long, another worker takes over."""
RENEW_INTERVAL_SECONDS = 2.5
POLL_INTERVAL_SECONDS = 2.0
"""Seconds. With `LEASE_DURATION` they bound a take-over after a kill: 11 seconds and a connect, of the 15 promised."""


class Lease(Protocol):
    async def hold(self) -> bool:
        """Takes or renews it; False while another worker has it."""

    async def give_back(self) -> None: ...


class UnsharedLease:
    """Where there is one process and nobody to share with."""

    async def hold(self) -> bool:
        return True

    async def give_back(self) -> None:
        pass


class StoredLease:
    """Kept in the database that all workers share. `held`: as it was when it was last asked for."""

    def __init__(self, storage: Storage, clock: Clock, name: str) -> None:
        self._storage, self._clock, self._name = storage, clock, name
        self._worker = secrets.token_hex(8)
        self.held = False

    async def hold(self) -> bool:
        now = self._clock.now()
        self.held = await self._storage.run(
            lambda uow: uow.leases.acquire(self._name, self._worker, now + LEASE_DURATION, now)
        )
        return self.held

    async def give_back(self) -> None:
        self.held = False
        await self._storage.run(lambda uow: uow.leases.release(self._name, self._worker))
