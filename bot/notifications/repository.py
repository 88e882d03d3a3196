"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.addresses import Address
from bot.gatherings.model import Gathering
from bot.notifications.breaker import CircuitBreaker
from bot.notifications.due import DueNotification
from bot.notifications.model import (
    ClaimedNotification,
    LiveMessage,
    Notification,
    NotificationKind,
    Receipt,
    ScopeState,
)
from bot.notifications.send_limits import SendLimits


class NotificationRepository(Protocol):
    """The outbox: notifications that wait, are being sent, or have a receipt."""

    def add(self, notifications: Iterable[Notification]) -> None:
        """Adds notifications to deliver; one whose key exists already is left as it is."""

    def batches(self, gatherings: Collection[int]) -> dict[tuple[int, datetime, NotificationKind, timedelta], bool]:
        """The batches that have run, by gathering, start, kind and offset; True where they are complete."""

    def mark_batch(self, gathering: Gathering, kind: NotificationKind, offset: timedelta, complete: bool) -> None: ...

    def last_id(self) -> int:
        """The highest id that a notification ever had: it rises whenever one is added."""

    def next_due(self) -> datetime | None:
        """The earliest instant at which a waiting notification may be sent, or a lease runs out."""

    def is_pending(self, key: str) -> bool:
        """Whether the notification with this key waits, or is held by a worker."""

    def starts_last_told(self, gathering: int) -> dict[int, datetime]:
        """By member, when it was to begin as they know it, of those whom moves since have not reached."""

    def is_being_edited(self, amendment: Notification) -> bool:
        """Whether a worker is editing the post that this would edit, or may have begun to and died."""

    def channel_reminders(self, gathering: int) -> list[Notification]:
        """Those of this gathering, for whatever start, that were posted in a channel, or may be yet."""

    def posted(self, key: str) -> str:
        """The platform's id of the message that was sent with this key; empty where none stands that is kept."""

    def live_messages(self, gatherings: Collection[int]) -> list[LiveMessage]:
        """The messages about these gatherings that are edited in place, as far as they were sent."""

    def forget_message(self, notification: int) -> None:
        """The message that was sent is gone, and edited no more."""

    def count_waiting(self) -> dict[str, int]:
        """How many direct messages wait, by platform."""

    def waiting_reminders(self, scope: str, now: datetime) -> list[Notification]:
        """One reminder of each gathering, start and offset of which some wait in this scope and may be sent now."""


class DeliveryRepository(Protocol):
    """The outbox as workers use it: what they lock, hold, and give back.

    A notification is held by one worker at a time, until its lease ends. While it is held, its outcome counts as
    unknown: when the lease ends without a receipt, it comes back as one that is in doubt.
    """

    def scopes(self) -> list[str]:
        """In which notifications are pending. What an older version added gets its scope here."""

    def expire(self, now: datetime) -> None:
        """Gives those past their expiry the receipt TOO_LATE, unless they are in doubt."""

    def lock_due(
        self, scope: str, now: datetime, limit: int, *, posts: bool, trial: bool = False
    ) -> list[DueNotification]:
        """Locks what may be sent now, earliest due first, to the end of the transaction: posts, or direct messages.

        What is in doubt, past its expiry or locked by another worker is not among them. `trial`: of direct messages the
        one that waits longest is first, so that one that was refused comes after those that were not tried.
        """

    def lock_doubt(self, scope: str, now: datetime) -> ClaimedNotification | None:
        """The one in doubt to be looked up next: of those that could still be sent the first to expire."""

    def begin_sends(
        self, sends: Sequence[tuple[ClaimedNotification, Address]], worker: str, now: datetime, until: datetime
    ) -> None:
        """Of locked ones, all of one scope: `worker` holds them `until` then, and sends each to its address.

        There it is looked up while it is in doubt.
        """

    def begin_lookup(self, claimed: ClaimedNotification, worker: str, until: datetime) -> None:
        """Of a locked one in doubt: `worker` holds it `until` then, and looks it up."""

    def lock_held(self, claimed: ClaimedNotification, worker: str) -> Notification | None:
        """The notification as it is now, locked, for its member may have changed; None when this worker lost it."""

    def settle_sent(self, sent: Sequence[ClaimedNotification], worker: str, now: datetime) -> set[tuple[int, int]]:
        """Records that they were sent, whoever their members are by now; id and attempt of what this worker held."""

    def keep_message(self, claimed: ClaimedNotification, message: str) -> None:
        """Keeps the platform's id of what was sent, so that it can be edited."""

    def settle(self, claimed: ClaimedNotification, receipt: Receipt, now: datetime, why: str = "") -> None:
        """Records the final receipt of a locked one. What was dropped was not sent, and does not count as begun."""

    def give_back(
        self, claimed: ClaimedNotification, at: datetime, *, in_doubt: bool, why: str, counted: bool = True
    ) -> None:
        """Of a locked one: it waits, and may be sent or looked up from `at`. `counted`: the attempt counts."""

    def readdress(self, claimed: ClaimedNotification, scope: str, at: datetime) -> None:
        """Of a locked one: it waits for another scope, and goes to where its member is there."""

    def state_and_due(
        self, scope: str, now: datetime, limit: int, *, sent_since: datetime, doubts_since: datetime
    ) -> tuple[ScopeState, list[DueNotification]]:
        """The state of the scope, read at once with the direct messages that `lock_due` would return.

        In flight is what began to be sent after `sent_since`, recent what did after `doubts_since`.
        """

    def count_begun(self, platform: str, since: datetime, until: datetime) -> int:
        """How many direct messages any worker began to send on a platform between these."""


class SendLimitsRepository(Protocol):
    def get(self, scope: str) -> SendLimits | None: ...

    def lock(self, scope: str, now: datetime) -> SendLimits:
        """Locked to the end of the transaction, so that workers take tokens one after the other."""

    def save(self, limits: SendLimits) -> None: ...


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

    def replace(self, before: CircuitBreaker, after: CircuitBreaker) -> bool:
        """Changes its trials; False when another worker changed them first."""

    def close(self, scope: str) -> bool:
        """Closes it; False when none was open."""
