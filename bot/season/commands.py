"""The season in numbers, as facilitators read it."""

from __future__ import annotations

from bot.arguments import PAGE, Option, one_of
from bot.catalogue import command
from bot.context import Context
from bot.i18n import N_
from bot.season import texts
from bot.season.model import SeasonOrder
from bot.unit_of_work import UnitOfWork
from bot.views import View

ORDER = Option("by", one_of(SeasonOrder.MONTH), limit=5)


@command(
    "season",
    ORDER,
    PAGE,
    summary=N_("how many came, by month and by topic"),
    position=16,
    for_facilitators=True,
    replaces=True,
    also="counts, numbers, statistics, stats, temporada, cifras, numeros, estadisticas",
)
def season(ctx: Context, uow: UnitOfWork) -> View:
    return texts.season(ctx.locale, uow.season.attended(ctx.now), ctx.args[ORDER], ctx.args[PAGE])
