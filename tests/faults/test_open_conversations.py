"""Conversations are opened when members act: gently, one worker at a time, and nothing is lost by a crash."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.accounts.model import address_digest
from bot.addresses import Address
from bot.config import Config
from bot.gatherings.model import Plan, Status
from bot.members.model import MemberSettings, Person
from bot.notifications import open_conversations
from bot.notifications.breaker import opened
from bot.notifications.open_conversations import CANDIDATES, CLOSED_FOR, LOOK_INTERVAL, ConversationOpener
from bot.notifications.send_limits import burst
from bot.platform import platform_of
from bot.ports import OpeningTooFast, SenderRestricted, SentMessage, Throttled, TryLater, Undeliverable
from bot.unit_of_work import UnitOfWork
from bot.views import View
from storage.engine.open import OpenStorage
from storage.repositories.leases import SqlLeaseRepository
from tests.conversations.harness import MovableClock
from tests.databases import on_both

START = datetime(2026, 12, 3, 12, 0, tzinfo=UTC)
FRANCES = Address("discord", "1"), Address("slack", "T1/U1")
HOUSE = Config(per_minute={}, facilitators=frozenset(FRANCES[:1]))
PER_MINUTE = platform_of("discord").conversations_per_minute or 0
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@dataclass
class Platform:
    """Opens conversations, and remembers when."""

    clock: MovableClock
    openings: list[tuple[datetime, Address]] = field(default_factory=list)
    refusals: list[Exception] = field(default_factory=list)
    closed: set[Address] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    """Workspaces whose token is not valid."""
    hangs: set[Address] = field(default_factory=set)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    held: asyncio.Event | None = None
    """Until it is set, none that began ends."""

    async def open_conversation(self, to: Address) -> str:
        self.openings.append((self.clock.now(), to))
        self.began.set()
        await asyncio.sleep(0)
        if self.held is not None:
            await self.held.wait()
        if to in self.hangs:
            await asyncio.Event().wait()
        if self.refusals:
            raise self.refusals.pop(0)
        if to.account.partition("/")[0] in self.broken:
            raise Throttled("conversations.open: invalid_auth", MINUTE)
        if to in self.closed:
            raise Undeliverable("direct messages are closed")
        return f"D{to.account}"

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        raise NotImplementedError("nothing is sent here")

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime, conversation: str = ""
    ) -> SentMessage | None:
        raise NotImplementedError("nothing is looked up here")

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        raise NotImplementedError("nothing is edited here")

    @property
    def tried(self) -> list[str]:
        return [address.account for _, address in self.openings]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(START)


@pytest.fixture
def platform(clock: MovableClock) -> Platform:
    return Platform(clock)


@pytest.fixture
def opener(storage: OpenStorage, platform: Platform, clock: MovableClock) -> ConversationOpener:
    return worker(storage, platform)


def worker(storage: OpenStorage, platform: Platform) -> ConversationOpener:
    messengers = {"discord": platform, "slack": platform}
    return ConversationOpener(storage, messengers, platform.clock, HOUSE, jitter=lambda: 0.0)


async def registered(storage: OpenStorage, *accounts: int | str, hours: float = 24, platform: str = "discord") -> None:
    def work(uow: UnitOfWork) -> None:
        gathering = uow.gatherings.add([Plan("Grief", START + timedelta(hours=hours), "UTC")], Status.PUBLISHED)[0]
        for account in accounts:
            member = uow.members.get_or_create(Person(Address(platform, str(account)), "Ada"), START)
            uow.registrations.add(member.id, [gathering.id], START)

    await storage.run(work)


async def run(platform: Platform, *openers: ConversationOpener, lasting: timedelta) -> None:
    """All workers at their ticks, until `lasting` has gone by."""
    end = platform.clock.now() + lasting
    while platform.clock.now() < end:
        wanted = await asyncio.gather(*(each.tick() for each in openers))
        at = min((each for each in wanted if each is not None), default=platform.clock.now() + timedelta(seconds=20))
        platform.clock.move_to(max(at, platform.clock.now() + timedelta(milliseconds=100)))


async def conversation(storage: OpenStorage, account: int) -> str:
    return await storage.run(lambda uow: uow.conversations.get(Address("discord", str(account))))


@on_both
async def test_ninety_are_opened_once_each_and_never_above_the_pace(storage: OpenStorage, platform: Platform) -> None:
    await registered(storage, *range(100, 190))
    workers = [worker(storage, platform) for _ in range(2)]
    await run(platform, *workers, lasting=90 / PER_MINUTE * MINUTE + MINUTE)
    assert sorted(platform.tried) == sorted(map(str, range(100, 190)))
    instants = [at for at, _ in platform.openings]
    for first, since in enumerate(instants):
        for last in range(first, len(instants)):
            minutes = (instants[last] - since) / MINUTE
            assert last - first + 1 <= burst(PER_MINUTE) + PER_MINUTE * minutes + 0.001
    assert await conversation(storage, 189) == "D189"


@on_both
@pytest.mark.parametrize("guarded", [False, True])
async def test_workers_do_not_open_the_same_one(
    storage: OpenStorage, platform: Platform, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lease they do: each sees what the other has not saved yet."""
    if not guarded:
        monkeypatch.setattr(SqlLeaseRepository, "acquire", lambda *_: True)
    await registered(storage, *range(100, 110))
    platform.held = asyncio.Event()
    workers = [worker(storage, platform) for _ in range(3)]
    first = asyncio.create_task(workers[0].tick())
    await platform.began.wait()
    platform.began.clear()
    second, begins = asyncio.create_task(workers[1].tick()), asyncio.create_task(platform.began.wait())
    await asyncio.wait([second, begins], return_when=asyncio.FIRST_COMPLETED)
    begins.cancel()
    platform.held.set()
    await asyncio.gather(first, second)
    await run(platform, *workers, lasting=2 * MINUTE)
    assert (max(Counter(platform.tried).values()) == 1) is guarded
    assert len(set(platform.tried)) == 10


