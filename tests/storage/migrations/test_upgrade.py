"""The migrations lead to the tables as written, once, however many processes start at the same time."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bot.unit_of_work import UnitOfWork
from storage.engine.errors import DatabaseUnavailable
from storage.engine.open import OpenStorage, open_storage
from storage.migrations.upgrade import (
    UpgradeResult,
    configuration,
    current_revision,
    migrate_to,
    newest_revision,
    run_exclusively,
    upgrade,
)
from storage.schema import REVISION, metadata
from tests.databases import KEY, Databases
from tests.storage.examples import greeted

ROOT = Path(__file__).parents[3]


async def test_the_migrated_tables_are_the_tables_as_written(storage: OpenStorage) -> None:
    def differences(uow: UnitOfWork) -> list[object]:
        compared = MigrationContext.configure(uow.connection, opts={"compare_type": True})  # type: ignore[attr-defined]
        return list(compare_metadata(compared, metadata))

    assert await storage.run(differences) == []


async def test_what_that_comparison_does_not_see_is_the_same_too(storage: OpenStorage) -> None:
    """Alembic compares no generated columns, defaults, partial indexes or table options; so make the tables twice."""

    def make_again(uow: UnitOfWork) -> None:
        connection = uow.connection  # type: ignore[attr-defined]
        metadata.drop_all(connection)
        metadata.create_all(connection)

    migrated = await storage.run(described)
    await storage.run(make_again)
    written = await storage.run(described)
    assert migrated.keys() == written.keys() >= metadata.tables.keys()
    for name in migrated:
        assert migrated[name] == written[name]


def described(uow: UnitOfWork) -> dict[str, list[str]]:
    """Each table and index in full, in no particular order of its parts."""
    connection = uow.connection  # type: ignore[attr-defined]
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        return {name: parts(sql) for name, sql in connection.exec_driver_sql(query) if name != "alembic_version"}
    seen = inspect(connection)
    return {
        name: sorted(map(repr, [*seen.get_columns(name), *seen.get_indexes(name), *seen.get_check_constraints(name)]))
        for name in seen.get_table_names()
        if name != "alembic_version"
    }


def parts(sql: str) -> list[str]:
    """What stands between the commas of a CREATE statement, but for those in brackets, and what stands around it."""
    opening, body, closing = re.fullmatch(r"([^(]*)\((.*)\)(.*)", " ".join(sql.split())).groups()  # type: ignore[union-attr]
    return [opening, closing, *sorted(map(str.strip, re.split(r", (?=CONSTRAINT |\w+ [A-Z])", body)))]


def test_the_revision_asked_for_is_the_newest_there_is() -> None:
    assert newest_revision() == REVISION


@pytest.fixture
def empty_url(databases: Databases, database_kind: str) -> str:
    return databases.empty(database_kind)


async def test_upgrading_says_what_it_did_and_may_be_repeated(empty_url: str) -> None:
    assert await current_revision(empty_url) is None
    assert await upgrade(empty_url) == UpgradeResult(None, REVISION)
    assert await current_revision(empty_url) == REVISION
    assert await upgrade(empty_url) == UpgradeResult(REVISION, REVISION)


@pytest.mark.process
async def test_processes_that_start_together_migrate_once(empty_url: str) -> None:
    program = "import asyncio, sys; from storage.migrations.upgrade import upgrade as start"
    program += "; print(asyncio.run(start(sys.argv[1])).before)"
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-c", program, empty_url,
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(4)
    ]  # fmt: skip
    ended = await asyncio.gather(*(each.communicate() for each in started))
    assert [errors for _, errors in ended] == [b""] * 4
    assert sorted(said.decode().strip() for said, _ in ended) == [REVISION] * 3 + ["None"]


async def test_upgrades_at_once_in_one_process(empty_url: str) -> None:
    done = await asyncio.gather(*(upgrade(empty_url) for _ in range(4)))
    assert sorted(str(each.before) for each in done) == [REVISION] * 3 + ["None"]


async def test_without_its_tables_a_database_is_refused_with_what_to_do(empty_url: str, database_kind: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="run `htg db upgrade`"):
        await open_storage(empty_url, [KEY])
    storage = await open_storage(empty_url, [KEY], upgrade=True)
    assert storage.schema == REVISION
    await storage.close()


@pytest.mark.parametrize(
    ("revision", "says"),
    [
        ("0000", rf"at schema 0000, and this version needs {REVISION}: run `htg db upgrade`"),
        ("9999", "newer than this"),
    ],
)
async def test_another_revision_is_refused_with_what_to_do(
    storage: OpenStorage, database_url: str, revision: str, says: str
) -> None:
    def pretend(uow: UnitOfWork) -> None:
        uow.connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")  # type: ignore[attr-defined]  # noqa: S608

    await storage.run(pretend)
    with pytest.raises(DatabaseUnavailable, match=says):
        await open_storage(database_url, [KEY])
    with pytest.raises(DatabaseUnavailable, match=f"schema {revision}, which this version does not know"):
        await upgrade(database_url)
    assert await current_revision(database_url) == revision


async def test_a_migration_that_fails_leaves_nothing_behind(
    empty_url: str, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All or nothing, on SQLite too: the tables made before the failure are gone again."""
    monkeypatch.setattr("storage.migrations.upgrade.newest_revision", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await upgrade(empty_url)
    monkeypatch.undo()
    assert await current_revision(empty_url) is None
    assert await upgrade(empty_url) == UpgradeResult(None, REVISION)


def test_titles_and_topics_that_were_folded_before_are_folded_anew(databases: Databases, empty_url: str) -> None:
    """Topics that are one now become the oldest of them, with everybody's votes."""

    def before(connection: Connection) -> None:
        migrate_to(connection, revision_before("imports"))
        rows = (
            (
                "INSERT INTO members (id, name, platform, account, since) VALUES (1, 'A', 'discord', '1', 7),"
                " (2, 'B', 'discord', '2', 7)"
            ),
            (
                "INSERT INTO gatherings (title, folded, starts_at, duration, zone, status, admission_limit, late_entry,"
                " opens_before, part, parts) VALUES"
                " ('Women’s – circle', 'women’s – circle', 7, 1, 'UTC', 'draft', 1, 1, 1,"
                " 1, 1)"
            ),
            (
                "INSERT INTO topics (id, text, folded, state, at, former_votes) VALUES"
                " (1, 'It''s ok', 'it''s ok', 'open', 9, 1), (2, 'It’s ok', 'it’s ok', 'open', 8, 2),"
                " (3, 'It’s ok', 'it’s ok', 'taken', 7, 0)"
            ),
            "INSERT INTO votes (topic, member, suggested, at) VALUES (1, 1, TRUE, 9), (1, 2, TRUE, 9), (2, 2, TRUE, 8)",
        )
        for row in rows:
            connection.execute(text(row))

    def after(connection: Connection) -> list[list[tuple[object, ...]]]:
        questions = (
            "SELECT folded FROM gatherings",
            "SELECT id, folded, state, former_votes FROM topics ORDER BY id",
            "SELECT topic, member FROM votes ORDER BY topic, member",
        )
        return [[tuple(row) for row in connection.execute(text(each))] for each in questions]

    run_exclusively(empty_url, before)
    asyncio.run(upgrade(empty_url))
    titles, topics, votes = run_exclusively(empty_url, after)
    assert titles == [("women's - circle",)]
    assert topics == [(1, "it's ok", "merged", 1), (2, "it's ok", "open", 3), (3, "it's ok", "taken", 0)]
    assert votes == [(2, 1), (2, 2)]


def revision_before(name: str) -> str:
    """The revision that the migration of this name starts from."""
    found = ScriptDirectory.from_config(configuration())
    (script,) = (each for each in found.walk_revisions() if Path(each.path).stem.endswith(f"_{name}"))
    assert isinstance(script.down_revision, str)
    return script.down_revision


async def test_upgrading_keeps_what_is_there(storage: OpenStorage, database_url: str) -> None:
    ada = await storage.run(greeted)
    await upgrade(database_url)
    assert await storage.run(greeted) == ada
