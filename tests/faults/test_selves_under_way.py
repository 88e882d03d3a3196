"""Somebody connects or disconnects while a reminder is on its way to them: never twice, never lost, never elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.addresses import Address
from bot.config import Config
from bot.gatherings.model import Gathering, Plan, Status
from bot.members.model import Person
from bot.notifications import schedule
from bot.notifications.deliver import Outbox
from bot.notifications.due import DueNotification
from bot.notifications.model import Notification, NotificationKind, Receipt, scope_of
from bot.notifications.render import render
from bot.notifications.rendered import Dropped, Rendered
from bot.ports import SentMessage, Storage
from bot.unit_of_work import UnitOfWork
from bot.views import View
from storage.schema import notices
from tests.conversations.harness import MovableClock
from tests.databases import on_both

pytestmark = on_both

START = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
EARLY, HOUR = START - timedelta(days=1), timedelta(hours=1)
HOUSE = Config(reminders=(HOUR,), per_minute={})
HERE, OTHER, THERE = Address("slack", "T1/U1"), Address("slack", "T2/U2"), Address("discord", "42")


async def _nothing() -> None:
    pass


class Conversations:
    """A messenger of both platforms: who was told what, and what happens around it."""

    def __init__(self) -> None:
        self.told: list[tuple[Address, str]] = []
        self.meanwhile: Callable[[], Awaitable[None]] = _nothing
        self.broken: list[str] = []
        """What happens to the sends to come: `before` or `after` the message stands, the connection breaks."""

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        how = self.broken.pop(0) if self.broken else ""
        await self.meanwhile()
        if how == "before":
            raise ConnectionResetError
        self.told.append((to, key))
        if how == "after":
            raise ConnectionResetError
        return SentMessage(key)

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime | None = None, conversation: str = ""
    ) -> SentMessage | None:
        return SentMessage(key) if (to, key) in self.told else None

    async def open_conversation(self, to: Address) -> str:
        return ""

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        raise NotImplementedError("nothing is edited here")


class Evening:
    """One gathering an hour ahead, and whoever has registered for it."""

    def __init__(self, storage: Storage) -> None:
        self.storage, self.lines = storage, Conversations()
        self.clock = MovableClock(START - HOUR)
        self.outbox = Outbox(
            storage, {"slack": self.lines, "discord": self.lines}, self.clock, HOUSE, jitter=lambda: 0.0
        )

    async def begins(self, *registered: Address) -> Gathering:
        def work(uow: UnitOfWork) -> Gathering:
            (gathering,) = uow.gatherings.add([Plan("Grief", START, "Europe/Madrid")], Status.PUBLISHED)
            for each in (HERE, THERE, OTHER):
                member = greet(uow, each)
                if each in registered:
                    uow.registrations.add(member, [gathering.id], EARLY)
            return gathering

        self.gathering = await self.storage.run(work)
        return self.gathering

    async def connects(self, kept: Address, typed: Address) -> None:
        await self.storage.run(lambda uow: uow.accounts.merge(greet(uow, kept), greet(uow, typed), self.clock.now()))

    async def disconnects(self, who: Address) -> None:
        def work(uow: UnitOfWork) -> None:
            assert uow.accounts.disconnect(greet(uow, who), who) is not None

        await self.storage.run(work)

    async def heard(self, who: Address) -> None:
        await self.storage.run(lambda uow: greet(uow, who))

    async def ticks(self, times: int = 4) -> None:
        for _ in range(times):
            await self.outbox.tick()
            self.clock.advance(seconds=30)

    def to(self) -> list[Address]:
        return [each for each, _ in self.lines.told]


def greet(uow: UnitOfWork, who: Address) -> int:
    return uow.members.get_or_create(Person(who, str(who)), EARLY).id


@pytest.fixture
def evening(storage: Storage) -> Evening:
    return Evening(storage)


def while_it_is_sent(evening: Evening, *changes: Callable[[], Awaitable[None]]) -> None:
    """Once: after a worker has claimed and rendered a reminder, and before its outcome is recorded."""
    left = list(changes)

    async def happen() -> None:
        while left:
            await left.pop(0)()

    evening.lines.meanwhile = happen


@pytest.mark.parametrize("broken", ["", "before", "after"])
async def test_who_disconnects_as_it_is_sent_is_told_once(evening: Evening, broken: str) -> None:
    """It was registered for there, and is being told here."""
    await evening.begins(THERE)
    await evening.connects(HERE, THERE)
    await evening.heard(HERE)
    evening.lines.broken = [broken]
    while_it_is_sent(evening, lambda: evening.disconnects(THERE))
    await evening.ticks()
    assert evening.to() == ([THERE] if broken == "before" else [HERE])


@pytest.mark.parametrize("broken", ["", "before", "after"])
async def test_whom_it_is_sent_to_may_have_connected_and_disconnected_since(evening: Evening, broken: str) -> None:
    await evening.begins(THERE)
    evening.lines.broken = [broken]
    while_it_is_sent(evening, lambda: evening.connects(HERE, THERE), lambda: evening.disconnects(THERE))
    await evening.ticks()
    assert evening.to() == [THERE]


@pytest.mark.parametrize("broken", ["", "before", "after"])
@pytest.mark.parametrize("registered", [(HERE,), (THERE,), (HERE, THERE)])
async def test_who_connects_as_it_is_sent_hears_it_at_each_address_at_most_once(
    evening: Evening, registered: tuple[Address, ...], broken: str
) -> None:
    await evening.begins(*registered)
    evening.lines.broken = [broken]
    while_it_is_sent(evening, lambda: evening.connects(HERE, THERE))
    await evening.ticks()
    # Both may have been on their way when they became one.
    assert 1 <= len(evening.to()) <= len(registered)
    assert len(set(evening.to())) == len(evening.to())


@pytest.mark.parametrize("broken", ["before", "after"])
async def test_what_is_in_doubt_when_they_disconnect_is_told_once(evening: Evening, broken: str) -> None:
    """It was being told here; where it does not stand, it is told there, to whom the registration belongs."""
    await evening.begins(THERE)
    await evening.connects(HERE, THERE)
    await evening.heard(HERE)
    evening.lines.broken = [broken]
    await evening.ticks(1)
    await evening.disconnects(THERE)
    await evening.ticks()
    assert evening.to() == ([HERE] if broken == "after" else [THERE])


async def test_and_a_second_doubt_after_that_is_looked_for_in_the_new_place(evening: Evening) -> None:
    await evening.begins(THERE)
    await evening.connects(HERE, THERE)
    await evening.heard(HERE)
    evening.lines.broken = ["before", "after"]
    await evening.ticks(1)
    await evening.disconnects(THERE)
    await evening.ticks()
    assert evening.to() == [THERE]


async def test_what_is_in_doubt_is_looked_for_where_it_was_sent_though_they_are_heard_elsewhere_now(
    evening: Evening,
) -> None:
    """Two selves on one platform: where they are heard says nothing of where it was told."""
    await evening.begins(HERE)
    await evening.connects(HERE, OTHER)
    await evening.heard(HERE)
    evening.lines.broken = ["after"]
    await evening.ticks(1)
    await evening.heard(OTHER)
    await evening.ticks()
    assert evening.to() == [HERE]


@pytest.mark.parametrize(("kept", "typed"), [(HERE, OTHER), (OTHER, HERE)])
async def test_nor_does_connecting_change_where_it_is_looked_for(
    evening: Evening, kept: Address, typed: Address
) -> None:
    await evening.begins(HERE)
    evening.lines.broken = ["after"]
    await evening.ticks(1)
    await evening.connects(kept, typed)
    await evening.heard(OTHER)
    await evening.ticks()
    assert evening.to() == [HERE]


@pytest.mark.parametrize("kept", [HERE, THERE])
@pytest.mark.parametrize("lost", ["before", "after"])
async def test_beside_one_that_was_told_one_in_doubt_is_not_told_again(
    evening: Evening, kept: Address, lost: str
) -> None:
    """One self was told; whether the other was is unknown. The person has heard it."""
    gathering = await evening.begins(HERE, THERE)
    evening.lines.broken = [lost]
    await evening.ticks(1)
    before = evening.to()
    await evening.connects(kept, THERE if kept == HERE else HERE)
    await evening.ticks()
    assert evening.to() == before
    (line,) = await evening.storage.run(lambda uow: uow.registrations.roster(gathering.id))
    assert Receipt.SENT in [receipt for _, receipt in line.receipts]


async def test_what_was_in_doubt_once_and_then_blocked_is_told_to_the_other_self(evening: Evening) -> None:
    await evening.begins(HERE, THERE)

    now = evening.clock.now()
    await evening.storage.run(lambda uow: bool(schedule.plan(uow, HOUSE, now)))

    def block(uow: UnitOfWork) -> None:
        scope = scope_of(HERE)
        (due,) = uow.deliveries.lock_due(scope, now, 9, posts=False)
        uow.deliveries.begin_sends([(due, HERE)], "w", now, now + timedelta(seconds=10))
        later = now + timedelta(seconds=11)
        again = uow.deliveries.lock_doubt(scope, later)
        assert again is not None
        assert again.in_doubt
        uow.deliveries.settle(again, Receipt.BLOCKED, later)

    await evening.storage.run(block)
    await evening.connects(HERE, THERE)
    await evening.ticks()
    assert evening.to() == [THERE]


async def test_of_where_it_was_told_nothing_is_kept(evening: Evening) -> None:
    await evening.begins(THERE)
    await evening.connects(HERE, THERE)
    await evening.heard(HERE)
    evening.lines.broken = ["before"]
    await evening.ticks(1)
    await evening.disconnects(THERE)
    await evening.ticks()
    assert await evening.storage.run(pinned) == []


def pinned(uow: UnitOfWork) -> list[object]:
    asked = select(notices.c.account).where(notices.c.account.is_not(None))
    return list(uow.connection.execute(asked).scalars())  # type: ignore[attr-defined]


async def test_two_workers_and_a_change_of_mind_at_the_same_instant(evening: Evening) -> None:
    """Connecting and disconnecting again and again while everything is told: each registrant once."""
    await evening.begins(HERE, THERE, OTHER)
    second = Outbox(
        evening.storage,
        {"slack": evening.lines, "discord": evening.lines},
        evening.clock,
        HOUSE,
        jitter=lambda: 0.0,
    )

    async def changes() -> None:
        for _ in range(3):
            await evening.connects(HERE, THERE)
            await evening.disconnects(THERE)

    await asyncio.gather(evening.outbox.tick(), second.tick(), changes())
    await evening.ticks()
    assert len(evening.to()) == len(set(evening.to()))
    assert OTHER in evening.to()
    assert {HERE, THERE} & set(evening.to())


@pytest.mark.parametrize("admitted", [False, True])
async def test_who_connects_during_the_claim_is_looked_up(evening: Evening, admitted: bool) -> None:
    """PostgreSQL then gives the notification of the member who stays, joined to nothing."""
    gathering = await evening.begins(HERE)

    def look(uow: UnitOfWork) -> tuple[Rendered, Rendered]:
        member = greet(uow, HERE)
        if admitted:
            uow.admission.admit(member, gathering.id, gathering.starts_at)
        found = []
        for kind, at in ((NotificationKind.REMINDER, START - HOUR), (NotificationKind.AFTERWARDS, START + 2 * HOUR)):
            notification = Notification(
                "k",
                kind,
                gathering.id,
                "slack",
                due_at=at,
                expires_at=at + HOUR,
                starts_at=START,
                member=member,
                offset=HOUR,
            )
            due = DueNotification(1, notification, attempts=1, in_doubt=False, began_at=None, gathering=gathering)
            found.append(render(uow, HOUSE, due, at))
        return found[0], found[1]

    reminder, afterwards = await evening.storage.run(look)
    assert isinstance(reminder, Dropped) is admitted
    assert isinstance(afterwards, Dropped) is not admitted
