"""Connects Slack to a running process, and `htg slack`."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click

from bot.ports import PlatformHandle
from cli.context import CliContext, pass_cli_context
from cli.serve import ProcessRole, Runtime
from cli.setting_types import revealed
from settings import Settings, SettingsError

if TYPE_CHECKING:
    from adapters.slack.run import SlackCredentials

log = logging.getLogger(__name__)

FIRST_CONNECTION_TIMEOUT = 5.0
"""Seconds that the start waits for Slack; after that the rest of the bot starts, and Slack is retried meanwhile."""


@asynccontextmanager
async def connect(runtime: Runtime) -> AsyncIterator[PlatformHandle]:
    """Sends messages in any process; receives events over HTTP in the web half, or by Socket Mode in a worker."""
    from adapters.slack.run import SlackBot
    from adapters.slack.socket_lease import SocketLease
    from storage.encryption.keyring import Keyring
    from storage.installations import StoredInstallations

    settings = runtime.settings
    installations = (
        StoredInstallations(runtime.storage, Keyring(settings.keys())) if settings.several_workspaces else None
    )
    slack = SlackBot(
        runtime.dispatcher,
        runtime.clock,
        credentials(settings),
        installations,
        socket_lease=SocketLease(runtime.storage, runtime.clock),
        sockets=ProcessRole.WORKER in runtime.role,
    )
    opening = asyncio.create_task(slack.open())
    try:
        await _wait_for_first_connection(opening)
        yield PlatformHandle(slack.messenger, routes=slack.routes(), missing=slack.missing)
    finally:
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await slack.close()


async def _wait_for_first_connection(opening: asyncio.Task[None]) -> None:
    from adapters.slack.run import SlackCredentialsRejected

    await asyncio.wait({opening}, timeout=FIRST_CONNECTION_TIMEOUT)
    if not opening.done():
        log.warning("Slack does not answer yet; trying on")
        opening.add_done_callback(_log_failure)
        return
    try:
        opening.result()
    except SlackCredentialsRejected as rejected:
        raise SettingsError(str(rejected)) from None


def _log_failure(opening: asyncio.Task[None]) -> None:
    if not opening.cancelled() and (problem := opening.exception()) is not None:
        log.error("Slack is not connected: %s", problem)


def credentials(settings: Settings) -> SlackCredentials:
    from adapters.slack.client import DEFAULT_API_URL
    from adapters.slack.run import SlackCredentials

    return SlackCredentials(
        bot_token=revealed(settings.slack_bot_token),
        app_token=revealed(settings.slack_app_token),
        signing_secret=revealed(settings.slack_signing_secret),
        client_id=settings.slack_client_id or "",
        client_secret=revealed(settings.slack_client_secret),
        api_url=f"{(settings.slack_api_url or DEFAULT_API_URL).rstrip('/')}/",
        public_url=settings.public_url or "",
        teams=frozenset(settings.slack_team_ids),
    )


# ---- htg slack


@click.group("slack")
def slack() -> None:
    """The app as Slack is told about it."""


@slack.command()
@pass_cli_context
def manifest(ctx: CliContext) -> None:
    """Print what to paste at api.slack.com/apps.

    For HTTP where HTG_PUBLIC_URL is set and SLACK_APP_TOKEN is not; for Socket Mode otherwise.
    """
    from adapters.slack.manifest import app_manifest

    settings = ctx.settings
    document = app_manifest(
        public_url=settings.public_url or "",
        socket_mode=settings.slack_app_token is not None,
        several_workspaces=settings.slack_client_id is not None,
    )
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
