"""The commands with which everybody looks at gatherings."""

from __future__ import annotations

from dataclasses import replace

from bot.admission import waiting
from bot.admission.model import closes_at
from bot.arguments import PAGE, page_of
from bot.catalogue import command
from bot.context import Context
from bot.gatherings import past_texts, resolve, texts
from bot.gatherings.arguments import GATHERING, PARTS, PartChoice
from bot.gatherings.model import Gathering
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
        "buenas tardes, buenas noches, lista, listar, proximos, encuentros, eventos, calendario, "
        "next, schedule, agenda, sessions, circles, meetings, horario, horarios, sesiones, circulos, reuniones, "
        "when, cuando, ver"
    ),
)
def list_(ctx: Context, uow: UnitOfWork) -> View:
    running = _running(ctx, uow)
    count = len(running) + uow.gatherings.count_upcoming(ctx.now)
    page, first = page_of(ctx.args[PAGE], ITEM_LIMIT, count)
    behind = max(0, first - len(running))
    shown = [*running, *uow.gatherings.upcoming(ctx.now, limit=ITEM_LIMIT, offset=behind)]
    shown = shown[first - behind :][:ITEM_LIMIT]
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
        count=count,
        coming=coming,
        ways_in=resolve.ways_in(ctx, uow, [gathering for gathering in shown if gathering.id in registered]),
        waits=resolve.full_houses(ctx, uow, shown),
        waited_for={each.id for each in waiting.waited_for(uow, ctx.member.id, shown, ctx.now)},
    )


def _running(ctx: Context, uow: UnitOfWork) -> list[Gathering]:
    """What they may come back into, though its doors have closed and it is upcoming for nobody else."""
    mine = uow.registrations.gatherings_of(ctx.member.id, ctx.now)
    closed = [each for each in mine if ctx.now >= closes_at(each)]
    lead_somewhere = resolve.ways_in(ctx, uow, closed)
    return [each for each in closed if each.id in lead_somewhere]


@command("details", replace(GATHERING, summary=""), PARTS)
def details(ctx: Context, uow: UnitOfWork) -> View:
    gathering = resolve.upcoming(ctx, uow)
    registered = uow.registrations.get(ctx.member.id, gathering.id) is not None
    parts = uow.gatherings.parts(gathering)
    coming = registration_model.coming_parts(parts, ctx.now)
    if not gathering.is_still_on(ctx.now):
        return past_texts.details(ctx.locale, gathering, parts, coming)
    return texts.details(
        ctx.locale,
        gathering,
        parts,
        ctx.now,
        registered=registered,
        way_in=resolve.ways_in(ctx, uow, [gathering] if registered else []).get(gathering.id),
        coming=coming,
        waits=bool(resolve.full_houses(ctx, uow, [gathering])),
        whole=ctx.args[PARTS] is PartChoice.UNNAMED,
    )