async def test_the_soonest_gathering_comes_first_and_who_wants_none_never(
    storage: OpenStorage, platform: Platform, opener: ConversationOpener
) -> None:
    await registered(storage, 1, 2, hours=48)
    await registered(storage, 3, 4, hours=3)

    def work(uow: UnitOfWork) -> None:
        quiet = uow.members.get_or_create(Person(Address("discord", "4"), "Quiet"), START)
        uow.members.save_settings(quiet.id, MemberSettings(by_direct_message=False))
        away = uow.members.get_or_create(Person(Address("slack", "T1/U5"), "Elsewhere"), START)
        uow.registrations.add(away.id, [1], START)

    await storage.run(work)
    await run(platform, opener, lasting=MINUTE)
    assert [account for account in platform.tried if account != "T1/U5"] == ["3", "1", "2"]
    assert "T1/U5" in platform.tried[:3], "another platform has a pace of its own"


async def test_under_load_there_is_one_look_for_all(platform: Platform, opener: ConversationOpener) -> None:
    assert await opener.tick() is None
    assert await opener.tick() == START + LOOK_INTERVAL, "it looks again"
    platform.clock.move_to(START + LOOK_INTERVAL)
    assert await opener.tick() is None


async def test_who_acts_during_a_look_is_not_missed(
    storage: OpenStorage, platform: Platform, opener: ConversationOpener
) -> None:
    await registered(storage, 1)
    platform.held = asyncio.Event()
    ticking = asyncio.create_task(opener.tick())
    await platform.began.wait()
    await registered(storage, 2)
    assert await opener.tick() is None
    platform.held.set()
    await ticking
    assert platform.tried == ["1", "2"]


async def test_a_refusal_to_open_pauses_all_workers(
    storage: OpenStorage, platform: Platform, opener: ConversationOpener
) -> None:
    await registered(storage, *range(10))
    platform.refusals = [OpeningTooFast("too fast", 10 * MINUTE)]
    await run(platform, opener, worker(storage, platform), lasting=9 * MINUTE)
    assert len(platform.tried) == 1
    await run(platform, opener, lasting=3 * MINUTE)
    assert len(set(platform.tried)) == 10


async def test_while_everything_waits_nothing_is_opened(
    storage: OpenStorage, platform: Platform, opener: ConversationOpener
) -> None:
    await registered(storage, *range(3))
    platform.refusals = [Throttled("could not be reached", 5 * MINUTE)]
    await run(platform, opener, worker(storage, platform), lasting=4 * MINUTE)
    assert len(platform.tried) == 1
    limits = await storage.run(lambda uow: uow.send_limits.get("discord"))
    assert limits is not None
    assert limits.paused_until == START + 5 * MINUTE
    await run(platform, opener, lasting=2 * MINUTE)
    assert len(set(platform.tried)) == 3


@pytest.mark.parametrize("sooner", [1, CANDIDATES + 1])
async def test_a_broken_workspace_holds_no_other_up(
    storage: OpenStorage, platform: Platform, opener: ConversationOpener, sooner: int
) -> None:
    await registered(storage, *(f"T1/U{number}" for number in range(sooner)), hours=24, platform="slack")
    await registered(storage, "T2/U1", "T2/U2", hours=48, platform="slack")
    platform.broken = {"T1"}
    await run(platform, opener, worker(storage, platform), lasting=10 * MINUTE)
    there = [(at, address.account) for at, address in platform.openings if address.account.startswith("T2")]
    assert [account for _, account in there] == ["T2/U1", "T2/U2"]
    assert there[-1][0] < START + 10 * SECOND
    tries = [at for at, address in platform.openings if address.account.startswith("T1")]
    assert tries == [START + minutes * MINUTE for minutes in range(10)], "the broken one is tried as its pauses end"
    platform.broken = set()
    await run(platform, opener, lasting=5 * MINUTE)
    assert len(set(platform.tried)) == sooner + 2


