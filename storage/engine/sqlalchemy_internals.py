"""Statements that are ready to run on SQLite: SQLAlchemy writes the SQL and says how values rest, once for each.

Its own way of running one costs more than SQLite takes to answer, and an Ask runs four or five, in a thread that
shares the interpreter with every other Ask. What is not as simple as this file supposes goes SQLAlchemy's way.
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

Convert = Callable[[Any], Any]
CACHE_LIMIT = 1000
"""Statements kept. The books have some two hundred; this bounds them if one is ever built anew for each run."""


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    sql: str
    places: tuple[tuple[str, Convert | None], ...]
    """For each `?` the name of its value, and how that is written."""
    fixed: Mapping[str, Any]
    """Values that are part of the statement itself, by their names, not yet written. Mostly there are none."""
    columns: tuple[tuple[int, Convert], ...]
    """The columns that are read otherwise than they rest."""
    row: Callable[[Sequence[Any]], Row[Any]]

    def written(self, values: Mapping[str, Any]) -> list[Any]:
        given = {**self.fixed, **values} if self.fixed else values
        return [given[name] if write is None else write(given[name]) for name, write in self.places]

    def read(self, found: Sequence[Any]) -> Row[Any]:
        if not self.columns:
            return self.row(found)
        cells = list(found)
        for place, read in self.columns:
            cells[place] = read(cells[place])
        return self.row(cells)


class CompiledStatementCache:
    """Every statement that ran so far on one connection. For that connection's thread alone."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: dict[tuple[object, ...], CompiledStatement | None] = {}

    def run(
        self, raw: sqlite3.Connection, statement: Executable, values: Mapping[str, Any]
    ) -> tuple[list[Row[Any]], int] | None:
        """The rows found, and how many were changed; None when it has to go SQLAlchemy's way.

        Raises what SQLAlchemy would, without the values.
        """
        ready = self._found(statement, values)
        if ready is None:
            return None
        written = ready.written(values)
        try:
            cursor = raw.execute(ready.sql, written)
            # To its end, RETURNING too: a statement that is not would stand in the way of COMMIT.
            found = cursor.fetchall()
        except sqlite3.Error as failure:
            raise DBAPIError.instance(
                ready.sql, None, failure, sqlite3.Error, hide_parameters=True, dialect=self._dialect
            ) from failure
        return [ready.read(each) for each in found], cursor.rowcount

    def _found(self, statement: Executable, values: Mapping[str, Any]) -> CompiledStatement | None:
        key = (statement, *values)
        try:
            return self._known[key]
        except KeyError:
            if len(self._known) >= CACHE_LIMIT:
                self._known.clear()
            self._known[key] = ready = _ready(statement, list(values), self._dialect)
            return ready


def _ready(statement: Executable, names: list[str], dialect: Dialect) -> CompiledStatement | None:
    if not isinstance(statement, ClauseElement):
        return None
    compiled = statement.compile(dialect=dialect, column_keys=names)
    if not isinstance(compiled, SQLCompiler) or not _is_plain(compiled):
        return None
    # What SQLAlchemy itself goes by; nothing public says it. (One name may stand in two places, as two types.)
    writes: Mapping[str, Any] = compiled._bind_processors  # noqa: SLF001
    columns = compiled._result_columns  # noqa: SLF001
    reads = [_reader(each.type, dialect) for each in columns]
    fixed = {name: bind.value for name, bind in compiled.binds.items() if name not in names}
    if any(compiled.binds[name].required for name in fixed):
        return None  # SQLAlchemy says well what is missing
    return CompiledStatement(
        sql=compiled.string,
        places=tuple((name, writes.get(name)) for name in compiled.positiontup or ()),
        fixed=fixed,
        columns=tuple((place, read) for place, read in enumerate(reads) if read is not None),
        row=result_tuple([each.keyname for each in columns]),
    )


def _is_plain(compiled: SQLCompiler) -> bool:
    """Whether the SQL is the same for whatever values, and nothing is to be computed beside it."""
    names = [each.keyname for each in compiled._result_columns]  # noqa: SLF001
    computed = (compiled.isinsert and compiled.insert_prefetch) or (compiled.isupdate and compiled.update_prefetch)
    varies = compiled.post_compile_params or compiled.literal_execute_params
    known = compiled.isinsert or compiled.isupdate or compiled.isdelete or bool(names)
    fixed = all(bind.callable is None for bind in compiled.binds.values())
    return known and fixed and not computed and not varies and len(set(names)) == len(names)


def _reader(of: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return of.dialect_impl(dialect).result_processor(dialect, None)
