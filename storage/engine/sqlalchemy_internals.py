"""Private parts of SQLAlchemy's compiler: statements compiled once, then executed on the driver's connection directly.

What it buys: `Connection.execute` costs more than SQLite takes to answer, and half of what PostgreSQL does; a Request
executes four or five statements, and they share the interpreter with all other Requests. `bench/internals.py` measures
what this saves.

To delete it: delete this file; nothing else changes. `statements.compiled_statements` then returns None, and
SQLAlchemy executes every statement.

When SQLAlchemy's version changes, read `sqlalchemy/sql/compiler.py`: `SQLCompiler.bind_names` must map each bind
parameter to its name, and `_result_columns` must list the columns in order with `keyname` and `type`; in
`sqlalchemy/engine/base.py` `Connection._handle_dbapi_exception` must raise what `execute` would.
Look also for a new attribute that makes the SQL depend on the values, see `_is_static`. Then raise VERIFIED_VERSION
and the pin in pyproject.toml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Executable, Row
from sqlalchemy.engine import result_tuple
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

VERIFIED_VERSION = "2.1.9"
CACHE_LIMIT = 1000
"""Statements. The repositories have some two hundred; this bounds memory if one is ever built anew for each run."""

Convert = Callable[[Any], Any]


@dataclass(slots=True)
class CompiledStatement:
    sql: str
    parameters: tuple[tuple[str, Convert | None], ...]
    """For each placeholder the name of its value, and the conversion to what is stored."""
    constants: Mapping[str, Any]
    """Values that are part of the statement itself, by their names, not yet converted. Mostly there are none."""
    types: tuple[TypeEngine[Any], ...]
    """Of the columns."""
    make_row: Callable[[Sequence[Any]], Row[Any]]
    conversions: tuple[tuple[int, Convert], ...] | None = None
    """The indexes of the columns that are converted when read; known once the driver has told what it returns."""

    def bind(self, values: Mapping[str, Any]) -> list[Any]:
        given = {**self.constants, **values} if self.constants else values
        return [given[name] if convert is None else convert(given[name]) for name, convert in self.parameters]

    def read(self, rows: Sequence[Sequence[Any]], cursor: DBAPICursor, dialect: Dialect) -> list[Row[Any]]:
        if self.conversions is None:
            self.conversions = _conversions(self.types, cursor, dialect)
        if not self.conversions:
            return [self.make_row(stored) for stored in rows]
        return [self.make_row(_converted(stored, self.conversions)) for stored in rows]


class CompiledStatementCache:
    """Every statement executed so far. Only for one thread."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._error = dialect.loaded_dbapi.Error
        self._statements: dict[tuple[object, ...], CompiledStatement | None] = {}

    def run(
        self, connection: Connection, raw: Any, statement: Executable, values: Mapping[str, Any]
    ) -> tuple[list[Row[Any]], int] | None:
        """The rows, and how many were changed; None when SQLAlchemy has to execute the statement.

        Raises the errors that SQLAlchemy would, without the values.
        """
        compiled = self._compiled(statement, values)
        if compiled is None:
            return None
        parameters = compiled.bind(values)
        cursor = raw.cursor()
        try:
            cursor.execute(compiled.sql, parameters)
            # Fetch everything, RETURNING too: an unfinished statement would block COMMIT.
            rows = cursor.fetchall()
        except self._error as failure:
            connection._handle_dbapi_exception(failure, compiled.sql, None, None, None)  # noqa: SLF001
        return (compiled.read(rows, cursor, self._dialect) if rows else []), cursor.rowcount

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
    compiled = _static_sql(statement, names, dialect)
    if compiled is None:
        return None
    # By name, not by parameter: one name may be bound twice with two types.
    bound = ((name, bind.type.dialect_impl(dialect)) for bind, name in compiled.bind_names.items())
    bind_processors = {name: convert for name, each in bound if (convert := each.bind_processor(dialect)) is not None}
    columns = compiled._result_columns  # noqa: SLF001
    constants = {name: bind.value for name, bind in compiled.binds.items() if name not in names}
    if any(compiled.binds[name].required for name in constants):
        return None  # SQLAlchemy's own error says which value is missing
    return CompiledStatement(
        sql=compiled.string,
        parameters=tuple((name, bind_processors.get(name)) for name in compiled.positiontup or ()),
        constants=constants,
        types=tuple(column.type for column in columns),
        make_row=result_tuple([column.keyname for column in columns]),
    )


def _static_sql(statement: Executable, names: list[str], dialect: Dialect) -> SQLCompiler | None:
    compiled = statement.compile(dialect=dialect, column_keys=names) if isinstance(statement, ClauseElement) else None
    return compiled if isinstance(compiled, SQLCompiler) and _is_static(compiled) else None


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


def _conversions(
    types: Sequence[TypeEngine[Any]], cursor: DBAPICursor, dialect: Dialect
) -> tuple[tuple[int, Convert], ...]:
    told = [column[1] for column in cursor.description]
    converts = [
        each.dialect_impl(dialect).result_processor(dialect, code) for each, code in zip(types, told, strict=True)
    ]
    return tuple((index, convert) for index, convert in enumerate(converts) if convert is not None)


def _converted(stored: Sequence[Any], conversions: Sequence[tuple[int, Convert]]) -> list[Any]:
    cells = list(stored)
    for index, convert in conversions:
        cells[index] = convert(cells[index])
    return cells
