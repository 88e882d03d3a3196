"""Registrations per second through the dispatcher, beside one bare durable insert through aiosqlite."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import aiosqlite

from bench.measure import Row, at_least, seconds
from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Plan, Status
from bot.members.model import Person
from bot.request import Call, Request
from bot.views import View
from storage.engine.open import OpenStorage, open_storage

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
ASKS = 1500
IN_FLIGHT = 64
REPEATS = 7


async def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        storage = await open_storage(f"sqlite:///{folder}/htg.db", ["k" * 32], upgrade=True)
        register = await registering(storage)
        rates, floors = [], []
        for _ in range(REPEATS):
            floors.append(ASKS / await seconds(lambda: _bare_inserts(Path(folder) / "bare.db")))
            rates.append(ASKS / await seconds(lambda: in_flight(register, ASKS)))
        await storage.close()
    what = f"registrations through `Dispatcher.answer`, {IN_FLIGHT} in flight, SQLite FULL"
    return [at_least(what, rates, floors, 0.7)]


async def registering(storage: OpenStorage, now: datetime = NOW) -> Callable[[], Awaitable[None]]:
    """Adds a gathering; returns what registers a new member for it at each call."""
    dispatcher = Dispatcher(storage, Config())
    plan = Plan("Grief", now + timedelta(days=3), "Europe/Madrid", description="d" * 300, facilitators="F")
    (gathering,) = await storage.run(lambda uow: uow.gatherings.add([plan], Status.PUBLISHED))
    numbers = count(1)

    async def register() -> None:
        number = next(numbers)
        who = Person(Address("slack", f"T1/U{number}"), f"Member {number}", "en", "Europe/Madrid")
        request = Request(who, Call.of("register", gathering=gathering.id), now, key=f"slack:{number}")
        answer = await dispatcher.answer(request)
        assert isinstance(answer, View)
        assert len(answer.parts) > 3, "it was not a confirmation"

    return register


async def in_flight(work: Callable[[], Awaitable[None]], times: int, at_once: int = IN_FLIGHT) -> None:
    left = iter(range(times))

    async def one_after_another() -> None:
        for _ in left:
            await work()

    await asyncio.gather(*(one_after_another() for _ in range(at_once)))


async def _bare_inserts(path: Path) -> None:
    """The floor: one row, one durable transaction, one after another."""
    async with aiosqlite.connect(path, isolation_level=None) as bare:
        await bare.execute("PRAGMA journal_mode=WAL")
        await bare.execute("PRAGMA synchronous=FULL")
        await bare.execute("CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, member INTEGER, at INTEGER)")
        for number in range(ASKS):
            await bare.execute("BEGIN IMMEDIATE")
            await bare.execute("INSERT INTO bare (member, at) VALUES (?, ?)", (number, number))
            await bare.execute("COMMIT")
