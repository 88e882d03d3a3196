"""What a unit of work sends to its database, whether or not SQLAlchemy executes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_cursor

from bot.unit_of_work import UnitOfWork


@contextmanager
def record_statements(uow: UnitOfWork) -> Iterator[list[tuple[str, Any]]]:
    """Each with its values, which SQLite does not tell."""
    executed: list[tuple[str, Any]] = []
    raw: Any = uow.raw  # type: ignore[attr-defined]
    if raw is not None:
        raw.set_trace_callback(lambda statement: executed.append((statement, None)))
        yield executed
        raw.set_trace_callback(None)
        return

    def recording(name: str) -> Any:
        executes = getattr(AsyncAdapt_asyncpg_cursor, name)

        def execute(cursor: Any, statement: str, values: Any = None) -> Any:
            executed.append((statement, tuple(values or ())))
            return executes(cursor, statement, values)

        return patch.object(AsyncAdapt_asyncpg_cursor, name, execute)

    with recording("execute"), recording("executemany"):
        yield executed
