"""The outbox of one process: plans what is due, and runs a delivery loop for each scope where something is pending."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.config import Config
from bot.notifications import schedule
from bot.notifications.delivery_loop import DeliveryLoop, Worker
from bot.notifications.model import platform_of_scope
from bot.ports import Clock, Messenger, Metrics, NullMetrics, Storage
from bot.unit_of_work import UnitOfWork

STALL_TIMEOUT = timedelta(seconds=2)
"""When nothing has ended for so long, `tick` stops waiting for what is in flight at a platform."""
LAST_TICK, LAST_TICK_INTERVAL = "worker at work", timedelta(minutes=1)
"""Name in the shared state, and how often it is renewed: when a worker last looked for what is due.

Without a worker nobody is reminded, and nothing else would show it.
"""


class Outbox:
    """One per process; any number of processes may work on one database.

    `plan` is called at the instant that it returned, and whenever something was added; the loops that it starts run by
    themselves. `tick` also waits until they have nothing more to do for now.
    """

    def __init__(
        self,
        storage: Storage,
        messengers: Mapping[str, Messenger],
        clock: Clock,
        config: Config,
        *,
        jitter: Callable[[], float] = random.random,
        metrics: Metrics | None = None,
    ) -> None:
        """`messengers`: by platform. `jitter`: from 0 to 1; spreads the retries of several workers."""
        self._storage = storage
        self._clock = clock
        self._config = config
        self._changed = asyncio.Event()
        self._worker = Worker(
            id=secrets.token_hex(8),
            storage=storage,
            messengers=messengers,
            clock=clock,
            config=config,
            metrics=metrics or NullMetrics(),
            jitter=jitter,
            changed=self._changed,
            start=self._start,
        )
        self._loops: dict[str, DeliveryLoop] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_id_seen = 0
        self._closing = False

    async def plan(self) -> datetime | None:
        """Adds what is due now, and starts or wakes the delivery loops; returns when to plan next, if that is near."""
        now = self._clock.now()
        scopes, last_id, next_at = await self._storage.run(lambda uow: self._planned(uow, now))
        self._last_id_seen = last_id
        self._start(scopes)
        return next_at

    async def tick(self) -> datetime | None:
        """Plans and delivers all that is due now; returns when something is due next, if that is near.

        What hangs at a platform is not waited for.
        """
        instants = [await self.plan()]
        while any(loop.is_busy or loop.has_in_flight for loop in self._loops.values()):
            self._changed.clear()
            try:
                async with asyncio.timeout(STALL_TIMEOUT.total_seconds()):
                    await self._changed.wait()
            except TimeoutError:
                if not any(loop.is_taking_turn for loop in self._loops.values()):
                    break
        instants += [loop.next_at for loop in self._loops.values()]
        return min((at for at in instants if at is not None), default=None)

    async def has_new(self) -> bool:
        """Whether a notification was added since it was last planned, by a command or by another process. Cheap."""
        last_id, scopes = await self._storage.run(lambda uow: (uow.notifications.last_id(), uow.deliveries.scopes()))
        # Of two that are added at the same instant, the one with the lower id may be committed last.
        is_unattended = any(scope not in self._loops and self._is_connected(scope) for scope in scopes)
        return last_id > self._last_id_seen or is_unattended

    async def close(self) -> None:
        """Waits for what is in flight until it is recorded, and starts nothing more."""
        self._closing = True
        for loop in self._loops.values():
            loop.close()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _planned(self, uow: UnitOfWork, now: datetime) -> tuple[set[str], int, datetime | None]:
        uow.deliveries.expire(now)
        next_at = schedule.plan(uow, self._config, now)
        uow.season.store_attendance(now)  # before retention takes what it is counted from
        uow.maintenance.prune(now, retention=self._config.retention, spared=self._config.configured_facilitators)
        last_tick = uow.state.get(LAST_TICK)
        # One in the future was written with a clock that was wrong.
        if not last_tick or not timedelta(0) <= now - datetime.fromisoformat(last_tick) < LAST_TICK_INTERVAL:
            uow.state.set(LAST_TICK, now.isoformat())
        return set(uow.deliveries.scopes()), uow.notifications.last_id(), next_at

    def _start(self, scopes: set[str]) -> None:
        if self._closing:
            return
        for scope in sorted(scopes):
            if not self._is_connected(scope):
                continue  # another worker is
            if (loop := self._loops.get(scope)) is not None:
                loop.wake()
                continue
            self._loops[scope] = DeliveryLoop(scope, self._worker)
            task = asyncio.create_task(self._run(self._loops[scope]), name=f"deliver to {scope}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _is_connected(self, scope: str) -> bool:
        return platform_of_scope(scope) in self._worker.messengers

    async def _run(self, loop: DeliveryLoop) -> None:
        try:
            await loop.run()
        finally:
            del self._loops[loop.scope]
            self._changed.set()
