"""From an interaction to its one answer: hears it, asks the desk, and says what came of it in time.

Discord waits 3 seconds for a first answer. What takes longer is promised first. A form cannot follow a promise;
one that was too slow is offered behind a button.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from adapters.discord.hear import PLATFORM, Heard, Kind, hear, kind, language, person
from adapters.discord.keeping import KeptForms
from adapters.discord.rest import Rest, TooLate
from adapters.discord.rights import Rights
from adapters.discord.show import show
from adapters.discord.turn import Turn
from bot import commands, words
from bot.addresses import Address
from bot.asks import Call, encode
from bot.desk import AlreadyAnswered, Desk
from bot.members import Person
from bot.ports import Clock
from bot.views import Answer, Choice, Form, View
from bot.words.forms import failed_while_typing, form_mistaken, form_ready

log = logging.getLogger(__name__)

SOON = 1.5
"""Seconds after which an answer is promised instead."""
SOON_FOR_A_FORM = 2.2
"""The same where a form may come, which cannot follow a promise."""
AT_ONCE_LIMIT = 3000
"""Interactions under way at the same time; the next is asked to try again."""

Interaction = Mapping[str, Any]
"""As the gateway sends it."""


class Reception:
    def __init__(self, desk: Desk, rest: Rest, clock: Clock) -> None:
        self._desk = desk
        self._rest = rest
        self._rights = Rights(rest, desk.house.home)
        self._clock = clock
        self._kept = KeptForms()
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def receive(self, interaction: Interaction) -> None:
        """Never raises: whatever goes wrong, here or below, is told with a reference, or logged when it is too late."""
        try:
            turn = Turn(self._rest, interaction)
        except (LookupError, TypeError, ValueError):
            log.error("an interaction came that cannot be answered: it has no id, or no token")  # noqa: TRY400
            return
        self._under_way += 1
        self._idle.clear()
        try:
            await self._answer(interaction, turn)
        except TooLate:
            log.warning("an answer came too late for Discord")
        except Exception as problem:  # noqa: BLE001 - the one place where any failure here ends
            await self._failed(interaction, turn, problem)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def finish(self, seconds: float) -> None:
        """Lets what is under way be answered, for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        await self._rights.close()

    async def _answer(self, interaction: Interaction, turn: Turn) -> None:
        heard, doing = await self._hear(interaction), kind(interaction)
        if heard.option:
            await turn.offer(await self._desk.choices(heard.ask, heard.option, heard.typed))
        elif doing is Kind.autocomplete:
            await turn.offer(())
        elif self._under_way > AT_ONCE_LIMIT:
            await turn.say(show(words.busy(self._desk.known(heard.ask.who), heard.ask.call)))
        elif kept := self._kept.find(heard.mark, heard.ask.who.address, heard.ask.now):
            await turn.open(kept)
        else:
            await self._ask(heard, turn, is_form=doing is Kind.modal_submit)

    async def _hear(self, interaction: Interaction) -> Heard:
        """With the server, if any, that the asker organises."""
        heard = hear(interaction, self._clock.now())
        granted = await self._rights.granted(interaction, heard.ask.now)
        return replace(heard, ask=replace(heard.ask, who=replace(heard.ask.who, organises=granted)))

    async def _ask(self, heard: Heard, turn: Turn, *, is_form: bool) -> None:
        command = commands.find(heard.ask.call.name)
        in_place = heard.inside and command is not None and command.replaces
        may_open = command is not None and command.opens_form and not is_form
        try:
            with turn.promising(SOON_FOR_A_FORM if may_open else SOON, in_place=in_place):
                answer = await self._desk.answer(heard.ask)
        except AlreadyAnswered:
            return
        await self._say(heard, turn, answer, may_open=may_open, in_place=in_place)

    async def _say(self, heard: Heard, turn: Turn, answer: Answer, *, may_open: bool, in_place: bool) -> None:
        if isinstance(answer, View):
            await turn.say(show(answer), in_place=in_place)
        elif may_open and not turn.promised and not answer.mistaken:
            await turn.open(answer)
        else:
            await self._offer_form(heard, turn, answer)

    async def _offer_form(self, heard: Heard, turn: Turn, form: Form) -> None:
        """A form that cannot open by itself: after its own submission, or after a promise."""
        with turn.promising(SOON, in_place=False):
            to = await self._desk.reader(heard.ask.who, heard.ask.now)
        mark = self._kept.keep(heard.ask.who.address, form, self._clock.now())
        view = form_mistaken(to, form) if form.mistaken else form_ready(to, _again(heard.ask.call))
        await turn.say(show(view, mark=mark))

    async def _failed(self, interaction: Interaction, turn: Turn, problem: Exception) -> None:
        reference = secrets.token_hex(4)
        log.error("could not answer on Discord, reference %s", reference, exc_info=problem)
        to = self._desk.known(_whoever(interaction))
        try:
            if interaction.get("type") == Kind.autocomplete.value:
                await turn.offer((Choice("-", failed_while_typing(to, reference)),))
            else:
                await turn.say(show(words.failed(to, reference)))
        except Exception as another:  # noqa: BLE001 - there is nobody left to tell
            log.warning("and could not say so: %s", type(another).__name__)


def _whoever(interaction: Interaction) -> Person:
    """The asker, also of an interaction that lacks what others have."""
    try:
        return person(interaction)
    except (LookupError, TypeError, ValueError, AttributeError):
        return Person(Address(PLATFORM, "0"), language=language(interaction))


def _again(call: Call) -> Call:
    """What a button can repeat of a Call: all of it, where that fits."""
    try:
        encode(call)
    except ValueError:
        return Call(call.name)
    return call
