"""What may be sent now, locked, and read as one with what a turn needs to know: on a server each is a round trip."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, bindparam, case, exists, func, null, select, true
from sqlalchemy.engine import result_tuple

from bot.addresses import Address
from bot.notifications.due import DueNotification
from bot.notifications.model import Receipt, ScopeState
from bot.registrations.model import Registration
from storage.repositories import gathering_rows
from storage.repositories.addresses import same_address
from storage.repositories.gathering_rows import read_gathering
from storage.repositories.members import COLUMNS, on_team, read_member
from storage.repositories.notifications import DOUBTFUL, notification_of
from storage.schema import admissions, breakers, gatherings, identities, members, notices, registrations

_i, _m, _n, _r = identities.c, members.c, notices.c, registrations.c
_GATHERING = [column.label(f"gathering_{column.name}") for column in gathering_rows.COLUMNS]
_as_gathering = result_tuple([column.name for column in gathering_rows.COLUMNS])

_to_member = _n.member.is_not(None)
_is_in_flight = _to_member & (_n.state == Receipt.CLAIMED.value) & (_n.begun_at > bindparam("sent_since"))
_is_recent_doubt = _to_member & (_n.state == Receipt.WAITING.value) & (_n.begun_at > bindparam("doubts_since"))
_posts, _later = notices.alias("posts"), notices.alias("later")
_STATE = (
    select(
        func.coalesce(func.sum(case((_is_in_flight, 1), else_=0)), 0).label("in_flight"),
        func.coalesce(func.sum(case((_is_recent_doubt, 1), else_=0)), 0).label("recent_doubts"),
        func.coalesce(func.sum(case((_n.ready_at <= bindparam("now"), 1), else_=0)), 0).label("doubts"),
        exists().where(breakers.c.scope == bindparam("scope_name")).label("is_open"),
        exists()
        .where(
            _posts.c.scope == bindparam("scope_name"),
            _posts.c.ready_at.is_not(None),
            _posts.c.member.is_(None),
            _posts.c.ready_at <= bindparam("now"),
        )
        .label("has_posts"),
        # An expression, so that no index of scopes is read, which holds all that waits for the pace: what may be sent
        # later than now is little, and its index is in that order.
        select(func.min(_later.c.ready_at))
        .where(
            _later.c.scope.concat("") == bindparam("scope_name"),
            _later.c.ready_at.is_not(None),
            _later.c.ready_at > bindparam("now"),
        )
        .scalar_subquery()
        .label("next_ready"),
    )
    .where(_n.scope == bindparam("scope_name"), DOUBTFUL)
    .subquery("state")
)


def _due_where(*conditions: Any, with_state: bool = False, order: str = "due_at") -> Select[Any]:
    # Limited before anything is joined: a server that takes what waits for nothing would join all of it each time.
    due = (
        select(notices)
        .where(
            _n.scope == bindparam("scope_name"),
            _n.ready_at.is_not(None),
            *conditions,
            _n.state == Receipt.WAITING.value,
            _n.in_doubt.is_(False),
            _n.ready_at <= bindparam("now"),
            _n.expires_at > bindparam("now"),
        )
        .order_by(_n[order], _n.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    # One row, at least, where the state is read with it.
    begin = _STATE.outerjoin(due, true()) if with_state else due
    with_all = (
        begin.outerjoin(gatherings, gatherings.c.id == due.c.gathering)
        .outerjoin(members, _m.id == due.c.member)
        .outerjoin(identities, same_address(identities, members))
        .outerjoin(registrations, (_r.member == due.c.member) & (_r.gathering == due.c.gathering))
        .outerjoin(admissions, (admissions.c.gathering == due.c.gathering) & (admissions.c.member == due.c.member))
    )
    return (
        select(
            due,
            *COLUMNS,
            on_team(members).label("facilitates"),
            null().label("organised_at"),
            _m.platform.label("latest_platform"),
            _m.account.label("latest_account"),
            _i.conversation,
            _r.id.label("registration"),
            _r.at.label("registered_at"),
            _r.nonce.label("registration_nonce"),
            admissions.c.at.label("admitted_at"),
            *(_STATE.c if with_state else ()),
            *_GATHERING,
        )
        .select_from(with_all)
        .order_by(due.c[order], due.c.id)
    )


DUE_POSTS = _due_where(_n.member.is_(None))
DUE_TO_MEMBERS = _due_where(_n.member.is_not(None))
# Whoever was refused is ready later than those who were not tried yet.
TRIAL_TO_MEMBER = _due_where(_n.member.is_not(None), order="ready_at")
STATE_AND_DUE_TO_MEMBERS = _due_where(_n.member.is_not(None), with_state=True)


def read_state(row: Row[Any]) -> ScopeState:
    return ScopeState(
        is_open=bool(row.is_open),
        in_flight=int(row.in_flight),
        recent_doubts=int(row.recent_doubts),
        has_posts=bool(row.has_posts),
        has_doubts=row.doubts > 0,
        next_ready=row.next_ready,
    )


def read_due(row: Row[Any]) -> DueNotification:
    member = registration = None
    if row.latest_platform is not None:
        latest = Address(row.latest_platform, row.latest_account)
        member = read_member(row, row.member, row.name, latest, row.language, row.zone)
    if row.registration is not None:
        key = (row.registration, row.gathering, row.member, row.registered_at, row.registration_nonce)
        registration = Registration(*key)
    return DueNotification(
        id=row.id,
        notification=notification_of(row),
        attempts=row.attempts + 1,
        in_doubt=row.in_doubt,
        began_at=row.begun_at,
        why=row.why,
        gathering=None if row.gathering_id is None else read_gathering(_as_gathering(row[-len(_GATHERING) :])),
        member=member,
        registration=registration,
        is_admitted=row.admitted_at is not None,
        conversation=row.conversation or "",
    )
