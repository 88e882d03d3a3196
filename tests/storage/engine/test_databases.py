"""What tests stand on: a database that is lent a second time is as new."""

from __future__ import annotations

from dataclasses import replace

import asyncpg  # type: ignore[import-untyped]
import pytest

from storage.engine.open import open_storage
from tests.databases import KEY, Databases
from tests.storage.examples import greeted


async def test_it_is_lent_again_without_anything_that_was_kept(databases: Databases, server_url: str) -> None:
    storage = await open_storage(server_url, [KEY])
    first = await storage.run(greeted)
    left_open = await asyncpg.connect(server_url)
    await left_open.execute("BEGIN; LOCK TABLE members")
    await storage.close()
    databases.take_back()
    assert databases.fresh("postgresql") == server_url
    storage = await open_storage(server_url, [KEY])
    again = await storage.run(greeted)
    assert again == replace(first, calendar=again.calendar)
    await storage.close()
    left_open.terminate()


async def test_one_that_is_no_longer_what_it_was_is_not(databases: Databases, server_url: str) -> None:
    connection = await asyncpg.connect(server_url)
    await connection.execute("ALTER TABLE members ADD COLUMN extra text")
    await connection.close()
    databases.take_back()
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(server_url)
