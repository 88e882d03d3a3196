"""Delivers notices: claims those that are due, words each at the last moment, sends it, records the receipt.

Claims are leased, so that a worker that dies gives its notices back. A send whose outcome is unknown is *in doubt*:
it is looked up in the conversation before anything else becomes of it.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar, assert_never

from bot.addresses import Address
from bot.config import Config
from bot.notifications import breaker, enqueue, schedule
from bot.notifications.breaker import POSTPONED
from bot.notifications.model import ClaimedNotification, Notification, NotificationKind, Receipt
from bot.notifications.render import Deferred, Delivery, Dropped, Readdressed, recipient, render
from bot.ports import (
    Clock,
    CommitUncertain,
    Messenger,
    Metrics,
    NullMetrics,
    Overloaded,
    SenderRestricted,
    SentMessage,
    Storage,
    TryLater,
    Undeliverable,
)
from bot.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)
T = TypeVar("T")
MAX_IN_FLIGHT = 20
"""Notices that one worker holds on one platform: what hangs there delays no other."""
SEND_TIMEOUT = timedelta(seconds=30)
LEASE = timedelta(seconds=120)
"""Longer than a send with its look-up may take, so that nobody else begins it meanwhile."""
STALLED = timedelta(seconds=2)
"""After so long without one that ended, a tick no longer waits for those under way: a send that hangs delays nobody."""
MAX_DIRECT_IN_FLIGHT = 2
"""Direct messages under way to one platform or workspace: when it begins to refuse the bot, no more meet that."""
SLOW_SEND = timedelta(seconds=2)
"""A send that takes longer tells nothing in time, and no longer holds one of those two places."""
MAX_ATTEMPTS = 40
"""Some three hours: platforms are away for an hour now and then, and a reminder a day ahead can wait for that."""
FIRST_BACKOFF = timedelta(seconds=5)
LONGEST_BACKOFF = timedelta(minutes=5)
STORAGE_ATTEMPTS = 6
STORAGE_BACKOFF = timedelta(milliseconds=250)
"""Before the first repetition of a work for which the storage was too busy; doubled each time."""
AT_WORK, SAID_EVERY = "worker at work", timedelta(minutes=1)
"""Under this name it is remembered when a worker last told all that was due: without one nobody is reminded, and
nothing else would say so."""


@dataclass(frozen=True, slots=True)
class _ClaimLost:
    """Another worker holds it now."""


@dataclass(frozen=True, slots=True)
class _HeldBack:
    """A breaker is open."""


@dataclass(frozen=True, slots=True)
class _ToSend:
    """What is about to be sent; `trial`: it finds out whether an open breaker may close."""

    letter: Delivery
    trial: bool = False


class Outbox:
    """One per process. `tick` is safe to call at any time and from several processes."""

    def __init__(
        self,
        storage: Storage,
        messengers: Mapping[str, Messenger],
        clock: Clock,
        config: Config,
        *,
        jitter: Callable[[], float] = random.random,
        tally: Metrics | None = None,
    ) -> None:
        self._storage = storage
        self._messengers = messengers
        self._clock = clock
        self._config = config
        self._jitter = jitter
        self._tally = tally or NullMetrics()
        self._worker = secrets.token_hex(8)
        self._ticking = asyncio.Lock()
        self._under_way: dict[asyncio.Task[None], str] = {}
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._seen = 0
        self._closing = False

    async def tick(self) -> datetime | None:
        """Plans and tells all that is due now; returns when there is something to do next, if that is near."""
        async with self._ticking:
            now = self._clock.now()
            await self._run(lambda uow: schedule.plan(uow, self._config, now))
            await self._deliver()
            return await self._run(lambda uow: self._afterwards(uow, planned_at=now))

    async def posted(self) -> bool:
        """Whether a notice was posted since the last tick, by a command or by another process. Cheap."""
        return (
            not self._ticking.locked() and await self._storage.run(lambda uow: uow.notifications.last_id()) > self._seen
        )

    async def close(self) -> None:
        """Lets what is being told be told, and begins nothing more."""
        self._closing = True
        async with self._ticking:
            pass
        if self._under_way:
            await asyncio.wait(self._under_way)

    def _afterwards(self, uow: UnitOfWork, planned_at: datetime) -> datetime | None:
        now = self._clock.now()
        uow.maintenance.prune(now, retention=self._config.retention, spared=self._config.named)
        said = uow.state.get(AT_WORK)
        # One that lies ahead is of a clock that was wrong.
        if not said or not timedelta(0) <= now - datetime.fromisoformat(said) < SAID_EVERY:
            uow.state.set(AT_WORK, now.isoformat())
        return schedule.next_instant(uow, self._config, planned_at, now)

    async def _deliver(self) -> None:
        """Claims as others end, until nothing more is due, or all that is under way has stalled."""
        while not self._closing:
            claimed = await self._run(self._claim)
            for each in claimed:
                task = asyncio.create_task(self._one(each), name="deliver")
                self._under_way[task] = each.notification.platform
                task.add_done_callback(self._under_way.__delitem__)
            if not self._under_way:
                return
            ended, _ = await asyncio.wait(
                self._under_way, timeout=STALLED.total_seconds(), return_when=asyncio.FIRST_COMPLETED
            )
            if not ended:
                return

    def _claim(self, uow: UnitOfWork) -> list[ClaimedNotification]:
        now = self._clock.now()
        self._seen = uow.notifications.last_id()
        busy = Counter(self._under_way.values())
        free = {name: MAX_IN_FLIGHT - busy[name] for name in self._messengers if busy[name] < MAX_IN_FLIGHT}
        room = {name: schedule.room(uow, self._config, name, most, now) for name, most in free.items()}
        return uow.notifications.claim(now, LEASE, self._worker, room)

    async def _one(self, claimed: ClaimedNotification) -> None:
        """One notice, from words to receipt. Never raises: what cannot be recorded comes back when its lease ends."""
        try:
            await self._delivered(claimed)
        except Exception:
            log.exception("%s was left to whoever comes next", claimed.notification.kind)

    async def _delivered(self, claimed: ClaimedNotification) -> None:
        if claimed.in_doubt and await self._stands_already(claimed):
            return
        notice = claimed.notification
        if notice.channel is not None:
            await self._worded_and_sent(claimed)
            return
        to = await self._run(lambda uow: recipient(uow, notice))
        async with self._gate(breaker.scope_of(to) if to is not None else notice.platform):
            await self._worded_and_sent(claimed)

    async def _worded_and_sent(self, claimed: ClaimedNotification) -> None:
        try:
            step = await self._run(lambda uow: self._next_step(uow, claimed))
        except (Overloaded, CommitUncertain):
            raise
        except Exception:
            log.exception("could not word %s", claimed.notification.kind)
            await self._again(claimed, "could not be worded", None, in_doubt=claimed.in_doubt)
            return
        match step:
            case Dropped():
                await self._settle(claimed, step.receipt, step.why)
            case Deferred():
                await self._again(claimed, step.why, None, in_doubt=False)
            case Readdressed():
                await self._run(
                    lambda uow: uow.notifications.readdress(claimed, self._worker, step.to, self._clock.now())
                )
            case _HeldBack():
                pass
            case _ClaimLost():
                log.warning("%s is another worker's by now", claimed.notification.kind)
            case _ToSend():
                await self._tell(claimed, step)
            case _:
                assert_never(step)

    def _next_step(
        self, uow: UnitOfWork, claimed: ClaimedNotification
    ) -> Dropped | Deferred | Readdressed | _ToSend | _HeldBack | _ClaimLost:
        """Words it, in the transaction that makes sure that it is still this worker's to tell."""
        now = self._clock.now()
        # Read anew: its member may have connected or disconnected since it was claimed.
        notice = uow.notifications.lock_claimed(claimed, self._worker)
        if notice is None:
            return _ClaimLost()
        composed = render(uow, self._config, notice, now)
        if not isinstance(composed, Delivery):
            return composed
        if composed.to.is_channel and not composed.view.public:
            log.error("a private view was about to be sent to a channel: %s", claimed.notification.kind)
            return Dropped(Receipt.FAILED, "private, and not sent to a channel")
        trial = False
        if not composed.to.is_channel and (held := uow.breakers.get(breaker.scope_of(composed.to))) is not None:
            trial = now >= held.next_trial_at and uow.breakers.begin_trial(held, breaker.on_trial(held, now))
            if not trial:
                self._hold_back(uow, claimed, held.next_trial_at, now)
                return _HeldBack()
        private = None if composed.to.is_channel else composed.to
        return (
            _ToSend(composed, trial)
            if uow.notifications.begin_send(claimed, self._worker, now, LEASE, private)
            else _ClaimLost()
        )

    def _hold_back(self, uow: UnitOfWork, claimed: ClaimedNotification, until: datetime, now: datetime) -> None:
        """Keeps it waiting while it is of use; the channels hear the reminder instead."""
        uow.notifications.postpone(
            claimed, self._worker, max(now, min(until, claimed.notification.expires_at)), why=POSTPONED
        )
        if claimed.notification.kind is NotificationKind.REMINDER:
            _remind_in_channels(uow, claimed.notification, now)

    async def _tell(self, claimed: ClaimedNotification, sending: _ToSend) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT.total_seconds()):
                told = await self._send(claimed, sending.letter)
        except Undeliverable as no:
            await self._settle(claimed, Receipt.BLOCKED, str(no))
        except SenderRestricted as restricted:
            await self._restricted(claimed, sending.letter.to, str(restricted))
        except TryLater as later:
            await self._again(claimed, str(later), later.after, in_doubt=False)
        except Exception as problem:  # noqa: BLE001 - whatever a platform's library raises leaves it in doubt
            log.warning("%s is in doubt: %s", claimed.notification.kind, type(problem).__name__)
            await self._again(claimed, type(problem).__name__, None, in_doubt=True)
        else:
            await self._settle(claimed, Receipt.SENT, told=told, closes=sending)

    async def _send(self, claimed: ClaimedNotification, letter: Delivery) -> SentMessage:
        notice, reader = claimed.notification, letter.locale
        messenger = self._messenger(letter.to.platform)
        if letter.amends:
            return await messenger.amend(
                letter.to, letter.amends, letter.view, language=reader.language, zone=reader.zone
            )
        return await messenger.tell(letter.to, letter.view, key=notice.key, language=reader.language, zone=reader.zone)

    def _messenger(self, platform: str) -> Messenger:
        messenger = self._messengers.get(platform)
        if messenger is None:
            raise TryLater(f"{platform} is not connected here")
        return messenger

    async def _stands_already(self, claimed: ClaimedNotification) -> bool:
        """Settles a send in doubt by reading the conversation; True when nothing is left to be done."""
        notice = claimed.notification
        to = await self._run(lambda uow: recipient(uow, notice))
        if to is None or notice.kind is NotificationKind.AMENDMENT:  # edited twice is edited once
            return False
        began = claimed.began_at or notice.due_at
        try:
            async with asyncio.timeout(SEND_TIMEOUT.total_seconds()):
                found = await self._messenger(to.platform).find(
                    to, key=notice.key, since=began, until=began + SEND_TIMEOUT
                )
        except Undeliverable:
            return False  # nothing can stand there; the next attempt says so, in the platform's words
        except TryLater as later:
            await self._again(claimed, str(later), later.after, in_doubt=True)
            return True
        except Exception as problem:  # noqa: BLE001 - as in `_tell`
            await self._again(claimed, type(problem).__name__, None, in_doubt=True)
            return True
        if found is not None:
            await self._settle(claimed, Receipt.SENT, told=found)
        return found is not None

    async def _restricted(self, claimed: ClaimedNotification, to: Address, why: str) -> None:
        """The platform refuses the bot itself: nobody is marked, and what else would be told there waits."""
        now = self._clock.now()
        fresh = breaker.opened(breaker.scope_of(to), why, now)

        def work(uow: UnitOfWork) -> bool:
            first = uow.breakers.open(fresh)
            held = uow.breakers.get(fresh.scope) or fresh
            self._hold_back(uow, claimed, held.next_trial_at, now)
            if first:
                enqueue.sender_restricted(uow, self._config, held, claimed.notification, now)
            return first

        if await self._run(work):
            log.error("%s refuses the bot itself: %s. Nothing is told there unasked for now.", fresh.scope, why)
        else:
            log.warning("%s still refuses the bot itself: %s", fresh.scope, why)

    async def _settle(
        self,
        claimed: ClaimedNotification,
        receipt: Receipt,
        why: str = "",
        told: SentMessage | None = None,
        closes: _ToSend | None = None,
    ) -> None:
        now = self._clock.now()
        scope = breaker.scope_of(closes.letter.to) if closes is not None and closes.trial else ""

        def work(uow: UnitOfWork) -> tuple[bool, bool]:
            if told is not None:
                _keep_post(uow, claimed, told)
            # As it stands now: whoever it was for may have disconnected, and is another member by now.
            if (
                receipt is Receipt.BLOCKED
                and (held := uow.notifications.lock_claimed(claimed, self._worker))
                and held.member is not None
            ):
                uow.members.mark_unreached(held.member, unreached=True)
            return uow.notifications.settle(claimed, self._worker, receipt, now, why), bool(
                scope and uow.breakers.close(scope, now)
            )

        if receipt in {Receipt.FAILED, Receipt.BLOCKED}:
            log.warning("%s %s: %s", claimed.notification.kind, receipt, why)
        settled, closed = await self._run(work)
        if closed:
            log.warning("%s takes the bot's messages again", scope)
        if not settled:
            log.warning("%s was settled by another worker meanwhile", claimed.notification.kind)
        else:
            self._tally.settled(claimed.notification.kind, receipt)

    async def _again(self, claimed: ClaimedNotification, why: str, after: timedelta | None, *, in_doubt: bool) -> None:
        """Gives it back for later: as long as the platform asked, or twice as long each time."""
        if claimed.attempts >= MAX_ATTEMPTS:
            await self._settle(claimed, Receipt.FAILED, why)
            return
        grown = min(FIRST_BACKOFF * 2 ** (claimed.attempts - 1), LONGEST_BACKOFF)
        wait = max(after or timedelta(0), grown) * (1 + self._jitter() / 4)
        # No later than its expiry, so that what came to nothing is then recorded as too late.
        at = min(self._clock.now() + wait, claimed.notification.expires_at)
        await self._run(lambda uow: uow.notifications.retry(claimed, self._worker, at, in_doubt=in_doubt, why=why))

    async def _run(self, work: Callable[[UnitOfWork], T]) -> T:
        """A transaction; when the storage is too busy it waits, for what is claimed must be settled."""
        for attempt in range(1, STORAGE_ATTEMPTS):
            try:
                return await self._storage.run(work)
            except Overloaded:
                wait = STORAGE_BACKOFF.total_seconds() * 2 ** (attempt - 1)
                await asyncio.sleep(wait * (1 + self._jitter() / 4))
        return await self._storage.run(work)

    @asynccontextmanager
    async def _gate(self, scope: str) -> AsyncIterator[None]:
        """Lets TRIES_AT_ONCE through at a time; one that hangs gives its place away after a while."""
        gate = self._gates.setdefault(scope, asyncio.Semaphore(MAX_DIRECT_IN_FLIGHT))
        await gate.acquire()
        release = asyncio.get_running_loop().call_later(SLOW_SEND.total_seconds(), gate.release)
        try:
            yield
        finally:
            if not release.cancelled() and release.when() > asyncio.get_running_loop().time():
                release.cancel()
                gate.release()


def _remind_in_channels(uow: UnitOfWork, instead_of: Notification, now: datetime) -> None:
    gathering = None if instead_of.gathering is None else uow.gatherings.get(instead_of.gathering)
    if gathering is not None and gathering.starts_at == instead_of.starts_at:
        lead, until = instead_of.lead, instead_of.expires_at
        uow.notifications.add(schedule.channel_reminders(uow, gathering, lead, until, now, instead_of.platform))


def _keep_post(uow: UnitOfWork, claimed: ClaimedNotification, told: SentMessage) -> None:
    """Only the announcement itself is kept to be edited; a reminder in the channel is a post of its own."""
    if claimed.notification.announcement is not None and claimed.notification.kind is NotificationKind.ANNOUNCEMENT:
        uow.announcements.mark_posted(claimed.notification.announcement, told.message)
