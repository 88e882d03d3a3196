"""Opening the storage: from DATABASE_URL to something that runs works, whichever database it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection, inspect, text

from bot import ports
from storage.encryption.keyring import Keyring
from storage.engine import sqlite
from storage.engine.errors import DatabaseUnavailable
from storage.engine.urls import PostgresServer, SqliteFile, parse_database_url
from storage.schema import REVISION

QUEUE_LIMIT = 2000
"""Works that may wait at once; the next is told Busy. About two seconds' worth."""


class OpenStorage(ports.Storage, Protocol):
    """A `Storage` that is open. `schema` is the revision of its tables."""

    @property
    def schema(self) -> str: ...

    async def close(self) -> None:
        """Lets what is running finish, then closes. May be called twice."""
        ...


async def open_storage(
    url: str, keys: Sequence[str], *, upgrade: bool = False, queue: int = QUEUE_LIMIT
) -> OpenStorage:
    """Opens the database of `url` (as in DATABASE_URL), its Zoom links under `keys` (HTG_SECRET_KEY, newest first).

    `upgrade`: migrates the schema first. `queue`: how many works may wait before the next raises Busy.
    Raises DatabaseUnavailable when the address is wrong, the database cannot be reached or has another schema.
    """
    place = parse_database_url(url)
    if upgrade:
        from storage.migrations.upgrade import upgrade as migrate  # alembic costs a start half a second

        await migrate(url)
    if isinstance(place, SqliteFile):
        return await _open_file(place, Keyring(keys), queue)
    return await _open_server(place, Keyring(keys), queue)


async def _open_file(place: SqliteFile, keyring: Keyring, queue: int) -> OpenStorage:
    if not place.path.exists():
        raise DatabaseUnavailable(f"There is no database at {place.path} yet: run `htg db upgrade`.")
    connection = await sqlite.open_file(place.path)
    try:
        revision = await connection.run(lambda: _revision_of(connection))
        schema = require_current_revision(revision)
    except BaseException:
        await connection.close()
        raise
    return sqlite.SqliteStorage(connection, keyring, schema, queue)


def _revision_of(connection: sqlite.SqliteThread) -> str | None:
    engine = sqlite.make_engine(connection.raw)
    with engine.connect() as opened:
        return read_revision(opened)


async def _open_server(place: PostgresServer, keyring: Keyring, queue: int) -> OpenStorage:
    from storage.engine import postgres  # nor asyncpg and its engine, where there is a file

    engine = postgres.make_engine(place)
    try:
        async with postgres.reached(engine) as connection:
            schema = require_current_revision(await connection.run_sync(read_revision))
    except BaseException:
        await engine.dispose()
        raise
    return postgres.PostgresStorage(engine, keyring, schema, queue)


def read_revision(connection: Connection) -> str | None:
    """The revision that a database says it is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def require_current_revision(revision: str | None) -> str:
    """The revision, when it is this version's own; DatabaseUnavailable with what to do otherwise."""
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
