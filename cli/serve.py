"""`htg run`, `htg web` and `htg worker` at work: the desk, the outbox, the web half and what is configured."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Flag, auto
from typing import TYPE_CHECKING

from bot.desk import Desk
from bot.house import House
from bot.outbox import Outbox
from bot.ports import Clock, Messenger
from cli.context import Premises
from cli.errors import Failed
from cli.event_loop import settle
from cli.scheduler import Stopping, waking
from settings import BadSettings, Settings
from storage.engine.open import OpenStorage

if TYPE_CHECKING:
    from aiohttp.web import AbstractRouteDef

    from adapters.web.metrics import PrometheusMetrics


log = logging.getLogger(__name__)

SHUTDOWN_TIMEOUT = timedelta(seconds=4)
"""Hosts allow 30 seconds between SIGTERM and SIGKILL, for this and for what each adapter then takes to say goodbye.
What is not told by then is told by whoever comes next."""


class Part(Flag):
    """Which half of the bot a process is."""

    WEB = auto()
    WORKER = auto()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a platform is connected to. `part`: connections that are held open belong to a WORKER alone."""

    settings: Settings
    storage: OpenStorage
    desk: Desk
    clock: Clock
    part: Part
    metrics: PrometheusMetrics | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    """A platform while it is open: its Asks go to the desk, and its Messenger (if people are there) tells things."""

    messenger: Messenger | None = None
    routes: Sequence[AbstractRouteDef] = ()
    """For the web half, where the platform is reached over HTTP."""
    missing: Callable[[], Awaitable[str]] | None = None
    """What keeps it from being connected, in a few words; empty when nothing does."""
    tick: Callable[[], Awaitable[datetime | None]] | None = None
    """What a worker does there each time it wakes."""


Connect = Callable[[Surroundings], AbstractAsyncContextManager[Connected]]


def chosen(settings: Settings, platforms: Mapping[str, Connect], part: Part) -> dict[str, Connect]:
    """The configured platforms that this version has; BadSettings when it lacks one, or none is configured."""
    configured = settings.platforms()
    if Part.WORKER in part and not {"Slack", "Discord"} & set(configured):
        raise BadSettings(
            "Nothing is configured yet. Set SLACK_BOT_TOKEN (with SLACK_APP_TOKEN or SLACK_SIGNING_SECRET),"
            " or DISCORD_TOKEN, in the environment or in .env; docs/settings.md says where to find them."
            " To try the bot without any account: htg sandbox"
        )
    if missing := [name for name in configured if name not in platforms]:
        raise BadSettings(
            f"{' and '.join(missing)} cannot be connected by this version yet."
            " To try the bot without any account: htg sandbox"
        )
    return {name: platforms[name] for name in configured}


async def serve(premises: Premises, platforms: Mapping[str, Connect], part: Part = Part.WEB | Part.WORKER) -> None:
    """Serves until told to stop, and then lets what is being told be told."""
    settings = premises.settings
    connections = chosen(settings, platforms, part)
    with Stopping() as stopping:
        async with AsyncExitStack() as closing:
            storage = await closing.enter_async_context(premises.storage(links=True))
            house = with_ways(settings)
            metrics = _metrics(part)
            nudged = asyncio.Event()
            desk = Desk(storage, house, metrics, answered=nudged.set)
            around = Surroundings(settings, storage, desk, premises.clock, part, metrics)
            connected = {name: await closing.enter_async_context(each(around)) for name, each in connections.items()}
            if Part.WEB in part:
                await closing.enter_async_context(_web_half(around, connected))
            if Part.WORKER in part:
                await closing.enter_async_context(_working(around, connected, nudged))
            settle()
            log.info("ready: %s", ", ".join(connections) or "the web half")
            stopping.started()
            await stopping.told()
            log.info("stopping")


def _metrics(part: Part) -> PrometheusMetrics | None:
    """Counted where they can be read: with the web half."""
    if Part.WEB not in part:
        return None
    from adapters.web.metrics import PrometheusMetrics

    return PrometheusMetrics()


def with_ways(settings: Settings) -> House:
    """The house, with the personal links of its web half where HTG_PUBLIC_URL says that it has one."""
    house = settings.house()
    if house.public_url is None:
        return house
    from adapters.web.tokens import PersonalLinks

    return replace(house, ways=PersonalLinks(settings.keys(), house.public_url))


@asynccontextmanager
async def _working(
    around: Surroundings, connected: Mapping[str, Connected], nudged: asyncio.Event
) -> AsyncIterator[None]:
    messengers = {name.lower(): each.messenger for name, each in connected.items() if each.messenger is not None}
    outbox = Outbox(around.storage, messengers, around.clock, around.desk.house, tally=around.metrics)
    async with AsyncExitStack() as ticking:
        for each in connected.values():
            if each.tick is not None:
                await ticking.enter_async_context(waking(each.tick, around.clock))
        await ticking.enter_async_context(waking(outbox.tick, around.clock, posted=outbox.posted, nudged=nudged))
        try:
            yield
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(SHUTDOWN_TIMEOUT.total_seconds()):
                    await outbox.close()


@asynccontextmanager
async def _web_half(around: Surroundings, connected: Mapping[str, Connected]) -> AsyncIterator[None]:
    from adapters.web.run import application, serving
    from adapters.web.tokens import PersonalLinks
    from cli.registration_links import doorways

    async def database() -> str:
        found = await around.storage.run(lambda books: books.schema())
        needed = around.storage.schema
        return "" if found == needed else f"the tables are at schema {found}, and this version needs {needed}"

    checks = {"database": database} | {name: each.missing for name, each in connected.items() if each.missing}
    house = around.desk.house
    app = application(
        around.storage,
        house,
        around.clock,
        PersonalLinks(around.settings.keys(), house.public_url or ""),
        metrics=around.metrics,
        registration_links=doorways(around.settings),
        checks=checks,
        mounted=[route for each in connected.values() for route in each.routes],
        passes=around.desk.passes,
    )
    host, port = around.settings.address()
    async with AsyncExitStack() as listening:
        try:
            taken = await listening.enter_async_context(serving(app, host, port))
        except OSError as failure:
            why = os.strerror(failure.errno or 0)
            raise Failed(
                f"Nothing can listen on {host} port {port} ({why}): set HOST and PORT to what is free."
            ) from None
        log.info("listening on %s port %d", host, taken)
        yield
