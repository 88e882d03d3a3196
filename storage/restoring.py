"""What is in a backup, and putting it into a database: tried in a passing one first, then all of it or nothing."""

from __future__ import annotations

import sqlite3
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    Table,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

from storage import sqlite
from storage.backups import AT_ONCE, Head, Progress, is_bytes, is_empty, is_numbered, kept, last_id, layout_of
from storage.failures import Unusable
from storage.migrations import alone, bring_to, dangling, known
from storage.schema import metadata
from storage.sealed import count
from storage.types import Instant, Length, Lengths
from storage.unpacking import Backup, Damaged, head_of, reading

AHEAD = {"gatherings": 10_000, "topics": 10_000}
OTHERS_AHEAD = 1_000_000
"""How many ids are left out after a restore. Buttons, receipts and registrants at Zoom name rows by their ids, those of
rows among them that were made after the backup and are lost: no new row is to be taken for one of them. Fewer where
people type the number."""
LARGEST = 2**31 - 1
"""An id that the database can hold."""
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
LONGEST = timedelta(days=36500)
"""What is kept of times lies within these, and any zone can show it."""


class Taken(Exception):
    """The database is not empty."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What was found in a backup that is whole.

    `rows` by table, as this version has them; `sealed` and `opened`: values under some HTG_SECRET_KEY, and under ours.
    """

    schema: str
    taken_at: datetime
    rows: Mapping[str, int]
    sealed: int
    opened: int


def look_into(file: Path, keys: Sequence[str], progress: Progress = lambda _done, _total: None) -> Contents:
    """Reads all of a backup as restoring it would, into a database that goes with the call. Raises Damaged, OSError.

    `keys`: as in HTG_SECRET_KEY; with none, nothing sealed is opened. Raises Unusable for one from a newer version.
    """
    with closing(sqlite3.connect("", isolation_level=None)) as raw:
        engine = sqlite.engine_on(lambda: raw)
        with engine.connect() as connection:
            raw.execute("BEGIN")
            try:
                head = _load(connection, file, progress)
            except DBAPIError as failure:
                raise Damaged(f"{file} is damaged ({failure.orig}): take another backup.") from failure
            sealed, opened, _ = count(connection, keys)
            rows = {each.name: _count(connection, each) for each in metadata.sorted_tables}
    return Contents(head.schema, datetime.fromisoformat(head.taken_at), rows, sealed, opened)


def restore(url: str, file: Path, *, force: bool = False, progress: Progress = lambda _done, _total: None) -> None:
    """Puts a backup into the database of `url`, at this version's tables. `force`: in place of what is there.

    Raises Taken, Damaged, Unusable and OSError, and then nothing was changed. Ids go on far after the highest that
    was ever given on either side. `look_into` the file first; for a thread without a running loop.
    """

    def work(connection: Connection) -> None:
        head = head_of(file)
        before = _ours(connection, head)
        if not force and not is_empty(connection, before):
            raise Taken
        given = {each.name: last_id(connection, each) for each in before if is_numbered(each)}
        _clear(connection, before)
        _load(connection, file, progress)
        for table in metadata.sorted_tables:
            if is_numbered(table):
                name = table.name
                _go_on_after(connection, table, _ahead(name, max(given.get(name, 0), head.last.get(name, 0))))

    try:
        alone(url, work)
    except DBAPIError as failure:
        raise Unusable(f"The database does not take the backup ({type(failure.orig).__name__}).") from failure


# ---- into a database


def _ours(connection: Connection, head: Head) -> list[Table]:
    """Our tables that are there, in whichever revision it is."""
    there = set(inspect(connection).get_table_names())
    ours = {each.name: each for each in (*layout_of(head.schema), *layout_of(known()[-1]))}
    return [each for name, each in ours.items() if name in there]


def _clear(connection: Connection, tables: Sequence[Table]) -> None:
    quoted = connection.dialect.identifier_preparer.quote
    names = [*(each.name for each in tables), *(["alembic_version"] if tables else [])]
    if connection.dialect.name == "sqlite":
        for name in names:
            connection.exec_driver_sql(f"DROP TABLE {quoted(name)}")
    elif names:
        connection.exec_driver_sql(f"DROP TABLE {', '.join(map(quoted, names))}")


