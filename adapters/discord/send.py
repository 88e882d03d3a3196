# ruff: noqa: ARG002 - Discord shows times in the reader's own zone, and texts arrive in their language
"""Sends notifications on Discord: direct messages and posts, each once.

A notification's tag is both the message's nonce, by which Discord drops a duplicate within minutes, and part of
its components' custom ids, by which the message is recognised later when the channel's history is read.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import discord

from adapters.discord.client import DiscordClient, DiscordUnreachable, LoginRefused
from adapters.discord.custom_ids import notification_tag, split_custom_id
from adapters.discord.receive import PLATFORM
from adapters.discord.render import Json, render, render_direct_message
from bot.addresses import Address
from bot.ports import (
    ConversationGone,
    OpeningTooFast,
    SenderRestricted,
    SentMessage,
    Throttled,
    TryLater,
    Undeliverable,
)
from bot.views import View

HISTORY_PAGE_SIZE = 100
"""Discord's limit for one request (developer docs, Get Channel Messages)."""
MAX_HISTORY_PAGES = 10
"""Pages that one look-up reads: it takes a second where more was written in the minutes that are searched."""
CLOCK_SKEW = timedelta(minutes=2)
"""Discord's clock stamps its messages, ours the notifications."""
DM_OPENING_PAUSE = timedelta(minutes=10)
"""After error 40003 (direct-message channels opened too fast) none is opened for so long, for anybody."""
ACCESS_RETRY_DELAY = timedelta(minutes=1)
TOKEN_RETRY_DELAY = timedelta(minutes=5)

# Error codes: developer docs, JSON Error Codes.
_OPENING_TOO_FAST = 40003
_BOT_RESTRICTED = {
    20026: "Discord's anti-spam system flagged the bot",
    40002: "Discord wants the bot's account to be verified",
}
"""They say nothing about the recipient."""
_BLOCKED_BEFORE_DISCORD = 40333
"""By the protection that stands before Discord's API, and gives this code for any refusal."""
_BLOCKED_BY_FILTER = {
    20009: "Discord takes it for explicit content",
    200000: "automatic moderation blocks it",
    200001: "automatic moderation blocks its title",
    240000: "Discord's filter of harmful links blocks it",
}
"""They concern what the bot writes: to all others it would be refused as well."""
_PASSING = {20016, 20022, 20028, 20029, 30046, 40062}
"""Limits of one channel, message or resource, with whichever status they come."""
_ALL_HALTED = {40001, 40004, 40006, 50014, 110001, 130000}
"""The token, or all of Discord: no message is taken just now, whoever it is to."""
_NO_ACCESS = 50001
"""For a channel: the bot may not see it. For a direct message it can be wrong, and passes."""
_UNKNOWN_CHANNEL = 10003
_PERMANENT_ERRORS = {
    50007: "direct messages are closed",
    50278: "direct messages are closed: no server in common",
    10013: "the account is gone",
    50033: "the account takes no direct messages",
    _UNKNOWN_CHANNEL: "the channel is gone",
    10008: "the message is gone",
    _NO_ACCESS: "the bot may not see the channel",
    50013: "the bot may not write in the channel",
    50009: "the channel asks for more verification than the bot has",
    50083: "the thread is archived",
    160005: "the thread is locked",
    50008: "that is no channel for text",
    50024: "that is no channel for messages",
    40058: "a forum takes no messages; choose one of its threads, or another channel",
    40067: "a forum takes no messages; choose one of its threads, or another channel",
    50005: "another bot wrote the message",
    50021: "the message is Discord's own",
}


