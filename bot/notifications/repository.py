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

    def add(self, notifications: Iterable[Notification]) -> None:
        """Adds notifications to deliver; one whose key exists already is left as it is."""

    def batches(self, gatherings: Collection[int]) -> dict[tuple[int, datetime, NotificationKind, timedelta], bool]:
        """The batches that have run, by gathering, start, kind and offset; True where they are complete."""

    def mark_batch(self, gathering: Gathering, kind: NotificationKind, offset: timedelta, complete: bool) -> None: ...

    def claim(self, now: datetime, lease: timedelta, worker: str, limits: dict[str, int]) -> list[ClaimedNotification]:
        """Claims due notifications for `worker` until the lease ends, oldest due first; `attempts` counts this one.

        At most `limits[platform]` direct messages of each platform in `limits`, none of others, and a few posts in
        channels besides, which do not wait behind them. A notification is held by one worker at a time; one whose
        lease ran out without a receipt comes back with `in_doubt`. Those past their expiry get the receipt TOO_LATE
        instead.
        """

    def settle(self, claimed: ClaimedNotification, worker: str, receipt: Receipt, now: datetime, why: str = "") -> bool:
        """Records the final receipt of a claimed notification; False when this worker no longer holds it."""

    def lock_claimed(self, claimed: ClaimedNotification, worker: str) -> Notification | None:
        """The notification as it is now, for its member may have changed; None when this worker lost it.

        It is locked until the end of the transaction.
        """

    def begin_send(
        self, claimed: ClaimedNotification, worker: str, now: datetime, lease: timedelta, to: Address | None = None
    ) -> bool:
        """Records that sending begins now, and renews the lease; False when this worker no longer holds it.

        A worker that was stopped for longer than its lease learns of it here, before it sends what another has sent.
        `to`: the member's address that it is sent to, and where it is looked up as long as that is in doubt.
        """

    def readdress(self, claimed: ClaimedNotification, worker: str, to: Address, now: datetime) -> bool:
        """Gives back what was certainly not sent, to be sent where its member is now; False as above."""

    def retry(self, claimed: ClaimedNotification, worker: str, at: datetime, *, in_doubt: bool, why: str) -> bool:
        """Gives a claimed notification back, due again at `at`; False when this worker no longer holds it."""

    def postpone(self, claimed: ClaimedNotification, worker: str, at: datetime, *, why: str) -> bool:
        """The same for one that was not sent: it counts neither as an attempt nor for the rate."""

    def last_id(self) -> int:
        """The highest id that a notification ever had: it rises whenever one is added."""

    def count_recent(self, platform: str, since: datetime, until: datetime) -> int:
        """How many direct messages any worker began to send on a platform between these: for the rate limit.

        Those that were dropped at delivery do not count: nothing was sent.
        """

    def next_due(self) -> datetime | None:
        """The earliest instant at which a waiting notification is due, or a lease runs out."""

    def is_pending(self, key: str) -> bool:
        """Whether the notification with this key waits, or is held by a worker."""


class ConversationRepository(Protocol):
    """Ids of direct-message conversations, each kept with the identity that it is held with."""

    def get(self, address: Address) -> str:
        """The id of the conversation with a person; empty where none is known."""

    def save(self, address: Address, conversation: str) -> None:
        """Keeps the id with the identity; nothing for an address that is nobody's, as a channel's."""

    def forget(self, address: Address, conversation: str) -> None:
        """Removes an id that the platform no longer knows; nothing where another one is kept by now."""

    def missing(self, platform: str, now: datetime, limit: int) -> list[Address]:
        """Where registrants of upcoming gatherings are written to, and have no conversation; soonest gathering first.

        Without those who want no direct messages, or could not be reached. Cost follows the upcoming gatherings.
        """


class BreakerRepository(Protocol):
    """Circuit breakers that are open."""

    def get(self, scope: str) -> CircuitBreaker | None:
        """The open breaker of this scope."""

    def list_open(self) -> list[CircuitBreaker]:
        """All open ones, in the order of their scopes."""

    def open(self, breaker: CircuitBreaker) -> bool:
        """Saves it; False where one of this scope was open already, which then stays as it is."""

    def begin_trial(self, before: CircuitBreaker, after: CircuitBreaker) -> bool:
        """Replaces `before`; False when another worker began this trial first."""

    def close(self, scope: str, now: datetime) -> bool:
        """Closes it and makes due at once what was postponed because of it; False when none was open."""
