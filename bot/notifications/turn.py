"""One turn of a delivery loop: the one transaction that records what ended, claims what is due, and renders it.

What is rendered here is sent at once after the commit. Everything that limits sending is decided here, under the lock
of the platform's limits, so that several workers share one pace and meet a refusal of the bot together.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from bot.addresses import Address
from bot.config import Config
from bot.notifications import breaker, schedule
from bot.notifications.breaker import CircuitBreaker
from bot.notifications.due import DueNotification
from bot.notifications.model import (
    AMENDMENTS,
    ClaimedNotification,
    Receipt,
    ScopeState,
    platform_of_scope,
    scope_of,
)
from bot.notifications.pace import Pace
from bot.notifications.recipient import recipient
from bot.notifications.render import render
from bot.notifications.rendered import Deferred, Delivery, Dropped, Readdressed, Rendered
from bot.notifications.results import Attempt
from bot.notifications.settle import Recorded, Settler
from bot.platform import platform_of
from bot.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=120)
"""Longer than a look-up or a send may take, so that no other worker begins it meanwhile."""
MAX_DIRECT_IN_FLIGHT = 2
"""Direct messages in flight in one scope, of all workers: a platform that begins to refuse the bot meets no more."""
SLOW_SEND = timedelta(seconds=2)
"""A send that takes longer no longer counts as in flight: it would tell too late whether the platform refuses."""
POLL_IN_FLIGHT = timedelta(milliseconds=500)
"""How soon a worker looks again where the sends in flight are another worker's, or have become slow."""
MAX_HELD = 20
"""Notifications that one worker holds in one scope: what hangs there delays no other."""
MAX_RECENT_DOUBTS = 5
RECENT = timedelta(minutes=1)
"""With so many sends in doubt that began so recently, none is begun before some are looked up: a platform that answers
nothing would otherwise leave more of them than it lets the bot look up in time. One that cannot be read delays no more
than this."""
MAX_RENDERED = 50
"""Notifications that one transaction renders, those that are dropped among them."""
UNKNOWN_AFTER = timedelta(days=1)
"""After its expiry: a send that could not be looked up for so long is recorded as failed."""


@dataclass(frozen=True, slots=True)
class Send:
    """To be sent now. `is_trial`: whether it goes through decides whether an open breaker is closed."""

    claimed: ClaimedNotification
    delivery: Delivery
    conversation: str = ""
    is_trial: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """To be looked up now, where it was sent to."""

    claimed: ClaimedNotification
    to: Address
    conversation: str


@dataclass(slots=True)
class Turn:
    """What a turn decided."""

    sends: list[Send] = field(default_factory=list)
    lookup: Lookup | None = None
    recorded: list[Recorded] = field(default_factory=list)
    readdressed: set[str] = field(default_factory=set)
    """Scopes that something was given to."""
    again: bool = False
    """There may be more to claim at once."""
    next_at: datetime | None = None
    """When there may be more, whatever ends until then."""
    has_backlog: bool = False
    """Direct messages wait for the pace, or for those in flight."""

    def wait_until(self, at: datetime | None) -> None:
        if at is not None:
            self.next_at = at if self.next_at is None else min(self.next_at, at)


@dataclass(frozen=True, slots=True)
class Held:
    """What the loop holds already."""

    sends: int = 0
    is_looking_up: bool = False
    is_closing: bool = False
    """The worker stops: what ended is recorded, and nothing is claimed."""
    backlog_since: datetime | None = None


