"""Writes a backup: everything that a database holds, in one file for SQLite and PostgreSQL alike.

The format is gzipped JSON lines: a header; for each table its name and columns, then a line for each row; the SHA-256
of all lines before. Rows hold what is stored: encrypted values stay encrypted, and writing a backup needs no key. The
tables are those of the database's own revision, whichever version of the bot writes the backup.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Row, Table, func, select

from storage.atomic_write import atomic_write
from storage.backup.tables import (
    FORMAT,
    ROWS_PER_BATCH,
    BackupHeader,
    Progress,
    is_bytes,
    is_numbered,
    last_id,
    stored_columns,
    tables_of_revision,
)
from storage.engine.open import read_revision
from storage.engine.snapshot import read_snapshot


def write_backup(url: str, file: Path, now: datetime, progress: Progress = lambda _done, _total: None) -> BackupHeader:
    """Writes one consistent snapshot of the database of `url` to `file`; writers are not blocked meanwhile.

    The file appears when it is complete, replacing an earlier one, with mode 0600. Blocks: call it from a thread
    without a running event loop. Raises DatabaseUnavailable and OSError.
    """

    def work(connection: Connection) -> BackupHeader:
        with atomic_write(file) as out:
            return _write(connection, out, now, progress)

    return read_snapshot(url, work)


def _write(connection: Connection, out: IO[bytes], now: datetime, progress: Progress) -> BackupHeader:
    revision = read_revision(connection)
    tables = tables_of_revision(revision)
    rows = {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
    last = {table.name: last_id(connection, table) for table in tables if is_numbered(table)}
    head = BackupHeader("backup", FORMAT, str(revision), now.isoformat(), rows, last)
    digest = hashlib.sha256()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=6, mtime=int(now.timestamp())) as packed:
        for line in _lines(connection, head, tables, progress):
            encoded = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            digest.update(encoded)
            packed.write(encoded)
        packed.write(json.dumps({"sha256": digest.hexdigest()}).encode() + b"\n")
    return head


def _lines(
    connection: Connection, head: BackupHeader, tables: Iterable[Table], progress: Progress
) -> Iterator[dict[str, Any] | list[Any]]:
    """All but the last, which is the digest of these."""
    done = 0
    yield asdict(head)
    for table in tables:
        yield {"table": table.name, "columns": [column.name for column in stored_columns(table)]}
        for batch in _rows(connection, table):
            yield from batch
            done += len(batch)
            progress(done, head.total)


def _rows(connection: Connection, table: Table) -> Iterator[list[list[Any]]]:
    columns = stored_columns(table)
    binary = [index for index, column in enumerate(columns) if is_bytes(column)]
    query = select(*columns).order_by(*table.primary_key)
    with connection.execute(query, execution_options={"yield_per": ROWS_PER_BATCH}) as result:
        for batch in result.partitions():
            yield [_encoded(row, binary) for row in batch]


def _encoded(row: Row[Any], binary: Iterable[int]) -> list[Any]:
    values = list(row)
    for index in binary:
        values[index] = None if values[index] is None else b64encode(values[index]).decode()
    return values
