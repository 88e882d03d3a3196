"""Deliveries without limits beside a bare loop, answers while a fan-out runs, and memory over many deliveries.

Deliveries go through the outbox and Slack's own messenger to a local Slack in a process of its own. The bare loop sends
the same message through the same messenger, and makes one durable update after each.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import aiosqlite
import asyncpg  # type: ignore[import-untyped]
from aiohttp import web

import adapters.platforms  # noqa: F401 - registers the platforms
from adapters.slack.client import SlackClient
from adapters.slack.send import SlackMessenger
from adapters.slack.workspaces import SingleWorkspace
from bench.door import database
from bench.measure import Row, at_least, seconds
from bench.messengers import Kept, Nowhere
from bench.registrations import registering
from bot.addresses import Address
from bot.config import Config
from bot.gatherings.model import Plan, Status
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.ports import Messenger
from bot.unit_of_work import UnitOfWork
from cli import event_loop
from storage.engine.open import OpenStorage, open_storage

KEYS = ["k" * 32]
HOUR = timedelta(hours=1)
UNLIMITED = Config(reminders=(HOUR,), channel_reminders=(), per_minute={})
PACED = Config(reminders=(HOUR,), channel_reminders=(), per_minute={"slack": 600})
"""More than twice as fast as Slack and Discord together by their usual paces."""
PEOPLE = 500
"""In each round, each of them reminded once."""
ROUNDS = 7
ASKS = 200
"""In each block of answers, one after the other, PAUSE apart; beside them there is always more to deliver."""
PAUSE, BLOCKS = 0.01, 7
BACKLOG = 1000
DELIVERIES, FIRST, AT_ONCE = 100_000, 10_000, 1000


class Clock:
    """The time of day, and `ahead` of it."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


# ---- Slack, in a process of its own


async def serve_slack() -> None:
    numbers = count(1)

    async def post(request: web.Request) -> web.Response:
        channel = (await request.json())["channel"]
        return web.json_response({"ok": True, "channel": channel, "ts": f"{time.time():.6f}", "n": next(numbers)})

    app = web.Application()
    app.router.add_post("/api/chat.postMessage", post)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


@asynccontextmanager
async def _slack() -> AsyncIterator[SlackMessenger]:
    command = [sys.executable, "-m", "bench.delivery", "slack"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            port = int(await process.stdout.readline())
        workspace = SingleWorkspace("xoxb-bench")
        workspace.identify("T1", "B0", "U0")
        client = SlackClient(workspace, Clock(), f"http://127.0.0.1:{port}/api/")
        yield SlackMessenger(client, Clock())
        await client.close()
    finally:
        process.terminate()
        await process.wait()


# ---- whom it reminds


async def add_due(storage: OpenStorage, now: datetime, people: int) -> None:
    """A gathering whose reminders are due, of so many registrants; always the same people, whose line is open."""

    def work(uow: UnitOfWork) -> None:
        early = now - timedelta(days=1)
        plan = Plan("Grief", now + HOUR - timedelta(minutes=1), "Europe/Madrid", description="d" * 300)
        (gathering,) = uow.gatherings.add([plan], Status.PUBLISHED)
        for number in range(people):
            address = Address("slack", f"T1/U{number}")
            member = uow.members.get_or_create(Person(address, f"Member {number}", "en", "Europe/Madrid"), early)
            uow.registrations.add(member.id, [gathering.id], early)
            uow.conversations.save(address, f"D{number}")

    await storage.run(work)


# ---- without limits, beside a bare loop


async def measure() -> list[Row]:
    async with _slack() as slack:
        with tempfile.TemporaryDirectory() as folder:
            storage = await open_storage(f"sqlite:///{folder}/htg.db", KEYS, upgrade=True)
            async with on_file(f"{folder}/bare.db", PEOPLE) as bare:
                beside_file = await _beside(storage, slack, bare, "SQLite FULL")
            answers = await _answers(storage, slack)
            await storage.close()
        async with database() as url:
            storage = await open_storage(url, KEYS, upgrade=True)
            on_server = await _beside(storage, slack, await _on_server(url), "PostgreSQL")
            await storage.close()
    return [*beside_file, *on_server, *answers, await _memory()]


@dataclass(frozen=True, slots=True)
class Bare:
    """A table with a row for each of the people."""

    update: Callable[[int], Awaitable[object]]
    """Makes durable that one row has changed."""
    analyse: Callable[[], Awaitable[object]]
    """What a server does by itself within a minute: until then it plans for tables that are empty."""


async def _beside(storage: OpenStorage, slack: Messenger, table: Bare, called: str) -> list[Row]:
    kept = Kept(slack)
    outbox = Outbox(storage, {"slack": kept}, Clock(), UNLIMITED)

    async def deliver() -> float:
        await add_due(storage, datetime.now(UTC), PEOPLE)
        before = kept.sent
        took = await seconds(outbox.tick)
        assert kept.sent == before + PEOPLE, f"{kept.sent - before} of {PEOPLE} were sent"
        return PEOPLE / took

    async def bare() -> None:
        for number in range(PEOPLE):
            await kept.again()
            await table.update(number)

    async def bare_claiming() -> None:
        for number in range(PEOPLE):
            await table.update(number)
            await kept.again()
            await table.update(number)

    await deliver()  # imports, caches and connections are done with
    await bare_claiming()
    await table.analyse()
    rates, floors, claiming = [], [], []
    for _ in range(ROUNDS):
        floors.append(PEOPLE / await seconds(bare))
        rates.append(await deliver())
        claiming.append(PEOPLE / await seconds(bare_claiming))
    await outbox.close()
    what = f"deliveries without limits, {called}, beside a bare loop that"
    return [
        at_least(f"{what} sends and commits each", rates, floors, 0.7),
        at_least(f"{what} also commits before each that it is being sent", rates, claiming, 0.7),
    ]


@asynccontextmanager
async def on_file(path: str, people: int) -> AsyncIterator[Bare]:
    """With a row for each of so many people."""
    async with aiosqlite.connect(path, isolation_level=None) as bare:
        await bare.execute("PRAGMA journal_mode=WAL")
        await bare.execute("PRAGMA synchronous=FULL")
        await bare.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, at INTEGER)")
        await bare.executemany("INSERT INTO bare (id) VALUES (?)", [(number,) for number in range(people)])
        # Outside an explicit transaction SQLite commits each statement by itself: one hop, one durable row.
        yield Bare(
            update=lambda number: bare.execute("UPDATE bare SET at = ? WHERE id = ?", (time.time_ns(), number)),
            analyse=lambda: asyncio.sleep(0),  # SQLite keeps to its rules unless it is asked to
        )


