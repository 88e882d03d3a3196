"""Records what became of an attempt: the receipt of its notification, or when it is tried again; in a transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.config import Config
from bot.members.model import LetterUse
from bot.notifications import breaker, by_letter
from bot.notifications.model import (
    EDITED_LATER,
    ClaimedNotification,
    Notification,
    NotificationKind,
    Receipt,
    is_bound_to_address,
    platform_of_scope,
    scope_of,
)
from bot.notifications.restricted import close_breaker, open_breaker
from bot.notifications.results import (
    Absent,
    Accepted,
    Attempt,
    LookupFailed,
    NotSent,
    OutcomeUnknown,
    RecipientUnreachable,
    SenderRefused,
)
from bot.ports import ConversationGone, OpeningTooFast, SentMessage, Throttled, TryLater
from bot.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 40
"""Some three hours: platforms are away for an hour now and then, and a reminder a day ahead can wait for that."""
FIRST_BACKOFF = timedelta(seconds=5)
LONGEST_BACKOFF = timedelta(minutes=5)
OPENING_PAUSE = timedelta(minutes=10)
"""Where a platform wants fewer conversations opened, and does not say until when."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded in a transaction that may still be rolled back; to be counted and logged once it is durable."""

    kind: NotificationKind
    receipt: Receipt | None = None
    """None: it is tried again."""
    log_line: str = ""
    level: int = logging.WARNING
    readdressed: str = ""
    """The scope that it was given to."""


