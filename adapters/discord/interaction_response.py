"""The one response to an interaction: sent at once, or deferred first and edited when the answer is there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import discord

from adapters.discord.client import AlreadyAcknowledged, DiscordClient, InteractionExpired
from adapters.discord.forms import render_form
from adapters.discord.render import EPHEMERAL, DiscordMessage
from bot.text import clip
from bot.views import CHOICE_LIMIT, Choice, Form

_CHOICE_LIMIT = 100
"""Characters of a choice's name and value (developer docs, Application Command Option Choice)."""
_ResponseType = discord.InteractionResponseType


class InteractionResponse:
    def __init__(self, client: DiscordClient, interaction: Mapping[str, Any]) -> None:
        self._client = client
        self._id, self._token = int(interaction["id"]), str(interaction["token"])
        self._in_server = bool(interaction.get("guild_id"))
        self._received_at = asyncio.get_running_loop().time()
        self._deferral: asyncio.Task[None] | None = None

    @property
    def deferred(self) -> bool:
        """Once deferred, the answer is private and may take 15 minutes, and no form can be opened."""
        return self._deferral is not None

    @contextlib.contextmanager
    def deferring(self, seconds: float, *, in_place: bool) -> Iterator[None]:
        """Defers the response if the block still runs so many seconds after the interaction was received."""
        timer = asyncio.get_running_loop().call_at(self._received_at + seconds, self._start_deferral, in_place)
        try:
            yield
        finally:
            timer.cancel()

    def _start_deferral(self, in_place: bool) -> None:
        if self._deferral is None:
            self._deferral = asyncio.create_task(self._defer(in_place))

    async def _defer(self, in_place: bool) -> None:
        with contextlib.suppress(InteractionExpired):  # sending the answer will raise it again
            if in_place:
                await self._respond(_ResponseType.deferred_message_update.value, None)
            else:
                await self._respond(_ResponseType.deferred_channel_message.value, {"flags": EPHEMERAL})

    async def send(self, message: DiscordMessage, *, in_place: bool = False) -> None:
        """Sends the answer; with `in_place` it replaces the message whose component was pressed."""
        edited = message.body | {"flags": message.body["flags"] & ~EPHEMERAL}  # an existing message keeps its privacy
        if self._deferral is not None:
            await self._deferral
        else:
            kind = _ResponseType.message_update if in_place else _ResponseType.channel_message
            body = edited if in_place else message.body
            try:
                await self._client.create_response(
                    self._id, self._token, kind.value, body, message.files, self._received_at
                )
            except AlreadyAcknowledged:
                pass  # deferred by another worker that received the same interaction: the content is still to come
            else:
                return
        await self._client.edit_response(self._token, edited, message.files)

    async def open_form(self, form: Form) -> None:
        await self._respond(_ResponseType.modal.value, render_form(form, in_server=self._in_server))

    async def offer_choices(self, choices: Iterable[Choice]) -> None:
        """Autocomplete: what can be chosen for the option that is being typed."""
        offered = [
            {"name": clip(_choice_name(choice), _CHOICE_LIMIT), "value": choice.value[:_CHOICE_LIMIT]}
            for choice in choices
        ]
        await self._respond(_ResponseType.autocomplete_result.value, {"choices": offered[:CHOICE_LIMIT]})

    async def _respond(self, kind: int, data: dict[str, Any] | None) -> None:
        with contextlib.suppress(AlreadyAcknowledged):  # what another worker sent serves as well
            await self._client.create_response(self._id, self._token, kind, data, (), self._received_at)


def _choice_name(choice: Choice) -> str:
    return f"{choice.label} – {choice.description}" if choice.description else choice.label
