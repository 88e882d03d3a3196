"""Discord's limit for a whole bot: 50 requests a second (developer docs, Rate Limits), answers not counted."""

from __future__ import annotations

import asyncio
from collections import deque

PER_SECOND = 45
"""A little less than allowed: several workers may share one bot, and clocks are not exact."""


class Pace:
    """Lets so many through in any second; the others wait their turn."""

    def __init__(self, per_second: int = PER_SECOND) -> None:
        self._limit = per_second
        self._passed: deque[float] = deque()
        self._turn = asyncio.Lock()

    async def wait(self) -> None:
        loop = asyncio.get_running_loop()
        async with self._turn:
            if len(self._passed) >= self._limit:
                await asyncio.sleep(max(0.0, self._passed.popleft() + 1 - loop.time()))
            self._passed.append(loop.time())
