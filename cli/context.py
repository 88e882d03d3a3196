"""What every command gets: the settings, the clock, and the storage that the settings name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TypeVar

import click

import settings
from bot.ports import Clock
from bot.unit_of_work import UnitOfWork
from settings import Settings
from storage.engine.open import OpenStorage, open_storage

T = TypeVar("T")


class CliContext:
    """One per process. Settings are read when a command first needs them."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    @cached_property
    def settings(self) -> Settings:
        return settings.load()

    @asynccontextmanager
    async def storage(self, *, links: bool = False) -> AsyncIterator[OpenStorage]:
        """The open storage. `links`: Zoom links are read or written, which needs HTG_SECRET_KEY."""
        keys = self.settings.keys() if links else []
        opened = await open_storage(self.settings.database_url.get_secret_value(), keys)
        try:
            yield opened
        finally:
            await opened.close()

    def run_transaction(self, work: Callable[[UnitOfWork], T], *, links: bool = False) -> T:
        """Runs `work` in one transaction, on storage opened for it; for commands that are not asynchronous."""

        async def run() -> T:
            async with self.storage(links=links) as storage:
                return await storage.run(work)

        return asyncio.run(run())


pass_cli_context = click.make_pass_decorator(CliContext)
