"""Slack as a harness: the real Bolt app in front of a fake Slack, over HTTP or Socket Mode."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar

import aiohttp
from aiohttp import web

from adapters.slack.run import SlackBot, SlackCredentials
from adapters.slack.socket_lease import SocketLease
from bot.addresses import Address
from bot.dispatcher import Dispatcher
from bot.ports import Messenger, SentMessage
from bot.views import View
from tests.adapters.slack.block_kit import controls
from tests.adapters.slack.fake_slack import FakeSlack
from tests.adapters.slack.fake_web_api import APP_TOKEN, BOT_TOKEN
from tests.adapters.slack.fake_workspace import TEAM, FakeMessage, FakeUser, buttons, menus, visible_text
from tests.adapters.slack.transport import SIGNING_SECRET, HttpTransport, SocketTransport
from tests.adapters.slack.user_client import UserClient, button, initial_values
from tests.conversations.harness import Control, Harness, MovableClock, Persona, Seen, Window


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serves an application; gives its base address."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving_bot(bot: SlackBot) -> AsyncIterator[str]:
    """Serves the routes of a bot; gives their base address."""
    app = web.Application()
    app.add_routes(bot.routes())
    async with serving(app) as url:
        yield url


class SlackPersona(Persona):
    def __init__(self, harness: SlackHarness, user: FakeUser) -> None:
        super().__init__()
        self.harness, self.user = harness, user
        self.name, self.address = user.name, Address("slack", f"{TEAM}/{user.id}")

    def seen(self) -> list[Seen]:
        return [self._seen(message) for message in self.harness.fake_slack.seen_by(self.user)]

    def _seen(self, message: FakeMessage) -> Seen:
        channel = self.harness.fake_slack.channels.get(message.channel)
        return Seen(
            id=message.id,
            where="answer" if message.ephemeral_for else "channel" if channel else "direct",
            text=visible_text(message.blocks, self.user.reader) or message.text,
            buttons=buttons(message.blocks),
            choices=[
                Control(option["text"]["text"], menu["action_id"], option["value"])
                for menu in menus(message.blocks)
                for option in menu.get("options") or self.harness.suggested.get((message.id, menu["action_id"]), [])
            ],
            files=message.files,
            place=channel.name if channel else "",
        )

    async def says(self, text: str, *, channel: str = "") -> None:
        channel_id = self.harness.fake_slack.channel(channel).id if channel else ""
        await self.harness.client.types_command(self.user, text, channel_id)
        await self._settle()

    async def writes(self, text: str) -> None:
        await self.harness.client.writes(self.user, text)
        await self._settle()

    async def press(self, message: Seen, pressed: Control) -> None:
        shown = self._message(message)
        action = next((control for control in controls(shown.blocks) if control.get("value") == pressed.id), None)
        await self.harness.client.presses(self.user, shown, action or button(pressed.id))
        await self._settle()

    async def choose(self, message: Seen, choice: Control) -> None:
        shown = self._message(message)
        menu = next((control for control in controls(shown.blocks) if control["action_id"] == choice.id), {})
        action = {
            "type": menu.get("type", "static_select"),
            "action_id": choice.id,
            "selected_option": {"text": {"type": "plain_text", "text": choice.label}, "value": choice.value},
        }
        await self.harness.client.presses(self.user, shown, action)
        await self._settle()

    async def submit(self, window: Window, values: dict[str, str]) -> None:
        errors = await self.harness.client.submits(self.user, values)
        await self._settle()
        if errors:
            self.window = Window(window.id, window.title, window.labels, values, errors)

    async def opens_home(self) -> dict[str, Any]:
        """The Home tab, as it is published when they open it."""
        await self.harness.client.opens_home(self.user)
        await self.harness.settled()
        assert self.user.home is not None, "no Home tab was published"
        return self.user.home

    async def presses_in(self, view: Mapping[str, Any], wanted: str) -> str:
        """The button in a modal or on the Home tab with this value, or a label that matches; returns its label."""
        for control in controls(view["blocks"]):
            label = str(control["text"]["text"])
            if control.get("value") == wanted or re.fullmatch(wanted, label):
                await self.harness.client.presses_in_view(self.user, view, control)
                await self.harness.settled()
                return label
        raise AssertionError(f"no button {wanted}")

    def home_text(self) -> str:
        assert self.user.home is not None, "no Home tab was published"
        return visible_text(self.user.home["blocks"], self.user.reader)

    def top_modal(self) -> dict[str, Any]:
        assert self.user.modals, "no modal is open"
        return self.user.modals[-1]

    def modal_text(self) -> str:
        return visible_text(self.top_modal()["blocks"], self.user.reader)

    def close_direct_messages(self) -> None:
        self.user.reachable = False

    def _message(self, seen: Seen) -> FakeMessage:
        return next(message for message in self.harness.fake_slack.messages if message.id == seen.id)

    async def _settle(self) -> None:
        """Waits until the bot is idle, then looks at the open modal and the search boxes."""
        await self.harness.settled()
        top = self.user.modals[-1] if self.user.modals else None
        self.window = _window(top) if top is not None and "submit" in top else None
        await self.harness.open_search_boxes(self.user)


def _window(view: dict[str, Any]) -> Window:
    labels = {block["block_id"]: block["label"]["text"] for block in view["blocks"] if block["type"] == "input"}
    about = " ".join(block["text"]["text"] for block in view["blocks"] if block["type"] == "section")
    readings = {
        option["text"]["text"]: (block["block_id"], option["value"])
        for block in view["blocks"]
        if block.get("element", {}).get("type") == "radio_buttons"
        for option in block["element"]["options"]
    }
    errors = _errors(view["blocks"])
    return Window(view["id"], view["title"]["text"], labels, initial_values(view), errors, about, readings)


def _errors(blocks: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Those that a form opens with, each above its field, or above the question which of its readings is meant."""
    return {
        field["block_id"].removesuffix(".reading"): above["elements"][0]["text"]
        for above, field in pairwise(blocks)
        if above["type"] == "context" and field["type"] == "input"
    }


