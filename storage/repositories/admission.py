"""Admissions: each place is counted in the statement that takes it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Integer, Row, and_, bindparam, delete, select, update

from bot.gatherings.model import Status
from bot.meetings.model import MeetingState
from bot.registrations.model import DoorVisit, Registration
from bot.secrets import LinkKey, ZoomLink
from storage.engine.statements import insert
from storage.repositories.gathering_rows import COLUMNS, open_link, read_gathering
from storage.repositories.origin import ORIGIN
from storage.repositories.repository import Repository
from storage.schema import (
    admissions,
    former_registrations,
    gatherings,
    meetings,
    members,
    passes,
    registrations,
    returning_places,
    waiting,
)

_a, _g = admissions.c, gatherings.c
_r, _m = registrations.c, members.c
_ADMIT = insert(admissions).values(**ORIGIN).on_conflict_do_nothing()
# For many rows SQLAlchemy repeats the values without renumbering the parameters of a subquery in them: therefore the
# addresses are read before.
_ADMIT_MANY = insert(admissions).on_conflict_do_nothing().returning(_a.member)
_ADDRESSES = (
    select(_m.id, _m.platform, _m.account)
    .where(_m.id.in_(bindparam("member_ids", expanding=True)))
    # In order of id, so that two transactions that admit the same members never deadlock.
    .order_by(_m.id)
)
_TAKE_PLACES = (
    update(gatherings)
    .where(
        _g.id == bindparam("gathering_id"),
        _g.admitted + bindparam("places", type_=Integer) <= _g.admission_limit,
        _g.status == Status.PUBLISHED.value,
        _g.closed_at.is_(None),
    )
    .values(admitted=_g.admitted + bindparam("places", type_=Integer))
)
_REMOVE = delete(admissions).where(_a.gathering == bindparam("gathering_id"), _a.member == bindparam("member_id"))
_REMOVE_ALL = delete(admissions).where(_a.gathering == bindparam("gathering_id"))
_FORGET_RETURNS = delete(returning_places).where(returning_places.c.gathering == bindparam("gathering_id"))
# Who was in at the old time has not come to the new one.
_FORGET_SIGNS = (
    update(passes)
    .where(passes.c.gathering == bindparam("gathering_id"))
    .values(seen_at=None, logged_in_at=None, left_at=None)
)
_STOP_WAITING = delete(waiting).where(waiting.c.gathering == bindparam("gathering_id"))
_RESET_COUNT = update(gatherings).where(_g.id == bindparam("gathering_id")).values(admitted=0)
_ADMITTED = select(_a.at).where(_a.gathering == bindparam("gathering_id"), _a.member == bindparam("member_id"))
_VISITS = (
    select(
        *COLUMNS,
        _r.id.label("registration"),
        _r.member,
        _r.at.label("registered_at"),
        _r.nonce,
        _r.by_id,
        _a.at.label("admitted_at"),
        waiting.c.id.is_not(None).label("waits"),
        _m.name.label("name"),
        _m.chosen_language,
        _m.chosen_zone,
        _m.zone.label("known_zone"),
    )
    .select_from(
        registrations.join(gatherings, _g.id == _r.gathering)
        .join(members, _m.id == _r.member)
        .outerjoin(admissions, (_a.gathering == _r.gathering) & (_a.member == _r.member))
        .outerjoin(waiting, waiting.c.registration == _r.id)
    )
    .where(_r.id.in_(bindparam("registration_ids", expanding=True)), _g.status != Status.DRAFT.value)
)
_FORMER = select(former_registrations).where(
    former_registrations.c.former.in_(bindparam("registration_ids", expanding=True))
)
_COMMON_LINKS = (
    select(_g.id, _g.zoom_link, meetings.c.standing, meetings.c.common_link_from)
    .select_from(
        gatherings.outerjoin(
            meetings, and_(meetings.c.gathering == _g.id, meetings.c.standing != MeetingState.GONE.value)
        )
    )
    .where(_g.id.in_(bindparam("gathering_ids", expanding=True)))
)

_PERSONAL_LINKS = (
    select(_r.member, _r.gathering, passes.c.registration, passes.c.link)
    .select_from(passes.join(registrations, _r.id == passes.c.registration))
    .where(
        passes.c.gathering.in_(bindparam("gathering_ids", expanding=True)),
        _r.member.in_(bindparam("member_ids", expanding=True)),
        passes.c.standing == MeetingState.STANDS.value,
    )
)


class _VisitRow(NamedTuple):
    """A visit, and what a link must hold to name its registration: the nonce, or the id alone."""

    visit: DoorVisit
    nonce: str
    by_id: bool


_TURN_AWAY = (
    update(registrations)
    .where(
        registrations.c.id.in_(bindparam("registration_ids", expanding=True)), registrations.c.turned_away_at.is_(None)
    )
    .values(turned_away_at=bindparam("now"))
)


class SqlAdmissionRepository(Repository):
    def admit(self, member: int, gathering: int, now: datetime) -> bool:
        # First the member's row, then the place. Under READ COMMITTED the insert waits for a concurrent one of the same
        # member, and the update for whoever has locked the gathering's row; then it sees the count as committed.
        if not self._changed(_ADMIT, gathering=gathering, member=member, at=now, made_by=member):
            return True
        if self._changed(_TAKE_PLACES, gathering_id=gathering, places=1):
            return True
        self._do(_REMOVE, gathering_id=gathering, member_id=member)
        return False

    def clear(self, gathering: int) -> None:
        for statement in (_REMOVE_ALL, _FORGET_RETURNS, _STOP_WAITING, _FORGET_SIGNS):
            self._do(statement, gathering_id=gathering)
        self._do(_RESET_COUNT, gathering_id=gathering)

    def is_admitted(self, member: int, gathering: int) -> bool:
        return self._one(_ADMITTED, gathering_id=gathering, member_id=member) is not None

    def admit_many(self, members: Sequence[int], gathering: int, now: datetime) -> set[int]:
        if not members:
            return set()
        rows = [
            {"gathering": gathering, "member": row.id, "at": now, "platform": row.platform, "account": row.account}
            for row in self._all(_ADDRESSES, member_ids=sorted(set(members)))
        ]
        if len(rows) != len(set(members)):
            raise LookupError("one of the members to be admitted does not exist any more")
        new = set(self._connection.execute(_ADMIT_MANY, rows).scalars())
        if not new or self._changed(_TAKE_PLACES, gathering_id=gathering, places=len(new)):
            return set(members)
        in_order = dict.fromkeys(member for member in members if member in new)
        return (set(members) - new) | self._admit_in_order(in_order, gathering)

    def _admit_in_order(self, members: Collection[int], gathering: int) -> set[int]:
        """There are fewer places than members: takes them one by one, and removes the rows of those left without."""
        admitted: set[int] = set()
        for member in members:
            if self._changed(_TAKE_PLACES, gathering_id=gathering, places=1):
                admitted.add(member)
            else:
                self._do(_REMOVE, gathering_id=gathering, member_id=member)
        return admitted

    def turn_away(self, registrations: Collection[int], now: datetime) -> None:
        self._do(_TURN_AWAY, registration_ids=sorted(registrations), now=now)

    def visits(self, links: Collection[LinkKey]) -> dict[LinkKey, DoorVisit]:
        rows = self._visits({link.id for link in links})
        visits = {
            link: rows[link.id].visit
            for link in links
            if link.id in rows and link.names(rows[link.id].nonce, by_id=rows[link.id].by_id)
        }
        missing = [link for link in links if link.id not in rows]
        return visits | self._former_visits(missing) if missing else visits

    def _former_visits(self, links: Collection[LinkKey]) -> dict[LinkKey, DoorVisit]:
        """Rare: links of members who have since merged into another. They keep working."""
        rows = {row.former: row for row in self._all(_FORMER, registration_ids=sorted({link.id for link in links}))}
        former = [(link, rows[link.id]) for link in links if link.id in rows]
        successors = {link: row.registration for link, row in former if link.names(row.nonce, by_id=row.by_id)}
        visits = {registration: row.visit for registration, row in self._visits(set(successors.values())).items()}
        return {
            link: replace(visits[now], registration=replace(visits[now].registration, id=link.id, nonce=link.nonce))
            for link, now in successors.items()
            if now in visits
        }

    def _visits(self, registrations: Collection[int]) -> dict[int, _VisitRow]:
        """By registration."""
        if not registrations:
            return {}
        rows = self._all(_VISITS, registration_ids=sorted(registrations))
        by_gathering = {row.id: row for row in rows}  # many visits are to one gathering: it is read once
        gatherings = {gathering: read_gathering(row) for gathering, row in by_gathering.items()}
        return {
            row.registration: _VisitRow(
                DoorVisit(
                    Registration(row.registration, row.id, row.member, row.registered_at, row.nonce),
                    gatherings[row.id],
                    inside=row.admitted_at is not None,
                    waits=bool(row.waits),
                    first_name=(row.name.split() or [""])[0],
                    language=row.chosen_language,
                    zone=row.chosen_zone or row.known_zone,
                    zone_chosen=row.chosen_zone is not None,
                ),
                row.nonce,
                row.by_id,
            )
            for row in rows
        }

    def links(self, visits: Collection[DoorVisit], now: datetime) -> dict[int, ZoomLink]:
        gatherings = {visit.gathering.id for visit in visits}
        if not gatherings:
            return {}
        rows = self._all(_COMMON_LINKS, gathering_ids=sorted(gatherings))
        common = {row.id: open_link(row.zoom_link, row.id) if _is_shared(row, now) else None for row in rows}
        with_passes = [row.id for row in rows if row.standing == MeetingState.STANDS.value]
        personal = self._personal_links(with_passes, {visit.registration.member for visit in visits})
        links = {
            visit.registration.id: personal.get((visit.gathering.id, visit.registration.member))
            or common.get(visit.gathering.id)
            for visit in visits
        }
        return {registration: link for registration, link in links.items() if link is not None}

    def _personal_links(self, gatherings: Collection[int], members: Collection[int]) -> dict[tuple[int, int], ZoomLink]:
        """By gathering and member."""
        if not gatherings or not members:
            return {}
        rows = self._all(_PERSONAL_LINKS, gathering_ids=sorted(gatherings), member_ids=sorted(members))
        links = {(row.gathering, row.member): open_link(row.link, row.gathering, row.registration) for row in rows}
        return {pair: link for pair, link in links.items() if link is not None}


def _is_shared(row: Row[Any], now: datetime) -> bool:
    """Whether a gathering's common link is for everybody.

    One that a facilitator entered is. That of a meeting of ours leads to Zoom's registration form, so it is held back
    while passes can be made; and one that is being recreated leads nowhere.
    """
    if row.standing is None:
        return True
    shared_from: datetime | None = row.common_link_from
    return row.standing == MeetingState.STANDS.value and shared_from is not None and shared_from <= now
