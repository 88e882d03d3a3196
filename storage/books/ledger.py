"""One connection for the length of one transaction: what each part of the books writes through."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Row

from storage.engine.statements import CompiledStatements

P = ParamSpec("P")
T = TypeVar("T")
L = TypeVar("L", bound="Ledger")


def erasing(method: Callable[Concatenate[L, P], T]) -> Callable[Concatenate[L, P], T]:
    """For what deletes so that nothing is left to be read: the storage then empties SQLite's write-ahead log, too."""

    @wraps(method)
    def noted(self: L, /, *args: P.args, **values: P.kwargs) -> T:
        before = self.changes
        result = method(self, *args, **values)
        self.erased = self.erased or self.changes > before
        return result

    return noted


class Ledger:
    """The books' parts inherit this, so that each subject has its file and all share the transaction."""

    __slots__ = ("_connection", "_raw", "_readied", "erased")

    def __init__(
        self,
        connection: Connection,
        raw: sqlite3.Connection | None = None,
        readied: CompiledStatements | None = None,
    ) -> None:
        """`raw` is SQLite's own connection beneath `connection`, for what is `readied`; neither on PostgreSQL."""
        self._connection, self._raw, self._readied = connection, raw, readied
        self.erased = False
        """Whether something was deleted that is not to be found any more."""

    @property
    def changes(self) -> int:
        """Rows that this connection ever changed; always none on PostgreSQL, whose log is its server's."""
        return self._raw.total_changes if self._raw is not None else 0

    def _do(self, statement: Executable, **values: object) -> CursorResult[Any]:
        return self._connection.execute(statement, values)

    def _each(self, statement: Executable, rows: Sequence[dict[str, object]]) -> None:
        """The same statement for many rows; none at all is no work."""
        if rows:
            self._connection.execute(statement, rows)

    def _one(self, statement: Executable, **values: object) -> Row[Any] | None:
        """The first row, or None."""
        ran = self._at_once(statement, values)
        if ran is None:
            return self._connection.execute(statement, values).first()
        return ran[0][0] if ran[0] else None

    def _all(self, statement: Executable, **values: object) -> Sequence[Row[Any]]:
        ran = self._at_once(statement, values)
        return self._connection.execute(statement, values).all() if ran is None else ran[0]

    def _changed(self, statement: Executable, **values: object) -> int:
        """How many rows a change met."""
        ran = self._at_once(statement, values)
        return self._connection.execute(statement, values).rowcount if ran is None else ran[1]

    def _at_once(self, statement: Executable, values: dict[str, object]) -> tuple[list[Row[Any]], int] | None:
        if self._raw is None or self._readied is None:
            return None
        return self._readied.run(self._raw, statement, values)
