"""The stand-in for Zoom: the bot's real client before it, and an evening that is lived to its end."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, expect

from adapters.sandbox import sample_data
from adapters.sandbox.chat import ADA, BO, FRANCES, GATHERINGS, GENERAL, NOOR, SandboxChat
from adapters.sandbox.clock import MovableClock
from adapters.sandbox.crowd import NEVER_LOG_IN, Crowd
from adapters.sandbox.evening import Evening
from adapters.sandbox.lookahead import Lookahead
from adapters.sandbox.render import ChatPageRenderer
from adapters.sandbox.respond import SandboxResponder
from adapters.sandbox.run import application
from adapters.sandbox.send import SandboxMessenger
from adapters.sandbox.zoom_rooms import START_KEY_LIFETIME, StandInMeeting, StandInZoom, Whereabouts
from adapters.web.tokens import PersonalLinks
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.i18n import Locale
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.plain_text import plain
from bot.views import SecretLinkButton
from cli.sandbox import connected_stand_in, free_port, web_half
from storage.engine.open import OpenStorage, open_storage
from tests.adapters.sandbox.test_accessibility import complaints
from tests.databases import KEY, Databases

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.loopback]

NOON = datetime(2026, 12, 3, 12, 2, tzinfo=UTC)
GUESTS = 88


@dataclass
class House:
    """All that `htg sandbox` joins, served at `address`."""

    storage: OpenStorage
    chat: SandboxChat
    clock: MovableClock
    zoom: StandInZoom
    responder: SandboxResponder
    client: aiohttp.ClientSession
    address: str

    @property
    def circle(self) -> StandInMeeting:
        return next(each for each in self.zoom.meetings() if each.topic == "Listening Circle")

    async def says(self, who: Person, text: str) -> str:
        await self.responder.send_text(who, GENERAL, text)
        return plain(Locale(), self.chat.seen(who, GENERAL)[-1].view)

    def link(self, who: Person) -> str:
        """The newest secret link that they were shown, as their page leads to it."""
        views = [message.view for message in self.chat.seen(who, GENERAL)]
        links = [each.link for view in views for each in view.buttons() if isinstance(each, SecretLinkButton)]
        return links[-1].reveal().replace("https://zoom.example/", f"{self.address}/zoom/")

    async def opens(self, url: str, action: str = "", origin: str | None = None) -> str:
        """Looks at a page, or presses a button on it; `status` first, then what it says."""
        method, data = ("POST", {"action": action}) if action else ("GET", None)
        headers = {"Origin": self.address if origin is None else origin}
        async with self.client.request(method, url, data=data, headers=headers) as answer:
            return f"{answer.status} {re.sub(r'<[^>]+>', '', await answer.text())}"


@pytest_asyncio.fixture(loop_scope="module")
async def house(databases: Databases) -> AsyncIterator[House]:
    channels = {each: each.account for each in (GATHERINGS, GENERAL)}
    url = f"http://127.0.0.1:{free_port()}"
    config = Config(
        organisation="Healing Together",
        announcement_channels=channels,
        per_minute={},
        meetings=True,
        public_url=url,
        links=PersonalLinks([KEY], url),
    )
    clock = MovableClock(NOON)
    chat, zoom = SandboxChat(clock), StandInZoom(clock)
    async with AsyncExitStack() as stack:
        storage = await open_storage(databases.fresh("sqlite"), [KEY])
        stack.push_async_callback(storage.close)
        outbox = Outbox(storage, {"sandbox": SandboxMessenger(chat)}, clock, config)
        stack.push_async_callback(outbox.close)
        dispatcher = Dispatcher(storage, config)
        crowd = Crowd(dispatcher, storage, zoom, clock)
        for gathering, guests in (await sample_data.load_sample_data(storage, chat, config, clock.now())).items():
            crowd.expect(gathering, guests)
        reconcile = await stack.enter_async_context(connected_stand_in(zoom, dispatcher, storage, clock))
        lookahead = Lookahead(storage, config)
        responder = SandboxResponder(dispatcher, Evening(outbox, reconcile, crowd), chat, clock, lookahead)
        hosts = set[str]()
        renderer = ChatPageRenderer(chat, dispatcher)
        runner = web.AppRunner(application(responder, renderer, lambda: frozenset(hosts), zoom))
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        hosts.add(f"127.0.0.1:{runner.addresses[0][1]}")
        client = await stack.enter_async_context(aiohttp.ClientSession())
        house_url = f"http://{next(iter(hosts))}"
        pages = web_half(dispatcher, storage, clock, PersonalLinks([KEY], url), lambda: house_url, responder.tick)
        await stack.enter_async_context(pages)
        await responder.tick()
        yield House(storage, chat, clock, zoom, responder, client, house_url)


async def test_the_bot_makes_its_meetings_there_with_everything_off(house: House) -> None:
    assert sorted(each.topic for each in house.zoom.meetings()) == ["Grief and Gratitude", "Listening Circle"]
    settings = house.circle.body["settings"]
    assert settings["auto_recording"] == "none"
    assert settings["join_before_host"] is False
    assert len(house.circle.attendees) == GUESTS
    assert {each.whereabouts for each in house.circle.attendees.values()} == {Whereabouts.WAITING, Whereabouts.OUTSIDE}
    assert len(house.circle.waiting) == GUESTS - NEVER_LOG_IN


async def test_a_member_waits_for_the_host_and_is_let_in(house: House) -> None:
    await house.says(ADA, "/htg register 1")
    assert "Welcome, the doors are open." in await house.says(ADA, "/htg join 1")
    own = house.link(ADA)
    assert "You log in as Ada." in await house.opens(own)
    assert len(house.circle.waiting) == GUESTS - NEVER_LOG_IN, "looking at the page logs nobody in"
    assert "the host has not started this meeting yet" in await house.opens(own, "join")
    assert "Start the meeting" in await house.says(FRANCES, "/htg-host start 1")
    start = house.link(FRANCES)
    assert "You are the host." in await house.opens(start)
    assert f"{GUESTS - NEVER_LOG_IN + 1} are in the room" in await house.opens(start, "start")
    assert "You are in the room." in await house.opens(own)
    assert f"{GUESTS - NEVER_LOG_IN + 1} on Zoom" in await house.says(FRANCES, "/htg-host doors 1")
    assert "The host is here." in await house.opens(own, "leave")
    assert f"{GUESTS - NEVER_LOG_IN} are in the room" in await house.opens(start)
    assert "It is being recorded." in await house.opens(start, "record")
    assert "It has not been started." in await house.opens(start, "end")
    assert "This meeting has ended." in await house.opens(own)


async def test_the_house_is_full_and_a_facilitator_takes_none_of_its_places(house: House) -> None:
    for who in (ADA, BO, NOOR):
        await house.says(who, "/htg register 1")
    for who in (ADA, BO):
        await house.says(who, "/htg join 1")
    await house.says(FRANCES, "/htg-host start 1")
    assert "0 places left" in await house.says(FRANCES, "/htg-host doors 1")
    assert "full" in (await house.says(NOOR, "/htg join 1")).lower()


async def test_the_door_on_the_web_leads_to_the_stand_in_too(house: House) -> None:
    await house.says(ADA, "/htg register 1")
    links = [
        each.link for each in house.chat.seen(ADA, GENERAL)[-1].view.buttons() if isinstance(each, SecretLinkButton)
    ]
    door = next(link for link in links if "/join/" in link.reveal()).reveal()
    async with house.client.get(door) as answer:
        assert "Come in" in await answer.text()
    async with house.client.post(door) as answer:
        found = re.search(rf'href="({house.address}/zoom/w/[^"]+)"', await answer.text())
    assert found
    assert "You log in as Ada." in await house.opens(html.unescape(found[1]))


async def test_guests_come_by_themselves_when_the_doors_open(house: House) -> None:
    tonight = next(each for each in house.zoom.meetings() if each.topic == "Grief and Gratitude")
    assert tonight.waiting == []
    await house.responder.move_clock(NOON.replace(hour=17, minute=44))
    assert tonight.waiting == []
    await house.responder.move_clock(NOON.replace(hour=17, minute=46))
    assert len(tonight.waiting) == GUESTS - NEVER_LOG_IN


@pytest.mark.parametrize("kind", ["w", "s"])
async def test_a_link_that_was_not_given_out_opens_nothing(house: House, kind: str) -> None:
    for query in ("", "?tk=", "?zak=", "?tk=guess", "?zak=guess"):
        for number in (str(house.circle.number), "1", "x", "²"):
            for action in ("", "join", "start"):
                page = await house.opens(f"{house.address}/zoom/{kind}/{number}{query}", action)
                assert "not valid any more" in page
    assert not house.circle.started


async def test_a_start_link_lapses_and_a_withdrawn_link_is_dead(house: House) -> None:
    await house.says(FRANCES, "/htg-host start 1")
    start = house.link(FRANCES)
    await house.says(ADA, "/htg register 1")
    await house.says(ADA, "/htg join 1")
    own = house.link(ADA)
    await house.says(ADA, "/htg unregister 1")
    assert "This link is not valid any more" in await house.opens(own)
    house.clock.move_to(house.clock.now() + START_KEY_LIFETIME + timedelta(minutes=1))
    assert "This start link is not valid any more" in await house.opens(start, "start")
    assert not house.circle.started


async def test_what_another_page_sends_is_refused_here_too(house: House) -> None:
    await house.says(FRANCES, "/htg-host start 1")
    assert (await house.opens(house.link(FRANCES), "start", origin="https://evil.example")).startswith("403")
    assert not house.circle.started


async def test_a_link_that_was_pasted_says_that_nobody_hears_of_it(house: House) -> None:
    assert "does not hear who logs in" in await house.opens(f"{house.address}/zoom/j/0000000002?pwd=sandbox")


async def test_a_browser_starts_the_meeting_on_a_phone(house: House, browser: Browser) -> None:
    """A real browser sends the form with the origin that the page's own headers let it name."""
    await house.says(FRANCES, "/htg-host start 1")
    page = await browser.new_page(viewport={"width": 360, "height": 640})
    await page.goto(house.link(FRANCES))
    await page.get_by_role("button", name="Start the meeting").click()
    await expect(page.get_by_role("status")).to_contain_text(f"{GUESTS - NEVER_LOG_IN} are in the room")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    assert await complaints(page) == []
    await page.close()


async def test_who_waits_is_let_in_without_a_press(house: House, browser: Browser) -> None:
    await house.says(ADA, "/htg register 1")
    await house.says(ADA, "/htg join 1")
    page = await browser.new_page()
    await page.goto(house.link(ADA))
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("status")).to_contain_text("the host has not started this meeting yet")
    assert await complaints(page) == []
    await house.zoom.start(house.circle)
    await expect(page.get_by_role("status")).to_contain_text("You are in the room.")
    await page.close()
