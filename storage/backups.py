"""A backup: everything that a database keeps, in one file that serves SQLite and PostgreSQL alike.

Gzipped lines of JSON. First a head, then for each table its name and columns and a line for each row, then the
SHA-256 of all lines before. Rows hold what the columns hold: what is sealed in the database is sealed here, and
writing a backup needs no key. The tables are those of the database's own revision, whichever version takes it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import (
    Column,
    Connection,
    Inspector,
    LargeBinary,
    MetaData,
    Table,
    event,
    func,
    inspect,
    select,
    text,
)

from storage import sqlite
from storage.engine import revision_in
from storage.failures import Unusable
from storage.files import written_whole
from storage.migrations import bring_to, known
from storage.reading import at_one_instant

FORMAT = 1
AT_ONCE = 1000
"""Rows that are in memory at a time."""

Progress = Callable[[int, int], None]
"""Told how many rows are done, of how many."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first line. `rows` and `last`: by table, how many there are, and the highest id that was ever given."""

    htg: str
    format: int
    schema: str
    taken_at: str
    rows: Mapping[str, int]
    last: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def back_up(url: str, file: Path, now: datetime, progress: Progress = lambda _done, _total: None) -> Head:
    """Writes the database of `url` to `file`, as it is at one instant, while others write on.

    The file is there once it is whole, replacing what was there, and can be read by its owner alone. Raises Unusable
    and OSError. For a thread without a running loop.
    """

    def work(connection: Connection) -> Head:
        with written_whole(file) as out:
            return _write(connection, out, now, progress)

    return at_one_instant(url, work)


def _write(connection: Connection, out: IO[bytes], now: datetime, progress: Progress) -> Head:
    revision = revision_in(connection)
    tables = layout_of(revision)
    rows = {each.name: connection.scalar(select(func.count()).select_from(each)) or 0 for each in tables}
    last = {each.name: last_id(connection, each) for each in tables if is_numbered(each)}
    head = Head("backup", FORMAT, str(revision), now.isoformat(), rows, last)
    digest = hashlib.sha256()
    done = 0
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=6, mtime=int(now.timestamp())) as packed:

        def write(line: object) -> None:
            encoded = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            digest.update(encoded)
            packed.write(encoded)

        write(asdict(head))
        for table in tables:
            write({"table": table.name, "columns": [each.name for each in kept(table)]})
            for some in _rows(connection, table):
                for row in some:
                    write(row)
                done += len(some)
                progress(done, head.total)
        packed.write(json.dumps({"sha256": digest.hexdigest()}).encode() + b"\n")
    return head


def _rows(connection: Connection, table: Table) -> Iterator[list[list[Any]]]:
    columns = kept(table)
    packed = [place for place, each in enumerate(columns) if is_bytes(each)]
    asked = select(*columns).order_by(*table.primary_key)
    with connection.execute(asked, execution_options={"yield_per": AT_ONCE}) as found:
        for some in found.partitions():
            rows = [list(row) for row in some]
            for row in rows:
                for place in packed:
                    row[place] = None if row[place] is None else b64encode(row[place]).decode()
            yield rows


# ---- the tables of a revision


def layout_of(revision: str | None) -> list[Table]:
    """The tables at this revision, those first that others refer to. Raises Unusable for one that is not known here.

    Asked of a database that is made for it, so that a stranger's tables beside ours are never touched.
    """
    if revision is None:
        raise Unusable("The database has no tables yet: there is nothing to back up.")
    if revision not in known():
        raise Unusable(
            f"Schema {revision} is not known to this version, whose newest is {known()[-1]}:"
            " install the version of the bot that made it."
        )
    with closing(sqlite3.connect("", isolation_level=None)) as raw:
        engine = sqlite.engine_on(lambda: raw)
        with engine.connect() as connection:
            bring_to(connection, revision)
            return tables_in(connection)


def tables_in(connection: Connection) -> list[Table]:
    """All tables of a database that has none but ours; their columns in types that every database has."""
    found = MetaData()

    @event.listens_for(found, "column_reflect")
    def generic(_: Inspector, __: Table, column: Any) -> None:
        column["type"] = column["type"].as_generic()

    found.reflect(connection)
    return [each for each in found.sorted_tables if each.name != "alembic_version"]


def kept(table: Table) -> list[Column[Any]]:
    """The columns that are not computed from others."""
    return [each for each in table.columns if each.computed is None]


def is_bytes(column: Column[Any]) -> bool:
    return isinstance(column.type, LargeBinary)


def is_numbered(table: Table) -> bool:
    """Whether the database gives its rows their ids."""
    return [each.name for each in table.primary_key] == ["id"]


def last_id(connection: Connection, table: Table) -> int:
    """The highest id that was ever given in a numbered table, its row gone or not."""
    if connection.dialect.name == "sqlite":
        asked = text("SELECT max(seq) FROM sqlite_sequence WHERE name = :table")
        given = connection.execute(asked, {"table": table.name}).scalar()
    else:
        given = connection.execute(_LAST_GIVEN, {"table": table.name}).scalar()
    return max(given or 0, connection.scalar(select(func.max(table.c.id))) or 0)


_LAST_GIVEN = text("SELECT pg_sequence_last_value(pg_get_serial_sequence(quote_ident(:table), 'id')::regclass)")


def is_empty(connection: Connection, tables: list[Table]) -> bool:
    """Whether none of these tables, where it is there at all, has a row."""
    there = set(inspect(connection).get_table_names())
    return not any(
        connection.execute(select(each.primary_key.columns[0]).limit(1)).first()
        for each in tables
        if each.name in there
    )
