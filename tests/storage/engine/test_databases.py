"""What tests stand on: a database that is lent a second time is as new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import asyncpg  # type: ignore[import-untyped]
import pytest

from storage.engine.open import open_storage
from tests.databases import KEY, Databases
from tests.storage.examples import greeted


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    made = databases.fresh("postgresql")
    yield made
    databases.remove(made)


async def test_it_is_lent_again_without_anything_that_was_kept(databases: Databases, url: str) -> None:
    storage = await open_storage(url, [KEY])
    first = await storage.run(greeted)
    left_open = await asyncpg.connect(url)
    await left_open.execute("BEGIN; LOCK TABLE members")
    await storage.close()
    databases.give_back(url)
    assert databases.fresh("postgresql") == url
    storage = await open_storage(url, [KEY])
    again = await storage.run(greeted)
    assert again == replace(first, calendar=again.calendar)
    await storage.close()


async def test_one_that_is_no_longer_what_it_was_is_not(databases: Databases, url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("ALTER TABLE members ADD COLUMN extra text")
    await connection.close()
    databases.give_back(url)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(url)
