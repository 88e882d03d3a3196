"""Meetings at Zoom and the passes to them, each with its last known state."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, delete, exists, func, or_, select, update

from bot.gatherings.model import Gathering, Status
from bot.meetings.model import Capture, Deviation, Meeting, MeetingState, Pass
from bot.secrets import ZoomLink
from storage.encryption.columns import Plaintext
from storage.engine.statements import insert
from storage.repositories.gathering_rows import COLUMNS, read_gathering
from storage.repositories.repository import Repository, erasing
from storage.schema import admissions, gatherings, meetings, members, passes, registrations, returning_places

_a, _g, _m, _p, _r = admissions.c, gatherings.c, meetings.c, passes.c, registrations.c
_UPCOMING = (
    select(
        *COLUMNS,
        _g.zoom_link.is_not(None).label("has_link"),
        _m.number,
        _m.standing,
        _m.revision.label("sent_revision"),
        _m.common_link_from,
        _m.settings_version,
        _m.started_at,
        _m.ended_at,
        _m.last_heard_at,
        _m.captures,
        _m.put_back,
        _m.refused,
    )
    .select_from(gatherings.outerjoin(meetings, _m.gathering == _g.id))
    .where(
        _g.ends_at > bindparam("now"),
        or_(
            and_(_g.status == Status.PUBLISHED.value, or_(_g.zoom_link.is_(None), _m.gathering.is_not(None))),
            and_(_g.status == Status.CANCELLED.value, _m.standing == MeetingState.STANDS.value),
        ),
    )
    .order_by(_g.starts_at, _g.id)
    .limit(bindparam("limit"))
)
_MEETING = select(*(column for column in _m if column is not _m.revision), _m.revision.label("sent_revision"))
_BY_GATHERING = _MEETING.where(_m.gathering == bindparam("gathering_id"))
_BY_NUMBER = _MEETING.where(
    _m.number == bindparam("meeting_number"), _m.standing == MeetingState.STANDS.value
).order_by(_m.gathering)
_new_meeting = insert(meetings)
_HEARD_OF = ("started_at", "ended_at", "last_heard_at")
_SAVE = _new_meeting.on_conflict_do_update(
    index_elements=[_m.gathering],
    set_={name: _new_meeting.excluded[name] for name in ("number", "standing", "revision", "settings_version")}
    | {name: case((_m.number == _new_meeting.excluded.number, _m[name])) for name in _HEARD_OF}
    | {name: case((_m.number == _new_meeting.excluded.number, _m[name]), else_="") for name in ("captures", "refused")},
)
# The values to set come with the parameters, by the columns' names.
_UPDATE = update(meetings).where(_m.gathering == bindparam("gathering_id"))
_HEARD = update(meetings).where(_m.number == bindparam("meeting_number")).values(last_heard_at=bindparam("at"))
_RECORD_STARTED, _RECORD_ENDED = (
    _UPDATE.where(or_(column.is_(None), column < bindparam("at"))).values({column: bindparam("at")})
    for column in (_m.started_at, _m.ended_at)
)
_is_returning = and_(returning_places.c.registration == _p.registration, returning_places.c.returned_at.is_(None))
_OF_REGISTRANTS = (
    select(
        _r.id,
        members.c.name,
        _a.at.label("admitted_at"),
        _p.standing,
        _p.registrant,
        _p.seen_at,
        _p.logged_in_at,
        _p.left_at,
        returning_places.c.begun_at.label("returning_since"),
    )
    .select_from(
        registrations.join(members, members.c.id == _r.member)
        .outerjoin(passes, _p.registration == _r.id)
        .outerjoin(admissions, and_(_a.gathering == _r.gathering, _a.member == _r.member))
        .outerjoin(returning_places, _is_returning)
    )
    .where(_r.gathering == bindparam("gathering_id"))
    .order_by(_r.id)
)
_WITHOUT_REGISTRATION = (
    select(_p.registration, _p.standing, _p.registrant)
    .where(_p.gathering == bindparam("gathering_id"), ~exists().where(_r.id == _p.registration))
    .order_by(_p.registration)
)
_new_pass = insert(passes)
_SAVE_PASS = _new_pass.on_conflict_do_update(
    index_elements=[_p.registration],
    set_={
        "standing": _new_pass.excluded.standing,
        "registrant": _new_pass.excluded.registrant,
        "link": func.coalesce(_new_pass.excluded.link, _p.link),
    },
)
_DELETE_PASSES = delete(passes).where(_p.gathering == bindparam("gathering_id"))
_END_PASSES = (
    update(passes)
    .where(_p.registration.in_(bindparam("registration_ids", expanding=True)))
    .values(standing=MeetingState.GONE.value, link=None)
)
_LOOKS_WANTED = select(_m.gathering).where(_m.look_wanted)
_TAKE_LOOKS = (
    update(meetings).where(_m.gathering.in_(bindparam("gathering_ids", expanding=True))).values(look_wanted=False)
)
_OF_REGISTRANT = update(passes).where(
    _p.registrant == bindparam("registrant_id"),
    _p.gathering.in_(select(_m.gathering).where(_m.number == bindparam("meeting_number"))),
)
_RECORD_LOG_IN, _RECORD_SEEN = (
    _OF_REGISTRANT.where(or_(first.is_(None), first > bindparam("at"))).values({first: bindparam("at")})
    for first in (_p.logged_in_at, _p.seen_at)
)
_RECORD_LEFT = _OF_REGISTRANT.where(or_(_p.left_at.is_(None), _p.left_at < bindparam("at"))).values(
    left_at=bindparam("at")
)
_FORGET_PASSES = delete(passes).where(
    _p.gathering.in_(select(_g.id).where(_g.ends_at < bindparam("before"))),
    ~exists().where(_r.id == _p.registration),
)


class SqlMeetingRepository(Repository):
    def upcoming(self, now: datetime, *, limit: int) -> list[tuple[Gathering, Meeting | None, bool]]:
        return [
            (
                read_gathering(row),
                None if row.standing is None else _read_meeting(row.id, row),
                bool(row.has_link),
            )
            for row in self._all(_UPCOMING, now=now, limit=limit)
        ]

    def get(self, gathering: int) -> Meeting | None:
        row = self._one(_BY_GATHERING, gathering_id=gathering)
        return None if row is None else _read_meeting(row.gathering, row)

    def by_number(self, number: str) -> Meeting | None:
        row = self._one(_BY_NUMBER, meeting_number=number) if number else None
        return None if row is None else _read_meeting(row.gathering, row)

    def save(self, meeting: Meeting) -> None:
        self._do(
            _SAVE,
            gathering=meeting.gathering,
            number=meeting.number,
            standing=meeting.standing.value,
            revision=meeting.revision,
            settings_version=meeting.settings_version,
        )

    def heard(self, number: str, at: datetime) -> None:
        self._do(_HEARD, meeting_number=number, at=at)

    def record_started(self, gathering: int, at: datetime) -> bool:
        return self._changed(_RECORD_STARTED, gathering_id=gathering, at=at) > 0

    def record_ended(self, gathering: int, at: datetime) -> bool:
        return self._changed(_RECORD_ENDED, gathering_id=gathering, at=at) > 0

    def passes(self, gathering: int) -> list[Pass]:
        of_registrants = [
            Pass(
                row.id,
                (row.name.split() or [""])[0],
                registered=True,
                admitted=row.admitted_at is not None,
                standing=None if row.standing is None else MeetingState(row.standing),
                registrant=row.registrant or "",
                seen_at=row.seen_at,
                logged_in_at=row.logged_in_at,
                left_at=row.left_at,
                returning=row.returning_since is not None,
            )
            for row in self._all(_OF_REGISTRANTS, gathering_id=gathering)
        ]
        without_registration = [
            Pass(
                row.registration,
                "",
                registered=False,
                admitted=False,
                standing=MeetingState(row.standing),
                registrant=row.registrant,
            )
            for row in self._all(_WITHOUT_REGISTRATION, gathering_id=gathering)
        ]
        return of_registrants + without_registration

    def begin_passes(self, gathering: int, registrations: Sequence[int]) -> None:
        new = {"gathering": gathering, "standing": MeetingState.BEGUN.value, "registrant": "", "link": None}
        self._each(_SAVE_PASS, [{"registration": registration, **new} for registration in registrations])

    def issue_passes(self, gathering: int, issued: Mapping[int, tuple[str, ZoomLink]]) -> None:
        issued_now = {"gathering": gathering, "standing": MeetingState.STANDS.value}
        self._each(
            _SAVE_PASS,
            [
                {"registration": registration, "registrant": registrant, "link": Plaintext(link, registration)}
                | issued_now
                for registration, (registrant, link) in issued.items()
            ],
        )

    @erasing
    def share_common_link(self, gathering: int, at: datetime | None) -> None:
        self._do(_UPDATE, gathering_id=gathering, common_link_from=at)

    def lose_passes(self, gathering: int) -> None:
        self._do(_DELETE_PASSES, gathering_id=gathering)

    def end_passes(self, registrations: Collection[int]) -> None:
        if registrations:
            self._do(_END_PASSES, registration_ids=sorted(registrations))

    def record_log_in(self, number: str, registrant: str, at: datetime) -> bool:
        return self._changed(_RECORD_LOG_IN, meeting_number=number, registrant_id=registrant, at=at) > 0

    def record_captures(self, gathering: int, captures: Collection[Capture]) -> None:
        self._do(_UPDATE, gathering_id=gathering, captures=",".join(sorted(captures)))

    def record_put_back(self, gathering: int, deviations: Collection[Deviation]) -> None:
        self._do(_UPDATE, gathering_id=gathering, put_back=",".join(sorted(deviations)))

    def record_refused(self, gathering: int, deviations: Collection[Deviation]) -> None:
        self._do(_UPDATE, gathering_id=gathering, refused=",".join(sorted(deviations)))

    def want_look(self, gathering: int) -> None:
        self._do(_UPDATE, gathering_id=gathering, look_wanted=True)

    def take_wanted_looks(self) -> frozenset[int]:
        wanted = frozenset(row.gathering for row in self._all(_LOOKS_WANTED))
        if wanted:
            self._do(_TAKE_LOOKS, gathering_ids=sorted(wanted))
        return wanted

    def record_seen(self, number: str, registrant: str, at: datetime) -> bool:
        return self._changed(_RECORD_SEEN, meeting_number=number, registrant_id=registrant, at=at) > 0

    def record_left(self, number: str, registrant: str, at: datetime) -> bool:
        return self._changed(_RECORD_LEFT, meeting_number=number, registrant_id=registrant, at=at) > 0

    @erasing
    def forget_passes(self, before: datetime) -> None:
        self._do(_FORGET_PASSES, before=before)


def _read_meeting(gathering: int, row: Row[Any]) -> Meeting:
    return Meeting(
        gathering,
        row.number,
        MeetingState(row.standing),
        row.sent_revision,
        row.common_link_from,
        settings_version=row.settings_version,
        started_at=row.started_at,
        ended_at=row.ended_at,
        last_heard_at=row.last_heard_at,
        captures=frozenset(map(Capture, filter(None, row.captures.split(",")))),
        put_back=frozenset(map(Deviation, filter(None, row.put_back.split(",")))),
        refused=frozenset(map(Deviation, filter(None, row.refused.split(",")))),
    )
