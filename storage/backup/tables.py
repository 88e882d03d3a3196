"""The tables of a backup: its header, and the tables and columns that a schema revision has."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Inspector, LargeBinary, MetaData, Table, event, func, inspect, select, text

from storage.engine import sqlite
from storage.engine.errors import DatabaseUnavailable
from storage.migrations.upgrade import known_revisions, migrate_to

FORMAT = 1
ROWS_PER_BATCH = 1000
"""Rows in memory at a time."""

Progress = Callable[[int, int], None]
"""Called with the number of rows done and their total."""


@dataclass(frozen=True, slots=True)
class BackupHeader:
    """The first line. By table, `rows` counts rows, and `last` is the highest id ever given."""

    htg: str
    format: int
    schema: str
    taken_at: str
    rows: Mapping[str, int]
    last: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


@cache
def tables_of_revision(revision: str | None) -> tuple[Table, ...]:
    """The tables at this revision, referenced tables before those that refer to them.

    Reflected from a temporary database migrated to that revision, so that tables of other programs in the same
    database are never touched. Raises DatabaseUnavailable for an empty database and for an unknown revision.
    """
    if revision is None:
        raise DatabaseUnavailable("The database has no tables yet: there is nothing to back up.")
    if revision not in known_revisions():
        raise DatabaseUnavailable(
            f"Schema {revision} is not known to this version, whose newest is {known_revisions()[-1]}:"
            " install the version of the bot that made it."
        )
    with closing(sqlite3.connect("", isolation_level=None)) as raw:
        engine = sqlite.make_engine(lambda: raw)
        with engine.connect() as connection:
            migrate_to(connection, revision)
            return tuple(tables_in(connection))


def tables_in(connection: Connection) -> list[Table]:
    """All tables of a database that holds only ours; their columns in types that every database has."""
    metadata = MetaData()

    @event.listens_for(metadata, "column_reflect")
    def generic(_: Inspector, __: Table, column: Any) -> None:
        column["type"] = column["type"].as_generic()

    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def stored_columns(table: Table) -> list[Column[Any]]:
    """The columns that are not computed from others."""
    return [column for column in table.columns if column.computed is None]


def is_bytes(column: Column[Any]) -> bool:
    return isinstance(column.type, LargeBinary)


def is_numbered(table: Table) -> bool:
    """Whether the database assigns the ids of its rows."""
    return [column.name for column in table.primary_key] == ["id"]


def last_id(connection: Connection, table: Table) -> int:
    """The highest id ever given in a numbered table, whether or not its row still exists."""
    if connection.dialect.name == "sqlite":
        query = text("SELECT max(seq) FROM sqlite_sequence WHERE name = :table")
        given = connection.execute(query, {"table": table.name}).scalar()
    else:
        given = connection.execute(_LAST_GIVEN, {"table": table.name}).scalar()
    return max(given or 0, connection.scalar(select(func.max(table.c.id))) or 0)


_LAST_GIVEN = text("SELECT pg_sequence_last_value(pg_get_serial_sequence(quote_ident(:table), 'id')::regclass)")


def is_empty(connection: Connection, tables: Sequence[Table]) -> bool:
    """Whether none of these tables has a row; a table that does not exist has none."""
    existing = set(inspect(connection).get_table_names())
    return not any(
        connection.execute(select(table.primary_key.columns[0]).limit(1)).first()
        for table in tables
        if table.name in existing
    )
