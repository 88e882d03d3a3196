"""Storage on SQLite: one connection in one thread, one job and one commit for a batch of works.

Works that arrive while a batch runs form the next one. Several have a savepoint each, so one that fails undoes
nothing of the others, and no caller gets a result before the shared COMMIT is durable.
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
from shutil import disk_usage
from time import sleep
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import StaticPool

from bot import ports, unit_of_work
from storage.encryption.columns import set_keyring
from storage.encryption.keyring import Keyring
from storage.engine.errors import DatabaseUnavailable, future_safe
from storage.engine.sqlite_thread import SqliteThread
from storage.engine.statements import compiled_statements
from storage.unit_of_work import SqlUnitOfWork

T = TypeVar("T")

OLDEST_VERSION = (3, 35, 0)
"""The first SQLite with RETURNING."""
LOCK_TIMEOUT = 5.0
"""Seconds that a transaction waits for another process to finish its own."""
CHECKPOINT_RETRY_DELAY = 1.0
"""Seconds until the write-ahead log is truncated after all, where another process was reading it at first."""
BATCH_SIZE = 64
"""Works that share a commit. With more, the first would wait for the last and hardly anything would be saved."""


def connect(path: Path, lock_timeout: float = LOCK_TIMEOUT) -> sqlite3.Connection:
    """Opens a database file for the calling thread, creating it (mode 0600) and its folder (0700) where missing.

    `lock_timeout`: seconds to wait for the lock of another process. Raises DatabaseUnavailable.
    """
    if sqlite3.sqlite_version_info < OLDEST_VERSION:
        raise DatabaseUnavailable(f"SQLite {sqlite3.sqlite_version} is too old; 3.35 or newer is needed.")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)  # the journals take their mode from it
        connection = sqlite3.connect(path, timeout=lock_timeout, isolation_level=None, cached_statements=256)
        return _configured(connection, lock_timeout)
    except (sqlite3.Error, OSError) as failure:
        raise DatabaseUnavailable(f"The database file {path} cannot be opened: {_why(path, failure)}.") from failure


def _why(path: Path, failure: sqlite3.Error | OSError) -> str:
    with suppress(OSError):
        # Of a full disk SQLite says the same as of a broken one.
        if isinstance(failure, sqlite3.OperationalError) and not disk_usage(path.parent).free:
            return f"no space is left on its disk ({failure})"
    return (isinstance(failure, OSError) and failure.strerror) or str(failure)


def _configured(connection: sqlite3.Connection, lock_timeout: float) -> sqlite3.Connection:
    try:
        _enable_wal(connection, lock_timeout)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        # Overwrite deleted content with zeros: SQLite builds differ in whether free pages keep it.
        connection.execute("PRAGMA secure_delete=ON")
        # Sorting and statement journals would write personal data into temporary files that nobody overwrites.
        connection.execute("PRAGMA temp_store=MEMORY")
    except BaseException:
        connection.close()
        raise
    return connection


def _enable_wal(connection: sqlite3.Connection, lock_timeout: float) -> None:
    """Turns write-ahead logging on. SQLite does not wait when two processes do so at once, so this retries."""
    pause = 0.02
    for retries_left in range(int(lock_timeout / pause), -1, -1):
        try:
            (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        except sqlite3.OperationalError as failure:
            if not retries_left or not _is_busy(failure):
                raise
            sleep(pause)
        else:
            if mode != "wal":
                raise sqlite3.OperationalError("its disk does not support write-ahead logging")
            return


def checkpoint(connection: sqlite3.Connection) -> bool:
    """Truncates the write-ahead log, where deleted content can still be read. False while another process reads it.

    For a connection outside of a transaction. Does not wait: the caller tries again later.
    """
    (busy_timeout,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout=0")
    try:
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as failure:
        if not _is_busy(failure):
            raise
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout={busy_timeout}")
    return not busy


def make_engine(connection: Callable[[], sqlite3.Connection]) -> Engine:
    """A synchronous engine over one open connection; for use in that connection's thread alone."""
    return create_engine("sqlite://", creator=connection, poolclass=StaticPool, hide_parameters=True)


