"""What goes on by itself in the sandbox, whenever somebody acts or the clock is moved."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from adapters.sandbox.crowd import Crowd
from adapters.sandbox.respond import Ticker


class Evening:
    """A `Ticker`: Zoom is brought in step, guests come to the door, what is due is delivered, doors are followed."""

    def __init__(
        self,
        outbox: Ticker,
        reconcile: Callable[[], Awaitable[object]],
        crowd: Crowd,
        follow_doors: Callable[[], Awaitable[object]],
    ) -> None:
        self._outbox, self._reconcile, self._crowd, self._follow_doors = outbox, reconcile, crowd, follow_doors
        self._one_at_a_time = asyncio.Lock()

    async def tick(self) -> None:
        async with self._one_at_a_time:
            await self._reconcile()
            await self._crowd.tick()
            await self._outbox.tick()
            await self._follow_doors()
