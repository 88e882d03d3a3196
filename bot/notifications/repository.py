"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from bot.addresses import Address
from bot.gatherings.model import Gathering
from bot.notifications.breaker import CircuitBreaker
from bot.notifications.model import ClaimedNotification, Notification, NotificationKind, Receipt


class NotificationRepository(Protocol):
    """The outbox: notifications that wait, are being sent, or have a receipt."""

    def add(self, notices: Iterable[Notification]) -> None:
        """Keeps notices to deliver; one whose key is known already is left as it is."""

    def batches(self, gatherings: Collection[int]) -> dict[tuple[int, datetime, NotificationKind, timedelta], bool]:
        """Which rounds of reminders were planned, by gathering, start, kind and offset; True: for the last time."""

    def mark_batch(self, gathering: Gathering, kind: NotificationKind, offset: timedelta, complete: bool) -> None: ...

    def claim(self, now: datetime, lease: timedelta, worker: str, room: dict[str, int]) -> list[ClaimedNotification]:
        """Takes due notices for `worker` until the lease ends, oldest due first; `attempts` counts this one.

        At most `room[platform]` direct messages of each platform in `room`, none of others, and a few posts in
        channels besides, which do not wait behind them. A notice is held by one worker
        at a time; one whose lease ran out without a receipt comes back with `in_doubt`. Notices past their
        expiry are given the receipt TOO_LATE here instead.
        """

    def settle(self, claimed: ClaimedNotification, worker: str, receipt: Receipt, now: datetime, why: str = "") -> bool:
        """Records what became of a claimed notice; False when this worker no longer holds it."""

    def lock_claimed(self, claimed: ClaimedNotification, worker: str) -> Notification | None:
        """The notice as it stands now, for it may have become another member's; None when this worker lost it.

        It stays as it is until the end of the transaction.
        """

    def begin_send(
        self, claimed: ClaimedNotification, worker: str, now: datetime, lease: timedelta, to: Address | None = None
    ) -> bool:
        """Records that sending begins now, and renews the lease; False when this worker no longer holds the notice.

        A worker that was stopped for longer than its lease learns of it here, before it tells what another has told.
        `to`: the address of the member where it is told, and where it is looked for as long as that is in doubt.
        """

    def readdress(self, claimed: ClaimedNotification, worker: str, to: Address, now: datetime) -> bool:
        """Gives back what was certainly not told, to be told where its member is heard now; False as above."""

    def retry(self, claimed: ClaimedNotification, worker: str, at: datetime, *, in_doubt: bool, why: str) -> bool:
        """Gives a claimed notice back, due again at `at`; False when this worker no longer holds it."""

    def postpone(self, claimed: ClaimedNotification, worker: str, at: datetime, *, why: str) -> bool:
        """The same for one that nobody began to send: it counts neither as an attempt nor for the pace."""

    def last_id(self) -> int:
        """The highest id that a notice was ever given: it rises whenever something is posted."""

    def count_recent(self, platform: str, since: datetime, until: datetime) -> int:
        """How many direct messages were begun on a platform between these, by any worker: for the pace.

        Those that were dropped at delivery do not count: nothing was sent.
        """

    def next_due(self) -> datetime | None:
        """The earliest instant at which a waiting notice is due, or a lease runs out."""

    def is_pending(self, key: str) -> bool:
        """Whether the notice with this key waits, or is held by a worker."""


class BreakerRepository(Protocol):
    """Circuit breakers that are open."""

    def get(self, scope: str) -> CircuitBreaker | None:
        """The open breaker of this scope."""

    def list_open(self) -> list[CircuitBreaker]:
        """All open ones, in the order of their scopes."""

    def open(self, breaker: CircuitBreaker) -> bool:
        """Keeps it; False where one of this scope was open already, which then stays as it is."""

    def begin_trial(self, before: CircuitBreaker, after: CircuitBreaker) -> bool:
        """Replaces `before`; False when another worker began this trial first."""

    def close(self, scope: str, now: datetime) -> bool:
        """Closes it and makes due what was postponed because of it; False when none was open."""
