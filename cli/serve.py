"""`htg run`, `htg web` and `htg worker`: join the dispatcher, outbox, web server and configured platforms."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Flag, auto
from importlib import import_module
from socket import gaierror
from typing import TYPE_CHECKING

from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.notifications.deliver import Outbox
from bot.notifications.follow_doors import DoorsFollower
from bot.notifications.open_conversations import ConversationOpener
from bot.platform import Platform, registered
from bot.ports import Clock, PlatformHandle
from cli.context import CliContext
from cli.errors import CommandFailed
from cli.event_loop import freeze_long_lived_objects
from cli.scheduler import StopSignal, run_periodically
from settings import Settings, SettingsError
from storage.engine.open import OpenStorage

if TYPE_CHECKING:
    from adapters.web.metrics import PrometheusMetrics


log = logging.getLogger(__name__)

SHUTDOWN_TIMEOUT = timedelta(seconds=4)
"""Hosts allow 30 seconds between SIGTERM and SIGKILL, for this and for the shutdown of each adapter after it. What is
not delivered by then is delivered by the next worker."""


class ProcessRole(Flag):
    """Which half of the bot a process runs; `htg run` is both."""

    WEB = auto()
    WORKER = auto()


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a platform is connected to. Only a WORKER keeps connections to platforms open."""

    settings: Settings
    storage: OpenStorage
    dispatcher: Dispatcher
    clock: Clock
    role: ProcessRole
    metrics: PrometheusMetrics | None = None


@dataclass(frozen=True, slots=True)
class _Answered:
    """Set after each answered Request; each of those who wait for it clears its own."""

    for_outbox: asyncio.Event = field(default_factory=asyncio.Event)
    for_opener: asyncio.Event = field(default_factory=asyncio.Event)
    for_follower: asyncio.Event = field(default_factory=asyncio.Event)

    def set(self) -> None:
        self.for_outbox.set()
        self.for_opener.set()
        self.for_follower.set()


PlatformConnector = Callable[[Runtime], AbstractAsyncContextManager[PlatformHandle]]


def adapter_connector(platform: Platform) -> PlatformConnector:
    """For a platform that needs its own settings alone: `connect` in its `run.py`, in a worker."""

    @asynccontextmanager
    async def connect(runtime: Runtime) -> AsyncIterator[PlatformHandle]:
        if ProcessRole.WORKER not in runtime.role:
            yield PlatformHandle()
            return
        run = import_module(f"adapters.{platform.name}.run")
        async with run.connect(runtime.dispatcher, runtime.clock, runtime.settings.values_of(platform)) as handle:
            yield handle

    return connect


def select_platforms(
    settings: Settings, platforms: Mapping[str, PlatformConnector], role: ProcessRole
) -> dict[str, PlatformConnector]:
    """The configured platforms; raises SettingsError when this version lacks one, or none is configured."""
    configured = settings.platforms()
    if ProcessRole.WORKER in role and not settings.is_reachable:
        raise SettingsError(
            "Nothing is configured yet. Set SLACK_BOT_TOKEN (with SLACK_APP_TOKEN or SLACK_SIGNING_SECRET),"
            " or DISCORD_TOKEN, in the environment or in .env; docs/settings.md says where to find them."
            " Besides, HTG_SECRET_KEY is needed for links, and HTG_PUBLIC_URL with HTG_SMTP_URL and HTG_MAIL_FROM lets"
            " people register by e-mail. To try the bot without any account: htg sandbox"
        )
    if missing := [name for name in configured if name not in platforms]:
        raise SettingsError(
            f"{' and '.join(missing)} cannot be connected by this version yet."
            " To try the bot without any account: htg sandbox"
        )
    return {name: platforms[name] for name in configured}


async def serve(
    ctx: CliContext,
    platforms: Mapping[str, PlatformConnector],
    role: ProcessRole = ProcessRole.WEB | ProcessRole.WORKER,
) -> None:
    """Serves until SIGTERM or SIGINT, then lets deliveries that are under way finish."""
    settings = ctx.settings
    connectors = select_platforms(settings, platforms, role)
    with StopSignal() as stop_signal:
        async with AsyncExitStack() as stack:
            storage = await stack.enter_async_context(ctx.storage(links=True))
            config = with_personal_links(settings)
            metrics = _metrics(role)
            answered = _Answered()
            dispatcher = Dispatcher(storage, config, metrics, answered=answered.set)
            runtime = Runtime(settings, storage, dispatcher, ctx.clock, role, metrics)
            handles = {name: await stack.enter_async_context(connect(runtime)) for name, connect in connectors.items()}
            if ProcessRole.WEB in role:
                await stack.enter_async_context(_web_half(runtime, handles, answered))
            if ProcessRole.WORKER in role:
                await stack.enter_async_context(_worker_half(runtime, handles, answered))
            freeze_long_lived_objects()
            log.info("ready: %s", ", ".join(connectors) or "the web half")
            await stop_signal.wait()
            log.info("stopping")


