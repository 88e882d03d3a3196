"""Private parts of SQLAlchemy's compiler: statements compiled once, then executed on SQLite's connection directly.

What it buys: `Connection.execute` costs more than SQLite takes to answer, a Request executes four or five statements,
and they share the interpreter with all other Requests. `bench/internals.py` measures what this saves.

To delete it: delete this file; nothing else changes. `statements.compiled_statements` then returns None, and
SQLAlchemy executes every statement, as it does on PostgreSQL.

When SQLAlchemy's version changes, read `sqlalchemy/sql/compiler.py`: `SQLCompiler._bind_processors` must map the name
of a bind parameter to its conversion, and `_result_columns` must list the columns in order with `keyname` and `type`.
Look also for a new attribute that makes the SQL depend on the values, see `_is_static`. Then raise VERIFIED_VERSION
and the pin in pyproject.toml.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Executable, Row
from sqlalchemy.engine import result_tuple
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

VERIFIED_VERSION = "2.1.9"
CACHE_LIMIT = 1000
"""Statements. The repositories have some two hundred; this bounds memory if one is ever built anew for each run."""

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    sql: str
    parameters: tuple[tuple[str, Convert | None], ...]
    """For each `?` the name of its value, and the conversion to what is stored."""
    constants: Mapping[str, Any]
    """Values that are part of the statement itself, by their names, not yet converted. Mostly there are none."""
    conversions: tuple[tuple[int, Convert], ...]
    """The indexes of the columns that are converted when read."""
    make_row: Callable[[Sequence[Any]], Row[Any]]

    def bind(self, values: Mapping[str, Any]) -> list[Any]:
        given = {**self.constants, **values} if self.constants else values
        return [given[name] if convert is None else convert(given[name]) for name, convert in self.parameters]

    def read(self, stored: Sequence[Any]) -> Row[Any]:
        if not self.conversions:
            return self.make_row(stored)
        cells = list(stored)
        for index, convert in self.conversions:
            cells[index] = convert(cells[index])
        return self.make_row(cells)


class CompiledStatementCache:
    """Every statement executed so far on one connection. Only for that connection's thread."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._statements: dict[tuple[object, ...], CompiledStatement | None] = {}

    def run(
        self, raw: sqlite3.Connection, statement: Executable, values: Mapping[str, Any]
    ) -> tuple[list[Row[Any]], int] | None:
        """The rows, and how many were changed; None when SQLAlchemy has to execute the statement.

        Raises the errors that SQLAlchemy would, without the values.
        """
        compiled = self._compiled(statement, values)
        if compiled is None:
            return None
        parameters = compiled.bind(values)
        try:
            cursor = raw.execute(compiled.sql, parameters)
            # Fetch everything, RETURNING too: an unfinished statement would block COMMIT.
            rows = cursor.fetchall()
        except sqlite3.Error as failure:
            raise DBAPIError.instance(
                compiled.sql, None, failure, sqlite3.Error, hide_parameters=True, dialect=self._dialect
            ) from failure
        return [compiled.read(row) for row in rows], cursor.rowcount

    def _compiled(self, statement: Executable, values: Mapping[str, Any]) -> CompiledStatement | None:
        key = (statement, *values)
        try:
            return self._statements[key]
        except KeyError:
            if len(self._statements) >= CACHE_LIMIT:
                self._statements.clear()
            self._statements[key] = compiled = _compile(statement, list(values), self._dialect)
            return compiled


def _compile(statement: Executable, names: list[str], dialect: Dialect) -> CompiledStatement | None:
    if not isinstance(statement, ClauseElement):
        return None
    compiled = statement.compile(dialect=dialect, column_keys=names)
    if not isinstance(compiled, SQLCompiler) or not _is_static(compiled):
        return None
    # By name, not by parameter: one name may be bound twice with two types.
    bind_processors: Mapping[str, Any] = compiled._bind_processors  # noqa: SLF001
    columns = compiled._result_columns  # noqa: SLF001
    result_processors = [_result_processor(column.type, dialect) for column in columns]
    constants = {name: bind.value for name, bind in compiled.binds.items() if name not in names}
    if any(compiled.binds[name].required for name in constants):
        return None  # SQLAlchemy's own error says which value is missing
    return CompiledStatement(
        sql=compiled.string,
        parameters=tuple((name, bind_processors.get(name)) for name in compiled.positiontup or ()),
        constants=constants,
        conversions=tuple((index, convert) for index, convert in enumerate(result_processors) if convert is not None),
        make_row=result_tuple([column.keyname for column in columns]),
    )


def _is_static(compiled: SQLCompiler) -> bool:
    """Whether the SQL is the same for all values, and SQLAlchemy computes nothing besides executing it."""
    names = [column.keyname for column in compiled._result_columns]  # noqa: SLF001
    computes_defaults = bool(
        (compiled.isinsert and compiled.insert_prefetch) or (compiled.isupdate and compiled.update_prefetch)
    )
    depends_on_values = bool(compiled.post_compile_params or compiled.literal_execute_params)
    knows_its_result = compiled.isinsert or compiled.isupdate or compiled.isdelete or bool(names)
    has_callables = any(bind.callable is not None for bind in compiled.binds.values())
    has_unique_names = len(set(names)) == len(names)
    return knows_its_result and has_unique_names and not (computes_defaults or depends_on_values or has_callables)


def _result_processor(column_type: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return column_type.dialect_impl(dialect).result_processor(dialect, None)
