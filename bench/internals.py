"""What private parts of libraries buy, beside the same through public API alone."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from bench.door import database
from bench.measure import Row, at_least, seconds
from bench.registrations import in_flight, registering
from storage.engine.open import open_storage
from storage.engine.sqlite_thread import SqliteThread, open_thread

KEYS = ["k" * 32]
REGISTRATIONS = 600
HOPS = 3000
REPEATS = 7
CONNECT = partial(sqlite3.connect, ":memory:", isolation_level=None)


@contextmanager
def deleted(module: str) -> Iterator[None]:
    """As if the file of this module were deleted."""
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]


async def measure() -> list[Row]:
    rows = [await _aiosqlite()]
    with tempfile.TemporaryDirectory() as folder:
        fast, plain = (f"sqlite:///{folder}/{name}.db" for name in ("fast", "plain"))
        rows.append(await _sqlalchemy(fast, plain, "SQLite", 1.1))
    async with database() as fast, database() as plain:
        rows.append(await _sqlalchemy(fast, plain, "PostgreSQL", 1.1))
    return rows


async def _aiosqlite() -> Row:
    fast = await open_thread(CONNECT)
    with deleted("storage.engine.aiosqlite_internals"):
        plain = await open_thread(CONNECT)
    rates, floors = [], []
    for _ in range(REPEATS):
        floors.append(HOPS / await seconds(lambda: _hops(plain)))
        rates.append(HOPS / await seconds(lambda: _hops(fast)))
    await fast.close()
    await plain.close()
    return at_least("hops to SQLite's thread through aiosqlite's queue, beside an executor", rates, floors, 1.05)


async def _hops(thread: SqliteThread) -> None:
    for _ in range(HOPS):
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        thread.submit(lambda: None, answer.set_result)
        await answer


async def _sqlalchemy(fast_url: str, plain_url: str, called: str, least: float) -> Row:
    fast = await open_storage(fast_url, KEYS, upgrade=True)
    with deleted("storage.engine.sqlalchemy_internals"):
        plain = await open_storage(plain_url, KEYS, upgrade=True)
    register, register_plainly = await registering(fast), await registering(plain)
    rates, floors = [], []
    for _ in range(REPEATS):
        floors.append(REGISTRATIONS / await seconds(lambda: in_flight(register_plainly, REGISTRATIONS)))
        rates.append(REGISTRATIONS / await seconds(lambda: in_flight(register, REGISTRATIONS)))
    await fast.close()
    await plain.close()
    what = f"registrations with our cache of compiled statements, {called}, beside SQLAlchemy's own execution"
    return at_least(what, rates, floors, least)
