# ruff: noqa: ARG002 - a platform is a whole `bot.ports.Messenger`
"""A fan-out of 10,000 reminders on a virtual clock, beside the time that the platforms' limits need for it.

The outbox, its plan and the database are the product's; the platforms take some tenths of a second for each message
and refuse what is above their limits, as Slack and Discord do. What computing costs is left out: the virtual clock
stands still meanwhile. Each run has a process of its own, because it has an event loop of its own.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import adapters.platforms  # noqa: F401 - registers the platforms
from bench.measure import Row
from bench.messengers import SendsOnly
from bot.addresses import Address
from bot.config import Config
from bot.gatherings.model import Plan, Status
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.ports import Messenger, SentMessage, Throttled
from bot.unit_of_work import UnitOfWork
from bot.views import View
from storage.encryption.keyring import Keyring
from storage.engine import sqlite
from storage.migrations.upgrade import upgrade
from storage.schema import REVISION
from tests.simulation.database import CalmDatabase, open_inline
from tests.simulation.loop import START, VirtualLoop

REMINDERS = 10_000
AIM = 1.05
BEGINNING = datetime(2026, 12, 1, 16, 0, tzinfo=UTC)
OFFSET, BETWEEN = timedelta(hours=1), timedelta(hours=2)
LOOK_AGAIN = timedelta(seconds=20)
"""How often a worker plans, whatever is due next: as `cli/scheduler.py` has it."""
NEW_CONVERSATIONS = 3 / 90
"""Of the registrants, how many have no conversation with the bot yet."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform accepts: messages a minute, and that many at once."""

    per_minute: float
    burst: float
    seconds: tuple[float, float]
    """How long it takes to answer, at least and at most."""


REAL_LIMITS = {
    # "Several hundred a minute" in a workspace, with short bursts; one a second in each conversation.
    "slack": Limits(per_minute=300, burst=20, seconds=(0.08, 0.35)),
    # Fifty requests a second of one bot. Of direct messages it says no figure: their pace is the setting's.
    "discord": Limits(per_minute=3000, burst=50, seconds=(0.08, 0.35)),
}


@dataclass(frozen=True, slots=True)
class Story:
    what: str
    paces: Mapping[str, int]
    """As HTG_DM_PER_MINUTE has them. The reminders are shared out among these platforms in equal parts."""
    workers: int
    batches: int = 1
    """The last one is measured: those before it show how fast the platform really is, where the setting does not."""

    @property
    def offsets(self) -> tuple[timedelta, ...]:
        """How long before the start each batch is due, the measured one last."""
        return tuple(OFFSET + BETWEEN * number for number in reversed(range(self.batches)))


STORIES = {
    "slack": Story("slack:200, 1 worker", {"slack": 200}, 1),
    "discord": Story("discord:120, 1 worker, the second batch", {"discord": 120}, 1, 2),
    "both": Story("slack:200 and discord:120 at once, half of them each, 3 workers", {"slack": 200, "discord": 120}, 3),
    "first": Story("slack:400 where Slack takes 300 and refuses more, 1 worker, the first batch", {"slack": 400}, 1),
    "above": Story(
        "slack:400 where Slack takes 300 and refuses more, 1 worker, the second batch", {"slack": 400}, 1, 2
    ),
}


class LimitedPlatform(SendsOnly):
    """A `bot.ports.Messenger` that refuses what is above `limits`, and says when to come back, in whole seconds."""

    def __init__(self, limits: Limits, clock: VirtualClock, chance: random.Random) -> None:
        self.limits, self._clock, self._chance = limits, clock, chance
        self._tokens, self._at = limits.burst, 0.0
        self._posted_at: dict[str, float] = {}
        self.begun: dict[str, datetime] = {}
        self.accepted: dict[str, datetime] = {}
        """By the notification's key."""

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        self.begun.setdefault(key, self._clock.now())
        if not conversation:
            await self._on_its_way(2)  # the conversation is opened first
        await self._on_its_way(1)
        self._take_token(to)
        assert key not in self.accepted, "told twice"
        self.accepted[key] = self._clock.now()
        await self._on_its_way(1)
        return SentMessage(key, f"D/{to.account}")

    async def _on_its_way(self, ways: int) -> None:
        await asyncio.sleep(ways / 2 * self._chance.uniform(*self.limits.seconds))

    def _take_token(self, to: Address) -> None:
        now, refill = asyncio.get_running_loop().time(), self.limits.per_minute / 60
        self._tokens, self._at = min(self._tokens + (now - self._at) * refill, self.limits.burst), now
        wait = max((1 - self._tokens) / refill, self._posted_at.get(to.account, 0.0) + 1 - now)
        if wait > 0:
            raise Throttled("429", timedelta(seconds=math.ceil(wait)))
        self._tokens -= 1
        self._posted_at[to.account] = now


class VirtualClock:
    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        return BEGINNING + timedelta(seconds=self._loop.time() - START)


@dataclass(slots=True)
class Outcome:
    """Of one platform in one story."""

    seconds: float
    """From the first send to the last that was accepted."""
    limits_seconds: float
    late: float
    """The last one, in seconds after the promised instant; negative where it was earlier."""
    told: int


# ---- one story, in a process of its own


def tell(name: str) -> dict[str, Outcome]:
    folder = Path(tempfile.mkdtemp(prefix="fanout", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))  # noqa: S108
    try:
        asyncio.run(upgrade(f"sqlite:///{folder / 'htg.db'}"))
        loop = VirtualLoop()
        return loop.run_until_complete(_fan_out(loop, folder / "htg.db", STORIES[name]))
    finally:
        shutil.rmtree(folder)


