"""What a platform does to a reminder on its way: nothing is lost, nothing doubled, everything recorded."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, pairwise
from pathlib import Path
from typing import TypeVar

import pytest

from bot.addresses import Address
from bot.config import Config
from bot.gatherings.model import Gathering, Plan, Status
from bot.members.model import Person
from bot.notifications import delivery_loop, enqueue, settle, turn
from bot.notifications.deliver import Outbox
from bot.notifications.model import NotificationKind, Receipt
from bot.ports import Messenger, Overloaded, Storage, TryLater, Undeliverable
from bot.unit_of_work import UnitOfWork
from tests.conversations.harness import MovableClock
from tests.databases import on_both
from tests.faults.lines import Lines

pytestmark = on_both

T = TypeVar("T")
START = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
HOUSE = Config(reminders=(timedelta(hours=1),), per_minute={})


async def register(storage: Storage, people: int, platform: str = "sandbox") -> Gathering:
    """One gathering with so many registrants, registered a day before it."""
    early = START - timedelta(days=1)

    def work(uow: UnitOfWork) -> Gathering:
        (gathering,) = uow.gatherings.add([Plan("Grief", START, "Europe/Madrid")], Status.PUBLISHED)
        for number in range(people):
            member = uow.members.get_or_create(Person(Address(platform, f"p{number}"), f"P{number}"), early)
            uow.registrations.add(member.id, [gathering.id], early)
        return gathering

    return await storage.run(work)


async def receipts(storage: Storage, gathering: Gathering) -> list[Receipt]:
    kept = await storage.run(lambda uow: uow.registrations.roster(gathering.id))
    return [receipt for each in kept for _, receipt in each.receipts]


def box(storage: Storage, messenger: Messenger, clock: MovableClock, config: Config = HOUSE) -> Outbox:
    return Outbox(storage, {"sandbox": messenger}, clock, config, jitter=lambda: 0.0)


def times(count: int, problem: Callable[[], Exception]) -> Callable[[], Awaitable[None]]:
    left = [count]

    async def fail() -> None:
        if left[0] > 0:
            left[0] -= 1
            raise problem()

    return fail


async def test_asked_to_wait_it_waits_and_then_tells_once(storage: Storage, tmp_path: Path) -> None:
    gathering, clock = await register(storage, 1), MovableClock(START - timedelta(minutes=60))
    lines = Lines(tmp_path / "lines", before=times(1, lambda: TryLater("429", timedelta(seconds=90))))
    outbox = box(storage, lines, clock)
    assert await outbox.tick() == START - timedelta(minutes=60) + timedelta(seconds=90)
    clock.advance(seconds=89)
    await outbox.tick()
    assert lines.keys() == []
    clock.advance(seconds=1)
    await outbox.tick()
    assert len(lines.keys()) == 1
    assert lines.looked == 0, "it was not in doubt"
    assert await receipts(storage, gathering) == [Receipt.SENT]


@pytest.mark.parametrize("problem", [ConnectionResetError, TimeoutError, RuntimeError])
async def test_a_dropped_connection_after_sending_does_not_double(
    storage: Storage, tmp_path: Path, problem: type[Exception]
) -> None:
    gathering, clock = await register(storage, 3), MovableClock(START - timedelta(minutes=60))
    lines = Lines(tmp_path / "lines", after=times(2, problem))
    outbox = box(storage, lines, clock)
    for _ in range(3):
        await outbox.tick()
        clock.advance(seconds=30)
    assert len(lines.keys()) == len(set(lines.keys())) == 3
    assert await receipts(storage, gathering) == [Receipt.SENT] * 3


async def test_without_looking_back_it_would_double(storage: Storage, tmp_path: Path) -> None:
    """The guard taken away: so the test above tests something."""
    await register(storage, 1)
    clock = MovableClock(START - timedelta(minutes=60))
    lines = Lines(tmp_path / "lines", after=times(1, ConnectionResetError), remembers=False)
    outbox = box(storage, lines, clock)
    for _ in range(2):
        await outbox.tick()
        clock.advance(seconds=30)
    assert len(lines.keys()) == 2


async def test_a_hanging_platform_holds_nobody_up(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_loop, "SEND_TIMEOUT", timedelta(milliseconds=50))
    gathering, clock = await register(storage, 5), MovableClock(START - timedelta(minutes=60))
    hung = [True]

    async def hang_once() -> None:
        if hung.pop() if hung else False:
            await asyncio.sleep(60)

    lines = Lines(tmp_path / "lines", before=hang_once)
    outbox = box(storage, lines, clock)
    await outbox.tick()
    assert len(lines.keys()) == 4
    clock.advance(seconds=30)
    await outbox.tick()
    assert len(lines.keys()) == 5
    assert await receipts(storage, gathering) == [Receipt.SENT] * 5


async def test_what_falls_due_while_others_are_told_is_next_and_at_once(storage: Storage, tmp_path: Path) -> None:
    await register(storage, 1)
    clock = MovableClock(START - timedelta(minutes=60))

    async def take_long() -> None:
        clock.advance(seconds=90)

    lines = Lines(tmp_path / "lines", before=take_long)
    outbox = box(storage, lines, clock, replace(HOUSE, reminders=(timedelta(minutes=60), timedelta(minutes=59))))
    assert await outbox.tick() == START - timedelta(minutes=59)
    assert clock.now() > START - timedelta(minutes=59)
    assert await outbox.tick() == START - timedelta(minutes=30), "nothing more before its facilitators are briefed"
    assert len(lines.keys()) == 2


async def test_a_closed_line_is_recorded_and_not_tried_again(storage: Storage, tmp_path: Path) -> None:
    gathering, clock = await register(storage, 1), MovableClock(START - timedelta(minutes=60))
    lines = Lines(tmp_path / "lines", before=times(99, lambda: Undeliverable("closed")))
    outbox = box(storage, lines, clock)
    for _ in range(3):
        await outbox.tick()
        clock.advance(minutes=10)
    assert await receipts(storage, gathering) == [Receipt.BLOCKED]
    member = await storage.run(
        lambda uow: uow.members.get_or_create(Person(Address("sandbox", "p0"), "P0"), clock.now())
    )
    assert member.unreached


async def test_a_platform_that_stays_away_ends_as_too_late(storage: Storage, tmp_path: Path) -> None:
    gathering, clock = await register(storage, 1), MovableClock(START - timedelta(minutes=60))
    lines = Lines(tmp_path / "lines", before=times(999, lambda: TryLater("503", timedelta(minutes=30))))
    outbox = box(storage, lines, clock)
    for _ in range(6):
        await outbox.tick()
        clock.advance(minutes=15)
    assert await receipts(storage, gathering) == [Receipt.TOO_LATE]


async def test_an_outage_of_an_hour_costs_no_reminder(storage: Storage, tmp_path: Path) -> None:
    config = Config(reminders=(timedelta(hours=24),), per_minute={})
    gathering, clock = await register(storage, 3), MovableClock(START - timedelta(hours=24))
    back = clock.now() + timedelta(hours=1)

    async def away() -> None:
        if clock.now() < back:
            raise TryLater("503")

    lines = Lines(tmp_path / "lines", before=away)
    outbox = box(storage, lines, clock, config)
    for _ in range(70):
        await outbox.tick()
        clock.advance(minutes=1)
    assert await receipts(storage, gathering) == [Receipt.SENT] * 3


async def test_a_clock_that_was_wrong_holds_nobody_up_once_it_is_right(storage: Storage, tmp_path: Path) -> None:
    """An hour ahead, many were told something; then the clock is set right, and others are to be told."""
    config = Config(reminders=(timedelta(hours=1), timedelta(minutes=10)), per_minute={"sandbox": 20})
    early = START - timedelta(minutes=130)
    gathering = await register(storage, 4)
    ahead = box(storage, Lines(tmp_path / "lines"), MovableClock(early + timedelta(hours=1)), config)
    right = MovableClock(early)

    def move(uow: UnitOfWork) -> None:
        enqueue.notify_registrants(uow, gathering, NotificationKind.MOVED, early)

    await storage.run(move)
    for _ in range(2):
        await ahead.tick()
    told = len(Lines(tmp_path / "lines").keys())
    assert told == 2
    outbox = box(storage, Lines(tmp_path / "lines"), right, config)
    for _ in range(3):
        await outbox.tick()
        right.advance(seconds=3)
    assert len(Lines(tmp_path / "lines").keys()) == 4


async def test_it_gives_up_in_the_end(storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "MAX_ATTEMPTS", 8)
    gathering, clock = await register(storage, 1), MovableClock(START - timedelta(minutes=60))
    lines = Lines(tmp_path / "lines", before=times(999, lambda: TryLater("500")))
    outbox = box(storage, lines, clock)
    for _ in range(70):
        await outbox.tick()
        clock.advance(minutes=1)
    assert await receipts(storage, gathering) == [Receipt.FAILED]


async def test_three_workers_tell_each_registrant_once(storage: Storage, tmp_path: Path) -> None:
    gathering, clock = await register(storage, 60), MovableClock(START - timedelta(minutes=60))

    async def slowly() -> None:
        await asyncio.sleep(0.001)

    workers = [box(storage, Lines(tmp_path / "lines", before=slowly), clock) for _ in range(3)]
    await asyncio.gather(*(each.tick() for each in workers))
    told = Lines(tmp_path / "lines").keys()
    assert len(told) == len(set(told)) == 60
    assert await receipts(storage, gathering) == [Receipt.SENT] * 60


async def test_the_pace_is_kept_and_all_hear_by_the_promised_time(storage: Storage, tmp_path: Path) -> None:
    config = Config(reminders=(timedelta(hours=1),), per_minute={"sandbox": 20})
    await register(storage, 50)
    clock = MovableClock(START - timedelta(minutes=70))
    lines = Lines(tmp_path / "lines")
    workers = [box(storage, lines, clock, config) for _ in range(2)]
    heard: list[int] = []
    while clock.now() < START - timedelta(minutes=60):
        for each in workers:
            await each.tick()
        heard.append(len(lines.keys()))
        clock.advance(seconds=3)
    assert len(lines.keys()) == 50, "the last one heard by the promised hour"
    a_minute = 20
    assert max(later - earlier for earlier, later in zip(heard, heard[a_minute:], strict=False)) <= 22
    assert max(later - earlier for earlier, later in pairwise(heard)) <= 2, "no burst"


async def test_after_downtime_the_nearest_reminder_alone_with_the_true_time(storage: Storage, tmp_path: Path) -> None:
    config = Config(per_minute={})
    gathering, clock = await register(storage, 1), MovableClock(START - timedelta(minutes=25))
    outbox = box(storage, Lines(tmp_path / "lines"), clock, config)
    await outbox.tick()
    (key,) = Lines(tmp_path / "lines").keys()
    assert key.endswith(":3600")
    assert sorted(await receipts(storage, gathering)) == [Receipt.MISSED, Receipt.SENT]


async def test_a_post_in_a_channel_does_not_wait_behind_direct_messages(storage: Storage, tmp_path: Path) -> None:
    config = Config(reminders=(timedelta(hours=1),), per_minute={"sandbox": 20})
    gathering, clock = await register(storage, 50), MovableClock(START - timedelta(minutes=60))
    lines = Lines(tmp_path / "lines")
    outbox = box(storage, lines, clock, config)
    await outbox.tick()
    assert len(lines.keys()) == 2
    channel = Address("sandbox", "#gatherings")
    await storage.run(lambda uow: enqueue.announce_in(uow, gathering, channel, [gathering], clock.now()))
    await outbox.tick()
    assert any(key.startswith("announcement:") for key in lines.keys())  # noqa: SIM118 - not a dict


async def test_sends_that_end_together_are_recorded_in_one_turn(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_loop, "TOGETHER", timedelta(seconds=10))
    gathering, clock = await register(storage, 20), MovableClock(START - timedelta(minutes=60))
    turns, delays = [0], cycle((0.0, 0.02))

    class Counted:
        async def run(self, work: Callable[[UnitOfWork], T]) -> T:
            turns[0] += 1
            return await storage.run(work)

    async def one_sooner() -> None:
        await asyncio.sleep(next(delays))

    await box(Counted(), Lines(tmp_path / "lines", before=one_sooner), clock).tick()
    assert await receipts(storage, gathering) == [Receipt.SENT] * 20
    assert turns[0] < 18, "each turn begins two, and records both"


# ---- what one send meets is no matter of the others


@pytest.mark.slow
async def test_a_hanging_send_delays_neither_the_others_nor_what_comes_next(storage: Storage, tmp_path: Path) -> None:
    gathering, clock = await register(storage, 60), MovableClock(START - timedelta(minutes=60))
    hung, over = [True], asyncio.Event()

    async def hang_once() -> None:
        if hung.pop() if hung else False:
            await over.wait()

    lines = Lines(tmp_path / "lines", before=hang_once)
    outbox = box(storage, lines, clock)
    await outbox.tick()  # ends, though one hangs still
    assert len(lines.keys()) == 59
    channel = Address("sandbox", "#gatherings")
    await storage.run(lambda uow: enqueue.announce_in(uow, gathering, channel, [gathering], clock.now()))
    assert await outbox.has_new()
    await outbox.tick()
    assert len(lines.keys()) == 60
    assert not await outbox.has_new()
    over.set()
    await outbox.close()
    assert await receipts(storage, gathering) == [Receipt.SENT] * 60


class FreezesAfterClaiming:
    """The worker is stopped for longer than a lease, right after its claim is durable; meanwhile `other` works."""

    def __init__(self, storage: Storage, clock: MovableClock, other: Outbox) -> None:
        self._storage, self._clock, self._other = storage, clock, other
        self._frozen = False

    async def run(self, work: Callable[[UnitOfWork], T]) -> T:
        result = await self._storage.run(work)
        if isinstance(result, turn.Turn) and result.sends and not self._frozen:
            self._frozen = True
            self._clock.advance(seconds=turn.LEASE.total_seconds() + 10)
            await self._other.tick()
        return result


@pytest.mark.parametrize("guarded", [True, False])
async def test_a_worker_that_was_frozen_past_its_lease_tells_nothing_again(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Without a look at the clock before it sends, it would send what another worker has sent."""
    if not guarded:
        monkeypatch.setattr(delivery_loop, "OLDEST_WORDING", timedelta(days=1))
    gathering, clock = await register(storage, 6), MovableClock(START - timedelta(minutes=60))
    lines = Lines(tmp_path / "lines")
    other = box(storage, lines, clock)
    frozen = FreezesAfterClaiming(storage, clock, other)
    await Outbox(frozen, {"sandbox": lines}, clock, HOUSE, jitter=lambda: 0.0).tick()
    await other.tick()
    assert (len(lines.keys()) == 6) is guarded
    assert len(set(lines.keys())) == 6
    assert await receipts(storage, gathering) == [Receipt.SENT] * 6


