"""What a command works with: the settings, the clock, and the storage that the settings name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TypeVar

import click

import settings
from bot.ports import Books, Clock
from settings import Settings
from storage.engine.open import OpenStorage, open_storage

T = TypeVar("T")


class Premises:
    """One per run of the command line; settings are read when a command first needs them."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    @cached_property
    def settings(self) -> Settings:
        return settings.load()

    @asynccontextmanager
    async def storage(self, *, links: bool = False) -> AsyncIterator[OpenStorage]:
        """The storage, open. `links`: Zoom links are read or written, so that HTG_SECRET_KEY must be there."""
        keys = self.settings.keys() if links else []
        opened = await open_storage(self.settings.database_url.get_secret_value(), keys)
        try:
            yield opened
        finally:
            await opened.close()

    def look_up(self, work: Callable[[Books], T], *, links: bool = False) -> T:
        """Runs `work` in one transaction, from a command that is not asynchronous."""

        async def once() -> T:
            async with self.storage(links=links) as storage:
                return await storage.run(work)

        return asyncio.run(once())


on_premises = click.make_pass_decorator(Premises)
