"""The address that a new row is recorded under: the one from which its member wrote last, which sent this Request."""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam, func, select

from storage.schema import members

MAKER = "made_by"
"""The parameter that holds the member's id."""


def _latest(column: str) -> ColumnElement[str]:
    stored = select(members.c[column]).where(members.c.id == bindparam(MAKER)).scalar_subquery()
    return func.coalesce(stored, "")


ORIGIN = {"platform": _latest("platform"), "account": _latest("account")}
"""Values of an insert."""
