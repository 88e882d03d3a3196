"""`htg facilitators`, `htg roster` and `htg log`: who may host, who comes, and who did what."""

from __future__ import annotations

import click

from bot import acts, rosters
from bot.acts import Act, Actor, Kind
from bot.addresses import Address
from bot.gatherings import reference
from bot.home import Home, remembered_as
from bot.ports import Books
from cli.context import CliContext, pass_cli_context
from cli.errors import CommandFailed


class _Person(click.ParamType[Address]):
    name = "address"

    def convert(self, value: str | Address, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        if isinstance(value, Address):
            return value
        try:
            found = Address.parse(value)
        except ValueError as problem:
            self.fail(str(problem), param, ctx)
        if found.is_channel:
            self.fail(f"'{found}' is a channel, not a person", param, ctx)
        return found


@click.group("facilitators")
def facilitators() -> None:
    """Who may use /htg-host.

    Besides these, the platform's own may, at home alone: workspace owners and admins on Slack, members with Manage
    Events on Discord.
    ADDRESS is discord:42 or slack:T123/U456; the team, T123, may be left out where only one is connected.
    """


@facilitators.command()
@click.argument("address", type=_Person())
@pass_cli_context
def add(ctx: CliContext, address: Address) -> None:
    """Let ADDRESS use /htg-host."""
    address = _whole(ctx, address)
    now = ctx.clock.now()

    def work(books: Books) -> bool:
        new = books.add_facilitator(address)
        if new:
            books.record(Act(Kind.TEAM_ADDED, now, Actor.OPERATOR, about=address))
        return new

    added = ctx.run_transaction(work)
    click.echo(f"{address} may use /htg-host now." if added else f"{address} could use /htg-host already.")


@facilitators.command()
@click.argument("address", type=_Person())
@pass_cli_context
def remove(ctx: CliContext, address: Address) -> None:
    """Take ADDRESS off the team."""
    address = _whole(ctx, address)
    now = ctx.clock.now()

    def work(books: Books) -> bool:
        known = books.remove_facilitator(address)
        if known:
            books.record(Act(Kind.TEAM_REMOVED, now, Actor.OPERATOR, about=address))
        return known

    removed = ctx.run_transaction(work)
    click.echo(f"{address} is no longer on the team." if removed else f"{address} was not on the team.")
    if any(each.names(address) for each in ctx.settings.facilitators):
        click.echo(f"{address} may still use /htg-host: HTG_FACILITATORS names it. Take it out there too.", err=True)


def _whole(ctx: CliContext, address: Address) -> Address:
    """With the Slack team, which may be left out where there is one: the bot has remembered which it is.

    Before the bot was ever connected it stays away, and the first start fills it in.
    """
    if address.platform != "slack" or "/" in address.account:
        return address
    if ctx.settings.several_workspaces:
        raise CommandFailed(f"{address} is somebody in some workspace: add its id, like slack:T123/{address.account}.")
    home = Home()
    home.settle("slack", (ctx.run_transaction(lambda books: books.remembered(remembered_as("slack"))) or "").split(","))
    return home.completed(address)


@facilitators.command("list")
@pass_cli_context
def list_(ctx: CliContext) -> None:
    """Show who is on the team."""
    named = ctx.settings.facilitators
    added = ctx.run_transaction(lambda books: books.facilitators())
    for address in sorted({*named, *added}):
        click.echo(f"{address}  (HTG_FACILITATORS)" if address in named else str(address))
    if not named and not added:
        click.echo("Nobody yet. Add someone: htg facilitators add slack:T123/U456")


@click.command()
@click.argument("gathering", metavar="ID")
@pass_cli_context
def roster(ctx: CliContext, gathering: str) -> None:
    """Who registered for a gathering, as CSV.

    With who came in, and what was told to whom. `htg gatherings list` shows each ID.
    """
    number, now = reference(gathering), ctx.clock.now()

    def table(books: Books) -> str | None:
        found = None if number is None else books.gathering(number)
        if found is None:
            return None
        books.record(Act(Kind.ROSTER_TAKEN, now, Actor.OPERATOR, found.id))
        return rosters.table(books.roster(found.id))

    written = ctx.run_transaction(table)
    if written is None:
        raise CommandFailed(f"There is no gathering {gathering}. `htg gatherings list` shows those to come.")
    click.echo(written.encode(), nl=False)


@click.command()
@pass_cli_context
def log(ctx: CliContext) -> None:
    """Who did what and when, as CSV, the newest first.

    What facilitators did in chat and what was done on the command line, without anybody's words. Acts older than
    HTG_RETENTION are gone. Reading the log is an act, too.
    """
    now = ctx.clock.now()

    def table(books: Books) -> str:
        found = books.acts()
        named = {each.act.by for each in found if isinstance(each.act.by, Address)}
        books.record(Act(Kind.LOG_READ, now, Actor.OPERATOR))
        return acts.table(found, books.names(named))

    click.echo(ctx.run_transaction(table).encode(), nl=False)
