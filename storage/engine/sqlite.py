"""Storage on SQLite: one connection in one thread, one hop for a batch of works, one commit for all of them.

Asks that arrive while a batch runs make up the next one. Each work has a savepoint of its own, so one that
fails takes nothing of its neighbours with it, and nobody learns a result before the shared COMMIT is durable.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any, Generic, TypeVar

import aiosqlite
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import StaticPool

from bot import ports
from storage.books import Books
from storage.encryption.columns import set_keyring
from storage.encryption.keyring import Keyring
from storage.engine.errors import CommitFailed, DatabaseUnavailable, future_safe
from storage.engine.sqlalchemy_internals import CompiledStatementCache

T = TypeVar("T")

OLDEST = (3, 35, 0)
"""The first SQLite with RETURNING."""
PATIENCE = 5.0
"""Seconds that a transaction waits for another process to finish its own."""
ERASE_AGAIN = 1.0
"""Seconds until the write-ahead log is emptied after all, where another process was reading when it was to be."""
BATCH = 64
"""Works that share a commit. More would make the first wait for the last without saving much."""


class SqliteThread(aiosqlite.Connection):
    """aiosqlite's connection and thread, with one hop for any amount of synchronous work."""

    async def run(self, work: Callable[[], T]) -> T:
        result: T = await self._execute(work)  # type: ignore[no-untyped-call]
        return result

    def start(self, work: Callable[[], T], done: Callable[[T | BaseException], object]) -> None:
        """The same without anybody waiting: `done` is called on the loop with the result, or with what was raised.

        A future and a task for each hop would cost more than the hop.
        """
        loop = asyncio.get_running_loop()

        def in_thread() -> None:
            result: T | BaseException
            try:
                result = work()
            except BaseException as failure:  # noqa: BLE001 - it is told
                result = failure
            loop.call_soon_threadsafe(done, result)

        self._tx.put_nowait((None, in_thread))

    async def ended(self) -> None:
        """Waits for the thread of a connection that failed: it must not report to a loop that is gone by then."""
        await asyncio.to_thread(self._thread.join)

    def raw(self) -> sqlite3.Connection:
        """The connection itself, to be used in its own thread alone: inside `run`."""
        return self._conn


async def open_file(path: Path) -> SqliteThread:
    """The file's connection in its own thread; raises DatabaseUnavailable."""
    connection = SqliteThread(partial(connect, path), iter_chunk_size=64)
    try:
        await connection
    except BaseException:
        await connection.ended()
        raise
    return connection


def connect(path: Path, patience: float = PATIENCE) -> sqlite3.Connection:
    """Opens a database file for the calling thread, creating it (mode 0600) and its folder (0700) where missing.

    `patience`: seconds to wait for a lock. Raises DatabaseUnavailable.
    """
    if sqlite3.sqlite_version_info < OLDEST:
        raise DatabaseUnavailable(f"SQLite {sqlite3.sqlite_version} is too old; 3.35 or newer is needed.")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)  # the journals take their mode from it
        return _prepared(sqlite3.connect(path, timeout=patience, isolation_level=None, cached_statements=256), patience)
    except (sqlite3.Error, OSError) as failure:
        raise DatabaseUnavailable(f"The database file {path} cannot be opened: {failure}.") from failure


def _prepared(connection: sqlite3.Connection, patience: float) -> sqlite3.Connection:
    try:
        _to_wal(connection, patience)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        # What is deleted is overwritten, also where SQLite was built to leave it lying in free pages.
        connection.execute("PRAGMA secure_delete=ON")
        # Sorting and undoing would write names into files that nobody overwrites.
        connection.execute("PRAGMA temp_store=MEMORY")
    except BaseException:
        connection.close()
        raise
    return connection


