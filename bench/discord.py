"""Discord: how soon an interaction has its first answer, beside a bare discord.py bot that says a fixed text.

Two bots in processes of their own, each with a fake Discord (real gateway socket, real REST) in this one, measured
in turn: the whole bot (the gateway, the transaction on SQLite with synchronous=FULL, the answer laid out), and
discord.py as its documentation begins.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import discord

from adapters.discord.client import DiscordClient
from adapters.discord.run import DiscordBot
from adapters.discord.sdk_internals.raw_interactions import deliver_raw_interactions
from bench.measure import Row, at_least
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Plan, Status
from bot.secrets import ZoomLink
from cli import event_loop
from storage.engine.open import open_storage
from storage.migrations.upgrade import upgrade
from tests.adapters.discord.fake_discord import TOKEN, FakeDiscord
from tests.adapters.discord.fake_state import FakeInteraction, FakeUser

KEY = "a-key-for-the-bench-alone"
AT_ONCE = 64
ROUNDS = 15
ONE_BY_ONE, TOGETHER = 100, 400
"""Interactions in each round, to each bot."""
MEMBERS = 400
GATHERINGS = 40
RUSH = 1000
LIMIT = 3.0
"""Seconds in which Discord wants a first answer."""


class Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


# ---- the bots, each in a process of its own


async def run_bot(url: str, api_url: str) -> None:
    storage = await open_storage(url, [KEY])
    client = DiscordClient(TOKEN, api_url)
    await client.open()
    event_loop.freeze_long_lived_objects()
    await DiscordBot(Dispatcher(storage, Config()), client, Now(), TOKEN).run()


async def run_bare(_: str, api_url: str) -> None:
    """discord.py as its documentation begins: a command tree, and a fixed text for one person."""
    import yarl
    from discord import app_commands
    from discord.gateway import DiscordWebSocket

    discord.http.Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(api_url.replace("http:", "ws:").replace("/api/v10", "/gateway"))
    client = discord.Client(intents=discord.Intents.none())
    tree = app_commands.CommandTree(client)
    group = app_commands.Group(name="htg", description="gatherings")

    @group.command(name="register", description="register")
    async def register(interaction: discord.Interaction[discord.Client], gathering: str) -> None:
        del gathering
        await interaction.response.send_message("You are registered.", ephemeral=True)

    tree.add_command(group)
    await client.start(TOKEN)


@asynccontextmanager
async def _bot(which: str, url: str) -> AsyncIterator[FakeDiscord]:
    fake = FakeDiscord(strict=False)
    await fake.start()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.discord", which, url, fake.api_url)
    try:
        await fake.gateway.until_connected()
        yield fake
    finally:
        process.kill()
        await process.wait()
        await fake.stop()


async def _prepared(folder: Path) -> str:
    url = f"sqlite:///{folder / 'bench.db'}"
    await upgrade(url)
    storage = await open_storage(url, [KEY])
    start = datetime.now(UTC) + timedelta(days=3)
    link = ZoomLink("https://zoom.example/j/1")
    for number in range(GATHERINGS):
        plan = Plan(f"Gathering {number}", start, "Europe/Madrid", link=link)
        await storage.run(lambda uow, plan=plan: uow.gatherings.add([plan], Status.PUBLISHED))  # type: ignore[misc]
    await storage.close()
    return url


class Crowd:
    """People who register, each for one gathering after the other."""

    def __init__(self, fake: FakeDiscord) -> None:
        self._fake = fake
        self._people = [fake.state.person(f"P{number}") for number in range(MEMBERS)]
        self._pairs = itertools.product(range(1, GATHERINGS), self._people)

    async def one_by_one(self, number: int) -> float:
        """Interactions a second, when each waits for the one before."""
        begun = time.perf_counter()
        for gathering, who in itertools.islice(self._pairs, number):
            _well([await self._registers(who, gathering)])
        return number / (time.perf_counter() - begun)

    async def together(self, number: int) -> float:
        """The same with AT_ONCE under way at any time."""
        begun = time.perf_counter()
        waiting = itertools.islice(self._pairs, number)
        await asyncio.gather(*(self._through(waiting) for _ in range(AT_ONCE)))
        return number / (time.perf_counter() - begun)

    async def rush(self, number: int) -> list[FakeInteraction]:
        people = [self._fake.state.person(f"R{each}") for each in range(number)]
        return await asyncio.gather(*(self._registers(each, GATHERINGS) for each in people))

    async def _through(self, waiting: Iterable[tuple[int, FakeUser]]) -> None:
        for gathering, who in waiting:
            _well([await self._registers(who, gathering)])

    async def _registers(self, who: FakeUser, gathering: int) -> FakeInteraction:
        place = self._fake.state.channel("general")
        return await self._fake.run_command(who, place, "htg", "register", gathering=str(gathering))


def _well(done: list[FakeInteraction]) -> None:
    assert all(each.answered for each in done), "the application did not respond"


async def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        url = await _prepared(Path(folder))
        async with _bot("bot", url) as ours, _bot("bare", url) as theirs:
            crowds = [Crowd(ours), Crowd(theirs)]
            for each in crowds:  # imports and caches are done with
                await each.together(MEMBERS)
            alone = [[await each.one_by_one(ONE_BY_ONE) for each in crowds] for _ in range(ROUNDS)]
            many = [[await each.together(TOGETHER) for each in crowds] for _ in range(ROUNDS)]
            rush = await crowds[0].rush(RUSH)
        registered = await _registered(url)
    return [
        _beside("one after the other", alone),
        _beside(f"{AT_ONCE} at once", many),
        _rushed(rush, RUSH - registered),
        _raw_interactions(),
    ]


def _beside(how: str, rates: list[list[float]]) -> Row:
    ours, theirs = (list(each) for each in zip(*rates, strict=True))
    return at_least(f"Discord: `/htg register` to first answer, {how}, beside a bare discord.py bot", ours, theirs, 0.5)


def _rushed(rush: list[FakeInteraction], lost: int) -> Row:
    worst = max(each.first_after if each.answered else float("inf") for each in rush)
    return Row(
        f"Discord: {RUSH:,} members registering at the same instant: the slowest first answer, and how many were lost",
        f"{worst:.2f} s, {lost} lost",
        f"{LIMIT:.0f} s",
        worst / LIMIT,
        "at most 1, none lost",
        worst < LIMIT and not lost,
    )


def _raw_interactions() -> Row:
    """What `sdk_internals/raw_interactions.py` buys, in the task that reads the gateway."""
    state = FakeDiscord().state
    ada = state.person("Ada")
    interaction = state.begin(2, ada, state.dm_channel(ada), at=0.0)
    payload = state.payload(interaction, {"id": "1", "name": "htg", "type": 1, "options": []})
    raw, objects = (discord.Client(intents=discord.Intents.none()) for _ in range(2))
    deliver_raw_interactions(raw)
    rates = [[_parse_rate(client, payload) for client in (raw, objects)] for _ in range(ROUNDS)]
    with_it, without = (list(column) for column in zip(*rates, strict=True))
    what = "Discord: interactions read from the gateway as JSON, beside discord.py's objects"
    return at_least(what, with_it, without, 2)


def _parse_rate(client: discord.Client, payload: dict[str, object]) -> float:
    parse = client._connection.parsers["INTERACTION_CREATE"]  # noqa: SLF001 - what is measured
    begun = time.perf_counter()
    for _ in range(TOGETHER):
        parse(payload)
    return TOGETHER / (time.perf_counter() - begun)


async def _registered(url: str) -> int:
    storage = await open_storage(url, [KEY])
    try:
        return await storage.run(lambda uow: len(uow.registrations.registrants(GATHERINGS)))
    finally:
        await storage.close()


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    _, which, *of_it = sys.argv
    # The bot as `htg run` runs it.
    event_loop.run(run_bot(*of_it)) if which == "bot" else asyncio.run(run_bare(*of_it))
