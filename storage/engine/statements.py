"""What the repositories build and execute their statements with, in one dialect for both databases."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import Connection, Dialect, Executable, Row, Table

# SQLite took its ON CONFLICT and RETURNING from PostgreSQL, and SQLAlchemy compiles this one construct for both:
# the whole suite runs on the two. Statements are built once, at import, so that their compiled form is found in a
# cache and a Request pays for execution alone.
from sqlalchemy.dialects.postgresql import Insert, insert

__all__ = ["CompiledStatements", "compiled_statements", "insert", "insert_or_replace", "new_nonce"]

NONCE_BYTES = 12


def new_nonce() -> str:
    """The random part of a personal link: 96 bits."""
    return secrets.token_urlsafe(NONCE_BYTES)


def insert_or_replace(table: Table) -> Insert:
    """A row in place of the one with the same key, if there is any."""
    new = insert(table)
    others = {column.name: new.excluded[column.name] for column in table.columns if not column.primary_key}
    return new.on_conflict_do_update(index_elements=table.primary_key.columns, set_=others)


class CompiledStatements(Protocol):
    """Executes statements without SQLAlchemy's overhead."""

    def run(
        self, connection: Connection, raw: Any, statement: Executable, values: Mapping[str, Any]
    ) -> tuple[list[Row[Any]], int] | None:
        """The rows, and how many were changed; None when SQLAlchemy has to execute the statement."""


def compiled_statements(dialect: Dialect) -> CompiledStatements | None:
    """The cache of compiled statements; None where `sqlalchemy_internals` was deleted."""
    try:
        from storage.engine.sqlalchemy_internals import CompiledStatementCache
    except ModuleNotFoundError:
        return None
    return CompiledStatementCache(dialect)
