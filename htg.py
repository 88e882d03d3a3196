"""The command line, and the one place that joins everything: settings, storage, platforms, clock."""

from __future__ import annotations

if __name__ == "__main__":
    from cli.start import main as start

    start()

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime

import click

from cli import event_loop, log_output
from cli.context import Premises, on_premises
from cli.database import db
from cli.discord import connect as connect_discord
from cli.discord import discord
from cli.doctor import doctor
from cli.errors import PlainGroup
from cli.facilitators import facilitators, log, roster
from cli.gatherings import gatherings
from cli.serve import Connect, Part, serve
from cli.slack import connect as connect_slack
from cli.slack import slack
from cli.zoom import connect as connect_zoom

VERSION = "1.0.0"
"""Beside the one in pyproject.toml, which a checkout that was not installed cannot ask for."""
PLATFORMS: Mapping[str, Connect] = {"Slack": connect_slack, "Discord": connect_discord, "Zoom": connect_zoom}
"""What this version can connect, by the names that `Settings.platforms` uses."""


class SystemClock:
    """A `bot.ports.Clock`: the machine's own, which nothing else reads."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@click.group(cls=PlainGroup)
@click.version_option(VERSION, prog_name="htg", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show where a failure comes from.")
@click.pass_context
def main(context: click.Context, debug: bool) -> None:
    """The bot of Healing Together Gatherings.

    Settings come from the environment or from .env in this folder. To try everything without any: htg sandbox
    """
    log_output.begin(None, level=logging.DEBUG if debug else logging.WARNING)
    context.obj = context.obj or Premises(SystemClock())


@main.command()
@on_premises
def run(premises: Premises) -> None:
    """Run everything that is configured, in one process."""
    log_output.begin(premises.settings.log_format)
    event_loop.run(serve(premises, PLATFORMS))


@main.command()
@on_premises
def web(premises: Premises) -> None:
    """Run the HTTP half alone: the events page, the door, calendars. Any number of these on one PostgreSQL."""
    log_output.begin(premises.settings.log_format)
    event_loop.run(serve(premises, PLATFORMS, Part.WEB))


@main.command()
@on_premises
def worker(premises: Premises) -> None:
    """Run the rest alone: connections to the platforms, reminders. Any number of these on one PostgreSQL."""
    log_output.begin(premises.settings.log_format)
    event_loop.run(serve(premises, PLATFORMS, Part.WORKER))


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="A free one is chosen where none is given.")
@on_premises
def sandbox(premises: Premises, port: int) -> None:
    """Try the whole bot on this machine, with no account anywhere.

    A chat page on which you speak as several people, with sample gatherings and a clock that you can move.
    """
    from cli.sandbox import try_out

    asyncio.run(try_out(premises.clock, port))


for command in (doctor, db, gatherings, roster, log, facilitators, slack, discord):
    main.add_command(command)