class _LaterMessenger:
    """The messenger of a harness whose bot is created later."""

    def __init__(self, harness: SlackHarness) -> None:
        self._harness = harness

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        messenger = self._harness.bot.messenger
        return await messenger.send(to, view, key=key, language=language, zone=zone, conversation=conversation)

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime, conversation: str = ""
    ) -> SentMessage | None:
        messenger = self._harness.bot.messenger
        return await messenger.find(to, key=key, since=since, until=until, conversation=conversation)

    async def open_conversation(self, to: Address) -> str:
        return await self._harness.bot.messenger.open_conversation(to)

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        return await self._harness.bot.messenger.edit(to, message, view, language=language, zone=zone)


class SlackHarness(Harness):
    platform = "slack"
    timeouts: ClassVar[Mapping[str, object]] = {
        "adapters.slack.respond.ACKNOWLEDGE_WITHIN": timedelta(seconds=40),
        "adapters.slack.respond.ACKNOWLEDGE_AT_LAST": timedelta(seconds=40),
        "adapters.slack.users.LOOKUP_TIMEOUT": timedelta(seconds=40),
        "tests.adapters.slack.fake_web_api.TRIGGER_LIFETIME": 60.0,
        "tests.adapters.slack.transport.ACKNOWLEDGE_TIMEOUT": 60.0,
    }

    def __init__(self, *, socket_mode: bool = False) -> None:
        self.socket_mode = socket_mode
        self._personas: dict[str, SlackPersona] = {}
        self._stack = AsyncExitStack()
        self.suggested: dict[tuple[str, str], Any] = {}
        """The options of search boxes, by message and action_id."""
        # People and channels may be named before `prepare` brings the clock.
        self.fake_slack = FakeSlack(MovableClock(datetime(2026, 1, 1, tzinfo=UTC)))

    def channel(self, name: str) -> Address:
        return Address("slack", f"{TEAM}/{self.fake_slack.channel(name).id}")

    def person(
        self, name: str, *, organiser: bool = False, zone: str | None = None, language: str = "en"
    ) -> SlackPersona:
        if name not in self._personas:
            user = self.fake_slack.user(name, is_admin=organiser, zone=zone, language=language)
            self._personas[name] = SlackPersona(self, user)
        return self._personas[name]

    async def prepare(self, clock: MovableClock) -> None:
        self.clock = clock
        self.fake_slack.clock = clock
        await self._stack.enter_async_context(self.fake_slack.running())
        # The bot needs its desk, and the outbox this messenger before that.
        self.messenger: Messenger = _LaterMessenger(self)

    async def open(self, dispatcher: Dispatcher) -> None:
        app_token = APP_TOKEN if self.socket_mode else ""
        credentials = SlackCredentials(BOT_TOKEN, app_token, SIGNING_SECRET, api_url=self.fake_slack.api_url)
        lease = SocketLease(dispatcher._storage, self.clock)
        self.bot = SlackBot(dispatcher, self.clock, credentials, socket_lease=lease)
        await self.bot.open()
        if self.socket_mode:
            self.client = UserClient(self.fake_slack, SocketTransport(self.fake_slack))
            return
        session = await self._stack.enter_async_context(aiohttp.ClientSession())
        url = await self._stack.enter_async_context(serving_bot(self.bot))
        self.client = UserClient(self.fake_slack, HttpTransport(f"{url}/slack/events", self.clock, session))

    async def close(self) -> None:
        if hasattr(self, "bot"):
            await self.bot.close()
        await self._stack.aclose()

    async def settled(self) -> None:
        async with asyncio.timeout(60):
            while self.bot._tasks._running:
                await asyncio.wait(self.bot._tasks._running)

    async def open_search_boxes(self, user: FakeUser) -> None:
        """A user who opens a search box sees its first options."""
        for message in self.fake_slack.seen_by(user)[-1:]:
            for menu in menus(message.blocks):
                if menu["type"] == "external_select":
                    options = await self.client.suggestions(user, message, menu["action_id"])
                    self.suggested[message.id, menu["action_id"]] = options

    def public_bytes(self) -> bytes:
        return b"\n".join(self.fake_slack.public_bodies)
