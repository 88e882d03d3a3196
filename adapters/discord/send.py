# ruff: noqa: ARG002 - Discord shows times in the reader's own zone, and texts arrive in their language
"""Sends notifications on Discord: direct messages and posts, each once.

A notification's tag is both the message's nonce, by which Discord drops a duplicate within minutes, and part of
its components' custom ids, by which the message is recognised later when the channel's history is read.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import discord

from adapters.discord.client import DiscordClient, DiscordUnreachable, LoginRefused
from adapters.discord.custom_ids import notification_tag, split_custom_id
from adapters.discord.receive import PLATFORM
from adapters.discord.render import DiscordMessage, Json, render, render_direct_message
from bot.addresses import Address
from bot.ports import SenderRestricted, SentMessage, TryLater, Undeliverable
from bot.views import View

DM_CHANNEL_CACHE_SIZE = 20_000
HISTORY_PAGE_SIZE = 100
"""Discord's limit for one request (developer docs, Get Channel Messages)."""
MAX_HISTORY_PAGES = 10
"""Pages of history read when looking for a message, from the notification's due time on."""
CLOCK_SKEW = timedelta(minutes=2)
"""Discord's clock stamps its messages, ours the notifications."""
DM_OPENING_PAUSE = timedelta(minutes=10)
"""After error 40003 (direct-message channels opened too fast) none is opened for so long, for anybody."""
ACCESS_RETRY_DELAY = timedelta(minutes=1)
TOKEN_RETRY_DELAY = timedelta(minutes=5)

# Error codes: developer docs, JSON Error Codes.
_OPENING_TOO_FAST = 40003
_FLAGGED = 20026
"""The anti-spam system flagged the bot: it says nothing about the recipient."""
_NO_ACCESS = 50001
"""For a channel: the bot may not see it. For a direct message it can be wrong, and passes."""
_PERMANENT_ERRORS = {
    50007: "direct messages are closed",
    50278: "direct messages are closed: no server in common",
    10013: "the account is gone",
    10003: "the channel is gone",
    10008: "the message is gone",
    _NO_ACCESS: "the bot may not see the channel",
    50013: "the bot may not write in the channel",
}


class DiscordMessenger:
    """The `bot.ports.Messenger` of Discord. `Told.message` is `channel id/message id`."""

    def __init__(self, client: DiscordClient) -> None:
        self._client = client
        self._dm_channels: OrderedDict[str, str] = OrderedDict()
        self._no_opening_until = 0.0
        """By the event loop's clock; 0 while direct-message channels may be opened."""

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        tag = notification_tag(key)
        body = _render_for(to, view, tag).body | {"nonce": tag, "enforce_nonce": True}
        channel = await self._channel(to)
        message_sent = await self._send(
            "POST", "/channels/{channel_id}/messages", private=not to.is_channel, channel_id=channel, json=body
        )
        return SentMessage(f"{channel}/{message_sent['id']}")

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime | None = None, conversation: str = ""
    ) -> SentMessage | None:
        tag, channel = notification_tag(key), await self._channel(to)
        after, last = _smallest_id(since - CLOCK_SKEW), _smallest_id(until + CLOCK_SKEW) if until is not None else None
        for _ in range(MAX_HISTORY_PAGES):
            page = await self._send(
                "GET",
                "/channels/{channel_id}/messages",
                private=not to.is_channel,
                channel_id=channel,
                params={"after": str(after), "limit": HISTORY_PAGE_SIZE},
            )
            for message in page:
                if message["author"]["id"] == str(self._client.me) and tag in _tags(message["components"]):
                    return SentMessage(f"{channel}/{message['id']}")
            after = max((int(message["id"]) for message in page), default=after)
            if len(page) < HISTORY_PAGE_SIZE or (last is not None and after > last):
                break
        return None

    async def open_conversation(self, to: Address) -> str:
        return await self._channel(to)

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        channel, _, number = message.rpartition("/")
        body = _render_for(to, view, "").body
        path = "/channels/{channel_id}/messages/{message_id}"
        await self._send("PATCH", path, channel_id=channel, message_id=number, json=body)
        return SentMessage(message)

    async def _channel(self, to: Address) -> str:
        """Id of the channel to send to; a person's direct-message channel is opened when first needed."""
        if to.platform != PLATFORM:
            raise Undeliverable("not an address on Discord")
        if to.is_channel:
            return to.account.removeprefix("#")
        if to.account not in self._dm_channels:
            self._dm_channels[to.account] = await self._open_dm_channel(to.account)
            while len(self._dm_channels) > DM_CHANNEL_CACHE_SIZE:
                self._dm_channels.popitem(last=False)
        return self._dm_channels[to.account]

    async def _open_dm_channel(self, account: str) -> str:
        """Opens a person's direct-message channel; returns its id. Opening many quickly gets a bot flagged."""
        now = asyncio.get_running_loop().time()
        if now < self._no_opening_until:
            raise TryLater("private lines were opened too fast", timedelta(seconds=self._no_opening_until - now))
        try:
            dm_channel = await self._send("POST", "/users/@me/channels", private=True, json={"recipient_id": account})
        except _DmOpeningTooFast as refused:
            again = self._no_opening_until > 0
            self._no_opening_until = now + DM_OPENING_PAUSE.total_seconds()
            if again:
                raise SenderRestricted(str(refused)) from None
            raise TryLater(str(refused), DM_OPENING_PAUSE) from None
        self._no_opening_until = 0.0
        return str(dm_channel["id"])

    async def _send(self, method: str, path: str, *, private: bool = False, **options: Any) -> Any:
        """One request. What Discord refuses was not sent; after any other error the outcome is unknown.

        `private`: to one person.
        """
        try:
            return await self._client.request(method, path, **options)
        except (LoginRefused, DiscordUnreachable) as closed:
            raise TryLater(str(closed)) from None
        except discord.RateLimited as limited:
            raise TryLater("Discord asks to wait", timedelta(seconds=limited.retry_after)) from None
        except discord.HTTPException as refused:
            if refused.status >= 500:
                raise
            raise _translate_error(refused, private=private) from None


