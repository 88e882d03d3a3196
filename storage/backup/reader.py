"""Reading a backup's file: what it says of itself is checked on the way, and nothing of it is believed before."""

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

LONGEST_LINE = 1024 * 1024
PORTION = 4 * 1024 * 1024
"""Bytes that are in memory at a time, or one line."""
HIGHEST_ID = 2**30
"""Half of what an id can be. No community comes near it, and as many again are left to be given."""
MOST_ROWS = 2**31
DENSEST = 200
"""How many times its size in the file anything may have once it is unpacked. Real backups have some 10 times."""


class BackupDamaged(Exception):
    """The file is not a backup, or not the one that was written. `args[0]` is one plain sentence."""


class BackupReader:
    """A file being read. `tables` is to be read to its end: only then is it known to be whole."""

    def __init__(self, file: Path, packed: gzip.GzipFile) -> None:
        self._file, self._packed = file, packed
        self._most = PORTION + DENSEST * file.stat().st_size
        self._digest = hashlib.sha256()
        self._ahead: Any = None
        self.head = self._begun()

    def damaged(self, why: str) -> BackupDamaged:
        return BackupDamaged(f"{self._file} is damaged ({why}): take another backup.")

    def tables(self) -> Iterator[tuple[str, list[str], Iterator[list[dict[str, Any]]]]]:
        """(name, columns, rows in portions), one after the other."""
        seen = []
        self._ahead = self._line()
        while isinstance(self._ahead, dict) and "table" in self._ahead:
            name, columns = self._ahead["table"], self._ahead["columns"]
            if name in seen or name not in self.head.rows:
                raise self.damaged("a table is there twice, or not announced")
            seen.append(name)
            yield name, columns, self._rows(name, columns)
        self._ended(seen)

    def _rows(self, name: str, columns: list[str]) -> Iterator[list[dict[str, Any]]]:
        count, some, size = 0, [], 0
        while isinstance(line := self._line(), list):
            some.append(dict(zip(columns, line, strict=True)))
            count += 1
            size += self._size
            if count > self.head.rows[name]:
                raise self.damaged("more rows than it says")
            if len(some) == ROWS_PER_BATCH or size > PORTION:
                yield some
                some, size = [], 0
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
        self._size = len(line)
        self._most -= self._size
        if len(line) == LONGEST_LINE or self._most < 0:
            raise self.damaged("more comes out of it than was ever put in")
        if not line.endswith(b"\n"):
            raise self.damaged("it ends too early")
        self._before = self._digest.hexdigest()
        self._digest.update(line)
        return json.loads(line)

    def _begun(self) -> BackupHeader:
        found = self._line()
        if not isinstance(found, dict) or found.get("htg") != "backup":
            raise BackupDamaged(f"{self._file} is not a backup of this bot's.")
        if found.get("format") != FORMAT:
            raise DatabaseUnavailable(
                f"{self._file} was written by a newer version of the bot: restore it with that one."
            )
        head = BackupHeader(**{each.name: found[each.name] for each in fields(BackupHeader)})
        if not _is_sound(head):
            raise self.damaged("what it says of itself cannot be")
        return head


def _is_sound(head: BackupHeader) -> bool:
    """Types and bounds of the first line, which is the first thing that a stranger could have written."""
    numbers = [*head.rows.values(), *head.last.values()]
    return (
        re.fullmatch("[0-9a-z]{1,32}", head.schema) is not None
        and datetime.fromisoformat(head.taken_at).tzinfo is not None
        and all(type(each) is int and each >= 0 for each in numbers)
        and head.total <= MOST_ROWS
        and head.last.keys() <= head.rows.keys()
        and all(each <= HIGHEST_ID for each in head.last.values())
    )


@contextmanager
def open_backup(file: Path) -> Iterator[BackupReader]:
    with gzip.open(file, "rb") as packed:
        try:
            yield BackupReader(file, packed)
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
