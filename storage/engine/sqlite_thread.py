"""The one thread that uses an SQLite connection: through public API here, faster in `aiosqlite_internals`."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

T = TypeVar("T")


class SqliteThread(Protocol):
    """An open connection and its thread."""

    async def run(self, work: Callable[[], T]) -> T:
        """Runs `work` in the thread; returns its result or raises its error."""

    def submit(self, work: Callable[[], T], done: Callable[[T | BaseException], object]) -> None:
        """Runs `work` in the thread without creating a task for it.

        `done` is called on the running loop with the result, or with the exception that was raised.
        """

    def raw(self) -> sqlite3.Connection:
        """The connection itself. Use it only in its own thread, inside `run` or `submit`."""

    async def close(self) -> None:
        """Closes the connection and ends the thread."""


class ExecutorThread:
    """A `SqliteThread` on an executor of the standard library: used when `aiosqlite_internals` was deleted."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._connection: sqlite3.Connection | None = None

    async def open(self, connect: Callable[[], sqlite3.Connection]) -> None:
        try:
            self._connection = await self.run(connect)
        except BaseException:
            self._executor.shutdown()
            raise

    async def run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def submit(self, work: Callable[[], T], done: Callable[[T | BaseException], object]) -> None:
        self._executor.submit(reporting(work, done))

    def raw(self) -> sqlite3.Connection:
        if self._connection is None:
            raise ValueError("the connection is not open")
        return self._connection

    async def close(self) -> None:
        await self.run(self.raw().close)
        self._executor.shutdown()


def reporting(work: Callable[[], T], done: Callable[[T | BaseException], object]) -> Callable[[], None]:
    """`work` as a function for another thread, which reports to `done` on the loop that runs now."""
    loop = asyncio.get_running_loop()

    def in_thread() -> None:
        result: T | BaseException
        try:
            result = work()
        except BaseException as failure:  # noqa: BLE001 - reported to the caller
            result = failure
        loop.call_soon_threadsafe(done, result)

    return in_thread


async def open_thread(connect: Callable[[], sqlite3.Connection]) -> SqliteThread:
    """Starts a thread and opens the connection in it. Raises what `connect` raises."""
    try:
        from storage.engine.aiosqlite_internals import AiosqliteThread
    except ModuleNotFoundError:
        plain = ExecutorThread()
        await plain.open(connect)
        return plain
    thread = AiosqliteThread(connect, iter_chunk_size=64)
    await thread.open()
    return thread
