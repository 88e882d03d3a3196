"""What wakes the outbox. It may wake too often, never too seldom: what is due is derived from the database."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]

from bot.ports import Clock

log = logging.getLogger(__name__)

NET = timedelta(seconds=20)
"""A net below the exact instants: another process may have planned something meanwhile."""
BREATH = timedelta(milliseconds=100)
"""APScheduler drops a job that is due again before its last run has been counted out."""


GLANCE = timedelta(seconds=1)
"""How often it is looked whether another process posted something."""


@asynccontextmanager
async def waking(
    tick: Callable[[], Awaitable[datetime | None]],
    clock: Clock,
    *,
    posted: Callable[[], Awaitable[bool]] | None = None,
    nudged: asyncio.Event | None = None,
) -> AsyncIterator[None]:
    """Calls `tick` at once, every NET, and at the instant that its last call named. A tick that fails is logged.

    `posted`: whether there is something new to tell; asked every GLANCE, and whenever `nudged` is set.
    """
    rules = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=rules)

    async def wake() -> None:
        due = await tick()
        if due is not None:
            at = max(due, clock.now() + BREATH)
            scheduler.add_job(wake, "date", run_date=at, id="due", replace_existing=True)

    def wake_now() -> None:
        scheduler.add_job(wake, "date", run_date=clock.now(), id="posted", replace_existing=True)

    scheduler.add_job(wake, "interval", seconds=NET.total_seconds(), id="net", next_run_time=clock.now())
    scheduler.start()
    looking = asyncio.create_task(_look(posted, nudged or asyncio.Event(), wake_now)) if posted else None
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
        if looking is not None:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)


async def _look(posted: Callable[[], Awaitable[bool]], nudged: asyncio.Event, wake: Callable[[], None]) -> None:
    """Never ends by itself: while the database is away there is nothing to see."""
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(GLANCE.total_seconds()):
                await nudged.wait()
        nudged.clear()
        try:
            await asyncio.sleep(BREATH.total_seconds())  # in a rush, once for all that is answered meanwhile
            if await posted():
                wake()
        except Exception as problem:  # noqa: BLE001 - the net below says the same, with all there is to say
            log.debug("could not look for what was posted: %s", type(problem).__name__)
            await asyncio.sleep(GLANCE.total_seconds())


class Stopping:
    """Told to stop, by SIGTERM, which hosts send, or SIGINT, which is Ctrl-C. To be made before anything is started.

    What is being started then is cancelled, and `started` says so by ending quietly; afterwards `told` returns.
    """

    def __init__(self) -> None:
        self._stop = asyncio.Event()
        self._starting = asyncio.current_task()
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self._on_signal)

    def _on_signal(self) -> None:
        starting, self._starting = self._starting, None
        if not self._stop.is_set() and starting is not None:
            starting.cancel()
        self._stop.set()

    def started(self) -> None:
        """From here on nothing is cancelled: whoever waits in `told` ends things in their own way."""
        self._starting = None

    async def told(self) -> None:
        self.started()
        await self._stop.wait()

    def __enter__(self) -> Stopping:
        return self

    def __exit__(self, _: object, raised: BaseException | None, __: object) -> bool:
        """Whether what was raised is the end that was asked for."""
        task = asyncio.current_task()
        if not isinstance(raised, asyncio.CancelledError) or not self._stop.is_set() or task is None:
            return False
        task.uncancel()
        return True


async def until_told_to_stop() -> None:
    """Returns on SIGTERM and on SIGINT."""
    await Stopping().told()
