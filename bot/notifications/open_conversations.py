"""Opens direct-message conversations when members act, so that few are new when reminders are due.

A platform that sees many conversations opened in a row takes the bot for a spammer. What is to be opened is derived
from the tables (registrants of upcoming gatherings who have no conversation), so nothing is lost by a crash. All
workers share one pace and one pause with what is opened by sending, and one of them opens at a time.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.addresses import Address
from bot.config import Config
from bot.limited import LimitedDict
from bot.notifications import breaker, send_limits
from bot.notifications.model import scope_of
from bot.notifications.restricted import open_breaker
from bot.platform import platform_of
from bot.ports import Clock, Messenger, OpeningTooFast, SenderRestricted, Storage, Throttled, TryLater, Undeliverable
from bot.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)
LOOK_INTERVAL = timedelta(seconds=2)
"""Under load, one look for all who have acted meanwhile."""
OPEN_TIMEOUT = timedelta(seconds=30)
LEASE = timedelta(seconds=60)
"""Longer than opening one and saving its id take, so that no other worker opens the same one."""
CANDIDATES, MANY_CANDIDATES = 20, 1000
"""How many are looked through; many, where none of the soonest may be opened now."""
REFUSED_FOR = timedelta(hours=1)
CLOSED_FOR = timedelta(days=1)
"""What a platform will not open is left alone for so long; a notification that is due tries it all the same."""
FAILURE_PAUSE = timedelta(minutes=5)
OPENING_PAUSE = timedelta(minutes=10)
THROTTLED_PAUSE = timedelta(minutes=1)
MAX_PUT_OFF = 1000
"""Addresses that one process leaves alone for now."""


class ConversationOpener:
    """One per worker. `tick` is safe to call at any time and from several processes."""

    def __init__(
        self,
        storage: Storage,
        messengers: Mapping[str, Messenger],
        clock: Clock,
        config: Config,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`messengers`: by platform; those whose platform opens no conversations ahead are left out."""
        self._storage = storage
        self._clock = clock
        self._config = config
        self._jitter = jitter
        self._messengers = {
            name: messenger
            for name, messenger in messengers.items()
            if platform_of(name).conversations_per_minute is not None
        }
        self._worker = secrets.token_hex(8)
        self._looking = asyncio.Lock()
        self._looked_at: datetime | None = None
        self._look_again = False
        """Somebody acted during a look."""
        self._closing = False
        self._put_off = LimitedDict[Address, datetime](MAX_PUT_OFF)
        """What is not tried before then."""

    async def tick(self) -> datetime | None:
        """Opens what is missing now, as far as the pace allows; returns when to go on, if that is near."""
        now = self._clock.now()
        if self._looking.locked():
            self._look_again = True
            return None
        if self._looked_at is not None and timedelta(0) <= now - self._looked_at < LOOK_INTERVAL:
            return self._looked_at + LOOK_INTERVAL
        async with self._looking:
            self._looked_at, self._look_again = now, True
            instants: list[datetime | None] = []
            while self._look_again and not self._closing:
                self._look_again = False
                instants = [await self._open_on(platform) for platform in self._messengers]
            return min((at for at in instants if at is not None), default=None)

    async def close(self) -> None:
        """Waits until what is being opened is saved, and opens no more."""
        self._closing = True
        async with self._looking:
            pass

    async def _open_on(self, platform: str) -> datetime | None:
        while not self._closing:
            chosen = await self._storage.run(lambda uow: self._choose(uow, platform))
            if not isinstance(chosen, Address):
                return chosen
            await self._open(chosen)
        return None

    def _choose(self, uow: UnitOfWork, platform: str) -> Address | datetime | None:
        """The next one to open, now that a token was taken for it; else when there may be one, if that is known."""
        now = self._clock.now()
        per_minute = platform_of(platform).conversations_per_minute
        if per_minute is None:
            return None
        name = f"open conversations on {platform}"
        candidate = self._candidate(uow, platform, now)
        if not isinstance(candidate, Address):
            uow.leases.release(name, self._worker)
            return candidate
        if not uow.leases.acquire(name, self._worker, now + LEASE, now):
            return None
        limits = send_limits.openings_refilled(uow.send_limits.lock(platform, now), per_minute, now)
        candidate = self._candidate(uow, platform, now)  # as others left it before they gave the lease back
        waits = [limits.openings_paused_until, limits.paused_until]
        if limits.openings < 1:
            spread = 1 + self._jitter() / 5  # several workers wait for the same token
            waits.append(now + send_limits.wait_for_token(limits.openings, per_minute) * spread)
        until = max((at for at in waits if at is not None), default=now)
        if until > now or not isinstance(candidate, Address):
            uow.leases.release(name, self._worker)
            return until if until > now else candidate
        uow.send_limits.save(replace(limits, openings=limits.openings - 1))
        return candidate

    def _candidate(self, uow: UnitOfWork, platform: str, now: datetime) -> Address | datetime | None:
        """The soonest whose workspace takes anything now; else when the first pause of one ends, if any is paused."""
        for address in [address for address, until in self._put_off.items() if until <= now]:
            del self._put_off[address]
        refused = {opened.scope for opened in uow.breakers.list_open()}
        paused: dict[str, datetime | None] = {}
        for limit in (CANDIDATES + len(self._put_off), MANY_CANDIDATES + len(self._put_off)):
            missing = uow.conversations.missing(platform, now, limit)
            for address in missing:
                scope = scope_of(address)
                if address in self._put_off or scope in refused:
                    continue
                if scope not in paused:
                    paused[scope] = _pause_end(uow, scope, now)
                if paused[scope] is None:
                    return address
            if len(missing) < limit:
                break
        return min((until for until in paused.values() if until is not None), default=None)

    async def _open(self, address: Address) -> None:
        try:
            async with asyncio.timeout(OPEN_TIMEOUT.total_seconds()):
                conversation = await self._messengers[address.platform].open_conversation(address)
        except Undeliverable as problem:
            log.info("a conversation on %s cannot be opened: %s", address.platform, problem)
            self._leave_alone(address, CLOSED_FOR)
        except SenderRestricted as restricted:
            # Once it is over, others first: this one may be refused for itself.
            self._leave_alone(address, REFUSED_FOR)
            await self._open_breaker(address, str(restricted))
        except OpeningTooFast as problem:
            log.warning("%s wants fewer conversations opened", address.platform)
            await self._pause(address.platform, problem.after or OPENING_PAUSE, opening_alone=True)
        except Throttled as problem:
            await self._pause(scope_of(address), problem.after or THROTTLED_PAUSE)
        except TryLater as problem:
            self._leave_alone(address, problem.after or FAILURE_PAUSE)
        except Exception as problem:  # noqa: BLE001 - opening one twice gives the same one
            log.warning("a conversation on %s was not opened: %s", address.platform, type(problem).__name__)
            self._leave_alone(address, FAILURE_PAUSE)
        else:
            if conversation:
                await self._storage.run(lambda uow: uow.conversations.save(address, conversation))
            else:
                self._leave_alone(address, CLOSED_FOR)

    def _leave_alone(self, address: Address, duration: timedelta) -> None:
        self._put_off[address] = self._clock.now() + duration

    async def _pause(self, scope: str, duration: timedelta, *, opening_alone: bool = False) -> None:
        """For all workers: of opening conversations, or of everything that is sent in the scope."""
        until = self._clock.now() + duration

        def work(uow: UnitOfWork) -> None:
            limits = uow.send_limits.lock(scope, self._clock.now())
            uow.send_limits.save(
                limits.with_openings_paused(until) if opening_alone else limits.with_sends_paused(until)
            )

        await self._storage.run(work)

    async def _open_breaker(self, address: Address, why: str) -> None:
        """The platform refuses the bot itself: it would refuse a reminder, too, and facilitators should know before."""
        opened = breaker.opened(scope_of(address), why, self._clock.now())

        def work(uow: UnitOfWork) -> bool:
            return open_breaker(uow, self._config, opened, None, opened.opened_at)

        level = logging.ERROR if await self._storage.run(work) else logging.WARNING
        log.log(level, "%s refuses the bot itself (%s); it is sent nothing unasked for now", opened.scope, why)


def _pause_end(uow: UnitOfWork, scope: str, now: datetime) -> datetime | None:
    """When more may be sent in the scope; None: now."""
    limits = uow.send_limits.get(scope)
    paused_until = limits.paused_until if limits is not None else None
    return paused_until if paused_until is not None and paused_until > now else None
