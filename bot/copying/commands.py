"""A gathering like an earlier one: the form of `create`, filled in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.catalogue import command
from bot.context import Context
from bot.copying import model
from bot.editing import form
from bot.editing import texts as editing_texts
from bot.gatherings import resolve_texts
from bot.gatherings import texts as gathering_texts
from bot.gatherings.arguments import HOSTED
from bot.gatherings.model import Gathering, Status, series_of
from bot.gatherings.naming import containing
from bot.i18n import N_
from bot.request import Call
from bot.unit_of_work import UnitOfWork
from bot.views import Answer, AskBack, Refusal

OFFERED_SINCE = timedelta(days=365)
OFFERED_UNTIL = timedelta(days=365)


@command(
    "copy",
    HOSTED,
    summary=N_("a new one like an earlier one"),
    position=13,
    for_facilitators=True,
    opens_form=True,
    also="duplicate, repeat, again, copiar, duplicar, repetir",
)
def copy(ctx: Context, uow: UnitOfWork) -> Answer:
    gathering = _original(ctx, uow)
    parts = uow.gatherings.parts(gathering)
    starts = model.moved_on(parts, ctx.now)
    moved = [replace(part, starts_at=start) for part, start in zip(parts, starts, strict=True)]
    return editing_texts.gathering_form(
        ctx.locale,
        Call.of("host-create", like=gathering.id),
        form.values_of_gathering(gathering, moved),
        {},
        makes_link=ctx.config.meetings,
        zone=parts[0].zone,
    )


def _original(ctx: Context, uow: UnitOfWork) -> Gathering:
    """Any gathering by its number; else one of those of a year, the newest first, a series by its first part."""
    typed, number = ctx.args[HOSTED].typed, ctx.args[HOSTED].number
    if number is not None:
        gathering = uow.gatherings.get(number)
        if gathering is None:
            raise Refusal(resolve_texts.not_found(ctx.locale, typed))
        return gathering
    found = uow.gatherings.starting_between(ctx.now - OFFERED_SINCE, ctx.now + OFFERED_UNTIL)
    groups = [group[0] for group in series_of([each for each in found if each.status is Status.PUBLISHED])]
    newest_first = list(reversed(groups))
    matching = containing(typed, newest_first)
    if typed and matching:
        return matching[0]  # of several with this title the newest is copied
    if not newest_first:
        raise Refusal(gathering_texts.nothing_hosted(ctx.locale))
    raise AskBack(resolve_texts.which(ctx.locale, newest_first, ctx.call, unknown=typed, page=ctx.args[HOSTED].page))
