"""A fake Discord with the real bot in it: real storage, real desk, real clock, real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.discord import respond
from adapters.discord.client import DiscordClient
from adapters.discord.run import DiscordBot
from adapters.discord.send import DiscordMessenger
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Gathering, Plan, Status
from bot.i18n import Locale
from bot.ports import Storage
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage, open_storage
from tests.adapters.discord import api_rules, message_reader
from tests.adapters.discord.fake_discord import TOKEN, FakeDiscord
from tests.adapters.discord.fake_state import FakeChannel, FakeInteraction, FakeUser
from tests.adapters.discord.harness import DiscordHarness
from tests.conversations.harness import MovableClock
from tests.databases import Databases

KEY = "a-key-for-the-discord-tests-only"
NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
SECRET = "k3pt-b3tw33n-us"
LINK = ZoomLink(f"https://zoom.example/j/{SECRET}", SECRET)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take its time: a test of one of these limits sets it. The bench measures how long it takes."""
    for name, timeout in DiscordHarness.timeouts.items():
        monkeypatch.setattr(name, timeout)


class SlowStorage:
    """A real storage, before which one can be created to wait, or which fails."""

    def __init__(self, storage: OpenStorage) -> None:
        self.inner = storage
        self.wait = 0.0
        self.opened = asyncio.Event()
        """Until it is set, nothing is answered."""
        self.opened.set()
        self.problem: Exception | None = None
        self.asked = 0

    async def run(self, work: Callable[[UnitOfWork], Any]) -> Any:
        self.asked += 1
        await self.opened.wait()
        if self.wait:
            await asyncio.sleep(self.wait)
        if self.problem:
            raise self.problem
        return await self.inner.run(work)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


@dataclass
class Scene:
    fake: FakeDiscord
    client: DiscordClient
    dispatcher: Dispatcher
    storage: SlowStorage
    clock: MovableClock

    @property
    def messenger(self) -> DiscordMessenger:
        return DiscordMessenger(self.client)

    @property
    def general(self) -> FakeChannel:
        return self.fake.state.channel("general")

    def person(self, name: str = "Ada", *, organiser: bool = False) -> FakeUser:
        return self.fake.state.person(name, organiser=organiser)

    async def gathering(
        self, title: str = "Grief and Gratitude", *, days: float = 2, parts: int = 1, **more: Any
    ) -> Gathering:
        starts = [self.clock.now() + timedelta(days=days + 7 * n) for n in range(parts)]
        facts: dict[str, Any] = {"facilitators": "Frances", "link": LINK} | more
        plans = [Plan(title, start, "Europe/Madrid", **facts) for start in starts]
        added: list[Gathering] = await self.storage.inner.run(lambda uow: uow.gatherings.add(plans, Status.PUBLISHED))
        return added[0]

    async def promised_first(self, asking: Coroutine[Any, Any, FakeInteraction]) -> FakeInteraction:
        """An interaction whose answer takes until Discord has a promise of it."""
        begun, promised = asyncio.create_task(asking), self.asked("POST", "/callback") + 1
        with pytest.MonkeyPatch.context() as patch:
            for name in ("DEFER_AFTER", "DEFER_FORM_AFTER"):
                patch.setattr(respond, name, 0.1)
            self.storage.opened.clear()
            await until(lambda: self.asked("POST", "/callback") == promised)
        self.storage.opened.set()
        return await begun

    def says(self, done: FakeInteraction) -> str:
        """What stands in the answer, as the asker reads it."""
        assert done.message, "the application did not respond"
        return message_reader.text(self.fake.state.messages[done.message], Locale("en", "UTC"))

    def button(self, done: FakeInteraction, label: str) -> str:
        """The id of a button of the answer."""
        found = api_rules.every(self.fake.state.messages[done.message]["components"])
        return str(next(each["custom_id"] for each in found if each.get("label") == label))

    def asked(self, method: str, part: str) -> int:
        """How many requests were created to addresses with this in them."""
        return sum(1 for each in self.fake.requests if each[0] == method and part in each[1])


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    created = FakeDiscord()
    await created.start()
    yield created
    await created.stop()


@pytest.fixture
def file_url(databases: Databases) -> str:
    return databases.fresh("sqlite")


@pytest.fixture
async def scene(fake: FakeDiscord, file_url: str) -> AsyncIterator[Scene]:
    """Everything but the gateway connection."""
    storage = SlowStorage(await open_storage(file_url, [KEY]))
    client = DiscordClient(TOKEN, fake.api_url)
    await client.open()
    kept: Storage = storage
    yield Scene(fake, client, Dispatcher(kept, Config(organisation="Healing Together")), storage, MovableClock(NOON))
    await client.close()
    await storage.inner.close()


@pytest.fixture
async def bot(scene: Scene) -> AsyncIterator[DiscordBot]:
    """Connected."""
    created = DiscordBot(scene.dispatcher, scene.client, scene.clock, TOKEN)
    running = asyncio.create_task(created.run())
    await scene.fake.gateway.until_connected()
    yield created
    await created.close()
    await running
