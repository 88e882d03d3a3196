"""Records what became of a claimed notification: its receipt, or when it is tried again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.addresses import Address
from bot.config import Config
from bot.notifications import breaker, enqueue, schedule
from bot.notifications.breaker import POSTPONED
from bot.notifications.model import ClaimedNotification, Notification, NotificationKind, Receipt
from bot.ports import Clock, Metrics, SentMessage, Storage
from bot.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 40
"""Some three hours: platforms are away for an hour now and then, and a reminder a day ahead can wait for that."""
FIRST_BACKOFF = timedelta(seconds=5)
LONGEST_BACKOFF = timedelta(minutes=5)


class Settler:
    """Settles what `worker` has claimed."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        config: Config,
        worker: str,
        metrics: Metrics,
        jitter: Callable[[], float],
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._config = config
        self._worker = worker
        self._metrics = metrics
        self._jitter = jitter

    async def settle(
        self,
        claimed: ClaimedNotification,
        receipt: Receipt,
        why: str = "",
        *,
        sent: SentMessage | None = None,
        closes_scope: str = "",
    ) -> None:
        """Records a final receipt. `closes_scope`: this send was the trial that closes the breaker of that scope."""
        now = self._clock.now()

        def work(uow: UnitOfWork) -> tuple[bool, bool]:
            if sent is not None:
                _save_message_id(uow, claimed, sent)
            # Read again: its member may have disconnected meanwhile, and the address may be another member by now.
            if (
                receipt is Receipt.BLOCKED
                and (notification := uow.notifications.lock_claimed(claimed, self._worker))
                and notification.member is not None
            ):
                uow.members.mark_unreached(notification.member, unreached=True)
            settled = uow.notifications.settle(claimed, self._worker, receipt, now, why)
            return settled, bool(closes_scope and uow.breakers.close(closes_scope, now))

        if receipt in {Receipt.FAILED, Receipt.BLOCKED}:
            log.warning("%s %s: %s", claimed.notification.kind, receipt, why)
        settled, closed = await self._storage.run(work)
        if closed:
            log.warning("%s takes the bot's messages again", closes_scope)
        if not settled:
            log.warning("%s was settled by another worker meanwhile", claimed.notification.kind)
        else:
            self._metrics.settled(claimed.notification.kind, receipt)

    async def retry(self, claimed: ClaimedNotification, why: str, after: timedelta | None, *, in_doubt: bool) -> None:
        """Gives it back for a later attempt: `after` at the earliest, with a backoff that doubles each time."""
        if claimed.attempts >= MAX_ATTEMPTS:
            await self.settle(claimed, Receipt.FAILED, why)
            return
        backoff = min(FIRST_BACKOFF * 2 ** (claimed.attempts - 1), LONGEST_BACKOFF)
        wait = max(after or timedelta(0), backoff) * (1 + self._jitter() / 4)
        # No later than its expiry, so that one that was never sent is then recorded as too late.
        at = min(self._clock.now() + wait, claimed.notification.expires_at)
        await self._storage.run(
            lambda uow: uow.notifications.retry(claimed, self._worker, at, in_doubt=in_doubt, why=why)
        )

    async def readdress(self, claimed: ClaimedNotification, to: Address) -> None:
        """Gives back what was not sent, to be sent to the address where its member is now."""
        await self._storage.run(lambda uow: uow.notifications.readdress(claimed, self._worker, to, self._clock.now()))

    async def open_breaker(self, claimed: ClaimedNotification, to: Address, why: str) -> None:
        """The platform refuses the bot itself: no member is marked, and direct messages in that scope wait."""
        now = self._clock.now()
        opened = breaker.opened(breaker.scope_of(to), why, now)

        def work(uow: UnitOfWork) -> bool:
            is_new = uow.breakers.open(opened)
            current = uow.breakers.get(opened.scope) or opened
            self.postpone(uow, claimed, current.next_trial_at, now)
            if is_new:
                enqueue.sender_restricted(uow, self._config, current, claimed.notification, now)
            return is_new

        if await self._storage.run(work):
            log.error("%s refuses the bot itself: %s. Nothing is told there unasked for now.", opened.scope, why)
        else:
            log.warning("%s still refuses the bot itself: %s", opened.scope, why)

    def postpone(self, uow: UnitOfWork, claimed: ClaimedNotification, until: datetime, now: datetime) -> None:
        """Waits for the breaker, at most until it expires; reminders go to the channels instead."""
        notification = claimed.notification
        at = max(now, min(until, notification.expires_at))
        uow.notifications.postpone(claimed, self._worker, at, why=POSTPONED)
        if notification.kind is NotificationKind.REMINDER:
            _remind_in_channels(uow, notification, now)


def _remind_in_channels(uow: UnitOfWork, reminder: Notification, now: datetime) -> None:
    gathering = None if reminder.gathering is None else uow.gatherings.get(reminder.gathering)
    if gathering is not None and gathering.starts_at == reminder.starts_at:
        offset, expires_at = reminder.offset, reminder.expires_at
        uow.notifications.add(schedule.channel_reminders(uow, gathering, offset, expires_at, now, reminder.platform))


def _save_message_id(uow: UnitOfWork, claimed: ClaimedNotification, sent: SentMessage) -> None:
    """Of the announcement itself alone, which is edited later; a reminder in the channel is a post of its own."""
    notification = claimed.notification
    if notification.announcement is not None and notification.kind is NotificationKind.ANNOUNCEMENT:
        uow.announcements.mark_posted(notification.announcement, sent.message)
