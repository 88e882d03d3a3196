"""The places: taken one by one, each counted in the very statement that takes it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, and_, bindparam, delete, select, update

from bot.gatherings.model import Status
from bot.meetings.model import MeetingState
from bot.registrations.model import DoorVisit, Registration
from bot.secrets import LinkKey, ZoomLink
from storage.engine.statements import insert
from storage.repositories.gatherings import COLUMNS, opened, read_gathering
from storage.repositories.origin import ORIGIN
from storage.repositories.repository import Repository
from storage.schema import admissions, former_registrations, gatherings, meetings, members, passes, registrations

_a, _g = admissions.c, gatherings.c
_r, _m = registrations.c, members.c
_ENTER = insert(admissions).values(**ORIGIN).on_conflict_do_nothing()
# For many rows at once SQLAlchemy repeats the values, and does not number the parameters of a subquery in them anew:
# so here the addresses are read before.
_ENTER_EACH = insert(admissions).on_conflict_do_nothing().returning(_a.member)
_ADDRESSES = (
    select(_m.id, _m.platform, _m.account)
    .where(_m.id.in_(bindparam("which", expanding=True)))
    # In order of number, so that two rushes of the same members never wait for each other.
    .order_by(_m.id)
)
_TAKE_PLACES = (
    update(gatherings)
    .where(
        _g.id == bindparam("what"),
        _g.admitted + bindparam("places", type_=Integer) <= _g.admission_limit,
        _g.status == Status.PUBLISHED.value,
        _g.closed_at.is_(None),
    )
    .values(admitted=_g.admitted + bindparam("places", type_=Integer))
)
_LEAVE = delete(admissions).where(_a.gathering == bindparam("what"), _a.member == bindparam("who"))
_EMPTY = delete(admissions).where(_a.gathering == bindparam("what"))
_NOBODY = update(gatherings).where(_g.id == bindparam("what")).values(admitted=0)
_ADMITTED = select(_a.at).where(_a.gathering == bindparam("what"), _a.member == bindparam("who"))
_ARRIVALS = (
    select(
        *COLUMNS,
        _r.id.label("registration"),
        _r.member.label("who"),
        _r.at.label("registered_at"),
        _r.nonce,
        _r.by_id,
        _a.at.label("admitted_at"),
        _m.name.label("name"),
        _m.chosen_language,
        _m.chosen_zone,
        _m.zone.label("known_zone"),
    )
    .select_from(
        registrations.join(gatherings, _g.id == _r.gathering)
        .join(members, _m.id == _r.member)
        .outerjoin(admissions, (_a.gathering == _r.gathering) & (_a.member == _r.member))
    )
    .where(_r.id.in_(bindparam("which", expanding=True)), _g.status != Status.DRAFT.value)
)
_FORMER = select(former_registrations).where(former_registrations.c.former.in_(bindparam("which", expanding=True)))
_ROOMS = (
    select(_g.id, _g.zoom_link, meetings.c.standing, meetings.c.common_link_from)
    .select_from(
        gatherings.outerjoin(
            meetings, and_(meetings.c.gathering == _g.id, meetings.c.standing != MeetingState.GONE.value)
        )
    )
    .where(_g.id.in_(bindparam("which", expanding=True)))
)

_PERSONAL_LINKS = (
    select(_r.member, _r.gathering, passes.c.registration, passes.c.link)
    .select_from(passes.join(registrations, _r.id == passes.c.registration))
    .where(
        passes.c.gathering.in_(bindparam("rooms", expanding=True)),
        _r.member.in_(bindparam("who", expanding=True)),
        passes.c.standing == MeetingState.STANDS.value,
    )
)


class SqlAdmissionRepository(Repository):
    __slots__ = ()

    def admit(self, member: int, gathering: int, now: datetime) -> bool:
        # First the name, then the place. Under READ COMMITTED the insert waits for a rival of the same member
        # and the update for whoever holds the gathering's row, and then judges the count as it has become.
        if not self._changed(_ENTER, gathering=gathering, member=member, at=now, made_by=member):
            return True
        if self._changed(_TAKE_PLACES, what=gathering, places=1):
            return True
        self._do(_LEAVE, what=gathering, who=member)
        return False

    def clear(self, gathering: int) -> None:
        self._do(_EMPTY, what=gathering)
        self._do(_NOBODY, what=gathering)

    def is_admitted(self, member: int, gathering: int) -> bool:
        return self._one(_ADMITTED, what=gathering, who=member) is not None

    def admit_many(self, members: Sequence[int], gathering: int, now: datetime) -> set[int]:
        if not members:
            return set()
        rows = [
            {"gathering": gathering, "member": each.id, "at": now, "platform": each.platform, "account": each.account}
            for each in self._all(_ADDRESSES, which=sorted(set(members)))
        ]
        if len(rows) != len(set(members)):
            raise LookupError("one of those who were to come in is no member any more")
        new = set(self._connection.execute(_ENTER_EACH, rows).scalars())
        if not new or self._changed(_TAKE_PLACES, what=gathering, places=len(new)):
            return set(members)
        in_order = dict.fromkeys(each for each in members if each in new)
        return (set(members) - new) | self._first_come(in_order, gathering)

    def _first_come(self, members: Collection[int], gathering: int) -> set[int]:
        """Not all find a place: one by one, as long as there are any; the others are not in after all."""
        placed: set[int] = set()
        for each in members:
            if self._changed(_TAKE_PLACES, what=gathering, places=1):
                placed.add(each)
            else:
                self._do(_LEAVE, what=gathering, who=each)
        return placed

    def visits(self, links: Collection[LinkKey]) -> dict[LinkKey, DoorVisit]:
        found = self._arrivals({each.id for each in links})
        known = {
            link: found[link.id][0]
            for link in links
            if link.id in found and link.names(found[link.id][1], by_id=found[link.id][2])
        }
        missing = [each for each in links if each.id not in found]
        return known | self._former_arrivals(missing) if missing else known

    def _former_arrivals(self, links: Collection[LinkKey]) -> dict[LinkKey, DoorVisit]:
        """Rare: links of somebody who has since become one with their other self. They go on leading in."""
        rows = {row.former: row for row in self._all(_FORMER, which=sorted({each.id for each in links}))}
        named = [(each, rows[each.id]) for each in links if each.id in rows]
        leads_to = {link: row.registration for link, row in named if link.names(row.nonce, by_id=row.by_id)}
        kept = {number: visit for number, (visit, _, _) in self._arrivals(set(leads_to.values())).items()}
        return {
            link: replace(kept[number], registration=replace(kept[number].registration, id=link.id, nonce=link.nonce))
            for link, number in leads_to.items()
            if number in kept
        }

    def _arrivals(self, registrations: Collection[int]) -> dict[int, tuple[DoorVisit, str, bool]]:
        """By id, with what a link must hold to name it: the nonce, or the id alone."""
        if not registrations:
            return {}
        rows = self._all(_ARRIVALS, which=sorted(registrations))
        shared = {row.id: row for row in rows}  # a rush is for one gathering: it is read once
        known = {each: read_gathering(row) for each, row in shared.items()}
        return {
            row.registration: (
                DoorVisit(
                    Registration(row.registration, row.id, row.who, row.registered_at, row.nonce),
                    known[row.id],
                    inside=row.admitted_at is not None,
                    first_name=(row.name.split() or [""])[0],
                    language=row.chosen_language,
                    zone=row.chosen_zone or row.known_zone,
                ),
                row.nonce,
                row.by_id,
            )
            for row in rows
        }

    def links(self, visits: Collection[DoorVisit], now: datetime) -> dict[int, ZoomLink]:
        rooms = {each.gathering.id for each in visits}
        if not rooms:
            return {}
        found_rooms = self._all(_ROOMS, which=sorted(rooms))
        common = {row.id: opened(row.zoom_link, row.id) if _is_shared(row, now) else None for row in found_rooms}
        with_passes = [row.id for row in found_rooms if row.standing == MeetingState.STANDS.value]
        own = self._personal_links(with_passes, {each.registration.member for each in visits})
        found = {
            each.registration.id: own.get((each.gathering.id, each.registration.member))
            or common.get(each.gathering.id)
            for each in visits
        }
        return {registration: link for registration, link in found.items() if link is not None}

    def _personal_links(self, rooms: Collection[int], members: Collection[int]) -> dict[tuple[int, int], ZoomLink]:
        """By gathering and member."""
        if not rooms or not members:
            return {}
        found = self._all(_PERSONAL_LINKS, rooms=sorted(rooms), who=sorted(members))
        links = (((row.gathering, row.member), opened(row.link, row.gathering, row.registration)) for row in found)
        return {whose: link for whose, link in links if link is not None}


def _is_shared(room: Any, now: datetime) -> bool:
    """Whether its link is for everybody: one that a facilitator gave is; a meeting's common link leads whoever has it
    to Zoom's registration, and is kept back while passes can be made. One that is being made anew leads nowhere.
    """
    if room.standing is None:
        return True
    shared_from: datetime | None = room.common_link_from
    return room.standing == MeetingState.STANDS.value and shared_from is not None and shared_from <= now
