"""Which of a member's addresses makes a row: within an Ask, the one that asks, since it was just heard."""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam, func, select

from storage.schema import members

MAKER = "made_by"
"""The parameter that names the member."""


def _heard_at(column: str) -> ColumnElement[str]:
    known = select(members.c[column]).where(members.c.id == bindparam(MAKER)).scalar_subquery()
    return func.coalesce(known, "")


ORIGIN = {"platform": _heard_at("platform"), "account": _heard_at("account")}
"""To be set in an insert."""
