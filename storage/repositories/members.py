"""Members: their identities, their settings, and the address from which they wrote last."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, bindparam, delete, exists, func, null, select, tuple_, update

from bot.addresses import Address
from bot.members.model import NAME_LIMIT, Member, MemberSettings, Person
from bot.secrets import LinkKey
from storage.engine.statements import insert, new_nonce
from storage.repositories.addresses import at, is_at, same_address
from storage.repositories.repository import Repository
from storage.schema import facilitators, former_members, identities, interactions, members

_f, _i, _m = facilitators.c, identities.c, members.c


COLUMNS = [
    *(_m.name, _m.language, _m.zone, _m.chosen_language, _m.chosen_zone, _m.muted, _m.by_direct_message),
    *(_m.afterwards, _m.letters, _m.unreached, _m.nonce, _m.zone_asked, _m.agreed, _m.agreed_at),
]
"""What `read_member` reads besides the id, the address and whether they are on the team."""


def on_team(table: Table) -> ColumnElement[bool]:
    """Whether the address in this table's row is on the team: this very address, not another of the same member."""
    return exists().where(same_address(facilitators, table))


_BY_ID = select(members, on_team(members).label("facilitates"), null().label("organised_at")).where(
    _m.id == bindparam("member_id")
)
_SUCCESSOR = select(former_members.c.member).where(former_members.c.former == bindparam("member_id"))
_BY_ADDRESS = (
    select(members, on_team(identities).label("facilitates"), _i.organised_at)
    .add_columns(_i.name.label("identity_name"))
    .join_from(identities, members, _i.member == _m.id)
    .where(is_at(identities))
)
_ADD = insert(members).returning(_m.id)
_ADD_IDENTITY = insert(identities).on_conflict_do_nothing()
_DELETE = delete(members).where(_m.id == bindparam("member_id"))
# The values to set come with the parameters, by the columns' names.
_UPDATE = update(members).where(_m.id == bindparam("member_id"))

_CLAIM_INTERACTION = insert(interactions).on_conflict_do_nothing()
_RENAME_IDENTITY = update(identities).where(is_at(identities)).values(name=bindparam("new_name"))
_NAMES = (
    select(_i.platform, _i.account)
    .add_columns(func.coalesce(func.nullif(_i.name, ""), _m.name).label("name"))
    .select_from(identities.join(members, _m.id == _i.member))
    .where(tuple_(_i.platform, _i.account).in_(bindparam("addresses", expanding=True)))
)
SEEN_EVERY = timedelta(hours=1)
"""How precisely `seen_at` is stored. To be exact, every Request would have to write it."""


class SqlMemberRepository(Repository):
    def get_or_create(self, person: Person, now: datetime) -> Member:
        address = person.address
        row = self._one(_BY_ADDRESS, **at(address))
        if row is None:
            self._add(person, now)
            # Read back: another process may have created the same member at the same instant.
            row = self._only(_BY_ADDRESS, **at(address))
        name = _printable_name(person)
        if name and name != row.identity_name:
            self._do(_RENAME_IDENTITY, **at(address), new_name=name)
        if row.seen_at is None or now - row.seen_at >= SEEN_EVERY:
            self._do(_UPDATE, member_id=row.id, seen_at=now)
        name, language, zone = name or row.name, person.language or row.language, person.zone or row.zone
        latest = (name, address.platform, address.account, language, zone)
        if latest != (row.name, row.platform, row.account, row.language, row.zone):
            self._do(
                _UPDATE,
                member_id=row.id,
                name=name,
                platform=address.platform,
                account=address.account,
                language=language,
                zone=zone,
            )
        return read_member(row, row.id, name, address, language, zone)

    def at(self, address: Address) -> Member | None:
        row = self._one(_BY_ADDRESS, **at(address))
        return None if row is None else _stored(row, address)

    def _add(self, person: Person, now: datetime) -> None:
        address = person.address
        added = self._all(
            _ADD,
            name=_printable_name(person),
            platform=address.platform,
            account=address.account,
            language=person.language,
            zone=person.zone,
            since=now,
            nonce=new_nonce(),
            seen_at=now,
        )
        member = added[0].id
        identity = {"platform": address.platform, "account": address.account, "name": _printable_name(person)}
        if not self._changed(_ADD_IDENTITY, member=member, **identity):
            self._do(_DELETE, member_id=member)

    def get(self, member: int) -> Member | None:
        row = self._one(_BY_ID, member_id=member) or self._one(_BY_ID, member_id=self._successor(member))
        return None if row is None else _stored(row, Address(row.platform, row.account))

    def _successor(self, member: int) -> int | None:
        """The member that this one was merged into, if any."""
        successor: int | None = self._value(_SUCCESSOR, member_id=member)
        return successor

    def save_settings(self, member: int, settings: MemberSettings) -> None:
        self._do(
            _UPDATE,
            member_id=member,
            chosen_language=settings.language,
            chosen_zone=settings.zone,
            muted=settings.muted,
            by_direct_message=settings.by_direct_message,
            afterwards=settings.afterwards,
            letters=settings.letters,
        )

    def mark_unreached(self, member: int, unreached: bool) -> None:
        if not self._changed(_UPDATE, member_id=member, unreached=unreached):
            self._do(_UPDATE, member_id=self._successor(member), unreached=unreached)

    def mark_zone_asked(self, member: int) -> None:
        self._do(_UPDATE, member_id=member, zone_asked=True)

    def save_agreement(self, member: int, version: str, now: datetime) -> None:
        self._do(_UPDATE, member_id=member, agreed=version, agreed_at=now)

    def calendar_owner(self, link: LinkKey) -> Member | None:
        row = self._one(_BY_ID, member_id=link.id)
        if row is None or not link.names(row.nonce, by_id=row.by_id):
            return None
        return _stored(row, Address(row.platform, row.account))

    def renew_calendar(self, member: int) -> LinkKey:
        link = LinkKey(member, new_nonce())
        self._do(_UPDATE, member_id=member, nonce=link.nonce, by_id=False)
        return link

    def claim_interaction(self, key: str, now: datetime) -> bool:
        return self._changed(_CLAIM_INTERACTION, key=key, at=now) == 1

    def names(self, addresses: Collection[Address]) -> dict[Address, str]:
        if not addresses:
            return {}
        rows = self._all(_NAMES, addresses=[(address.platform, address.account) for address in addresses])
        return {Address(row.platform, row.account): row.name for row in rows}


def _printable_name(person: Person) -> str:
    """The name as it is stored: without unprintable characters, cut to its limit."""
    name = person.name
    return (name if name.isprintable() else "".join(filter(str.isprintable, name)))[:NAME_LIMIT]


def _stored(row: Row[Any], address: Address) -> Member:
    return read_member(row, row.id, row.name, address, row.language, row.zone)


def read_member(
    row: Row[Any], number: int, name: str, address: Address, language: str | None, zone: str | None
) -> Member:
    return Member(
        id=number,
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
            letters=row.letters,
        ),
        facilitates=bool(row.facilitates),
        organised_at=row.organised_at,
        unreached=row.unreached,
        zone_asked=row.zone_asked,
        agreed=row.agreed,
        agreed_at=row.agreed_at,
        calendar=LinkKey(number, row.nonce),
    )
