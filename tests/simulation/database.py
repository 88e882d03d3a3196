"""SQLite without its thread: works run in the loop, at an instant of their own, and are answered a little later.

Every process opens the same file with a connection of its own, through the product's own engine. Faults are decided by
`DatabaseWeather`: the database is locked for longer than anybody waits, or a commit of which nobody hears.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Any, Protocol, TypeVar

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from bot import ports
from storage.engine import sqlite
from tests.simulation.loop import PROCESS, VirtualLoop

T = TypeVar("T")


class DatabaseFault(Enum):
    """What happens to one transaction."""

    LOCKED = "locked"
    """Another program holds the database for longer than it is waited for: nothing is done."""
    FAILED = "failed"
    """The disk is full, say: nothing is kept."""
    UNCERTAIN_KEPT = "uncertain, kept"
    """The connection breaks after the commit, as it may with a server: it stands, and nobody hears of it."""
    UNCERTAIN_LOST = "uncertain, lost"
    """The connection breaks before the commit: nothing is kept, and nobody can tell."""


class DatabaseWeather(Protocol):
    def on_transaction(self) -> DatabaseFault | None: ...

    def delay(self) -> float:
        """Seconds for half of a transaction."""
        ...


class CalmDatabase:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def on_transaction(self) -> DatabaseFault | None:
        return None

    def delay(self) -> float:
        return 0.0005 + 0.004 * self._chance.random()


class InlineThread:
    """A `storage.engine.sqlite_thread.SqliteThread` that is no thread. One work after the other, as in a thread."""

    def __init__(
        self, loop: VirtualLoop, weather: Callable[[], DatabaseWeather], connection: sqlite3.Connection
    ) -> None:
        self._connection = connection
        self._machine: tuple[VirtualLoop, Callable[[], DatabaseWeather]] | None = (loop, weather)
        """None once it is closed: SQLAlchemy keeps connections that were never closed, and would keep the world."""
        self._free_at = 0.0
        process = PROCESS.get()
        if process is not None:
            process.files.append(self)

    async def run(self, work: Callable[[], T]) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.submit(work, partial(_settle, future))
        return await future

    def submit(self, work: Callable[[], T], done: Callable[[T | BaseException], object]) -> None:
        if self._machine is None:
            return
        loop, weather = self._machine
        starts_at = max(loop.time(), self._free_at) + weather().delay()
        self._free_at = starts_at + weather().delay()
        loop.call_at(starts_at, self._work, work, done)

    def _work(self, work: Callable[[], Any], done: Callable[[Any], object]) -> None:
        if self._machine is None:
            return
        loop, weather = self._machine
        fault = weather().on_transaction() if _is_transaction(work) else None
        if fault is DatabaseFault.LOCKED:
            self._free_at = max(self._free_at, loop.time() + sqlite.LOCK_TIMEOUT)
        outcome: Any
        try:
            outcome = _with_fault(work, fault)
        except BaseException as failure:  # noqa: BLE001 - reported to the caller
            outcome = failure
        loop.call_at(max(self._free_at, loop.time()), done, outcome)

    def raw(self) -> sqlite3.Connection:
        return self._connection

    async def close(self) -> None:
        self.vanish()

    def vanish(self) -> None:
        self._machine = None
        self._connection.close()


def _settle(future: asyncio.Future[Any], outcome: Any) -> None:
    if future.done():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


def _is_transaction(work: object) -> bool:
    """Whether it is a batch of the storage's works, and not a look at the schema or the write-ahead log."""
    return isinstance(work, partial) and getattr(work.func, "__name__", "") == "_run_batch"


def _with_fault(work: Callable[[], Any], fault: DatabaseFault | None) -> Any:
    if fault is DatabaseFault.LOCKED:
        locked = sqlite3.OperationalError("database is locked")
        locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise locked
    if fault is DatabaseFault.FAILED:
        raise sqlite3.OperationalError("database or disk is full")
    if fault is DatabaseFault.UNCERTAIN_LOST:
        return [_uncertain() for _ in work.args[0]]  # type: ignore[attr-defined]
    outcomes = work()
    if fault is DatabaseFault.UNCERTAIN_KEPT:
        return [_uncertain() for _ in outcomes]
    return outcomes


def _uncertain() -> object:
    return sqlite._Outcome(failure=ports.CommitUncertain("the connection was lost during the commit"))


async def open_inline(
    loop: VirtualLoop, weather: Callable[[], DatabaseWeather], connect: Callable[[], sqlite3.Connection]
) -> InlineThread:
    """In place of `storage.engine.sqlite_thread.open_thread`."""
    connection = connect()
    connection.execute("PRAGMA synchronous=OFF")  # nothing of a story outlives this process
    connection.execute("PRAGMA busy_timeout=0")  # nobody ever holds it while another step runs
    return InlineThread(loop, weather, connection)


_shared: list[Any] = []
"""The dialect of the first engine, and its cache of compiled statements."""


def shared_engine(connection: Callable[[], sqlite3.Connection]) -> Engine:
    """In place of `storage.engine.sqlite.make_engine`: all engines share what was compiled so far."""
    engine = create_engine(
        "sqlite://", creator=connection, poolclass=StaticPool, hide_parameters=True, pool_reset_on_return=None
    )
    if not _shared:
        _shared.extend((engine.dialect, engine._compiled_cache))
    engine.dialect, engine._compiled_cache = _shared
    engine.pool._dialect = engine.dialect
    return engine
