"""Decides when background work runs. Too often is harmless, too seldom is not: what is due comes from the database."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from bot.ports import Clock

log = logging.getLogger(__name__)

FALLBACK_INTERVAL = timedelta(seconds=20)
"""How often `tick` runs whatever it returned: another process may have planned something since."""
MIN_DELAY = timedelta(milliseconds=100)
"""Between two ticks, also where the first says that the next is due at once."""
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
    """Calls `tick` at once, FALLBACK_INTERVAL after each call, and at the instant that its last call returned.

    A tick that raises is logged, and the next one runs. `posted`: whether there is something new; asked every
    POLL_INTERVAL, and whenever `nudged` is set. Where there is `nudged` alone, it runs each time that is set.
    """
    is_due = asyncio.Event()
    tasks = [asyncio.create_task(_run(tick, clock, is_due))]
    if posted is not None or nudged is not None:
        tasks.append(asyncio.create_task(_poll(posted, nudged or asyncio.Event(), is_due.set)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(tick: Callable[[], Awaitable[datetime | None]], clock: Clock, is_due: asyncio.Event) -> None:
    """Runs until cancelled. It waits by the clock of the event loop: no step of the machine's clock delays a tick for
    longer than FALLBACK_INTERVAL.
    """
    while True:
        is_due.clear()
        wait = FALLBACK_INTERVAL
        try:
            due = await tick()
        except Exception:
            log.exception("background work failed; it is done again")
        else:
            if due is not None:
                wait = min(wait, max(due - clock.now(), MIN_DELAY))
        with suppress(TimeoutError):
            async with asyncio.timeout(wait.total_seconds()):
                await is_due.wait()


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
