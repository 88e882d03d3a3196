"""Private parts of aiosqlite: its job queue, its thread and the connection beneath, for one hop per batch.

What it buys: aiosqlite's public methods hop to the thread once for each statement, and await a future each time.
This submits a whole batch of works as one job. `bench/internals.py` measures it beside an executor of the standard
library, which does the same through public API and takes about a fifth longer for each batch.

To delete it: delete this file; nothing else changes. `sqlite_thread.open_thread` then uses `ExecutorThread`, and
aiosqlite is no longer needed.

When aiosqlite's version changes, read `aiosqlite/core.py`: `Connection._tx` must be the queue of
`(future or None, function)` that `_connection_worker_thread` takes jobs from, which must report nothing for a None;
`_execute`, `_conn` and `_thread` must mean the same. Then raise VERIFIED_VERSION and the pin in pyproject.toml.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import TypeVar

import aiosqlite

from storage.engine.sqlite_thread import reporting

T = TypeVar("T")

VERIFIED_VERSION = "0.22.1"


class AiosqliteThread(aiosqlite.Connection):
    """A `SqliteThread` on aiosqlite's own thread."""

    async def open(self) -> None:
        try:
            await self
        except BaseException:
            # The thread of a connection that could not be opened must not report to a loop that is gone by then.
            await asyncio.to_thread(self._thread.join)
            raise

    async def run(self, work: Callable[[], T]) -> T:
        result: T = await self._execute(work)  # type: ignore[no-untyped-call]
        return result

    def submit(self, work: Callable[[], T], done: Callable[[T | BaseException], object]) -> None:
        self._tx.put_nowait((None, reporting(work, done)))

    def raw(self) -> sqlite3.Connection:
        return self._conn
