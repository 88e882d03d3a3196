"""Migrates a database to the schema of this version, safely also when several processes start at once.

A new migration is written by hand, or begun with
`alembic.command.revision(configuration(connection), autogenerate=True, rev_id="0002", message=…)`.
They only go forward: the way back is a backup. Old processes run on while a new one migrates, so a migration adds
first, and takes away one version later.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import NamedTuple, TypeVar

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.pool import NullPool

from storage.engine import postgres, sqlite
from storage.engine.errors import DatabaseUnavailable
from storage.engine.open import read_revision
from storage.engine.urls import PostgresServer, SqliteFile, parse_database_url

T = TypeVar("T")

LOCK_TIMEOUT = 60.0
"""Seconds that one process waits for another to finish its migrations (SQLite)."""
_LOCK = int.from_bytes(hashlib.sha256(b"htg migrations").digest()[:8], signed=True)
"""The number of our advisory lock (PostgreSQL)."""
_alembic = Lock()
"""Alembic keeps its context in a module: one migration at a time within a process."""


class UpgradeResult(NamedTuple):
    """The schema's revision before and after; equal when there was nothing to do."""

    before: str | None
    after: str


def configuration(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def newest_revision() -> str:
    """The revision that this version's migrations lead to."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    if head is None:
        raise LookupError("this package came without its migrations")
    return head


async def upgrade(url: str) -> UpgradeResult:
    """Runs the missing migrations in one transaction and under a lock. Raises DatabaseUnavailable."""
    return await asyncio.to_thread(run_exclusively, url, _upgrade)


def run_exclusively(url: str, work: Callable[[Connection], T]) -> T:
    """Runs `work`, which changes the schema, in one transaction and under a lock that all processes share.

    Foreign keys are not enforced on SQLite meanwhile; check them with `has_dangling_references`.
    Blocks: call it from a thread without a running event loop. Raises DatabaseUnavailable.
    """
    place = parse_database_url(url)
    return _in_file(place, work) if isinstance(place, SqliteFile) else asyncio.run(_on_server(place, work))


def known_revisions() -> list[str]:
    """Every revision that this version can migrate to, oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()][::-1]


def migrate_to(connection: Connection, revision: str) -> None:
    """Runs the migrations up to `revision` in the current transaction. Raises alembic's CommandError."""
    with _alembic:
        command.upgrade(configuration(connection), revision)


def has_dangling_references(connection: Connection) -> bool:
    """Whether a foreign key on SQLite refers to no row; PostgreSQL enforces them itself."""
    sqlite = connection.dialect.name == "sqlite"
    return sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None


async def current_revision(url: str) -> str | None:
    """The revision of a database; None when it is empty or does not exist. Raises DatabaseUnavailable."""
    place = parse_database_url(url)
    if isinstance(place, SqliteFile):
        return await asyncio.to_thread(_revision_of, place)
    engine = postgres.make_engine(place, poolclass=NullPool)
    async with postgres.reached(engine) as connection:
        return await connection.run_sync(read_revision)


def _revision_of(place: SqliteFile) -> str | None:
    if not place.path.exists():
        return None
    with closing(sqlite.connect(place.path)) as raw, sqlite.make_engine(lambda: raw).connect() as connection:
        return read_revision(connection)


def _in_file(place: SqliteFile, work: Callable[[Connection], T]) -> T:
    with closing(sqlite.connect(place.path, LOCK_TIMEOUT)) as raw:
        # SQLite alters a table by rebuilding it; references to it must not be enforced meanwhile.
        raw.execute("PRAGMA foreign_keys=OFF")
        with sqlite.make_engine(lambda: raw).connect() as connection:
            raw.execute("BEGIN IMMEDIATE")  # the lock: a second process waits here, then finds nothing to do
            result = work(connection)
            raw.execute("COMMIT")
    return result


async def _on_server(place: PostgresServer, work: Callable[[Connection], T]) -> T:
    engine = postgres.make_engine(place, poolclass=NullPool, limited=False)
    async with postgres.reached(engine) as connection:
        # A transaction-level lock needs no session of its own, and so works through pgbouncer.
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        result = await connection.run_sync(work)
        await connection.commit()
    return result


def _upgrade(connection: Connection) -> UpgradeResult:
    before = read_revision(connection)
    try:
        migrate_to(connection, "head")
    except CommandError as failure:
        raise DatabaseUnavailable(
            f"The database is at schema {before}, which this version does not know:"
            " install the version of the bot that made it."
        ) from failure
    done = UpgradeResult(before, newest_revision())
    if done.before != done.after and has_dangling_references(connection):
        raise DatabaseUnavailable("The migration would leave rows that refer to nothing; nothing was changed.")
    return done
