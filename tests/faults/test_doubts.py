"""Sends of which nobody knows whether they arrived: each is looked up, one after the other, and none is guessed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bot.addresses import Address
from bot.gatherings.model import Plan, Status
from bot.members.model import Person
from bot.notifications import turn
from bot.notifications.deliver import Outbox
from bot.notifications.model import Receipt
from bot.ports import SentMessage, Storage, TryLater
from bot.unit_of_work import UnitOfWork
from bot.views import View
from tests.conversations.harness import MovableClock
from tests.databases import on_both
from tests.faults.test_delivery import HOUSE, START, receipts, register

pytestmark = on_both


@dataclass
class Slow:
    """A platform that lets a bot read once a minute, and whose answers get lost as `lost` says."""

    clock: MovableClock
    lost: Callable[[int], str]
    """`before` it arrived, or `after`, by how many were sent before."""
    readable: bool = True
    breaks: bool = False
    """Look-ups end without an answer."""
    tried: int = 0
    arrived: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    sends: int = 0
    next_reading: datetime = START - timedelta(days=9)

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        lost = self.lost(self.sends)
        self.sends += 1
        if lost != "before":
            self.arrived.append(key)
        if lost:
            raise ConnectionResetError
        return SentMessage(key)

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime, conversation: str = ""
    ) -> SentMessage | None:
        now = self.clock.now()
        assert since <= now
        self.tried += 1
        if self.breaks:
            raise ConnectionResetError
        if not self.readable:
            raise TryLater("missing_scope")
        if now < self.next_reading:
            raise TryLater("ratelimited", self.next_reading - now)
        self.next_reading = now + timedelta(minutes=1)
        self.read.append(key)
        return SentMessage(key) if key in self.arrived else None

    async def open_conversation(self, to: Address) -> str:
        return ""

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        raise NotImplementedError("nothing is edited here")


async def live(storage: Storage, platform: Slow, clock: MovableClock, minutes: int) -> None:
    outbox = Outbox(storage, {"sandbox": platform}, clock, HOUSE, jitter=lambda: 0.0)
    until = clock.now() + timedelta(minutes=minutes)
    while clock.now() < until:
        await outbox.tick()
        clock.advance(seconds=15)
    await outbox.tick()


@pytest.mark.parametrize("lost", ["before", "after"])
async def test_with_one_reading_a_minute_nothing_that_could_still_be_told_expires(storage: Storage, lost: str) -> None:
    gathering, clock = await register(storage, 40), MovableClock(START - timedelta(hours=1))
    platform = Slow(clock, lambda sent: lost if sent < 15 else "")
    await live(storage, platform, clock, 60)
    assert Counter(platform.arrived).most_common(1)[0][1] == 1, "nobody is told twice"
    assert await receipts(storage, gathering) == [Receipt.SENT] * 40
    assert len(platform.read) == 15, "one reading settles one doubt"


async def test_a_platform_that_cannot_be_read_delays_the_others_by_minutes_only(storage: Storage) -> None:
    gathering, clock = await register(storage, 40), MovableClock(START - timedelta(hours=1))
    platform = Slow(clock, lambda sent: "after" if sent % 5 == 0 else "", readable=False)
    await live(storage, platform, clock, 10)
    assert len(platform.arrived) == len(set(platform.arrived)) == 40
    found = await receipts(storage, gathering)
    assert (found.count(Receipt.SENT), found.count(Receipt.WAITING)) == (32, 8), "none is guessed"


async def test_what_is_found_out_after_it_expired_is_recorded_as_it_was(storage: Storage) -> None:
    gathering, clock = await register(storage, 4), MovableClock(START - timedelta(hours=1))
    platform = Slow(clock, lambda sent: ("after", "before")[sent % 2], readable=False)
    await live(storage, platform, clock, 75)
    platform.readable = True
    await live(storage, platform, clock, 10)
    assert sorted(await receipts(storage, gathering)) == sorted([Receipt.SENT] * 2 + [Receipt.TOO_LATE] * 2)
    assert len(platform.arrived) == 2


async def test_a_look_up_that_breaks_off_after_the_expiry_is_not_repeated_at_once(storage: Storage) -> None:
    gathering, clock = await register(storage, 1), MovableClock(START - timedelta(hours=1))
    platform = Slow(clock, lambda _: "after", breaks=True)
    await live(storage, platform, clock, 1)
    clock.advance(hours=2)
    tried = platform.tried
    await live(storage, platform, clock, 5)
    assert platform.tried - tried <= 3
    assert await receipts(storage, gathering) == [Receipt.WAITING], "and is not given up"
    platform.breaks = False
    await live(storage, platform, clock, 10)
    assert await receipts(storage, gathering) == [Receipt.SENT]


async def test_what_can_never_be_found_out_ends_as_failed(storage: Storage) -> None:
    gathering, clock = await register(storage, 1), MovableClock(START - timedelta(hours=1))
    platform = Slow(clock, lambda _: "after", readable=False)
    await live(storage, platform, clock, 1)
    clock.advance(hours=1, seconds=turn.UNKNOWN_AFTER.total_seconds() + 600)
    await live(storage, platform, clock, 1)
    assert await receipts(storage, gathering) == [Receipt.FAILED]


async def test_what_expires_first_is_looked_up_first(storage: Storage) -> None:
    """Of two gatherings, the one that begins sooner was planned later."""
    early = START - timedelta(days=1)

    def work(uow: UnitOfWork) -> None:
        for number, starts_at in enumerate((START + timedelta(minutes=20), START)):
            (gathering,) = uow.gatherings.add([Plan("Grief", starts_at, "Europe/Madrid")], Status.PUBLISHED)
            member = uow.members.get_or_create(Person(Address("sandbox", f"p{number}"), "P"), early)
            uow.registrations.add(member.id, [gathering.id], early)

    await storage.run(work)
    clock = MovableClock(START - timedelta(minutes=40))
    platform = Slow(clock, lambda sent: "after" if sent < 2 else "")
    outbox = Outbox(storage, {"sandbox": platform}, clock, replace(HOUSE), jitter=lambda: 0.0)
    await outbox.tick()
    clock.advance(seconds=30)
    await outbox.tick()
    clock.advance(seconds=61)
    await outbox.tick()
    assert [key.split(":")[2] for key in platform.read] == ["2", "1"]