async def _fan_out(loop: VirtualLoop, path: Path, story: Story) -> dict[str, Outcome]:
    chance, clock = random.Random(f"{story}"), VirtualClock(loop)
    config = Config(reminders=story.offsets, channel_reminders=(), per_minute=story.paces)
    platforms = {name: LimitedPlatform(REAL_LIMITS[name], clock, chance) for name in story.paces}
    due, each = BEGINNING + BETWEEN * (story.batches + 1), REMINDERS // len(platforms)
    storages = [await _opened(loop, path, chance) for _ in range(story.workers)]
    register = partial(_register, starts_at=due + OFFSET, platforms=list(platforms), each=each, chance=chance)
    await storages[0].run(register)
    messengers: dict[str, Messenger] = dict(platforms)
    outboxes = [Outbox(storage, messengers, clock, config, jitter=chance.random) for storage in storages]
    planning = [asyncio.create_task(_plan_again_and_again(outbox, clock, chance)) for outbox in outboxes]
    for _ in range(int((due + OFFSET - clock.now()) / LOOK_AGAIN)):
        await asyncio.sleep(LOOK_AGAIN.total_seconds())
        if all(len(platform.accepted) == each * story.batches for platform in platforms.values()):
            break
    for task in planning:
        task.cancel()
    for outbox in outboxes:
        await outbox.close()
    for storage in storages:
        await storage.close()
    return {name: _outcome(platform, story.paces[name], due, each) for name, platform in platforms.items()}


async def _opened(loop: VirtualLoop, path: Path, chance: random.Random) -> sqlite.SqliteStorage:
    weather = CalmDatabase(chance)
    thread = await open_inline(loop, lambda: weather, partial(sqlite.connect, path))
    return sqlite.SqliteStorage(thread, Keyring(["k" * 32]), REVISION, queue=2000)


def _register(uow: UnitOfWork, *, starts_at: datetime, platforms: list[str], each: int, chance: random.Random) -> None:
    early = BEGINNING - timedelta(days=1)
    plan = Plan("Grief", starts_at, "Europe/Madrid", description="d" * 300, facilitators="F")
    (gathering,) = uow.gatherings.add([plan], Status.PUBLISHED)
    for number in range(each):
        for platform in platforms:
            address = Address(platform, f"T1/U{number}" if platform == "slack" else str(10**15 + number))
            member = uow.members.get_or_create(Person(address, f"P{number}", "en", "Europe/Madrid"), early)
            uow.registrations.add(member.id, [gathering.id], early)
            if chance.random() > NEW_CONVERSATIONS:
                uow.conversations.save(address, f"D/{address.account}")


async def _plan_again_and_again(outbox: Outbox, clock: VirtualClock, chance: random.Random) -> None:
    """As the scheduler of a worker does."""
    await asyncio.sleep(chance.uniform(0, LOOK_AGAIN.total_seconds()))
    while True:
        due = await outbox.plan()
        wait = LOOK_AGAIN if due is None else min(max(due - clock.now(), timedelta(milliseconds=100)), LOOK_AGAIN)
        await asyncio.sleep(wait.total_seconds())


def _outcome(platform: LimitedPlatform, per_minute: int, due: datetime, wanted: int) -> Outcome:
    """Of the batch that is due last."""
    measured = f":{int(OFFSET.total_seconds())}"
    begun = min(at for key, at in platform.begun.items() if key.endswith(measured))
    accepted = [at for key, at in platform.accepted.items() if key.endswith(measured)]
    return Outcome(
        seconds=(max(accepted) - begun).total_seconds(),
        limits_seconds=wanted / min(per_minute, platform.limits.per_minute) * 60,
        late=(max(accepted) - due).total_seconds(),
        told=len(accepted),
    )


# ---- all of them


async def measure() -> list[Row]:
    one_a_core = asyncio.Semaphore(2)

    async def row(name: str) -> Row:
        async with one_a_core:
            command = [sys.executable, "-m", "bench.fanout", name]
            process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            output, _ = await process.communicate()
        assert process.returncode == 0, f"{name} failed"
        outcomes = {platform: Outcome(**values) for platform, values in json.loads(output).items()}
        return _row(STORIES[name], outcomes)

    return list(await asyncio.gather(*map(row, STORIES)))


def _row(story: Story, outcomes: Mapping[str, Outcome]) -> Row:
    worst = max(outcomes.values(), key=lambda outcome: outcome.seconds / outcome.limits_seconds)
    latest, ratio = max(outcome.late for outcome in outcomes.values()), worst.seconds / worst.limits_seconds
    told = sum(outcome.told for outcome in outcomes.values())
    assert told == REMINDERS, f"{told} of {REMINDERS} were told"
    shown = f"{latest:.0f} s late" if latest > 0 else f"{-latest:.0f} s early"
    return Row(
        f"a fan-out of {REMINDERS:,} reminders, {story.what}: how long, and the last one",
        f"{worst.seconds:,.0f} s, {shown}",
        f"{worst.limits_seconds:,.0f} s",
        ratio,
        f"at most {AIM}, none late",
        ratio <= AIM and latest <= 0,
    )


if __name__ == "__main__":
    from dataclasses import asdict

    print(json.dumps({platform: asdict(outcome) for platform, outcome in tell(sys.argv[1]).items()}))
