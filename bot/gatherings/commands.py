"""The commands with which everybody looks at gatherings."""

from __future__ import annotations

from dataclasses import replace

from bot.admission import waiting
from bot.arguments import PAGE
from bot.catalogue import command
from bot.context import Context
from bot.gatherings import resolve, texts
from bot.gatherings.arguments import GATHERING, PARTS, PartChoice
from bot.i18n import N_
from bot.registrations import model as registration_model
from bot.unit_of_work import UnitOfWork
from bot.views import ITEM_LIMIT, View


@command(
    "list",
    PAGE,
    summary=N_("upcoming gatherings"),
    position=1,
    replaces=True,
    also=(
        "hi, hello, hey, start, upcoming, events, gatherings, calendar, hola, buenas, buenos dias, "
        "buenas tardes, buenas noches, lista, listar, proximos, encuentros, eventos, calendario"
    ),
)
def list_(ctx: Context, uow: UnitOfWork) -> View:
    page = ctx.args[PAGE]
    gatherings = uow.gatherings.upcoming(ctx.now, limit=ITEM_LIMIT + 1, offset=(page - 1) * ITEM_LIMIT)
    if not gatherings and page > 1:
        page, gatherings = 1, uow.gatherings.upcoming(ctx.now, limit=ITEM_LIMIT + 1)
    shown = gatherings[:ITEM_LIMIT]
    registered = uow.registrations.among(ctx.member.id, [gathering.id for gathering in shown])
    series = {gathering.series: gathering for gathering in shown if gathering.series is not None}
    coming = {
        number: registration_model.coming_parts(uow.gatherings.parts(gathering), ctx.now)
        for number, gathering in series.items()
    }
    return texts.listing(
        ctx.locale,
        page,
        shown,
        registered,
        ctx.now,
        more=len(gatherings) > ITEM_LIMIT,
        coming=coming,
        joinable={
            gathering.id
            for gathering in shown
            if gathering.id in registered and waiting.may_join(uow, ctx.member.id, gathering, ctx.now)
        },
    )


@command("details", replace(GATHERING, summary=""), PARTS)
def details(ctx: Context, uow: UnitOfWork) -> View:
    gathering = resolve.upcoming(ctx, uow)
    registered = uow.registrations.get(ctx.member.id, gathering.id) is not None
    parts = uow.gatherings.parts(gathering)
    return texts.details(
        ctx.locale,
        gathering,
        parts,
        ctx.now,
        registered=registered,
        joinable=registered and waiting.may_join(uow, ctx.member.id, gathering, ctx.now),
        coming=registration_model.coming_parts(parts, ctx.now),
        whole=ctx.args[PARTS] is PartChoice.UNNAMED,
    )