def _render_for(to: Address, view: View, tag: str) -> DiscordMessage:
    if to.is_channel and view.holds_secret:
        raise Undeliverable("a secret link or a file is never shown to a whole channel")
    return render(view, tag=tag, private=False) if to.is_channel else render_direct_message(view, tag=tag)


class _DmOpeningTooFast(Exception):
    """Discord wants fewer direct-message channels opened."""


def _translate_error(
    refused: discord.HTTPException, *, private: bool
) -> Undeliverable | TryLater | SenderRestricted | _DmOpeningTooFast:
    """The port's error for a refusal. A 403 is never retried: too many of them and Discord bans the bot's address."""
    if refused.status == 429:
        return TryLater("Discord asks to wait", retry_after(refused))
    if refused.code == _FLAGGED:
        return SenderRestricted("Discord's anti-spam system flagged the bot")
    if refused.code == _OPENING_TOO_FAST:
        return _DmOpeningTooFast("private lines were opened too fast")
    if refused.code == _NO_ACCESS and private:
        return TryLater("Discord says for now that the bot may not write there", ACCESS_RETRY_DELAY)
    if refused.code in _PERMANENT_ERRORS:
        return Undeliverable(_PERMANENT_ERRORS[refused.code])
    if refused.status == 401:
        return TryLater("Discord refuses the token", TOKEN_RETRY_DELAY)
    if refused.status in {403, 404}:
        return Undeliverable(f"Discord refuses it: {refused.status}, code {refused.code}")
    return TryLater(f"Discord did not take it: {refused.status}, code {refused.code}")


def retry_after(refused: discord.HTTPException) -> timedelta | None:
    """How long a 429 asks to wait. discord.py passes on those that came from a proxy and not from Discord itself."""
    try:
        return timedelta(seconds=float(refused.response.headers["Retry-After"]))
    except (KeyError, ValueError):
        pass
    try:
        return timedelta(seconds=float(json.loads(refused.text)["retry_after"]))
    except (KeyError, ValueError, TypeError):
        return None


def _smallest_id(at: datetime) -> int:
    """The smallest id that Discord assigns from then on."""
    return discord.utils.time_snowflake(at)


def _tags(components: list[Json]) -> Iterator[str]:
    for component in components:
        if "custom_id" in component:
            yield split_custom_id(component["custom_id"])[1]
        yield from _tags(component.get("components") or [])
        if "accessory" in component:
            yield from _tags([component["accessory"]])
