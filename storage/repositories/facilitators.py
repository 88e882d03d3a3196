"""The team: who may use /htg-host because another facilitator added them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, delete, select

from bot.addresses import Address
from storage.engine.statements import insert
from storage.repositories.members import on_team
from storage.repositories.repository import Repository
from storage.schema import facilitators, identities, members

_TEAM = select(facilitators.c.platform, facilitators.c.account).order_by(
    facilitators.c.platform, facilitators.c.account
)
# Locked, so that of the last two who remove each other one stays.
_WHOLE_TEAM = _TEAM.with_for_update()
_here = (members.c.platform == identities.c.platform) & (members.c.account == identities.c.account)
_TEAM_MEMBERS = (
    select(members.c.id, identities.c.platform, identities.c.account, _here.label("here"))
    .join_from(identities, members, identities.c.member == members.c.id)
    .order_by(identities.c.platform, identities.c.account)
)
_ON_TEAM = _TEAM_MEMBERS.where(on_team(identities))
_NAMED = _TEAM_MEMBERS.where(
    identities.c.platform == bindparam("on"),
    identities.c.account == bindparam("as_"),
)
_JOIN_TEAM = insert(facilitators).on_conflict_do_nothing()
_LEAVE_TEAM = delete(facilitators).where(
    facilitators.c.platform == bindparam("on"), facilitators.c.account == bindparam("as_")
)


class SqlFacilitatorRepository(Repository):
    __slots__ = ()

    def addresses(self) -> list[Address]:
        return [Address(row.platform, row.account) for row in self._all(_TEAM)]

    def members(self, named: Collection[Address]) -> dict[int, Address]:
        rows = list(self._all(_ON_TEAM))
        for each in named:
            rows += self._all(_NAMED, on=each.platform, as_=each.account)
        # Where a member was last heard goes before their other addresses.
        rows.sort(key=lambda row: bool(row.here))
        return {row.id: Address(row.platform, row.account) for row in rows}

    def add(self, address: Address) -> bool:
        return self._changed(_JOIN_TEAM, platform=address.platform, account=address.account) == 1

    def remove(self, address: Address, *, keep_one: bool = False) -> bool:
        if keep_one and len(self._all(_WHOLE_TEAM)) < 2:
            return False
        return self._changed(_LEAVE_TEAM, on=address.platform, as_=address.account) == 1
