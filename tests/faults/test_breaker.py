"""A platform that flags the bot itself: nobody is marked, it stops within two tries, and goes on by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.addresses import Address
from bot.config import Config
from bot.gatherings.model import Gathering, Plan, Status
from bot.members.model import Person
from bot.notifications import enqueue
from bot.notifications.breaker import FIRST_INTERVAL
from bot.notifications.deliver import Outbox
from bot.notifications.model import Receipt
from bot.notifications.open_conversations import ConversationOpener
from bot.notifications.turn import MAX_DIRECT_IN_FLIGHT, MAX_HELD
from bot.ports import SenderRestricted, SentMessage, Storage, Undeliverable
from bot.unit_of_work import UnitOfWork
from bot.views import View
from tests.conversations.harness import MovableClock

START = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
FRANCES = Address("discord", "1"), Address("slack", "T1/U1")
CHANNEL, ELSEWHERE = Address("discord", "#4000"), Address("slack", "T1/C1")
PEOPLE = 90
HOUSE = Config(
    reminders=(timedelta(hours=1),), channel_reminders=(), per_minute={}, facilitators=frozenset(FRANCES[:1])
)


@dataclass
class Platform:
    """Takes direct messages until it flags the bot; posts in channels it takes all the same."""

    flags_after: int | None = None
    told: list[Address] = field(default_factory=list)
    posts: list[Address] = field(default_factory=list)
    tries: int = 0
    refusals: int = 0
    closed: set[Address] = field(default_factory=set)

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        if to.is_channel:
            self.posts.append(to)
            return SentMessage(f"{to}/1")
        self.tries += 1
        if self.flags_after is not None and len(self.told) >= self.flags_after:
            self.refusals += 1
            raise SenderRestricted("flagged")
        if to in self.closed:
            raise Undeliverable("direct messages are closed")
        self.told.append(to)
        return SentMessage(key)

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime | None = None, conversation: str = ""
    ) -> SentMessage | None:
        return None

    async def open_conversation(self, to: Address) -> str:
        return ""

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        return SentMessage(message)


async def register(storage: Storage, people: int) -> Gathering:
    early = START - timedelta(days=1)

    def work(uow: UnitOfWork) -> Gathering:
        frances = uow.members.get_or_create(Person(FRANCES[1], "Frances"), early)
        other = uow.members.get_or_create(Person(FRANCES[0], "Frances"), early)
        uow.accounts.merge(frances.id, other.id, early)
        (gathering,) = uow.gatherings.add([Plan("Grief", START, "Europe/Madrid")], Status.PUBLISHED)
        for number in range(people):
            member = uow.members.get_or_create(Person(Address("discord", f"{100 + number}"), f"P{number}"), early)
            uow.registrations.add(member.id, [gathering.id], early)
            uow.conversations.save(member.address, f"D{number}")
        for where in (CHANNEL, ELSEWHERE):
            enqueue.announce_in(uow, gathering, where, [gathering], early)
            uow.announcements.mark_posted(uow.announcements.add(gathering.id, where).id, "1")
        return gathering

    return await storage.run(work)


async def receipts(storage: Storage, gathering: Gathering) -> list[Receipt]:
    kept = await storage.run(lambda uow: uow.registrations.roster(gathering.id))
    return [receipt for each in kept for _, receipt in each.receipts]


@pytest.mark.parametrize("flags_after", [45, 89])
async def test_it_stops_within_two_tries_marks_nobody_and_goes_on_by_itself(storage: Storage, flags_after: int) -> None:
    await drill(storage, flags_after, PEOPLE)


MORE_THAN_ARE_HELD = MAX_HELD + 4


@pytest.mark.parametrize("flags_after", [*range(MAX_DIRECT_IN_FLIGHT + 2), *range(MAX_HELD - 1, MORE_THAN_ARE_HELD)])
async def test_at_whichever_of_them_it_begins(storage: Storage, flags_after: int) -> None:
    await drill(storage, flags_after, MORE_THAN_ARE_HELD)


async def drill(storage: Storage, flags_after: int, people: int) -> None:
    gathering = await register(storage, people)
    clock = MovableClock(START - timedelta(hours=1))
    discord, slack = Platform(flags_after), Platform()
    outbox = Outbox(storage, {"discord": discord, "slack": slack}, clock, HOUSE, jitter=lambda: 0.0)
    await outbox.tick()
    discord.posts.clear()  # the announcement itself
    slack.posts.clear()
    for _ in range(5):
        clock.advance(seconds=20)
        await outbox.tick()
    assert discord.refusals <= MAX_DIRECT_IN_FLIGHT
    assert slack.told == [FRANCES[1]], "a facilitator hears of it elsewhere, once"
    assert slack.posts == [], "its channels have nothing to do with it"
    found = await receipts(storage, gathering)
    assert (found.count(Receipt.SENT), found.count(Receipt.WAITING)) == (flags_after, people - flags_after)
    # Some time later it is over, and found out by one careful try.
    refused = discord.refusals
    clock.advance(seconds=FIRST_INTERVAL.total_seconds())
    await outbox.tick()
    assert discord.refusals == refused + 1, "one try"
    discord.flags_after = None
    for _ in range(12):
        clock.advance(seconds=30)
        await outbox.tick()
    assert await receipts(storage, gathering) == [Receipt.SENT] * people
    assert len(discord.told) == len(set(discord.told)) == people
    assert await storage.run(lambda uow: uow.breakers.list_open()) == []
    last = Person(Address("discord", f"{99 + people}"), f"P{people - 1}")
    member = await storage.run(lambda uow: uow.members.get_or_create(last, clock.now()))
    assert not member.unreached
    assert len(slack.told) == 1


@pytest.mark.parametrize("people", [1, 3])
async def test_the_channel_hears_the_reminder_instead(storage: Storage, people: int) -> None:
    await register(storage, people)
    clock, discord, slack = MovableClock(START - timedelta(days=1)), Platform(), Platform()
    outbox = Outbox(storage, {"discord": discord, "slack": slack}, clock, HOUSE, jitter=lambda: 0.0)
    await outbox.tick()
    assert (discord.posts, slack.posts) == ([CHANNEL], [ELSEWHERE]), "the announcements"
    clock.advance(hours=23)
    discord.flags_after = 0
    for _ in range(3):
        await outbox.tick()
        clock.advance(seconds=20)
    assert (discord.posts, slack.posts) == ([CHANNEL] * 2, [ELSEWHERE]), "once, and there alone"


async def test_what_waits_for_too_long_ends_as_too_late_and_blames_nobody(storage: Storage) -> None:
    gathering, clock = await register(storage, 3), MovableClock(START - timedelta(hours=1))
    discord = Platform(0)
    outbox = Outbox(storage, {"discord": discord}, clock, HOUSE, jitter=lambda: 0.0)
    for _ in range(80):
        await outbox.tick()
        clock.advance(minutes=1)
    assert await receipts(storage, gathering) == [Receipt.TOO_LATE] * 3
    assert discord.refusals < 10, "at growing intervals"


async def test_somebody_whose_line_is_closed_neither_ends_it_nor_is_spared(storage: Storage) -> None:
    gathering, clock = await register(storage, 3), MovableClock(START - timedelta(hours=1))
    discord = Platform(0, closed={Address("discord", "100")})
    outbox = Outbox(storage, {"discord": discord}, clock, HOUSE, jitter=lambda: 0.0)
    await outbox.tick()
    discord.flags_after = None
    for _ in range(30):
        clock.advance(seconds=30)
        await outbox.tick()
    found = await receipts(storage, gathering)
    assert sorted(found) == sorted([Receipt.BLOCKED, Receipt.SENT, Receipt.SENT])


async def test_a_closed_line_says_nothing_of_the_bot_and_the_next_is_tried_at_once(storage: Storage) -> None:
    gathering, clock = await register(storage, 5), MovableClock(START - timedelta(hours=1))
    discord = Platform(0, closed={Address("discord", "102"), Address("discord", "103")})
    outbox = Outbox(storage, {"discord": discord}, clock, HOUSE, jitter=lambda: 0.0)
    await outbox.tick()
    discord.flags_after = None
    clock.advance(minutes=2, seconds=2)
    await outbox.tick()
    found = await receipts(storage, gathering)
    assert (found.count(Receipt.BLOCKED), found.count(Receipt.SENT)) == (2, 1)
    assert not await storage.run(lambda uow: uow.breakers.list_open())


async def test_a_platform_that_flags_the_bot_again_meets_no_more_tries_than_before(storage: Storage) -> None:
    await register(storage, 20)
    clock, discord = MovableClock(START - timedelta(hours=1)), Platform(0)
    outbox = Outbox(storage, {"discord": discord}, clock, HOUSE, jitter=lambda: 0.0)
    await outbox.tick()
    first, discord.refusals = discord.refusals, 0
    discord.flags_after = 1  # it takes the trial, and no more
    clock.advance(minutes=2, seconds=2)
    await outbox.tick()
    assert len(discord.told) == 1
    assert discord.refusals <= first <= 2


class RefusesSome(Platform):
    """A mail server's rules, or a filter of links, may refuse single letters in words that sound like the sender."""

    refused = frozenset({"100"})

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        self.flags_after = 0 if to.account in self.refused else None
        return await super().send(to, view, key=key, language=language, zone=zone)

    async def open_conversation(self, to: Address) -> str:
        self.tries += 1
        if to.account in self.refused:
            self.refusals += 1
            raise SenderRestricted("flagged")
        return f"D{to.account}"


