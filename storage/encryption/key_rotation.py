"""Sealing anew, under the first key and in today's format, what rests under an old one. The bot may run meanwhile.

In small transactions, so that nobody waits, each replacing a value only where it is still what was read. Stopped
anywhere, it goes on where it was when it is called again: what is sealed anew already is passed over.
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
PATIENCE = 30.0
"""Seconds that one transaction waits for another process to finish its own (SQLite)."""
TRIES = 5

Begin = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class RotationResult:
    """`anew`: values sealed anew just now; `lost`: those that no key opens, left as they are."""

    anew: int
    sealed: int
    lost: int


def reencrypt(url: str, keys: Sequence[str], progress: Progress = lambda _done, _total: None) -> RotationResult:
    """`keys`: as in HTG_SECRET_KEY. Raises DatabaseUnavailable. For a thread without a running loop."""
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
    with closing(sqlite.connect(place.path, PATIENCE)) as raw:

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
            done = _reseal(connection, begin, keys, progress)
        sqlite.checkpoint(raw)  # what rested under the old key is not to lie in the journal
        return done


async def _on_server(place: PostgresServer, keys: Sequence[str], progress: Progress) -> RotationResult:
    engine = postgres.make_engine(place, poolclass=NullPool)
    async with postgres.reached(engine) as opened:
        return await opened.run_sync(lambda connection: _reseal(connection, connection.begin, keys, progress))


def _reseal(connection: Connection, begin: Begin, keys: Sequence[str], progress: Progress) -> RotationResult:
    columns = list(encrypted_columns())
    with begin():
        require_current_revision(read_revision(connection))
        total = sum(_counted(connection, each) for each in columns)
    keyring, anew, done = Keyring(keys), 0, 0
    for each in columns:
        for more, changed in _column(connection, begin, each, keyring):
            done, anew = done + more, anew + changed
            progress(done, max(total, done))
    with begin():
        found = audit_keys(connection, keys)
    return RotationResult(anew, found.sealed, found.sealed - found.opened)


def _counted(connection: Connection, column: AuditedColumn) -> int:
    return connection.scalar(select(func.count()).select_from(column.rows().subquery())) or 0


def _column(connection: Connection, begin: Begin, column: AuditedColumn, keyring: Keyring) -> Iterator[tuple[int, int]]:
    """For each portion: how many values were looked at, and how many of them were sealed anew."""
    asked = column.rows().limit(BATCH_SIZE)
    last: Any = None
    while True:
        portion = asked if last is None else asked.where(column.key > last)
        rows, changed = _patiently(partial(_portion, connection, begin, portion, column, keyring))
        if not rows:
            return
        yield len(rows), changed
        last = rows[-1]


def _portion(
    connection: Connection, begin: Begin, portion: Executable, column: AuditedColumn, keyring: Keyring
) -> tuple[list[Any], int]:
    changed = 0
    with begin():
        found = connection.execute(portion).all()
        for row, value in found:
            sealed = column.read(value)
            if keyring.is_current(sealed):
                continue
            try:
                plain = keyring.open(column.purpose, column.place(row), sealed)
            except SecretUnreadable:
                continue  # `count` finds it, too
            new = column.written(keyring.seal(column.purpose, column.place(row), plain))
            changed += connection.execute(column.replacing(), {"which": row, "old": value, "new": new}).rowcount
    return [row for row, _ in found], changed


def _patiently(work: Callable[[], tuple[list[Any], int]]) -> tuple[list[Any], int]:
    """Again, where the server chose this transaction to give way to one of the bot's."""
    for turn in range(1, TRIES):
        try:
            return work()
        except DBAPIError as failure:
            if getattr(failure.orig, "sqlstate", None) not in {"40001", "40P01", "55P03"}:
                raise
        sleep(0.1 * turn)
    return work()
