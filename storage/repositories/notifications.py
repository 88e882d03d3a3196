"""The outbox, and the batches of reminders that are in it already."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Row, Select, bindparam, case, false, func, null, or_, select, update

from bot.addresses import Address
from bot.gatherings.model import Gathering
from bot.notifications.model import ClaimedNotification, Notification, NotificationKind, Receipt, is_bound_to_address
from storage.engine.statements import insert
from storage.repositories.repository import Repository
from storage.schema import notices, waves
from storage.types import Instant

EXPIRED_PER_CLAIM = 500
POSTS_PER_CLAIM = 10
"""Posts in channels that one claim takes on a platform."""
REASON_LIMIT = 300
"""Characters of a reason that are stored."""

_n = notices.c
_ADD = insert(notices).on_conflict_do_nothing()

_pending = _n.ready_at.is_not(None)
_EXPIRED = (
    select(_n.id)
    .where(_pending, _n.ready_at <= bindparam("now"), _n.expires_at <= bindparam("now"))
    .limit(EXPIRED_PER_CLAIM)
    .with_for_update(skip_locked=True)
)


def _due_where(condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(notices)
        .where(
            _n.platform == bindparam("at_platform"),
            condition,
            _pending,
            _n.ready_at <= bindparam("now"),
            _n.expires_at > bindparam("now"),
        )
        .order_by(_n.ready_at, _n.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )


_DUE_TO_MEMBERS = _due_where(_n.member.is_not(None))
_DUE_IN_CHANNELS = _due_where(_n.member.is_(None))
_is_listed = _n.id.in_(bindparam("notification_ids", expanding=True))
_EXPIRE = (
    update(notices)
    .where(_is_listed)
    .values(state=Receipt.TOO_LATE.value, ready_at=null(), worker=null(), settled_at=bindparam("now"), account=null())
)
_now = bindparam("now", type_=Instant())
_in_doubt = or_(_n.in_doubt, _n.state == Receipt.CLAIMED.value)
_CLAIM = (
    update(notices)
    .where(_is_listed)
    .values(
        # As the row was before: what was claimed, and whose lease ended, was perhaps sent.
        in_doubt=_in_doubt,
        state=Receipt.CLAIMED.value,
        ready_at=bindparam("until"),
        worker=bindparam("worker"),
        attempts=_n.attempts + 1,
        # When in doubt, the time at which that send began: it is looked up from there.
        begun_at=case((_in_doubt, func.coalesce(_n.begun_at, _now)), else_=_now),
    )
)
# The attempt is part of the claim: a worker that outlived its lease does not settle its own next claim.
_is_held = (
    (_n.id == bindparam("notification_id"))
    & (_n.worker == bindparam("of_worker"))
    & (_n.attempts == bindparam("attempt"))
    & (_n.state == Receipt.CLAIMED.value)
)
_SETTLE = (
    update(notices)
    .where(_is_held)
    .values(
        state=bindparam("receipt"),
        ready_at=null(),
        worker=null(),
        settled_at=bindparam("now"),
        why=bindparam("why"),
        # Never looked up again, so the address is not needed.
        account=null(),
    )
)
# What was dropped was not sent, and does not count for the rate limit.
_DROP = _SETTLE.values(begun_at=null())
_KINDS_BOUND_TO_ADDRESS = sorted(kind.value for kind in NotificationKind if is_bound_to_address(kind))
_RETRY = (
    update(notices)
    .where(_is_held)
    .values(
        state=Receipt.WAITING.value,
        ready_at=bindparam("at"),
        worker=null(),
        in_doubt=bindparam("in_doubt", type_=Boolean),
        why=bindparam("why"),
        # What was certainly not sent goes to whichever address the member then wrote from last.
        account=case(
            (
                or_(bindparam("in_doubt", type_=Boolean), _n.kind.in_(_KINDS_BOUND_TO_ADDRESS)),
                _n.account,
            ),
            else_=null(),
        ),
    )
)
_HELD = select(notices).where(_is_held).with_for_update()
_BEGIN_SEND = (
    update(notices)
    .where(_is_held, _n.ready_at > bindparam("now"))
    .values(begun_at=bindparam("now"), ready_at=bindparam("until"))
)
_BEGIN_SEND_TO = _BEGIN_SEND.values(platform=bindparam("at_platform"), account=bindparam("at_account"))
_READDRESS = (
    update(notices)
    .where(_is_held)
    .values(
        state=Receipt.WAITING.value,
        platform=bindparam("at_platform"),
        account=null(),
        ready_at=bindparam("at"),
        worker=null(),
        in_doubt=false(),
        begun_at=null(),
        attempts=_n.attempts - 1,
    )
)
_POSTPONE = _RETRY.values(attempts=_n.attempts - 1, begun_at=case((_n.in_doubt, _n.begun_at), else_=null()))
_LAST_ID = select(func.coalesce(func.max(_n.id), 0))
_COUNT_RECENT = select(func.count()).where(
    _n.platform == bindparam("at_platform"),
    _n.begun_at.is_not(None),
    _n.member.is_not(None),
    _n.begun_at.between(bindparam("since"), bindparam("until")),
)
_NEXT_DUE = select(func.min(_n.ready_at)).where(_pending)

_BATCHES = select(waves).where(waves.c.gathering.in_(bindparam("gathering_ids", expanding=True)))
_new_batch = insert(waves)
_MARK_BATCH = _new_batch.on_conflict_do_update(
    index_elements=["gathering", "starts_at", "kind", "lead"],
    # Complete stays complete, even when a slower worker then marks its first part.
    set_={"complete": or_(waves.c.complete, _new_batch.excluded.complete)},
)
_PENDING_WITH_KEY = select(_n.id).where(_n.key == bindparam("key"), _n.ready_at.is_not(None))


class SqlNotificationRepository(Repository):
    __slots__ = ()

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

    def claim(self, now: datetime, lease: timedelta, worker: str, limits: dict[str, int]) -> list[ClaimedNotification]:
        expired = self._do(_EXPIRED, now=now).scalars().all()
        if expired:
            self._do(_EXPIRE, notification_ids=expired, now=now)
        due = [row for platform, limit in limits.items() for row in self._due(platform, limit, now)]
        if not due:
            return []
        self._do(_CLAIM, notification_ids=[row.id for row in due], until=now + lease, worker=worker, now=now)
        return [_claimed(row) for row in sorted(due, key=lambda row: (row.ready_at, row.id))]

    def _due(self, platform: str, limit: int, now: datetime) -> list[Row[Any]]:
        """The rate limit is for direct messages: posts in channels do not wait behind them."""
        posts = self._all(_DUE_IN_CHANNELS, at_platform=platform, now=now, limit=POSTS_PER_CLAIM)
        return [*posts, *(self._all(_DUE_TO_MEMBERS, at_platform=platform, now=now, limit=limit) if limit > 0 else [])]

    def settle(self, claimed: ClaimedNotification, worker: str, receipt: Receipt, now: datetime, why: str = "") -> bool:
        changed = self._changed(
            _DROP if receipt is Receipt.DROPPED else _SETTLE,
            notification_id=claimed.id,
            of_worker=worker,
            attempt=claimed.attempts,
            receipt=receipt.value,
            now=now,
            why=why[:REASON_LIMIT],
        )
        return changed == 1

    def retry(self, claimed: ClaimedNotification, worker: str, at: datetime, *, in_doubt: bool, why: str) -> bool:
        changed = self._changed(
            _RETRY,
            notification_id=claimed.id,
            of_worker=worker,
            attempt=claimed.attempts,
            at=at,
            in_doubt=in_doubt,
            why=why[:REASON_LIMIT],
        )
        return changed == 1

    def lock_claimed(self, claimed: ClaimedNotification, worker: str) -> Notification | None:
        row = self._one(_HELD, notification_id=claimed.id, of_worker=worker, attempt=claimed.attempts)
        return None if row is None else _notification(row)

    def begin_send(
        self, claimed: ClaimedNotification, worker: str, now: datetime, lease: timedelta, to: Address | None = None
    ) -> bool:
        values = {
            "notification_id": claimed.id,
            "of_worker": worker,
            "attempt": claimed.attempts,
            "now": now,
            "until": now + lease,
        }
        if to is None:
            return self._changed(_BEGIN_SEND, **values) == 1
        return self._changed(_BEGIN_SEND_TO, at_platform=to.platform, at_account=to.account, **values) == 1

    def readdress(self, claimed: ClaimedNotification, worker: str, to: Address, now: datetime) -> bool:
        values = {"notification_id": claimed.id, "of_worker": worker, "attempt": claimed.attempts}
        return self._changed(_READDRESS, at_platform=to.platform, at=now, **values) == 1

    def postpone(self, claimed: ClaimedNotification, worker: str, at: datetime, *, why: str) -> bool:
        changed = self._changed(
            _POSTPONE,
            notification_id=claimed.id,
            of_worker=worker,
            attempt=claimed.attempts,
            at=at,
            in_doubt=claimed.in_doubt,
            why=why[:REASON_LIMIT],
        )
        return changed == 1

    def last_id(self) -> int:
        last: int = self._do(_LAST_ID).scalar_one()
        return last

    def count_recent(self, platform: str, since: datetime, until: datetime) -> int:
        count: int = self._do(_COUNT_RECENT, at_platform=platform, since=since, until=until).scalar_one()
        return count

    def is_pending(self, key: str) -> bool:
        return self._one(_PENDING_WITH_KEY, key=key) is not None

    def next_due(self) -> datetime | None:
        due: datetime | None = self._do(_NEXT_DUE).scalar()
        return due


def _values(notification: Notification) -> dict[str, object]:
    return {
        "key": notification.key,
        "kind": notification.kind.value,
        "gathering": notification.gathering,
        "platform": notification.platform,
        "member": notification.member,
        "account": notification.address.account if notification.address else None,
        "channel": notification.channel.account if notification.channel else None,
        "announcement": notification.announcement,
        "message": notification.message,
        "lead": notification.offset,
        "starts_at": notification.starts_at,
        "due_at": notification.due_at,
        "expires_at": notification.expires_at,
        "state": notification.state.value,
        "ready_at": notification.due_at if notification.state is Receipt.WAITING else None,
    }


def _claimed(row: Row[Any]) -> ClaimedNotification:
    """`row`: as it was before this claim."""
    return ClaimedNotification(
        id=row.id,
        notification=_notification(row),
        attempts=row.attempts + 1,
        in_doubt=row.in_doubt or row.state == Receipt.CLAIMED.value,
        began_at=row.begun_at,
    )


def _notification(row: Row[Any]) -> Notification:
    return Notification(
        key=row.key,
        kind=NotificationKind(row.kind),
        gathering=row.gathering,
        platform=row.platform,
        due_at=row.due_at,
        expires_at=row.expires_at,
        starts_at=row.starts_at,
        member=row.member,
        address=Address(row.platform, row.account) if row.account is not None else None,
        channel=Address(row.platform, row.channel) if row.channel is not None else None,
        announcement=row.announcement,
        message=row.message,
        offset=row.lead,
        state=Receipt.CLAIMED,
    )
