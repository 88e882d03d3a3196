"""Who they are, where they were last heard, and who facilitates."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, bindparam, delete, exists, func, select, tuple_, update

from bot.addresses import Address
from bot.members.model import NAME_LIMIT, Member, MemberSettings, Person
from bot.secrets import LinkKey
from storage.engine.statements import insert, new_nonce
from storage.repositories.repository import Repository
from storage.schema import facilitators, former_members, identities, interactions, members


def on_team(at: Table) -> ColumnElement[bool]:
    """Whether the address in this table's row was added to the team: the very address, whoever else its member is."""
    f = facilitators.c
    return exists().where(f.platform == at.c.platform, f.account == at.c.account)


_BY_ID = select(members, on_team(members).label("facilitates")).where(members.c.id == bindparam("member"))
_FORMER = select(former_members.c.member).where(former_members.c.former == bindparam("who"))
_BY_ADDRESS = (
    select(members, on_team(identities).label("facilitates"), identities.c.name.label("called"))
    .join_from(identities, members, identities.c.member == members.c.id)
    .where(identities.c.platform == bindparam("on"), identities.c.account == bindparam("as_"))
)
_ADD = insert(members).returning(members.c.id)
_NAME_IT = insert(identities).on_conflict_do_nothing()
_REMOVE = delete(members).where(members.c.id == bindparam("which"))
# The values to set come with the parameters, under the columns' own names.
_CHANGE = update(members).where(members.c.id == bindparam("which"))

_HEAR = insert(interactions).on_conflict_do_nothing()
_CALL_IT = (
    update(identities)
    .where(identities.c.platform == bindparam("on"), identities.c.account == bindparam("as_"))
    .values(name=bindparam("called"))
)
_NAMES = (
    select(identities.c.platform, identities.c.account)
    .add_columns(func.coalesce(func.nullif(identities.c.name, ""), members.c.name).label("name"))
    .select_from(identities.join(members, members.c.id == identities.c.member))
    .where(tuple_(identities.c.platform, identities.c.account).in_(bindparam("which", expanding=True)))
)
SEEN_EVERY = timedelta(hours=1)
"""How exactly it is kept when somebody was last seen: to the moment, every Ask would have to write it."""


class SqlMemberRepository(Repository):
    __slots__ = ()

    def get_or_create(self, person: Person, now: datetime) -> Member:
        address = person.address
        row = self._one(_BY_ADDRESS, on=address.platform, as_=address.account)
        if row is None:
            self._add(person, now)
            # Read back: another process may have met the same person at the same instant.
            row = self._one(_BY_ADDRESS, on=address.platform, as_=address.account)
            if row is None:
                raise LookupError("a member just kept is not there")
        called = _name(person)
        if called and called != row.called:
            self._do(_CALL_IT, on=address.platform, as_=address.account, called=called)
        if row.seen_at is None or now - row.seen_at >= SEEN_EVERY:
            self._do(_CHANGE, which=row.id, seen_at=now)
        name, language, zone = called or row.name, person.language or row.language, person.zone or row.zone
        heard = (name, address.platform, address.account, language, zone)
        if heard != (row.name, row.platform, row.account, row.language, row.zone):
            self._do(
                _CHANGE,
                which=row.id,
                name=name,
                platform=address.platform,
                account=address.account,
                language=language,
                zone=zone,
            )
        return _member(row, name, address, language, zone)

    def _add(self, person: Person, now: datetime) -> None:
        address = person.address
        member = self._do(
            _ADD,
            name=_name(person),
            platform=address.platform,
            account=address.account,
            language=person.language,
            zone=person.zone,
            since=now,
            nonce=new_nonce(),
            seen_at=now,
        ).scalar_one()
        named = {"platform": address.platform, "account": address.account, "name": _name(person)}
        if not self._changed(_NAME_IT, member=member, **named):
            self._do(_REMOVE, which=member)

    def get(self, member: int) -> Member | None:
        row = self._one(_BY_ID, member=member) or self._one(_BY_ID, member=self._merged_into(member))
        if row is None:
            return None
        return _member(row, row.name, Address(row.platform, row.account), row.language, row.zone)

    def _merged_into(self, member: int) -> int | None:
        """Whom a member became one with, if they did."""
        now: int | None = self._do(_FORMER, who=member).scalar()
        return now

    def save_settings(self, member: int, settings: MemberSettings) -> None:
        self._do(
            _CHANGE,
            which=member,
            chosen_language=settings.language,
            chosen_zone=settings.zone,
            muted=settings.muted,
            by_direct_message=settings.by_direct_message,
            afterwards=settings.afterwards,
        )

    def mark_unreached(self, member: int, unreached: bool) -> None:
        if not self._changed(_CHANGE, which=member, unreached=unreached):
            self._do(_CHANGE, which=self._merged_into(member), unreached=unreached)

    def calendar_owner(self, link: LinkKey) -> Member | None:
        row = self._one(_BY_ID, member=link.id)
        if row is None or not link.names(row.nonce, by_id=row.by_id):
            return None
        return _member(row, row.name, Address(row.platform, row.account), row.language, row.zone)

    def renew_calendar(self, member: int) -> LinkKey:
        made = LinkKey(member, new_nonce())
        self._do(_CHANGE, which=member, nonce=made.nonce, by_id=False)
        return made

    def claim_interaction(self, key: str, now: datetime) -> bool:
        return self._changed(_HEAR, key=key, at=now) == 1

    def names(self, addresses: Collection[Address]) -> dict[Address, str]:
        if not addresses:
            return {}
        rows = self._all(_NAMES, which=[(each.platform, each.account) for each in addresses])
        return {Address(row.platform, row.account): row.name for row in rows}


def _name(person: Person) -> str:
    """The name as it is kept: without what cannot be printed, cut to its limit."""
    name = person.name
    return (name if name.isprintable() else "".join(filter(str.isprintable, name)))[:NAME_LIMIT]


def _member(row: Row[Any], name: str, address: Address, language: str | None, zone: str | None) -> Member:
    return Member(
        id=row.id,
        name=name,
        address=address,
        language=language,
        zone=zone,
        settings=MemberSettings(
            language=row.chosen_language,
            zone=row.chosen_zone,
            muted=row.muted,
            by_direct_message=row.by_direct_message,
            afterwards=row.afterwards,
        ),
        facilitates=bool(row.facilitates),
        unreached=row.unreached,
        calendar=LinkKey(row.id, row.nonce),
    )
