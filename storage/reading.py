"""Reading much of a database at once, as it is at one instant, while others write on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from storage import postgres, sqlite
from storage.failures import Unusable
from storage.urls import File, Server, read_url

T = TypeVar("T")

ONE_INSTANT = "REPEATABLE READ"
ONE_INSTANT_OF_FILE = "BEGIN"
"""What is read after these is as it was then, whatever others write; and nobody waits for it."""


def at_one_instant(url: str, work: Callable[[Connection], T]) -> T:
    """Runs `work`, which only reads, on a connection of its own. Raises Unusable. Not for a running loop's thread."""
    place = read_url(url)
    try:
        return _of_file(place, work) if isinstance(place, File) else asyncio.run(_of_server(place, work))
    except DBAPIError as failure:
        raise Unusable(f"The database could not be read to its end ({type(failure.orig).__name__}).") from failure


async def _of_server(place: Server, work: Callable[[Connection], T]) -> T:
    engine = postgres.engine_on(place, poolclass=NullPool, limited=False)
    engine = engine.execution_options(isolation_level=ONE_INSTANT, postgresql_readonly=True)
    async with postgres.reached(engine) as opened:
        return await opened.run_sync(work)


def _of_file(place: File, work: Callable[[Connection], T]) -> T:
    if not place.path.exists():
        raise Unusable(f"There is no database at {place.path} yet: run `htg db upgrade`.")
    with closing(sqlite.connect(place.path)) as raw, sqlite.engine_on(lambda: raw).connect() as connection:
        raw.execute(ONE_INSTANT_OF_FILE)
        return work(connection)
