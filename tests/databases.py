"""Real databases for tests: each test has one of its own, migrated, and gone afterwards.

`from tests.databases import database_kind, database_url, databases, storage` in a conftest brings the fixtures;
a test that asks for `database_url` or `storage` then runs once on SQLite and once on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import make_url

from storage.engine.open import OpenStorage, open_storage
from storage.migrations.upgrade import upgrade

T = TypeVar("T")

KINDS = ("sqlite", "postgresql")
SERVER = os.environ.get("HTG_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
"""A server on which tests may make and drop databases of their own."""
KEY = "a-key-for-tests-alone"


_SHAPE = """
SELECT md5(string_agg(each, ' ' ORDER BY each)) FROM (
  SELECT concat_ws('.', c.relname, a.attname, a.atttypid, a.attnotnull) AS each FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped
  UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT version_num FROM alembic_version
  UNION ALL SELECT concat_ws('.', datacl, datconnlimit) FROM pg_database WHERE datname = current_database()
  UNION ALL SELECT s.setconfig::text FROM pg_db_role_setting s
    JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()
) AS all_of_it"""
"""A database's schema, version and settings, as one number."""
_OTHERS_OUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_EMPTYING = """
SELECT 'SET session_replication_role = replica;'
  || (SELECT string_agg(format('DELETE FROM %I;', tablename), '') FROM pg_tables
      WHERE schemaname = 'public' AND tablename <> 'alembic_version')
  || (SELECT string_agg(format('SELECT setval(%L, 1, false);', relname), '') FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'S')"""
"""What makes a migrated database as new: its tables have no rows of their own. Not held up by foreign keys."""


class Databases:
    """Makes databases at the newest schema by copying one that was migrated once, and removes all it made.

    A server takes a quarter of a second to make one, so those that are given back are emptied and lent again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._run = f"htg_test_{os.getpid()}_{secrets.token_hex(4)}"
        self._made: list[str] = []
        self._file_template: Path | None = None
        self._server_template = ""
        self._shape = self._emptying = ""
        self._spare: list[str] = []
        # A thread of its own, so that this also works while the test's event loop runs.
        self._aside = ThreadPoolExecutor(1)

    def fresh(self, kind: str) -> str:
        """The URL of a new, migrated database of this kind."""
        if kind == "sqlite":
            return self._fresh_file()
        return _url_of(self._spare.pop()) if self._spare else self._fresh_on_server(self._migrated_on_server())

    def empty(self, kind: str) -> str:
        """The URL of a database without tables."""
        if kind == "sqlite":
            return f"sqlite:///{self._folder / secrets.token_hex(6)}.db"
        return self._fresh_on_server("template0")

    def remove(self, url: str) -> None:
        """Removes one of these early: PostgreSQL's take room and time on the server."""
        name = make_url(url).database or ""
        if name in self._made:
            self._made.remove(name)
            self._ask_server(f'DROP DATABASE "{name}" WITH (FORCE)')

    def give_back(self, url: str) -> None:
        """Makes a `fresh` one, whatever was done with it, as new for the next who asks; or removes it."""
        name = make_url(url).database or ""
        if name in self._made and self._wait(lambda: self._emptied(url)):
            self._spare.append(name)
        else:
            self.remove(url)

    async def _emptied(self, url: str) -> bool:
        try:
            connection = await asyncpg.connect(url, timeout=10)
            try:
                await connection.execute(_OTHERS_OUT)
                if await connection.fetchval(_SHAPE) != self._shape:
                    return False
                await connection.execute(self._emptying)
            finally:
                await connection.close()
        except (asyncpg.PostgresError, OSError, TimeoutError):
            return False
        return True

    def close(self) -> None:
        for name in reversed(self._made):
            self._ask_server(f'DROP DATABASE "{name}" WITH (FORCE)')
        self._aside.shutdown()

    def _fresh_file(self) -> str:
        if self._file_template is None:
            template = self._folder / "template.db"
            self._wait(lambda: upgrade(f"sqlite:///{template}"))
            self._file_template = template
        path = self._folder / f"{secrets.token_hex(6)}.db"
        shutil.copy(self._file_template, path)
        return f"sqlite:///{path}"

    def _migrated_on_server(self) -> str:
        if not self._server_template:
            url = self._fresh_on_server("template0")
            self._wait(lambda: upgrade(url))
            self._wait(lambda: self._look_at(url))
            self._server_template = make_url(url).database or ""
        return self._server_template

    async def _look_at(self, url: str) -> None:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            self._shape = await connection.fetchval(_SHAPE)
            self._emptying = await connection.fetchval(_EMPTYING)
        finally:
            await connection.close()

    def _fresh_on_server(self, template: str) -> str:
        name = f"{self._run}_{secrets.token_hex(4)}"
        self._ask_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self._made.append(name)
        return _url_of(name)

    def _ask_server(self, statement: str) -> None:
        async def ask() -> None:
            connection = await asyncpg.connect(SERVER, timeout=10)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        try:
            self._wait(ask)
        except OSError as failure:
            # Where CI=true, tests/conftest.py makes a failure of it.
            pytest.skip(f"no PostgreSQL server answers ({failure}); HTG_TEST_POSTGRESQL names one")

    def _wait(self, task: Callable[[], Awaitable[T]]) -> T:
        async def run() -> T:
            return await task()

        return self._aside.submit(lambda: asyncio.run(run())).result()


def _url_of(name: str) -> str:
    return make_url(SERVER).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(databases: Databases, database_kind: str) -> Iterator[str]:
    url = databases.fresh(database_kind)
    yield url
    databases.give_back(url)


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[OpenStorage]:
    opened = await open_storage(database_url, [KEY])
    yield opened
    await opened.close()


async def stored_bytes(url: str) -> bytes:
    """Everything that a database keeps, as it lies there: for finding what should not."""
    if url.startswith("sqlite"):
        path = Path(make_url(url).database or "")
        return b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
    connection = await asyncpg.connect(url, timeout=10)
    try:
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [await connection.fetch(f'SELECT t::text FROM "{each["tablename"]}" t') for each in names]  # noqa: S608
    finally:
        await connection.close()
    return "\n".join(row[0] for table in rows for row in table).encode()