def _to_wal(connection: sqlite3.Connection, patience: float) -> None:
    """Write-ahead logging. SQLite does not wait when two processes ask for it at once, so this does."""
    pause = 0.02
    for left in range(int(patience / pause), -1, -1):
        try:
            (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        except sqlite3.OperationalError as failure:
            if not left or not _is_busy(failure):
                raise
            sleep(pause)
        else:
            if mode != "wal":
                raise sqlite3.OperationalError("its disk does not support write-ahead logging")
            return


def checkpoint(connection: sqlite3.Connection) -> bool:
    """Empties the write-ahead log, where what was deleted is still to be read. False where others stand in the way.

    For a connection outside of a transaction. Nobody is waited for: it is for whoever calls to come back.
    """
    (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout=0")
    try:
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as failure:
        if not _is_busy(failure):
            raise
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout={patience}")
    return not busy


def make_engine(connection: Callable[[], sqlite3.Connection]) -> Engine:
    """A synchronous engine over one open connection; for use in that connection's thread alone."""
    return create_engine("sqlite://", creator=connection, poolclass=StaticPool, hide_parameters=True)


def _is_busy(failure: sqlite3.Error) -> bool:
    return getattr(failure, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


@dataclass(slots=True)
class _Waiting(Generic[T]):
    work: Callable[[ports.Books], T]
    answer: asyncio.Future[T]


@dataclass(slots=True)
class _Outcome:
    result: Any = None
    failure: BaseException | None = None


class SqliteStorage:
    """`bot.ports.Storage` on one file. Make it with `storage.engine.open.open_storage`."""

    def __init__(self, connection: SqliteThread, keyring: Keyring, schema: str, queue: int) -> None:
        self._connection, self._queue, self.schema = connection, queue, schema
        self._engine = make_engine(connection.raw)
        set_keyring(self._engine.dialect, keyring)
        self._readied = CompiledStatementCache(self._engine.dialect)
        self._opened: Connection | None = None
        # A process that was killed after deleting may have left what it deleted in the write-ahead log.
        self._to_erase = True
        self._again: asyncio.TimerHandle | None = None
        self._waiting: deque[_Waiting[Any]] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False

    async def run(self, work: Callable[[ports.Books], T]) -> T:
        if self._closed:
            raise CommitFailed("The storage is closed.")
        if len(self._waiting) >= self._queue:
            raise ports.Busy(f"{self._queue} are waiting for the database already")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(work, answer))
        if self._idle.is_set():
            self._idle.clear()
            # Whoever comes in the same turn of the loop shares the batch.
            asyncio.get_running_loop().call_soon(self._begin_batch)
        return await answer

    async def close(self) -> None:
        """Finishes what waits, then closes the file. May be called twice."""
        if self._closed:
            return
        self._closed = True
        if self._again is not None:
            self._again.cancel()
        await self._idle.wait()
        await self._connection.run(self._end)
        await self._connection.close()

    def _begin_batch(self) -> None:
        batch = self._next_batch()
        if batch:
            self._connection.start(partial(self._share, [each.work for each in batch]), partial(self._end_batch, batch))
        else:
            self._idle.set()

    def _next_batch(self) -> list[_Waiting[Any]]:
        """The next works in order of arrival, without those whose caller has gone away meanwhile."""
        batch: list[_Waiting[Any]] = []
        while self._waiting and len(batch) < BATCH:
            each = self._waiting.popleft()
            if not each.answer.done():
                batch.append(each)
        return batch

    def _end_batch(self, batch: list[_Waiting[Any]], outcomes: list[_Outcome] | BaseException) -> None:
        if isinstance(outcomes, BaseException):
            outcomes = [_Outcome(failure=_told(outcomes)) for _ in batch]
        for each, outcome in zip(batch, outcomes, strict=True):
            if each.answer.done():
                continue  # cancelled while its work ran: the work stands, nobody asks for the answer
            if outcome.failure is not None:
                each.answer.set_exception(outcome.failure)
            else:
                each.answer.set_result(outcome.result)
        self._begin_batch()
        self._erase_later()

    def _erase_again(self) -> None:
        self._again = None
        self._connection.start(self._erase, self._erase_later)

    def _erase_later(self, _: object = None) -> None:
        if self._to_erase and self._again is None and not self._closed:
            self._again = asyncio.get_running_loop().call_later(ERASE_AGAIN, self._erase_again)

    def _erase(self) -> None:
        """In the connection's thread: what was deleted is not to be found in the write-ahead log, either."""
        with suppress(sqlite3.Error):  # a full disk, say: what was committed stands, and this is tried again
            self._to_erase = not checkpoint(self._connection.raw())

    def _share(self, works: Sequence[Callable[[ports.Books], Any]]) -> list[_Outcome]:
        """In the connection's thread: all of these in one transaction, durable when this returns."""
        raw = self._connection.raw()
        opened, self._opened = self._opened or self._taken(), None
        try:
            raw.execute("BEGIN IMMEDIATE")
            books = Books(opened, raw, self._readied)
            outcomes = [_apart(raw, partial(work, books)) for work in works]
            raw.execute("COMMIT")
        except BaseException:
            opened.close()  # rolls back whatever was not committed: the next batch begins from nothing
            raise
        self._opened = opened
        if books.erased:
            self._to_erase = True
            self._erase()
        return outcomes

    def _taken(self) -> Connection:
        """SQLAlchemy's view of the connection, kept while all goes well: made anew, it costs as much as an Ask.

        Its own transaction sends nothing and lasts as long; outside of one it would roll back on errors.
        """
        opened = self._engine.connect()
        opened.begin()
        return opened

    def _end(self) -> None:
        if self._opened is not None:
            self._opened.close()
        if self._to_erase:
            self._erase()
        self._engine.dispose()


def _apart(raw: sqlite3.Connection, work: Callable[[], Any]) -> _Outcome:
    """One work in its own savepoint; what it raises undoes what it wrote and nothing else."""
    raw.execute("SAVEPOINT work")
    try:
        outcome = _Outcome(work())
    except BaseException as failure:
        if not raw.in_transaction:
            raise  # SQLite gave up the whole transaction (a full disk, say): it is everybody's failure
        raw.execute("ROLLBACK TO work")
        outcome = _Outcome(failure=future_safe(failure))
    raw.execute("RELEASE work")
    return outcome


def _told(failure: BaseException) -> Exception:
    """What each caller of a batch that did not stand is told: an exception of their own."""
    if isinstance(failure, sqlite3.Error) and _is_busy(failure):
        return ports.Busy("another process holds the database")
    told = CommitFailed(f"The database could not keep this: {failure}")
    told.__cause__ = failure
    return told
