"""The command line and composition root: the commands of `htg`, the platforms that it can connect, and the clock."""

from __future__ import annotations

if __name__ == "__main__":
    from cli.start import main as start  # before anything else is imported: cli/start.py says why

    start()

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime

import click

from bot.platform import registered
from cli import event_loop, log_output
from cli.context import CliContext, pass_cli_context
from cli.database import db
from cli.discord import connect as connect_discord
from cli.discord import discord
from cli.doctor import doctor
from cli.errors import ErrorReportingGroup
from cli.facilitators import facilitators
from cli.gatherings import gatherings
from cli.init import init
from cli.mail import connect as connect_mail
from cli.mail import mail
from cli.reports import log, roster
from cli.serve import PlatformConnector, ProcessRole, adapter_connector, serve
from cli.slack import connect as connect_slack
from cli.slack import slack
from cli.zoom import connect as connect_zoom

VERSION = "1.0.0"
"""The same as in pyproject.toml, whose value is not available in a checkout that is not installed."""
PLATFORMS: Mapping[str, PlatformConnector] = {
    "Slack": connect_slack,
    "Discord": connect_discord,
    "E-mail": connect_mail,
    "Zoom": connect_zoom,
} | {platform.shown_name: adapter_connector(platform) for platform in registered() if platform.settings}
"""The connector of each platform, by its name in `Settings.platforms`."""


class SystemClock:
    """Implements `bot.ports.Clock`; nothing else reads the machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@click.group(cls=ErrorReportingGroup)
@click.version_option(VERSION, prog_name="htg", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show where a failure comes from.")
@click.pass_context
def main(context: click.Context, debug: bool) -> None:
    """The bot of Healing Together Gatherings.

    Settings come from the environment or from .env in this folder. To try everything without any: htg sandbox
    """
    log_output.configure(None, level=logging.DEBUG if debug else logging.WARNING)
    context.obj = context.obj or CliContext(SystemClock())


@main.command()
@pass_cli_context
def run(ctx: CliContext) -> None:
    """Run everything that is configured, in one process."""
    log_output.configure(ctx.settings.log_format)
    event_loop.run(serve(ctx, PLATFORMS))


@main.command()
@pass_cli_context
def web(ctx: CliContext) -> None:
    """Run the HTTP half alone: the events page, the door, calendars. Any number of these on one PostgreSQL."""
    log_output.configure(ctx.settings.log_format)
    event_loop.run(serve(ctx, PLATFORMS, ProcessRole.WEB))


@main.command()
@pass_cli_context
def worker(ctx: CliContext) -> None:
    """Run the rest alone: connections to the platforms, reminders. Any number of these on one PostgreSQL."""
    log_output.configure(ctx.settings.log_format)
    event_loop.run(serve(ctx, PLATFORMS, ProcessRole.WORKER))


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="A free one is chosen where none is given.")
@pass_cli_context
def sandbox(ctx: CliContext, port: int) -> None:
    """Try the whole bot on this machine, with no account anywhere.

    A chat page on which you speak as several people, with sample gatherings and a clock that you can move.
    """
    from cli.sandbox import run_sandbox

    asyncio.run(run_sandbox(ctx.clock, port))


for command in (init, doctor, db, gatherings, roster, log, facilitators, mail, slack, discord):
    main.add_command(command)
