"""`htg sandbox`: the real bot with a chat page in place of the platforms, on a temporary database."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.notifications.deliver import Outbox
from bot.ports import Clock
from cli.errors import CommandFailed
from cli.scheduler import StopSignal, wait_for_stop_signal
from storage.engine.open import OpenStorage, open_storage


async def run_sandbox(clock: Clock, port: int) -> None:
    """Serves the sandbox until SIGTERM or SIGINT; its clock starts at the machine's time."""
    with StopSignal(), TemporaryDirectory(prefix="htg-sandbox-") as folder:
        url = f"sqlite:///{Path(folder) / 'sandbox.db'}"
        storage = await open_storage(url, [secrets.token_urlsafe(32)], upgrade=True)
        try:
            await _serve(storage, clock, port)
        finally:
            await storage.close()


async def _serve(storage: OpenStorage, clock: Clock, port: int) -> None:
    from adapters.sandbox import run, sample_data
    from adapters.sandbox.chat import GATHERINGS, GENERAL, PLATFORM, SandboxChat
    from adapters.sandbox.clock import MovableClock
    from adapters.sandbox.send import SandboxMessenger

    channels = {channel: channel.account for channel in (GATHERINGS, GENERAL)}
    config = Config(organisation="Healing Together", announcement_channels=channels, per_minute={})
    movable = MovableClock(clock.now())
    chat = SandboxChat(movable)
    outbox = Outbox(storage, {PLATFORM: SandboxMessenger(chat)}, movable, config)
    await sample_data.load_sample_data(storage, chat, config, movable.now())
    page = run.serve(Dispatcher(storage, config), outbox, storage, chat, movable, port=port, on_ready=_print_address)
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
    await outbox.close()


def _print_address(address: str) -> None:
    click.echo(f"The sandbox is open at {address}")
    click.echo("Nobody else can reach it, and nothing of it is kept. Ctrl-C closes it.")
