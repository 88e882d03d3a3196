"""A further part of what is published. Whoever takes all parts is asked whether they want it, and takes it by a press.

The new part travels in the buttons of what is shown before, with the state of the series that it was shown for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot import time_texts, times, typed_dates
from bot.arguments import Option
from bot.audit.model import ActKind
from bot.audit.record import record
from bot.catalogue import command
from bot.context import Context
from bot.editing import move
from bot.editing import texts as editing_texts
from bot.extending import model, texts
from bot.gatherings import resolve
from bot.gatherings.arguments import GATHERING, PARTS, PUBLISHED
from bot.gatherings.model import PARTS_LIMIT, Gathering, Status, series_of
from bot.i18n import N_
from bot.meetings.model import MeetingState
from bot.notifications import enqueue
from bot.registrations import what_follows
from bot.registrations.model import Registrant
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from bot.views import CHOICE_LIMIT, Answer, Refusal, View

STARTS = Option("starts", str.strip, limit=200)
READING = Option("starts.reading", str, limit=20)


@command(
    "extend",
    PUBLISHED,
    STARTS,
    READING,
    move.STARTS_TO,
    move.ZONE_TO,
    summary=N_("one more part for a published series"),
    position=14,
    for_facilitators=True,
    opens_form=True,
    also="part, another part, ampliar, parte, otra parte",
)
def extend(ctx: Context, uow: UnitOfWork) -> Answer:
    gathering, parts = _extensible(ctx, uow)
    last = model.standing_of(parts)[-1]
    zone = last.zone
    if STARTS not in ctx.args:
        starts, in_zone = ctx.args[move.STARTS_TO], ctx.args[move.ZONE_TO] or zone
        start = starts[0] if starts else model.next_start(parts)
        return texts.form(ctx.locale, gathering, times.typed(start, in_zone), zone)
    typed, length = ctx.args[STARTS], last.duration
    try:
        start, in_zone = typed_dates.read(typed, zone, ctx.now, ctx.locale.language, length, ctx.args[READING])
    except times.UnreadableTime as problem:
        wrong = editing_texts.unreadable_time(ctx.locale, problem, model.next_start(parts))
        return texts.form(ctx.locale, gathering, typed, zone, wrong, time_texts.reading_choices(ctx.locale, problem))
    if start <= ctx.now or start < last.ends_at:
        return texts.form(ctx.locale, gathering, typed, zone, texts.too_early(ctx.locale, last))
    return _ask(ctx, uow, parts, start, in_zone, again=False)


def _meant(ctx: Context, uow: UnitOfWork) -> Gathering:
    """Of a series no part is meant more than the others: its title is enough."""
    typed = ctx.args[PUBLISHED].typed
    if typed and ctx.args[PUBLISHED].number is None:
        found = uow.gatherings.hosted(ctx.now, limit=CHOICE_LIMIT, titled=typed)
        groups = series_of([each for each in found if each.status is not Status.DRAFT])
        if len(groups) == 1:
            return groups[0][0]
    return resolve.published(ctx, uow)


def _extensible(ctx: Context, uow: UnitOfWork) -> tuple[Gathering, list[Gathering]]:
    gathering = _meant(ctx, uow)
    parts = uow.gatherings.parts(gathering)
    if gathering.status is Status.DRAFT:
        raise Refusal(editing_texts.still_a_draft(ctx.locale, gathering))
    if all(part.cancelled for part in parts):
        raise Refusal(texts.cancelled(ctx.locale, gathering))
    if len(parts) >= PARTS_LIMIT:
        raise Refusal(texts.full(ctx.locale, gathering))
    return gathering, parts


def _ask(ctx: Context, uow: UnitOfWork, parts: list[Gathering], start: datetime, zone: str, *, again: bool) -> View:
    asked = len(_takers_of_all(uow, parts, ctx.now))
    call = move.further_part(parts, start, zone)
    return texts.ask(ctx.locale, parts, start, zone, asked, ctx.now, call, again=again)


def _takers_of_all(uow: UnitOfWork, parts: Sequence[Gathering], now: datetime) -> list[Registrant]:
    """Who is registered for all that is asked of, and hears by direct message what nobody must know."""
    registrants = [uow.registrations.registrants(part.id) for part in model.asked_of(parts, now)]
    everywhere = set.intersection(*({each.member for each in those} for those in registrants))
    return [each for each in registrants[0] if each.member in everywhere and each.by_direct_message]


@command("add-part", PUBLISHED, *move.FIELDS, for_facilitators=True)
def add_part(ctx: Context, uow: UnitOfWork) -> View:
    """Adds the part that was shown; shows it again where the series was changed since."""
    locale, starts = ctx.locale, ctx.args[move.STARTS_TO]
    stored = uow.gatherings.parts(resolve.published(ctx, uow))
    if starts and stored[-1].starts_at == starts[0] and not stored[-1].cancelled:
        return texts.stands(locale, stored[-1])
    gathering, parts = _extensible(ctx, uow)
    last = model.standing_of(parts)[-1]
    zone = ctx.args[move.ZONE_TO] or last.zone
    if len(starts) != 1 or starts[0] <= ctx.now or starts[0] < last.ends_at:
        raise Refusal(texts.fits_no_more(locale, gathering))
    if not move.is_as_shown(parts, ctx.args[move.STATE]):
        return _ask(ctx, uow, parts, starts[0], zone, again=True)
    asked = _takers_of_all(uow, parts, ctx.now)
    link = _link(ctx, uow, parts)
    added = uow.gatherings.add_part(parts, model.plan(parts, starts[0], zone, link), ctx.now)
    enqueue.part_added(uow, added, asked, ctx.now)
    enqueue.update_announcements(uow, added, ctx.now)
    record(ctx, uow, ActKind.PART_ADDED, added.id, count=len(asked))
    return texts.added(locale, added, len(asked), posted=enqueue.is_announced(uow, added), makes_room=link is None)


def _link(ctx: Context, uow: UnitOfWork, parts: list[Gathering]) -> ZoomLink | None:
    """That of the last part, where it was pasted; None where the bot makes a meeting for the new one."""
    last = model.standing_of(parts)[-1]
    meeting = uow.meetings.get(last.id)
    made = meeting is not None and meeting.standing is not MeetingState.GONE
    link = None if made and ctx.config.meetings else uow.gatherings.zoom_link(last.id)
    if link is None and not ctx.config.meetings:
        raise Refusal(texts.without_link(ctx.locale, last))
    return link


@command("leave-part", replace(GATHERING, summary=""), PARTS)
def leave_part(ctx: Context, uow: UnitOfWork) -> View:
    """The answer of whoever does not want the new part. Nothing is stored: nobody is asked twice."""
    gathering = resolve.upcoming(ctx, uow)
    if uow.registrations.get(ctx.member.id, gathering.id) is not None:
        return texts.already_taken(ctx.locale, gathering)
    keeps = what_follows.has_other_parts(uow, ctx.now, ctx.member.id, gathering)
    return texts.left(ctx.locale, gathering, keeps=keeps, open_now=gathering.open_to_registration(ctx.now))
