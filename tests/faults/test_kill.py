"""kill -9 at any instant: the worker that follows leaves nobody out and tells nobody twice."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.gatherings.model import Gathering
from bot.notifications.model import Receipt
from bot.ports import Storage
from tests.conversations.harness import MovableClock
from tests.databases import KEY
from tests.faults.lines import Lines
from tests.faults.test_delivery import START, box, receipts, register

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]

PEOPLE = 250
KILLS = 6
ROOT = Path(__file__).parents[2]


async def work_until_killed(database_url: str, lines: Path, minute: int, messages: int, looks: str) -> None:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.worker", database_url, KEY, str(lines), str(minute), looks,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert worker.stdout is not None
    ready = await asyncio.wait_for(worker.stdout.readline(), 60)
    assert ready == b"ready\n", (await worker.communicate())[1].decode()
    before = len(Lines(lines).keys())
    async with asyncio.timeout(60):
        while len(Lines(lines).keys()) < before + messages:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.001)
    worker.send_signal(signal.SIGKILL)
    await worker.communicate()


async def kill_again_and_again(storage: Storage, database_url: str, lines: Path, looks: str) -> Gathering:
    gathering = await register(storage, PEOPLE)
    dice = random.Random(7)
    # Each next worker wakes when the leases of the one before have run out.
    for kill in range(KILLS):
        await work_until_killed(database_url, lines, -60 + 3 * kill, dice.randint(1, 6), looks)
    told_before = len(set(Lines(lines).keys()))
    assert KILLS <= told_before < PEOPLE, f"the kills came too late to test anything: {told_before}"
    last = box(
        storage,
        Lines(lines, remembers=looks == "looks"),
        MovableClock(START - timedelta(minutes=60 - 3 * KILLS)),
    )
    await last.tick()
    return gathering


async def test_nobody_is_left_out_and_nobody_told_twice(storage: Storage, database_url: str, tmp_path: Path) -> None:
    gathering = await kill_again_and_again(storage, database_url, tmp_path / "lines", "looks")
    told = Lines(tmp_path / "lines").keys()
    assert len(told) == len(set(told)) == PEOPLE
    assert await receipts(storage, gathering) == [Receipt.SENT] * PEOPLE


async def test_without_looking_back_it_would_tell_twice(storage: Storage, database_url: str, tmp_path: Path) -> None:
    """The guard taken away: so the test above tests something."""
    await kill_again_and_again(storage, database_url, tmp_path / "lines", "does not look")
    told = Lines(tmp_path / "lines").keys()
    assert len(told) > len(set(told)) == PEOPLE
