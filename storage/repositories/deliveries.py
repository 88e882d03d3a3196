"""The outbox as workers use it: notifications are locked, held under a lease, and settled or given back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Integer,
    Row,
    Text,
    Update,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from bot.addresses import Address
from bot.notifications.due import DueNotification
from bot.notifications.model import (
    ClaimedNotification,
    Notification,
    NotificationKind,
    Receipt,
    ScopeState,
    is_bound_to_address,
    platform_of_scope,
    scope_of,
)
from storage.repositories.due_notifications import (
    DUE_POSTS,
    DUE_TO_MEMBERS,
    STATE_AND_DUE_TO_MEMBERS,
    TRIAL_TO_MEMBER,
    read_due,
    read_state,
)
from storage.repositories.notifications import DOUBTFUL, UPDATE_NOTIFICATION, notification_of
from storage.repositories.repository import Repository
from storage.schema import notices

EXPIRED_PER_TRANSACTION = 500
REASON_LIMIT = 300
"""Characters of a reason that are stored."""

_n = notices.c
_pending = _n.ready_at.is_not(None)
_in_scope = _n.scope == bindparam("scope_name")
_NEXT_SCOPE = select(func.min(_n.scope)).where(_pending, _n.scope > bindparam("after"))
_ADOPT = update(notices).where(_n.scope == "", _pending).values(scope=_n.platform)
_UNSCOPED = select(_n.id).where(_n.scope == "", _pending).limit(1)
_EXPIRED = (
    select(_n.id)
    .where(
        _pending,
        _n.expires_at <= bindparam("now"),
        _n.in_doubt.is_(False),
        _n.state == Receipt.WAITING.value,
    )
    .limit(EXPIRED_PER_TRANSACTION)
    .with_for_update(skip_locked=True)
)
_EXPIRE = (
    update(notices)
    .where(_n.id.in_(bindparam("notification_ids", expanding=True)))
    .values(state=Receipt.TOO_LATE.value, ready_at=null(), worker=null(), settled_at=bindparam("now"), account=null())
)


_DOUBT = (
    select(notices)
    .where(_in_scope, DOUBTFUL, _n.ready_at <= bindparam("now"))
    # First what could still be sent: once it is too late, only the record is at stake.
    .order_by(case((_n.expires_at <= bindparam("now"), 1), else_=0), _n.expires_at, _n.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_BEGUN = {
    "state": Receipt.CLAIMED.value,
    "in_doubt": True,
    "worker": bindparam("by_worker"),
    "attempts": _n.attempts + 1,
    "ready_at": bindparam("until"),
}
_BEGIN_LOOKUP = UPDATE_NOTIFICATION.values(_BEGUN)
# The attempt is part of it: a worker that outlived its lease does not settle its own next claim.
_is_held = (_n.worker == bindparam("by_worker"), _n.state == Receipt.CLAIMED.value)
_HELD = (
    select(notices)
    .where(_n.id == bindparam("notification_id"), _n.attempts == bindparam("attempts_before"), *_is_held)
    .with_for_update()
)
_SETTLED = {
    "state": bindparam("receipt"),
    "ready_at": null(),
    "worker": null(),
    "in_doubt": False,
    "settled_at": bindparam("now"),
    "why": bindparam("reason"),
    # Never looked up again, so the address is not needed.
    "account": null(),
}
_SETTLE = UPDATE_NOTIFICATION.values(_SETTLED)
_KEEP_MESSAGE = UPDATE_NOTIFICATION.values(posted=bindparam("message_id"))
_DROP = _SETTLE.values(begun_at=null())
_KINDS_BOUND_TO_ADDRESS = sorted(kind.value for kind in NotificationKind if is_bound_to_address(kind))
_WAIT = UPDATE_NOTIFICATION.values(
    state=Receipt.WAITING.value,
    worker=null(),
    attempts=bindparam("attempts_after"),
    ready_at=bindparam("at"),
    why=bindparam("reason"),
)
_WAIT_IN_DOUBT = _WAIT.values(in_doubt=True)
# What was certainly not sent goes to whichever address the member then wrote from last.
_WAIT_UNSENT = _WAIT.values(
    in_doubt=False, begun_at=null(), account=case((_n.kind.in_(_KINDS_BOUND_TO_ADDRESS), _n.account), else_=null())
)
_READDRESS = UPDATE_NOTIFICATION.values(
    state=Receipt.WAITING.value,
    worker=null(),
    in_doubt=False,
    begun_at=null(),
    platform=bindparam("at_platform"),
    scope=bindparam("at_scope"),
    account=case((_n.kind.in_(_KINDS_BOUND_TO_ADDRESS), _n.account), else_=null()),
    ready_at=bindparam("at"),
)
_COUNT_BEGUN = select(func.count()).where(
    _n.platform == bindparam("at_platform"),
    _n.begun_at.is_not(None),
    _n.member.is_not(None),
    _n.begun_at.between(bindparam("since"), bindparam("until")),
)


class SqlDeliveryRepository(Repository):
    def scopes(self) -> list[str]:
        if self._one(_UNSCOPED) is not None:
            self._do(_ADOPT)
        scopes: list[str] = []
        while scope := self._value(_NEXT_SCOPE, after=scopes[-1] if scopes else ""):
            scopes.append(scope)
        return scopes

    def expire(self, now: datetime) -> None:
        expired = self._values(_EXPIRED, now=now)
        if expired:
            self._do(_EXPIRE, notification_ids=expired, now=now)

    def lock_due(
        self, scope: str, now: datetime, limit: int, *, posts: bool, trial: bool = False
    ) -> list[DueNotification]:
        statement = DUE_POSTS if posts else TRIAL_TO_MEMBER if trial else DUE_TO_MEMBERS
        return [read_due(row) for row in self._all(statement, scope_name=scope, now=now, limit=limit)]

    def lock_doubt(self, scope: str, now: datetime) -> ClaimedNotification | None:
        row = self._one(_DOUBT, scope_name=scope, now=now)
        return None if row is None else _claimed(row)

    def begin_sends(
        self, sends: Sequence[tuple[ClaimedNotification, Address]], worker: str, now: datetime, until: datetime
    ) -> None:
        held: dict[str, object] = {"by_worker": worker, "now": now, "until": until}
        posts = [claimed.id for claimed, to in sends if to.is_channel]
        if posts:
            self._changed(_begin(len(posts), posts=True), **held, **_numbered("id", posts))
        direct = [(claimed.id, to) for claimed, to in sends if not to.is_channel]
        if direct:
            held |= {"at_scope": scope_of(direct[0][1]), "at_platform": direct[0][1].platform}
            ids = _numbered("id", [number for number, _ in direct])
            accounts = _numbered("account", [to.account for _, to in direct])
            self._changed(_begin(len(direct), posts=False), **held, **ids, **accounts)

    def begin_lookup(self, claimed: ClaimedNotification, worker: str, until: datetime) -> None:
        self._changed(_BEGIN_LOOKUP, notification_id=claimed.id, by_worker=worker, until=until)

    def lock_held(self, claimed: ClaimedNotification, worker: str) -> Notification | None:
        row = self._one(_HELD, notification_id=claimed.id, by_worker=worker, attempts_before=claimed.attempts)
        return None if row is None else notification_of(row)

    def settle_sent(self, sent: Sequence[ClaimedNotification], worker: str, now: datetime) -> set[tuple[int, int]]:
        if not sent:
            return set()
        held = _numbered("id", [each.id for each in sent]) | _numbered("attempt", [each.attempts for each in sent])
        values = {"by_worker": worker, "receipt": Receipt.SENT.value, "now": now, "reason": ""}
        return {(row.id, row.attempts) for row in self._all(_settle_held(len(sent)), **held, **values)}

    def keep_message(self, claimed: ClaimedNotification, message: str) -> None:
        self._changed(_KEEP_MESSAGE, notification_id=claimed.id, message_id=message)

    def settle(self, claimed: ClaimedNotification, receipt: Receipt, now: datetime, why: str = "") -> None:
        statement = _DROP if receipt is Receipt.DROPPED else _SETTLE
        self._changed(statement, notification_id=claimed.id, receipt=receipt.value, now=now, reason=_reason(why))

    def give_back(
        self, claimed: ClaimedNotification, at: datetime, *, in_doubt: bool, why: str, counted: bool = True
    ) -> None:
        attempts = claimed.attempts if counted else claimed.attempts - 1
        statement = _WAIT_IN_DOUBT if in_doubt else _WAIT_UNSENT
        self._changed(statement, notification_id=claimed.id, at=at, attempts_after=attempts, reason=_reason(why))

    def readdress(self, claimed: ClaimedNotification, scope: str, at: datetime) -> None:
        platform = platform_of_scope(scope)
        self._changed(_READDRESS, notification_id=claimed.id, at=at, at_scope=scope, at_platform=platform)

    def state_and_due(
        self, scope: str, now: datetime, limit: int, *, sent_since: datetime, doubts_since: datetime
    ) -> tuple[ScopeState, list[DueNotification]]:
        since = {"sent_since": sent_since, "doubts_since": doubts_since}
        rows = self._all(STATE_AND_DUE_TO_MEMBERS, scope_name=scope, now=now, limit=limit, **since)
        return read_state(rows[0]), [read_due(row) for row in rows if row.id is not None]

    def count_begun(self, platform: str, since: datetime, until: datetime) -> int:
        return int(self._value(_COUNT_BEGUN, at_platform=platform, since=since, until=until))


# One statement for all of a turn, built once for each number of them: on a server each is a round trip.


@lru_cache
def _begin(count: int, *, posts: bool) -> Update:
    begin = update(notices).where(_n.id.in_(_parameters("id", count))).values(_BEGUN | {"begun_at": bindparam("now")})
    if posts:
        return begin
    numbers = range(count)
    account = case(*((_n.id == bindparam(f"id_{each}"), bindparam(f"account_{each}", type_=Text)) for each in numbers))
    return begin.values(scope=bindparam("at_scope"), platform=bindparam("at_platform"), account=account)


@lru_cache
def _settle_held(count: int) -> ReturningUpdate[Any]:
    # By pairs: a worker that outlived its lease may have sent the same one twice.
    pairs = zip(_parameters("id", count), _parameters("attempt", count), strict=True)
    is_listed = or_(*((_n.id == number) & (_n.attempts == attempt) for number, attempt in pairs))
    return update(notices).where(is_listed, *_is_held).values(_SETTLED).returning(_n.id, _n.attempts)


def _parameters(name: str, count: int) -> list[BindParameter[Any]]:
    return [bindparam(f"{name}_{number}", type_=Integer) for number in range(count)]


def _numbered(name: str, values: Sequence[object]) -> dict[str, object]:
    return {f"{name}_{number}": value for number, value in enumerate(values)}


def _reason(why: str) -> str:
    """A NUL in what a platform said would be refused by PostgreSQL, again and again."""
    return why.replace("\0", "")[:REASON_LIMIT]


def _claimed(row: Row[Any]) -> ClaimedNotification:
    """`row`: as it was before this claim."""
    in_doubt = row.in_doubt or row.state == Receipt.CLAIMED.value
    return ClaimedNotification(row.id, notification_of(row), row.attempts + 1, in_doubt, row.begun_at, row.why)
