"""`htg doctor`: looks at everything that is configured, and says in plain words what to do."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping

import click

from bot.ports import CheckLevel, CheckResult, Clock
from cli.checks.context import CheckContext
from cli.context import CliContext, pass_cli_context
from cli.errors import EXIT_FAILED
from cli.log_output import redact, use_colour
from settings import Settings, SettingsError

CHECK_TIMEOUT = 30.0
"""Seconds for each subject; they are looked at side by side."""
_MARKS = {CheckLevel.OK: ("✓", "green"), CheckLevel.ADVICE: ("•", "yellow"), CheckLevel.FAULT: ("✗", "red")}

Check = Callable[[CheckContext], Awaitable[list[CheckResult]]]


@click.command()
@pass_cli_context
@click.pass_context
def doctor(context: click.Context, ctx: CliContext) -> None:
    """Look at everything that is configured, and say what to do.

    A line for each thing: "ok"; "advice", where the bot does its work and could do it better; or "fault". The exit code
    is 1 where there is a fault, and 0 otherwise. No secret is shown, and nobody is written to.
    """
    if not context.find_root().params.get("debug"):
        for each in logging.root.handlers:
            each.setLevel(logging.ERROR)  # what a library remarks on the way is not what is asked for
    try:
        settings = ctx.settings
    except SettingsError as bad:
        found = [_shown("Settings", CheckResult.fault(each)) for each in bad.problems]
        click.echo("The rest is looked at once these can be read.")
    else:
        found = asyncio.run(_examined(settings, ctx.clock))
    click.echo(_summary(found))
    context.exit(EXIT_FAILED if CheckLevel.FAULT in found else 0)


def _checks_for(settings: Settings) -> Mapping[str, Check]:
    """What there is to look at, in the order in which it is told."""
    from cli.checks.clock import clock  # what speaks HTTP costs every other command its start
    from cli.checks.file_permissions import files
    from cli.checks.installation import backups, chosen, database, team, worker
    from cli.checks.platforms import discord, slack, zoom
    from cli.checks.public_url import address

    platforms: dict[str, Check] = {"Slack": slack, "Discord": discord, "Zoom": zoom}
    configured = {name: platforms[name] for name in settings.platforms()}
    house: dict[str, Check] = {"Settings": chosen, "Database": database, "Files": files, "Clock": clock}
    return house | configured | {"Public URL": address, "Worker": worker, "Team": team, "Backups": backups}


async def _examined(settings: Settings, clock: Clock) -> list[CheckLevel]:
    ctx = CheckContext(settings, clock)
    looking = {name: asyncio.create_task(_run_check(look, ctx)) for name, look in _checks_for(settings).items()}
    return [_shown(name, result) for name, task in looking.items() for result in await task]


async def _run_check(look: Check, ctx: CheckContext) -> list[CheckResult]:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            return await look(ctx)
    except TimeoutError:
        return [
            CheckResult.fault(f"No answer came within {CHECK_TIMEOUT:.0f} seconds: look at the network, and try again.")
        ]
    except Exception as problem:  # noqa: BLE001 - one subject that cannot be looked at is no reason to leave out the others
        return [CheckResult.fault(f"This could not be looked at ({type(problem).__name__}): try again, or report it.")]


def _shown(name: str, result: CheckResult) -> CheckLevel:
    """Says it at once. The mark says nothing that the word beside it does not."""
    sign, colour = _MARKS[result.level]
    mark = f"{click.style(sign, fg=colour) if use_colour(sys.stdout) else sign} " if sys.stdout.isatty() else ""
    click.echo(f"{mark}{result.level.value:<6}  {name}: {redact(result.line)}")
    return result.level


def _summary(found: Iterable[CheckLevel]) -> str:
    faults, pieces = (sum(each is level for each in found) for level in (CheckLevel.FAULT, CheckLevel.ADVICE))
    counted = f"{pieces} {'piece' if pieces == 1 else 'pieces'} of advice"
    if faults:
        return f"{faults} {'fault' if faults == 1 else 'faults'}" + (f" and {counted}." if pieces else ".")
    return f"No fault, and {counted}." if pieces else "All is well."
