"""Rows of an address: its platform and account are the columns of these names."""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, FromClause, and_, bindparam, select, tuple_

from bot.addresses import Address
from storage.schema import identities


def is_at(table: FromClause) -> ColumnElement[bool]:
    """Whether a row is of the address that `at` is given."""
    return and_(table.c.platform == bindparam("at_platform"), table.c.account == bindparam("at_account"))


def at(address: Address) -> dict[str, str]:
    """The parameters of `is_at`."""
    return {"at_platform": address.platform, "at_account": address.account}


def is_of_member(platform: Column[str], account: Column[str]) -> ColumnElement[bool]:
    """Whether it is an address of the member `member_id`."""
    own = select(identities.c.platform, identities.c.account).where(identities.c.member == bindparam("member_id"))
    return tuple_(platform, account).in_(own)


def same_address(table: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(table.c.platform == other.c.platform, table.c.account == other.c.account)