class DiscordMessenger:
    """The `bot.ports.Messenger` of Discord. `SentMessage.message` is `channel id/message id`.

    A conversation is `channel id@the bot's id`: a channel of another bot, from before DISCORD_TOKEN was changed, is of
    no use to this one, and Discord would only say that it may not write there.

    Each method makes one attempt, so that what is sent was true just before; waiting is for the outbox.
    """

    def __init__(self, client: DiscordClient) -> None:
        self._client = client
        self._refused_opening_at: float | None = None
        """When Discord last answered 40003, by the event loop's clock; None once a channel was opened after that."""

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        tag = notification_tag(key)
        body = _marked(to, view, tag) | {"nonce": tag, "enforce_nonce": True}
        channel = await self._channel(to, conversation)
        sent = await self._request("POST", to, channel, stored=conversation, body=body)
        return SentMessage(f"{channel}/{sent['id']}", self._conversation(to, channel))

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime, conversation: str = ""
    ) -> SentMessage | None:
        tag, channel = notification_tag(key), await self._channel(to, conversation)
        after, last = _smallest_id(since - CLOCK_SKEW), _smallest_id(until + CLOCK_SKEW)
        for _ in range(MAX_HISTORY_PAGES):
            params = {"after": str(after), "limit": HISTORY_PAGE_SIZE}
            page = await self._request("GET", to, channel, stored=conversation, params=params)
            for message in page:
                is_ours = message["author"]["id"] == str(self._client.me) and int(message["id"]) <= last
                if is_ours and _has_tag(message, tag):
                    return SentMessage(f"{channel}/{message['id']}", self._conversation(to, channel))
            after = max((int(message["id"]) for message in page), default=after)
            if len(page) < HISTORY_PAGE_SIZE or after > last:
                return None
        raise TryLater("more was written there than can be read at a time")

    async def open_conversation(self, to: Address) -> str:
        return "" if to.is_channel else self._conversation(to, await self._channel(to))

    def _conversation(self, to: Address, channel: str) -> str:
        return "" if to.is_channel else f"{channel}@{self._client.me}"

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        channel, _, number = message.rpartition("/")
        await self._request("PATCH", to, channel, message=number, body=_rendered(to, view, ""))
        return SentMessage(message)

    async def _channel(self, to: Address, conversation: str = "") -> str:
        """Id of the channel to send to; a person's direct-message channel is opened where none is known."""
        if to.platform != PLATFORM:
            raise Undeliverable("not an address on Discord")
        if to.is_channel:
            return to.account.removeprefix("#")
        if not conversation:
            return await self._open_dm_channel(to.account)
        channel, _, bot = conversation.partition("@")
        with _translating_loss():
            await self._client.log_in()
        if bot and bot != str(self._client.me):
            raise ConversationGone("the private line is another bot's")
        return channel

    async def _open_dm_channel(self, account: str) -> str:
        """Opens a person's direct-message channel; returns its id. Opening many quickly gets a bot flagged."""
        began = asyncio.get_running_loop().time()
        if (pause := self._opening_pause(began)) > timedelta(0):
            raise OpeningTooFast("private lines were opened too fast", pause)
        try:
            opened = await self._attempt("POST", "/users/@me/channels", private=True, body={"recipient_id": account})
        except OpeningTooFast as refused:
            if refused.after != DM_OPENING_PAUSE:  # a 429 says itself how long it holds
                raise
            before, self._refused_opening_at = self._refused_opening_at, asyncio.get_running_loop().time()
            if before is not None and before < began < before + 2 * DM_OPENING_PAUSE.total_seconds():
                # Though none was opened through the whole pause: the bot itself is throttled.
                raise SenderRestricted("Discord lets the bot open no private lines") from None
            raise
        self._refused_opening_at = None
        return str(opened["id"])

    def _opening_pause(self, now: float) -> timedelta:
        """How much longer no channel is opened."""
        if self._refused_opening_at is None:
            return timedelta(0)
        return DM_OPENING_PAUSE - timedelta(seconds=now - self._refused_opening_at)

    async def _request(
        self, method: str, to: Address, channel: str, *, stored: str = "", message: str = "", **options: Any
    ) -> Any:
        """One request about the messages of a channel. `stored`: its id was not learnt just now."""
        path = f"/channels/{channel}/messages" + (f"/{message}" if message else "")
        return await self._attempt(method, path, private=not to.is_channel, stored=bool(stored), **options)

    async def _attempt(self, method: str, path: str, *, private: bool, stored: bool = False, **options: Any) -> Any:
        """One request. What Discord refuses was not sent; after any other error the outcome is unknown.

        `private`: to one person.
        """
        try:
            with _translating_loss():
                return await self._client.request_once(method, path, **options)
        except discord.HTTPException as refused:
            if refused.status >= 500:
                raise
            if private and stored and refused.code == _UNKNOWN_CHANNEL:
                raise ConversationGone("Discord no longer knows the private line") from None
            opens = path == "/users/@me/channels"
            raise _translate_error(refused, private=private, opens=opens) from None


