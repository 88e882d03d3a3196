"""Reads a consistent snapshot of a database while others write to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from storage.engine import postgres, sqlite
from storage.engine.errors import DatabaseUnavailable
from storage.engine.urls import PostgresServer, SqliteFile, parse_database_url

T = TypeVar("T")

POSTGRES_ISOLATION = "REPEATABLE READ"
SQLITE_BEGIN = "BEGIN"
"""All reads after these see the same snapshot, and no writer waits for them."""


def read_snapshot(url: str, work: Callable[[Connection], T]) -> T:
    """Runs `work`, which only reads, on a connection of its own that sees one consistent snapshot.

    Blocks: call it from a thread without a running event loop. Raises DatabaseUnavailable.
    """
    place = parse_database_url(url)
    try:
        return _of_file(place, work) if isinstance(place, SqliteFile) else asyncio.run(_of_server(place, work))
    except DBAPIError as failure:
        raise DatabaseUnavailable(
            f"The database could not be read to its end ({type(failure.orig).__name__})."
        ) from failure


async def _of_server(place: PostgresServer, work: Callable[[Connection], T]) -> T:
    engine = postgres.make_engine(place, poolclass=NullPool, limited=False)
    engine = engine.execution_options(isolation_level=POSTGRES_ISOLATION, postgresql_readonly=True)
    async with postgres.reached(engine) as opened:
        return await opened.run_sync(work)


def _of_file(place: SqliteFile, work: Callable[[Connection], T]) -> T:
    if not place.path.exists():
        raise DatabaseUnavailable(f"There is no database at {place.path} yet: run `htg db upgrade`.")
    with closing(sqlite.connect(place.path)) as raw, sqlite.make_engine(lambda: raw).connect() as connection:
        raw.execute(SQLITE_BEGIN)
        return work(connection)