class TurnTaker:
    """Takes one turn in one scope, in the transaction of `uow`."""

    def __init__(
        self,
        uow: UnitOfWork,
        config: Config,
        scope: str,
        worker: str,
        now: datetime,
        jitter: Callable[[], float],
        *,
        careful: bool = False,
    ) -> None:
        """`careful`: renders each in a savepoint, because one of them broke the last transaction."""
        self._uow = uow
        self._config = config
        self._scope = scope
        platform = platform_of_scope(scope)
        self._pace = Pace(uow, platform, config.per_minute.get(platform), now)
        self._worker = worker
        self._now = now
        self._settler = Settler(uow, config, worker, now, jitter)
        self._careful = careful
        self._turn = Turn()

    def take(self, ended: Sequence[Attempt], held: Held) -> Turn:
        self._record(ended)
        if held.is_closing:
            return self._turn
        limits = self._uow.send_limits.lock(self._scope, self._now)
        sent_since, doubts_since = self._now - SLOW_SEND, self._now - RECENT
        state, due = self._uow.deliveries.state_and_due(
            self._scope, self._now, MAX_DIRECT_IN_FLIGHT + 1, sent_since=sent_since, doubts_since=doubts_since
        )
        # As it was before this turn: whatever this turn claims or gives back adds its own instant.
        self._turn.wait_until(state.next_ready)
        if limits.paused_until is not None and limits.paused_until > self._now:
            self._turn.wait_until(limits.paused_until)
            self._turn.has_backlog = held.backlog_since is not None
        else:
            self._claim_sends(state, due, held)
        if state.has_doubts and not held.is_looking_up:
            self._claim_doubt(limits.lookups_paused_until)
        return self._turn

    def _record(self, ended: Sequence[Attempt]) -> None:
        if self._careful:
            recorded = [each for attempt in ended for each in self._record_carefully(attempt)]
        else:
            recorded = self._settler.record_all(ended)
        self._turn.recorded += recorded
        self._turn.readdressed |= {each.readdressed for each in recorded if each.readdressed}

    def _record_carefully(self, attempt: Attempt) -> list[Recorded]:
        try:
            return self._uow.attempt(lambda: self._settler.record_all([attempt]))
        except Exception:
            # It is looked up when its lease ends.
            log.exception("could not record what became of %s", attempt.claimed.notification.kind)
            return []

    def _claim_sends(self, state: ScopeState, due: Sequence[DueNotification], held: Held) -> None:
        """`due`: the direct messages that are first."""
        opened = self._uow.breakers.get(self._scope) if state.is_open else None
        if opened is not None:
            self._remind_in_channels()
        # Posts in channels do not wait behind direct messages, and keep no pace: they are few.
        if state.has_posts or opened is not None:
            self._begin_due(MAX_HELD - held.sends, posts=True)
        if opened is not None:
            self._begin_trial(opened)
        else:
            self._claim_direct(MAX_HELD - held.sends - len(self._turn.sends), state, due, held)

    # ---- while the platform refuses the bot

    def _remind_in_channels(self) -> None:
        """What cannot be sent to its registrants is posted where their gathering was announced."""
        for reminder in self._uow.notifications.waiting_reminders(self._scope, self._now):
            gathering = None if reminder.gathering is None else self._uow.gatherings.get(reminder.gathering)
            if gathering is not None and gathering.starts_at == reminder.starts_at:
                posts = schedule.channel_reminders(
                    self._uow, gathering, reminder.offset, reminder.expires_at, self._now, self._scope
                )
                self._uow.notifications.add(posts)

    def _begin_trial(self, opened: CircuitBreaker) -> None:
        if self._now < opened.next_trial_at:
            self._turn.wait_until(opened.next_trial_at)
        elif self._begin_due(1, posts=False, is_trial=True):
            after = breaker.on_trial(opened, self._now)
            self._uow.breakers.replace(opened, after)
            self._turn.wait_until(after.next_trial_at)
        self._turn.has_backlog = False  # what waits for the breaker tells nothing of the pace

    # ---- direct messages, at the pace of their platform

    def _claim_direct(self, free: int, state: ScopeState, due: Sequence[DueNotification], held: Held) -> None:
        now = self._now
        free = min(free, MAX_DIRECT_IN_FLIGHT - state.in_flight)
        if state.recent_doubts >= MAX_RECENT_DOUBTS:
            self._turn.has_backlog = True
            self._turn.wait_until(now + SLOW_SEND)
            return
        begun = self._begin_due(self._pace.at_most(free), due, posts=False)
        has_backlog = self._turn.has_backlog
        if has_backlog and state.in_flight + begun >= MAX_DIRECT_IN_FLIGHT:
            self._turn.wait_until(now + POLL_IN_FLIGHT)
        self._turn.wait_until(self._pace.take(begun, has_backlog=has_backlog, backlog_since=held.backlog_since))

    def _begin_due(
        self, free: int, due: Sequence[DueNotification] | None = None, *, posts: bool, is_trial: bool = False
    ) -> int:
        """Renders what is due until `free` of them are to be sent; returns how many are. `due`: the first, and more."""
        begun = rendered = 0
        while True:
            wanted = max(free - begun, 0)
            if due is None:
                due = self._uow.deliveries.lock_due(self._scope, self._now, wanted + 1, posts=posts, trial=is_trial)
            sends = [send for each in due[:wanted] for send in self._begin(each, is_trial=is_trial)]
            self._hold(sends)
            rendered += len(due[:wanted])
            begun += len(sends)
            if len(due) <= wanted or begun >= free:
                self._turn.has_backlog = self._turn.has_backlog or (not posts and len(due) > wanted)
                return begun
            if rendered >= MAX_RENDERED:
                self._turn.again = True
                return begun
            due = None

    def _hold(self, sends: Sequence[Send]) -> None:
        if sends:
            claims = [(send.claimed, send.delivery.to) for send in sends]
            self._uow.deliveries.begin_sends(claims, self._worker, self._now, self._now + LEASE)
            self._turn.wait_until(self._now + LEASE)
            self._turn.sends += sends

    def _begin(self, claimed: DueNotification, *, is_trial: bool) -> list[Send]:
        """What is to be sent; nothing where it is dropped, or waits."""
        outcome = self._rendered(claimed)
        match outcome:
            case None:
                self._turn.wait_until(self._settler.defer(claimed, "could not be rendered"))
            case Dropped(receipt, why):
                self._turn.recorded.append(self._settler.settle(claimed, receipt, why))
            case Deferred(why):
                self._turn.wait_until(self._settler.defer(claimed, why))
            case Readdressed(to):
                self._readdress(claimed, to)
            case Delivery():
                return self._begin_delivery(claimed, outcome, is_trial=is_trial)
            case _:
                assert_never(outcome)
        return []

    def _rendered(self, claimed: DueNotification) -> Rendered | None:
        """None where it cannot be rendered: what one meets stops no other."""

        def work() -> Rendered:
            return render(self._uow, self._config, claimed, self._now)

        if not self._careful:
            return work()
        try:
            return self._uow.attempt(work)
        except Exception:
            log.exception("could not render %s", claimed.notification.kind)
            return None

    def _begin_delivery(self, claimed: DueNotification, delivery: Delivery, *, is_trial: bool) -> list[Send]:
        to = delivery.to
        if to.is_channel and not delivery.view.public:
            log.error("a private view was about to be sent to a channel: %s", claimed.notification.kind)
            why = "private, and not sent to a channel"
            self._turn.recorded.append(self._settler.settle(claimed, Receipt.FAILED, why))
            return []
        if platform_of(to.platform).by_letter and delivery.view.leads_into_room:
            log.error("the link to a room was about to be sent by letter: %s", claimed.notification.kind)
            why = "it holds the link to the room, and is not sent by letter"
            self._turn.recorded.append(self._settler.settle(claimed, Receipt.FAILED, why))
            return []
        if not to.is_channel and scope_of(to) != self._scope:
            self._readdress(claimed, to)
            return []
        conversation = "" if to.is_channel else self._conversation(claimed, to)
        if not (to.is_channel or conversation or self._may_open(claimed)):
            return []
        return [Send(claimed, delivery, conversation, is_trial)]

    def _conversation(self, claimed: DueNotification, to: Address) -> str:
        is_read = claimed.member is not None and claimed.member.address == to
        return claimed.conversation if is_read else self._uow.conversations.get(to)

    def _readdress(self, claimed: ClaimedNotification, to: Address) -> None:
        scope = scope_of(to)
        self._uow.deliveries.readdress(claimed, scope, self._now)
        self._turn.readdressed.add(scope)

    def _may_open(self, claimed: ClaimedNotification) -> bool:
        """Whether a conversation may be opened now; else it waits for that."""
        at = self._pace.open_conversation_at()
        if at <= self._now:
            return True
        why = "waits for a conversation to be opened"
        at = min(at, claimed.notification.expires_at)
        self._uow.deliveries.give_back(claimed, at, in_doubt=False, why=why, counted=False)
        self._turn.wait_until(at)
        return False

    # ---- doubts

    def _claim_doubt(self, paused_until: datetime | None) -> None:
        """One at a time: all doubts of the scope share what the platform lets the bot read."""
        if paused_until is not None and paused_until > self._now:
            self._turn.wait_until(paused_until)
            return
        for _ in range(MAX_RENDERED):
            doubt = self._uow.deliveries.lock_doubt(self._scope, self._now)
            if doubt is None:
                return
            notification = doubt.notification
            to = recipient(self._uow, notification)
            if to is None:
                self._turn.recorded.append(self._settler.settle(doubt, Receipt.DROPPED, "the member is gone"))
            elif self._now >= notification.expires_at + UNKNOWN_AFTER:
                why = "whether it arrived could not be found out"
                self._turn.recorded.append(self._settler.settle(doubt, Receipt.FAILED, why))
            elif notification.kind in AMENDMENTS:
                # Editing twice does no harm.
                self._uow.deliveries.give_back(doubt, self._now, in_doubt=False, why="", counted=False)
                self._turn.again = True
            else:
                self._uow.deliveries.begin_lookup(doubt, self._worker, self._now + LEASE)
                self._turn.wait_until(self._now + LEASE)
                conversation = "" if to.is_channel else self._uow.conversations.get(to)
                self._turn.lookup = Lookup(doubt, to, conversation)
                return
        self._turn.again = True
