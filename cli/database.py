"""`htg db`: migrations, key rotation, backup and restore."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.ports import CommitFailed, Overloaded
from bot.unit_of_work import UnitOfWork
from cli.checks.context import LAST_BACKUP, LAST_BACKUP_FILE
from cli.context import CliContext, pass_cli_context
from cli.errors import CommandFailed
from storage.engine.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from storage.backup.restore import BackupContents

PROGRESS_MIN_ROWS = 20_000
"""Fewer rows are done before a progress bar is of use."""
_NAMED_TABLES = ("gatherings", "registrations", "members")


@click.group("db")
def db() -> None:
    """The database's tables, and backups of them."""


@db.command()
@pass_cli_context
def upgrade(ctx: CliContext) -> None:
    """Bring the database to the tables of this version.

    Where there is no database yet, it is made. Safe to run again, and from several processes at once.
    """
    from storage.migrations.upgrade import upgrade as migrate

    done = asyncio.run(migrate(ctx.settings.database_url.get_secret_value()))
    if done.before == done.after:
        click.echo(f"Nothing to do: the database is at schema {done.after}.")
    else:
        click.echo(f"The database is at schema {done.after} now{f'; it was at {done.before}' if done.before else ''}.")


@db.command()
@pass_cli_context
def current(ctx: CliContext) -> None:
    """Show which tables the database has."""
    from storage.migrations.upgrade import current_revision as revision_of
    from storage.migrations.upgrade import newest_revision

    revision, wanted = asyncio.run(revision_of(ctx.settings.database_url.get_secret_value())), newest_revision()
    if revision is None:
        click.echo("The database has no tables yet: run `htg db upgrade`.")
    elif revision == wanted:
        click.echo(f"The database is at schema {revision}, as this version needs it.")
    elif revision > wanted:
        click.echo(
            f"The database is at schema {revision}, newer than this version's {wanted}:"
            " install the version of the bot that made it, or restore a backup."
        )
    else:
        click.echo(f"The database is at schema {revision}, and this version needs {wanted}: run `htg db upgrade`.")


@db.command()
@click.option("--former", is_flag=True, help="Ask for a former key that HTG_SECRET_KEY does not hold.")
@pass_cli_context
def reseal(ctx: CliContext, former: bool) -> None:
    """Encrypt anew what rests under an old key.

    For when HTG_SECRET_KEY was changed: put the new key in front, restart every process, then run this. The bot may
    run meanwhile; stopped anywhere, it can be run again. It says when the old key is needed no longer.
    """
    from storage.encryption.key_rotation import reencrypt as seal_anew

    configured = ctx.settings.keys()
    keys = [*configured, click.prompt("The former key", hide_input=True, err=True)] if former else configured
    with _sigterm_as_interrupt(), _progress("Encrypting anew") as progress:
        done = seal_anew(ctx.settings.database_url.get_secret_value(), keys, progress)
    click.echo(f"{done.reencrypted:,} of {done.encrypted:,} encrypted values were encrypted anew, under the first key.")
    if done.unreadable:
        raise CommandFailed(
            f"{done.unreadable:,} of the {done.encrypted:,} open with no key of HTG_SECRET_KEY, and were left as they"
            " are: add the key that they were made with at the end, with a comma between, and run this again."
        )
    if len(configured) > 1:
        click.echo(
            "Nothing in the database needs the other keys any more. Personal links given out under them work for as"
            " long as they are kept: docs/hosting.md says when they may go."
        )


# ---- backups


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE where it exists.")
@pass_cli_context
def backup(ctx: CliContext, file: Path, force: bool) -> None:
    """Write everything that is kept to FILE.

    As it is at one instant; the bot may run meanwhile. Zoom links stay encrypted: keep HTG_SECRET_KEY, too, and keep
    it elsewhere. The file can be restored into SQLite and into PostgreSQL.
    """
    from storage.backup.writer import write_backup

    if file.exists() and not force:
        raise CommandFailed(f"{file} exists already. Add --force to replace it.")
    now = ctx.clock.now()
    with _reporting_backup_errors(file), _progress("Backing up") as progress:
        done = write_backup(ctx.settings.database_url.get_secret_value(), file, now, progress)
    _check_backup(ctx, file, with_keys=False)  # what could not be restored is no backup
    _remember(ctx, now, file)
    click.echo(f"{_counted(done.rows)} written to {file}. What is in it: htg db check {file}")


