"""Raises the curtain: one bot, one database, one platform; and looks for leaks when it falls."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from inspect import isfunction
from types import CodeType
from typing import TypeVar

import pytest

from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Gathering, Plan, Status
from bot.notifications import deliver, enqueue
from bot.notifications.deliver import Outbox
from bot.platform import registered
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from storage.engine.open import open_storage
from tests.adapters.web.not_there import NOT_THERE
from tests.conversations.harness import Bot, Harness, MovableClock, Persona
from tests.databases import stored_bytes

T = TypeVar("T")

KEY = "a-key-for-the-conversation-tests-only"
TONIGHT = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
"""18:00 in Madrid: the start of the gathering that most stories are about."""
SECRET = "k3pt-b3tw33n-us"
"""In every Zoom link and passcode of the stories, so that one search finds any leak."""


def stage_of(platform: str) -> Harness:
    """The `SlackHarness` of `tests/adapters/slack/harness.py`, and so for every platform."""
    module = import_module(f"tests.adapters.{platform}.harness")
    harness: Harness = getattr(module, f"{platform.title()}Harness")()
    return harness


@dataclass
class Scenario:
    """Everything a story needs, by short names."""

    bot: Bot
    harness: Harness
    config: Config
    personas: dict[str, Persona] = field(default_factory=dict)

    @property
    def clock(self) -> MovableClock:
        return self.bot.clock

    def member(self, name: str, *, zone: str | None = "Europe/Madrid", language: str = "en") -> Persona:
        return self.harness.person(name, zone=zone, language=language)

    def facilitator(self, name: str = "Frances", language: str = "en") -> Persona:
        return self.harness.person(name, organiser=True, zone="Europe/Madrid", language=language)

    async def gathering(self, title: str = "Grief and Gratitude", at: datetime = TONIGHT, **more: object) -> Gathering:
        return (await self.series(title, [at], **more))[0]

    async def series(self, title: str, starts: Sequence[datetime], **more: object) -> list[Gathering]:
        def plan(number: int, at: datetime) -> Plan:
            link = ZoomLink(f"https://zoom.example/j/{SECRET}-{title[:3]}-{number}", f"{SECRET}-code")
            settings: dict[str, object] = {"facilitators": "Frances", "link": link} | more
            return Plan(title, at, "Europe/Madrid", **settings)  # type: ignore[arg-type]

        plans = [plan(number, at) for number, at in enumerate(starts, start=1)]
        return await self.bot.storage.run(lambda uow: uow.gatherings.add(plans, Status.PUBLISHED))

    async def announced(self, gathering: Gathering, channel: str = "gatherings") -> None:
        where, now = self.harness.channel(channel), self.clock.now()

        def post(uow: UnitOfWork) -> None:
            enqueue.announce_in(uow, gathering, where, uow.gatherings.parts(gathering), now)

        await self.bot.storage.run(post)
        await self.bot.tick()

    async def books(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self.bot.storage.run(work)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On the web the stories run in which there are members."""
    left_out = {each for each in items if _is_on_web(each) and not _is_told_there(each)}
    config.hook.pytest_deselected(items=[*left_out])
    items[:] = [each for each in items if each not in left_out]
    reasons = {story: reason for reason, stories in NOT_THERE.items() for story in stories}
    for item in filter(_is_on_web, items):
        name = re.sub(r"web-sqlite-?", "", f"{item.path.name}::{item.name}").replace("[]", "")
        if reason := reasons.get(name) or reasons.get(name.partition("[")[0]):
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


def _is_on_web(item: pytest.Item) -> bool:
    return getattr(getattr(item, "callspec", None), "params", {}).get("harness") == "web"


def _is_told_there(item: pytest.Item) -> bool:
    assert isinstance(item, pytest.Function)
    names = _names_in(item.function.__code__)
    called = (vars(item.module).get(name) for name in names)
    helpers = (each for each in called if isfunction(each) and each.__module__.startswith("tests."))
    return "member" in names or any("member" in _names_in(each.__code__) for each in helpers)


@cache
def _names_in(code: CodeType) -> set[str]:
    """Whatever a function calls or looks at, also in what is defined in it."""
    return {*code.co_names}.union(*(_names_in(each) for each in code.co_consts if isinstance(each, CodeType)))


@pytest.fixture
def config(harness: Harness) -> Config:
    return Config(
        organisation="Healing Together",
        announcement_channels={harness.channel("gatherings"): "Gatherings"},
        per_minute={},
    )


ON_SQLITE = {"sandbox", "web"}
"""What is told everywhere is told on both databases, though not on each platform with either: a platform knows no
database, and what a real one sends shall fit into PostgreSQL, the stricter of the two."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What the core says and does is told in the sandbox; what an adapter has a part in, everywhere."""
    if "harness" in metafunc.fixturenames:
        names = ["sandbox"]
        if metafunc.definition.get_closest_marker("everywhere"):
            names = [*sorted(platform.name for platform in registered() if not platform.by_letter), "web"]
        stages = [(name, "sqlite" if name in ON_SQLITE else "postgresql") for name in names]
        metafunc.parametrize(("harness", "database_kind"), stages, indirect=True)


@pytest.fixture
def harness(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Harness:
    """Here a busy machine may take its time; how fast platforms are answered is measured by the bench."""
    harness = stage_of(request.param)
    for name, timeout in harness.timeouts.items():
        monkeypatch.setattr(name, timeout)
    monkeypatch.setattr(deliver, "STALL_TIMEOUT", timedelta(seconds=60))
    return harness


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
async def scenario(
    harness: Harness, config: Config, database_url: str, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Scenario]:
    caplog.set_level(logging.DEBUG)
    clock, config = MovableClock(TONIGHT - timedelta(days=2)), harness.configured(config)
    async with AsyncExitStack() as closing:  # all of it, also where one of them has something to say
        storage = await open_storage(database_url, [KEY])
        closing.push_async_callback(storage.close)
        await harness.prepare(clock)
        dispatcher = Dispatcher(storage, config)
        outbox = Outbox(storage, harness.messengers, clock, config, jitter=lambda: 0.0)
        closing.push_async_callback(outbox.close)
        await harness.open(dispatcher)
        closing.push_async_callback(harness.close)
        yield Scenario(Bot(storage, dispatcher, outbox, clock), harness, config)
        await _assert_nothing_leaked(harness, caplog, database_url)


async def _assert_nothing_leaked(harness: Harness, caplog: pytest.LogCaptureFixture, database_url: str) -> None:
    """No public transcript, log line or stored byte holds a way in."""
    assert SECRET.encode() not in harness.public_bytes(), "a way in was said in public"
    assert SECRET not in caplog.text, "a way in was logged"
    assert SECRET.encode() not in await stored_bytes(database_url), "a way in is stored in clear text"
