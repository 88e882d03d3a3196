"""Everything in a database that HTG_SECRET_KEY encrypts, and whether a key opens it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection, LargeBinary, select, type_coerce

from storage.schema import memory, metadata
from storage.secrets import EncryptedWords, EncryptedZoomLink, Keyring, Sealed

_INSTALLATION = "-installation:"
"""In the names under which `storage.installations` keeps what workspaces gave."""


def unsealed(connection: Connection, keys: Sequence[str]) -> tuple[int, int]:
    """(how many sealed values there are, how many of them these keys open)."""
    sealed = opened = 0
    for value, open_it in _sealed(connection, Keyring(keys)):
        sealed += 1
        try:
            open_it(value)
        except Sealed:
            continue
        opened += 1
    return sealed, opened


def _sealed(connection: Connection, held: Keyring) -> Iterator[tuple[bytes, Callable[[bytes], object]]]:
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
