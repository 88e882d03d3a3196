"""What every repository has: the unit of work that it belongs to, and the ways to execute a statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Executable, Row

if TYPE_CHECKING:
    from storage.unit_of_work import SqlUnitOfWork

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound="Repository")


def erasing(method: Callable[Concatenate[R, P], T]) -> Callable[Concatenate[R, P], T]:
    """For methods that delete so that no byte remains: the storage then also empties SQLite's write-ahead log."""

    @wraps(method)
    def run(self: R, /, *args: P.args, **kwargs: P.kwargs) -> T:
        before = self.uow.changes
        result = method(self, *args, **kwargs)
        self.uow.erased = self.uow.erased or self.uow.changes > before
        return result

    return run


class Repository:
    """Executes statements in the transaction of a unit of work."""

    def __init__(self, uow: SqlUnitOfWork) -> None:
        self.uow = uow
        self._connection, self._driver, self._statements = uow.connection, uow.driver, uow.statements

    def _do(self, statement: Executable, **values: object) -> None:
        if self._at_once(statement, values) is None:
            self._connection.execute(statement, values)

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

    def _only(self, statement: Executable, **values: object) -> Row[Any]:
        """The row that there must be. Raises LookupError where there is none."""
        row = self._one(statement, **values)
        if row is None:
            raise LookupError(f"{type(self).__name__} found no row where there must be one")
        return row

    def _value(self, statement: Executable, **values: object) -> Any:
        """The first column of the first row; None where there is no row."""
        row = self._one(statement, **values)
        return None if row is None else row[0]

    def _values(self, statement: Executable, **values: object) -> list[Any]:
        """The first column of each row."""
        return [row[0] for row in self._all(statement, **values)]

    def _changed(self, statement: Executable, **values: object) -> int:
        """How many rows a change met."""
        ran = self._at_once(statement, values)
        return self._connection.execute(statement, values).rowcount if ran is None else ran[1]

    def _at_once(self, statement: Executable, values: dict[str, object]) -> tuple[list[Row[Any]], int] | None:
        if self._statements is None:
            return None
        return self._statements.run(self._connection, self._driver, statement, values)