def _remember(ctx: CliContext, taken_at: datetime, file: Path) -> None:
    """For `htg doctor`, which checks the backup's age and the permissions of its file."""

    def work(uow: UnitOfWork) -> None:
        uow.state.set(LAST_BACKUP, taken_at.isoformat())
        uow.state.set(LAST_BACKUP_FILE, str(file.resolve()))

    # The backup is complete even if this cannot be stored: at an older schema, or while the database is busy.
    with suppress(DatabaseUnavailable, CommitFailed, Overloaded):
        ctx.run_transaction(work)


@db.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_cli_context
def check(ctx: CliContext, file: Path) -> None:
    """Look whether the backup in FILE is whole, and what is in it.

    It is read as restoring it would read it, and goes nowhere. With HTG_SECRET_KEY set, its Zoom links are tried.
    """
    contents = _check_backup(ctx, file)
    click.echo(f"{file} is whole: its checksum, its counts and its references agree.")
    click.echo(f"Taken {contents.taken_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC, at schema {contents.schema}.")
    click.echo(f"It holds {_counted(contents.rows)}.")
    if not contents.encrypted:
        click.echo("Nothing in it is encrypted.")
    elif ctx.settings.secret_keys:
        click.echo(f"HTG_SECRET_KEY opens all {contents.encrypted:,} encrypted values in it.")
    else:
        click.echo(
            f"{contents.encrypted:,} values in it are encrypted. Whether your HTG_SECRET_KEY opens them was not tried:"
            " it is not set here."
        )


@db.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace everything that the database holds.")
@pass_cli_context
def restore(ctx: CliContext, file: Path, force: bool) -> None:
    """Put the backup in FILE into an empty database.

    All of it, or nothing where anything is wrong. Stop the bot first. A backup of an older version is brought to this
    version's tables.
    """
    from storage.backup.restore import DatabaseNotEmpty
    from storage.backup.restore import restore_backup as put_back

    contents = _check_backup(ctx, file)
    with _reporting_backup_errors(file), _progress("Restoring") as progress:
        try:
            put_back(ctx.settings.database_url.get_secret_value(), file, force=force, progress=progress)
        except DatabaseNotEmpty:
            raise CommandFailed(
                "The database is not empty, and nothing was changed. Back it up, then add --force to replace it all."
            ) from None
    _remember(ctx, contents.taken_at, file)
    click.echo(
        f"{_counted(contents.rows)} restored, as of {contents.taken_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
        " Notices that have gone out since then may go out again, where they are still of use."
    )


def _check_backup(ctx: CliContext, file: Path, *, with_keys: bool = True) -> BackupContents:
    from storage.backup.restore import inspect_backup

    keys = [key.get_secret_value() for key in ctx.settings.secret_keys] if with_keys else []
    with _reporting_backup_errors(file), _progress("Checking") as progress:
        contents = inspect_backup(file, keys, progress)
    if keys and contents.readable < contents.encrypted:
        raise CommandFailed(
            f"HTG_SECRET_KEY opens {contents.readable:,} of the {contents.encrypted:,} encrypted values in {file}. Put"
            " the key that it was made with after the present one, with a comma between; or, to go without those"
            " values, leave HTG_SECRET_KEY unset for this command."
        )
    return contents


def _counted(rows: Mapping[str, int]) -> str:
    """`8 gatherings, 120 registrations, 90 members and 310 other rows`."""
    named = [f"{rows.get(table, 0):,} {table if rows.get(table, 0) != 1 else table[:-1]}" for table in _NAMED_TABLES]
    others = sum(rows.values()) - sum(rows.get(table, 0) for table in _NAMED_TABLES)
    return f"{', '.join(named)} and {others:,} other {'row' if others == 1 else 'rows'}"


@contextmanager
def _reporting_backup_errors(file: Path) -> Iterator[None]:
    """Turns OSError and BackupDamaged into CommandFailed; SIGTERM, like Ctrl-C, cleans up what is unfinished."""
    from storage.backup.reader import BackupDamaged

    with _sigterm_as_interrupt():
        try:
            yield
        except BackupDamaged as problem:
            raise CommandFailed(str(problem)) from None
        except OSError as problem:
            raise CommandFailed(f"{file}: {problem.strerror or problem}.") from None


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, on a terminal and for PROGRESS_MIN_ROWS and more."""
    bar = click.progressbar(length=0, label=label, file=sys.stderr)

    def report(done: int, total: int) -> None:
        if total >= PROGRESS_MIN_ROWS and sys.stderr.isatty():
            bar.length = total
            bar.update(done - bar.pos)

    yield report
    if bar.pos:
        bar.render_finish()
