"""The outbox: what is added to it, and the batches of reminders that are in it already."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, func, null, or_, select, text, update

from bot.addresses import Address
from bot.gatherings.model import Gathering
from bot.notifications.model import (
    FOLLOWING_DOORS,
    LiveMessage,
    Notification,
    NotificationKind,
    Receipt,
)
from storage.engine.statements import insert
from storage.repositories.repository import Repository
from storage.schema import notices, registrations, waves

TOLD_ELSEWHERE = "told to their other self"

_n, _r = notices.c, registrations.c
# As the partial index says it, so that it is used.
DOUBTFUL = text("ready_at IS NOT NULL AND (in_doubt OR state = 'claimed')")
_ADD = insert(notices).on_conflict_do_nothing()
_LAST_ID = select(func.coalesce(func.max(_n.id), 0))
_NEXT_DUE = select(func.min(_n.ready_at)).where(_n.ready_at.is_not(None))
_COUNT_WAITING = (
    select(_n.platform, func.count().label("waiting"))
    .where(_n.ready_at.is_not(None), _n.member.is_not(None))
    .group_by(_n.platform)
)
_WAITING_REMINDERS = (
    select(func.min(_n.id))
    .where(
        _n.scope == bindparam("scope_name"),
        _n.ready_at.is_not(None),
        _n.state == Receipt.WAITING.value,
        _n.due_at <= bindparam("now"),
        _n.expires_at > bindparam("now"),
        _n.kind == NotificationKind.REMINDER.value,
    )
    .group_by(_n.gathering, _n.starts_at, _n.lead)
)
_LISTED = select(notices).where(_n.id.in_(bindparam("notification_ids", expanding=True))).order_by(_n.id)

_BATCHES = select(waves).where(waves.c.gathering.in_(bindparam("gathering_ids", expanding=True)))
_new_batch = insert(waves)
_MARK_BATCH = _new_batch.on_conflict_do_update(
    index_elements=["gathering", "starts_at", "kind", "lead"],
    # Complete stays complete, even when a slower worker then marks its first part.
    set_={"complete": or_(waves.c.complete, _new_batch.excluded.complete)},
)
_PENDING_WITH_KEY = select(_n.id).where(_n.key == bindparam("key"), _n.ready_at.is_not(None))
_MOVES = (
    select(_n.member, _n.moved_from, _n.state, _n.in_doubt)
    .join(registrations, (_r.member == _n.member) & (_r.gathering == _n.gathering))
    .where(
        _n.gathering == bindparam("gathering_id"),
        _n.kind == NotificationKind.MOVED.value,
        _n.member.is_not(None),
        _n.moved_from.is_not(None),
        # What was moved before they registered they do not know otherwise; of two that became one, one was not told.
        _n.due_at >= _r.at,
        _n.why != TOLD_ELSEWHERE,
    )
    .order_by(_n.id)
)

_BEING_EDITED = (
    select(_n.id)
    .where(
        _n.scope == bindparam("scope_name"),
        DOUBTFUL,
        _n.kind == bindparam("amendment_kind"),
        _n.announcement == bindparam("announcement_id"),
        _n.lead == bindparam("offset", type_=_n.lead.type),
        _n.state == Receipt.CLAIMED.value,
    )
    .limit(1)
)
_CHANNEL_REMINDERS = (
    select(notices)
    .where(
        _n.gathering == bindparam("gathering_id"),
        _n.member.is_(None),
        _n.kind == NotificationKind.CHANNEL_REMINDER.value,
        or_(_n.posted.is_not(None), _n.ready_at.is_not(None)),
    )
    .order_by(_n.id)
)
_POSTED = select(_n.posted).where(_n.key == bindparam("key"))
_LIVE_MESSAGES = (
    select(_n.id, _n.key, _n.gathering, _n.member, _n.scope, _n.posted)
    .where(
        _n.gathering.in_(bindparam("gathering_ids", expanding=True)),
        _n.kind.in_(sorted(FOLLOWING_DOORS)),
        _n.posted.is_not(None),
        _n.member.is_not(None),
    )
    .order_by(_n.id)
)
UPDATE_NOTIFICATION = update(notices).where(_n.id == bindparam("notification_id"))
_FORGET_MESSAGE = UPDATE_NOTIFICATION.values(posted=null())


class SqlNotificationRepository(Repository):
    def add(self, notifications: Iterable[Notification]) -> None:
        self._each(_ADD, [_values(notification) for notification in notifications])

    def batches(self, gatherings: Collection[int]) -> dict[tuple[int, datetime, NotificationKind, timedelta], bool]:
        if not gatherings:
            return {}
        return {
            (row.gathering, row.starts_at, NotificationKind(row.kind), row.lead): row.complete
            for row in self._all(_BATCHES, gathering_ids=list(gatherings))
        }

    def mark_batch(self, gathering: Gathering, kind: NotificationKind, offset: timedelta, complete: bool) -> None:
        self._do(
            _MARK_BATCH,
            gathering=gathering.id,
            starts_at=gathering.starts_at,
            kind=kind.value,
            lead=offset,
            complete=complete,
        )

    def last_id(self) -> int:
        return int(self._value(_LAST_ID))

    def next_due(self) -> datetime | None:
        due: datetime | None = self._value(_NEXT_DUE)
        return due

    def is_pending(self, key: str) -> bool:
        return self._one(_PENDING_WITH_KEY, key=key) is not None

    def starts_last_told(self, gathering: int) -> dict[int, datetime]:
        told: dict[int, datetime] = {}
        for row in self._all(_MOVES, gathering_id=gathering):
            if row.in_doubt or row.state in {Receipt.CLAIMED.value, Receipt.SENT.value}:
                told.pop(row.member, None)
            else:
                told.setdefault(row.member, row.moved_from)
        return told

    def is_being_edited(self, amendment: Notification) -> bool:
        which = {"amendment_kind": amendment.kind.value, "announcement_id": amendment.announcement}
        return self._one(_BEING_EDITED, scope_name=amendment.scope, offset=amendment.offset, **which) is not None

    def channel_reminders(self, gathering: int) -> list[Notification]:
        return [notification_of(row) for row in self._all(_CHANNEL_REMINDERS, gathering_id=gathering)]

    def posted(self, key: str) -> str:
        posted: str | None = self._value(_POSTED, key=key)
        return posted or ""

    def live_messages(self, gatherings: Collection[int]) -> list[LiveMessage]:
        rows = self._all(_LIVE_MESSAGES, gathering_ids=list(gatherings)) if gatherings else []
        return [LiveMessage(row.id, row.key, row.gathering, row.member, row.scope, row.posted) for row in rows]

    def forget_message(self, notification: int) -> None:
        self._changed(_FORGET_MESSAGE, notification_id=notification)

    def count_waiting(self) -> dict[str, int]:
        return {row.platform: row.waiting for row in self._all(_COUNT_WAITING)}

    def waiting_reminders(self, scope: str, now: datetime) -> list[Notification]:
        ids = self._values(_WAITING_REMINDERS, scope_name=scope, now=now)
        return [notification_of(row) for row in self._all(_LISTED, notification_ids=ids)] if ids else []


def _values(notification: Notification) -> dict[str, object]:
    return {
        "key": notification.key,
        "kind": notification.kind.value,
        "gathering": notification.gathering,
        "platform": notification.platform,
        "scope": notification.scope or notification.platform,
        "member": notification.member,
        "account": notification.address.account if notification.address else None,
        "channel": notification.channel.account if notification.channel else None,
        "announcement": notification.announcement,
        "message": notification.message,
        "lead": notification.offset,
        "starts_at": notification.starts_at,
        "moved_from": notification.moved_from,
        "due_at": notification.due_at,
        "expires_at": notification.expires_at,
        "state": notification.state.value,
        "ready_at": (notification.ready_at or notification.due_at) if notification.state is Receipt.WAITING else None,
    }


def notification_of(row: Row[Any]) -> Notification:
    """A row of the outbox as the core's type."""
    return Notification(
        key=row.key,
        kind=NotificationKind(row.kind),
        gathering=row.gathering,
        platform=row.platform,
        scope=row.scope,
        due_at=row.due_at,
        ready_at=row.ready_at,
        expires_at=row.expires_at,
        starts_at=row.starts_at,
        moved_from=row.moved_from,
        member=row.member,
        address=Address(row.platform, row.account) if row.account is not None else None,
        channel=Address(row.platform, row.channel) if row.channel is not None else None,
        announcement=row.announcement,
        message=row.message,
        offset=row.lead,
        state=Receipt(row.state),
    )
