"""The places: taken one by one, each counted in the very statement that takes it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from bot.gatherings import Status
from storage.books.ledger import Ledger
from storage.schema import admissions, gatherings
from storage.statements import insert

_a, _g = admissions.c, gatherings.c
_ENTER = insert(admissions).on_conflict_do_nothing()
_TAKE_PLACE = (
    update(gatherings)
    .where(
        _g.id == bindparam("what"),
        _g.admitted < _g.admission_limit,
        _g.status == Status.PUBLISHED.value,
        _g.closed_at.is_(None),
    )
    .values(admitted=_g.admitted + 1)
)
_LEAVE = delete(admissions).where(_a.gathering == bindparam("what"), _a.member == bindparam("who"))
_ADMITTED = select(_a.at).where(_a.gathering == bindparam("what"), _a.member == bindparam("who"))


class Door(Ledger):
    __slots__ = ()

    def admit(self, member: int, gathering: int, now: datetime) -> bool:
        # First the name, then the place. Under READ COMMITTED the insert waits for a rival of the same member
        # and the update for whoever holds the gathering's row, and then judges the count as it has become.
        if not self._changed(_ENTER, gathering=gathering, member=member, at=now):
            return True
        if self._changed(_TAKE_PLACE, what=gathering):
            return True
        self._do(_LEAVE, what=gathering, who=member)
        return False

    def admitted(self, member: int, gathering: int) -> bool:
        return self._one(_ADMITTED, what=gathering, who=member) is not None
