"""What wakes the outbox: at once, at the instant it named, and every so often; whatever goes wrong in between."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from cli import scheduler
from htg import SystemClock

pytestmark = pytest.mark.slow
SOON = timedelta(milliseconds=300)
Tick = Callable[[], Awaitable[datetime | None]]
clock = SystemClock()


async def first_ticks(number: int, tick: Tick) -> list[datetime]:
    """When `tick` was called, until it had been so often."""
    called: list[datetime] = []
    enough = asyncio.Event()

    async def noted() -> datetime | None:
        called.append(clock.now())
        if len(called) >= number:
            enough.set()
        return await tick()

    async with scheduler.run_periodically(noted, clock), asyncio.timeout(60):
        await enough.wait()
    return called[:number]


@pytest.fixture
def no_net(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "FALLBACK_INTERVAL", timedelta(hours=1))


@pytest.mark.usefixtures("no_net")
async def test_at_once_and_then_at_the_instant_that_was_named() -> None:
    named: list[datetime] = []

    async def tick() -> datetime | None:
        if named:
            return None
        named.append(clock.now() + SOON)
        return named[0]

    _, second = await first_ticks(2, tick)
    assert second >= named[0]


@pytest.mark.usefixtures("no_net")
async def test_what_is_due_already_is_not_lost_and_does_not_spin() -> None:
    async def tick() -> datetime:
        return clock.now() - timedelta(minutes=1)

    called = await first_ticks(4, tick)
    gaps = [later - earlier for earlier, later in pairwise(called)]
    assert min(gaps) > scheduler.MIN_DELAY * 0.8, "not as fast as it can"


async def test_a_net_below(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "FALLBACK_INTERVAL", SOON)

    async def tick() -> None:
        return None

    assert len(await first_ticks(3, tick)) == 3


@pytest.mark.parametrize("hours", [-2, 2])
async def test_a_step_of_the_machines_clock_delays_nothing(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    """As a virtual machine's, whose clock is set right once the network is there."""
    monkeypatch.setattr(scheduler, "FALLBACK_INTERVAL", SOON)
    stepped = timedelta(0)

    class Stepping:
        def now(self) -> datetime:
            return clock.now() + stepped

    ticks, enough = 0, asyncio.Event()

    async def tick() -> datetime:
        nonlocal stepped, ticks
        ticks, due = ticks + 1, Stepping().now() + timedelta(hours=1)
        stepped += timedelta(hours=hours)
        if ticks == 4:
            enough.set()
        return due

    async with scheduler.run_periodically(tick, Stepping()), asyncio.timeout(60):
        await enough.wait()


@pytest.mark.usefixtures("no_net")
async def test_what_was_posted_is_told_at_once_whoever_posted_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a command of this process, which nudges, or by another, which only a look shows."""
    posted, ticked, nudged = [False], asyncio.Event(), asyncio.Event()

    async def tick() -> None:
        posted[0] = False
        ticked.set()

    async def look() -> bool:
        return posted[0]

    async def told() -> None:
        async with asyncio.timeout(60):
            await ticked.wait()
        ticked.clear()

    async with scheduler.run_periodically(tick, clock, posted=look, nudged=nudged):
        await told()  # at the start
        posted[0] = True
        await told()  # by another process
        monkeypatch.setattr(scheduler, "POLL_INTERVAL", timedelta(hours=1))
        posted[0] = True
        await told()  # the look that was under way
        posted[0] = True
        nudged.set()
        await told()


@pytest.mark.usefixtures("no_net")
async def test_a_look_that_fails_is_not_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "POLL_INTERVAL", timedelta(milliseconds=20))
    looks, told = [0], asyncio.Event()

    async def tick() -> None:
        if looks[0]:
            told.set()

    async def look() -> bool:
        looks[0] += 1
        if looks[0] == 1:
            raise ConnectionError("the database went away")
        return True

    async with scheduler.run_periodically(tick, clock, posted=look), asyncio.timeout(60):
        await told.wait()


async def test_a_tick_that_fails_is_logged_and_the_next_comes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(scheduler, "FALLBACK_INTERVAL", SOON)

    async def tick() -> None:
        raise ConnectionError("the database went away")

    assert len(await first_ticks(2, tick)) == 2
    assert "the database went away" in caplog.text


async def test_a_tick_that_takes_long_is_not_begun_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "FALLBACK_INTERVAL", timedelta(milliseconds=100))
    at_work = most = 0

    async def tick() -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.35)
        at_work -= 1

    await first_ticks(3, tick)
    assert most == 1


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop(sent: signal.Signals) -> None:
    waiting = asyncio.create_task(scheduler.wait_for_stop_signal())
    await asyncio.sleep(0)
    os.kill(os.getpid(), sent)
    await asyncio.wait_for(waiting, 60)
