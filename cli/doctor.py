"""`htg doctor`: looks at everything that is configured, and says in plain words what to do."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping

import click

from bot.ports import Clock
from cli.checks.context import Finding, Level, Patient, fault
from cli.context import Premises, on_premises
from cli.errors import FAILED
from cli.log_output import in_colour, redacted
from settings import BadSettings, Settings

PATIENCE = 30.0
"""Seconds for each subject; they are looked at side by side."""
_MARKS = {Level.OK: ("✓", "green"), Level.ADVICE: ("•", "yellow"), Level.FAULT: ("✗", "red")}

Look = Callable[[Patient], Awaitable[list[Finding]]]


@click.command()
@on_premises
@click.pass_context
def doctor(context: click.Context, premises: Premises) -> None:
    """Look at everything that is configured, and say what to do.

    A line for each thing: "ok"; "advice", where the bot does its work and could do it better; or "fault". The exit code
    is 1 where there is a fault, and 0 otherwise. No secret is shown, and nobody is written to.
    """
    if not context.find_root().params.get("debug"):
        for each in logging.root.handlers:
            each.setLevel(logging.ERROR)  # what a library remarks on the way is not what is asked for
    try:
        settings = premises.settings
    except BadSettings as bad:
        found = [_shown("Settings", fault(each)) for each in bad.problems]
        click.echo("The rest is looked at once these can be read.")
    else:
        found = asyncio.run(_examined(settings, premises.clock))
    click.echo(_summary(found))
    context.exit(FAILED if Level.FAULT in found else 0)


def _looks(settings: Settings) -> Mapping[str, Look]:
    """What there is to look at, in the order in which it is told."""
    from cli.checks.clock import clock  # what speaks HTTP costs every other command its start
    from cli.checks.file_permissions import files
    from cli.checks.installation import backups, chosen, database, team, worker
    from cli.checks.platforms import discord, slack, zoom
    from cli.checks.public_url import address

    platforms: dict[str, Look] = {"Slack": slack, "Discord": discord, "Zoom": zoom}
    configured = {name: platforms[name] for name in settings.platforms()}
    house: dict[str, Look] = {"Settings": chosen, "Database": database, "Files": files, "Clock": clock}
    return house | configured | {"Public URL": address, "Worker": worker, "Team": team, "Backups": backups}


async def _examined(settings: Settings, clock: Clock) -> list[Level]:
    patient = Patient(settings, clock)
    looking = {name: asyncio.create_task(_looked(look, patient)) for name, look in _looks(settings).items()}
    return [_shown(name, finding) for name, task in looking.items() for finding in await task]


async def _looked(look: Look, patient: Patient) -> list[Finding]:
    try:
        async with asyncio.timeout(PATIENCE):
            return await look(patient)
    except TimeoutError:
        return [fault(f"No answer came within {PATIENCE:.0f} seconds: look at the network, and try again.")]
    except Exception as problem:  # noqa: BLE001 - one subject that cannot be looked at is no reason to leave out the others
        return [fault(f"This could not be looked at ({type(problem).__name__}): try again, or report it.")]


def _shown(name: str, finding: Finding) -> Level:
    """Says it at once. The mark says nothing that the word beside it does not."""
    sign, colour = _MARKS[finding.level]
    mark = f"{click.style(sign, fg=colour) if in_colour(sys.stdout) else sign} " if sys.stdout.isatty() else ""
    click.echo(f"{mark}{finding.level.value:<6}  {name}: {redacted(finding.line)}")
    return finding.level


def _summary(found: Iterable[Level]) -> str:
    faults, pieces = (sum(each is level for each in found) for level in (Level.FAULT, Level.ADVICE))
    counted = f"{pieces} {'piece' if pieces == 1 else 'pieces'} of advice"
    if faults:
        return f"{faults} {'fault' if faults == 1 else 'faults'}" + (f" and {counted}." if pieces else ".")
    return f"No fault, and {counted}." if pieces else "All is well."
