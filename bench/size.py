"""Cost follows the work that is due, not what is stored: `list` and an idle tick, small and at a million."""

from __future__ import annotations

import sqlite3
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.measure import Row, at_most, seconds
from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Plan, Status
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.request import Call, Request
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage, open_storage

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
MEMBERS = 100
SMALL, LARGE = 10, 10_000
"""Past gatherings, half an hour apart: all within HTG_RETENTION, so that none is due to be forgotten."""
REPEATS = 200
TICK_LIMIT = 0.005
"""Seconds that a tick with nothing due may take."""


class StandingClock:
    def now(self) -> datetime:
        return NOW


async def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        lists, ticks = {}, {}
        for past in (SMALL, LARGE):
            storage = await _laid_out(Path(folder) / f"{past}.db", past)
            lists[past] = await _lists(storage)
            ticks[past] = await _ticks(storage)
            await storage.close()
    median = sorted(ticks[LARGE])[REPEATS // 2]
    what = f"{LARGE:,} past gatherings with {LARGE * MEMBERS:,} registrations, beside {SMALL}"
    return [
        at_most(f"`list` at {what}", lists[LARGE], lists[SMALL], 1.5),
        Row(
            f"a tick with nothing due at {LARGE:,} past gatherings, beside {SMALL}",
            f"{median * 1000:.2f} ms",
            f"{sorted(ticks[SMALL])[REPEATS // 2] * 1000:.2f} ms",
            median / sorted(ticks[SMALL])[REPEATS // 2],
            f"under {TICK_LIMIT * 1000:.0f} ms",
            median < TICK_LIMIT,
        ),
    ]


async def _laid_out(path: Path, past: int) -> OpenStorage:
    """`past` gatherings that all of the members were registered for, and twelve to come."""
    storage = await open_storage(f"sqlite:///{path}", ["k" * 32], upgrade=True)

    def work(uow: UnitOfWork) -> None:
        for number in range(MEMBERS):
            uow.members.get_or_create(
                Person(Address("slack", f"T1/U{number}"), f"M{number}", "en", "Europe/Madrid"), NOW
            )
        for number in range(past):
            uow.gatherings.add(
                [Plan(f"Past {number}", NOW - timedelta(days=2, minutes=30 * number), "UTC")], Status.PUBLISHED
            )
        for number in range(12):
            uow.gatherings.add([Plan(f"Coming {number}", NOW + timedelta(days=5 + number), "UTC")], Status.PUBLISHED)

    await storage.run(work)
    with sqlite3.connect(path) as bare:
        bare.execute(
            "INSERT INTO registrations (member, gathering, at) SELECT m.id, g.id, 0 FROM gatherings g, members m"
            " WHERE g.title LIKE 'Past%' ORDER BY g.id, m.id"
        )
    bare.close()
    return storage


async def _lists(storage: OpenStorage) -> list[float]:
    dispatcher = Dispatcher(storage, Config())
    who = Person(Address("slack", "T1/U7"), "M7", "en", "Europe/Madrid")
    return [await seconds(lambda: dispatcher.answer(Request(who, Call("list"), NOW))) for _ in range(REPEATS)]


async def _ticks(storage: OpenStorage) -> list[float]:
    outbox = Outbox(storage, {}, StandingClock(), Config())
    while await storage.run(lambda uow: uow.season.store_attendance(NOW)):
        pass  # a new database has years to count; then nothing is due
    return [await seconds(outbox.tick) for _ in range(REPEATS)]
