"""Storage on PostgreSQL: a bounded pool, one transaction for each work, retried when the server aborts it."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Pool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot import ports, unit_of_work
from bot.secrets import redacted
from storage.encryption.columns import set_keyring
from storage.encryption.keyring import Keyring
from storage.engine import asyncpg_ssl_request
from storage.engine.errors import DatabaseUnavailable
from storage.engine.statements import compiled_statements
from storage.engine.urls import PostgresServer
from storage.repositories.gatherings import StaleWrite
from storage.unit_of_work import SqlUnitOfWork

T = TypeVar("T")

asyncpg_ssl_request.install()

POOL_SIZE = 10
"""Connections."""
ATTEMPTS = 5
RETRY_DELAY = 0.02
"""Seconds before the first retry, doubled for each further one; a random part of it is waited (full jitter)."""

_RETRIED_STATES = {"40001", "40P01", "23503"}
"""serialization_failure, deadlock_detected: the server aborted this transaction in favour of another.

foreign_key_violation: a member was deleted, or merged with another, since this transaction read the row."""
_OVERLOADED_STATES = {"53300", "55P03", "57014"}
"""too_many_connections, lock_not_available, query_canceled (by statement_timeout)."""

_SERVER_TIMEOUTS = {"statement_timeout": "10s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "10s"}
"""The last one ends the transaction of a process that stands still: it holds locks that others wait for."""
CLOSE_TIMEOUT = 1.5
"""Seconds that closing waits for works that were accepted; what is not committed by then was not acknowledged."""


_POOL = {"pool_size": POOL_SIZE, "max_overflow": 0, "pool_timeout": 15, "pool_recycle": 1800}


def make_engine(server: PostgresServer, *, poolclass: type[Pool] | None = None, limited: bool = True) -> AsyncEngine:
    """An engine for this server. `limited`: with the server's timeouts, which answers need and migrations must not."""
    pool: dict[str, Any] = {"poolclass": poolclass} if poolclass else _POOL
    settings = server.settings | (_SERVER_TIMEOUTS if limited else {})
    return create_async_engine(
        server.url,
        connect_args={"ssl": server.ssl, "timeout": 10, "server_settings": settings},
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        **pool,
    )


@asynccontextmanager
async def reached(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A first connection. Raises DatabaseUnavailable with the reason, which does not contain the password."""
    try:
        connection = await engine.connect()
    except (OSError, TimeoutError) as failure:
        raise DatabaseUnavailable(f"The database server at {_where(engine)} {_unreached(failure)}.") from failure
    except DBAPIError as failure:
        raise DatabaseUnavailable(
            f"The database server refused: {_without_password(engine, failure.orig)}"
        ) from failure
    try:
        yield connection
    finally:
        await connection.close()


def _where(engine: AsyncEngine) -> str:
    return f"{engine.url.host}:{engine.url.port or 5432}"


def _unreached(failure: BaseException) -> str:
    if isinstance(failure, ssl.SSLCertVerificationError):
        return "shows a certificate that is not trusted: name its own with sslrootcert in DATABASE_URL"
    if isinstance(failure, ConnectionError) and "SSL" in str(failure):
        return (
            "does not offer SSL, which sslmode in DATABASE_URL asks for:"
            " turn it on there, or take sslmode away where nobody is in between"
        )
    if isinstance(failure, ssl.SSLError):
        return "and this machine do not agree on how to speak SSL"
    return "does not answer"


def _without_password(engine: AsyncEngine, failure: BaseException | None) -> str:
    """The driver's message; a safeguard, since drivers do not quote the password."""
    password = str(engine.url.password or "")
    return str(failure).replace(password, redacted) if password else str(failure)


class PostgresStorage:
    """`bot.ports.Storage` on a server. Make it with `storage.engine.open.open_storage`."""

    def __init__(self, engine: AsyncEngine, keyring: Keyring, schema: str, queue: int) -> None:
        self._engine, self._queue, self.schema = engine, queue, schema
        set_keyring(engine.sync_engine.dialect, keyring)
        self._statements = compiled_statements(engine.sync_engine.dialect)
        self._running = 0
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self, work: Callable[[unit_of_work.UnitOfWork], T]) -> T:
        if self._closed:
            raise ports.CommitFailed("The storage is closed.")
        if self._running >= self._queue:
            raise ports.Overloaded(f"{self._queue} are waiting for the database already")
        self._running += 1
        self._idle.clear()
        try:
            return await self._until_done(work)
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()

    async def close(self) -> None:
        """Finishes the works that were accepted, within CLOSE_TIMEOUT, then closes the pool. May be called twice."""
        self._closed = True
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._idle.wait()
        except TimeoutError:
            return  # what still waits for a lock ends with the process
        await self._engine.dispose()

    async def _until_done(self, work: Callable[[unit_of_work.UnitOfWork], T]) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(work)
            except _Retry as retry:
                if attempt == ATTEMPTS:
                    raise retry.failure from None
            await asyncio.sleep(RETRY_DELAY * 2**attempt * random.random())  # noqa: S311 - jitter, not a secret
        raise AssertionError("unreachable")

    async def _once(self, work: Callable[[unit_of_work.UnitOfWork], T]) -> T:
        committing = False

        def transaction(sync: Connection) -> T:
            nonlocal committing
            sync.begin()
            result = work(SqlUnitOfWork(sync, sync.connection.dbapi_connection, self._statements))
            committing = True
            sync.commit()
            return result

        connection = await self._connected()
        try:
            return await connection.run_sync(transaction)
        except StaleWrite as failure:
            raise _Retry(failure) from failure
        except DBAPIError as failure:
            error = _translated(failure, committing=committing)
            if error is None:
                raise
            raise error from failure
        finally:
            # Shielded: a caller that is cancelled must not leak the connection.
            await asyncio.shield(connection.close())

    async def _connected(self) -> AsyncConnection:
        try:
            return await self._engine.connect()
        except PoolTimeout:
            raise ports.Overloaded("every connection to the database is in use") from None
        except OSError as failure:
            raise ports.CommitFailed("The database is out of reach.") from failure
        except DBAPIError as failure:
            if getattr(failure.orig, "sqlstate", None) in _OVERLOADED_STATES:
                raise ports.Overloaded("the database takes no more connections") from failure
            raise ports.CommitFailed("The database refuses its connections.") from failure


class _Retry(Exception):
    """Nothing was kept; the same work may succeed when run again."""

    def __init__(self, failure: Exception) -> None:
        super().__init__()
        self.failure = failure


def _translated(failure: DBAPIError, *, committing: bool) -> Exception | None:
    """What a database error means to the caller; None when the work itself caused it."""
    state = getattr(failure.orig, "sqlstate", None)
    if state in _OVERLOADED_STATES:
        return ports.Overloaded("the database takes too long")
    # A connection lost before COMMIT kept nothing; lost during COMMIT, it may have kept everything.
    if failure.connection_invalidated and committing:
        return ports.CommitUncertain("the connection was lost while this was being kept")
    if state in _RETRIED_STATES or failure.connection_invalidated:
        return _Retry(failure)
    return None
