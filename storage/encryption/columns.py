"""Column types that encrypt what they store, each value for its own row."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

from bot.secrets import ZoomLink
from storage.encryption.keyring import Keyring, Purpose

T = TypeVar("T")

_keyrings: WeakKeyDictionary[Dialect, Keyring] = WeakKeyDictionary()
"""The keys of each engine, by its dialect: the one object of an engine that SQLAlchemy passes to a column type."""


def set_keyring(dialect: Dialect, keyring: Keyring) -> None:
    """Lets this engine's encrypted columns be read and written with `keyring`."""
    _keyrings[dialect] = keyring


def _keyring(dialect: Dialect) -> Keyring:
    return _keyrings.get(dialect) or Keyring(())


@dataclass(frozen=True, slots=True, repr=False)
class Plaintext(Generic[T]):
    """A value to write into an encrypted column, and the row that it is for: the value of the table's key."""

    value: T
    row: int


class EncryptedValue(Generic[T]):
    """A value read from an encrypted column. It can be opened for its own row only."""

    __slots__ = ("_column", "_keyring", "_sealed")

    def __eq__(self, other: object) -> bool:
        """Whether both are the same bytes under the same keys."""
        return isinstance(other, EncryptedValue) and self._sealed == other._sealed and self._keyring is other._keyring

    def __hash__(self) -> int:
        return hash(self._sealed)

    def __init__(self, column: Encrypted[T], keyring: Keyring, sealed: bytes) -> None:
        self._column, self._keyring, self._sealed = column, keyring, sealed

    def open(self, row: int) -> T:
        """Raises SecretUnreadable."""
        column = self._column
        return column.decode(self._keyring.open(column.purpose, column.place(row), self._sealed))


class Encrypted(TypeDecorator[Any], Generic[T]):
    """Takes a `Plaintext`, returns an `EncryptedValue`; stores bytes encrypted for `where` (`table.column`) and row.

    Where the database assigns the row's id, insert the row first and then update it with the secret.
    """

    impl = LargeBinary
    cache_ok = True
    purpose: Purpose

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where

    def place(self, row: int) -> str:
        return f"{self.where}:{row}"

    def process_bind_param(self, value: Plaintext[T] | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return _keyring(dialect).seal(self.purpose, self.place(value.row), self.encode(value.value))

    def process_result_value(self, value: Any, dialect: Dialect) -> EncryptedValue[T] | None:
        return None if value is None else EncryptedValue(self, _keyring(dialect), value)

    def encode(self, value: T) -> bytes:
        raise NotImplementedError

    def decode(self, plain: bytes) -> T:
        raise NotImplementedError


class EncryptedZoomLink(Encrypted[ZoomLink]):
    cache_ok = True
    purpose = Purpose.ZOOM_LINKS

    def encode(self, value: ZoomLink) -> bytes:
        return json.dumps([value.reveal(), value.passcode()]).encode()

    def decode(self, plain: bytes) -> ZoomLink:
        address, passcode = json.loads(plain)
        return ZoomLink(address, passcode)


class EncryptedText(Encrypted[str]):
    """Text that only few people may read."""

    cache_ok = True
    purpose = Purpose.TEXTS

    def encode(self, value: str) -> bytes:
        return value.encode("utf-8", "ignore")

    def decode(self, plain: bytes) -> str:
        return plain.decode()
