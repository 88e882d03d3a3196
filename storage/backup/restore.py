"""Inspects a backup in a temporary database, and restores it in one transaction."""

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

from storage.backup.reader import BackupDamaged, BackupReader, open_backup, read_header
from storage.backup.tables import (
    ROWS_PER_BATCH,
    BackupHeader,
    Progress,
    is_bytes,
    is_empty,
    is_numbered,
    last_id,
    stored_columns,
    tables_of_revision,
)
from storage.encryption.key_audit import audit_keys
from storage.engine import sqlite
from storage.engine.errors import DatabaseUnavailable
from storage.migrations.upgrade import has_dangling_references, known_revisions, migrate_to, run_exclusively
from storage.schema import metadata
from storage.types import Duration, DurationSet, Instant

IDS_SKIPPED = {"gatherings": 10_000, "topics": 10_000}
OTHER_IDS_SKIPPED = 1_000_000
"""How many ids are skipped after a restore. Buttons, receipts and registrants at Zoom name rows by id, also rows that
were created after the backup and are lost: no new row must get the id of one of them. Fewer where people type ids."""
MAX_ID = 2**31 - 1
"""The largest id that the database can store."""
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
LONGEST = timedelta(days=36500)
"""Bounds of stored times and durations, within which every time zone can display them."""


class DatabaseNotEmpty(Exception):
    """The database has rows, and `force` was not given."""


@dataclass(frozen=True, slots=True)
class BackupContents:
    """What a complete backup contains.

    `rows` by table of this version's schema; `sealed` and `opened`: encrypted values, and those that our keys decrypt.
    """

    schema: str
    taken_at: datetime
    rows: Mapping[str, int]
    sealed: int
    opened: int


def inspect_backup(file: Path, keys: Sequence[str], progress: Progress = lambda _done, _total: None) -> BackupContents:
    """Reads all of a backup as restoring it would, into a temporary SQLite database. Changes nothing.

    `keys`: as in HTG_SECRET_KEY, newest first; without any, no encrypted value is opened.
    Raises BackupDamaged, DatabaseUnavailable when the backup comes from a newer version, and OSError.
    """
    with closing(sqlite3.connect("", isolation_level=None)) as raw:
        engine = sqlite.make_engine(lambda: raw)
        with engine.connect() as connection:
            raw.execute("BEGIN")
            try:
                head = _load(connection, file, progress)
            except DBAPIError as failure:
                raise BackupDamaged(f"{file} is damaged ({failure.orig}): take another backup.") from failure
            sealed, opened, _ = audit_keys(connection, keys)
            rows = {each.name: _count(connection, each) for each in metadata.sorted_tables}
    return BackupContents(head.schema, datetime.fromisoformat(head.taken_at), rows, sealed, opened)


def restore_backup(
    url: str, file: Path, *, force: bool = False, progress: Progress = lambda _done, _total: None
) -> None:
    """Restores a backup into the database of `url` and migrates it to this version, all in one transaction.

    `force`: replaces what the database holds. New ids continue far above the highest ever given on either side, see
    IDS_SKIPPED. Call `inspect_backup` first. Blocks: call it from a thread without a running event loop.
    Raises DatabaseNotEmpty, BackupDamaged, DatabaseUnavailable and OSError; nothing has changed then.
    """

    def work(connection: Connection) -> None:
        head = read_header(file)
        before = _ours(connection, head)
        if not force and not is_empty(connection, before):
            raise DatabaseNotEmpty
        given = {each.name: last_id(connection, each) for each in before if is_numbered(each)}
        _clear(connection, before)
        _load(connection, file, progress)
        for table in metadata.sorted_tables:
            if is_numbered(table):
                name = table.name
                _go_on_after(connection, table, _ahead(name, max(given.get(name, 0), head.last.get(name, 0))))

    try:
        run_exclusively(url, work)
    except DBAPIError as failure:
        raise DatabaseUnavailable(
            f"The database does not take the backup ({type(failure.orig).__name__})."
        ) from failure


# ---- into a database


def _ours(connection: Connection, head: BackupHeader) -> list[Table]:
    """Our tables that exist in the database, of the backup's revision or of this version's."""
    there = set(inspect(connection).get_table_names())
    ours = {each.name: each for each in (*tables_of_revision(head.schema), *tables_of_revision(known_revisions()[-1]))}
    return [each for name, each in ours.items() if name in there]


def _clear(connection: Connection, tables: Sequence[Table]) -> None:
    quoted = connection.dialect.identifier_preparer.quote
    names = [*(each.name for each in tables), *(["alembic_version"] if tables else [])]
    if connection.dialect.name == "sqlite":
        for name in names:
            connection.exec_driver_sql(f"DROP TABLE {quoted(name)}")
    elif names:
        connection.exec_driver_sql(f"DROP TABLE {', '.join(map(quoted, names))}")


def _load(connection: Connection, file: Path, progress: Progress) -> BackupHeader:
    """Creates the tables at the backup's revision, fills them, and migrates them to this version."""
    with open_backup(file) as backup:
        tables = {each.name: each for each in tables_of_revision(backup.head.schema)}
        migrate_to(connection, backup.head.schema)
        with _references_later(connection, tables):
            _fill(connection, backup, tables, progress)
    if has_dangling_references(connection):
        raise BackupDamaged(f"{file} holds rows that refer to nothing.")
    migrate_to(connection, "head")
    _read_back(connection, file)
    return backup.head


def _read_back(connection: Connection, file: Path) -> None:
    """Reads all times and durations as the bot will: an impossible date would make it fail later."""
    for table in metadata.sorted_tables:
        timed = [each for each in table.columns if isinstance(each.type, Instant | Duration | DurationSet)]
        if not timed:
            continue
        with connection.execute(select(*timed), execution_options={"yield_per": ROWS_PER_BATCH}) as found:
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


def _not_a_date(file: Path) -> BackupDamaged:
    return BackupDamaged(f"{file} is damaged (it holds times that cannot be): take another backup.")


def _fill(connection: Connection, backup: BackupReader, tables: Mapping[str, Table], progress: Progress) -> None:
    done, total = 0, backup.head.total
    for name, columns, rows in backup.tables():
        table = tables.get(name)
        if table is None or columns != [each.name for each in stored_columns(table)]:
            raise backup.damaged(f"schema {backup.head.schema} has no such table")
        packed = [each.name for each in stored_columns(table) if is_bytes(each)]
        fitting = {each.name: _fits(each) for each in stored_columns(table)}
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
    """Whether a value fits the column's type. SQLite would store anything anywhere."""

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
    """Checks foreign keys only after all rows are inserted. (On SQLite they are not enforced here.)"""
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
    further = last + IDS_SKIPPED.get(table, OTHER_IDS_SKIPPED)
    # Not into the last tenth: a few more restores must not use up the ids.
    return further if further < MAX_ID // 10 * 9 else last


def _go_on_after(connection: Connection, table: Table, last: int) -> None:
    """Makes the next id in this table higher than `last` and than every existing id."""
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
