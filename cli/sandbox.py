"""`htg sandbox`: the real bot with a chat page in place of the platforms, on a temporary database."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from bot.addresses import Address
from bot.config import Config, LinkBuilder
from bot.dispatcher import Dispatcher
from bot.notifications.deliver import Outbox
from bot.notifications.follow_doors import DoorsFollower
from bot.ports import Clock, Messenger
from bot.views import Link
from cli.desktop import open_page
from cli.errors import CommandFailed
from cli.scheduler import StopSignal, wait_for_stop_signal
from storage.engine.open import OpenStorage, open_storage

if TYPE_CHECKING:
    from adapters.mail.send import MailMessenger
    from adapters.sandbox.mailbox import StandInMailbox
    from adapters.sandbox.zoom_rooms import StandInZoom
    from adapters.web.tokens import PersonalLinks

LOOPBACK = "127.0.0.1"


async def run_sandbox(clock: Clock, port: int) -> None:
    """Serves the sandbox until SIGTERM or SIGINT; its clock starts at the machine's time."""
    from adapters.sandbox.mailbox import StandInMailbox

    with StopSignal(), TemporaryDirectory(prefix="htg-sandbox-") as folder:
        url = f"sqlite:///{Path(folder) / 'sandbox.db'}"
        storage = await open_storage(url, [secrets.token_urlsafe(32)], upgrade=True)
        mailbox = StandInMailbox()
        try:
            async with mailbox.serving() as mail_port:
                await _serve(storage, clock, port, mailbox, mail_port)
        finally:
            await storage.close()


async def _serve(storage: OpenStorage, clock: Clock, port: int, mailbox: StandInMailbox, mail_port: int) -> None:
    from adapters.sandbox import run, sample_data
    from adapters.sandbox.chat import PLATFORM, SandboxChat
    from adapters.sandbox.clock import MovableClock
    from adapters.sandbox.crowd import Crowd
    from adapters.sandbox.evening import Evening
    from adapters.sandbox.send import SandboxMessenger
    from adapters.sandbox.zoom_rooms import StandInZoom
    from adapters.web.tokens import PersonalLinks

    url = f"http://{LOOPBACK}:{free_port()}"
    links = PersonalLinks([secrets.token_urlsafe(32)], url)
    config = _config(url, links)
    movable = MovableClock(clock.now())
    chat = SandboxChat(movable)
    letters = mail_messenger(mail_port, movable)
    messengers: dict[str, Messenger] = {PLATFORM: SandboxMessenger(chat), "mail": letters}
    outbox = Outbox(storage, messengers, movable, config)
    follower = DoorsFollower(storage, messengers, movable, config)
    dispatcher = Dispatcher(storage, config)
    zoom = StandInZoom(movable)
    crowd = Crowd(dispatcher, storage, zoom, movable)
    for gathering, guests in (await sample_data.load_sample_data(storage, chat, config, movable.now())).items():
        crowd.expect(gathering, guests)
    async with connected_stand_in(zoom, dispatcher, storage, movable) as reconcile:
        evening = Evening(outbox, reconcile, crowd, follower.tick)
        addresses: list[str] = []

        def on_ready(address: str) -> None:
            addresses.append(address)
            _print_address(address)

        async with web_half(dispatcher, storage, movable, links, lambda: addresses[0], evening.tick):
            page = run.serve(dispatcher, evening, storage, chat, movable, zoom, mailbox, port=port, on_ready=on_ready)
            await _until_stopped(page, port)
    await outbox.close()
    await letters.close()


def _config(url: str, links: LinkBuilder) -> Config:
    """Of an example community, with everything but platforms."""
    from adapters.sandbox.chat import FRANCES, GATHERINGS, GENERAL
    from adapters.web.calendar import CalendarFiles

    config = Config(
        organisation="Healing Together",
        contact=Link("hello@gatherings.example", "mailto:hello@gatherings.example"),
        support={
            "en": ("An example: 116 123, where somebody listens day and night",),
            "es": ("Un ejemplo: 116 123, donde alguien escucha día y noche",),
        },
        announcement_channels={channel: channel.account for channel in (GATHERINGS, GENERAL)},
        per_minute={},
        meetings=True,
        facilitators=frozenset({FRANCES.address}),
        public_url=url,
        links=links,
        letters=True,
    )
    return replace(config, calendar=CalendarFiles(config))


def mail_messenger(port: int, clock: Clock) -> MailMessenger:
    """The bot's own way to send letters, to a server of this machine."""
    from adapters.mail.addresses import Mailbox
    from adapters.mail.client import MailConnections
    from adapters.mail.send import MailMessenger
    from adapters.mail.server import MailServer

    sender = Mailbox("Healing Together", "gatherings@example.org")
    return MailMessenger(MailConnections(MailServer(LOOPBACK, port, tls_at_once=False), sender.domain), sender, clock)


def free_port() -> int:
    """Of this machine: the pages of the web half name their own address, so it is needed before they are served."""
    with socket.create_server((LOOPBACK, 0)) as found:
        port: int = found.getsockname()[1]
    return port


@asynccontextmanager
async def web_half(
    dispatcher: Dispatcher,
    storage: OpenStorage,
    clock: Clock,
    links: PersonalLinks,
    chat_page: Callable[[], str],
    after: Callable[[], Awaitable[None]],
) -> AsyncIterator[None]:
    """Serves the pages that members have beside the chat, at the public URL of the configuration."""
    from adapters.sandbox.web_half import keeping_up
    from adapters.web.run import application, serving

    config = dispatcher.config
    app = application(
        storage,
        config,
        clock,
        links,
        passes=dispatcher.passes,
        dispatcher=dispatcher,
        read_address=(lambda typed: Address.parse(f"mail:{typed}")) if config.letters else None,
    )
    app.middlewares.append(keeping_up(chat_page, after))
    async with serving(app, LOOPBACK, int(config.public_url.rpartition(":")[2])):
        yield


@asynccontextmanager
async def connected_stand_in(
    zoom: StandInZoom, dispatcher: Dispatcher, storage: OpenStorage, clock: Clock
) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """Connects the bot to the stand-in as to Zoom, over HTTP; gives what keeps its meetings in step."""
    from adapters.sandbox.zoom_api import ZoomApi
    from adapters.zoom.client import ZoomCredentials
    from adapters.zoom.run import connect

    api = ZoomApi(zoom, clock)
    credentials = ZoomCredentials(api.account, api.client, api.secret, api.url, api.url)
    async with AsyncExitStack() as stack:
        opening = connect(storage, dispatcher.config, clock, credentials, api.webhook_secret)
        connection = await stack.enter_async_context(opening)
        await stack.enter_async_context(api.serving(connection.routes))
        dispatcher.passes, dispatcher.start_links = connection.passes, connection.start_links
        yield connection.tick


async def _until_stopped(page: Coroutine[None, None, None], port: int) -> None:
    serving, stop_signal = asyncio.create_task(page), asyncio.create_task(wait_for_stop_signal())
    await asyncio.wait({serving, stop_signal}, return_when=asyncio.FIRST_COMPLETED)
    stop_signal.cancel()
    serving.cancel()
    try:
        with suppress(asyncio.CancelledError):
            await serving
    except OSError:
        raise CommandFailed(
            f"Port {port} is taken or not allowed. Leave --port out, and a free one is chosen."
        ) from None


def _print_address(address: str) -> None:
    click.echo(f"The sandbox is open at {address}")
    open_page(address)
    click.echo("Nobody else can reach it, and nothing of it is kept. Ctrl-C closes it.")
