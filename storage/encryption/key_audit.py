"""Everything in a database that HTG_SECRET_KEY encrypts, and whether a key opens it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    Select,
    Table,
    Text,
    Update,
    bindparam,
    select,
    type_coerce,
    update,
)

from storage.encryption.columns import Encrypted
from storage.encryption.keyring import Keyring, Purpose, SecretUnreadable, from_base64, to_base64
from storage.schema import memory, metadata

INSTALLATION = "-installation:"
"""In the names under which `storage.installations` keeps what workspaces gave."""


class KeyAudit(NamedTuple):
    """How many sealed values there are, how many of them the keys open, and how many rest under the first as of now."""

    sealed: int
    opened: int
    current: int


@dataclass(frozen=True, slots=True)
class AuditedColumn:
    """A column whose values are sealed, each for its own row."""

    table: Table
    key: Column[Any]
    column: Column[Any]
    purpose: Purpose
    as_text: bool = False

    def place(self, row: object) -> str:
        return f"{self.column}:{row}"

    def read(self, value: Any) -> bytes:
        return from_base64(value) if self.as_text else bytes(value)

    def written(self, sealed: bytes) -> Any:
        return to_base64(sealed) if self.as_text else sealed

    def rows(self) -> Select[Any]:
        """(key, value), in the order of their keys."""
        asked = select(self.key, type_coerce(self.column, self._type).label("value")).order_by(self.key)
        if self.as_text:
            return asked.where(self.key.contains(INSTALLATION), self.column != "")
        return asked.where(self.column.is_not(None))

    def replacing(self) -> Update:
        """Puts `new` into row `which`, where `old` still is."""
        unchanged = type_coerce(self.column, self._type) == bindparam("old", type_=self._type)
        return (
            update(self.table)
            .where(self.key == bindparam("which"), unchanged)
            .values({self.column: type_coerce(bindparam("new", type_=self._type), self._type)})
        )

    @property
    def _type(self) -> LargeBinary | Text:
        return Text() if self.as_text else LargeBinary()


def encrypted_columns() -> Iterator[AuditedColumn]:
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Encrypted):
                (key,) = table.primary_key.columns
                yield AuditedColumn(table, key, column, column.type.purpose)
    yield AuditedColumn(memory, memory.c.name, memory.c.value, Purpose.PLATFORM_TOKENS, as_text=True)


def audit_keys(connection: Connection, keys: Sequence[str]) -> KeyAudit:
    keyring = Keyring(keys)
    sealed = opened = current = 0
    for each in encrypted_columns():
        for row, value in connection.execute(each.rows()):
            held = each.read(value)
            sealed += 1
            try:
                keyring.open(each.purpose, each.place(row), held)
            except SecretUnreadable:
                continue
            opened += 1
            current += keyring.is_current(held)
    return KeyAudit(sealed, opened, current)
