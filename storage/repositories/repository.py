"""What repositories are made of: one transaction, and the ways to run a statement in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Row

from bot.unit_of_work import UnitOfWork
from storage.engine.statements import CompiledStatements

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound="Repository")


def erasing(method: Callable[Concatenate[R, P], T]) -> Callable[Concatenate[R, P], T]:
    """For what deletes so that nothing is left to be read: the storage then empties SQLite's write-ahead log, too."""

    @wraps(method)
    def noted(self: R, /, *args: P.args, **values: P.kwargs) -> T:
        before = self.transaction.changes
        result = method(self, *args, **values)
        self.transaction.erased = self.transaction.erased or self.transaction.changes > before
        return result

    return noted


class Transaction:
    """One connection for the length of one transaction, which all repositories share."""

    __slots__ = ("connection", "erased", "raw", "statements")

    def __init__(
        self, connection: Connection, raw: sqlite3.Connection | None, statements: CompiledStatements | None
    ) -> None:
        """`raw` is SQLite's own connection beneath `connection`, for what is `statements`; neither on PostgreSQL."""
        self.connection, self.raw, self.statements = connection, raw, statements
        self.erased = False
        """Whether something was deleted that is not to be found any more."""

    @property
    def changes(self) -> int:
        """Rows that this connection ever changed; always none on PostgreSQL, whose log is its server's."""
        return self.raw.total_changes if self.raw is not None else 0


class Repository:
    """What every repository runs its statements with."""

    __slots__ = ("_connection", "_raw", "_statements", "_uow", "transaction")

    def __init__(self, transaction: Transaction, uow: UnitOfWork) -> None:
        self.transaction, self._uow = transaction, uow
        self._connection, self._raw, self._statements = transaction.connection, transaction.raw, transaction.statements

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
        if self._raw is None or self._statements is None:
            return None
        return self._statements.run(self._raw, statement, values)
