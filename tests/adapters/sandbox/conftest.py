"""A sandbox that is really served, on a database of its own, and a real Chromium to look at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, Request

from adapters.sandbox import run, sample_data
from adapters.sandbox.chat import GATHERINGS, GENERAL, SandboxChat
from adapters.sandbox.clock import MovableClock
from adapters.sandbox.lookahead import Lookahead
from adapters.sandbox.mailbox import StandInMailbox
from adapters.sandbox.respond import SandboxResponder
from adapters.sandbox.send import SandboxMessenger
from adapters.sandbox.zoom_rooms import StandInZoom
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.notifications.deliver import Outbox
from storage.engine.open import OpenStorage, open_storage
from tests.adapters.sandbox.house import House, opened
from tests.browser import PATIENCE
from tests.databases import KEY, Databases

NOON = datetime(2026, 12, 3, 12, 2, tzinfo=UTC)
"""13:02 in Madrid; tonight's sample gathering begins at 19:00 there, 18:00 UTC."""


@dataclass
class Sandbox:
    """Everything that `htg sandbox` joins, by name."""

    storage: OpenStorage
    chat: SandboxChat
    clock: MovableClock
    dispatcher: Dispatcher
    outbox: Outbox

    @property
    def responder(self) -> SandboxResponder:
        return SandboxResponder(
            self.dispatcher, self.outbox, self.chat, self.clock, Lookahead(self.storage, self.dispatcher.config)
        )


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(databases: Databases) -> AsyncIterator[Sandbox]:
    storage = await open_storage(databases.fresh("sqlite"), [KEY])
    channels = {each: each.account for each in (GATHERINGS, GENERAL)}
    config = Config(organisation="Healing Together", announcement_channels=channels, per_minute={})
    clock = MovableClock(NOON)
    chat = SandboxChat(clock)
    outbox = Outbox(storage, {"sandbox": SandboxMessenger(chat)}, clock, config)
    await sample_data.load_sample_data(storage, chat, config, clock.now())
    await outbox.tick()
    yield Sandbox(storage, chat, clock, Dispatcher(storage, config), outbox)
    await outbox.close()
    await storage.close()


@pytest_asyncio.fixture(loop_scope="session")
async def address(sandbox: Sandbox) -> AsyncIterator[str]:
    """Where the page is served, as `http://127.0.0.1:…/`."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        run.serve(
            sandbox.dispatcher,
            sandbox.outbox,
            sandbox.storage,
            sandbox.chat,
            sandbox.clock,
            StandInZoom(sandbox.clock),
            StandInMailbox(),
            on_ready=ready.set_result,
        )
    )
    either: list[asyncio.Future[Any]] = [serving, ready]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        await serving
    yield await ready
    serving.cancel()
    await asyncio.wait([serving])


@dataclass
class Look:
    """How somebody looks at the page."""

    scheme: Literal["light", "dark"] = "light"
    width: int = 1280
    height: int = 800
    phone: bool = False


@dataclass
class Watched:
    """Opens pages, and keeps what no page may do: complain, or ask anybody else for something."""

    browser: Browser
    address: str
    pages: list[Page] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str = "", look: Look | None = None) -> Page:
        look = look or Look()
        context = await self.browser.new_context(
            viewport={"width": look.width, "height": look.height},
            color_scheme=look.scheme,
            reduced_motion="reduce",
            has_touch=look.phone,
        )
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{error}"))
        page.on("request", self._asked)
        await page.goto(self.address + path)
        self.pages.append(page)
        await page.locator("html[data-live]").wait_for()
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.complaints.append(f"asked elsewhere: {request.url}")


@pytest_asyncio.fixture(loop_scope="session")
async def watched(browser: Browser, address: str) -> AsyncIterator[Watched]:
    watching = Watched(browser, address)
    yield watching
    for page in watching.pages:
        await page.context.close()
    assert watching.complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def house(databases: Databases) -> AsyncIterator[House]:
    """With the stand-in for Zoom, and the pages of the web half."""
    async with opened(databases.fresh("sqlite"), NOON) as found:
        yield found