async def test_what_was_on_its_way_when_the_worker_froze_is_alone_in_doubt(storage: Storage, tmp_path: Path) -> None:
    gathering, clock = await register(storage, 6), MovableClock(START - timedelta(minutes=60))
    lines = Lines(tmp_path / "lines")
    other = box(storage, lines, clock)
    frozen: list[bool] = []

    async def freeze() -> None:
        if not frozen:
            frozen.append(True)
            clock.advance(seconds=turn.LEASE.total_seconds() + 10)
            await other.tick()

    # Both go on, and neither waits for what the other still sends.
    both = (box(storage, Lines(tmp_path / "lines", before=freeze), clock), other)
    for _ in range(20):
        for each in both:
            await each.tick()
        if not await storage.run(lambda uow: uow.deliveries.scopes()):
            break
    # The one that was on its way when it froze cannot be held back by anything of ours; the others are.
    again = [key for key, count in Counter(lines.keys()).items() if count > 1]
    assert len(again) <= 1
    assert await receipts(storage, gathering) == [Receipt.SENT] * 6


async def test_what_arrived_and_is_no_longer_true_is_recorded_as_sent(storage: Storage, tmp_path: Path) -> None:
    gathering, clock = await register(storage, 1), MovableClock(START - timedelta(minutes=60))
    lines = Lines(tmp_path / "lines", after=times(1, ConnectionResetError))
    outbox = box(storage, lines, clock)
    await outbox.tick()

    def cancel(uow: UnitOfWork) -> None:
        uow.gatherings.save(replace(gathering, status=Status.CANCELLED))

    await storage.run(cancel)
    clock.advance(seconds=30)
    await outbox.tick()
    assert (lines.looked, await receipts(storage, gathering)) == (1, [Receipt.SENT])


async def test_a_storage_that_is_too_busy_is_asked_again(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_loop, "FIRST_STORAGE_BACKOFF", timedelta(milliseconds=1))
    gathering, clock = await register(storage, 9), MovableClock(START - timedelta(minutes=60))

    class OftenBusy:
        """Too busy two times of three, once the loops run."""

        runs = 0

        async def run(self, work: Callable[[UnitOfWork], T]) -> T:
            self.runs += 1
            if self.runs > 1 and self.runs % 3:
                raise Overloaded
            return await storage.run(work)

    lines = Lines(tmp_path / "lines")
    await Outbox(OftenBusy(), {"sandbox": lines}, clock, HOUSE, jitter=lambda: 0.0).tick()
    assert len(lines.keys()) == 9
    assert await receipts(storage, gathering) == [Receipt.SENT] * 9
