"""Real databases for tests: each test has its own, migrated, and gives it back by ending.

A plugin of pytest (tests/conftest.py): a test that asks for `database_url` or `storage` has one on SQLite; in
tests/storage, and with `on_both`, it runs once on SQLite and once on PostgreSQL. One that asks for `databases` can
have more of them.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import Dialect, Executable, make_url
from sqlalchemy.sql.compiler import SQLCompiler

from storage.engine import sqlalchemy_internals
from storage.engine.open import OpenStorage, open_storage
from storage.migrations.upgrade import upgrade

T = TypeVar("T")

KINDS = ("sqlite", "postgresql")
SERVER = os.environ.get("HTG_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
"""A server on which tests may make and drop databases of their own."""
KEY = "a-key-for-tests-alone"
CONNECT_TIMEOUT = 60.0
"""Seconds. Whether a server is there at all shows at once; one that is busy with other tests may take its time."""

_CATALOGS = ("pg_attribute", "pg_class", "pg_constraint", "pg_index", "pg_trigger")
_ROWS = ", ".join(f"(SELECT concat_ws('/', count(*), max(xmin::text::bigint)) FROM {each})" for each in _CATALOGS)  # noqa: S608
_SHAPE = f"""
SELECT concat_ws(' ', {_ROWS}, (SELECT version_num FROM alembic_version),
  (SELECT concat_ws('.', datacl, datconnlimit) FROM pg_database WHERE datname = current_database()),
  (SELECT string_agg(s.setconfig::text, ' ') FROM pg_db_role_setting s
    JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()))"""  # noqa: S608
"""What of a copy is no longer as in its template: how many rows the catalogs of its schema have, and the latest
transaction that wrote one; its version and settings."""
_OTHERS_OUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_EMPTYING = """
SELECT 'SET session_replication_role = replica;'
  || (SELECT string_agg(format('DELETE FROM %I;', tablename), '') FROM pg_tables
      WHERE schemaname = 'public' AND tablename <> 'alembic_version')
  || (SELECT string_agg(format('SELECT setval(%L, 1, false);', relname), '') FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'S')"""
"""What makes a migrated database as new: its tables have no rows of their own. Not held up by foreign keys."""
_WITHOUT_TABLES = "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner"


class Databases:
    """Makes databases by copying one that was prepared once, and removes all it made.

    A server takes a quarter of a second to make one and half a second to drop it, so those of tests that have ended
    are emptied and lent again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._prefix = f"htg_test_{os.getpid()}_{secrets.token_hex(4)}"
        self._on_server: list[str] = []
        self._lent: list[str] = []
        self._spare: list[str] = []
        """On the server, migrated and as new."""
        self._templates: dict[tuple[str, object], str] = {}
        self._shape = self._emptying = ""
        # A thread of its own, so that this also works while the test's event loop runs.
        self._aside = ThreadPoolExecutor(1)

    def fresh(self, kind: str) -> str:
        """The URL of a new, migrated database of this kind, for one test."""
        if kind == "postgresql" and self._spare:
            return self._lend(self._spare.pop())
        return self.prepared(kind, "migrated", _migrate)

    def prepared(self, kind: str, name: object, prepare: Callable[[str], object]) -> str:
        """The URL of a copy of what `prepare` makes of an empty database: once for each `name`, and outside a loop."""
        template = self._templates.get((kind, name))
        if template is None:
            template = self._new(kind)
            with ThreadPoolExecutor(1) as preparing:
                preparing.submit(prepare, template).result()
            self._templates[kind, name] = template
        return self._lend(self._new(kind, template))

    def empty(self, kind: str) -> str:
        """The URL of a database without tables, for one test."""
        if kind == "postgresql" and self._spare:
            url = self._spare.pop()
            self._wait(_run(url, _WITHOUT_TABLES))
            return self._lend(url)
        return self._lend(self._new(kind))

    def take_back(self) -> None:
        """Whatever is lent, from the test that has ended."""
        while self._lent:
            url = self._lent.pop()
            if url in self._on_server:
                self._spare_or_remove(url)

    def remove(self, url: str) -> None:
        self._on_server.remove(url)
        self._wait(_run(SERVER, f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)'))

    def close(self) -> None:
        for url in list(self._on_server):
            self.remove(url)
        self._aside.shutdown()

    def _spare_or_remove(self, url: str) -> None:
        """Makes one, whatever was done with it, as new for the next who asks; where that is too much, removes it."""
        if self._wait(self._emptied(url)):
            self._spare.append(url)
        else:
            self.remove(url)

    def _lend(self, url: str) -> str:
        self._lent.append(url)
        return url

    def _new(self, kind: str, template: str = "") -> str:
        name = f"{self._prefix}_{secrets.token_hex(4)}"
        if kind == "sqlite":
            path = self._folder / f"{name}.db"
            if template:
                shutil.copy(make_url(template).database or "", path)
            return f"sqlite:///{path}"
        return self._new_on_server(name, make_url(template).database if template else "template0")

    def _new_on_server(self, name: str, template: str | None) -> str:
        try:
            # No test ends the server, so nobody has to wait for its disk.
            self._wait(
                _run(
                    SERVER,
                    f'CREATE DATABASE "{name}" TEMPLATE "{template}"',
                    f'ALTER DATABASE "{name}" SET synchronous_commit = off',
                )
            )
        except ConnectionError as failure:
            # Where CI=true, tests/skips.py makes a failure of it.
            pytest.skip(f"no PostgreSQL server answers ({failure}); HTG_TEST_POSTGRESQL names one")
        url = make_url(SERVER).set(database=name).render_as_string(hide_password=False)
        self._on_server.append(url)
        return url

    async def _emptied(self, url: str) -> bool:
        """Whether it is as new now."""
        template = self._templates.get(("postgresql", "migrated"))
        if template is None:
            return False
        if not self._shape:
            async with _connected(template) as connection:
                self._shape, self._emptying = await connection.fetchval(_SHAPE), await connection.fetchval(_EMPTYING)
        try:
            async with _connected(url) as connection:
                await connection.execute(_OTHERS_OUT)
                if await connection.fetchval(_SHAPE) != self._shape:
                    return False
                await connection.execute(self._emptying)
        except asyncpg.PostgresError:
            return False
        return True

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self._aside.submit(asyncio.run, work).result()


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT)
    try:
        yield connection
    finally:
        await connection.close()