async def test_who_is_closed_is_left_alone_and_holds_nobody_up(
    storage: OpenStorage, platform: Platform, opener: ConversationOpener
) -> None:
    await registered(storage, *range(40), hours=100)
    platform.closed = {Address("discord", str(account)) for account in range(30)}
    await run(platform, opener, lasting=40 / PER_MINUTE * MINUTE + MINUTE)
    assert sorted(map(int, platform.tried)) == list(range(40))
    await run(platform, opener, lasting=10 * MINUTE)
    assert len(platform.tried) == 40
    members = await storage.run(lambda uow: uow.registrations.roster(1))
    assert all(not line.receipts for line in members), "nobody was written to, so nobody is unreached"
    platform.closed.clear()
    platform.clock.move_to(START + CLOSED_FOR)
    await run(platform, opener, lasting=5 * MINUTE)
    assert len(platform.tried) == 70


async def test_a_passing_refusal_is_tried_again(
    storage: OpenStorage, platform: Platform, opener: ConversationOpener
) -> None:
    await registered(storage, 1, 2)
    platform.refusals = [TryLater("for now", MINUTE), ConnectionResetError()]
    await run(platform, opener, lasting=timedelta(seconds=50))
    assert platform.tried == ["1", "2"]
    await run(platform, opener, lasting=MINUTE)
    assert platform.tried == ["1", "2", "1"]
    await run(platform, opener, lasting=6 * MINUTE)
    assert platform.tried == ["1", "2", "1", "2"]


async def test_one_that_hangs_holds_nobody_up(
    storage: OpenStorage, platform: Platform, opener: ConversationOpener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_conversations, "OPEN_TIMEOUT", timedelta(milliseconds=50))
    await registered(storage, 1, 2)
    platform.hangs = {Address("discord", "1")}
    await run(platform, opener, lasting=MINUTE)
    assert await conversation(storage, 2) == "D2"


async def test_what_is_being_opened_is_saved_before_the_worker_ends(
    storage: OpenStorage, platform: Platform, opener: ConversationOpener
) -> None:
    await registered(storage, 1, 2, 3)
    ticking = asyncio.create_task(opener.tick())
    await platform.began.wait()
    await opener.close()
    assert await conversation(storage, 1) == "D1"
    assert await ticking is None
    assert platform.tried == ["1"]


async def test_while_a_breaker_is_open_nothing_is_opened(
    storage: OpenStorage, platform: Platform, opener: ConversationOpener
) -> None:
    await registered(storage, 1)
    await storage.run(lambda uow: uow.breakers.open(opened("discord", "flagged", START)))
    await run(platform, opener, lasting=10 * MINUTE)
    assert platform.tried == []


async def test_a_refusal_of_the_bot_itself_is_told_before_reminders_are_due(
    storage: OpenStorage, platform: Platform, opener: ConversationOpener
) -> None:
    def frances(uow: UnitOfWork) -> None:
        here, there = (uow.members.get_or_create(Person(address, "Frances"), START) for address in FRANCES)
        uow.accounts.merge(here.id, there.id, START)

    await storage.run(frances)
    await registered(storage, 2, 3)
    platform.refusals = [SenderRestricted("flagged")]
    await run(platform, opener, worker(storage, platform), lasting=5 * MINUTE)
    assert len(platform.tried) == 1
    breakers = await storage.run(lambda uow: uow.breakers.list_open())
    assert [(breaker.scope, breaker.why) for breaker in breakers] == [("discord", "flagged")]
    key = f"sender-restricted:1:discord.{address_digest(FRANCES[1])}:{int(START.timestamp())}:0"
    assert await storage.run(lambda uow: uow.notifications.is_pending(key))


class Killed(BaseException):
    """As if the process had been killed."""


async def test_nothing_is_lost_by_a_crash_between_opening_and_saving(
    storage: OpenStorage, platform: Platform, opener: ConversationOpener, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registered(storage, 1)

    async def killed(_: object) -> None:
        raise Killed

    opens = platform.open_conversation

    async def opens_and_is_killed(to: Address) -> str:
        monkeypatch.setattr(opener._storage, "run", killed)
        return await opens(to)

    with monkeypatch.context() as patch:
        patch.setattr(platform, "open_conversation", opens_and_is_killed)
        with pytest.raises(Killed):
            await opener.tick()
    monkeypatch.undo()
    assert await conversation(storage, 1) == ""
    await run(platform, worker(storage, platform), lasting=2 * MINUTE)
    assert (platform.tried, await conversation(storage, 1)) == (["1", "1"], "D1")
