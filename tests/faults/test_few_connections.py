"""Three workers, few connections to the database: nothing is stuck until its lease ends, and nothing is told twice."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest

from bot.notifications.model import Receipt
from bot.ports import Overloaded
from bot.unit_of_work import UnitOfWork
from storage.engine import postgres
from storage.engine.open import open_storage
from tests.conversations.harness import MovableClock
from tests.databases import KEY
from tests.faults.lines import Lines
from tests.faults.test_delivery import START, box, receipts, register

PEOPLE = 60


async def test_workers_wait_for_a_connection_and_go_on(
    server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres._POOL, "pool_size", 2)
    monkeypatch.setitem(postgres._POOL, "pool_timeout", 0.02)
    storage = await open_storage(server_url, [KEY])
    gathering, clock = await register(storage, PEOPLE), MovableClock(START - timedelta(minutes=60))
    lines = Lines(tmp_path / "lines")
    turned_away = 0

    def hold(uow: UnitOfWork) -> None:
        uow.notifications.last_id()
        time.sleep(0.005)

    async def others() -> None:
        nonlocal turned_away
        for _ in range(150):
            try:
                await storage.run(hold)
            except Overloaded:
                turned_away += 1

    workers = [box(storage, lines, clock) for _ in range(3)]

    async def work(number: int) -> None:
        for _ in range(40):
            try:
                await workers[number].tick()
            except Overloaded:
                await asyncio.sleep(0.01)

    try:
        await asyncio.gather(*(work(number) for number in range(3)), *(others() for _ in range(4)))
        assert turned_away, "there were too few connections, or this shows nothing"
        assert len(lines.keys()) == len(set(lines.keys())) == PEOPLE
        # At the same instant: nothing waited for the end of a lease.
        assert await receipts(storage, gathering) == [Receipt.SENT] * PEOPLE
    finally:
        for worker in workers:
            await worker.close()
        await storage.close()
