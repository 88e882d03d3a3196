"""Re-encrypts, under the first key and in the present format, what an older key encrypted. The bot may run meanwhile.

Works in small transactions, so that nobody waits long, and replaces a value only if it is still the one that was
read. May be interrupted anywhere: called again it skips what is re-encrypted already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from time import sleep
from typing import Any

from sqlalchemy import Connection, Executable, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from storage.backup.tables import Progress
from storage.encryption.key_audit import AuditedColumn, audit_keys, encrypted_columns
from storage.encryption.keyring import Keyring, SecretUnreadable
from storage.engine import postgres, sqlite
from storage.engine.errors import DatabaseUnavailable
from storage.engine.open import read_revision, require_current_revision
from storage.engine.urls import PostgresServer, SqliteFile, parse_database_url

BATCH_SIZE = 100
"""Values in one transaction."""
LOCK_TIMEOUT = 30.0
"""Seconds that one transaction waits for another process to finish its own (SQLite)."""
ATTEMPTS = 5

Begin = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class RotationResult:
    """`encrypted`: all values that are encrypted; `unreadable`: those that no key decrypts, left as they are."""

    reencrypted: int
    encrypted: int
    unreadable: int


def reencrypt(url: str, keys: Sequence[str], progress: Progress = lambda _done, _total: None) -> RotationResult:
    """`keys`: as in HTG_SECRET_KEY, newest first. Blocks: not for a thread with a running event loop.

    Raises DatabaseUnavailable.
    """
    place = parse_database_url(url)
    try:
        if isinstance(place, SqliteFile):
            return _in_file(place, keys, progress)
        return asyncio.run(_on_server(place, keys, progress))
    except DBAPIError as failure:
        raise DatabaseUnavailable(
            f"The database gave up on the way ({type(failure.orig).__name__}):"
            " run `htg db reseal` again, and it goes on where it was."
        ) from failure


def _in_file(place: SqliteFile, keys: Sequence[str], progress: Progress) -> RotationResult:
    if not place.path.exists():
        raise DatabaseUnavailable(f"There is no database at {place.path} yet: run `htg db upgrade`.")
    with closing(sqlite.connect(place.path, LOCK_TIMEOUT)) as raw:

        @contextmanager
        def begin() -> Iterator[None]:
            raw.execute("BEGIN IMMEDIATE")
            try:
                yield
                raw.execute("COMMIT")
            finally:
                if raw.in_transaction:
                    raw.execute("ROLLBACK")

        with sqlite.make_engine(lambda: raw).connect() as connection:
            done = _reencrypt(connection, begin, keys, progress)
        sqlite.checkpoint(raw)  # what the old key encrypted must not remain in the write-ahead log
        return done


async def _on_server(place: PostgresServer, keys: Sequence[str], progress: Progress) -> RotationResult:
    engine = postgres.make_engine(place, poolclass=NullPool)
    async with postgres.reached(engine) as opened:
        return await opened.run_sync(lambda connection: _reencrypt(connection, connection.begin, keys, progress))


def _reencrypt(connection: Connection, begin: Begin, keys: Sequence[str], progress: Progress) -> RotationResult:
    columns = list(encrypted_columns())
    with begin():
        require_current_revision(read_revision(connection))
        total = sum(_count_rows(connection, column) for column in columns)
    keyring, reencrypted, done = Keyring(keys), 0, 0
    for column in columns:
        for rows, changed in _reencrypt_column(connection, begin, column, keyring):
            done, reencrypted = done + rows, reencrypted + changed
            progress(done, max(total, done))
    with begin():
        audit = audit_keys(connection, keys)
    return RotationResult(reencrypted, audit.encrypted, audit.encrypted - audit.readable)


def _count_rows(connection: Connection, column: AuditedColumn) -> int:
    return connection.scalar(select(func.count()).select_from(column.rows().subquery())) or 0


def _reencrypt_column(
    connection: Connection, begin: Begin, column: AuditedColumn, keyring: Keyring
) -> Iterator[tuple[int, int]]:
    """For each batch: how many values were read, and how many of them re-encrypted."""
    stored = column.rows().limit(BATCH_SIZE)
    last_key: Any = None
    while True:
        batch = stored if last_key is None else stored.where(column.key > last_key)
        keys, changed = _with_retries(partial(_reencrypt_batch, connection, begin, batch, column, keyring))
        if not keys:
            return
        yield len(keys), changed
        last_key = keys[-1]


def _reencrypt_batch(
    connection: Connection, begin: Begin, batch: Executable, column: AuditedColumn, keyring: Keyring
) -> tuple[list[Any], int]:
    """The keys of the rows that were read, and how many of them were re-encrypted."""
    changed = 0
    with begin():
        rows = connection.execute(batch).all()
        for key, stored in rows:
            sealed = column.decode(stored)
            if keyring.is_current(sealed):
                continue
            try:
                plain = keyring.open(column.purpose, column.place(key), sealed)
            except SecretUnreadable:
                continue  # counted by `audit_keys`
            new = column.encode(keyring.seal(column.purpose, column.place(key), plain))
            changed += connection.execute(column.replacing(), {"which": key, "old": stored, "new": new}).rowcount
    return [key for key, _ in rows], changed


def _with_retries(work: Callable[[], tuple[list[Any], int]]) -> tuple[list[Any], int]:
    """Runs `work` again when the server aborted its transaction in favour of one of the bot's."""
    for attempt in range(1, ATTEMPTS):
        try:
            return work()
        except DBAPIError as failure:
            if getattr(failure.orig, "sqlstate", None) not in _RETRIED_STATES:
                raise
        sleep(0.1 * attempt)
    return work()


_RETRIED_STATES = {"40001", "40P01", "55P03"}
"""serialization_failure, deadlock_detected, lock_not_available."""