async def _on_server(url: str) -> Bare:
    bare = await asyncpg.connect(url)
    await bare.execute("CREATE TABLE bare (id bigint PRIMARY KEY, at bigint)")
    await bare.executemany("INSERT INTO bare (id) VALUES ($1)", [(number,) for number in range(PEOPLE)])
    return Bare(
        update=lambda number: bare.execute("UPDATE bare SET at = $1 WHERE id = $2", time.time_ns(), number),
        analyse=lambda: bare.execute("ANALYZE"),
    )


# ---- answers meanwhile


async def _answers(storage: OpenStorage, slack: Messenger) -> list[Row]:
    """Registrations, each by a new member, one after the other, with and without deliveries in the same process."""
    now = datetime.now(UTC)
    register, kept = await registering(storage, now), Kept(slack)

    async def block() -> list[float]:
        taken = []
        for _ in range(ASKS):
            await asyncio.sleep(PAUSE)
            taken.append(await seconds(register))
        return taken

    await block()
    await add_due(storage, now, BACKLOG)
    quiet, during = [], []
    for _ in range(BLOCKS):
        quiet.append(await block())
        outbox, before = Outbox(storage, {"slack": kept}, Clock(), PACED), kept.sent
        await outbox.plan()
        during.append(await block())
        assert kept.sent > before, "nothing was delivered meanwhile"
        await outbox.close()
    left = await storage.run(lambda uow: uow.notifications.count_waiting())
    assert left, "the fan-out was over before the answers"
    what = f"answers to `/htg register` during a fan-out of {PACED.per_minute['slack']} a minute"
    return [
        _slower(f"{what}, median, beside without it", during, quiet, 0.5, 1.5),
        _slower(f"{what}, 95th percentile, beside without it", during, quiet, 0.95, 1.5),
    ]


def _slower(what: str, times: list[list[float]], floors: list[list[float]], share: float, most: float) -> Row:
    """How long this share of a block's answers took. The ratio is the median of those of neighbouring blocks."""

    def within(block: list[float]) -> float:
        return sorted(block)[int(len(block) * share)]

    ratio = statistics.median(within(each) / within(floor) for each, floor in zip(times, floors, strict=True))
    shown, floor = (f"{statistics.median(map(within, blocks)) * 1000:.2f} ms" for blocks in (times, floors))
    return Row(what, shown, floor, ratio, f"at most {most}", ratio <= most)


# ---- memory, in a process of its own


async def deliver_many(folder: Path) -> None:
    """Batch after batch of the same people, as in years; prints what the process occupies after some, and after all."""
    storage, clock, kept = (
        await open_storage(f"sqlite:///{folder}/htg.db", KEYS, upgrade=True),
        Clock(),
        Kept(Nowhere()),
    )
    outbox = Outbox(storage, {"slack": kept}, clock, UNLIMITED)
    event_loop.freeze_long_lived_objects()
    for number in range(DELIVERIES // AT_ONCE):
        clock.ahead = HOUR * 3 * number
        await add_due(storage, clock.now(), AT_ONCE)
        await outbox.tick()
        assert kept.sent == AT_ONCE * (number + 1), f"{kept.sent} were sent, and not {AT_ONCE * (number + 1)}"
        if kept.sent in {FIRST, DELIVERIES}:
            print(kept.sent, _occupied(), flush=True)
    await outbox.close()
    await storage.close()


def _occupied() -> int:
    """Bytes of memory that this process holds."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _folder() -> Path:
    """In memory, where there is such a place: what is durable is not at stake here."""
    return Path(tempfile.mkdtemp(prefix="htg", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))  # noqa: S108


async def _memory() -> Row:
    command = [sys.executable, "-m", "bench.delivery", "memory"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0, "it failed"
    occupied = {int(told): int(size) for told, size in (line.split() for line in output.splitlines())}
    ratio = occupied[DELIVERIES] / occupied[FIRST]
    shown, floor = (f"{occupied[each] / 2**20:.1f} MiB" for each in (DELIVERIES, FIRST))
    what = f"memory of the process after {DELIVERIES:,} deliveries, beside after {FIRST:,}"
    return Row(what, shown, floor, ratio, "at most 1.05", ratio <= 1.05)


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    if sys.argv[1] == "slack":
        asyncio.run(serve_slack())
    else:
        folder = _folder()
        try:
            asyncio.run(deliver_many(folder))
        finally:
            shutil.rmtree(folder)
