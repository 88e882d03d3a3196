"""Discord as a harness for the conversation stories: a real discord.py client, a real socket, a fake Discord."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from adapters.discord import command_sync
from adapters.discord.client import DiscordClient
from adapters.discord.run import DiscordBot
from adapters.discord.send import DiscordMessenger
from bot import catalogue
from bot.addresses import Address
from bot.dispatcher import Dispatcher
from bot.i18n import Locale
from tests.adapters.discord import message_reader
from tests.adapters.discord.api_rules import every
from tests.adapters.discord.fake_discord import TOKEN, FakeDiscord
from tests.adapters.discord.fake_state import PRIVATE, FakeChannel, FakeInteraction, FakeUser
from tests.conversations.harness import Control, Harness, MovableClock, Persona, Seen, Window

Json = dict[str, Any]
LOCALES = {language: locale for locale, language in command_sync.LOCALES.items()}
DISMISSED = 1 << 30


class DiscordPersona(Persona):
    def __init__(self, harness: DiscordHarness, who: FakeUser, zone: str | None, language: str) -> None:
        super().__init__()
        self.harness, self.who = harness, who
        self.name, self.address = who.name, Address("discord", str(who.id))
        self.reader = Locale(language, zone or "UTC")
        self._zone_to_choose = zone
        self._place: FakeChannel | None = None

    def seen(self) -> list[Seen]:
        return [self._seen(each) for each in self.harness.fake.state.messages.values() if self._sees(each)]

    def _sees(self, message: Json) -> bool:
        if message["flags"] & DISMISSED:
            return False
        place = self.harness.fake.state.places[int(message["channel_id"])]
        return message["only"] in {0, self.who.id} and place.recipient in {None, self.who}

    def _seen(self, message: Json) -> Seen:
        place = self.harness.fake.state.places[int(message["channel_id"])]
        found = list(every(message["components"]))
        return Seen(
            id=message["id"],
            where="answer" if message["flags"] & PRIVATE else "direct" if place.recipient else "channel",
            text=message_reader.text(message, self.reader),
            buttons=[
                Control(each["label"], each.get("custom_id", ""), url=each.get("url", ""))
                for each in found
                if each["type"] == 2
            ],
            choices=[
                Control(option["label"], each["custom_id"], option["value"])
                for each in found
                if each["type"] == 3
                for option in each["options"]
            ],
            files=[each["filename"] for each in message["attachments"]],
            place=place.name,
        )

    async def says(self, text: str, *, channel: str = "") -> None:
        """Discord knows an organiser in the server alone, so that is where they speak; others on their own line."""
        await self._choose_zone()
        state = self.harness.fake.state
        in_server = channel or ("general" if self.who.organiser else "")
        place = state.channel(in_server) if in_server else state.dm_channel(self.who)
        words = text.removeprefix("/").split(maxsplit=2)
        option = _option(words)
        await self._took(
            await self.harness.fake.run_command(
                self.who, place, words[0], words[1] if len(words) > 1 else "", **({option: words[2]} if option else {})
            )
        )

    async def writes(self, text: str) -> None:
        await self.harness.fake.write(self.who, text)

    async def press(self, message: Seen, button: Control) -> None:
        pressed = self.harness.fake.state.messages[int(message.id)]
        await self._took(await self.harness.fake.press(self.who, pressed, button.id))

    async def choose(self, message: Seen, choice: Control) -> None:
        pressed = self.harness.fake.state.messages[int(message.id)]
        await self._took(await self.harness.fake.choose(self.who, pressed, choice.id, choice.value))

    async def submit(self, window: Window, values: dict[str, str]) -> None:
        assert self._place is not None
        shown = self.harness.windows[window.id]
        sent = await self.harness.fake.submit(self.who, self._place, shown, self._picked(window, values))
        await self._took(sent)
        again = [each for each in self.reads().buttons if "#f" in each.id]
        if again:  # the window cannot come back by itself here: she reads what was wrong, and presses
            told = self.reads().text.split("\n")
            await self.press(self.reads(), again[0])
            assert self.window is not None
            for name, label in self.window.labels.items():
                field = name.removesuffix(".people")
                self.window.errors.update((field, line) for line in told if line.startswith(f"{label}: "))

    def _picked(self, window: Window, values: dict[str, str]) -> dict[str, str]:
        """With the people picked who are named for a field that has a picker alone."""
        picked = {}
        for name in values.keys() - window.labels.keys():
            if f"{name}.people" not in window.labels:
                continue
            ids = {each.name: str(each.id) for each in self.harness.fake.state.people.values()}
            picked[f"{name}.people"] = ",".join(ids[each] for each in values[name].split(", ") if each)
        return values | picked

    def close_direct_messages(self) -> None:
        self.who.refuses = (403, 50007)

    async def _took(self, done: FakeInteraction) -> None:
        assert done.done.is_set(), f"{self.name} reads: the application did not respond"
        self._place = done.place
        self.window = self.harness.opened(done.window, done.id) if done.window else None

    async def _choose_zone(self) -> None:
        """Discord says nobody's zone: they choose it once, as people do."""
        zone, self._zone_to_choose = self._zone_to_choose, None
        if zone:
            await self.says("/htg settings")
            await self.fills(zone=zone)
            assert "Times are shown" in self.reads().text or self.reader.language != "en"
            self.harness.fake.state.messages[int(self.reads().id)]["flags"] |= DISMISSED


