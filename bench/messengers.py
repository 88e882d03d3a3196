# ruff: noqa: ARG002 - each is a whole `bot.ports.Messenger`
"""Messengers of the measurements: what is sent is neither in doubt nor edited."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.addresses import Address
from bot.ports import Messenger, SentMessage
from bot.views import View


class SendsOnly:
    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime, conversation: str = ""
    ) -> SentMessage | None:
        raise AssertionError("nothing was in doubt")

    async def open_conversation(self, to: Address) -> str:
        raise AssertionError("nobody acted")

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        raise AssertionError("nothing was posted that is edited")


class Kept(SendsOnly):
    """Counts, and keeps the message that was sent last: `again` sends it once more."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        self.sent = 0
        self.again: Callable[[], Awaitable[SentMessage]]

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        send = self._messenger.send
        self.again = lambda: send(to, view, key=key, language=language, zone=zone, conversation=conversation)
        message = await self.again()
        self.sent += 1
        return message


class Nowhere(SendsOnly):
    """A platform that accepts at once."""

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        await asyncio.sleep(0)
        return SentMessage(key, conversation)
