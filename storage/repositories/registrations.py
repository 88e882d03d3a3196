"""Registrations, and the roster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, select

from bot.addresses import Address
from bot.gatherings.model import Gathering, Status
from bot.notifications.model import Audience, NotificationKind, Receipt, audience
from bot.platform import platform_of
from bot.registrations.model import Registrant, Registration, RosterLine
from storage.engine.statements import insert, new_nonce
from storage.repositories.gathering_rows import COLUMNS, read_gathering
from storage.repositories.gatherings import HAS_TITLE, named, words_pattern
from storage.repositories.origin import ORIGIN
from storage.repositories.repository import Repository
from storage.schema import admissions, gatherings, identities, members, notices, passes, registrations

_r = registrations.c
_ADD = insert(registrations).values(**ORIGIN).on_conflict_do_nothing().returning(_r.id)
_BY_MEMBER = select(_r.id, _r.gathering, _r.member, _r.at, _r.nonce).where(
    _r.member == bindparam("member_id"), _r.gathering == bindparam("gathering_id")
)
_REMOVE = delete(registrations).where(_r.member == bindparam("member_id"), _r.gathering == bindparam("gathering_id"))
_AMONG = select(_r.gathering).where(
    _r.member == bindparam("member_id"), _r.gathering.in_(bindparam("gathering_ids", expanding=True))
)
# Starts from upcoming gatherings and probes the unique index for each: past registrations cost nothing.
_GATHERINGS = (
    select(*COLUMNS)
    .where(
        gatherings.c.status == Status.PUBLISHED.value,
        gatherings.c.ends_at > bindparam("now"),
        exists().where(_r.member == bindparam("member_id"), _r.gathering == gatherings.c.id),
    )
    .order_by(gatherings.c.starts_at, gatherings.c.id)
)
_GATHERINGS_BY_TITLE = _GATHERINGS.where(HAS_TITLE)
_CALENDAR = (
    select(*COLUMNS, _r.id.label("registration"), _r.at.label("registered_at"), _r.nonce)
    .select_from(registrations.join(gatherings, gatherings.c.id == _r.gathering))
    .where(
        _r.member == bindparam("member_id"),
        gatherings.c.status != Status.DRAFT.value,
        gatherings.c.ends_at > bindparam("since"),
    )
    .order_by(gatherings.c.starts_at, gatherings.c.id)
)
_with_members = registrations.join(members, members.c.id == _r.member)
_with_admissions = _with_members.outerjoin(
    admissions, (admissions.c.gathering == _r.gathering) & (admissions.c.member == _r.member)
)
_elsewhere = (
    exists()
    .where(identities.c.member == members.c.id, identities.c.platform != members.c.platform)
    .correlate(members)
    .label("elsewhere")
)
_ROSTER = (
    select(
        _r.member,
        members.c.name,
        members.c.platform,
        _r.at,
        admissions.c.at.label("admitted_at"),
        passes.c.logged_in_at,
        _r.turned_away_at,
        members.c.letters,
        _elsewhere,
    )
    .select_from(_with_admissions.outerjoin(passes, passes.c.registration == _r.id))
    .where(_r.gathering == bindparam("gathering_id"))
    .order_by(_r.id)
)
_REGISTRANTS = (
    select(
        _r.member,
        members.c.platform,
        members.c.account,
        _r.at,
        admissions.c.at.label("admitted_at"),
        members.c.by_direct_message,
        members.c.muted,
        members.c.afterwards,
        members.c.letters,
        _elsewhere,
    )
    .select_from(_with_admissions)
    .where(_r.gathering == bindparam("gathering_id"))
    .order_by(_r.id)
)
TO_FACILITATORS = sorted(kind.value for kind in NotificationKind if audience(kind) is Audience.FACILITATORS)
_RECEIPTS = (
    select(notices.c.member, notices.c.kind, notices.c.state)
    .where(
        notices.c.gathering == bindparam("gathering_id"),
        notices.c.member.is_not(None),
        notices.c.kind.not_in(TO_FACILITATORS),
    )
    .order_by(notices.c.id)
)
_COUNT_BY_PLATFORM = (
    select(members.c.platform, func.count().label("registrants"))
    .select_from(_with_members)
    .where(_r.gathering == bindparam("gathering_id"))
    .group_by(members.c.platform)
)


class SqlRegistrationRepository(Repository):
    def add(self, member: int, gatherings: Iterable[int], now: datetime) -> list[Registration]:
        return [self._register(member, gathering, now) for gathering in gatherings]

    def _register(self, member: int, gathering: int, now: datetime) -> Registration:
        nonce = new_nonce()
        added = self._one(_ADD, member=member, gathering=gathering, at=now, nonce=nonce, made_by=member)
        if added is not None:
            return Registration(added.id, gathering, member, now, nonce)
        stored = self.get(member, gathering)
        if stored is None:
            raise LookupError(f"the registration for gathering {gathering} was removed while it was being added")
        return stored

    def remove(self, member: int, gatherings: Iterable[int]) -> list[int]:
        return [
            gathering for gathering in gatherings if self._changed(_REMOVE, member_id=member, gathering_id=gathering)
        ]

    def get(self, member: int, gathering: int) -> Registration | None:
        row = self._one(_BY_MEMBER, member_id=member, gathering_id=gathering)
        return None if row is None else Registration(row.id, row.gathering, row.member, row.at, row.nonce)

    def gatherings_of(self, member: int, now: datetime, *, titled: str = "") -> list[Gathering]:
        if titled:
            rows = self._all(_GATHERINGS_BY_TITLE, member_id=member, now=now, title_like=words_pattern(titled))
            return named(titled, [read_gathering(row) for row in rows])
        rows = self._all(_GATHERINGS, member_id=member, now=now)
        return [read_gathering(row) for row in rows]

    def calendar(self, member: int, since: datetime) -> list[tuple[Gathering, Registration]]:
        return [
            (read_gathering(row), Registration(row.registration, row.id, member, row.registered_at, row.nonce))
            for row in self._all(_CALENDAR, member_id=member, since=since)
        ]

    def among(self, member: int, gatherings: Collection[int]) -> set[int]:
        if not gatherings:
            return set()
        return {row.gathering for row in self._all(_AMONG, member_id=member, gathering_ids=list(gatherings))}

    def roster(self, gathering: int) -> list[RosterLine]:
        receipts: defaultdict[int, list[tuple[str, Receipt]]] = defaultdict(list)
        for row in self._all(_RECEIPTS, gathering_id=gathering):
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
                row.turned_away_at,
                _hears(row),
            )
            for row in self._all(_ROSTER, gathering_id=gathering)
        ]

    def registrants(self, gathering: int) -> list[Registrant]:
        return [
            Registrant(
                member=row.member,
                address=Address(row.platform, row.account),
                registered_at=row.at,
                admitted=row.admitted_at is not None,
                by_direct_message=row.by_direct_message,
                muted=row.muted,
                afterwards=row.afterwards,
                hears=_hears(row),
            )
            for row in self._all(_REGISTRANTS, gathering_id=gathering)
        ]

    def count_by_platform(self, gathering: int) -> dict[str, int]:
        return {row.platform: row.registrants for row in self._all(_COUNT_BY_PLATFORM, gathering_id=gathering)}


def _hears(row: Any) -> bool:
    return row.letters or row.elsewhere or not platform_of(row.platform).by_letter
