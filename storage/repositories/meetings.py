"""Meetings at Zoom and the passes to them, each with the state in which it was last known."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, exists, func, or_, select, update

from bot.gatherings.model import Gathering, Status
from bot.meetings.model import Meeting, MeetingState, Pass
from bot.secrets import ZoomLink
from storage.encryption.columns import Plaintext
from storage.engine.statements import insert
from storage.repositories.gatherings import COLUMNS, read_gathering
from storage.repositories.repository import Repository, erasing
from storage.schema import admissions, gatherings, meetings, members, passes, registrations

_g, _k, _p, _r = gatherings.c, meetings.c, passes.c, registrations.c
_CONCERNING = (
    select(
        *COLUMNS,
        _g.zoom_link.is_not(None).label("linked"),
        _k.number,
        _k.standing,
        _k.revision.label("told"),
        _k.common_link_from,
    )
    .select_from(gatherings.outerjoin(meetings, _k.gathering == _g.id))
    .where(
        _g.ends_at > bindparam("now"),
        or_(
            and_(_g.status == Status.PUBLISHED.value, or_(_g.zoom_link.is_(None), _k.gathering.is_not(None))),
            and_(_g.status == Status.CANCELLED.value, _k.standing == MeetingState.STANDS.value),
        ),
    )
    .order_by(_g.starts_at, _g.id)
    .limit(bindparam("most"))
)
_BY_GATHERING = select(meetings).where(_k.gathering == bindparam("what"))
_KEEP = insert(meetings)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=[_k.gathering],
    set_={"number": _KEEP.excluded.number, "standing": _KEEP.excluded.standing, "revision": _KEEP.excluded.revision},
)
_in = admissions.c
_HOLDERS = (
    select(
        _r.id,
        members.c.name,
        _in.at.label("admitted_at"),
        _p.standing,
        _p.registrant,
    )
    .select_from(
        registrations.join(members, members.c.id == _r.member)
        .outerjoin(passes, _p.registration == _r.id)
        .outerjoin(admissions, and_(_in.gathering == _r.gathering, _in.member == _r.member))
    )
    .where(_r.gathering == bindparam("what"))
    .order_by(_r.id)
)
_LEFT = (
    select(_p.registration, _p.standing, _p.registrant)
    .where(_p.gathering == bindparam("what"), ~exists().where(_r.id == _p.registration))
    .order_by(_p.registration)
)
_ISSUE = insert(passes)
_ISSUE = _ISSUE.on_conflict_do_update(
    index_elements=[_p.registration],
    set_={
        "standing": _ISSUE.excluded.standing,
        "registrant": _ISSUE.excluded.registrant,
        "link": func.coalesce(_ISSUE.excluded.link, _p.link),
    },
)
_SHARE = update(meetings).where(_k.gathering == bindparam("what")).values(common_link_from=bindparam("at"))
_LOSE = delete(passes).where(_p.gathering == bindparam("what"))
_END = update(passes).where(_p.registration.in_(bindparam("which", expanding=True))).values(
    standing=MeetingState.GONE.value, link=None
)  # fmt: skip
_LOG_IN = (
    update(passes)
    .where(
        _p.registrant == bindparam("whose"),
        _p.gathering.in_(select(_k.gathering).where(_k.number == bindparam("where"))),
        or_(_p.logged_in_at.is_(None), _p.logged_in_at > bindparam("first")),
    )
    .values(logged_in_at=bindparam("first"))
)
_FORGET = delete(passes).where(
    _p.gathering.in_(select(_g.id).where(_g.ends_at < bindparam("before"))),
    ~exists().where(_r.id == _p.registration),
)


class SqlMeetingRepository(Repository):
    __slots__ = ()

    def upcoming(self, now: datetime, *, limit: int) -> list[tuple[Gathering, Meeting | None, bool]]:
        return [
            (
                read_gathering(row),
                None
                if row.standing is None
                else Meeting(row.id, row.number, MeetingState(row.standing), row.told, row.common_link_from),
                bool(row.linked),
            )
            for row in self._all(_CONCERNING, now=now, most=limit)
        ]

    def get(self, gathering: int) -> Meeting | None:
        row = self._one(_BY_GATHERING, what=gathering)
        if row is None:
            return None
        return Meeting(row.gathering, row.number, MeetingState(row.standing), row.revision, row.common_link_from)

    def save(self, meeting: Meeting) -> None:
        self._do(
            _KEEP,
            gathering=meeting.gathering,
            number=meeting.number,
            standing=meeting.standing.value,
            revision=meeting.revision,
        )

    def passes(self, gathering: int) -> list[Pass]:
        held = [
            Pass(
                row.id,
                (row.name.split() or [""])[0],
                registered=True,
                admitted=row.admitted_at is not None,
                standing=None if row.standing is None else MeetingState(row.standing),
                registrant=row.registrant or "",
            )
            for row in self._all(_HOLDERS, what=gathering)
        ]
        left = [
            Pass(row.registration, "", registered=False, admitted=False, standing=MeetingState(row.standing),
                 registrant=row.registrant)
            for row in self._all(_LEFT, what=gathering)
        ]  # fmt: skip
        return held + left

    def begin_passes(self, gathering: int, registrations: Sequence[int]) -> None:
        self._each(
            _ISSUE,
            [
                {"registration": each, "gathering": gathering, "standing": MeetingState.BEGUN.value, "registrant": "",
                 "link": None}
                for each in registrations
            ],
        )  # fmt: skip

    def issue_passes(self, gathering: int, issued: Mapping[int, tuple[str, ZoomLink]]) -> None:
        self._each(
            _ISSUE,
            [
                {"registration": each, "gathering": gathering, "standing": MeetingState.STANDS.value,
                 "registrant": registrant, "link": Plaintext(link, each)}
                for each, (registrant, link) in issued.items()
            ],
        )  # fmt: skip

    @erasing
    def share_common_link(self, gathering: int, at: datetime | None) -> None:
        self._do(_SHARE, what=gathering, at=at)

    def lose_passes(self, gathering: int) -> None:
        self._do(_LOSE, what=gathering)

    def end_passes(self, registrations: Collection[int]) -> None:
        if registrations:
            self._do(_END, which=sorted(registrations))

    def record_log_in(self, number: str, registrant: str, at: datetime) -> bool:
        return self._changed(_LOG_IN, where=number, whose=registrant, first=at) > 0

    @erasing
    def forget_passes(self, before: datetime) -> None:
        self._do(_FORGET, before=before)
