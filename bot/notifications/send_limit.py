"""Limits the direct messages that are sent at the same time: a platform that begins to refuse the bot meets few."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

MAX_DIRECT_IN_FLIGHT = 2
"""Direct messages in flight to one platform, or to one workspace of it."""
SLOW_SEND = timedelta(seconds=2)
"""A send that takes longer no longer counts: it would tell too late whether the platform refuses."""


class SendLimit:
    """One per process; counts by scope, as circuit breakers do."""

    def __init__(self) -> None:
        self._semaphores: dict[str, asyncio.Semaphore] = {}

    @asynccontextmanager
    async def slot(self, scope: str) -> AsyncIterator[None]:
        """Waits for one of the MAX_DIRECT_IN_FLIGHT slots; it is free again at the end, or after SLOW_SEND."""
        semaphore = self._semaphores.setdefault(scope, asyncio.Semaphore(MAX_DIRECT_IN_FLIGHT))
        await semaphore.acquire()
        loop = asyncio.get_running_loop()
        early_release = loop.call_later(SLOW_SEND.total_seconds(), semaphore.release)
        try:
            yield
        finally:
            if not early_release.cancelled() and early_release.when() > loop.time():
                early_release.cancel()
                semaphore.release()