class Settler:
    """Records the attempts of `worker`, in the transaction of `uow`."""

    def __init__(
        self, uow: UnitOfWork, config: Config, worker: str, now: datetime, jitter: Callable[[], float]
    ) -> None:
        self._uow = uow
        self._config = config
        self._worker = worker
        self._now = now
        self._jitter = jitter

    def record_all(self, attempts: Sequence[Attempt]) -> list[Recorded]:
        accepted = [attempt.claimed for attempt in attempts if isinstance(attempt.result, Accepted)]
        held = self._uow.deliveries.settle_sent(accepted, self._worker, self._now)
        return [self._record(attempt, held) for attempt in attempts]

    def _record(self, attempt: Attempt, settled: Collection[tuple[int, int]]) -> Recorded:
        claimed = attempt.claimed
        if isinstance(attempt.result, Accepted):
            is_ours = (claimed.id, claimed.attempts) in settled
            return self._accepted(attempt, attempt.result.message) if is_ours else _lost(claimed)
        # Read again: its member may have connected or disconnected since it was claimed.
        current = self._uow.deliveries.lock_held(claimed, self._worker)
        if current is None:
            return _lost(claimed)
        held = replace(claimed, notification=current)
        match attempt.result:
            case RecipientUnreachable(why):
                if attempt.is_trial:
                    self._try_another(scope_of(attempt.to))
                return self._unreachable(held, why)
            case SenderRefused(why):
                return self._open_breaker(held, attempt, why)
            case NotSent(problem, uncounted):
                return self._not_sent(held, attempt, problem, counted=not uncounted)
            case OutcomeUnknown(why):
                return self._retry(held, why, in_doubt=True)
            case Absent():
                self._uow.deliveries.give_back(held, self._now, in_doubt=False, why="it had not arrived")
                return Recorded(current.kind)
            case LookupFailed(why, problem):
                return self._look_up_later(held, attempt, why, problem)
            case result:
                assert_never(result)

    def settle(self, claimed: ClaimedNotification, receipt: Receipt, why: str = "") -> Recorded:
        """Records the final receipt of a notification that is locked."""
        self._uow.deliveries.settle(claimed, receipt, self._now, why)
        failed = receipt in {Receipt.FAILED, Receipt.BLOCKED}
        return Recorded(claimed.notification.kind, receipt, f"{receipt}: {why}" if failed else "")

    def _accepted(self, attempt: Attempt, message: SentMessage) -> Recorded:
        notification = attempt.claimed.notification
        # Of the announcement itself alone; a reminder in the channel is a post of its own.
        if notification.announcement is not None and notification.kind is NotificationKind.ANNOUNCEMENT:
            self._uow.announcements.mark_posted(notification.announcement, message.message)
        if notification.kind in EDITED_LATER:
            self._uow.deliveries.keep_message(attempt.claimed, message.message)
        if message.conversation and message.conversation != attempt.conversation:
            self._uow.conversations.save(attempt.to, message.conversation)
        recorded = Recorded(notification.kind, Receipt.SENT)
        scope = scope_of(attempt.to)
        if attempt.is_trial and close_breaker(self._uow, scope, self._now):
            return replace(recorded, log_line=f"was accepted: {scope} takes the bot's messages again")
        return recorded

    def _unreachable(self, held: ClaimedNotification, why: str) -> Recorded:
        """The member is told when they next write, and hears what this is about by letter, if they can."""
        notification = held.notification
        if notification.member is not None and self._was_their_line(notification, notification.member):
            self._uow.members.mark_unreached(notification.member, unreached=True)
        mailbox = by_letter.instead(self._uow, self._config, notification)
        if mailbox is None:
            return self.settle(held, Receipt.BLOCKED, why)
        scope = scope_of(mailbox)
        self._uow.deliveries.readdress(held, scope, self._now)
        return Recorded(notification.kind, log_line=f"goes by letter: {why}", level=logging.INFO, readdressed=scope)

    def _was_their_line(self, notification: Notification, member: int) -> bool:
        """What goes to one of several addresses says nothing of the line on which they hear of what is theirs."""
        if is_bound_to_address(notification.kind):
            return False
        if not by_letter.is_letter(notification):
            return True
        return LetterUse.of(self._uow.accounts.addresses(member)) is LetterUse.ALONE

    def _open_breaker(self, held: ClaimedNotification, attempt: Attempt, why: str) -> Recorded:
        """No member is marked: this one waits like all others in the scope, and does not count as an attempt."""
        opened = breaker.opened(scope_of(attempt.to), why, self._now)
        standing = self._uow.breakers.get(opened.scope)
        if standing is None and held.why and why.startswith(held.why):
            # Since it was refused another was taken: whatever it is about this one, the others do not wait for it.
            return self._retry(held, why, breaker.interval(held.attempts - 1))
        is_new = open_breaker(self._uow, self._config, opened, held.notification.gathering, self._now)
        standing = standing or opened
        self._uow.deliveries.give_back(held, breaker.again_at(standing), in_doubt=False, why=why, counted=False)
        line = f"was refused: {opened.scope} refuses the bot itself ({why}); it is sent nothing unasked for now"
        return Recorded(held.notification.kind, log_line=line, level=logging.ERROR if is_new else logging.WARNING)

    def _try_another(self, scope: str) -> None:
        standing = self._uow.breakers.get(scope)
        if standing is not None:
            self._uow.breakers.replace(standing, breaker.at_once(standing, self._now))

    def _not_sent(self, held: ClaimedNotification, attempt: Attempt, problem: TryLater, *, counted: bool) -> Recorded:
        match problem:
            case Throttled():
                pause = problem.after or self._backoff(held.attempts)
                self._pause(scope_of(attempt.to), pause)
                # The scope waits, and not this one alone: it counts where the platform gave no time to wait.
                return self._retry(held, str(problem), pause, counted=counted and problem.after is None)
            case OpeningTooFast():
                pause = problem.after or OPENING_PAUSE
                limits = self._uow.send_limits.lock(platform_of_scope(scope_of(attempt.to)), self._now)
                self._uow.send_limits.save(limits.with_openings_paused(self._now + pause))
                return self._retry(held, str(problem), pause, counted=False)
            case ConversationGone():
                self._uow.conversations.forget(attempt.to, attempt.conversation)
                return self._retry(held, str(problem), problem.after or timedelta(0), counted=counted)
            case _:
                return self._retry(held, str(problem), problem.after, counted=counted)

    def _pause(self, scope: str, pause: timedelta) -> None:
        limits = self._uow.send_limits.lock(scope, self._now)
        self._uow.send_limits.save(limits.with_sends_paused(self._now + pause * (1 + self._jitter() / 20)))

    def _look_up_later(
        self, held: ClaimedNotification, attempt: Attempt, why: str, problem: TryLater | None
    ) -> Recorded:
        """One budget for all look-ups of the scope: what the platform says of one holds for the next."""
        if problem is None:
            return self._retry(held, why, in_doubt=True)
        pause = problem.after or self._backoff(held.attempts)
        limits = self._uow.send_limits.lock(scope_of(attempt.to), self._now)
        self._uow.send_limits.save(limits.with_lookups_paused(self._now + pause))
        # Due at once: when look-ups go on, the one that expires first is next, whichever it is.
        self._uow.deliveries.give_back(held, self._now, in_doubt=True, why=why, counted=problem.after is None)
        return Recorded(held.notification.kind, log_line=f"is in doubt still: {why}", level=logging.INFO)

    def _retry(
        self,
        held: ClaimedNotification,
        why: str,
        after: timedelta | None = None,
        *,
        in_doubt: bool = False,
        counted: bool = True,
    ) -> Recorded:
        """Gives it back for a later attempt: `after`, or with a backoff that doubles each time."""
        if held.attempts >= MAX_ATTEMPTS:
            return self.settle(held, Receipt.FAILED, why)
        at = self._now + (self._backoff(held.attempts) if after is None else after)
        if not in_doubt:
            # No later than its expiry: then it is recorded as too late. One in doubt is looked up after it, too.
            at = min(at, max(self._now, held.notification.expires_at))
        self._uow.deliveries.give_back(held, at, in_doubt=in_doubt, why=why, counted=counted)
        return Recorded(held.notification.kind, log_line=f"is in doubt: {why}" if in_doubt else "")

    def defer(self, claimed: ClaimedNotification, why: str) -> datetime:
        """Of a locked one that cannot be rendered yet; returns when it is tried again."""
        at = min(self._now + self._backoff(claimed.attempts), claimed.notification.expires_at)
        self._uow.deliveries.give_back(claimed, at, in_doubt=claimed.in_doubt, why=why)
        return at

    def _backoff(self, attempts: int) -> timedelta:
        backoff: timedelta = min(FIRST_BACKOFF * 2 ** min(attempts - 1, 10), LONGEST_BACKOFF)
        return backoff * (1 + self._jitter() / 4)


def _lost(claimed: ClaimedNotification) -> Recorded:
    return Recorded(claimed.notification.kind, log_line="was settled by another worker meanwhile")
