"""Everything that `htg sandbox` joins, opened for a test: the chat, the stand-in for Zoom, and the web half."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import aiohttp
from aiohttp.web import AppRunner, TCPSite

from adapters.sandbox import sample_data
from adapters.sandbox.chat import FRANCES, GATHERINGS, GENERAL, SandboxChat
from adapters.sandbox.clock import MovableClock
from adapters.sandbox.crowd import Crowd
from adapters.sandbox.evening import Evening
from adapters.sandbox.lookahead import Lookahead
from adapters.sandbox.mailbox import MailboxPages, StandInMailbox
from adapters.sandbox.render import ChatPageRenderer
from adapters.sandbox.respond import SandboxResponder
from adapters.sandbox.run import application
from adapters.sandbox.send import SandboxMessenger
from adapters.sandbox.zoom_rooms import StandInMeeting, StandInZoom
from adapters.web.tokens import PersonalLinks
from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.i18n import Locale
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.notifications.follow_doors import DoorsFollower
from bot.plain_text import plain
from bot.ports import Messenger
from bot.request import encode
from bot.views import Button, SecretLinkButton
from cli.sandbox import connected_stand_in, free_port, mail_messenger, web_half
from storage.engine.open import OpenStorage, open_storage
from tests.databases import KEY

GUESTS = 88


@dataclass
class House:
    """All that `htg sandbox` joins, served at `address`."""

    storage: OpenStorage
    chat: SandboxChat
    clock: MovableClock
    zoom: StandInZoom
    mailbox: StandInMailbox
    responder: SandboxResponder
    client: aiohttp.ClientSession
    address: str
    web: str
    """Where the pages of the web half are."""

    @property
    def circle(self) -> StandInMeeting:
        return next(each for each in self.zoom.meetings() if each.topic == "Listening Circle")

    @property
    def tonight(self) -> StandInMeeting:
        return next(each for each in self.zoom.meetings() if each.topic == "Grief and Gratitude")

    async def says(self, who: Person, text: str) -> str:
        await self.responder.send_text(who, GENERAL, text)
        return plain(Locale(), self.chat.seen(who, GENERAL)[-1].view)

    def link(self, who: Person) -> str:
        """The newest secret link that they were shown, as their page leads to it."""
        views = [message.view for message in self.chat.seen(who, GENERAL)]
        links = [each.link for view in views for each in view.buttons() if isinstance(each, SecretLinkButton)]
        return links[-1].reveal().replace("https://zoom.example/", f"{self.address}/zoom/")

    async def presses(self, who: Person, label: str, place: Address | None = None) -> str:
        """The newest button with this label that they see there; what is answered."""
        place = place or GENERAL
        for message in reversed(self.chat.seen(who, place)):
            for button in message.view.buttons():
                if isinstance(button, Button) and button.label == label:
                    await self.responder.press_button(who, place, encode(button.call), message.id)
                    return plain(Locale(), self.chat.seen(who, place)[-1].view)
        raise AssertionError(f"{who.name} sees no {label!r}")

    def hears(self, who: Person) -> list[str]:
        """What came to their private line, oldest first."""
        return [plain(Locale(), message.view) for message in self.chat.seen(who, who.address)]

    async def opens(self, url: str, action: str = "", origin: str | None = None) -> str:
        """Looks at a page, or presses a button on it; `status` first, then what it says."""
        method, data = ("POST", {"action": action}) if action else ("GET", None)
        headers = {"Origin": self.address if origin is None else origin}
        async with self.client.request(method, url, data=data, headers=headers) as answer:
            return f"{answer.status} {re.sub(r'<[^>]+>', '', await answer.text())}"


@asynccontextmanager
async def opened(url: str, start: datetime) -> AsyncIterator[House]:
    """On the database at this address."""
    channels = {each: each.account for each in (GATHERINGS, GENERAL)}
    web = f"http://127.0.0.1:{free_port()}"
    config = Config(
        organisation="Healing Together",
        announcement_channels=channels,
        per_minute={},
        meetings=True,
        facilitators=frozenset({FRANCES.address}),
        public_url=web,
        links=PersonalLinks([KEY], web),
        letters=True,
    )
    clock = MovableClock(start)
    chat, zoom = SandboxChat(clock), StandInZoom(clock)
    async with AsyncExitStack() as stack:
        storage = await open_storage(url, [KEY])
        stack.push_async_callback(storage.close)
        mailbox = StandInMailbox()
        letters = mail_messenger(await stack.enter_async_context(mailbox.serving()), clock)
        stack.push_async_callback(letters.close)
        messengers: dict[str, Messenger] = {"sandbox": SandboxMessenger(chat), "mail": letters}
        outbox = Outbox(storage, messengers, clock, config)
        follower = DoorsFollower(storage, messengers, clock, config)
        stack.push_async_callback(outbox.close)
        dispatcher = Dispatcher(storage, config)
        crowd = Crowd(dispatcher, storage, zoom, clock)
        for gathering, guests in (await sample_data.load_sample_data(storage, chat, config, clock.now())).items():
            crowd.expect(gathering, guests)
        reconcile = await stack.enter_async_context(connected_stand_in(zoom, dispatcher, storage, clock))
        lookahead = Lookahead(storage, config)
        responder = SandboxResponder(
            dispatcher, Evening(outbox, reconcile, crowd, follower.tick), chat, clock, lookahead
        )
        hosts = set[str]()
        renderer = ChatPageRenderer(chat, dispatcher)
        runner = AppRunner(application(responder, renderer, lambda: frozenset(hosts), zoom, MailboxPages(mailbox, web)))
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await TCPSite(runner, "127.0.0.1", 0).start()
        hosts.add(f"127.0.0.1:{runner.addresses[0][1]}")
        client = await stack.enter_async_context(aiohttp.ClientSession())
        house_url = f"http://{next(iter(hosts))}"
        pages = web_half(dispatcher, storage, clock, PersonalLinks([KEY], web), lambda: house_url, responder.tick)
        await stack.enter_async_context(pages)
        await responder.tick()
        yield House(storage, chat, clock, zoom, mailbox, responder, client, house_url, web)
