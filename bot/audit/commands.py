"""Who did what and when, among facilitators."""

from __future__ import annotations

from bot.addresses import Address
from bot.arguments import PAGE, Option, number
from bot.audit import record, texts
from bot.audit.model import LOG_LINES, ActKind
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
    position=7,
    for_facilitators=True,
    replaces=True,
)
def log(ctx: Context, uow: UnitOfWork) -> View:
    """`upto`: the newest act when reading began, so that what is done meanwhile moves no page."""
    about = resolve.hosted(ctx, uow) if ctx.args[HOSTED].typed else None
    ids = [each.id for each in uow.gatherings.parts(about)] if about else []
    upto, page = ctx.args[UPTO] or 0, ctx.args[PAGE]
    first = (page - 1) * LOG_LINES if upto else 0
    found = uow.audit.entries(limit=LOG_LINES + 1, offset=first, upto=upto, gatherings=ids)
    if not first:
        record.record(ctx, uow, ActKind.LOG_READ, about.id if about else None)
    shown = found[:LOG_LINES]
    people = {each for entry in shown for each in (entry.act.by, entry.act.about) if isinstance(each, Address)}
    return texts.log(
        ctx.locale,
        ctx.config,
        shown,
        uow.members.names({each for each in people if not each.is_channel}),
        about,
        page if first else 1,
        upto or (shown[0].id if shown else 0),
        more=len(found) > LOG_LINES,
    )
