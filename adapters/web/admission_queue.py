"""Admits people in batches: those who come while one transaction runs go into the next one together.

Ninety people press Join within seconds, all for the same row of the same table, and one transaction for all who wait
costs about as much as one for a single person.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot.admission import enter, waiting
from bot.admission.enter import Entry
from bot.admission.waiting import PlaceStanding, WaitAct
from bot.config import Config
from bot.meetings.ports import PassIssuer
from bot.ports import Clock, Overloaded, Storage
from bot.registrations.model import DoorVisit
from bot.secrets import LinkKey
from bot.unit_of_work import UnitOfWork

T = TypeVar("T")
BATCH_SIZE = 64
HOSTS_EXPIRE_AFTER = timedelta(seconds=10)
"""Who facilitates is read anew after that: in a rush not for each batch."""
MAX_WAITING = 2000
"""People who may wait at once, a few seconds' worth; the next is asked to try again."""
ADMISSION_TIMEOUT = timedelta(seconds=20)

AdmissionResult = tuple[DoorVisit, Entry] | None
"""None for a registration that does not exist."""


class AdmissionQueue:
    def __init__(self, storage: Storage, config: Config, clock: Clock, passes: PassIssuer | None = None) -> None:
        self._hosts: Collection[int] = frozenset()
        self._hosts_read_at: datetime | None = None
        self._storage, self._config, self._clock, self._passes = storage, config, clock, passes
        self._waiting: deque[tuple[LinkKey, asyncio.Future[AdmissionResult]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def enter(self, link: LinkKey) -> AdmissionResult:
        """Admits whom this link names, if the door rule allows it.

        Raises Busy or TimeoutError, after which a second try is safe.
        """
        result = await self._enqueue(link)
        if result is None or not result[1].lacks_link or self._passes is None:
            return result
        return await self._enqueue(link) if await self._passes.make(result[0]) else result

    async def look(
        self, link: LinkKey, beside: Callable[[UnitOfWork, DoorVisit], T]
    ) -> tuple[DoorVisit, PlaceStanding, T] | None:
        """Whom this link names, without admitting them, how it stands with their place, and what is read `beside`."""
        now = self._clock.now()

        def work(uow: UnitOfWork) -> tuple[DoorVisit, PlaceStanding, T] | None:
            visit = uow.admission.visits([link]).get(link)
            if visit is None:
                return None
            return visit, waiting.look(uow, visit, self._config.unused_places, now), beside(uow, visit)

        async with asyncio.timeout(ADMISSION_TIMEOUT.total_seconds()):
            return await self._storage.run(work)

    async def change(self, link: LinkKey, act: WaitAct) -> bool:
        """Begins to wait at a full house, or gives up waiting, or a place that was not used yet.

        False for a link that names nobody.
        """
        now = self._clock.now()

        def work(uow: UnitOfWork) -> bool:
            visit = uow.admission.visits([link]).get(link)
            if visit is None:
                return False
            waiting.act(uow, visit.registration.member, visit.gathering, act, self._config.unused_places, now)
            return True

        async with asyncio.timeout(ADMISSION_TIMEOUT.total_seconds()):
            return await self._storage.run(work)

    async def _enqueue(self, link: LinkKey) -> AdmissionResult:
        if len(self._waiting) >= MAX_WAITING:
            raise Overloaded(f"{MAX_WAITING} wait at the door already")
        future: asyncio.Future[AdmissionResult] = asyncio.get_running_loop().create_future()
        self._waiting.append((link, future))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="admission queue")
        async with asyncio.timeout(ADMISSION_TIMEOUT.total_seconds()):
            return await future

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(BATCH_SIZE, len(self._waiting)))]
                await self._admit([(link, future) for link, future in batch if not future.done()])
        finally:
            self._worker = None

    async def _admit(self, batch: list[tuple[LinkKey, asyncio.Future[AdmissionResult]]]) -> None:
        try:
            results = await self._storage.run(lambda uow: self._enter_all(uow, [link for link, _ in batch]))
        except Exception as error:  # noqa: BLE001 - raised for each who waits
            if len(batch) > 1 and not isinstance(error, Overloaded):
                for entry in batch:  # one of them may be the cause: the others are admitted without them
                    await self._admit([entry])
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)

    def _enter_all(self, uow: UnitOfWork, links: list[LinkKey]) -> list[AdmissionResult]:
        # By link: the same person twice in one batch (a double click) is one visit.
        visits = self._with_hosts(uow, uow.admission.visits(links))
        entries = enter.enter_all(uow, list(visits.values()), self._config.unused_places, self._clock.now())
        results = dict(zip(visits, zip(visits.values(), entries, strict=True), strict=True))
        return [results.get(link) for link in links]

    def _with_hosts(self, uow: UnitOfWork, visits: dict[LinkKey, DoorVisit]) -> dict[LinkKey, DoorVisit]:
        """Facilitators take no place."""
        now, named = self._clock.now(), self._config.configured_facilitators
        if self._hosts_read_at is None or not timedelta(0) <= now - self._hosts_read_at < HOSTS_EXPIRE_AFTER:
            self._hosts, self._hosts_read_at = frozenset(uow.facilitators.members(named)), now
        return {
            link: replace(visit, hosts=True) if self._hosts_by(uow, visit) else visit for link, visit in visits.items()
        }

    def _hosts_by(self, uow: UnitOfWork, visit: DoorVisit) -> bool:
        """Facilitating belongs to the address from which they registered, as on their own door page."""
        if visit.registration.member not in self._hosts:
            return False
        named = self._config.configured_facilitators
        return uow.facilitators.host_address(visit.registration.id, named, self._clock.now()) is not None
