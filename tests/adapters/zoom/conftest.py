"""The bot with a Zoom account: real storage, the real client, a local Zoom."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.zoom.client import ZoomClient, ZoomCredentials
from adapters.zoom.meetings import ZoomMeetings
from adapters.zoom.reconcile import MeetingReconciler
from bot.addresses import Address
from bot.admission import enter
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Gathering, Plan, Status
from bot.members.model import Person
from bot.registrations.model import Registration
from bot.request import Call, Request
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from bot.views import Answer
from storage.engine.open import OpenStorage
from tests.adapters.zoom.local_zoom import ACCOUNT, CLIENT, SECRET, LocalZoom, hangs, open_zoom
from tests.conversations.harness import MovableClock

START = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
HOUSE = Config(
    public_url="https://gatherings.example", meetings=True, facilitators=frozenset({Address("sandbox", "fay")})
)


@dataclass
class Scene:
    storage: OpenStorage
    clock: MovableClock
    zoom: LocalZoom
    client: ZoomClient
    reconciler: MeetingReconciler

    def anew(self) -> MeetingReconciler:
        """Another worker, after one that was killed: its lease has run out."""
        self.clock.advance(seconds=10)
        return MeetingReconciler(self.storage, ZoomMeetings(self.client, HOUSE), self.clock, HOUSE)

    def hosted_by(self, host: str) -> MeetingReconciler:
        """Another worker, for whom ZOOM_HOST is this."""
        self.clock.advance(seconds=10)
        return MeetingReconciler(self.storage, ZoomMeetings(self.client, HOUSE, host), self.clock, HOUSE)

    async def gathering(self, title: str = "Grief", at: datetime = START, link: ZoomLink | None = None) -> Gathering:
        plan = Plan(title, at, "Europe/Madrid", link=link)
        return (await self.storage.run(lambda uow: uow.gatherings.add([plan], Status.PUBLISHED)))[0]

    async def register(self, gathering: Gathering, count: int = 1, first: int = 0) -> list[Registration]:
        now = self.clock.now()

        def work(uow: UnitOfWork) -> list[Registration]:
            people = [uow.members.get_or_create(_person(number), now) for number in range(first, first + count)]
            return [uow.registrations.add(each.id, [gathering.id], now)[0] for each in people]

        return await self.storage.run(work)

    async def comes(self, registration: Registration) -> enter.Entry:
        def work(uow: UnitOfWork) -> enter.Entry:
            visit = uow.admission.visits([registration.key])[registration.key]
            return enter.enter(uow, visit, HOUSE.unused_places, self.clock.now())

        return await self.storage.run(work)

    async def change(self, gathering: Gathering, **changed: Any) -> Gathering:
        def work(uow: UnitOfWork) -> Gathering:
            found = uow.gatherings.get(gathering.id)
            assert found is not None
            return uow.gatherings.save(replace(found, **changed))

        return await self.storage.run(work)

    async def asks(self, name: str, call: Call) -> Answer:
        request = Request(Person(Address("sandbox", name.lower()), name), call, self.clock.now())
        return await Dispatcher(self.storage, HOUSE).answer(request)

    async def link(self, gathering: Gathering) -> ZoomLink | None:
        return await self.storage.run(lambda uow: uow.gatherings.zoom_link(gathering.id))

    def statuses(self) -> dict[str, str]:
        return {email.partition("@")[0]: each["status"] for email, each in self.zoom.only.registrants.items()}


def _person(number: int) -> Person:
    return Person(Address("sandbox", f"p{number}"), f"Person{number} Surname")


@pytest.fixture
async def scene(
    storage: OpenStorage,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Scene]:
    """An hour before the start; no pause is long. A busy machine may take its time, but where Zoom is to hang."""
    hanging = hangs in getattr(getattr(request.node, "callspec", None), "params", {}).values()
    for timeout in ("client.REQUEST_TIMEOUT", "passes.DOOR_TIMEOUT", "start_links.FETCH_TIMEOUT"):
        monkeypatch.setattr(f"adapters.zoom.{timeout}", 1.0 if hanging else 60.0)
    monkeypatch.setattr("adapters.zoom.client._RetryWait._backoff", lambda _self, _state: 0.01)
    monkeypatch.setattr("adapters.zoom.client.REQUESTS_PER_SECOND", 1000)
    caplog.set_level(logging.DEBUG)
    clock = MovableClock(START - timedelta(hours=1))
    async with open_zoom() as zoom:
        client = ZoomClient(ZoomCredentials(ACCOUNT, CLIENT, SECRET, f"{zoom.base}/v2", f"{zoom.base}/oauth"), clock)
        yield Scene(storage, clock, zoom, client, MeetingReconciler(storage, ZoomMeetings(client, HOUSE), clock, HOUSE))
        await client.close()
    for secret in ("k3pt", "cl13nt", "token-0"):
        assert secret not in caplog.text, f"{secret} was logged"
