"""The team: addresses that may use /htg-host because a facilitator added them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, or_, select, update

from bot.addresses import Address
from bot.members.model import may_still_organise
from storage.engine.statements import insert
from storage.repositories.addresses import at, is_at, same_address
from storage.repositories.members import on_team
from storage.repositories.repository import Repository
from storage.schema import facilitators, identities, members, registrations

_TEAM = select(facilitators.c.platform, facilitators.c.account).order_by(
    facilitators.c.platform, facilitators.c.account
)
# Locked, so that when the last two remove each other at once, one stays.
_LOCKED_TEAM = _TEAM.with_for_update()
_may_host = or_(on_team(identities), identities.c.organised_at.is_not(None))
_is_latest = same_address(members, identities)
_TEAM_MEMBERS = (
    select(members.c.id, identities.c.platform, identities.c.account, _is_latest.label("is_latest"))
    .join_from(identities, members, identities.c.member == members.c.id)
    .order_by(identities.c.platform, identities.c.account)
)
_ON_TEAM = _TEAM_MEMBERS.where(_may_host)
_IDENTITIES = select(identities.c.platform, identities.c.account, _may_host.label("may_host")).where(
    identities.c.member == bindparam("member_id")
)
_REGISTERED_FROM = (
    select(registrations.c.platform, registrations.c.account)
    .add_columns(on_team(registrations).label("is_on_team"), identities.c.organised_at)
    .select_from(registrations.outerjoin(identities, same_address(identities, registrations)))
    .where(registrations.c.id == bindparam("registration_id"))
)
_BY_ADDRESS = _TEAM_MEMBERS.where(is_at(identities))
_KEEP_ORGANISER = (
    update(identities)
    .where(
        is_at(identities),
        or_(identities.c.organised_at.is_(None), identities.c.organised_at < bindparam("before")),
    )
    .values(organised_at=bindparam("now"))
)
_FORGET_ORGANISER = (
    update(identities)
    .where(
        is_at(identities),
        identities.c.organised_at.is_not(None),
    )
    .values(organised_at=None)
)
KEEP_ORGANISER_EVERY = timedelta(days=1)
_ADD = insert(facilitators).on_conflict_do_nothing()
_REMOVE = delete(facilitators).where(is_at(facilitators))


class SqlFacilitatorRepository(Repository):
    def addresses(self) -> list[Address]:
        return [Address(row.platform, row.account) for row in self._all(_TEAM)]

    def members(self, named: Collection[Address]) -> dict[int, Address]:
        rows = list(self._all(_ON_TEAM))
        for address in named:
            rows += self._all(_BY_ADDRESS, **at(address))
        # The later row wins: the address from which the member wrote last.
        rows.sort(key=lambda row: bool(row.is_latest))
        return {row.id: Address(row.platform, row.account) for row in rows}

    def addresses_of(self, member: int, named: Collection[Address]) -> list[Address]:
        addresses = [
            (Address(row.platform, row.account), row.may_host) for row in self._all(_IDENTITIES, member_id=member)
        ]
        return [address for address, may_host in addresses if may_host or address in named]

    def host_address(self, registration: int, named: Collection[Address], now: datetime) -> Address | None:
        row = self._one(_REGISTERED_FROM, registration_id=registration)
        if row is None or not row.account:
            return None
        address = Address(row.platform, row.account)
        may_host = row.is_on_team or may_still_organise(row.organised_at, now)
        return address if may_host or address in named else None

    def keep_organiser(self, address: Address, now: datetime) -> None:
        before = now - KEEP_ORGANISER_EVERY
        self._do(_KEEP_ORGANISER, **at(address), before=before, now=now)

    def forget_organiser(self, address: Address) -> None:
        self._do(_FORGET_ORGANISER, **at(address))

    def add(self, address: Address) -> bool:
        return self._changed(_ADD, platform=address.platform, account=address.account) == 1

    def remove(self, address: Address, *, keep_one: bool = False) -> bool:
        if keep_one and len(self._all(_LOCKED_TEAM)) < 2:
            return False
        return self._changed(_REMOVE, **at(address)) == 1
