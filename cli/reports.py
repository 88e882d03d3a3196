"""`htg roster` and `htg log`: who registered and who did what, as CSV on standard output."""

from __future__ import annotations

import click

from bot.addresses import Address
from bot.audit import model as audit_model
from bot.audit.model import Act, ActKind, Actor
from bot.gatherings.model import reference
from bot.registrations import roster_csv
from bot.unit_of_work import UnitOfWork
from cli.context import CliContext, pass_cli_context
from cli.errors import CommandFailed


def _gathering_id(ctx: click.Context, parameter: click.Parameter, value: str) -> int:
    del ctx, parameter
    number = reference(value)
    if number is None:
        raise click.BadParameter(f"'{value}' is not the number of a gathering; `htg gatherings list` shows them")
    return number


@click.command()
@click.argument("gathering", metavar="ID", callback=_gathering_id)
@pass_cli_context
def roster(ctx: CliContext, gathering: int) -> None:
    """Who registered for a gathering, as CSV.

    With who came in, and what was told to whom. `htg gatherings list` shows each ID.
    """
    now = ctx.clock.now()

    def table(uow: UnitOfWork) -> str | None:
        row = uow.gatherings.get(gathering)
        if row is None:
            return None
        uow.audit.add(Act(ActKind.ROSTER_TAKEN, now, Actor.OPERATOR, row.id))
        return roster_csv.table(uow.registrations.roster(row.id))

    csv = ctx.run_transaction(table)
    if csv is None:
        raise CommandFailed(f"There is no gathering {gathering}. `htg gatherings list` shows those to come.")
    click.echo(csv.encode(), nl=False)


@click.command()
@pass_cli_context
def log(ctx: CliContext) -> None:
    """Who did what and when, as CSV, the newest first.

    What facilitators did in chat and what was done on the command line, without anybody's words. Acts older than
    HTG_RETENTION are gone. Reading the log is an act, too.
    """
    now = ctx.clock.now()

    def table(uow: UnitOfWork) -> str:
        logged = uow.audit.entries()
        actors = {entry.act.by for entry in logged if isinstance(entry.act.by, Address)}
        uow.audit.add(Act(ActKind.LOG_READ, now, Actor.OPERATOR))
        return audit_model.to_csv(logged, uow.members.names(actors))

    click.echo(ctx.run_transaction(table).encode(), nl=False)
