"""Where the time and chance of the machine reach into the bot and its libraries, and what stands there in a story.

Everything is put back when the story is over. What the product itself is given by its composition (clock, storage,
addresses) is not here, but in `world.py`.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import aiohappyeyeballs
import aiohttp
import aiohttp.connector
import discord.backoff
import discord.gateway
import discord.utils

import adapters.web.run  # noqa: F401 - it draws a mark by chance when it is imported, and not within a story
import cli.serve
import storage.engine.open
import storage.engine.sqlite
from storage.engine.statements import compiled_statements
from tests.adapters.discord import api_rules, fake_state
from tests.adapters.slack import transport
from tests.simulation import database
from tests.simulation.loop import PROCESS
from tests.simulation.platforms import documented_once

if TYPE_CHECKING:
    from tests.simulation.world import World

_compiled: list[Any] = []


@contextmanager
def substituted(world: World) -> Iterator[None]:
    with ExitStack() as stack:
        for target, name, value in (*_time(world), *_chance(world.seed), *_machine(world)):
            stack.enter_context(patch.object(target, name, value))
        before = random.getstate()
        random.seed(world.seed)
        try:
            yield
        finally:
            random.setstate(before)


def _time(world: World) -> Iterator[tuple[Any, str, Any]]:
    ticks = world.loop.time

    def now() -> datetime:
        process = PROCESS.get()
        return world.now() if process is None else process.clock.now()

    yield time, "time", lambda: now().timestamp()
    yield time, "monotonic", ticks
    yield time, "perf_counter", ticks
    yield aiohttp.connector, "monotonic", ticks
    yield discord.utils, "utcnow", now


def _chance(seed: int) -> Iterator[tuple[Any, str, Any]]:
    source = random.Random(f"secrets of {seed}")  # tokens and nonces
    yield os, "urandom", source.randbytes
    yield random, "_urandom", source.randbytes
    seeds = random.Random(f"backoff of {seed}")

    class Seeded(random.Random):
        def seed(self, a: Any = None, version: int = 2) -> None:
            super().seed(seeds.random() if a is None else a, version)

    yield discord.backoff, "random", SimpleNamespace(Random=Seeded)


def _machine(world: World) -> Iterator[tuple[Any, str, Any]]:
    async def open_inline(connect: Any) -> database.InlineThread:
        opened = await database.open_inline(world.loop, lambda: world.database, connect)
        world.files.append(opened)
        return opened

    def statements(dialect: Any) -> Any:
        if not _compiled:
            _compiled.append(compiled_statements(dialect))
        return _compiled[0]

    opened = aiohttp.ClientSession.__init__

    def open_session(self: aiohttp.ClientSession, *arguments: Any, **options: Any) -> None:
        opened(self, *arguments, **options)
        world.sessions.append(self)

    yield aiohttp.ClientSession, "__init__", open_session
    yield aiohappyeyeballs, "start_connection", world.network.connect
    yield storage.engine.open, "open_thread", open_inline
    yield storage.engine.sqlite, "make_engine", database.shared_engine
    yield storage.engine.sqlite, "compiled_statements", statements
    yield discord.gateway, "KeepAliveHandler", KeepAliveTask
    yield fake_state, "STANDSTILL", 0.0  # this machine is never busy: the platforms' three seconds hold as they are
    yield transport, "ACKNOWLEDGE_TIMEOUT", 3.0
    yield api_rules, "documented", documented_once
    yield cli.serve, "freeze_long_lived_objects", lambda: None


class KeepAliveTask(discord.gateway.KeepAliveHandler):
    """discord.py's heartbeat as a task: it is a thread there, which sleeps in real time."""

    def start(self) -> None:
        self._beating = asyncio.get_running_loop().create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.interval or 0)
            if self._stop_ev.is_set():
                return
            if self._last_recv + self.heartbeat_timeout < time.perf_counter():
                self.stop()
                await self.ws.close(4000)
                return
            try:
                await self.ws.send_heartbeat(self.get_payload())
            except Exception:  # noqa: BLE001 - as the thread does
                self.stop()
                return
            self._last_send = time.perf_counter()


__all__ = ["KeepAliveTask", "substituted"]
