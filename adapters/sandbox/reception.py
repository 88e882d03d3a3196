"""Hears what somebody did, asks the desk, and puts the answer into the room."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Protocol

from adapters.sandbox import hear
from adapters.sandbox.ahead import Ahead
from adapters.sandbox.clock import MovableClock
from adapters.sandbox.room import PLATFORM, Room
from bot import commands
from bot.addresses import Address
from bot.asks import Call
from bot.desk import AlreadyAnswered, Desk
from bot.members import Person
from bot.views import Choice, Form, View

log = logging.getLogger(__name__)
STEPS_LIMIT = 1000
"""Instants at which one move of the clock stops on its way; with more than these it goes straight on."""


class Outbox(Protocol):
    async def tick(self) -> object:
        """Delivers what is due at the clock's now."""
        ...


class Reception:
    """Each method says what one person did in one place. A Form is returned, to be shown to them alone."""

    def __init__(self, desk: Desk, outbox: Outbox, room: Room, clock: MovableClock, ahead: Ahead) -> None:
        self.desk = desk
        desk.house.home.settle(PLATFORM, [PLATFORM])
        self.room = room
        self.clock = clock
        self.ahead = ahead
        self._outbox = outbox
        self._prefix = f"sandbox:{secrets.token_hex(4)}"
        self._numbers = count(1)
        self._under_way: set[tuple[Address, str, str]] = set()
        self._moving = asyncio.Lock()

    async def typed(self, who: Person, place: Address, text: str) -> Form | None:
        """A line for the bot is answered; a line of talk is said to everyone there."""
        call = hear.typed(text)
        if call is not None:
            return await self._ask(who, place, call, asked=text.strip())
        if text.strip():
            self.room.say(who, place, text.strip())
        return None

    async def pressed(self, who: Person, place: Address, written: str, message: str = "") -> Form | None:
        return await self._once(who, place, hear.pressed(written), message, written)

    async def chose(self, who: Person, place: Address, menu: str, value: str, message: str = "") -> Form | None:
        return await self._once(who, place, hear.chosen(menu, value), message, menu)

    async def submitted(self, who: Person, place: Address, written: str, values: Mapping[str, str]) -> Form | None:
        return await self._once(who, place, hear.submitted(written, values), "", written)

    async def choices(self, who: Person, place: Address, call: Call, option: str, typed: str) -> tuple[Choice, ...]:
        """What the bot offers for an option while it is typed."""
        return await self.desk.choices(hear.ask(who, call, self.clock.now(), "", place), option, typed)

    async def move_to(self, at: datetime) -> None:
        """Moves the clock, and stops on the way wherever the bot has something to say."""
        async with self._moving:
            for _ in range(STEPS_LIMIT):
                stop = await self.ahead.next_stop(self.clock.now(), at)
                await self._arrive(stop or at)
                if stop is None:
                    return
            log.warning("too many notices on the way; going straight on")
            await self._arrive(at)

    async def tick(self) -> None:
        await self._outbox.tick()

    async def _arrive(self, at: datetime) -> None:
        if at > self.clock.now():
            self.clock.move_to(at)
            self.room.touch()
        await self._outbox.tick()

    async def _once(self, who: Person, place: Address, call: Call, message: str, control: str) -> Form | None:
        """A second press while the first is under way does nothing: the answer to the first is on its way."""
        doing = (who.address, message, control)
        if doing in self._under_way:
            return None
        self._under_way.add(doing)
        try:
            command = commands.find(call.name)
            instead_of = message if command is not None and command.replaces else ""
            return await self._ask(who, place, call, instead_of=instead_of)
        finally:
            self._under_way.discard(doing)

    async def _ask(
        self, who: Person, place: Address, call: Call, *, asked: str = "", instead_of: str = ""
    ) -> Form | None:
        key = f"{self._prefix}:{next(self._numbers)}"
        try:
            given = await self.desk.respond(hear.ask(who, call, self.clock.now(), key, place))
        except AlreadyAnswered:
            return None
        answer, reads = given.answer, given.to
        if isinstance(answer, View):
            self.room.answer(
                who, place, answer, asked=asked, instead_of=instead_of, language=reads.language, zone=reads.zone
            )
        await self._outbox.tick()
        return answer if isinstance(answer, Form) else None
