"""`htg facilitators`: the team, as far as the database has it."""

from __future__ import annotations

from collections.abc import Callable

import click

from bot.addresses import Address
from bot.audit.model import Act, ActKind, Actor
from bot.home import Home, home_state_name
from bot.unit_of_work import UnitOfWork
from cli.context import CliContext, pass_cli_context
from cli.errors import CommandFailed
from cli.parameters import person


def _person(ctx: click.Context, parameter: click.Parameter, value: str) -> Address:
    del ctx, parameter
    try:
        return person(value)
    except ValueError as problem:
        raise click.BadParameter(str(problem)) from None


@click.group("facilitators")
def facilitators() -> None:
    """Who may use /htg-host.

    Besides these, the platform's own may, at home alone: workspace owners and admins on Slack, members with Manage
    Events on Discord.
    ADDRESS is discord:42 or slack:T123/U456; the team, T123, may be left out where only one is connected.
    """


@facilitators.command()
@click.argument("address", callback=_person)
@pass_cli_context
def add(ctx: CliContext, address: Address) -> None:
    """Let ADDRESS use /htg-host."""
    address = _with_workspace(ctx, address)
    added = _change(ctx, address, ActKind.TEAM_ADDED, lambda uow: uow.facilitators.add(address))
    click.echo(f"{address} may use /htg-host now." if added else f"{address} could use /htg-host already.")


@facilitators.command()
@click.argument("address", callback=_person)
@pass_cli_context
def remove(ctx: CliContext, address: Address) -> None:
    """Take ADDRESS off the team."""
    address = _with_workspace(ctx, address)
    removed = _change(ctx, address, ActKind.TEAM_REMOVED, lambda uow: uow.facilitators.remove(address))
    click.echo(f"{address} is no longer on the team." if removed else f"{address} was not on the team.")
    if any(named.names(address) for named in ctx.settings.facilitators):
        click.echo(f"{address} may still use /htg-host: HTG_FACILITATORS names it. Take it out there too.", err=True)


def _change(ctx: CliContext, address: Address, kind: ActKind, change: Callable[[UnitOfWork], bool]) -> bool:
    """Whether it changed the team; then it is logged."""
    now = ctx.clock.now()

    def work(uow: UnitOfWork) -> bool:
        changed = change(uow)
        if changed:
            uow.audit.add(Act(kind, now, Actor.OPERATOR, about=address))
        return changed

    return ctx.run_transaction(work)


def _with_workspace(ctx: CliContext, address: Address) -> Address:
    """The address with its Slack workspace, which may be omitted where there is one: the database remembers which.

    Before the bot was first connected it stays omitted, and that start completes it.
    """
    if address.platform != "slack" or "/" in address.account:
        return address
    if ctx.settings.several_workspaces:
        raise CommandFailed(f"{address} is somebody in some workspace: add its id, like slack:T123/{address.account}.")
    home = Home()
    home.settle("slack", (ctx.run_transaction(lambda uow: uow.state.get(home_state_name("slack"))) or "").split(","))
    return home.with_workspace(address)


@facilitators.command("list")
@pass_cli_context
def list_(ctx: CliContext) -> None:
    """Show who is on the team."""
    named = ctx.settings.facilitators
    added = ctx.run_transaction(lambda uow: uow.facilitators.addresses())
    for address in sorted({*named, *added}):
        click.echo(f"{address}  (HTG_FACILITATORS)" if address in named else str(address))
    if not named and not added:
        click.echo("Nobody yet. Add someone: htg facilitators add slack:T123/U456")
