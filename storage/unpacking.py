"""Reading a backup's file: what it says of itself is checked on the way, and nothing of it is believed before."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from storage.backups import AT_ONCE, FORMAT, Head
from storage.failures import Unusable

LONGEST_LINE = 16 * 1024 * 1024


class Damaged(Exception):
    """The file is not a backup, or not the one that was written. `args[0]` is one plain sentence."""


class Backup:
    """A file being read. `tables` is to be read to its end: only then is it known to be whole."""

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
def reading(file: Path) -> Iterator[Backup]:
    with gzip.open(file, "rb") as packed:
        try:
            yield Backup(file, packed)
        except gzip.BadGzipFile as failure:
            raise Damaged(f"{file} is not a backup of this bot's, or it is damaged.") from failure
        except (EOFError, zlib.error) as failure:
            raise Damaged(f"{file} is damaged (it ends too early, or has changed): take another backup.") from failure
        except (ValueError, KeyError, TypeError) as failure:
            raise Damaged(f"{file} is damaged (a line of it cannot be read): take another backup.") from failure


def head_of(file: Path) -> Head:
    with reading(file) as backup:
        return backup.head
