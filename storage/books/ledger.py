"""One connection for the length of one transaction: what each part of the books writes through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, Row


class Ledger:
    """The books' parts inherit this, so that each subject has its file and all share the transaction."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _do(self, statement: Executable, **values: object) -> CursorResult[Any]:
        return self._connection.execute(statement, values)

    def _each(self, statement: Executable, rows: Sequence[dict[str, object]]) -> None:
        """The same statement for many rows; none at all is no work."""
        if rows:
            self._connection.execute(statement, rows)

    def _one(self, statement: Executable, **values: object) -> Row[Any] | None:
        """The first row, or None."""
        return self._connection.execute(statement, values).first()

    def _all(self, statement: Executable, **values: object) -> Sequence[Row[Any]]:
        return self._connection.execute(statement, values).all()

    def _changed(self, statement: Executable, **values: object) -> int:
        """How many rows a change met."""
        return self._connection.execute(statement, values).rowcount
