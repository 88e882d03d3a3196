"""Answers what a person did: dispatches the Request and posts the View into the chat, or returns the Form."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Protocol

from adapters.html import controls
from adapters.sandbox import receive
from adapters.sandbox.chat import PLATFORM, SandboxChat
from adapters.sandbox.clock import MovableClock
from adapters.sandbox.lookahead import Lookahead
from bot import catalogue
from bot.addresses import Address
from bot.dispatcher import AlreadyAnswered, Dispatcher
from bot.members.model import Person
from bot.request import Call, written_privately
from bot.views import Choice, Form, View

log = logging.getLogger(__name__)
MAX_STOPS = 1000
"""Instants at which one move of the clock stops on its way; after these it goes straight to its end."""


class Ticker(Protocol):
    async def tick(self) -> object:
        """Delivers what is due at the clock's now."""


class SandboxResponder:
    """Each method is an action of one person in one place. A Form is returned, to be shown to them alone."""

    def __init__(
        self, dispatcher: Dispatcher, outbox: Ticker, chat: SandboxChat, clock: MovableClock, lookahead: Lookahead
    ) -> None:
        self.dispatcher = dispatcher
        dispatcher.config.home.settle(PLATFORM, [PLATFORM])
        self.chat = chat
        self.clock = clock
        self.lookahead = lookahead
        self._outbox = outbox
        self._key_prefix = f"sandbox:{secrets.token_hex(4)}"
        self._key_numbers = count(1)
        self._in_progress: set[tuple[Address, str, str]] = set()
        self._clock_lock = asyncio.Lock()

    async def send_text(self, who: Person, place: Address, text: str) -> Form | None:
        """Answers a command; posts any other line for everyone there."""
        call = receive.command_call(text)
        if call is not None:
            return await self._respond(who, place, call, typed=text.strip())
        if text.strip():
            self.chat.say(who, place, text.strip())
            if place == who.address:
                await self._answer_written(who)
        return None

    async def _answer_written(self, who: Person) -> None:
        await self._clock_stands()
        try:
            response = await self.dispatcher.respond(written_privately(who, self.clock.now()))
        except AlreadyAnswered:
            return
        if isinstance(response.answer, View):
            locale = response.locale
            self.chat.reply(who, who.address, response.answer, language=locale.language, zone=locale.zone)

    async def press_button(self, who: Person, place: Address, control_id: str, message: str) -> Form | None:
        return await self._respond_once(who, place, controls.button_call(control_id), message, control_id)

    async def choose(self, who: Person, place: Address, menu_id: str, value: str, message: str = "") -> Form | None:
        return await self._respond_once(who, place, controls.menu_call(menu_id, value), message, menu_id)

    async def submit_form(self, who: Person, place: Address, control_id: str, values: Mapping[str, str]) -> Form | None:
        return await self._respond_once(who, place, controls.form_call(control_id, values), "", control_id)

    async def choices(self, who: Person, place: Address, call: Call, option: str, typed: str) -> tuple[Choice, ...]:
        """What the bot offers for an option while it is typed."""
        return await self.dispatcher.choices(receive.request(who, call, self.clock.now(), "", place), option, typed)

    async def move_clock(self, to: datetime) -> None:
        """Stops on the way at each instant at which the bot may have something to send."""
        async with self._clock_lock:
            for _ in range(MAX_STOPS):
                stop = await self.lookahead.next_stop(self.clock.now(), to)
                await self._move_and_tick(stop or to)
                if stop is None:
                    return
            log.warning("too many notifications on the way; going straight on")
            await self._move_and_tick(to)

    async def tick(self) -> None:
        await self._outbox.tick()

    async def _clock_stands(self) -> None:
        """Who acts at the hour that the page shows has heard what was due until then."""
        async with self._clock_lock:
            pass

    async def _move_and_tick(self, to: datetime) -> None:
        if to > self.clock.now():
            self.clock.move_to(to)
            self.chat.notify_listeners()
        await self._outbox.tick()

    async def _respond_once(
        self, who: Person, place: Address, call: Call, message: str, control_id: str
    ) -> Form | None:
        """Ignores a second press while the first is in progress: the answer to the first is on its way."""
        action = (who.address, message, control_id)
        if action in self._in_progress:
            return None
        self._in_progress.add(action)
        try:
            command = catalogue.find(call.name)
            replaces = message if command is not None and command.replaces else ""
            return await self._respond(who, place, call, replaces=replaces)
        finally:
            self._in_progress.discard(action)

    async def _respond(
        self, who: Person, place: Address, call: Call, *, typed: str = "", replaces: str = ""
    ) -> Form | None:
        await self._clock_stands()
        key = f"{self._key_prefix}:{next(self._key_numbers)}"
        try:
            response = await self.dispatcher.respond(receive.request(who, call, self.clock.now(), key, place))
        except AlreadyAnswered:
            return None
        answer, locale = response.answer, response.locale
        if isinstance(answer, View):
            language, zone = locale.language, locale.zone
            self.chat.reply(who, place, answer, typed=typed, replaces=replaces, language=language, zone=zone)
        await self._outbox.tick()
        return answer if isinstance(answer, Form) else None
