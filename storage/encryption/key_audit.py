"""Counts what HTG_SECRET_KEY encrypts in a database, and what the present keys decrypt."""

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
"""Part of the names in the table `memory` under which `storage.installations` keeps its tokens."""


class KeyAudit(NamedTuple):
    """How many values there are: encrypted, decrypted by one of our keys, and encrypted as we would do it now."""

    encrypted: int
    readable: int
    current: int


@dataclass(frozen=True, slots=True)
class AuditedColumn:
    """A column whose values are encrypted, each for its own row."""

    table: Table
    key: Column[Any]
    column: Column[Any]
    purpose: Purpose
    as_text: bool = False

    def place(self, row: object) -> str:
        return f"{self.column}:{row}"

    def decode(self, value: Any) -> bytes:
        return from_base64(value) if self.as_text else bytes(value)

    def encode(self, sealed: bytes) -> Any:
        return to_base64(sealed) if self.as_text else sealed

    def rows(self) -> Select[Any]:
        """Rows of (key, stored value), in the order of their keys."""
        stored = select(self.key, type_coerce(self.column, self._type).label("value")).order_by(self.key)
        if self.as_text:
            return stored.where(self.key.contains(INSTALLATION), self.column != "")
        return stored.where(self.column.is_not(None))

    def replacing(self) -> Update:
        """Replaces the value of row `which` by `new`, unless it is no longer `old`."""
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
    encrypted = readable = current = 0
    for column in encrypted_columns():
        for row, value in connection.execute(column.rows()):
            sealed = column.decode(value)
            encrypted += 1
            try:
                keyring.open(column.purpose, column.place(row), sealed)
            except SecretUnreadable:
                continue
            readable += 1
            current += keyring.is_current(sealed)
    return KeyAudit(encrypted, readable, current)
