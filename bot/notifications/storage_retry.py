"""Waits for a busy storage: what a worker has claimed must be settled, however long that takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from bot.ports import Overloaded, Storage
from bot.unit_of_work import UnitOfWork

T = TypeVar("T")
STORAGE_ATTEMPTS = 6
FIRST_STORAGE_BACKOFF = timedelta(milliseconds=250)
"""Before the second attempt; doubled each time."""


class RetryingStorage:
    """A `Storage` that raises Overloaded only after several attempts."""

    def __init__(self, storage: Storage, jitter: Callable[[], float]) -> None:
        """`jitter` returns a number from 0 to 1, which lengthens each wait by up to a quarter."""
        self._storage = storage
        self._jitter = jitter

    async def run(self, work: Callable[[UnitOfWork], T]) -> T:
        for attempt in range(1, STORAGE_ATTEMPTS):
            try:
                return await self._storage.run(work)
            except Overloaded:
                backoff = FIRST_STORAGE_BACKOFF.total_seconds() * 2 ** (attempt - 1)
                await asyncio.sleep(backoff * (1 + self._jitter() / 4))
        return await self._storage.run(work)
