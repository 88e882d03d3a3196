"""Where a rush becomes a row: who comes while others are being let in goes in with the next ones, together.

Ninety people press within seconds of each other, all for the same row of the same table. One transaction for
those who wait costs about as much as one for a single person.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta

from bot import entrance
from bot.entrance import Entry
from bot.ports import Books, Busy, Clock, Passes, Storage
from bot.registrations import Arrival
from bot.secrets import LinkKey

TOGETHER = 64
WAITING = 2000
"""People who may wait at once; the next is told to try again. A few seconds' worth."""
PATIENCE = timedelta(seconds=20)

Outcome = tuple[Arrival, Entry] | None
"""Who it is and what came of it; None for a registration that does not stand."""


class Turnstile:
    def __init__(self, storage: Storage, clock: Clock, passes: Passes | None = None) -> None:
        self._storage, self._clock, self._passes = storage, clock, passes
        self._waiting: deque[tuple[LinkKey, asyncio.Future[Outcome]]] = deque()
        self._turning: asyncio.Task[None] | None = None

    async def enter(self, link: LinkKey) -> Outcome:
        """Tries the door for whom this link names; raises Busy or TimeoutError, and then a second try is safe."""
        outcome = await self._once(link)
        if outcome is None or not outcome[1].lacks_room or self._passes is None:
            return outcome
        return await self._once(link) if await self._passes.make(outcome[0]) else outcome

    async def _once(self, link: LinkKey) -> Outcome:
        if len(self._waiting) >= WAITING:
            raise Busy(f"{WAITING} wait at the door already")
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((link, answer))
        if self._turning is None:
            self._turning = asyncio.create_task(self._turn(), name="turnstile")
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await answer

    async def look(self, link: LinkKey) -> Arrival | None:
        """Who stands there, without trying the door."""
        async with asyncio.timeout(PATIENCE.total_seconds()):
            found = await self._storage.run(lambda books: books.arrivals([link]))
        return found.get(link)

    async def _turn(self) -> None:
        try:
            while self._waiting:
                row = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
                await self._let_in([each for each in row if not each[1].done()])
        finally:
            self._turning = None

    async def _let_in(self, row: list[tuple[LinkKey, asyncio.Future[Outcome]]]) -> None:
        try:
            outcomes = await self._storage.run(lambda books: self._try(books, [link for link, _ in row]))
        except Exception as failure:  # noqa: BLE001 - each who waits is told
            if len(row) > 1 and not isinstance(failure, Busy):
                for each in row:  # one of them may be the reason: nobody else shall stay outside for it
                    await self._let_in([each])
                return
            for _, answer in row:
                if not answer.done():
                    answer.set_exception(failure)
            return
        for (_, answer), outcome in zip(row, outcomes, strict=True):
            if not answer.done():
                answer.set_result(outcome)

    def _try(self, books: Books, links: list[LinkKey]) -> list[Outcome]:
        found = books.arrivals(links)
        # The same person twice in one row (a double click) is one arrival.
        standing = list(found.values())
        entries = entrance.enter_all(books, standing, self._clock.now())
        entered = dict(zip(found, zip(standing, entries, strict=True), strict=True))
        return [entered.get(link) for link in links]