@pytest.mark.parametrize("refused", [{"100"}, {"102", "105", "108"}])
async def test_those_whom_it_is_refused_for_each_time_do_not_hold_up_the_others(
    storage: Storage, refused: set[str]
) -> None:
    gathering, clock = await register(storage, 9), MovableClock(START - timedelta(hours=1))
    discord, slack = RefusesSome(), Platform()
    discord.refused = frozenset(refused)
    workers = [Outbox(storage, {"discord": discord, "slack": slack}, clock, HOUSE, jitter=lambda: 0.0) for _ in "ab"]
    opened_at = set()
    for minute in range(29):  # half an hour before, facilitators hear of other things
        await workers[minute % 2].tick()
        opened_at |= {each.opened_at for each in await storage.run(lambda uow: uow.breakers.list_open())}
        clock.advance(minutes=1)
    found = await receipts(storage, gathering)
    assert found.count(Receipt.SENT) == 9 - len(refused), found
    assert len(opened_at) <= len(refused), "not anew for the same"
    assert len(slack.told) == 1, "it is one trouble"
    assert discord.refusals <= 8 * len(refused), "at growing intervals"


async def test_a_conversation_that_is_refused_each_time_holds_nobody_up(storage: Storage) -> None:
    await register(storage, 3)
    clock = MovableClock(START - timedelta(hours=2))

    def forget(uow: UnitOfWork) -> None:
        for number in range(3):
            uow.conversations.forget(Address("discord", f"{100 + number}"), f"D{number}")

    await storage.run(forget)
    discord = RefusesSome()
    outbox = Outbox(storage, {"discord": discord}, clock, HOUSE, jitter=lambda: 0.0)
    opener = ConversationOpener(storage, {"discord": discord}, clock, HOUSE, jitter=lambda: 0.0)
    for _ in range(58):
        await opener.tick()
        await outbox.tick()
        clock.advance(minutes=1)
    assert discord.refusals == 1


async def test_one_workspace_does_not_hold_up_another(storage: Storage) -> None:
    early, clock = START - timedelta(days=1), MovableClock(START - timedelta(hours=1))

    def work(uow: UnitOfWork) -> None:
        (gathering,) = uow.gatherings.add([Plan("Grief", START, "Europe/Madrid")], Status.PUBLISHED)
        for team in ("T1", "T2"):
            for number in range(4):
                member = uow.members.get_or_create(Person(Address("slack", f"{team}/U{number}"), "P"), early)
                uow.registrations.add(member.id, [gathering.id], early)

    await storage.run(work)

    class OneOfTwo(Platform):
        async def send(
            self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
        ) -> SentMessage:
            self.flags_after = 0 if to.account.startswith("T1/") else None
            return await super().send(to, view, key=key, language=language, zone=zone)

    slack = OneOfTwo()
    outbox = Outbox(storage, {"slack": slack}, clock, HOUSE, jitter=lambda: 0.0)
    for _ in range(3):
        await outbox.tick()
        clock.advance(seconds=20)
    assert sorted(each.account for each in slack.told) == [f"T2/U{number}" for number in range(4)]
    assert [each.scope for each in await storage.run(lambda uow: uow.breakers.list_open())] == ["slack/T1"]