def _load(connection: Connection, file: Path, progress: Progress) -> Head:
    """Makes the tables as they were, fills them, and brings them to this version's."""
    with reading(file) as backup:
        tables = {each.name: each for each in layout_of(backup.head.schema)}
        bring_to(connection, backup.head.schema)
        with _references_later(connection, tables):
            _fill(connection, backup, tables, progress)
    if dangling(connection):
        raise Damaged(f"{file} holds rows that refer to nothing.")
    bring_to(connection, "head")
    _read_back(connection, file)
    return backup.head


def _read_back(connection: Connection, file: Path) -> None:
    """Whether everything can be read as the bot will read it: dates that no calendar has would stop it later on."""
    for table in metadata.sorted_tables:
        timed = [each for each in table.columns if isinstance(each.type, Instant | Length | Lengths)]
        if not timed:
            continue
        with connection.execute(select(*timed), execution_options={"yield_per": AT_ONCE}) as found:
            try:
                sound = all(_is_sound(value) for row in found for value in row)
            except (ValueError, TypeError, OverflowError) as failure:
                raise _not_a_date(file) from failure
        if not sound:
            raise _not_a_date(file)


def _is_sound(value: object) -> bool:
    match value:
        case datetime():
            return EARLIEST <= value < LATEST
        case timedelta():
            return abs(value) <= LONGEST
        case frozenset():
            return all(map(_is_sound, value))
        case _:
            return value is None


def _not_a_date(file: Path) -> Damaged:
    return Damaged(f"{file} is damaged (it holds times that cannot be): take another backup.")


def _fill(connection: Connection, backup: Backup, tables: Mapping[str, Table], progress: Progress) -> None:
    done, total = 0, backup.head.total
    for name, columns, rows in backup.tables():
        table = tables.get(name)
        if table is None or columns != [each.name for each in kept(table)]:
            raise backup.damaged(f"schema {backup.head.schema} has no such table")
        packed = [each.name for each in kept(table) if is_bytes(each)]
        fitting = {each.name: _fits(each) for each in kept(table)}
        last = backup.head.last.get(name) if is_numbered(table) else None
        for some in rows:
            for row in some:
                if not all(fits(row[column]) for column, fits in fitting.items()):
                    raise backup.damaged(f"a row of {name} holds what its columns do not take")
                if is_numbered(table) and not 0 < row["id"] <= (last or 0):
                    raise backup.damaged(f"a row of {name} has a number that was never given")
                row.update({each: b64decode(row[each], validate=True) for each in packed if row[each] is not None})
            connection.execute(table.insert(), some)
            done += len(some)
            progress(done, total)


def _fits(column: Column[Any]) -> Callable[[object], bool]:
    """Whether a value is one that the column takes. SQLite would take anything anywhere."""

    def fits(value: object) -> bool:
        match column.type:
            case _ if value is None:
                return bool(column.nullable)
            case Boolean():
                return isinstance(value, bool)
            case BigInteger():
                return type(value) is int and abs(value) < 2**63
            case Integer():  # numbers of rows, and counts
                return type(value) is int and 0 <= value < 2**31
            case _:
                return isinstance(value, str) and "\0" not in value

    return fits


@contextmanager
def _references_later(connection: Connection, tables: Mapping[str, Table]) -> Iterator[None]:
    """References are looked at once all rows are there. (On SQLite they are not enforced in any case.)"""
    if connection.dialect.name == "sqlite":
        yield
        return
    quoted = connection.dialect.identifier_preparer.quote
    found = [(name, str(each["name"])) for name in tables for each in inspect(connection).get_foreign_keys(name)]
    for table, name in found:
        change = f"ALTER TABLE {quoted(table)} ALTER CONSTRAINT {quoted(name)} DEFERRABLE INITIALLY DEFERRED"
        connection.exec_driver_sql(change)
    yield
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table, name in found:
        connection.exec_driver_sql(f"ALTER TABLE {quoted(table)} ALTER CONSTRAINT {quoted(name)} NOT DEFERRABLE")


def _ahead(table: str, last: int) -> int:
    further = last + AHEAD.get(table, OTHERS_AHEAD)
    # Not into the last tenth: a few restores more must not use the ids up.
    return further if further < LARGEST // 10 * 9 else last


def _go_on_after(connection: Connection, table: Table, last: int) -> None:
    """The next id in this table will be higher than `last`, and than any that is there."""
    last = max(last, last_id(connection, table))
    values = {"table": table.name, "last": last}
    if not last:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), values)
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)"), values)
    else:
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(quote_ident(:table), 'id')::regclass, :last)"), values
        )


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0
