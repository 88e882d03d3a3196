"""What can be wrong with a database. Each carries one plain sentence that says what to do and holds no password."""

from __future__ import annotations


class Unusable(Exception):
    """The database cannot be opened as it is set: a bad address, the wrong schema, out of reach."""


class NotKept(Exception):
    """The transaction could not be made durable: a full disk, a lost server. Nothing of it stands."""
