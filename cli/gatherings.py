"""`htg gatherings`: imports, lists and exports the programme."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from adapters.files.export_file import export_gatherings
from adapters.files.import_file import FORMATS, SIZE_LIMIT, ParsedProgramme, parse_programme
from adapters.files.rows import ImportRejected
from adapters.files.save_import import ImportResult, save_programme
from bot import time_texts
from bot.audit.model import Act, ActKind, Actor
from bot.gatherings.model import Gathering, Status
from bot.unit_of_work import UnitOfWork
from cli.context import CliContext, pass_cli_context
from cli.errors import CommandFailed
from storage.atomic_write import atomic_write
from storage.engine.health import read_health

MAX_LISTED = 10_000
"""Upcoming gatherings that are listed or exported; more than anybody has."""


def _known_format(ctx: click.Context, parameter: click.Parameter, value: Path) -> Path:
    del ctx, parameter
    if value.suffix.lower() not in FORMATS:
        raise click.BadParameter(f"'{value}' must end in {' or '.join(FORMATS)}")
    return value


_readable = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), callback=_known_format)
_writable = click.argument("file", type=click.Path(dir_okay=False, path_type=Path), callback=_known_format)


@click.group("gatherings")
def gatherings() -> None:
    """The programme: import it, list it, export it."""


@gatherings.command("import")
@_readable
@pass_cli_context
def import_(ctx: CliContext, file: Path) -> None:
    """Publish the gatherings of a .csv or .ics FILE.

    Those that are not there yet: importing the same file twice changes nothing. All of them or none: each row that
    cannot be taken is named with its line and why. The columns of a .csv are title, starts_at, timezone, duration,
    description, facilitators, series, part, zoom_link, passcode, limit, late_entry, doors_open and status; the first
    three and zoom_link are required. With Zoom connected the link may be left out: the meeting is made. What has the
    status draft, or is tentative in a calendar, becomes a draft.
    """
    settings = ctx.settings
    configured_zone = settings.zone if "zone" in settings.model_fields_set else None
    with file.open("rb") as stream:
        content = stream.read(SIZE_LIMIT + 1)
    try:
        programme = parse_programme(file.name, content, settings.config(), floating=configured_zone)
        result = ctx.run_transaction(lambda uow: _import(ctx, programme, uow), links=bool(programme.groups))
    except ImportRejected as rejected:
        raise CommandFailed(*(f"{file}: {problem}" for problem in rejected.problems), "Nothing was imported.") from None
    for remark in sorted([*programme.remarks, *result.remarks]):
        click.echo(f"{file}: {remark}", err=True)
    changed = f"{result.changed} changed, " if result.changed else ""
    click.echo(f"{result.added} added, {changed}{result.unchanged} already there.")


def _import(ctx: CliContext, programme: ParsedProgramme, uow: UnitOfWork) -> ImportResult:
    now = ctx.clock.now()
    result = save_programme(programme, uow, ctx.settings.config(), now)
    if result.added:
        uow.audit.add(Act(ActKind.IMPORTED, now, Actor.OPERATOR, count=result.added))
    return result


@gatherings.command("list")
@pass_cli_context
def list_(ctx: CliContext) -> None:
    """Show what is to come, drafts among it.

    Each gathering in its own time zone.
    """
    upcoming = _upcoming(ctx)
    if not upcoming:
        click.echo("No gathering is planned. Import some: htg gatherings import FILE")
    for gathering in upcoming:
        click.echo(_line(gathering))


def _line(gathering: Gathering) -> str:
    local = gathering.starts_at.astimezone(ZoneInfo(gathering.zone))
    start = time_texts.stamp(gathering.starts_at, gathering.zone)
    part = f" ({gathering.part} of {gathering.parts})" if gathering.is_part else ""
    draft = " [draft]" if gathering.status is Status.DRAFT else ""
    return f"{f'#{gathering.id}':>6}  {local:%a} {start}  {gathering.title}{part}{draft}"


@gatherings.command()
@_writable
@click.option("--force", is_flag=True, help="Replace FILE where it exists.")
@pass_cli_context
def export(ctx: CliContext, file: Path, force: bool) -> None:
    """Write what is to come to a .csv or .ics FILE.

    Zoom links and passcodes stay in the database: their columns are empty.
    """
    if file.exists() and not force:
        raise CommandFailed(
            f"{file} exists already, perhaps with Zoom links that the export has not. Add --force to replace it."
        )
    _check_key(ctx)
    upcoming = _upcoming(ctx, exported=True)
    try:
        with atomic_write(file) as out:
            out.write(export_gatherings(file.name, upcoming, ctx.clock.now()))
    except OSError as problem:
        raise CommandFailed(f"{file} cannot be written: {problem.strerror}.") from None
    click.echo(f"{len(upcoming)} exported to {file}, without Zoom links.")


def _check_key(ctx: CliContext) -> None:
    """Descriptions are exported without their own Zoom link, which has to be read for that."""
    keys = ctx.settings.keys()
    secrets = read_health(ctx.settings.database_url.get_secret_value(), keys).secrets
    if secrets.encrypted and not secrets.readable:
        raise CommandFailed(
            "HTG_SECRET_KEY opens none of the encrypted values in the database, so nothing was exported: set the key"
            " that the bot runs with, or add it after the present one, separated by a comma."
        )


def _upcoming(ctx: CliContext, *, exported: bool = False) -> Sequence[Gathering]:
    now = ctx.clock.now()

    def work(uow: UnitOfWork) -> Sequence[Gathering]:
        upcoming = uow.gatherings.hosted(now, limit=MAX_LISTED)
        if exported:
            uow.audit.add(Act(ActKind.EXPORTED, now, Actor.OPERATOR, count=len(upcoming)))
        return upcoming

    return ctx.run_transaction(work, links=exported)
