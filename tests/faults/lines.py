"""A platform that fails on purpose: private lines kept in a file, as a conversation outlives any worker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from bot.addresses import Address
from bot.ports import SentMessage
from bot.views import View

Fault = Callable[[], Awaitable[None]]


async def nothing() -> None:
    pass


class Lines:
    """A `bot.ports.Messenger`. `before` and `after` happen around the moment when the message stands."""

    def __init__(self, file: Path, *, before: Fault = nothing, after: Fault = nothing, remembers: bool = True) -> None:
        self.file, self.before, self.after, self.remembers = file, before, after, remembers
        self.looked = 0

    def keys(self) -> list[str]:
        return self.file.read_text().split() if self.file.exists() else []

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        await self.before()
        with self.file.open("a") as lines:
            lines.write(f"{key}\n")
        await self.after()
        return SentMessage(key)

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime | None = None, conversation: str = ""
    ) -> SentMessage | None:
        self.looked += 1
        await asyncio.sleep(0)
        return SentMessage(key) if self.remembers and key in self.keys() else None

    async def open_conversation(self, to: Address) -> str:
        return ""

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        raise NotImplementedError("these stories edit nothing")
