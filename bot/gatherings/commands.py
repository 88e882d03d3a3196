"""What everybody can ask: one function per command. Each answers with exactly one View or Form, or refuses."""

from __future__ import annotations

from dataclasses import replace

from bot.arguments import PAGE
from bot.catalogue import command
from bot.context import Context
from bot.gatherings import resolve, texts
from bot.gatherings.arguments import GATHERING, PARTS, PartChoice
from bot.i18n import N_
from bot.registrations import model as registration_model
from bot.unit_of_work import UnitOfWork
from bot.views import ITEM_LIMIT, View


@command("list", PAGE, summary=N_("upcoming gatherings"), position=1, replaces=True)
def list_(ctx: Context, uow: UnitOfWork) -> View:
    page = ctx.args[PAGE]
    found = uow.gatherings.upcoming(ctx.now, limit=ITEM_LIMIT + 1, offset=(page - 1) * ITEM_LIMIT)
    if not found and page > 1:
        page, found = 1, uow.gatherings.upcoming(ctx.now, limit=ITEM_LIMIT + 1)
    shown = found[:ITEM_LIMIT]
    mine = uow.registrations.among(ctx.member.id, [each.id for each in shown])
    series = {each.series: each for each in shown if each.series is not None}
    coming = {
        number: registration_model.coming_parts(uow.gatherings.parts(each), ctx.now) for number, each in series.items()
    }
    return texts.listing(ctx.locale, page, shown, mine, more=len(found) > ITEM_LIMIT, coming=coming)


@command("details", replace(GATHERING, summary=""), PARTS)
def details(ctx: Context, uow: UnitOfWork) -> View:
    found = resolve.upcoming(ctx, uow)
    registered = uow.registrations.get(ctx.member.id, found.id) is not None
    parts = uow.gatherings.parts(found)
    return texts.details(
        ctx.locale,
        found,
        parts,
        registered=registered,
        coming=registration_model.coming_parts(parts, ctx.now),
        whole=ctx.args[PARTS] is PartChoice.UNNAMED,
    )
