"""Announcing at a time still to come, and taking that back."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import times
from bot.addresses import Address
from bot.announcements import channel_names, texts
from bot.arguments import Option, number
from bot.audit import record
from bot.audit.model import ActKind
from bot.catalogue import command
from bot.context import Context
from bot.editing import cancel_texts
from bot.editing import texts as editing_texts
from bot.editing.texts import clock_text
from bot.gatherings import resolve
from bot.gatherings.arguments import HOSTED
from bot.gatherings.model import Gathering, Status
from bot.i18n import N_
from bot.notifications import enqueue
from bot.redaction import published
from bot.unit_of_work import UnitOfWork
from bot.views import CHOICE_LIMIT, Answer, Choice, Refusal, Span, View

CHANNEL = Option("channel", str, limit=80)
WHEN = Option("when", str, limit=200)
ANNOUNCEMENT = Option("announcement", number, limit=12)


@command(
    "announce-at",
    HOSTED,
    CHANNEL,
    WHEN,
    for_facilitators=True,
    opens_form=True,
)
def announce_at(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    found = resolve.hosted(ctx, uow)
    parts = to_announce(ctx, uow, found)
    choices = _choices(ctx)
    if not choices:
        raise Refusal(texts.announce(locale, ctx.config, parts, []))
    values = dict(ctx.call.arguments)
    example = _example(ctx)
    if WHEN not in ctx.args:
        return texts.schedule_form(locale, found, choices, values, {}, clock_text(locale, example))
    at, error = _read(ctx, parts[0], example)
    if at is None:
        return texts.schedule_form(locale, found, choices, values, {"when": error}, clock_text(locale, example))
    where = channel(ctx, uow, found)
    there = [each for each in uow.announcements.list_for(found) if each.channel == where]
    if any(each.message for each in there):
        return texts.announcing(locale, found, place(ctx, where), before=True)
    for each in there:  # one that came to nothing, or was planned for another time, begins anew
        uow.announcements.withdraw(each.id)
    enqueue.announce_in(uow, parts[0], where, parts, ctx.now, at)
    for planned in uow.announcements.scheduled([parts[0].id], ctx.now):
        if planned.announcement.channel == where:
            record.record(ctx, uow, ActKind.ANNOUNCEMENT_PLANNED, parts[0].id, about=where, to_at=at)
            return texts.scheduled(locale, parts[0], planned, place(ctx, where))
    # What is under way cannot be put off any more: it may stand there already.
    record.record(ctx, uow, ActKind.ANNOUNCED, parts[0].id, about=where)
    return texts.announcing(locale, found, place(ctx, where), before=False)


def _choices(ctx: Context) -> list[Choice]:
    """The channels to choose from; the one chosen before stays among them, wherever the form was opened."""
    typed, found = ctx.args[CHANNEL], offered(ctx)
    if not typed or typed in {each.value for each in found}:
        return found
    try:
        return [*found, channel_names.choice(ctx.locale, ctx.config, Address.parse(typed), ctx.channel)]
    except ValueError:
        return [*found, Choice(typed, typed)]


def _example(ctx: Context) -> datetime:
    zone = times.zone(ctx.locale.zone)
    return (ctx.now + timedelta(days=1)).astimezone(zone).replace(hour=9, minute=0)


def _read(ctx: Context, first: Gathering, example: datetime) -> tuple[datetime | None, str]:
    """When to post it; or None and what to do about what was typed."""
    locale = ctx.locale
    try:
        at = times.instant(ctx.args[WHEN], locale.zone)
    except times.UnreadableTime as problem:
        return None, editing_texts.unreadable_time(locale, problem, example)
    if at <= ctx.now:
        return None, editing_texts.already_past(locale, at)
    if at >= first.starts_at:
        return None, texts.scheduled_too_late(locale, first)
    return at, ""


@command("announce-cancel", ANNOUNCEMENT, for_facilitators=True)
def announce_cancel(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    kept = uow.announcements.get(ctx.args[ANNOUNCEMENT] or 0)
    if kept is None or not uow.announcements.withdraw(kept.id):
        raise Refusal(texts.not_scheduled(locale))
    record.record(ctx, uow, ActKind.ANNOUNCEMENT_WITHDRAWN, kept.gathering, about=kept.channel)
    return texts.withdrawn(locale, kept.gathering)


@command(
    "announce",
    HOSTED,
    CHANNEL,
    summary=N_("announce a gathering in a channel"),
    position=3,
    for_facilitators=True,
)
def announce(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    found = resolve.hosted(ctx, uow)
    parts = to_announce(ctx, uow, found)
    if CHANNEL not in ctx.args:
        planned = uow.announcements.scheduled([each.id for each in parts], ctx.now)
        later = {each.announcement.id for each in planned}
        missing = [
            each.channel for each in uow.announcements.list_for(found) if not each.message and each.id not in later
        ]
        return texts.announce(
            locale,
            ctx.config,
            parts,
            offered(ctx),
            [(each, place(ctx, each.announcement.channel)) for each in planned],
            [place(ctx, each) for each in missing],
        )
    where = channel(ctx, uow, found)
    there = [each for each in uow.announcements.list_for(found) if each.channel == where]
    before = any(each.message for each in there)
    for each in there:  # one that came to nothing begins anew; one that was planned is posted now
        uow.announcements.withdraw(each.id)
    enqueue.announce_in(uow, parts[0], where, parts, ctx.now)
    if not before:
        record.record(ctx, uow, ActKind.ANNOUNCED, parts[0].id, about=where)
    return texts.announcing(locale, found, place(ctx, where), before=before)


def to_announce(ctx: Context, uow: UnitOfWork, found: Gathering) -> list[Gathering]:
    """Its parts, when it can be announced; refuses otherwise."""
    locale = ctx.locale
    if found.status is Status.DRAFT:
        raise Refusal(editing_texts.still_a_draft(locale, found))
    if found.cancelled or ctx.now >= found.ends_at:
        raise Refusal(cancel_texts.cannot_be_cancelled(locale, found))
    parts = uow.gatherings.parts(found)
    if published.leaks(uow, parts):
        raise Refusal(editing_texts.text_leaks(locale, found))
    return parts


def channel(ctx: Context, uow: UnitOfWork, about: Gathering) -> Address:
    """The channel that was chosen, written as it was when this was announced there before; refuses what is none."""
    try:
        where = Address.parse(ctx.args[CHANNEL])
    except ValueError:
        where = None
    if where is None or not where.is_channel:
        raise Refusal(texts.unknown_channel(ctx.locale))
    before = (each.channel for each in uow.announcements.list_for(about))
    return next((each for each in before if each.meets(where)), where)


def offered(ctx: Context) -> list[Choice]:
    """The channels to choose from, each once: where it was asked, and those that the operator named.

    A facilitator who asks from a stranger's place is not led to announce there.
    """
    found = [ctx.channel] if ctx.channel and not ctx.is_among_strangers else []
    for each in ctx.config.announcement_channels:
        if not any(each.meets(other) for other in found):
            found.append(each)
    return [channel_names.choice(ctx.locale, ctx.config, each, ctx.channel) for each in found[:CHOICE_LIMIT]]


def place(ctx: Context, channel: Address) -> Span:
    """A channel within a sentence."""
    return channel_names.place(ctx.locale, ctx.config, channel, ctx.channel)