def _metrics(role: ProcessRole) -> PrometheusMetrics | None:
    """Metrics, where they can be scraped: in a process with the web half."""
    if ProcessRole.WEB not in role:
        return None
    from adapters.web.metrics import PrometheusMetrics

    return PrometheusMetrics()


def with_personal_links(settings: Settings) -> Config:
    """The core's configuration: with personal links where HTG_PUBLIC_URL is set, and what writes calendar files."""
    from adapters.web.calendar import CalendarFiles
    from adapters.web.tokens import PersonalLinks

    config = settings.config()
    links = PersonalLinks(settings.keys(), config.public_url) if config.public_url else None
    return replace(config, links=links, calendar=CalendarFiles(config))


@asynccontextmanager
async def _worker_half(
    runtime: Runtime, handles: Mapping[str, PlatformHandle], answered: _Answered
) -> AsyncIterator[None]:
    """Runs the platforms' background work, the outbox, and what opens conversations for it.

    Closes the outbox within SHUTDOWN_TIMEOUT.
    """
    names = {platform.shown_name: platform.name for platform in registered()}
    messengers = {names[shown]: handle.messenger for shown, handle in handles.items() if handle.messenger is not None}
    config = runtime.dispatcher.config
    outbox = Outbox(runtime.storage, messengers, runtime.clock, config, metrics=runtime.metrics)
    opener = ConversationOpener(runtime.storage, messengers, runtime.clock, config)
    follower = DoorsFollower(runtime.storage, messengers, runtime.clock, config)
    async with AsyncExitStack() as stack:
        for handle in handles.values():
            if handle.tick is not None:
                await stack.enter_async_context(run_periodically(handle.tick, runtime.clock))
        deliveries = run_periodically(outbox.plan, runtime.clock, posted=outbox.has_new, nudged=answered.for_outbox)
        await stack.enter_async_context(deliveries)
        openings = run_periodically(opener.tick, runtime.clock, nudged=answered.for_opener)
        await stack.enter_async_context(openings)
        await stack.enter_async_context(run_periodically(follower.tick, runtime.clock, nudged=answered.for_follower))
        stack.push_async_callback(_close_in_time, outbox, opener)
        yield


async def _close_in_time(outbox: Outbox, opener: ConversationOpener) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(SHUTDOWN_TIMEOUT.total_seconds()):
            await asyncio.gather(outbox.close(), opener.close())


@asynccontextmanager
async def _web_half(
    runtime: Runtime, handles: Mapping[str, PlatformHandle], answered: _Answered
) -> AsyncIterator[None]:
    """Serves pages, calendars, metrics, readiness and the platforms' routes on HOST and PORT."""
    from adapters.web.run import application, serving
    from adapters.web.tokens import PersonalLinks
    from cli.registration_links import address_reader, registration_links

    async def database() -> str:
        schema = await runtime.storage.run(lambda uow: uow.maintenance.schema_revision())
        needed = runtime.storage.schema
        return "" if schema == needed else f"the tables are at schema {schema}, and this version needs {needed}"

    checks = {"database": database} | {name: handle.missing for name, handle in handles.items() if handle.missing}
    config = runtime.dispatcher.config
    app = application(
        runtime.storage,
        config,
        runtime.clock,
        PersonalLinks(runtime.settings.keys(), config.public_url),
        metrics=runtime.metrics,
        registration_links=registration_links(runtime.settings),
        checks=checks,
        mounted=[route for handle in handles.values() for route in handle.routes],
        passes=runtime.dispatcher.passes,
        dispatcher=runtime.dispatcher,
        read_address=address_reader(runtime.settings),
        added=answered.set,
    )
    host, port = runtime.settings.address()
    async with AsyncExitStack() as stack:
        try:
            bound_port = await stack.enter_async_context(serving(app, host, port))
        except OSError as failure:
            # An error of asyncio's repeats the address; one of a name that leads nowhere has a number of its own kind.
            why = failure.strerror if isinstance(failure, gaierror) else os.strerror(failure.errno or 0)
            raise CommandFailed(
                f"Nothing can listen on {host} port {port} ({why}): set HOST and PORT to what is free."
            ) from None
        log.info("listening on %s port %d", host, bound_port)
        yield
