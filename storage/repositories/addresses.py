"""Rows of an address: its platform and account are the columns of these names."""

from __future__ import annotations

from sqlalchemy import ColumnElement, FromClause, and_, bindparam

from bot.addresses import Address


def is_at(table: FromClause) -> ColumnElement[bool]:
    """Whether a row is of the address that `at` is given."""
    return and_(table.c.platform == bindparam("at_platform"), table.c.account == bindparam("at_account"))


def at(address: Address) -> dict[str, str]:
    """The parameters of `is_at`."""
    return {"at_platform": address.platform, "at_account": address.account}


def same_address(table: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(table.c.platform == other.c.platform, table.c.account == other.c.account)
