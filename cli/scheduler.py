"""Decides when background work runs. Too often is harmless, too seldom is not: what is due comes from the database."""

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

FALLBACK_INTERVAL = timedelta(seconds=20)
"""How often `tick` runs whatever it returned: another process may have planned something since."""
MIN_DELAY = timedelta(milliseconds=100)
"""APScheduler drops a job that is due again before its last run has been counted out."""
POLL_INTERVAL = timedelta(seconds=1)
"""How often it is checked whether another process posted something."""


@asynccontextmanager
async def run_periodically(
    tick: Callable[[], Awaitable[datetime | None]],
    clock: Clock,
    *,
    posted: Callable[[], Awaitable[bool]] | None = None,
    nudged: asyncio.Event | None = None,
) -> AsyncIterator[None]:
    """Calls `tick` at once, every FALLBACK_INTERVAL, and at the instant that its last call returned.

    A tick that raises is logged, and the next one runs. `posted`: whether there is something new; asked every
    POLL_INTERVAL, and whenever `nudged` is set. Where there is `nudged` alone, it runs each time that is set.
    """
    rules = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=rules)

    async def run_tick() -> None:
        due = await tick()
        if due is not None:
            at = max(due, clock.now() + MIN_DELAY)
            scheduler.add_job(run_tick, "date", run_date=at, id="due", replace_existing=True)

    def run_now() -> None:
        scheduler.add_job(run_tick, "date", run_date=clock.now(), id="posted", replace_existing=True)

    scheduler.add_job(
        run_tick, "interval", seconds=FALLBACK_INTERVAL.total_seconds(), id="fallback", next_run_time=clock.now()
    )
    scheduler.start()
    polling = None
    if posted is not None or nudged is not None:
        polling = asyncio.create_task(_poll(posted, nudged or asyncio.Event(), run_now))
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
        if polling is not None:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)


async def _poll(
    posted: Callable[[], Awaitable[bool]] | None, nudged: asyncio.Event, run_now: Callable[[], None]
) -> None:
    """Runs until cancelled, also while the database is unavailable."""
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_INTERVAL.total_seconds()):
                await nudged.wait()
        try:
            await asyncio.sleep(MIN_DELAY.total_seconds())  # under load, one query for all that is answered meanwhile
            was_nudged = nudged.is_set()
            nudged.clear()
            if was_nudged if posted is None else await posted():
                run_now()
        except Exception as problem:  # noqa: BLE001 - the next tick fails on the same, and is logged in full
            log.debug("could not look for what was posted: %s", type(problem).__name__)
            await asyncio.sleep(POLL_INTERVAL.total_seconds())


class StopSignal:
    """SIGTERM, which hosts send, or SIGINT, which is Ctrl-C. Create it before anything is started.

    A signal during the start cancels the starting task, and the `with` block then ends quietly; a later one makes
    `wait` return.
    """

    def __init__(self) -> None:
        self._stop = asyncio.Event()
        self._starting = asyncio.current_task()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal)

    def _on_signal(self) -> None:
        starting, self._starting = self._starting, None
        if not self._stop.is_set() and starting is not None:
            starting.cancel()
        self._stop.set()

    async def wait(self) -> None:
        """From here on nothing is cancelled: the task that waits shuts down in its own order."""
        self._starting = None
        await self._stop.wait()

    def __enter__(self) -> StopSignal:
        return self

    def __exit__(self, _: object, raised: BaseException | None, __: object) -> bool:
        """Suppresses the cancellation that a signal caused, and nothing else."""
        task = asyncio.current_task()
        if not isinstance(raised, asyncio.CancelledError) or not self._stop.is_set() or task is None:
            return False
        task.uncancel()
        return True


async def wait_for_stop_signal() -> None:
    """Returns on SIGTERM and on SIGINT."""
    await StopSignal().wait()