@contextmanager
def _translating_loss() -> Iterator[None]:
    """What was certainly not sent, and concerns all that is."""
    try:
        yield
    except LoginRefused as refused:
        raise Throttled(str(refused), TOKEN_RETRY_DELAY) from None
    except (DiscordUnreachable, aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise Throttled("Discord could not be reached") from None


def _rendered(to: Address, view: View, tag: str) -> Json:
    if to.is_channel and view.holds_secret:
        raise Undeliverable("a secret link or a file is never shown to a whole channel")
    return (render(view, tag=tag, private=False) if to.is_channel else render_direct_message(view, tag=tag)).body


def _marked(to: Address, view: View, tag: str) -> Json:
    """The message with its tag in a custom id; where it has no button, as the number of its first component."""
    body = _rendered(to, view, tag)
    if tag in _tags(body["components"]):
        return body
    body = render(view, tag=tag, private=False).body
    body["components"][0]["id"] = _component_number(tag)
    return body


def _component_number(tag: str) -> int:
    """A component's `id`: 32 bits, and above those that Discord numbers by itself."""
    return 1 << 30 | zlib.crc32(tag.encode()) % (1 << 30)


def _has_tag(message: Json, tag: str) -> bool:
    components = message["components"]
    if message.get("nonce") == tag or tag in _tags(components):
        return True
    return bool(components) and components[0].get("id") == _component_number(tag)


def _translate_error(refused: discord.HTTPException, *, private: bool, opens: bool) -> Exception:
    """The port's error for a refusal. A 403 is never retried: too many of them and Discord bans the bot's address."""
    if refused.status == 429:
        return _rate_limited(refused, opens=opens)
    if refused.code in _BOT_RESTRICTED:
        return SenderRestricted(_BOT_RESTRICTED[refused.code])
    if refused.code in _BLOCKED_BY_FILTER:
        return (SenderRestricted if private else Undeliverable)(_BLOCKED_BY_FILTER[refused.code])
    if refused.code == _OPENING_TOO_FAST:
        return OpeningTooFast("private lines were opened too fast", DM_OPENING_PAUSE)
    if refused.code in _PASSING or (refused.code == _NO_ACCESS and private):
        return TryLater(f"Discord says for now that the bot may not write there: {refused.code}", ACCESS_RETRY_DELAY)
    if refused.code in _PERMANENT_ERRORS:
        return Undeliverable(_PERMANENT_ERRORS[refused.code])
    if refused.status == 401 or refused.code in _ALL_HALTED:
        return Throttled(f"Discord takes no messages now: {refused.status}, code {refused.code}", TOKEN_RETRY_DELAY)
    if refused.status in {403, 404} and refused.code not in {0, _BLOCKED_BEFORE_DISCORD}:
        return Undeliverable(f"Discord refuses it: {refused.status}, code {refused.code}")
    if refused.status in {403, 404}:
        # Not by Discord's API, which gives a code for what concerns one recipient: by what stands before it.
        return Throttled(f"Discord could not be asked: {refused.status}", TOKEN_RETRY_DELAY)
    return TryLater(f"Discord did not take it: {refused.status}, code {refused.code}")


def _rate_limited(refused: discord.HTTPException, *, opens: bool) -> TryLater:
    """A 429 concerns the bot as a whole, one channel, or the opening of channels."""
    after = retry_after(refused)
    headers, body = refused.response.headers, _body(refused)
    # What does not come from Discord's API comes from the protection before it, and concerns the bot's address.
    if body.get("global") or headers.get("X-RateLimit-Global") or "retry_after" not in body:
        return Throttled("Discord asks to wait with everything", after)
    if opens:
        return OpeningTooFast("Discord asks to wait with opening private lines", after)
    return TryLater("Discord asks to wait", after)


def retry_after(refused: discord.HTTPException) -> timedelta | None:
    """How long a 429 asks to wait."""
    for seconds in (refused.response.headers.get("Retry-After"), _body(refused).get("retry_after")):
        try:
            return timedelta(seconds=float(seconds))  # type: ignore[arg-type]
        except (ValueError, TypeError, OverflowError):
            pass
    return None


def _body(refused: discord.HTTPException) -> Json:
    """What came with a 429; empty where it was no JSON object."""
    try:
        body = json.loads(refused.text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


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
