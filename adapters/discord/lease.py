"""Which of several workers holds the gateway: the one with the lease, for as long as it renews it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Protocol

from bot.ports import Clock, Storage

LENGTH = timedelta(seconds=9)
"""Without a renewal for so long, another worker takes over."""
RENEWED_EVERY = 2.5
LOOKED_EVERY = 2.0
"""Seconds. With `LENGTH` they bound a take-over after a kill: 11 seconds and a connect, of the 15 promised."""
_NAME = "discord gateway"


class Lease(Protocol):
    async def hold(self) -> bool:
        """Takes or renews it; False while another worker has it."""
        ...

    async def give_back(self) -> None: ...


class OnlyWorker:
    """Where there is one process and nobody to share with."""

    async def hold(self) -> bool:
        return True

    async def give_back(self) -> None:
        pass


class StoredLease:
    """Kept in the database that all workers share."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._worker = secrets.token_hex(8)

    async def hold(self) -> bool:
        now = self._clock.now()
        return await self._storage.run(lambda books: books.hold(_NAME, self._worker, now + LENGTH, now))

    async def give_back(self) -> None:
        await self._storage.run(lambda books: books.give_back(_NAME, self._worker))


class StoredMemory:
    """The `publish.Memory` in the same database."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def remembered(self, name: str) -> str | None:
        return await self._storage.run(lambda books: books.remembered(name))

    async def remember(self, name: str, value: str) -> None:
        await self._storage.run(lambda books: books.remember(name, value))
