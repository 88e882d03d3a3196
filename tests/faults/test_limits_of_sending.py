"""What limits sending: the platform's wish to wait, its pace, its conversations to open, and what one turn may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.addresses import Address
from bot.notifications import schedule, send_limits, turn
from bot.notifications.breaker import FIRST_INTERVAL
from bot.notifications.deliver import Outbox
from bot.notifications.model import Receipt
from bot.notifications.pace import expected_pace
from bot.notifications.turn import Held, TurnTaker
from bot.ports import SenderRestricted, SentMessage, Storage, Throttled
from bot.unit_of_work import UnitOfWork
from bot.views import View
from storage.schema import notices
from tests.conversations.harness import MovableClock
from tests.faults.test_delivery import HOUSE, START, receipts, register

HOUR_BEFORE = START - timedelta(hours=1)


@dataclass
class Platform:
    """Takes messages, unless `refuse` raises."""

    clock: MovableClock
    refuse: Callable[[], None] = lambda: None
    told: list[datetime] = field(default_factory=list)
    tries: int = 0

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        self.tries += 1
        self.refuse()
        self.told.append(self.clock.now())
        return SentMessage(key, f"line of {to.account}")

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime, conversation: str = ""
    ) -> SentMessage | None:
        return None

    async def open_conversation(self, to: Address) -> str:
        return ""

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        raise NotImplementedError("nothing is edited here")


def outbox_of(storage: Storage, platform: Platform, per_minute: dict[str, int] | None = None) -> Outbox:
    config = replace(HOUSE, per_minute=per_minute or {})
    messengers = {"sandbox": platform, "discord": platform}
    return Outbox(storage, messengers, platform.clock, config, jitter=lambda: 0.0)


async def test_while_a_platform_wants_nothing_nobody_is_sent_anything(storage: Storage) -> None:
    await register(storage, 9)
    clock = MovableClock(HOUR_BEFORE)

    def refuse() -> None:
        if clock.now() < HOUR_BEFORE + timedelta(seconds=60):
            raise Throttled("429", timedelta(seconds=60))

    platform = Platform(clock, refuse)
    outbox = outbox_of(storage, platform)
    assert await outbox.tick() == HOUR_BEFORE + timedelta(seconds=60)
    assert platform.tries <= turn.MAX_DIRECT_IN_FLIGHT
    clock.advance(seconds=59)
    await outbox.tick()
    assert platform.tries <= turn.MAX_DIRECT_IN_FLIGHT
    clock.advance(seconds=1)
    await outbox.tick()
    assert len(platform.told) == 9


async def test_the_worker_wakes_for_the_trial(storage: Storage) -> None:
    await register(storage, 3)
    clock = MovableClock(HOUR_BEFORE)

    def refuse() -> None:
        raise SenderRestricted("flagged")

    assert await outbox_of(storage, Platform(clock, refuse)).tick() == HOUR_BEFORE + FIRST_INTERVAL


async def test_one_turn_renders_a_bounded_number(storage: Storage) -> None:
    """However many were dropped because they are no longer wanted."""
    gathering = await register(storage, turn.MAX_RENDERED + 10)
    clock = MovableClock(HOUR_BEFORE)

    def leave(uow: UnitOfWork) -> None:
        schedule.plan(uow, HOUSE, clock.now())
        for line in uow.registrations.roster(gathering.id):
            uow.registrations.remove(line.member, [gathering.id])

    def take(uow: UnitOfWork) -> turn.Turn:
        return TurnTaker(uow, HOUSE, "sandbox", "w", clock.now(), lambda: 0.0).take([], Held())

    await storage.run(leave)
    first, second = await storage.run(take), await storage.run(take)
    dropped = [[each.receipt for each in taken.recorded].count(Receipt.DROPPED) for taken in (first, second)]
    assert sum(dropped) == turn.MAX_RENDERED + 10
    assert turn.MAX_RENDERED <= dropped[0] < turn.MAX_RENDERED + turn.MAX_DIRECT_IN_FLIGHT
    assert (first.again, second.again) == (True, False)


async def test_new_conversations_have_a_pace_of_their_own(storage: Storage) -> None:
    await register(storage, 8, "discord")
    clock = MovableClock(HOUR_BEFORE)
    platform = Platform(clock)
    outbox = outbox_of(storage, platform)
    told = []
    for _ in range(4):
        await outbox.tick()
        told.append(len(platform.told))
        clock.advance(seconds=3.01)  # one may be opened in so long
    assert told == [int(send_limits.MIN_BURST) + passed for passed in range(4)]


async def test_a_batch_begins_earlier_where_the_last_one_was_slower(storage: Storage) -> None:
    """Half the pace that is set; then the platform takes as much as it should, and that is learnt, too."""
    await register(storage, 60)
    clock = MovableClock(HOUR_BEFORE - timedelta(minutes=3))
    last = [HOUR_BEFORE - timedelta(days=1)]

    def every_two_seconds() -> None:
        if (wait := last[0] + timedelta(seconds=2) - clock.now()) > timedelta(0):
            raise Throttled("429", wait)
        last[0] = clock.now()

    platform = Platform(clock, every_two_seconds)
    outbox = outbox_of(storage, platform, {"sandbox": 60})
    for expected in (30, 60):
        await _live(outbox, clock, minutes=5)
        limits = await storage.run(lambda uow: uow.send_limits.get("sandbox"))
        assert limits is not None
        assert abs(expected_pace(60, None, limits.reached_per_minute) - expected) < 6
        platform.refuse = lambda: None
        await register(storage, 60)
        clock.advance(minutes=1)
    assert len(platform.told) == 120


async def test_a_pace_that_nothing_has_shown_yet_makes_no_first_batch_late(storage: Storage) -> None:
    """400 a minute are set, and Slack takes 240: by the setting it would begin 36 s ahead, and it takes a minute."""
    await register(storage, 240, "slack")
    clock = MovableClock(HOUR_BEFORE - timedelta(minutes=3))

    def four_a_second() -> None:
        if platform.told[-4:].count(clock.now()) == 4:
            raise Throttled("429", timedelta(seconds=1))

    platform = Platform(clock, four_a_second)
    config = replace(HOUSE, per_minute={"slack": 400})
    await _live(Outbox(storage, {"slack": platform}, clock, config, jitter=lambda: 0.0), clock, minutes=4)
    assert len(platform.told) == 240
    assert platform.told[-1] <= HOUR_BEFORE


async def _live(outbox: Outbox, clock: MovableClock, minutes: float) -> None:
    until = clock.now() + timedelta(minutes=minutes)
    while clock.now() < until:
        await outbox.tick()
        clock.advance(seconds=1)


async def test_what_goes_to_a_platform_that_another_worker_is_connected_to_is_left_alone(storage: Storage) -> None:
    gathering, clock = await register(storage, 2, "slack"), MovableClock(HOUR_BEFORE)
    await outbox_of(storage, Platform(clock)).tick()
    assert await receipts(storage, gathering) == [Receipt.WAITING] * 2
    tried = await storage.run(
        lambda uow: uow.connection.execute(select(notices.c.attempts)).scalars().all()  # type: ignore[attr-defined]
    )
    assert tried == [0, 0]
