# ruff: noqa: ARG002 - Discord shows times in the reader's own zone, and the words come in their language
"""Tells things unasked on Discord: direct messages and posts, each once.

A notice's mark is both the message's nonce, by which Discord itself drops a repetition within minutes, and
part of its buttons' ids, by which it is recognised later when the conversation is read back.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import discord

from adapters.discord import marks
from adapters.discord.hear import PLATFORM
from adapters.discord.rest import Refused, Rest, Unreachable
from adapters.discord.show import Json, Shown, letter, show
from bot.addresses import Address
from bot.ports import SenderRestricted, Told, TryLater, Undeliverable
from bot.views import View

LINES = 20_000
"""Direct-message channels that are remembered, so as not to ask for them again."""
PAGE = 100
PAGES = 10
"""Read back at most so many times a hundred messages, from the notice's due time on."""
SKEW = timedelta(minutes=2)
"""Discord's clock stamps its messages, ours the notices."""
OPENING_PAUSE = timedelta(minutes=10)
"""After Discord said that direct-message channels are opened too fast, none is opened for so long, for anybody."""
PASSING = timedelta(minutes=1)
REFUSED_TOKEN = timedelta(minutes=5)

_TOO_FAST = 40003
_FLAGGED = 20026
"""The anti-spam system flagged the bot: it says nothing about the recipient (developer docs, JSON Error Codes)."""
_NO_ACCESS = 50001
"""Of a channel: the bot may not see it. In a direct message it can be wrong, and passes."""
_GONE = {
    50007: "direct messages are closed",
    50278: "direct messages are closed: no server in common",
    10013: "the account is gone",
    10003: "the channel is gone",
    10008: "the message is gone",
    _NO_ACCESS: "the bot may not see the channel",
    50013: "the bot may not write in the channel",
}


class DiscordMessenger:
    """The `bot.ports.Messenger` of Discord. `Told.message` is `channel/message`."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._lines: OrderedDict[str, str] = OrderedDict()
        self._no_opening_until = 0.0
        """The loop's time; 0 while channels are opened."""

    async def tell(self, to: Address, view: View, *, key: str, language: str, zone: str) -> Told:
        mark = marks.notice(key)
        body = _shown(to, view, mark).body | {"nonce": mark, "enforce_nonce": True}
        channel = await self._channel(to)
        kept = await self._send(
            "POST", "/channels/{channel_id}/messages", private=not to.is_channel, channel_id=channel, json=body
        )
        return Told(f"{channel}/{kept['id']}")

    async def find(self, to: Address, *, key: str, since: datetime, until: datetime | None = None) -> Told | None:
        mark, channel = marks.notice(key), await self._channel(to)
        after, last = _first_id(since - SKEW), _first_id(until + SKEW) if until is not None else None
        for _ in range(PAGES):
            page = await self._send(
                "GET",
                "/channels/{channel_id}/messages",
                private=not to.is_channel,
                channel_id=channel,
                params={"after": str(after), "limit": PAGE},
            )
            for message in page:
                if message["author"]["id"] == str(self._rest.me) and mark in _marks(message["components"]):
                    return Told(f"{channel}/{message['id']}")
            after = max((int(message["id"]) for message in page), default=after)
            if len(page) < PAGE or (last is not None and after > last):
                break
        return None

    async def amend(self, to: Address, message: str, view: View, *, language: str, zone: str) -> Told:
        channel, _, number = message.rpartition("/")
        body = _shown(to, view, "").body
        path = "/channels/{channel_id}/messages/{message_id}"
        await self._send("PATCH", path, channel_id=channel, message_id=number, json=body)
        return Told(message)

    async def _channel(self, to: Address) -> str:
        """The channel to write to; a person's private line is opened first, once."""
        if to.platform != PLATFORM:
            raise Undeliverable("not an address on Discord")
        if to.is_channel:
            return to.account.removeprefix("#")
        if to.account not in self._lines:
            self._lines[to.account] = await self._opened(to.account)
            while len(self._lines) > LINES:
                self._lines.popitem(last=False)
        return self._lines[to.account]

    async def _opened(self, account: str) -> str:
        """The id of a person's direct-message channel. Opening many quickly is what gets a bot flagged."""
        now = asyncio.get_running_loop().time()
        if now < self._no_opening_until:
            raise TryLater("private lines were opened too fast", timedelta(seconds=self._no_opening_until - now))
        try:
            line = await self._send("POST", "/users/@me/channels", private=True, json={"recipient_id": account})
        except _OpeningTooFast as refused:
            again = self._no_opening_until > 0
            self._no_opening_until = now + OPENING_PAUSE.total_seconds()
            if again:
                raise SenderRestricted(str(refused)) from None
            raise TryLater(str(refused), OPENING_PAUSE) from None
        self._no_opening_until = 0.0
        return str(line["id"])

    async def _send(self, method: str, path: str, *, private: bool = False, **more: Any) -> Any:
        """One request; what Discord refuses was not done, anything else is left in doubt. `private`: for one person."""
        try:
            return await self._rest.request(method, path, **more)
        except (Refused, Unreachable) as closed:
            raise TryLater(str(closed)) from None
        except discord.RateLimited as limited:
            raise TryLater("Discord asks to wait", timedelta(seconds=limited.retry_after)) from None
        except discord.HTTPException as refused:
            if refused.status >= 500:
                raise
            raise _understood(refused, private=private) from None


def _shown(to: Address, view: View, mark: str) -> Shown:
    if to.is_channel and view.holds_secret:
        raise Undeliverable("a way in or a file is never shown to a whole channel")
    return show(view, mark=mark, private=False) if to.is_channel else letter(view, mark=mark)


class _OpeningTooFast(Exception):
    """Discord wants fewer direct-message channels opened."""


def _understood(
    refused: discord.HTTPException, *, private: bool
) -> Undeliverable | TryLater | SenderRestricted | _OpeningTooFast:
    """A refusal was not sent. A 403 is never tried again: too many of them and Discord bans the bot's address."""
    if refused.status == 429:
        return TryLater("Discord asks to wait", asked_to_wait(refused))
    if refused.code == _FLAGGED:
        return SenderRestricted("Discord's anti-spam system flagged the bot")
    if refused.code == _TOO_FAST:
        return _OpeningTooFast("private lines were opened too fast")
    if refused.code == _NO_ACCESS and private:
        return TryLater("Discord says for now that the bot may not write there", PASSING)
    if refused.code in _GONE:
        return Undeliverable(_GONE[refused.code])
    if refused.status == 401:
        return TryLater("Discord refuses the token", REFUSED_TOKEN)
    if refused.status in {403, 404}:
        return Undeliverable(f"Discord refuses it: {refused.status}, code {refused.code}")
    return TryLater(f"Discord did not take it: {refused.status}, code {refused.code}")


def asked_to_wait(refused: discord.HTTPException) -> timedelta | None:
    """How long a 429 asks to wait; discord.py hands on those that did not come from Discord itself."""
    try:
        return timedelta(seconds=float(refused.response.headers["Retry-After"]))
    except (KeyError, ValueError):
        pass
    try:
        return timedelta(seconds=float(json.loads(refused.text)["retry_after"]))
    except (KeyError, ValueError, TypeError):
        return None


def _first_id(at: datetime) -> int:
    """The smallest id that Discord gives from then on."""
    return discord.utils.time_snowflake(at)


def _marks(components: list[Json]) -> Iterator[str]:
    for each in components:
        if "custom_id" in each:
            yield marks.split(each["custom_id"])[1]
        yield from _marks(each.get("components") or [])
        if "accessory" in each:
            yield from _marks([each["accessory"]])
