"""What wakes the outbox. It may wake too often, never too seldom: what is due is derived from the database."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]

from bot.ports import Clock

NET = timedelta(seconds=20)
"""A net below the exact instants: another process may have planned something meanwhile."""
BREATH = timedelta(milliseconds=100)
"""APScheduler drops a job that is due again before its last run has been counted out."""


@asynccontextmanager
async def waking(tick: Callable[[], Awaitable[datetime | None]], clock: Clock) -> AsyncIterator[None]:
    """Calls `tick` at once, every NET, and at the instant that its last call named. A tick that fails is logged."""
    rules = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=rules)

    async def wake() -> None:
        due = await tick()
        if due is not None:
            at = max(due, clock.now() + BREATH)
            scheduler.add_job(wake, "date", run_date=at, id="due", replace_existing=True)

    scheduler.add_job(wake, "interval", seconds=NET.total_seconds(), id="net", next_run_time=clock.now())
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


async def until_told_to_stop() -> None:
    """Returns on SIGTERM, which hosts send, and on SIGINT, which is Ctrl-C."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    await stop.wait()
