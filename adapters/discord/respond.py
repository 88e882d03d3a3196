"""Answers interactions in time: parses each, dispatches it, and sends the one response.

Discord waits 3 seconds for a first response; a slower answer is deferred before that. A form cannot follow a
deferral: one that took too long is offered behind a button.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from adapters.discord import forms
from adapters.discord.client import DiscordClient, InteractionExpired
from adapters.discord.custom_ids import notification_tag
from adapters.discord.form_cache import FormCache
from adapters.discord.interaction_response import InteractionResponse
from adapters.discord.organisers import OrganiserLookup
from adapters.discord.receive import (
    PLATFORM,
    InteractionType,
    ParsedInteraction,
    interaction_type,
    parse_author,
    parse_interaction,
    parse_person,
    user_locale,
)
from adapters.discord.render import render, render_direct_message
from bot import catalogue, dispatcher_texts, own_words
from bot.addresses import Address
from bot.dispatcher import AlreadyAnswered, Dispatcher
from bot.members.model import Person
from bot.platform_texts import failed_while_typing, form_mistaken, form_ready
from bot.ports import Clock
from bot.request import Call, encode, written_privately
from bot.views import Answer, Choice, Form, View

log = logging.getLogger(__name__)

DEFER_AFTER = 1.5
"""Seconds after which a response is deferred."""
DEFER_FORM_AFTER = 2.2
"""The same where the answer may be a form, which cannot follow a deferral."""
MAX_CONCURRENT_INTERACTIONS = 3000
"""Beyond this many interactions in progress, the next one is asked to try again."""

Interaction = Mapping[str, Any]
"""As the gateway sends it."""


class _Unreadable(Exception):
    """An interaction of another shape than Discord documents."""


class InteractionHandler:
    def __init__(self, dispatcher: Dispatcher, client: DiscordClient, clock: Clock) -> None:
        self._dispatcher = dispatcher
        self._client = client
        self._organisers = OrganiserLookup(client, dispatcher.config.home)
        self._clock = clock
        self._forms = FormCache()
        self._in_progress = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def handle(self, interaction: Interaction) -> None:
        """Never raises: a failure is answered with its reference, or logged when it is too late to answer."""
        try:
            response = InteractionResponse(self._client, interaction)
        except (LookupError, TypeError, ValueError):
            log.error("an interaction came that cannot be answered: it has no id, or no token")  # noqa: TRY400
            return
        with self._counted():
            try:
                await self._respond(interaction, response)
            except InteractionExpired:
                log.warning("an answer came too late for Discord")
                await self._did_not_arrive(interaction)
            except Exception as problem:  # noqa: BLE001 - the one place where any failure here ends
                await self._report_failure(interaction, response, problem)
                await self._did_not_arrive(interaction)

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        """Counts what is in progress, which is limited, and waited for at the end."""
        self._in_progress += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._in_progress -= 1
            if not self._in_progress:
                self._idle.set()

    async def _did_not_arrive(self, interaction: Interaction) -> None:
        await self._dispatcher.did_not_arrive(_asker(interaction).address)

    async def handle_message(self, message: Mapping[str, Any]) -> None:
        """Answers what somebody wrote in the private line, once a day. Never raises."""
        try:
            author = parse_author(message)
            if author is None or self._in_progress >= MAX_CONCURRENT_INTERACTIONS:
                return
            with self._counted():
                await self._answer_privately(author, int(message["channel_id"]))
        except AlreadyAnswered:
            return
        except Exception as problem:  # noqa: BLE001 - nobody waits for it but the writer, who may write again
            log.warning("what was written in a private line was not answered: %s", type(problem).__name__)

    async def _answer_privately(self, author: Person, channel: int) -> None:
        asked = written_privately(author, self._clock.now())
        answer = await self._dispatcher.answer(asked)
        if isinstance(answer, View):
            # It is tried again where Discord or the connection fails; the nonce keeps it from being sent twice.
            body = render_direct_message(answer).body | {"nonce": notification_tag(asked.key), "enforce_nonce": True}
            await self._client.request("POST", "/channels/{channel_id}/messages", json=body, channel_id=channel)

    async def finish(self, seconds: float) -> None:
        """Waits for the interactions in progress, at most so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        await self._organisers.close()

    async def _respond(self, interaction: Interaction, response: InteractionResponse) -> None:
        parsed, kind = await self._parse(interaction), interaction_type(interaction)
        if parsed.focused_option:
            await response.offer_choices(
                await self._dispatcher.choices(parsed.request, parsed.focused_option, parsed.typed)
            )
        elif kind is InteractionType.autocomplete:
            await response.offer_choices(())
        elif self._in_progress > MAX_CONCURRENT_INTERACTIONS:
            locale, call = self._dispatcher.guess_locale(parsed.request.sender), parsed.request.call
            await response.send(render(own_words.busy(locale, call)))
        elif form := self._forms.get(parsed.tag, parsed.request.sender.address, parsed.request.now):
            if again := forms.submitted(form, parsed.request.call):
                again_parsed = replace(parsed, request=replace(parsed.request, call=again))
                await self._dispatch(again_parsed, response, is_form=True)
            else:
                await response.open_form(form)
        else:
            await self._dispatch(parsed, response, is_form=kind is InteractionType.modal_submit)

    async def _parse(self, interaction: Interaction) -> ParsedInteraction:
        """With the guild, if any, that the asker organises."""
        try:
            parsed = parse_interaction(interaction, self._clock.now())
        except (LookupError, TypeError, ValueError, AttributeError) as problem:
            raise _Unreadable(type(problem).__name__) from None
        request = parsed.request
        sender = await self._organisers.with_rights(request.sender, interaction, request.now)
        return replace(parsed, request=replace(request, sender=sender))

    async def _dispatch(self, parsed: ParsedInteraction, response: InteractionResponse, *, is_form: bool) -> None:
        command = catalogue.find(parsed.request.call.name)
        in_place = parsed.in_ephemeral_message and command is not None and command.replaces
        may_open = command is not None and command.opens_form and not is_form
        try:
            with response.deferring(DEFER_FORM_AFTER if may_open else DEFER_AFTER, in_place=in_place):
                answer = await self._dispatcher.answer(parsed.request)
        except AlreadyAnswered:
            return
        await self._send(parsed, response, answer, may_open=may_open, in_place=in_place)

    async def _send(
        self,
        parsed: ParsedInteraction,
        response: InteractionResponse,
        answer: Answer,
        *,
        may_open: bool,
        in_place: bool,
    ) -> None:
        if isinstance(answer, View):
            await response.send(render(answer), in_place=in_place)
        elif may_open and not response.deferred and not answer.mistaken:
            await response.open_form(answer)
        else:
            await self._offer_form(parsed, response, answer)

    async def _offer_form(self, parsed: ParsedInteraction, response: InteractionResponse, form: Form) -> None:
        """Offers a form that cannot open by itself: after its own submission, or after a deferral."""
        with response.deferring(DEFER_AFTER, in_place=False):
            locale = await self._dispatcher.locale(parsed.request.sender, parsed.request.now)
        tag = self._forms.put(parsed.request.sender.address, form, self._clock.now())
        view = form_mistaken(locale, form) if form.mistaken else form_ready(locale, _repeatable(parsed.request.call))
        await response.send(render(view, tag=tag))

    async def _report_failure(
        self, interaction: Interaction, response: InteractionResponse, problem: Exception
    ) -> None:
        reference = secrets.token_hex(4)
        if isinstance(problem, _Unreadable):
            log.warning("an interaction is of no shape that Discord documents (%s), reference %s", problem, reference)
        else:
            log.error("could not answer on Discord, reference %s", reference, exc_info=problem)
        locale = self._dispatcher.guess_locale(_asker(interaction))
        try:
            if interaction.get("type") == InteractionType.autocomplete.value:
                await response.offer_choices((Choice("-", failed_while_typing(locale, reference)),))
            else:
                await response.send(render(dispatcher_texts.failed(locale, self._dispatcher.config, reference)))
        except Exception as another:  # noqa: BLE001 - there is nobody left to tell
            log.warning("and could not say so: %s", type(another).__name__)


def _asker(interaction: Interaction) -> Person:
    """The asker, also of an interaction that lacks expected fields."""
    try:
        return parse_person(interaction)
    except (LookupError, TypeError, ValueError, AttributeError):
        return Person(Address(PLATFORM, "0"), language=user_locale(interaction))


def _repeatable(call: Call) -> Call:
    """The Call for a button that repeats it: with its arguments where they fit into a custom id."""
    try:
        encode(call)
    except ValueError:
        return Call(call.name)
    return call
