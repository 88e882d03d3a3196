"""Inspects a backup in a temporary database, and restores it in one transaction."""

from __future__ import annotations

import sqlite3
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
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

    `rows` by table of this version's schema; `encrypted` values, and how many of them our keys make `readable`.
    """

    schema: str
    taken_at: datetime
    rows: Mapping[str, int]
    encrypted: int
    readable: int


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
            audit = audit_keys(connection, keys)
            rows = {table.name: _count(connection, table) for table in metadata.sorted_tables}
    return BackupContents(head.schema, datetime.fromisoformat(head.taken_at), rows, audit.encrypted, audit.readable)


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
        existing = _our_tables(connection, head)
        if not force and not is_empty(connection, existing):
            raise DatabaseNotEmpty
        last_ids = {table.name: last_id(connection, table) for table in existing if is_numbered(table)}
        _drop(connection, existing)
        _load(connection, file, progress)
        for table in metadata.sorted_tables:
            if is_numbered(table):
                last = max(last_ids.get(table.name, 0), head.last.get(table.name, 0))
                _continue_ids_after(connection, table, _skip_ids(table.name, last))

    try:
        run_exclusively(url, work)
    except DBAPIError as failure:
        raise DatabaseUnavailable(
            f"The database does not take the backup ({type(failure.orig).__name__})."
        ) from failure


# ---- into a database


def _our_tables(connection: Connection, head: BackupHeader) -> list[Table]:
    """Our tables that exist in the database, of the backup's revision or of this version's."""
    present = set(inspect(connection).get_table_names())
    ours = [*tables_of_revision(head.schema), *tables_of_revision(known_revisions()[-1])]
    return list({table.name: table for table in ours if table.name in present}.values())


def _drop(connection: Connection, tables: Sequence[Table]) -> None:
    quoted = connection.dialect.identifier_preparer.quote
    names = [*(table.name for table in tables), *(["alembic_version"] if tables else [])]
    if connection.dialect.name == "sqlite":
        for name in names:
            connection.exec_driver_sql(f"DROP TABLE {quoted(name)}")
    elif names:
        connection.exec_driver_sql(f"DROP TABLE {', '.join(map(quoted, names))}")


def _load(connection: Connection, file: Path, progress: Progress) -> BackupHeader:
    """Creates the tables at the backup's revision, fills them, and migrates them to this version."""
    with open_backup(file) as backup:
        if backup.head.schema not in known_revisions():
            backup.read_through()
        tables = {table.name: table for table in tables_of_revision(backup.head.schema)}
        migrate_to(connection, backup.head.schema)
        with _deferred_foreign_keys(connection, tables):
            _fill(connection, backup, tables, progress)
    if has_dangling_references(connection):
        raise BackupDamaged(f"{file} holds rows that refer to nothing.")
    migrate_to(connection, "head")
    _read_back(connection, file)
    return backup.head


def _read_back(connection: Connection, file: Path) -> None:
    """Reads all times and durations as the bot will: an impossible date would make it fail later."""
    for table in metadata.sorted_tables:
        timed = [column for column in table.columns if isinstance(column.type, Instant | Duration | DurationSet)]
        if not timed:
            continue
        with connection.execute(select(*timed), execution_options={"yield_per": ROWS_PER_BATCH}) as rows:
            try:
                sound = all(_is_sound(value) for row in rows for value in row)
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
        if table is None or columns != [column.name for column in stored_columns(table)]:
            raise backup.damaged(f"schema {backup.head.schema} has no such table")
        for batch in _checked(backup, table, rows):
            connection.execute(table.insert(), batch)
            done += len(batch)
            progress(done, total)


def _checked(
    backup: BackupReader, table: Table, rows: Iterable[list[dict[str, Any]]]
) -> Iterator[list[dict[str, Any]]]:
    """The batches as they are stored; raises BackupDamaged where one cannot be."""
    binary = [column.name for column in stored_columns(table) if is_bytes(column)]
    checks = {column.name: _check(column) for column in stored_columns(table)}
    last = backup.head.last.get(table.name) if is_numbered(table) else None
    for batch in rows:
        for row in batch:
            if not all(fits(row[column]) for column, fits in checks.items()):
                raise backup.damaged(f"a row of {table.name} holds what its columns do not take")
            if is_numbered(table) and not 0 < row["id"] <= (last or 0):
                raise backup.damaged(f"a row of {table.name} has a number that was never given")
            row.update({column: b64decode(row[column], validate=True) for column in binary if row[column] is not None})
        yield batch


def _check(column: Column[Any]) -> Callable[[object], bool]:
    """Whether a value fits the column's type. SQLite would store anything anywhere."""

    def fits(value: object) -> bool:
        match column.type:
            case _ if value is None:
                return bool(column.nullable)
            case Boolean():
                return isinstance(value, bool)
            case BigInteger():
                return type(value) is int and abs(value) < 2**63
            case Integer():  # ids and counts
                return type(value) is int and 0 <= value < 2**31
            case Double():
                return type(value) in {int, float} and isfinite(value)  # type: ignore[arg-type]
            case _:
                return isinstance(value, str) and "\0" not in value

    return fits


@contextmanager
def _deferred_foreign_keys(connection: Connection, tables: Mapping[str, Table]) -> Iterator[None]:
    """Checks foreign keys only after all rows are inserted. (On SQLite they are not enforced here.)"""
    if connection.dialect.name == "sqlite":
        yield
        return
    quoted = connection.dialect.identifier_preparer.quote
    inspector = inspect(connection)
    keys = [(name, str(key["name"])) for name in tables for key in inspector.get_foreign_keys(name)]
    for table, name in keys:
        change = f"ALTER TABLE {quoted(table)} ALTER CONSTRAINT {quoted(name)} DEFERRABLE INITIALLY DEFERRED"
        connection.exec_driver_sql(change)
    yield
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table, name in keys:
        connection.exec_driver_sql(f"ALTER TABLE {quoted(table)} ALTER CONSTRAINT {quoted(name)} NOT DEFERRABLE")


def _skip_ids(table: str, last: int) -> int:
    next_id = last + IDS_SKIPPED.get(table, OTHER_IDS_SKIPPED)
    # Not into the last tenth: a few more restores must not use up the ids.
    return next_id if next_id < MAX_ID // 10 * 9 else last


def _continue_ids_after(connection: Connection, table: Table, last: int) -> None:
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
