"""`htg db`: the tables, and which version of them is there."""

from __future__ import annotations

import asyncio

import click

from cli.premises import Premises, on_premises


@click.group("db")
def db() -> None:
    """The database's tables."""


@db.command()
@on_premises
def upgrade(premises: Premises) -> None:
    """Bring the database to the tables of this version.

    Where there is no database yet, it is made. Safe to run again, and from several processes at once.
    """
    from storage.migrations import upgrade as migrate

    done = asyncio.run(migrate(premises.settings.database_url.get_secret_value()))
    if done.before == done.after:
        click.echo(f"Nothing to do: the database is at schema {done.after}.")
    else:
        click.echo(f"The database is at schema {done.after} now{f'; it was at {done.before}' if done.before else ''}.")


@db.command()
@on_premises
def current(premises: Premises) -> None:
    """Show which tables the database has."""
    from storage.migrations import current as revision_of
    from storage.migrations import newest

    revision, wanted = asyncio.run(revision_of(premises.settings.database_url.get_secret_value())), newest()
    if revision is None:
        click.echo("The database has no tables yet: run `htg db upgrade`.")
    elif revision == wanted:
        click.echo(f"The database is at schema {revision}, as this version needs it.")
    else:
        click.echo(f"The database is at schema {revision}, and this version needs {wanted}: run `htg db upgrade`.")
