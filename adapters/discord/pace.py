"""Discord's limit for a whole bot: 50 requests a second (developer docs, Rate Limits), answers not counted."""

from __future__ import annotations

import asyncio

PER_SECOND = 40
AT_ONCE = 10
"""Both together are what Discord allows in any second, however unevenly the requests reach it."""


class Pace:
    """Lets so many through in a second, evenly, and a few more at once after a pause; each of the others waits."""

    def __init__(self, per_second: int = PER_SECOND, at_once: int = AT_ONCE) -> None:
        self._step = 1 / per_second
        self._ahead = at_once * self._step
        self._next = 0.0

    async def wait(self) -> None:
        now = asyncio.get_running_loop().time()
        self._next = max(self._next, now - self._ahead) + self._step
        if self._next > now:
            await asyncio.sleep(self._next - now)