def _is_busy(failure: sqlite3.Error) -> bool:
    return getattr(failure, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


@dataclass(slots=True)
class _QueuedWork(Generic[T]):
    work: Callable[[unit_of_work.UnitOfWork], T]
    result: asyncio.Future[T]


@dataclass(slots=True)
class _Outcome:
    result: Any = None
    failure: BaseException | None = None


class SqliteStorage:
    """`bot.ports.Storage` on one file. Create it with `storage.engine.open.open_storage`."""

    def __init__(self, thread: SqliteThread, keyring: Keyring, schema: str, queue: int) -> None:
        """`queue`: how many works may wait before the next raises Busy."""
        self._thread, self._queue_limit, self.schema = thread, queue, schema
        self._engine = make_engine(thread.raw)
        set_keyring(self._engine.dialect, keyring)
        self._statements = compiled_statements(self._engine.dialect)
        self._sqlalchemy: Connection | None = None
        # A process that was killed after deleting may have left the deleted content in the write-ahead log.
        self._needs_checkpoint = True
        self._checkpoint_timer: asyncio.TimerHandle | None = None
        self._queue: deque[_QueuedWork[Any]] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False

    async def run(self, work: Callable[[unit_of_work.UnitOfWork], T]) -> T:
        if self._closed:
            raise ports.CommitFailed("The storage is closed.")
        if len(self._queue) >= self._queue_limit:
            raise ports.Overloaded(f"{self._queue_limit} are waiting for the database already")
        result: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append(_QueuedWork(work, result))
        if self._idle.is_set():
            self._idle.clear()
            # Not at once: works of the same turn of the event loop share the batch.
            asyncio.get_running_loop().call_soon(self._start_batch)
        return await result

    async def close(self) -> None:
        """Finishes the queue, then closes the file. May be called twice."""
        if self._closed:
            return
        self._closed = True
        if self._checkpoint_timer is not None:
            self._checkpoint_timer.cancel()
        await self._idle.wait()
        await self._thread.run(self._shut_down)
        await self._thread.close()

    # ---- on the event loop

    def _start_batch(self) -> None:
        batch = self._next_batch()
        if batch:
            works = [queued.work for queued in batch]
            self._thread.submit(partial(self._run_batch, works), partial(self._finish_batch, batch))
        else:
            self._idle.set()

    def _next_batch(self) -> list[_QueuedWork[Any]]:
        """The next works in order of arrival, without those whose caller was cancelled while they waited."""
        batch: list[_QueuedWork[Any]] = []
        while self._queue and len(batch) < BATCH_SIZE:
            queued = self._queue.popleft()
            if not queued.result.done():
                batch.append(queued)
        return batch

    def _finish_batch(self, batch: list[_QueuedWork[Any]], outcomes: list[_Outcome] | BaseException) -> None:
        if isinstance(outcomes, BaseException):
            outcomes = [_Outcome(failure=_batch_error(outcomes)) for _ in batch]
        for queued, outcome in zip(batch, outcomes, strict=True):
            if queued.result.done():
                continue  # cancelled while its work ran: the work stands, nobody waits for the result
            if outcome.failure is not None:
                queued.result.set_exception(outcome.failure)
            else:
                queued.result.set_result(outcome.result)
        self._start_batch()
        self._schedule_checkpoint()

    def _schedule_checkpoint(self, _: object = None) -> None:
        if self._needs_checkpoint and self._checkpoint_timer is None and not self._closed:
            loop = asyncio.get_running_loop()
            self._checkpoint_timer = loop.call_later(CHECKPOINT_RETRY_DELAY, self._retry_checkpoint)

    def _retry_checkpoint(self) -> None:
        self._checkpoint_timer = None
        self._thread.submit(self._checkpoint, self._schedule_checkpoint)

    # ---- in the connection's thread

    def _run_batch(self, works: Sequence[Callable[[unit_of_work.UnitOfWork], Any]]) -> list[_Outcome]:
        """Runs all works in one transaction, which is durable when this returns."""
        raw = self._thread.raw()
        connection, self._sqlalchemy = self._sqlalchemy or self._connect_sqlalchemy(), None
        try:
            raw.execute("BEGIN IMMEDIATE")
            uow = SqlUnitOfWork(connection, raw, self._statements)
            run = _alone if len(works) == 1 else _in_savepoint
            outcomes = [run(raw, partial(work, uow)) for work in works]
            raw.execute("COMMIT")
        except BaseException:
            connection.close()  # rolls back what was not committed: the next batch gets a new one
            raise
        self._sqlalchemy = connection
        if uow.erased:
            self._needs_checkpoint = True
            self._checkpoint()
        return outcomes

    def _connect_sqlalchemy(self) -> Connection:
        """SQLAlchemy's view of the connection, reused until an error: a new one costs as much as a Request.

        Its own transaction sends nothing to SQLite. Without one, SQLAlchemy would roll back ours on an error.
        """
        connection = self._engine.connect()
        connection.begin()
        return connection

    def _checkpoint(self) -> None:
        """Removes deleted content from the write-ahead log."""
        with suppress(sqlite3.Error):  # a full disk, say: what was committed stands, and this is tried again
            self._needs_checkpoint = not checkpoint(self._thread.raw())

    def _shut_down(self) -> None:
        if self._sqlalchemy is not None:
            self._sqlalchemy.close()
        if self._needs_checkpoint:
            self._checkpoint()
        self._engine.dispose()


def _in_savepoint(raw: sqlite3.Connection, work: Callable[[], Any]) -> _Outcome:
    """Runs one work in its own savepoint: an exception undoes what it wrote and nothing else."""
    raw.execute("SAVEPOINT work")
    try:
        outcome = _Outcome(work())
    except BaseException as failure:
        if not raw.in_transaction:
            raise  # SQLite rolled back the whole transaction (a full disk, say): the batch has failed
        raw.execute("ROLLBACK TO work")
        outcome = _Outcome(failure=future_safe(failure))
    raw.execute("RELEASE work")
    return outcome


def _alone(raw: sqlite3.Connection, work: Callable[[], Any]) -> _Outcome:
    """Runs the only work of a batch: for a savepoint SQLite would keep every page in memory as it was."""
    try:
        return _Outcome(work())
    except BaseException as failure:
        if not raw.in_transaction:
            raise
        raw.execute("ROLLBACK")
        raw.execute("BEGIN")  # with nothing in it
        return _Outcome(failure=future_safe(failure))


def _batch_error(failure: BaseException) -> Exception:
    """What a caller gets when its batch was not committed: an exception object of its own."""
    if isinstance(failure, sqlite3.Error) and _is_busy(failure):
        return ports.Overloaded("another process holds the database")
    error = ports.CommitFailed(f"The database could not keep this: {failure}")
    error.__cause__ = failure
    return error
