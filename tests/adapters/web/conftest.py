"""The web half as it is served: a real server on a real database, with people who are registered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientResponse, ClientSession

from adapters.web.render import RegistrationLink
from adapters.web.run import application, serving
from adapters.web.tokens import PersonalLinks
from bot.addresses import Address
from bot.admission.model import DoorRule
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Gathering, Plan, Status
from bot.members.model import Person
from bot.request import Call, Request
from bot.secrets import LinkKey, ZoomLink
from bot.unit_of_work import UnitOfWork
from bot.views import View
from storage.engine.open import OpenStorage
from tests.conversations.harness import MovableClock
from tests.databases import KEY

START = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
"""18:00 in Madrid."""
ROOM = "https://zoom.example/j/81234567890?pwd=k3pt-b3tw33n-us"
PASSCODE = "k3pt-c0de"
DOORWAYS = (RegistrationLink("Slack", "https://slack.com/app_redirect?team=T1&channel=C1"), RegistrationLink("Discord"))


@dataclass
class Seen:
    """An answer of the server, read to its end."""

    status: int
    text: str
    headers: dict[str, str]


@dataclass
class Front:
    """The web half in its house, and those who come to it."""

    storage: OpenStorage
    config: Config
    clock: MovableClock
    links: PersonalLinks
    base: str
    client: ClientSession

    async def gathering(
        self, title: str = "Grief and Gratitude", at: datetime = START, *, limit: int = 90, **more: object
    ) -> Gathering:
        return (await self.series(title, [at], limit=limit, **more))[0]

    async def series(self, title: str, starts: list[datetime], *, limit: int = 90, **more: object) -> list[Gathering]:
        facts = {"facilitators": "Frances", "link": ZoomLink(ROOM, PASSCODE), "door_rule": DoorRule(limit)} | more
        plans = [Plan(title, at, "Europe/Madrid", **facts) for at in starts]  # type: ignore[arg-type]
        return await self.storage.run(lambda uow: uow.gatherings.add(plans, Status.PUBLISHED))

    async def register(self, name: str, gathering: Gathering) -> str:
        """The path of the personal link that this person gets."""
        person, now = Person(address_of(name), name, "en", "Europe/Madrid"), self.clock.now()

        def work(uow: UnitOfWork) -> LinkKey:
            return uow.registrations.add(uow.members.get_or_create(person, now).id, [gathering.id], now)[0].key

        return f"/join/{self.links.door.sign(await self.storage.run(work))}"

    async def asks(self, name: str, call: Call) -> View:
        """The same person in chat."""
        request = Request(Person(address_of(name), name), call, self.clock.now())
        answer = await Dispatcher(self.storage, self.config).answer(request)
        assert isinstance(answer, View)
        return answer

    async def admitted(self, gathering: Gathering) -> int:
        found = await self.storage.run(lambda uow: uow.gatherings.get(gathering.id))
        assert found is not None
        return found.admitted

    async def get(self, path: str, **headers: str) -> Seen:
        return await self.send("GET", path, **headers)

    async def post(self, path: str, **headers: str) -> Seen:
        return await self.send("POST", path, **headers)

    async def send(self, method: str, path: str, data: object = None, **headers: str) -> Seen:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.request(
            method, self.base + path, data=data, headers=named, allow_redirects=False
        ) as response:
            return await read(response)


async def read(response: ClientResponse) -> Seen:
    return Seen(response.status, await response.text(), dict(response.headers))


def address_of(name: str) -> Address:
    return Address("sandbox", name.lower().replace(" ", "-"))


@asynccontextmanager
async def a_front(storage: OpenStorage, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Front]:
    """The doors open at 17:45 in Madrid; it is half past five there."""
    caplog.set_level(logging.DEBUG)
    clock = MovableClock(START - timedelta(minutes=30))
    links = PersonalLinks([KEY], "https://gatherings.example")
    config = Config(organisation="Healing Together", public_url="https://gatherings.example", links=links)
    app = application(storage, config, clock, links, registration_links=DOORWAYS)
    async with serving(app, "127.0.0.1", 0) as port, ClientSession() as client:
        yield Front(storage, config, clock, links, f"http://127.0.0.1:{port}", client)
    await asyncio.sleep(0)
    logged = caplog.text
    assert "k3pt" not in logged, "a Zoom link was logged"
    assert "/join/" not in logged.replace("/join/{token}", ""), "a personal link was logged"


@pytest.fixture
async def front(storage: OpenStorage, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Front]:
    async with a_front(storage, caplog) as opened:
        yield opened
