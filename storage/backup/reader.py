"""Reads a backup file as a stream and checks it on the way: sizes, structure, counts and checksum."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from storage.backup.tables import FORMAT, ROWS_PER_BATCH, BackupHeader
from storage.engine.errors import DatabaseUnavailable

LINE_LIMIT = 1024 * 1024
"""Bytes."""
BATCH_BYTES = 4 * 1024 * 1024
"""Bytes in memory at a time, or one line."""
HIGHEST_ID = 2**30
"""Half of the largest possible id: no community comes near it, and as many are left to be given."""
ROW_LIMIT = 2**31
TOO_MUCH = "more comes out of it than was ever put in"
COMPRESSION_LIMIT = 200
"""How many times larger than the file its content may be. Real backups are some 10 times larger."""


class BackupDamaged(Exception):
    """The file is not a backup, or was changed since it was written. `args[0]` is one sentence."""


class BackupReader:
    """A backup file being read. Only once `tables` is exhausted is the file known to be complete."""

    def __init__(self, file: Path, stream: gzip.GzipFile) -> None:
        self._file, self._stream = file, stream
        self._bytes_left = BATCH_BYTES + COMPRESSION_LIMIT * file.stat().st_size
        self._digest = hashlib.sha256()
        self._next: Any = None
        self.head = self._read_header()

    def damaged(self, why: str) -> BackupDamaged:
        return BackupDamaged(f"{self._file} is damaged ({why}): take another backup.")

    def tables(self) -> Iterator[tuple[str, list[str], Iterator[list[dict[str, Any]]]]]:
        """(name, columns, batches of rows) for each table. Consume the batches before going on."""
        seen = []
        self._next = self._read_line()
        while isinstance(self._next, dict) and "table" in self._next:
            name, columns = self._next["table"], self._next["columns"]
            if name in seen or name not in self.head.rows:
                raise self.damaged("a table is there twice, or not announced")
            seen.append(name)
            yield name, columns, self._rows(name, columns)
        self._check_end(seen)

    def _rows(self, name: str, columns: list[str]) -> Iterator[list[dict[str, Any]]]:
        count, batch, size = 0, [], 0
        while isinstance(line := self._read_line(), list):
            batch.append(dict(zip(columns, line, strict=True)))
            count += 1
            size += self._line_size
            if count > self.head.rows[name]:
                raise self.damaged("more rows than it says")
            if len(batch) == ROWS_PER_BATCH or size > BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch
        self._next = line
        if count != self.head.rows.get(name):
            raise self.damaged(f"{count} {name} instead of {self.head.rows.get(name)}")

    def _check_end(self, seen: list[str]) -> None:
        if seen != list(self.head.rows):
            raise self.damaged("tables are missing")
        if self._next != {"sha256": self._digest_before} or self._stream.read(1):
            raise self.damaged("its checksum is another")

    def read_through(self) -> None:
        """Reads on to the end, where gzip's checksum tells damage from what a newer version wrote."""
        while content := self._stream.read(LINE_LIMIT):
            self._spend(len(content))

    def _spend(self, size: int) -> None:
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise self.damaged(TOO_MUCH)

    def _read_line(self) -> Any:
        line = self._stream.readline(LINE_LIMIT)
        self._line_size = len(line)
        self._spend(self._line_size)
        if len(line) == LINE_LIMIT:
            raise self.damaged(TOO_MUCH)
        if not line.endswith(b"\n"):
            raise self.damaged("it ends too early")
        self._digest_before = self._digest.hexdigest()
        self._digest.update(line)
        return json.loads(line)

    def _read_header(self) -> BackupHeader:
        line = self._read_line()
        if not isinstance(line, dict) or line.get("htg") != "backup":
            raise BackupDamaged(f"{self._file} is not a backup of this bot's.")
        if line.get("format") != FORMAT:
            self.read_through()
            raise DatabaseUnavailable(
                f"{self._file} was written by a newer version of the bot: restore it with that one."
            )
        head = BackupHeader(**{field.name: line[field.name] for field in fields(BackupHeader)})
        if not _is_sound(head):
            raise self.damaged("what it says of itself cannot be")
        return head


def _is_sound(head: BackupHeader) -> bool:
    """Whether the header's values have the right types and are within bounds: anybody may have written the file."""
    numbers = [*head.rows.values(), *head.last.values()]
    return (
        re.fullmatch("[0-9a-z]{1,32}", head.schema) is not None
        and datetime.fromisoformat(head.taken_at).tzinfo is not None
        and all(type(number) is int and number >= 0 for number in numbers)
        and head.total <= ROW_LIMIT
        and head.last.keys() <= head.rows.keys()
        and all(last_id <= HIGHEST_ID for last_id in head.last.values())
    )


@contextmanager
def open_backup(file: Path) -> Iterator[BackupReader]:
    with gzip.open(file, "rb") as stream:
        try:
            yield BackupReader(file, stream)
        except gzip.BadGzipFile as failure:
            raise BackupDamaged(f"{file} is not a backup of this bot's, or it is damaged.") from failure
        except (EOFError, zlib.error) as failure:
            raise BackupDamaged(
                f"{file} is damaged (it ends too early, or has changed): take another backup."
            ) from failure
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as failure:
            raise BackupDamaged(f"{file} is damaged (a line of it cannot be read): take another backup.") from failure


def read_header(file: Path) -> BackupHeader:
    with open_backup(file) as backup:
        return backup.head