def _option(words: list[str]) -> str:
    if len(words) < 3:
        return ""
    found = next((each for each in catalogue.listed(words[0]) if each.word == words[1]), None)
    return found.typed_option.name if found and found.typed_option else "gathering"


class DiscordHarness(Harness):
    platform = "discord"
    timeouts: ClassVar[Mapping[str, object]] = {
        "adapters.discord.client.ATTEMPT_TIMEOUT": 40.0,
        "adapters.discord.client.RESPONSE_DEADLINE": 50.0,
        "adapters.discord.organisers.ROLE_LOOKUP_TIMEOUT": 40.0,
        "adapters.discord.respond.DEFER_AFTER": 40.0,
        "adapters.discord.respond.DEFER_FORM_AFTER": 40.0,
        "adapters.discord.run.HOME_LOOKUP_TIMEOUT": 60.0,
        "adapters.discord.run.SHUTDOWN_TIMEOUT": 60.0,
        "tests.adapters.discord.fake_discord.ANSWER_TIMEOUT": 60.0,
        "tests.adapters.discord.fake_state.RESPONSE_TIMEOUT": 60.0,
    }

    def __init__(self) -> None:
        self.windows: dict[str, Json] = {}
        self._personas: dict[str, DiscordPersona] = {}
        self._clock: MovableClock | None = None
        self.fake = FakeDiscord(now=self._now)

    def _now(self) -> datetime:
        return self._clock.now() if self._clock else datetime(2026, 11, 1, tzinfo=UTC)

    def channel(self, name: str) -> Address:
        return Address("discord", f"#{self.fake.state.channel(name).id}")

    def person(
        self, name: str, *, organiser: bool = False, zone: str | None = None, language: str = "en"
    ) -> DiscordPersona:
        if name not in self._personas:
            who = self.fake.state.person(name, organiser=organiser, locale=LOCALES[language])
            self._personas[name] = DiscordPersona(self, who, zone, language)
        return self._personas[name]

    async def prepare(self, clock: MovableClock) -> None:
        self._clock = clock
        await self.fake.start()
        self.client = DiscordClient(TOKEN, self.fake.api_url)
        await self.client.open()
        self.messenger = DiscordMessenger(self.client)

    async def open(self, dispatcher: Dispatcher) -> None:
        assert self._clock is not None
        self.bot = DiscordBot(dispatcher, self.client, self._clock, TOKEN)
        self._running = asyncio.create_task(self.bot.run())
        await self.fake.gateway.until_connected()

    async def close(self) -> None:
        await self.bot.close()
        await self._running
        await self.client.close()
        await self.fake.stop()
        malformed = [each for each in self.fake.refused if each.startswith(("400", "429"))]
        assert not malformed, malformed

    def opened(self, window: Json, number: int) -> Window:
        identity = f"{window['custom_id']}@{number}"
        self.windows[identity] = window
        fields = [(each["label"], each["component"]) for each in window["components"] if "component" in each]
        return Window(
            identity,
            window["title"],
            {field["custom_id"]: label for label, field in fields},
            {field["custom_id"]: _value(field) for _, field in fields},
            about=" ".join(
                message_reader.words(each["content"], Locale()) for each in window["components"] if "content" in each
            ),
        )

    def public_bytes(self) -> bytes:
        places = {str(each.id) for each in self.fake.state.places.values() if not each.recipient}
        found = [each for each in self.fake.state.messages.values() if each["channel_id"] in places]
        return json.dumps([each for each in found if not each["only"]]).encode()


def _value(field: Json) -> str:
    if field["type"] == 4:
        return str(field.get("value", ""))
    if field["type"] == 5:
        return ",".join(each["id"] for each in field.get("default_values", []))
    return ",".join(each["value"] for each in field["options"] if each.get("default"))
