"""What may be sent now, locked, and read as one with what a reminder needs to know of its member."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, bindparam, null, select

from bot.addresses import Address
from bot.notifications.due import DueNotification
from bot.notifications.model import Receipt
from bot.registrations.model import Registration
from storage.repositories.members import COLUMNS, on_team, read_member
from storage.repositories.notifications import notification_of
from storage.schema import admissions, identities, members, notices, registrations

_i, _m, _n, _r = identities.c, members.c, notices.c, registrations.c


def _due_where(*conditions: Any) -> Select[Any]:
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
        .order_by(_n.due_at, _n.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    with_member = (
        due.outerjoin(members, _m.id == due.c.member)
        .outerjoin(identities, (_i.platform == _m.platform) & (_i.account == _m.account))
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
        )
        .select_from(with_member)
        .order_by(due.c.due_at, due.c.id)
    )


DUE_POSTS = _due_where(_n.member.is_(None))
DUE_TO_MEMBERS = _due_where(_n.member.is_not(None))


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
        member=member,
        registration=registration,
        is_admitted=row.admitted_at is not None,
        conversation=row.conversation or "",
    )
