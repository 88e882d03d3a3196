"""Who waits at a full house, and places on their way from who did not come to who waits.

The count of places taken is changed here in one statement with the row that it counts, under the lock of the
gathering, so that it is at any time the number of admissions and of places on their way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Integer, Row, bindparam, delete, exists, func, or_, select, true, update

from bot.admission.places import Places, ReturningPlace, TakenPlace, WaitingRegistrant
from bot.meetings.model import MeetingState
from storage.engine.statements import insert, insert_or_replace
from storage.repositories.origin import ORIGIN
from storage.repositories.repository import Repository
from storage.schema import admissions, gatherings, passes, registrations, returning_places, waiting

_a, _g, _p, _r, _w, _o = admissions.c, gatherings.c, passes.c, registrations.c, waiting.c, returning_places.c
_SIGNS = (_p.seen_at, _p.logged_in_at, _p.left_at)
_has_sign = or_(*(column.is_not(None) for column in _SIGNS))
_has_pass = (_p.standing != MeetingState.BEGUN.value) & (_p.registrant != "")
_of_gathering: BindParameter[int] = bindparam("gathering_id")
_of_registration: BindParameter[int] = bindparam("registration_id")

_LOCK = select(_g.admission_limit - _g.admitted).where(_g.id == _of_gathering).with_for_update()
_CHANGE_COUNT = (
    update(gatherings)
    .where(_g.id == _of_gathering)
    .values(admitted=_g.admitted + bindparam("places", type_=Integer))
)  # fmt: skip
_registered = admissions.join(registrations, (_r.gathering == _a.gathering) & (_r.member == _a.member))
_TAKEN = (
    select(_r.id, _a.at, _a.stays, (_p.standing == MeetingState.STANDS.value).label("has_pass"), *_SIGNS)
    .select_from(_registered.outerjoin(passes, _p.registration == _r.id))
    .where(_a.gathering == _of_gathering)
)
_RETURNING = (
    select(returning_places, _r.id.label("registered"), _has_sign.label("has_sign"))
    .select_from(
        returning_places.outerjoin(registrations, _r.id == _o.registration).outerjoin(
            passes, _p.registration == _o.registration
        )
    )
    .where(_o.gathering == _of_gathering, _o.returned_at.is_(None))
)
_with_holder = returning_places.join(registrations, _r.id == _o.registration)
_ON_THEIR_WAY = (
    select(_o.registration, _o.taken_at, _o.returned_at, _r.member)
    .select_from(_with_holder)
    .where(_o.registration.in_(bindparam("registration_ids", expanding=True)), _o.returned_at.is_(None))
)
_LATE_SIGNS = (
    select(_o.registration, _o.taken_at, _o.returned_at, _r.member)
    .select_from(_with_holder.join(passes, _p.registration == _o.registration))
    .where(_o.gathering == _of_gathering, _o.returned_at.is_not(None), _has_sign)
)
_FREE_ADMISSION = delete(admissions).where(
    _a.gathering == _of_gathering,
    _a.member == select(_r.member).where(_r.id == _of_registration).scalar_subquery(),
)
_TAKEN_AT = select(_a.at).select_from(_registered).where(_r.id == _of_registration)
_BEGIN_RETURN = insert_or_replace(returning_places)
_RETURN = select(returning_places).where(_o.registration == _of_registration)
_END_RETURN = delete(returning_places).where(_o.registration == _of_registration)
_ADMIT_AGAIN = insert(admissions).values(**ORIGIN).on_conflict_do_nothing()
_COMPLETE = (
    update(returning_places)
    .where(_o.registration == _of_registration, _o.returned_at.is_(None))
    .values(returned_at=bindparam("at"))
)
_is_valid = exists().where(_p.registration == _o.registration, _p.standing != MeetingState.GONE.value)
_MARK_WITHDRAWN = (
    update(returning_places)
    .where(_o.gathering == _of_gathering, _o.withdrawn_at.is_(None), ~_is_valid)
    .values(withdrawn_at=bindparam("at"))
)
_STAY = (
    update(admissions)
    .where(_a.gathering == _of_gathering, _a.member.in_(bindparam("member_ids", expanding=True)))
    .values(stays=true())
)
_UNUSED_PASS = (
    select(_p.gathering)
    .select_from(_registered.join(passes, _p.registration == _r.id))
    .where(_r.id == _of_registration, _p.standing == MeetingState.STANDS.value, ~_has_sign, ~_a.stays)
)
_UNUSED_SINCE = (
    select(_a.at)
    .select_from(_registered.join(passes, _p.registration == _r.id))
    .where(_a.gathering == _of_gathering, _a.member == bindparam("member_id"), ~_has_sign, ~_a.stays)
)
_WAIT = (
    insert(waiting)
    .values(registration=_of_registration, gathering=_of_gathering, at=bindparam("at"))
    .on_conflict_do_nothing()
)
_STOP_WAITING = delete(waiting).where(_w.registration.in_(bindparam("registration_ids", expanding=True)))
_WAITING = (
    select(_w.registration, _r.member, _has_pass.label("has_pass"))
    .select_from(
        waiting.join(registrations, _r.id == _w.registration).outerjoin(passes, _p.registration == _w.registration)
    )
    .where(_w.gathering == _of_gathering)
    .order_by(_w.id)
)
_mine = waiting.alias()
_AHEAD = (
    select(func.count(_w.id))
    .select_from(_mine.outerjoin(waiting, (_w.gathering == _mine.c.gathering) & (_w.id < _mine.c.id)))
    .where(_mine.c.registration == _of_registration)
    .group_by(_mine.c.id)
)


class SqlPlaceRepository(Repository):
    def get(self, gathering: int) -> Places:
        # Locked: nobody takes a place, and nobody's returns, until this transaction ends.
        locked = self._only(_LOCK, gathering_id=gathering)
        return Places(
            taken=[
                TakenPlace(
                    row.id, row.at, bool(row.has_pass) and not row.stays, row.seen_at, row.logged_in_at, row.left_at
                )
                for row in self._all(_TAKEN, gathering_id=gathering)
            ],
            returning=[
                ReturningPlace(
                    row.registration,
                    row.begun_at,
                    row.withdrawn_at,
                    is_given_up=row.given_up,
                    is_registered=row.registered is not None,
                    is_used=bool(row.has_sign),
                )
                for row in self._all(_RETURNING, gathering_id=gathering)
            ],
            waiting=[row.registration for row in self._all(_WAITING, gathering_id=gathering) if row.has_pass],
            free=locked[0],
        )

    def begin_return(
        self, gathering: int, registrations: Iterable[int], now: datetime, *, given_up: bool = False
    ) -> None:
        for registration in registrations:
            taken = self._one(_TAKEN_AT, registration_id=registration)
            removed = self._changed(_FREE_ADMISSION, gathering_id=gathering, registration_id=registration)
            if taken is None or not removed:
                continue
            if self._all(_ON_THEIR_WAY, registration_ids=[registration]):
                # Taken anew while an earlier one was on its way: the two of them were counted, and one is enough.
                self._do(_CHANGE_COUNT, gathering_id=gathering, places=-1)
                continue
            self._do(
                _BEGIN_RETURN,
                registration=registration,
                gathering=gathering,
                taken_at=taken.at,
                begun_at=now,
                given_up=given_up,
                withdrawn_at=None,
                returned_at=None,
            )

    def give_up(self, registration: int, now: datetime) -> bool:
        row = self._one(_UNUSED_PASS, registration_id=registration)
        if row is None:
            return False
        self.begin_return(row.gathering, [registration], now, given_up=True)
        return True

    def let_stay(self, gathering: int, members: Collection[int]) -> None:
        if members:
            self._do(_STAY, gathering_id=gathering, member_ids=sorted(members))

    def keep(self, gathering: int, registrations: Collection[int]) -> None:
        if registrations:
            for row in self._all(_ON_THEIR_WAY, registration_ids=sorted(registrations)):
                self._restore(gathering, row)

    def restore_late(self, gathering: int) -> None:
        for row in self._all(_LATE_SIGNS, gathering_id=gathering):
            self._restore(gathering, row)

    def _restore(self, gathering: int, row: Row[Any]) -> None:
        """Their place is theirs again: the one on its way, or, where that was given on already, one more."""
        if not self._changed(_END_RETURN, registration_id=row.registration):
            return
        added = self._changed(_ADMIT_AGAIN, gathering=gathering, member=row.member, at=row.taken_at, made_by=row.member)
        was_counted = row.returned_at is None
        if bool(added) is not was_counted:
            self._do(_CHANGE_COUNT, gathering_id=gathering, places=1 if added else -1)

    def complete(self, gathering: int, registrations: Iterable[int], now: datetime) -> None:
        for registration in registrations:
            if self._changed(_COMPLETE, registration_id=registration, at=now):
                self._do(_CHANGE_COUNT, gathering_id=gathering, places=-1)

    def mark_withdrawn(self, gathering: int, now: datetime) -> None:
        self._do(_MARK_WITHDRAWN, gathering_id=gathering, at=now)

    def was_returned(self, registration: int) -> bool:
        return self._one(_RETURN, registration_id=registration) is not None

    def unused_since(self, member: int, gathering: int) -> datetime | None:
        row = self._one(_UNUSED_SINCE, member_id=member, gathering_id=gathering)
        return None if row is None else row.at

    def wait(self, registration: int, gathering: int, now: datetime) -> None:
        self._do(_WAIT, registration_id=registration, gathering_id=gathering, at=now)

    def stop_waiting(self, registrations: Collection[int]) -> bool:
        return bool(registrations) and bool(self._changed(_STOP_WAITING, registration_ids=sorted(registrations)))

    def waiting(self, gathering: int) -> list[WaitingRegistrant]:
        return [
            WaitingRegistrant(row.registration, row.member, bool(row.has_pass))
            for row in self._all(_WAITING, gathering_id=gathering)
        ]

    def ahead(self, registration: int) -> int | None:
        row = self._one(_AHEAD, registration_id=registration)
        return None if row is None else int(row[0])
