"""The audit log, as facilitators read it."""

from __future__ import annotations

from bot.addresses import Address
from bot.arguments import PAGE, Option, number
from bot.audit import texts
from bot.audit.model import LOG_LINES, ActKind
from bot.audit.record import record
from bot.catalogue import command
from bot.context import Context
from bot.gatherings import resolve
from bot.gatherings.arguments import HOSTED
from bot.i18n import N_
from bot.unit_of_work import UnitOfWork
from bot.views import View

UPTO = Option("upto", number, limit=12)


@command(
    "log",
    HOSTED,
    PAGE,
    UPTO,
    summary=N_("who did what and when"),
    position=8,
    for_facilitators=True,
    replaces=True,
    also=("history, registro, historial"),
)
def log(ctx: Context, uow: UnitOfWork) -> View:
    """`upto`: the newest act when reading began, so that later acts do not shift the pages."""
    # As it came: the choice that says that there are more names nothing, and still asks which.
    gathering = resolve.hosted(ctx, uow) if ctx.call[HOSTED.name] else None
    ids = [part.id for part in uow.gatherings.parts(gathering)] if gathering else []
    upto, page = ctx.args[UPTO] or 0, ctx.args[PAGE]
    first = (page - 1) * LOG_LINES if upto else 0
    entries = uow.audit.entries(limit=LOG_LINES + 1, offset=first, upto=upto, gatherings=ids)
    if not first:
        record(ctx, uow, ActKind.LOG_READ, gathering.id if gathering else None)
    shown = entries[:LOG_LINES]
    named = {address for entry in shown for address in (entry.act.by, entry.act.about) if isinstance(address, Address)}
    return texts.log(
        ctx.locale,
        ctx.config,
        shown,
        uow.members.names({address for address in named if not address.is_channel}),
        gathering,
        page if first else 1,
        upto or (shown[0].id if shown else 0),
        more=len(entries) > LOG_LINES,
    )
