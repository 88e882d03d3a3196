"""Delivers notifications: claims those that are due, renders each at send time, sends it, records the receipt.

Claims are leased, so that what a worker held when it died is claimed again. A send whose outcome is unknown is
*in doubt*: it is looked up in the conversation before it is retried.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from bot.config import Config
from bot.notifications import breaker, schedule
from bot.notifications.model import ClaimedNotification, NotificationKind, Receipt
from bot.notifications.render import Deferred, Delivery, Dropped, Readdressed, recipient, render
from bot.notifications.send_limit import SendLimit
from bot.notifications.settle import Settler
from bot.notifications.storage_retry import RetryingStorage
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
MAX_IN_FLIGHT = 20
"""Notifications that one worker holds on one platform: what hangs there delays no other."""
SEND_TIMEOUT = timedelta(seconds=30)
LEASE = timedelta(seconds=120)
"""Longer than a look-up and a send together may take, so that no other worker begins them meanwhile."""
STALL_TIMEOUT = timedelta(seconds=2)
"""When nothing has ended for so long, a tick stops waiting: a send that hangs delays no other."""
LAST_TICK, LAST_TICK_INTERVAL = "worker at work", timedelta(minutes=1)
"""Name in the shared state, and how often it is renewed: when a worker last delivered all that was due.

