"""A whole bot on a fake Slack: real storage, real Bolt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from adapters.slack.run import SlackBot, SlackCredentials
from bot.config import Config
from bot.dispatcher import Dispatcher, Response
from bot.gatherings.model import Gathering, Plan, Status
from bot.request import Request
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage, open_storage
from tests.adapters.slack.fake_slack import FakeSlack
from tests.adapters.slack.fake_web_api import BOT_TOKEN
from tests.adapters.slack.harness import SlackHarness, SlackPersona, serving_bot
from tests.adapters.slack.transport import SIGNING_SECRET
from tests.adapters.slack.user_client import UserClient
from tests.conversations.harness import MovableClock
from tests.databases import KEY, Databases

NOW = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
SECRET = "k3pt-b3tw33n-us"


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take its time: a test of one of these limits sets it. The bench measures how long it takes."""
    for name, timeout in SlackHarness.timeouts.items():
        monkeypatch.setattr(name, timeout)


@dataclass
class SlackEnvironment:
    harness: SlackHarness
    storage: OpenStorage
    clock: MovableClock

    @property
    def fake_slack(self) -> FakeSlack:
        return self.harness.fake_slack

    @property
    def client(self) -> UserClient:
        return self.harness.client

    @property
    def bot(self) -> SlackBot:
        return self.harness.bot

    def hold_answers(self, monkeypatch: pytest.MonkeyPatch) -> HeldDispatcher:
        held = HeldDispatcher(self.bot._responder._dispatcher)
        monkeypatch.setattr(self.bot._responder, "_dispatcher", held)
        return held

    def ada(self) -> SlackPersona:
        return self.harness.person("Ada", zone="Europe/Madrid")

    def frances(self) -> SlackPersona:
        return self.harness.person("Frances", zone="Europe/Madrid", organiser=True)

    async def gathering(self, title: str = "Grief and Gratitude", hours: float = 48) -> Gathering:
        link = ZoomLink(f"https://zoom.example/j/{SECRET}", f"{SECRET}-code")
        plan = Plan(title, self.clock.now() + timedelta(hours=hours), "Europe/Madrid", link=link)
        return (await self.storage.run(lambda uow: uow.gatherings.add([plan], Status.PUBLISHED)))[0]

    async def registered(self, gathering: Gathering) -> int:
        def count(uow: UnitOfWork) -> int:
            return len(uow.registrations.registrants(gathering.id))

        return await self.storage.run(count)


class HeldDispatcher(Dispatcher):
    """Answers nothing before `release` is set; `asked` is set by the first that comes."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        super().__init__(dispatcher._storage, dispatcher.config)
        self.asked, self.release = asyncio.Event(), asyncio.Event()
        self.done = 0

    async def respond(self, request: Request) -> Response:
        self.asked.set()
        await self.release.wait()
        self.done += 1
        return await super().respond(request)


@asynccontextmanager
async def second_bot(env: SlackEnvironment, storage: OpenStorage) -> AsyncIterator[str]:
    """A second process on the same database; gives the address of its events."""
    credentials = SlackCredentials(BOT_TOKEN, "", SIGNING_SECRET, api_url=env.fake_slack.api_url)
    bot = SlackBot(Dispatcher(storage, Config()), env.clock, credentials)
    await bot.open()
    try:
        async with serving_bot(bot) as url:
            yield f"{url}/slack/events"
    finally:
        await bot.close()


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """These change what the SDK does by itself."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def storage(databases: Databases) -> AsyncIterator[OpenStorage]:
    opened = await open_storage(databases.fresh("sqlite"), [KEY])
    yield opened
    await opened.close()


@pytest.fixture
async def clock() -> MovableClock:
    return MovableClock(NOW)


@pytest.fixture
def config() -> Config:
    return Config(organisation="Healing Together", per_minute={})


@pytest.fixture(params=["http"])
async def env(
    request: pytest.FixtureRequest,
    storage: OpenStorage,
    clock: MovableClock,
    config: Config,
    caplog: pytest.LogCaptureFixture,
) -> AsyncIterator[SlackEnvironment]:
    """By HTTP; `@pytest.mark.parametrize("env", ["socket"], indirect=True)` for Socket Mode."""
    caplog.set_level(logging.DEBUG)
    harness = SlackHarness(socket_mode=request.param == "socket")
    await harness.prepare(clock)
    await harness.open(Dispatcher(storage, config))
    try:
        yield SlackEnvironment(harness, storage, clock)
        assert SECRET not in caplog.text, "a way in was logged"
        assert SECRET.encode() not in harness.public_bytes()
    finally:
        await harness.close()
