"""Doors that are followed: within the platforms' limits, by one worker at a time, whatever a platform answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.addresses import Address
from bot.config import Config
from bot.gatherings.model import Gathering, Plan, Status
from bot.i18n import Locale
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.notifications.follow_doors import EDITS_PER_TICK, INTERVAL, DoorsFollower
from bot.plain_text import plain
from bot.ports import SentMessage, Throttled, Undeliverable
from bot.unit_of_work import UnitOfWork
from bot.views import View
from storage.engine.open import OpenStorage
from tests.conversations.harness import MovableClock
from tests.databases import on_both

START = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
CONFIG = Config(reminders=(), channel_reminders=(), per_minute={})


@dataclass
class Platform:
    """Keeps what each message shows, and when each was edited."""

    clock: MovableClock
    shown: dict[str, str] = field(default_factory=dict)
    edited: list[tuple[datetime, str]] = field(default_factory=list)
    refusals: list[Exception] = field(default_factory=list)

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        self.shown[str(to)] = plain(Locale(), view)
        return SentMessage(str(to), f"D{to.account}")

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime, conversation: str = ""
    ) -> SentMessage | None:
        return None

    async def open_conversation(self, to: Address) -> str:
        return f"D{to.account}"

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        self.edited.append((self.clock.now(), message))
        if self.refusals:
            raise self.refusals.pop(0)
        self.shown[message] = plain(Locale(), view)
        return SentMessage(message)


@dataclass
class Evening:
    storage: OpenStorage
    clock: MovableClock
    platform: Platform
    gathering: Gathering

    def follower(self) -> DoorsFollower:
        return DoorsFollower(self.storage, {"discord": self.platform}, self.clock, CONFIG)

    async def somebody_comes(self, number: int) -> None:
        now = self.clock.now()

        def work(uow: UnitOfWork) -> None:
            member = uow.members.get_or_create(Person(Address("discord", str(1000 + number)), "Ada"), now)
            uow.registrations.add(member.id, [self.gathering.id], now)
            assert uow.admission.admit(member.id, self.gathering.id, now)

        await self.storage.run(work)


async def open_evening(storage: OpenStorage, facilitators: int) -> Evening:
    """The doors have just opened, and each facilitator has the message of half an hour before."""
    clock = MovableClock(START - timedelta(minutes=30))
    platform = Platform(clock)

    def work(uow: UnitOfWork) -> Gathering:
        for number in range(facilitators):
            address = Address("discord", str(number + 1))
            uow.members.get_or_create(Person(address, "Frances"), clock.now())
            uow.facilitators.add(address)
        return uow.gatherings.add([Plan("Grief", START, "UTC")], Status.PUBLISHED)[0]

    gathering = await storage.run(work)
    outbox = Outbox(storage, {"discord": platform}, clock, CONFIG)
    while len(platform.shown) < facilitators:  # private lines are opened one after the other
        await outbox.tick()
        clock.advance(seconds=3)
    await outbox.close()
    clock.move_to(START - timedelta(minutes=15))
    return Evening(storage, clock, platform, gathering)


async def run(evening: Evening, *followers: DoorsFollower, seconds: int) -> None:
    until = evening.clock.now() + timedelta(seconds=seconds)
    while evening.clock.now() < until:
        for follower in followers:
            await follower.tick()
        evening.clock.advance(seconds=INTERVAL.total_seconds())


@pytest.mark.parametrize("facilitators", [1, 3, 6])
async def test_what_changes_is_seen_within_ten_seconds(storage: OpenStorage, facilitators: int) -> None:
    evening = await open_evening(storage, facilitators)
    follower = evening.follower()
    for number in range(20):
        await evening.somebody_comes(number)
        await run(evening, follower, seconds=9)
        seen = [text for text in evening.platform.shown.values() if f"{number + 1} in" in text]
        assert len(seen) == facilitators
        evening.clock.advance(seconds=1)


async def test_no_minute_has_more_edits_than_slack_takes(storage: OpenStorage) -> None:
    """With twenty facilitators it takes longer, and each has their turn."""
    evening = await open_evening(storage, 20)
    follower = evening.follower()
    for number in range(60):
        await evening.somebody_comes(number)
        await run(evening, follower, seconds=4)
    begun = [at for at, _ in evening.platform.edited]
    most = max(sum(at <= other < at + timedelta(minutes=1) for other in begun) for at in begun)
    assert most <= EDITS_PER_TICK * 15 <= 50
    turns = Counter(message for _, message in evening.platform.edited)
    assert len(turns) == 20
    assert max(turns.values()) - min(turns.values()) <= 2


@on_both
async def test_two_workers_edit_nothing_twice_and_one_takes_over(storage: OpenStorage) -> None:
    evening = await open_evening(storage, 3)
    one, other = evening.follower(), evening.follower()
    await evening.somebody_comes(0)
    await run(evening, one, other, seconds=20)
    assert len(evening.platform.edited) == 3
    await evening.somebody_comes(1)
    await run(evening, other, seconds=16)
    assert all("2 in" in text for text in evening.platform.shown.values()), "the first worker was killed"


async def test_nothing_is_edited_where_nothing_changes(storage: OpenStorage) -> None:
    evening = await open_evening(storage, 2)
    await run(evening, evening.follower(), seconds=120)
    assert len(evening.platform.edited) == 2, "once, when the doors opened"


async def test_a_platform_that_asks_to_wait_is_left_alone_for_as_long(storage: OpenStorage) -> None:
    evening = await open_evening(storage, 1)
    evening.platform.refusals = [Throttled("slow down", timedelta(seconds=40))]
    follower = evening.follower()
    await run(evening, follower, seconds=36)
    assert len(evening.platform.edited) == 1
    await run(evening, follower, seconds=12)
    assert "Open" in evening.platform.shown["discord:1"]


async def test_a_lost_answer_is_edited_again_and_a_deleted_message_is_sent_anew_once(storage: OpenStorage) -> None:
    evening = await open_evening(storage, 1)
    evening.platform.refusals = [ConnectionResetError()]
    follower = evening.follower()
    await run(evening, follower, seconds=8)
    assert len(evening.platform.edited) == 2
    assert "Open" in evening.platform.shown["discord:1"]
    outbox = Outbox(storage, {"discord": evening.platform}, evening.clock, CONFIG)
    for number, is_sent in enumerate([True, False]):
        evening.platform.shown.clear()
        evening.platform.refusals = [Undeliverable("the message is gone")]
        await evening.somebody_comes(number)
        await run(evening, follower, seconds=8)
        assert not evening.platform.refusals
        await outbox.tick()
        assert bool(evening.platform.shown) is is_sent, "who deletes the second one, too, wants none"
    await outbox.close()