Without a worker nobody is reminded, and nothing else would show it.
"""


@dataclass(frozen=True, slots=True)
class _ClaimLost:
    """Another worker holds it now."""


@dataclass(frozen=True, slots=True)
class _Postponed:
    """A breaker is open."""


@dataclass(frozen=True, slots=True)
class _ReadyToSend:
    """`is_trial`: whether it goes through decides whether an open breaker is closed."""

    delivery: Delivery
    is_trial: bool = False


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
        metrics: Metrics | None = None,
    ) -> None:
        """`messengers`: by platform. `jitter`: from 0 to 1; spreads the retries of several workers."""
        self._messengers = messengers
        self._clock = clock
        self._config = config
        self._worker = secrets.token_hex(8)
        self._storage = RetryingStorage(storage, jitter)
        self._settler = Settler(self._storage, clock, config, self._worker, metrics or NullMetrics(), jitter)
        self._send_limit = SendLimit()
        self._ticking = asyncio.Lock()
        self._in_flight: dict[asyncio.Task[None], str] = {}
        self._last_id_seen = 0
        self._closing = False

    async def tick(self) -> datetime | None:
        """Plans and delivers all that is due now; returns when something is due next, if that is near."""
        async with self._ticking:
            now = self._clock.now()
            await self._storage.run(lambda uow: schedule.plan(uow, self._config, now))
            await self._deliver_due()
            return await self._storage.run(lambda uow: self._finish_tick(uow, planned_at=now))

    async def has_new(self) -> bool:
        """Whether a notification was added since the last tick, by a command or by another process. Cheap."""
        if self._ticking.locked():
            return False
        return await self._storage.run(lambda uow: uow.notifications.last_id()) > self._last_id_seen

    async def close(self) -> None:
        """Waits for the sends in flight, and starts no more."""
        self._closing = True
        async with self._ticking:
            pass
        if self._in_flight:
            await asyncio.wait(self._in_flight)

    def _finish_tick(self, uow: UnitOfWork, planned_at: datetime) -> datetime | None:
        now = self._clock.now()
        uow.maintenance.prune(now, retention=self._config.retention, spared=self._config.configured_facilitators)
        last_tick = uow.state.get(LAST_TICK)
        # One in the future was written with a clock that was wrong.
        if not last_tick or not timedelta(0) <= now - datetime.fromisoformat(last_tick) < LAST_TICK_INTERVAL:
            uow.state.set(LAST_TICK, now.isoformat())
        return schedule.next_due_at(uow, self._config, planned_at, now)

    async def _deliver_due(self) -> None:
        """Claims as sends end, until nothing more is due, or all that is in flight has stalled."""
        while not self._closing:
            for claimed in await self._storage.run(self._claim):
                task = asyncio.create_task(self._deliver(claimed), name="deliver")
                self._in_flight[task] = claimed.notification.platform
                task.add_done_callback(self._in_flight.__delitem__)
            if not self._in_flight:
                return
            ended, _ = await asyncio.wait(
                self._in_flight, timeout=STALL_TIMEOUT.total_seconds(), return_when=asyncio.FIRST_COMPLETED
            )
            if not ended:
                return

    def _claim(self, uow: UnitOfWork) -> list[ClaimedNotification]:
        now = self._clock.now()
        self._last_id_seen = uow.notifications.last_id()
        in_flight = Counter(self._in_flight.values())
        free = {name: MAX_IN_FLIGHT - in_flight[name] for name in self._messengers if in_flight[name] < MAX_IN_FLIGHT}
        limits = {name: schedule.send_capacity(uow, self._config, name, limit, now) for name, limit in free.items()}
        return uow.notifications.claim(now, LEASE, self._worker, limits)

    async def _deliver(self, claimed: ClaimedNotification) -> None:
        """Never raises: what cannot be recorded is claimed again when its lease ends."""
        try:
            await self._look_up_or_send(claimed)
        except Exception:
            log.exception("%s was left to whoever comes next", claimed.notification.kind)

    async def _look_up_or_send(self, claimed: ClaimedNotification) -> None:
        if claimed.in_doubt and await self._look_up(claimed):
            return
        notification = claimed.notification
        if notification.channel is not None:
            await self._render_and_send(claimed)
            return
        to = await self._storage.run(lambda uow: recipient(uow, notification))
        async with self._send_limit.slot(breaker.scope_of(to) if to is not None else notification.platform):
            await self._render_and_send(claimed)

    async def _look_up(self, claimed: ClaimedNotification) -> bool:
        """Looks for a send in doubt in the conversation; True when nothing is left to be done now."""
        notification = claimed.notification
        to = await self._storage.run(lambda uow: recipient(uow, notification))
        if to is None or notification.kind is NotificationKind.AMENDMENT:  # editing twice does no harm
            return False
        began_at = claimed.began_at or notification.due_at
        try:
            async with asyncio.timeout(SEND_TIMEOUT.total_seconds()):
                sent = await self._messenger(to.platform).find(
                    to, key=notification.key, since=began_at, until=began_at + SEND_TIMEOUT
                )
        except Undeliverable:
            return False  # it cannot have arrived; the next attempt fails with the platform's reason
        except TryLater as later:
            await self._settler.retry(claimed, str(later), later.after, in_doubt=True)
            return True
        except Exception as problem:  # noqa: BLE001 - as in `_send`
            await self._settler.retry(claimed, type(problem).__name__, None, in_doubt=True)
            return True
        if sent is not None:
            await self._settler.settle(claimed, Receipt.SENT, sent=sent)
        return sent is not None

    async def _render_and_send(self, claimed: ClaimedNotification) -> None:
        kind = claimed.notification.kind
        try:
            outcome = await self._storage.run(lambda uow: self._prepare(uow, claimed))
        except (Overloaded, CommitUncertain):
            raise
        except Exception:
            log.exception("could not word %s", kind)
            await self._settler.retry(claimed, "could not be worded", None, in_doubt=claimed.in_doubt)
            return
        match outcome:
            case Dropped(receipt, why):
                await self._settler.settle(claimed, receipt, why)
            case Deferred(why):
                await self._settler.retry(claimed, why, None, in_doubt=False)
            case Readdressed(to):
                await self._settler.readdress(claimed, to)
            case _Postponed():
                pass
            case _ClaimLost():
                log.warning("%s is another worker's by now", kind)
            case _ReadyToSend():
                await self._send(claimed, outcome)
            case _:
                assert_never(outcome)

    def _prepare(
        self, uow: UnitOfWork, claimed: ClaimedNotification
    ) -> Dropped | Deferred | Readdressed | _ReadyToSend | _Postponed | _ClaimLost:
        """Renders it, in the transaction that makes sure that this worker still holds it."""
        now = self._clock.now()
        # Read again: its member may have connected or disconnected since it was claimed.
        notification = uow.notifications.lock_claimed(claimed, self._worker)
        if notification is None:
            return _ClaimLost()
        delivery = render(uow, self._config, notification, now)
        if not isinstance(delivery, Delivery):
            return delivery
        to = delivery.to
        if to.is_channel and not delivery.view.public:
            log.error("a private view was about to be sent to a channel: %s", claimed.notification.kind)
            return Dropped(Receipt.FAILED, "private, and not sent to a channel")
        is_trial = False
        if not to.is_channel and (opened := uow.breakers.get(breaker.scope_of(to))) is not None:
            is_trial = now >= opened.next_trial_at and uow.breakers.begin_trial(opened, breaker.on_trial(opened, now))
            if not is_trial:
                self._settler.postpone(uow, claimed, opened.next_trial_at, now)
                return _Postponed()
        if not uow.notifications.begin_send(claimed, self._worker, now, LEASE, None if to.is_channel else to):
            return _ClaimLost()
        return _ReadyToSend(delivery, is_trial)

    async def _send(self, claimed: ClaimedNotification, ready: _ReadyToSend) -> None:
        to = ready.delivery.to
        try:
            async with asyncio.timeout(SEND_TIMEOUT.total_seconds()):
                sent = await self._send_or_edit(claimed, ready.delivery)
        except Undeliverable as problem:
            await self._settler.settle(claimed, Receipt.BLOCKED, str(problem))
        except SenderRestricted as restricted:
            await self._settler.open_breaker(claimed, to, str(restricted))
        except TryLater as later:
            await self._settler.retry(claimed, str(later), later.after, in_doubt=False)
        except Exception as problem:  # noqa: BLE001 - whatever a platform's library raises leaves the outcome unknown
            log.warning("%s is in doubt: %s", claimed.notification.kind, type(problem).__name__)
            await self._settler.retry(claimed, type(problem).__name__, None, in_doubt=True)
        else:
            closes_scope = breaker.scope_of(to) if ready.is_trial else ""
            await self._settler.settle(claimed, Receipt.SENT, sent=sent, closes_scope=closes_scope)

    async def _send_or_edit(self, claimed: ClaimedNotification, delivery: Delivery) -> SentMessage:
        to, view, locale = delivery.to, delivery.view, delivery.locale
        messenger = self._messenger(to.platform)
        if delivery.amends:
            return await messenger.edit(to, delivery.amends, view, language=locale.language, zone=locale.zone)
        key = claimed.notification.key
        return await messenger.send(to, view, key=key, language=locale.language, zone=locale.zone)

    def _messenger(self, platform: str) -> Messenger:
        messenger = self._messengers.get(platform)
        if messenger is None:
            raise TryLater(f"{platform} is not connected here")
        return messenger
