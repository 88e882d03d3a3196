"""Opens the storage: from DATABASE_URL to a `Storage` on SQLite or PostgreSQL, at this version's schema."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from sqlalchemy import Connection, inspect, text

from bot import ports
from storage.encryption.keyring import Keyring
from storage.engine import sqlite
from storage.engine.errors import DatabaseUnavailable
from storage.engine.sqlite_thread import SqliteThread, open_thread
from storage.engine.urls import PostgresServer, SqliteFile, parse_database_url
from storage.schema import REVISION

QUEUE_LIMIT = 2000
"""Works that may wait at once; the next raises Busy. About two seconds of work."""


class OpenStorage(ports.Storage, Protocol):
    """A `Storage` that can be closed. `schema` is the migration that its tables are at."""

    @property
    def schema(self) -> str: ...

    async def close(self) -> None:
        """Finishes the works that were accepted, then closes. May be called twice."""


async def open_storage(
    url: str, keys: Sequence[str], *, upgrade: bool = False, queue: int = QUEUE_LIMIT
) -> OpenStorage:
    """Opens the database of `url` (as in DATABASE_URL), whose secrets `keys` encrypt (HTG_SECRET_KEY, newest first).

    `upgrade`: migrates the schema first. `queue`: how many works may wait before the next raises Busy.
    Raises DatabaseUnavailable when the address is wrong, the database cannot be reached or has another schema.
    """
    place = parse_database_url(url)
    if upgrade:
        from storage.migrations.upgrade import upgrade as migrate  # lazy: importing alembic takes half a second

        await migrate(url)
    if isinstance(place, SqliteFile):
        return await _open_file(place, Keyring(keys), queue)
    return await _open_server(place, Keyring(keys), queue)


async def _open_file(place: SqliteFile, keyring: Keyring, queue: int) -> OpenStorage:
    if not place.path.exists():
        raise DatabaseUnavailable(f"There is no database at {place.path} yet: run `htg db upgrade`.")
    thread = await open_thread(partial(sqlite.connect, place.path))
    try:
        revision = await thread.run(lambda: _revision_of(thread))
        schema = require_current_revision(revision)
    except BaseException:
        await thread.close()
        raise
    return sqlite.SqliteStorage(thread, keyring, schema, queue)


def _revision_of(thread: SqliteThread) -> str | None:
    engine = sqlite.make_engine(thread.raw)
    with engine.connect() as connection:
        return read_revision(connection)


async def _open_server(place: PostgresServer, keyring: Keyring, queue: int) -> OpenStorage:
    from storage.engine import postgres  # lazy: SQLite needs neither asyncpg nor its engine

    engine = postgres.make_engine(place)
    try:
        async with postgres.reached(engine) as connection:
            schema = require_current_revision(await connection.run_sync(read_revision))
    except BaseException:
        await engine.dispose()
        raise
    return postgres.PostgresStorage(engine, keyring, schema, queue)


def read_revision(connection: Connection) -> str | None:
    """The migration that a database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def require_current_revision(revision: str | None) -> str:
    """Returns the revision when this version needs it; else raises DatabaseUnavailable, saying what to do."""
    if revision == REVISION:
        return revision
    if revision is None:
        raise DatabaseUnavailable("The database has no tables yet: run `htg db upgrade`.")
    if revision > REVISION:
        raise DatabaseUnavailable(
            f"The database is at schema {revision}, newer than this version's {REVISION}:"
            " install the version of the bot that made it, or restore a backup."
        )
    raise DatabaseUnavailable(
        f"The database is at schema {revision}, and this version needs {REVISION}: run `htg db upgrade`."
    )
