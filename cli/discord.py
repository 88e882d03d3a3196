"""Connects Discord to a running process, and `htg discord`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from bot.ports import PlatformHandle
from cli.context import CliContext, pass_cli_context
from cli.errors import CommandFailed
from cli.serve import ProcessRole, Runtime
from settings import Settings, SettingsError
from storage.engine.open import OpenStorage

if TYPE_CHECKING:
    from adapters.discord.client import DiscordClient
    from adapters.discord.home_guilds import ConfiguredGuilds
    from adapters.discord.run import DiscordBot

log = logging.getLogger(__name__)


@asynccontextmanager
async def connect(runtime: Runtime) -> AsyncIterator[PlatformHandle]:
    """Connects a worker: sends messages, and holds the gateway connection while no other worker does."""
    if ProcessRole.WORKER not in runtime.role:
        yield PlatformHandle()
        return
    from adapters.discord.client import DiscordUnreachable, LoginRefused
    from adapters.discord.run import GATEWAY_LEASE, DiscordBot
    from adapters.discord.scheduled_events import ScheduledEventReconciler
    from adapters.discord.send import DiscordMessenger
    from adapters.discord.value_store import DatabaseValueStore
    from bot.leases import StoredLease

    async with _opened(runtime.settings) as client:
        try:
            await client.log_in()
        except LoginRefused as refused:
            raise SettingsError(str(refused)) from None
        except DiscordUnreachable as problem:
            log.warning("Discord cannot be reached (%s); trying again in a while", problem)
        bot = DiscordBot(
            runtime.dispatcher,
            client,
            runtime.clock,
            _token(runtime.settings),
            configured=configured_guilds(runtime.settings),
            lease=StoredLease(runtime.storage, runtime.clock, GATEWAY_LEASE),
            store=DatabaseValueStore(runtime.storage),
        )
        events = ScheduledEventReconciler(runtime.storage, client, runtime.clock, runtime.dispatcher.config)

        async def tick() -> datetime | None:
            return await events.tick() if bot.connected else None

        running = asyncio.create_task(bot.run())
        running.add_done_callback(_log_failure)
        try:
            yield PlatformHandle(DiscordMessenger(client), missing=_missing(bot, running), tick=tick)
        finally:
            await bot.close()
            running.cancel()  # it may still be waiting for Discord's first answer
            await asyncio.gather(running, return_exceptions=True)


def _log_failure(running: asyncio.Task[None]) -> None:
    if not running.cancelled() and (problem := running.exception()) is not None:
        log.error("Discord is not answered any more: %s", problem)


def _missing(bot: DiscordBot, running: asyncio.Task[None]) -> Callable[[], Coroutine[Any, Any, str]]:
    async def missing() -> str:
        if running.done():
            return "the connection ended; the log says why"
        return "" if bot.connected or bot.standing_by else "not connected"

    return missing


def _opened(settings: Settings) -> AbstractAsyncContextManager[DiscordClient]:
    from adapters.discord.client import opened_client

    return opened_client(_token(settings), settings.discord_api_url)


def configured_guilds(settings: Settings) -> ConfiguredGuilds:
    """What the settings say of home."""
    from adapters.discord.home_guilds import ConfiguredGuilds

    channels = [address for address in settings.announcement_channels if address.platform == "discord"]
    return ConfiguredGuilds(settings.discord_guild_ids, channels)


def _token(settings: Settings) -> str:
    if settings.discord_token is None:
        raise SettingsError("DISCORD_TOKEN is not set: copy it from the bot's page on discord.com/developers.")
    return settings.discord_token.get_secret_value()


# ---- htg discord


@click.group("discord")
def discord() -> None:
    """The bot's commands and its invitation on Discord."""


@discord.command()
@pass_cli_context
def invite(ctx: CliContext) -> None:
    """Print the address at which a server's administrator lets the bot in."""
    from adapters.discord.command_sync import invite_url

    async def url() -> str:
        async with _opened(ctx.settings) as client:
            await _log_in(client)
            return invite_url(client.application)

    click.echo(asyncio.run(url()))


@discord.command()
@pass_cli_context
def sync(ctx: CliContext) -> None:
    """Publish the commands now, whether they changed or not."""
    from adapters.discord.command_sync import sync_commands
    from adapters.discord.value_store import DatabaseValueStore

    async def published() -> list[str]:
        storage: OpenStorage
        async with ctx.storage() as storage, _opened(ctx.settings) as client:
            await _log_in(client)
            return await sync_commands(client, ctx.settings.discord_guild_ids, DatabaseValueStore(storage), force=True)

    for scope in asyncio.run(published()):
        click.echo(f"Published in server {scope}." if scope else "Published everywhere.")


async def _log_in(client: DiscordClient) -> None:
    from adapters.discord.client import DiscordUnreachable, LoginRefused

    try:
        await client.log_in()
    except LoginRefused as refused:
        raise SettingsError(str(refused)) from None
    except DiscordUnreachable as problem:
        raise CommandFailed(f"Discord cannot be reached ({problem}): try again in a while.") from None
