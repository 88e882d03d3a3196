"""What is in a backup, and putting it into a database: tried in a passing one first, then all of it or nothing."""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, func, inspect, select, text, type_coerce
from sqlalchemy.exc import DBAPIError

from storage import sqlite
from storage.backups import (
    AT_ONCE,
    FORMAT,
    Head,
    Progress,
    is_bytes,
    is_empty,
    is_numbered,
    kept,
    last_id,
    layout_of,
)
from storage.failures import Unusable
from storage.migrations import alone, bring_to, dangling, known
from storage.schema import memory, metadata
from storage.secrets import EncryptedWords, EncryptedZoomLink, Keyring, Sealed

LONGEST_LINE = 16 * 1024 * 1024
_INSTALLATION = "-installation:"


class Damaged(Exception):
    """The file is not a backup, or not the one that was written. `args[0]` is one plain sentence."""


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
            sealed, opened = _unsealed(connection, Keyring(keys) if keys else None)
            rows = {each.name: _count(connection, each) for each in metadata.sorted_tables}
    return Contents(head.schema, datetime.fromisoformat(head.taken_at), rows, sealed, opened)


def restore(url: str, file: Path, *, force: bool = False, progress: Progress = lambda _done, _total: None) -> None:
    """Puts a backup into the database of `url`, at this version's tables. `force`: in place of what is there.

    Raises Taken, Damaged, Unusable and OSError, and then nothing was changed. Ids go on after the highest that was
    ever given on either side. `look_into` the file first; for a thread without a running loop.
    """

    def work(connection: Connection) -> None:
        head = _head_of(file)
        before = _ours(connection, head)
        if not force and not is_empty(connection, before):
            raise Taken
        given = {each.name: last_id(connection, each) for each in before if is_numbered(each)}
        _clear(connection, before)
        _load(connection, file, progress)
        for table in metadata.sorted_tables:
            if is_numbered(table):
                name = table.name
                _go_on_after(connection, table, max(given.get(name, 0), head.last.get(name, 0)))

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
    with _reading(file) as backup:
        tables = {each.name: each for each in layout_of(backup.head.schema)}
        bring_to(connection, backup.head.schema)
        with _references_later(connection, tables):
            _fill(connection, backup, tables, progress)
    if dangling(connection):
        raise Damaged(f"{file} holds rows that refer to nothing.")
    bring_to(connection, "head")
    return backup.head


def _fill(connection: Connection, backup: _Backup, tables: Mapping[str, Table], progress: Progress) -> None:
    done, total = 0, backup.head.total
    for name, columns, rows in backup.tables():
        table = tables.get(name)
        if table is None or columns != [each.name for each in kept(table)]:
            raise backup.damaged(f"schema {backup.head.schema} has no such table")
        packed = [each.name for each in kept(table) if is_bytes(each)]
        for some in rows:
            for row in some:
                row.update({each: b64decode(row[each]) for each in packed if row[each] is not None})
            connection.execute(table.insert(), some)
            done += len(some)
            progress(done, total)


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


def _unsealed(connection: Connection, keyring: Keyring | None) -> tuple[int, int]:
    """(how many sealed values there are, how many of them these keys open)."""
    sealed = opened = 0
    for value, open_it in _sealed(connection, keyring):
        sealed += 1
        try:
            open_it(value)
        except Sealed:
            continue
        opened += keyring is not None
    return sealed, opened


def _sealed(connection: Connection, keyring: Keyring | None) -> Iterator[tuple[bytes, Callable[[bytes], object]]]:
    held = keyring or Keyring(())
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, EncryptedZoomLink | EncryptedWords):
                opens = held.open if isinstance(column.type, EncryptedZoomLink) else held.open_words
                asked = select(type_coerce(column, LargeBinary)).where(column.is_not(None))
                for (value,) in connection.execute(asked):
                    yield value, opens
    tokens = select(memory.c.value).where(memory.c.name.contains(_INSTALLATION), memory.c.value != "")
    for (value,) in connection.execute(tokens):
        yield value.encode(), held.open_words


# ---- out of a file


class _Backup:
    """A file being read. What it says of itself is checked on the way; `tables` is to be read to its end."""

    def __init__(self, file: Path, packed: gzip.GzipFile) -> None:
        self._file, self._packed = file, packed
        self._digest = hashlib.sha256()
        self._ahead: Any = None
        self.head = self._begun()

    def damaged(self, why: str) -> Damaged:
        return Damaged(f"{self._file} is damaged ({why}): take another backup.")

    def tables(self) -> Iterator[tuple[str, list[str], Iterator[list[dict[str, Any]]]]]:
        """(name, columns, rows in portions), one after the other."""
        seen = []
        self._ahead = self._line()
        while isinstance(self._ahead, dict) and "table" in self._ahead:
            name, columns = self._ahead["table"], self._ahead["columns"]
            seen.append(name)
            yield name, columns, self._rows(name, columns)
        self._ended(seen)

    def _rows(self, name: str, columns: list[str]) -> Iterator[list[dict[str, Any]]]:
        count, some = 0, []
        while isinstance(line := self._line(), list):
            some.append(dict(zip(columns, line, strict=True)))
            count += 1
            if len(some) == AT_ONCE:
                yield some
                some = []
        if some:
            yield some
        self._ahead = line
        if count != self.head.rows.get(name):
            raise self.damaged(f"{count} {name} instead of {self.head.rows.get(name)}")

    def _ended(self, seen: list[str]) -> None:
        if seen != list(self.head.rows):
            raise self.damaged("tables are missing")
        if self._ahead != {"sha256": self._before} or self._packed.read(1):
            raise self.damaged("its checksum is another")

    def _line(self) -> Any:
        line = self._packed.readline(LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise self.damaged("it ends too early")
        self._before = self._digest.hexdigest()
        self._digest.update(line)
        return json.loads(line)

    def _begun(self) -> Head:
        found = self._line()
        if not isinstance(found, dict) or found.get("htg") != "backup":
            raise Damaged(f"{self._file} is not a backup of this bot's.")
        if found.get("format") != FORMAT:
            raise Unusable(f"{self._file} was written by a newer version of the bot: restore it with that one.")
        return Head(**{each.name: found[each.name] for each in fields(Head)})


@contextmanager
def _reading(file: Path) -> Iterator[_Backup]:
    with gzip.open(file, "rb") as packed:
        try:
            yield _Backup(file, packed)
        except gzip.BadGzipFile as failure:
            raise Damaged(f"{file} is not a backup of this bot's, or it is damaged.") from failure
        except (EOFError, zlib.error) as failure:
            raise Damaged(f"{file} is damaged (it ends too early, or has changed): take another backup.") from failure
        except (ValueError, KeyError, TypeError) as failure:
            raise Damaged(f"{file} is damaged (a line of it cannot be read): take another backup.") from failure


def _head_of(file: Path) -> Head:
    with _reading(file) as backup:
        return backup.head
