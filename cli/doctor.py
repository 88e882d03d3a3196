"""`htg doctor`: runs the checks of everything that is configured, and prints what to do."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

import click

from bot.platform import registered
from bot.ports import CheckLevel, CheckResult, Clock
from cli.checks.context import CheckContext
from cli.context import CliContext, pass_cli_context
from cli.errors import EXIT_FAILED
from cli.log_output import redact, use_colour
from settings import Settings, SettingsError

CHECK_TIMEOUT = 30.0
"""Seconds for each check; they run at the same time."""
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
        for handler in logging.root.handlers:
            handler.setLevel(logging.ERROR)  # warnings of libraries are not the answer to this command
    try:
        settings = ctx.settings
    except SettingsError as invalid:
        levels = [_show("Settings", CheckResult.fault(sentence)) for sentence in invalid.problems]
        click.echo("The rest is looked at once these can be read.")
    else:
        levels = asyncio.run(_run_checks(settings, ctx.clock))
    click.echo(_summary(levels))
    context.exit(EXIT_FAILED if CheckLevel.FAULT in levels else 0)


def _checks_for(settings: Settings) -> Mapping[str, Check]:
    """The checks that apply, by the name that is printed, in the order of the output."""
    from cli.checks.clock import clock  # HTTP clients would slow down the start of every other command
    from cli.checks.file_permissions import file_permissions
    from cli.checks.installation import backups, database, settings_together, team, worker
    from cli.checks.platforms import adapter_check, discord, mail, slack, zoom
    from cli.checks.public_url import public_url

    platforms: dict[str, Check] = {"Slack": slack, "Discord": discord, "E-mail": mail, "Zoom": zoom}
    platforms |= {platform.shown_name: adapter_check(platform) for platform in registered() if platform.settings}
    configured = {name: platforms[name] for name in settings.platforms()}
    installation: dict[str, Check] = {
        "Settings": settings_together,
        "Database": database,
        "Files": file_permissions,
        "Clock": clock,
    }
    return installation | configured | {"Public URL": public_url, "Worker": worker, "Team": team, "Backups": backups}


async def _run_checks(settings: Settings, clock: Clock) -> list[CheckLevel]:
    ctx = CheckContext(settings, clock)
    tasks = {name: asyncio.create_task(_run_check(check, ctx)) for name, check in _checks_for(settings).items()}
    return [_show(name, result) for name, task in tasks.items() for result in await task]


async def _run_check(check: Check, ctx: CheckContext) -> list[CheckResult]:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            return await check(ctx)
    except TimeoutError:
        return [
            CheckResult.fault(f"No answer came within {CHECK_TIMEOUT:.0f} seconds: look at the network, and try again.")
        ]
    except Exception as problem:  # noqa: BLE001 - the other checks go on
        return [CheckResult.fault(f"This could not be looked at ({type(problem).__name__}): try again, or report it.")]


def _show(name: str, result: CheckResult) -> CheckLevel:
    """Prints a result. The mark only repeats the word beside it."""
    sign, colour = _MARKS[result.level]
    mark = (
        f"{click.style(sign, fg=colour) if use_colour(sys.stdout) else sign} "
        if sys.stdout and sys.stdout.isatty()
        else ""
    )
    click.echo(f"{mark}{result.level.value:<6}  {name}: {redact(result.line)}")
    return result.level


def _summary(levels: Sequence[CheckLevel]) -> str:
    faults, pieces = levels.count(CheckLevel.FAULT), levels.count(CheckLevel.ADVICE)
    counted = f"{pieces} {'piece' if pieces == 1 else 'pieces'} of advice"
    if faults:
        return f"{faults} {'fault' if faults == 1 else 'faults'}" + (f" and {counted}." if pieces else ".")
    return f"No fault, and {counted}." if pieces else "All is well."
