"""Slack as a stage: the real Bolt app before a local Slack, over HTTP or Socket Mode."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from adapters.slack.run import SlackBot, SlackCredentials
from bot.addresses import Address
from bot.desk import Desk
from bot.ports import Messenger, Told
from bot.views import View
from tests.adapters.slack.block_kit import controls
from tests.adapters.slack.fake_models import TEAM, FakeMessage, FakeUser, buttons, menus, shown
from tests.adapters.slack.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack
from tests.adapters.slack.transport import SIGNING_SECRET, HttpTransport, SocketTransport
from tests.adapters.slack.user_client import UserClient, find, initial
from tests.conversations.stage import Control, MovableClock, Seen, Voice, Window


class SlackVoice(Voice):
    def __init__(self, stage: SlackStage, human: FakeUser) -> None:
        super().__init__()
        self.stage, self.human = stage, human
        self.name, self.address = human.name, Address("slack", f"{TEAM}/{human.id}")

    def seen(self) -> list[Seen]:
        return [self._seen(each) for each in self.stage.local.seen_by(self.human)]

    def _seen(self, message: FakeMessage) -> Seen:
        place = self.stage.local.places.get(message.place)
        return Seen(
            id=message.id,
            where="answer" if message.only else "channel" if place else "direct",
            text=shown(message.blocks, self.human.reader) or message.text,
            buttons=buttons(message.blocks),
            choices=[
                Control(each["text"]["text"], menu["action_id"], each["value"])
                for menu in menus(message.blocks)
                for each in menu.get("options") or self.stage.is_search_box.get((message.id, menu["action_id"]), [])
            ],
            files=message.files,
            place=place.name if place else "",
        )

    async def says(self, text: str, *, channel: str = "") -> None:
        place = self.stage.local.place(channel).id if channel else ""
        await self.stage.client.types(self.human, text, place)
        await self._settled()

    async def press(self, message: Seen, button: Control) -> None:
        posted = self._posted(message)
        pressed = find(list(posted.blocks), button.id) or {"type": "button", "action_id": "0", "value": button.id}
        await self.stage.client.presses(self.human, posted, pressed)
        await self._settled()

    async def choose(self, message: Seen, choice: Control) -> None:
        posted = self._posted(message)
        menu = next((each for each in controls(posted.blocks) if each["action_id"] == choice.id), {})
        action = {
            "type": menu.get("type", "static_select"),
            "action_id": choice.id,
            "selected_option": {"text": {"type": "plain_text", "text": choice.label}, "value": choice.value},
        }
        await self.stage.client.presses(self.human, posted, action)
        await self._settled()

    async def submit(self, window: Window, values: dict[str, str]) -> None:
        errors = await self.stage.client.submits(self.human, values)
        await self._settled()
        if errors:
            self.window = Window(window.id, window.title, window.labels, values, errors)

    def close_direct_messages(self) -> None:
        self.human.reachable = False

    def _posted(self, message: Seen) -> FakeMessage:
        return next(each for each in self.stage.local.messages if each.id == message.id)

    async def _settled(self) -> None:
        """Waits until the bot has nothing under way; then looks at what stands open."""
        await self.stage.settled()
        top = self.human.windows[-1] if self.human.windows else None
        self.window = _window(top) if top is not None and "submit" in top else None
        await self.stage.look_into_search_boxes(self.human)


def _window(view: dict[str, Any]) -> Window:
    labels = {each["block_id"]: each["label"]["text"] for each in view["blocks"] if each["type"] == "input"}
    return Window(view["id"], view["title"]["text"], labels, initial(view))


class _Later:
    """The messenger of a stage whose bot is not there yet."""

    def __init__(self, stage: SlackStage) -> None:
        self._stage = stage

    async def tell(self, to: Address, view: View, *, key: str, language: str, zone: str) -> Told:
        return await self._stage.slack.messenger.tell(to, view, key=key, language=language, zone=zone)

    async def find(self, to: Address, *, key: str, since: datetime, until: datetime | None = None) -> Told | None:
        return await self._stage.slack.messenger.find(to, key=key, since=since, until=until)

    async def amend(self, to: Address, message: str, view: View, *, language: str, zone: str) -> Told:
        return await self._stage.slack.messenger.amend(to, message, view, language=language, zone=zone)


class SlackStage:
    platform = "slack"

    def __init__(self, *, socket_mode: bool = False) -> None:
        self.socket_mode = socket_mode
        self._voices: dict[str, SlackVoice] = {}
        self._stack = AsyncExitStack()
        self._places: list[str] = []
        self.is_search_box: dict[tuple[str, str], Any] = {}
        # People and places may be named before the curtain rises; the clock is only known then.
        self.local = FakeSlack(MovableClock(datetime(2026, 1, 1, tzinfo=UTC)))

    def channel(self, name: str) -> Address:
        return Address("slack", f"{TEAM}/{self.local.place(name).id}")

    def person(
        self, name: str, *, organiser: bool = False, zone: str | None = None, language: str = "en"
    ) -> SlackVoice:
        if name not in self._voices:
            human = self.local.human(name, organiser=organiser, zone=zone, language=language)
            self._voices[name] = SlackVoice(self, human)
        return self._voices[name]

    async def prepare(self, clock: MovableClock) -> None:
        self.clock = clock
        self.local.clock = clock
        await self._stack.enter_async_context(self.local.running())
        # The bot's side is made together with its desk; the outbox only needs the messenger's name until then.
        self.messenger: Messenger = _Later(self)

    async def open(self, desk: Desk) -> None:
        credentials = SlackCredentials(
            BOT_TOKEN, APP_TOKEN if self.socket_mode else "", SIGNING_SECRET, api_url=self.local.api_url
        )
        self.slack = SlackBot(desk, self.clock, credentials)
        await self.slack.open()
        if self.socket_mode:
            self.client = UserClient(self.local, SocketTransport(self.local))
            return
        session = await self._stack.enter_async_context(aiohttp.ClientSession())
        app = web.Application()
        app.add_routes(self.slack.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        self.client = UserClient(self.local, HttpTransport(url, self.clock, session))

    async def close(self) -> None:
        if hasattr(self, "slack"):
            await self.slack.close()
        await self._stack.aclose()

    async def settled(self) -> None:
        async with asyncio.timeout(20):
            while self.slack._tasks._running:
                await asyncio.wait(self.slack._tasks._running)

    async def look_into_search_boxes(self, human: FakeUser) -> None:
        """A person who opens a search box sees its first options."""
        for message in self.local.seen_by(human)[-1:]:
            for menu in menus(message.blocks):
                if menu["type"] == "external_select":
                    found = await self.client.suggestions(human, message, menu["action_id"])
                    self.is_search_box[message.id, menu["action_id"]] = found

    def public_bytes(self) -> bytes:
        return b"\n".join(self.local.public)
