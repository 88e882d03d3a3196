"""Who means to come, and the roster of who did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import bindparam, delete, exists, func, select

from bot.gatherings.model import Gathering, Status
from bot.notifications.model import Receipt
from bot.registrations.model import Registrant, Registration, RosterLine
from storage.engine.statements import insert, new_nonce
from storage.repositories.gatherings import COLUMNS, TITLED, read_gathering, title_pattern
from storage.repositories.origin import ORIGIN
from storage.repositories.repository import Repository
from storage.schema import admissions, gatherings, members, notices, passes, registrations

_r = registrations.c
_REGISTER = insert(registrations).values(**ORIGIN).on_conflict_do_nothing().returning(_r.id)
_BY_PAIR = select(_r.id, _r.gathering, _r.member, _r.at, _r.nonce).where(
    _r.member == bindparam("who"), _r.gathering == bindparam("what")
)
_UNREGISTER = delete(registrations).where(_r.member == bindparam("who"), _r.gathering == bindparam("what"))
_AMONG = select(_r.gathering).where(_r.member == bindparam("who"), _r.gathering.in_(bindparam("which", expanding=True)))
# Driven by the gatherings still to come, each probed in the unique index: a long past of one's own costs nothing.
_REGISTERED = (
    select(*COLUMNS)
    .where(
        gatherings.c.status == Status.PUBLISHED.value,
        gatherings.c.ends_at > bindparam("now"),
        exists().where(_r.member == bindparam("who"), _r.gathering == gatherings.c.id),
    )
    .order_by(gatherings.c.starts_at, gatherings.c.id)
)
_REGISTERED_TITLED = _REGISTERED.where(TITLED)
_CALENDAR = (
    select(*COLUMNS, _r.id.label("registration"), _r.at.label("registered_at"), _r.nonce)
    .select_from(registrations.join(gatherings, gatherings.c.id == _r.gathering))
    .where(
        _r.member == bindparam("who"),
        gatherings.c.status != Status.DRAFT.value,
        gatherings.c.ends_at > bindparam("since"),
    )
    .order_by(gatherings.c.starts_at, gatherings.c.id)
)
_everyone = (
    registrations.join(members, members.c.id == _r.member)
    .outerjoin(
        admissions, (admissions.c.gathering == _r.gathering) & (admissions.c.member == _r.member)
    )
)  # fmt: skip
_ROSTER = (
    select(
        _r.member,
        members.c.name,
        members.c.platform,
        _r.at,
        admissions.c.at.label("admitted_at"),
        passes.c.logged_in_at,
    )
    .select_from(_everyone.outerjoin(passes, passes.c.registration == _r.id))
    .where(_r.gathering == bindparam("what"))
    .order_by(_r.id)
)
_REGISTRANTS = (
    select(
        _r.member,
        members.c.platform,
        _r.at,
        admissions.c.at.label("admitted_at"),
        members.c.by_direct_message,
        members.c.muted,
        members.c.afterwards,
    )
    .select_from(_everyone)
    .where(_r.gathering == bindparam("what"))
    .order_by(_r.id)
)
_RECEIPTS = (
    select(notices.c.member, notices.c.kind, notices.c.state)
    .where(notices.c.gathering == bindparam("what"), notices.c.member.is_not(None))
    .order_by(notices.c.id)
)
_COUNT = (
    select(members.c.platform, func.count().label("registrants"))
    .select_from(registrations.join(members, members.c.id == _r.member))
    .where(_r.gathering == bindparam("what"))
    .group_by(members.c.platform)
)


class SqlRegistrationRepository(Repository):
    __slots__ = ()

    def add(self, member: int, gatherings: Iterable[int], now: datetime) -> list[Registration]:
        return [self._register(member, each, now) for each in gatherings]

    def _register(self, member: int, gathering: int, now: datetime) -> Registration:
        nonce = new_nonce()
        made = self._one(_REGISTER, member=member, gathering=gathering, at=now, nonce=nonce, made_by=member)
        if made is not None:
            return Registration(made.id, gathering, member, now, nonce)
        found = self.get(member, gathering)
        if found is None:
            raise LookupError(f"the registration for gathering {gathering} went while it was being made")
        return found

    def remove(self, member: int, gatherings: Iterable[int]) -> list[int]:
        return [each for each in gatherings if self._changed(_UNREGISTER, who=member, what=each)]

    def get(self, member: int, gathering: int) -> Registration | None:
        row = self._one(_BY_PAIR, who=member, what=gathering)
        return None if row is None else Registration(row.id, row.gathering, row.member, row.at, row.nonce)

    def gatherings_of(self, member: int, now: datetime, *, titled: str = "") -> list[Gathering]:
        if titled:
            rows = self._all(_REGISTERED_TITLED, who=member, now=now, titled=title_pattern(titled))
        else:
            rows = self._all(_REGISTERED, who=member, now=now)
        return [read_gathering(row) for row in rows]

    def calendar(self, member: int, since: datetime) -> list[tuple[Gathering, Registration]]:
        return [
            (read_gathering(row), Registration(row.registration, row.id, member, row.registered_at, row.nonce))
            for row in self._all(_CALENDAR, who=member, since=since)
        ]

    def among(self, member: int, gatherings: Collection[int]) -> set[int]:
        if not gatherings:
            return set()
        return {row.gathering for row in self._all(_AMONG, who=member, which=list(gatherings))}

    def roster(self, gathering: int) -> list[RosterLine]:
        receipts: defaultdict[int, list[tuple[str, Receipt]]] = defaultdict(list)
        for row in self._all(_RECEIPTS, what=gathering):
            receipts[row.member].append((row.kind, Receipt(row.state)))
        return [
            RosterLine(
                row.member,
                row.name,
                row.platform,
                row.at,
                row.admitted_at,
                tuple(receipts[row.member]),
                row.logged_in_at,
            )
            for row in self._all(_ROSTER, what=gathering)
        ]

    def registrants(self, gathering: int) -> list[Registrant]:
        return [
            Registrant(
                member=row.member,
                platform=row.platform,
                registered_at=row.at,
                admitted=row.admitted_at is not None,
                by_direct_message=row.by_direct_message,
                muted=row.muted,
                afterwards=row.afterwards,
            )
            for row in self._all(_REGISTRANTS, what=gathering)
        ]

    def count_by_platform(self, gathering: int) -> dict[str, int]:
        return {row.platform: row.registrants for row in self._all(_COUNT, what=gathering)}
