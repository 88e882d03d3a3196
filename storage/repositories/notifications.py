"""Notices on their way, and the rounds of reminders already planned."""

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

EXPIRED_AT_ONCE = 500
POSTS_AT_ONCE = 10
"""Channel posts that one claim takes on a platform."""
WHY_LIMIT = 300
"""Characters kept of a reason."""

_n = notices.c
_POST = insert(notices).on_conflict_do_nothing()

_pending = _n.ready_at.is_not(None)
_EXPIRED = (
    select(_n.id)
    .where(_pending, _n.ready_at <= bindparam("now"), _n.expires_at <= bindparam("now"))
    .limit(EXPIRED_AT_ONCE)
    .with_for_update(skip_locked=True)
)


def _due(which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(notices)
        .where(
            _n.platform == bindparam("on"),
            which,
            _pending,
            _n.ready_at <= bindparam("now"),
            _n.expires_at > bindparam("now"),
        )
        .order_by(_n.ready_at, _n.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )


_DUE_TO_MEMBERS = _due(_n.member.is_not(None))
_DUE_IN_CHANNELS = _due(_n.member.is_(None))
_these = _n.id.in_(bindparam("which", expanding=True))
_TOO_LATE = (
    update(notices)
    .where(_these)
    .values(state=Receipt.TOO_LATE.value, ready_at=null(), worker=null(), settled_at=bindparam("now"), account=null())
)
_now = bindparam("now", type_=Instant())
_in_doubt = or_(_n.in_doubt, _n.state == Receipt.CLAIMED.value)
_CLAIM = (
    update(notices)
    .where(_these)
    .values(
        # The rows' former state decides: a claim that ran out was perhaps sent.
        in_doubt=_in_doubt,
        state=Receipt.CLAIMED.value,
        ready_at=bindparam("until"),
        worker=bindparam("worker"),
        attempts=_n.attempts + 1,
        # Of one in doubt, when the send in doubt began: there it is looked for.
        begun_at=case((_in_doubt, func.coalesce(_n.begun_at, _now)), else_=_now),
    )
)
# The attempt is part of what a worker holds: one that slept through its lease does not settle its own next claim.
_held = (
    (_n.id == bindparam("which"))
    & (_n.worker == bindparam("by"))
    & (_n.attempts == bindparam("attempt"))
    & (_n.state == Receipt.CLAIMED.value)
)
_SETTLE = (
    update(notices)
    .where(_held)
    .values(
        state=bindparam("receipt"),
        ready_at=null(),
        worker=null(),
        settled_at=bindparam("now"),
        why=bindparam("why"),
        # Where it was told is not looked for any more.
        account=null(),
    )
)
# What was dropped was not sent, and takes nothing of the pace.
_DROP = _SETTLE.values(begun_at=null())
_TO_ONE_ADDRESS = sorted(kind.value for kind in NotificationKind if is_bound_to_address(kind))
_RETRY = (
    update(notices)
    .where(_held)
    .values(
        state=Receipt.WAITING.value,
        ready_at=bindparam("at"),
        worker=null(),
        in_doubt=bindparam("in_doubt", type_=Boolean),
        why=bindparam("why"),
        # What certainly does not stand there is told wherever they are heard by then.
        account=case(
            (
                or_(bindparam("in_doubt", type_=Boolean), _n.kind.in_(_TO_ONE_ADDRESS)),
                _n.account,
            ),
            else_=null(),
        ),
    )
)
_HELD = select(notices).where(_held).with_for_update()
_BEGIN = (
    update(notices)
    .where(_held, _n.ready_at > bindparam("now"))
    .values(begun_at=bindparam("now"), ready_at=bindparam("until"))
)
_BEGIN_AT = _BEGIN.values(platform=bindparam("on"), account=bindparam("as_"))
_READDRESS = (
    update(notices)
    .where(_held)
    .values(
        state=Receipt.WAITING.value,
        platform=bindparam("on"),
        account=null(),
        ready_at=bindparam("at"),
        worker=null(),
        in_doubt=false(),
        begun_at=null(),
        attempts=_n.attempts - 1,
    )
)
_POSTPONE = _RETRY.values(attempts=_n.attempts - 1, begun_at=case((_n.in_doubt, _n.begun_at), else_=null()))
_LAST = select(func.coalesce(func.max(_n.id), 0))
_LATELY = select(func.count()).where(
    _n.platform == bindparam("on"),
    _n.begun_at.is_not(None),
    _n.member.is_not(None),
    _n.begun_at.between(bindparam("since"), bindparam("until")),
)
_NEXT_DUE = select(func.min(_n.ready_at)).where(_pending)

_WAVES = select(waves).where(waves.c.gathering.in_(bindparam("which", expanding=True)))
_mark = insert(waves)
_MARK = _mark.on_conflict_do_update(
    index_elements=["gathering", "starts_at", "kind", "lead"],
    # Once complete, always: a slower worker's first half must not open it again.
    set_={"complete": or_(waves.c.complete, _mark.excluded.complete)},
)
_STANDS = select(_n.id).where(_n.key == bindparam("wanted"), _n.ready_at.is_not(None))


class SqlNotificationRepository(Repository):
    __slots__ = ()

    def add(self, notices: Iterable[Notification]) -> None:
        self._each(_POST, [_written(each) for each in notices])

    def batches(self, gatherings: Collection[int]) -> dict[tuple[int, datetime, NotificationKind, timedelta], bool]:
        if not gatherings:
            return {}
        return {
            (row.gathering, row.starts_at, NotificationKind(row.kind), row.lead): row.complete
            for row in self._all(_WAVES, which=list(gatherings))
        }

    def mark_batch(self, gathering: Gathering, kind: NotificationKind, offset: timedelta, complete: bool) -> None:
        self._do(
            _MARK,
            gathering=gathering.id,
            starts_at=gathering.starts_at,
            kind=kind.value,
            lead=offset,
            complete=complete,
        )

    def claim(self, now: datetime, lease: timedelta, worker: str, room: dict[str, int]) -> list[ClaimedNotification]:
        expired = self._do(_EXPIRED, now=now).scalars().all()
        if expired:
            self._do(_TOO_LATE, which=expired, now=now)
        due = [row for on, most in room.items() for row in self._due(on, most, now)]
        if not due:
            return []
        self._do(_CLAIM, which=[row.id for row in due], until=now + lease, worker=worker, now=now)
        return [_claimed(row) for row in sorted(due, key=lambda row: (row.ready_at, row.id))]

    def _due(self, on: str, most: int, now: datetime) -> list[Row[Any]]:
        """The pace is for direct messages: a post in a channel does not wait behind them."""
        posts = self._all(_DUE_IN_CHANNELS, on=on, now=now, most=POSTS_AT_ONCE)
        return [*posts, *(self._all(_DUE_TO_MEMBERS, on=on, now=now, most=most) if most > 0 else [])]

    def settle(self, claimed: ClaimedNotification, worker: str, receipt: Receipt, now: datetime, why: str = "") -> bool:
        changed = self._changed(
            _DROP if receipt is Receipt.DROPPED else _SETTLE,
            which=claimed.id,
            by=worker,
            attempt=claimed.attempts,
            receipt=receipt.value,
            now=now,
            why=why[:WHY_LIMIT],
        )
        return changed == 1

    def retry(self, claimed: ClaimedNotification, worker: str, at: datetime, *, in_doubt: bool, why: str) -> bool:
        changed = self._changed(
            _RETRY,
            which=claimed.id,
            by=worker,
            attempt=claimed.attempts,
            at=at,
            in_doubt=in_doubt,
            why=why[:WHY_LIMIT],
        )
        return changed == 1

    def lock_claimed(self, claimed: ClaimedNotification, worker: str) -> Notification | None:
        row = self._one(_HELD, which=claimed.id, by=worker, attempt=claimed.attempts)
        return None if row is None else _notice(row)

    def begin_send(
        self, claimed: ClaimedNotification, worker: str, now: datetime, lease: timedelta, to: Address | None = None
    ) -> bool:
        values = {"which": claimed.id, "by": worker, "attempt": claimed.attempts, "now": now, "until": now + lease}
        if to is None:
            return self._changed(_BEGIN, **values) == 1
        return self._changed(_BEGIN_AT, on=to.platform, as_=to.account, **values) == 1

    def readdress(self, claimed: ClaimedNotification, worker: str, to: Address, now: datetime) -> bool:
        values = {"which": claimed.id, "by": worker, "attempt": claimed.attempts}
        return self._changed(_READDRESS, on=to.platform, at=now, **values) == 1

    def postpone(self, claimed: ClaimedNotification, worker: str, at: datetime, *, why: str) -> bool:
        changed = self._changed(
            _POSTPONE,
            which=claimed.id,
            by=worker,
            attempt=claimed.attempts,
            at=at,
            in_doubt=claimed.in_doubt,
            why=why[:WHY_LIMIT],
        )
        return changed == 1

    def last_id(self) -> int:
        last: int = self._do(_LAST).scalar_one()
        return last

    def count_recent(self, platform: str, since: datetime, until: datetime) -> int:
        count: int = self._do(_LATELY, on=platform, since=since, until=until).scalar_one()
        return count

    def is_pending(self, key: str) -> bool:
        return self._one(_STANDS, wanted=key) is not None

    def next_due(self) -> datetime | None:
        due: datetime | None = self._do(_NEXT_DUE).scalar()
        return due


def _written(notice: Notification) -> dict[str, object]:
    return {
        "key": notice.key,
        "kind": notice.kind.value,
        "gathering": notice.gathering,
        "platform": notice.platform,
        "member": notice.member,
        "account": notice.address.account if notice.address else None,
        "channel": notice.channel.account if notice.channel else None,
        "announcement": notice.announcement,
        "message": notice.message,
        "lead": notice.offset,
        "starts_at": notice.starts_at,
        "due_at": notice.due_at,
        "expires_at": notice.expires_at,
        "state": notice.state.value,
        "ready_at": notice.due_at if notice.state is Receipt.WAITING else None,
    }


def _claimed(row: Row[Any]) -> ClaimedNotification:
    """From the row as it was before this claim."""
    return ClaimedNotification(
        id=row.id,
        notification=_notice(row),
        attempts=row.attempts + 1,
        in_doubt=row.in_doubt or row.state == Receipt.CLAIMED.value,
        began_at=row.begun_at,
    )


def _notice(row: Row[Any]) -> Notification:
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
