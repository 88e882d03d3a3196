"""A local Discord with the real bot in it: real storage, real desk, real clock, real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.discord.client import DiscordClient
from adapters.discord.run import DiscordBot
from adapters.discord.send import DiscordMessenger
from bot.desk import Desk
from bot.gatherings import Gathering, Plan, Status
from bot.house import House
from bot.ports import Books, Storage
from bot.secrets import ZoomLink
from bot.words.reader import Reader
from storage.engine.open import OpenStorage, open_storage
from tests.adapters.discord import reading, rules
from tests.adapters.discord.local_discord import TOKEN, LocalDiscord
from tests.adapters.discord.world import Interaction, Place, Somebody
from tests.conversations.stage import MovableClock
from tests.databases import databases

__all__ = ["databases"]

KEY = "a-key-for-the-discord-tests-only"
NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
SECRET = "k3pt-b3tw33n-us"
LINK = ZoomLink(f"https://zoom.example/j/{SECRET}", SECRET)


class SlowStorage:
    """A real storage, before which one can be made to wait, or which fails."""

    def __init__(self, storage: OpenStorage) -> None:
        self.inner = storage
        self.wait = 0.0
        self.problem: Exception | None = None

    async def run(self, work: Callable[[Books], Any]) -> Any:
        if self.wait:
            await asyncio.sleep(self.wait)
        if self.problem:
            raise self.problem
        return await self.inner.run(work)


@dataclass
class Scene:
    local: LocalDiscord
    rest: DiscordClient
    desk: Desk
    storage: SlowStorage
    clock: MovableClock

    @property
    def messenger(self) -> DiscordMessenger:
        return DiscordMessenger(self.rest)

    @property
    def general(self) -> Place:
        return self.local.world.channel("general")

    def person(self, name: str = "Ada", *, organiser: bool = False) -> Somebody:
        return self.local.world.person(name, organiser=organiser)

    async def gathering(
        self, title: str = "Grief and Gratitude", *, days: float = 2, parts: int = 1, **more: Any
    ) -> Gathering:
        starts = [self.clock.now() + timedelta(days=days + 7 * n) for n in range(parts)]
        facts: dict[str, Any] = {"facilitators": "Frances", "link": LINK} | more
        plans = [Plan(title, start, "Europe/Madrid", **facts) for start in starts]
        added: list[Gathering] = await self.storage.inner.run(lambda books: books.add(plans, Status.PUBLISHED))
        return added[0]

    def says(self, done: Interaction) -> str:
        """What stands in the answer, as the asker reads it."""
        assert done.message, "the application did not respond"
        return reading.text(self.local.world.messages[done.message], Reader("en", "UTC"))

    def button(self, done: Interaction, label: str) -> str:
        """The id of a button of the answer."""
        found = rules.every(self.local.world.messages[done.message]["components"])
        return str(next(each["custom_id"] for each in found if each.get("label") == label))

    def asked(self, method: str, part: str) -> int:
        """How many requests were made to addresses with this in them."""
        return sum(1 for each in self.local.requests if each[0] == method and part in each[1])


@pytest.fixture
async def local() -> AsyncIterator[LocalDiscord]:
    made = LocalDiscord()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def file_url(databases: Any) -> Iterator[str]:
    url: str = databases.fresh("sqlite")
    yield url
    databases.remove(url)


@pytest.fixture
async def scene(local: LocalDiscord, file_url: str) -> AsyncIterator[Scene]:
    """Everything but the gateway connection."""
    storage = SlowStorage(await open_storage(file_url, [KEY]))
    rest = DiscordClient(TOKEN, local.api_url)
    await rest.open()
    kept: Storage = storage
    yield Scene(local, rest, Desk(kept, House(organisation="Healing Together")), storage, MovableClock(NOON))
    await rest.close()
    await storage.inner.close()


@pytest.fixture
async def bot(scene: Scene) -> AsyncIterator[DiscordBot]:
    """Connected."""
    made = DiscordBot(scene.desk, scene.rest, scene.clock, TOKEN)
    running = asyncio.create_task(made.run())
    await scene.local.gateway.until_connected()
    yield made
    await made.close()
    await running
