"""How many came to what is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, ScalarSelect, and_, bindparam, exists, func, select, type_coerce

from bot.gatherings.model import Status
from bot.notifications.model import Receipt
from bot.registrations.model import NOT_DELIVERED
from bot.season.model import Attendance, AttendedGathering
from storage.engine.statements import insert
from storage.repositories.gathering_rows import safe_title
from storage.repositories.registrations import TO_FACILITATORS
from storage.repositories.repository import Repository
from storage.schema import admissions, attendance, gatherings, notices, passes, registrations

SETTLED_AFTER = timedelta(days=1)
"""After the end: until then log-ins and receipts may still be heard of."""
STORED_AT_ONCE = 20

_COUNTS = ("registered", "came_in", "logged_in", "first_timers", "came_again", "unreached")
_g, _r, _n = gatherings.c, registrations.c, notices.c
_came, _earlier, _before = admissions, admissions.alias("earlier"), gatherings.alias("before")


def _number(source: Any, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(source).where(*conditions).scalar_subquery()


def _heard(*receipts: Receipt) -> ColumnElement[bool]:
    """Of a registration: whether a notification of that gathering came to this."""
    return exists().where(
        _n.gathering == _r.gathering,
        _n.member == _r.member,
        _n.kind.not_in(TO_FACILITATORS),
        _n.state.in_([receipt.value for receipt in receipts]),
    )


_came_before = (
    exists()
    .where(_earlier.c.member == _came.c.member, _before.c.id == _earlier.c.gathering)
    .where(_before.c.starts_at < _g.starts_at)
    .correlate(_came, gatherings)
)
# Of what ends later counts can stand that were stored while a clock was wrong: the rest is counted all the same.
_stored_until = func.coalesce(
    select(type_coerce(func.max(attendance.c.ended_at), BigInteger))
    .where(attendance.c.ended_at <= bindparam("ended_by"))
    .scalar_subquery(),
    0,
)
_unreached = and_(_heard(*sorted(NOT_DELIVERED)), ~_heard(Receipt.SENT))
_COUNTED = select(
    _g.id.label("gathering"),
    _g.ends_at.label("ended_at"),
    (_number(registrations, _r.gathering == _g.id) + _g.former_registrants).label("registered"),
    _g.admitted.label("came_in"),
    _number(passes, passes.c.gathering == _g.id, passes.c.logged_in_at.is_not(None)).label("logged_in"),
    _number(_came, _came.c.gathering == _g.id, ~_came_before).label("first_timers"),
    _number(_came, _came.c.gathering == _g.id, _came_before).label("came_again"),
    _number(registrations, _r.gathering == _g.id, _unreached).label("unreached"),
).where(
    _g.forgotten_at.is_(None),
    _g.status == Status.PUBLISHED.value,
    _g.ends_at <= bindparam("ended_by"),
    type_coerce(_g.ends_at, BigInteger) >= _stored_until,  # they are stored in the order in which they ended
    ~exists().where(attendance.c.gathering == _g.id),
)
_TO_STORE = _COUNTED.order_by(_g.ends_at).limit(STORED_AT_ONCE)
_STORE = insert(attendance).on_conflict_do_nothing()
_LAST_OF_MEMBER = (
    select(func.max(_g.ends_at))
    .join_from(gatherings, registrations, _r.gathering == _g.id)
    .where(
        _r.member == bindparam("member_id"),
        _g.ends_at <= bindparam("now"),
        ~exists().where(attendance.c.gathering == _g.id),
    )
)
_STORED = select(_g.title, _g.starts_at, *(attendance.c[name] for name in _COUNTS)).join_from(attendance, gatherings)
_STILL_CHANGING = _COUNTED.add_columns(_g.title, _g.starts_at)


class SqlSeasonRepository(Repository):
    def attended(self, now: datetime) -> list[AttendedGathering]:
        rows = [*self._all(_STORED), *self._all(_STILL_CHANGING, ended_by=now)]
        return sorted(map(_attended, rows), key=lambda attended: attended.starts_at)

    def store_before_forgetting(self, member: int, now: datetime) -> None:
        last = self._value(_LAST_OF_MEMBER, member_id=member, now=now)
        while last is not None and self.store_attendance(last + SETTLED_AFTER):
            pass

    def store_attendance(self, now: datetime) -> int:
        rows = self._all(_TO_STORE, ended_by=now - SETTLED_AFTER)
        for row in rows:
            self._do(_STORE, **{name: getattr(row, name) for name in ("gathering", "ended_at", *_COUNTS)})
        return len(rows)


def _attended(row: Row[Any]) -> AttendedGathering:
    counts = {name: getattr(row, name) for name in _COUNTS}
    return AttendedGathering(safe_title(row.title), row.starts_at, Attendance(1, **counts))