async def _run(url: str, *statements: str) -> None:
    async with _connected(url) as connection:
        for statement in statements:
            await connection.execute(statement)


def _migrate(url: str) -> None:
    asyncio.run(upgrade(url))


_OF_THIS_RUN = pytest.StashKey[Databases]()


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """The product has one engine in a process, and compiles a statement once; so do hundreds of tests together."""
    compiled: dict[object, SQLCompiler | None] = {}

    def shared(statement: Executable, names: list[str], dialect: Dialect) -> SQLCompiler | None:
        key = (dialect.name, statement, *names)
        if key not in compiled:
            compiled[key] = sql(statement, names, dialect)
        return compiled[key]

    sql = sqlalchemy_internals._static_sql
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlalchemy_internals, "_static_sql", shared)
        yield


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = request.config.stash[_OF_THIS_RUN] = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    try:
        yield
    finally:
        if (made := item.config.stash.get(_OF_THIS_RUN, None)) is not None:
            made.take_back()


on_both = pytest.mark.parametrize("database_kind", KINDS, indirect=True)
"""For what the two databases do in their own ways, such as taking turns."""


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """SQLite, unless a test says otherwise: that storage is alike on both is shown in tests/storage."""
    kind: str = getattr(request, "param", "sqlite")
    return kind


@pytest.fixture
def database_url(databases: Databases, database_kind: str) -> str:
    return databases.fresh(database_kind)


@pytest.fixture
def server_url(databases: Databases) -> str:
    """For what PostgreSQL alone has to show."""
    return databases.fresh("postgresql")


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
    async with _connected(url) as connection:
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [await connection.fetch(f'SELECT t::text FROM "{each["tablename"]}" t') for each in names]  # noqa: S608
    return "\n".join(row[0] for table in rows for row in table).encode()
