"""The web half with a mailbox: somebody registers with nothing else, and has a page of their own."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from aiohttp import ClientSession

from adapters.web.run import application, serving
from adapters.web.tokens import PersonalLinks
from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.ports import SentMessage
from bot.secrets import JoinLink, LinkKey
from bot.unit_of_work import UnitOfWork
from bot.views import SecretLinkButton, View
from storage.engine.open import OpenStorage
from tests.adapters.web.conftest import START, Front, Seen
from tests.conversations.harness import MovableClock
from tests.databases import KEY

ADA = "ada@example.org"


def read_address(typed: str) -> Address:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]+", typed):
        raise ValueError(typed)
    return Address("mail", typed.lower())


@dataclass
class Mailbox:
    """A Messenger of letters, as they are read."""

    letters: list[tuple[Address, View, str]] = field(default_factory=list)

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        del key, zone, conversation
        self.letters.append((to, view, language))
        return SentMessage(str(len(self.letters)))

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime, conversation: str = ""
    ) -> SentMessage | None:
        raise NotImplementedError

    async def open_conversation(self, to: Address) -> str:
        raise NotImplementedError

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        raise NotImplementedError

    def link(self, label: str) -> str:
        """The path of this button of the newest letter."""
        for button in self.letters[-1][1].buttons():
            if button.label == label and isinstance(button, SecretLinkButton) and isinstance(button.link, JoinLink):
                return button.link.reveal().removeprefix("https://gatherings.example")
        raise AssertionError(f"{label} is not in {self.letters[-1][1]}")


@dataclass
class House(Front):
    outbox: Outbox
    mailbox: Mailbox

    async def sign_up(self, gathering: int, name: str = "Ada", email: str = ADA, **more: str) -> Seen:
        return await self.send("POST", f"/gatherings/{gathering}/register", {"name": name, "email": email} | more)

    async def delivered(self) -> int:
        await self.outbox.tick()
        return len(self.mailbox.letters)

    async def registered(self, gathering: int) -> list[str]:
        roster = await self.storage.run(lambda uow: uow.registrations.roster(gathering))
        return [line.name for line in roster]

    async def personal(self, email: str = ADA, name: str = "Ada") -> str:
        """The path of the page of somebody who confirmed."""
        address = read_address(email)

        def work(uow: UnitOfWork) -> LinkKey:
            uow.members.get_or_create(Person(address, name, "en", "Europe/Madrid"), self.clock.now())
            return uow.signups.page(address)

        return "/me/" + self.links.personal.sign(await self.storage.run(work))

    async def press(self, path: str, label: str, shown: Seen) -> Seen:
        """The button with this label on the page, as a browser without a script sends its form."""
        for form in re.findall(r"<form.*?</form>", shown.text, re.DOTALL):
            hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
            for value, text in re.findall(r'<button class="[a-z ]*" name="button" value="([^"]*)"[^>]*>([^<]*)<', form):
                if unescape(text) == label:
                    return await self.send("POST", path, hidden | {"button": unescape(value)})
        raise AssertionError(f"{label} is not on {shown.text}")


@asynccontextmanager
async def a_house(storage: OpenStorage, **more: Any) -> AsyncIterator[House]:
    """Two days before the gathering of most stories."""
    clock = MovableClock(START - timedelta(days=2))
    links = PersonalLinks([KEY], "https://gatherings.example")
    public_url = "https://gatherings.example"
    config = Config(organisation="Healing Together", public_url=public_url, links=links, **more)
    mailbox = Mailbox()
    outbox = Outbox(storage, {"mail": mailbox}, clock, config, jitter=lambda: 0.0)
    dispatcher = Dispatcher(storage, config)
    app = application(storage, config, clock, links, dispatcher=dispatcher, read_address=read_address)
    async with serving(app, "127.0.0.1", 0) as port, ClientSession() as client:
        yield House(storage, config, clock, links, f"http://127.0.0.1:{port}", client, outbox, mailbox)
    await outbox.close()
