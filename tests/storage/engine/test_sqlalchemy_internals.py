"""What is compiled for SQLite does what SQLAlchemy would, and what cannot be compiled goes SQLAlchemy's way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Executable, bindparam, select, text
from sqlalchemy.exc import IntegrityError

from storage.engine.sqlalchemy_internals import CompiledStatementCache
from storage.engine.sqlite import make_engine
from storage.engine.statements import insert
from storage.schema import gatherings, members, metadata, registrations
from tests.storage.examples import HOUR, MINUTE, NOW

_ADD = insert(members).returning(members.c.id)
_KEPT = select(members).where(members.c.since == bindparam("since"), members.c.name != "nobody")
_AMONG = select(members.c.name).where(members.c.id.in_(bindparam("which", expanding=True)))
_REGISTER = insert(registrations)
_GATHERINGS = select(gatherings).where(gatherings.c.starts_at <= bindparam("until"))
ADA: dict[str, Any] = {"name": "Ada\0", "platform": "slack", "account": "T1/U1", "since": NOW, "muted": {HOUR, MINUTE}}


@pytest.fixture
def connection() -> Iterator[Connection]:
    raw = sqlite3.connect(":memory:", isolation_level=None)
    raw.execute("PRAGMA foreign_keys=ON")
    engine = make_engine(lambda: raw)
    with engine.connect() as connection:
        metadata.create_all(connection)
        yield connection
    raw.close()


def run(connection: Connection, statement: Executable, **values: Any) -> tuple[list[Any], int] | None:
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return CompiledStatementCache(connection.dialect).run(connection, raw, statement, values)


def test_values_are_written_and_read_as_sqlalchemy_does(connection: Connection) -> None:
    made = run(connection, _ADD, **ADA)
    assert made is not None
    assert [row.id for row in made[0]] == [1]
    ours = run(connection, _KEPT, since=NOW)
    theirs = connection.execute(_KEPT, {"since": NOW}).all()
    assert ours == (theirs, -1)
    (ada,) = theirs
    assert (ada.name, ada.since, ada.muted, ada.unreached) == ("Ada", NOW, {HOUR, MINUTE}, False)
    assert ours is not None
    assert ours[0][0]._fields == ada._fields


def test_lengths_instants_and_nothing_at_all_come_back_as_they_were(connection: Connection) -> None:
    plan = {
        "title": "grief", "folded": "grief", "starts_at": NOW, "duration": HOUR, "zone": "UTC", "status": "published",
        "admission_limit": 90, "part": 1, "parts": 1, "late_entry": MINUTE * 10, "opens_before": timedelta(0),
    }  # fmt: skip
    made = run(connection, insert(gatherings), **plan)
    assert made is not None
    assert made[1] == 1
    ours = run(connection, _GATHERINGS, until=NOW)
    assert ours is not None
    (found,) = ours[0]
    assert found == connection.execute(_GATHERINGS, {"until": NOW}).one()
    assert (found.opened_at, found.opens_before, found.ends_at) == (None, timedelta(0), NOW + HOUR)


def test_an_error_is_sqlalchemys_own_and_quotes_no_values(connection: Connection) -> None:
    with pytest.raises(IntegrityError) as failed:
        run(connection, _REGISTER, member=4711, gathering=4712, at=NOW)
    assert "4711" not in str(failed.value)
    assert "FOREIGN KEY" in str(failed.value)


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        pytest.param(_AMONG, {"which": [1, 2]}, id="its SQL depends on the values"),
        pytest.param(_KEPT, {}, id="a value is missing"),
        pytest.param(text("SELECT 1"), {}, id="nobody knows its columns"),
    ],
)
def test_what_cannot_be_compiled_is_left_to_sqlalchemy(
    connection: Connection, statement: Executable, values: dict[str, Any]
) -> None:
    assert run(connection, statement, **values) is None
