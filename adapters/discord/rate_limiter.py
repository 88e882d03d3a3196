"""Discord's global limit for one bot: 50 requests a second (developer docs, Rate Limits), interactions not counted."""

from __future__ import annotations

import asyncio

REQUESTS_PER_SECOND = 40
BURST = 10
"""Rate and burst together are what Discord allows in any second, however unevenly the requests reach it."""


class DiscordRateLimiter:
    """Spaces requests evenly; after a pause, a burst passes at once. `wait` returns when the caller may send."""

    def __init__(self, per_second: int = REQUESTS_PER_SECOND, burst: int = BURST) -> None:
        self._interval = 1 / per_second
        self._burst_allowance = burst * self._interval
        self._next = 0.0

    async def wait(self) -> None:
        now = asyncio.get_running_loop().time()
        self._next = max(self._next, now - self._burst_allowance) + self._interval
        if self._next > now:
            await asyncio.sleep(self._next - now)
