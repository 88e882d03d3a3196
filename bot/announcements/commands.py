"""Announcing a gathering in a channel: now, at a later time, and withdrawing that."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from bot import time_texts, times, typed_dates
from bot.addresses import Address
from bot.announcements import channel_names, texts
from bot.announcements.model import Announcement, offered_parts
from bot.arguments import Option, number
from bot.audit.model import ActKind
from bot.audit.record import record
from bot.catalogue import command
from bot.context import Context
from bot.editing import cancel_texts
from bot.editing import texts as editing_texts
from bot.editing.texts import clock_text
from bot.gatherings import resolve
from bot.gatherings.arguments import HOSTED, PUBLISHED
from bot.gatherings.model import Gathering, Status
from bot.i18n import N_
from bot.notifications import enqueue
from bot.redaction import published
from bot.unit_of_work import UnitOfWork
from bot.views import CHOICE_LIMIT, Answer, Choice, Refusal, Span, View

CHANNEL = Option("channel", str, limit=80)
WHEN = Option("when", str, limit=200)
READING = Option("when.reading", str, limit=20)
ANNOUNCEMENT = Option("announcement", number, limit=12)
POST = Option("post", str, limit=8)


@command(
    "announce-at",
    HOSTED,
    CHANNEL,
    WHEN,
    READING,
    for_facilitators=True,
    opens_form=True,
)
def announce_at(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    gathering = resolve.hosted(ctx, uow)
    parts = _parts_to_announce(ctx, uow, gathering)
    choices = _choices(ctx)
    if not choices:
        raise Refusal(texts.announce(locale, ctx.config, parts, []))
    values = dict(ctx.call.arguments)
    example = _example(ctx)
    show_form = partial(texts.schedule_form, locale, gathering, choices, values, example=clock_text(locale, example))
    if WHEN not in ctx.args:
        return show_form({})
    at, error, readings = _read_time(ctx, _next_to_begin(ctx, parts), example)
    if at is None:
        return show_form({"when": error}, readings=readings)
    channel = _chosen_channel(ctx, uow, gathering)
    former = [announcement for announcement in uow.announcements.list_for(gathering) if announcement.channel == channel]
    if standing := _standing(former):
        return texts.announcing(locale, gathering, _span(ctx, channel), standing)
    for announcement in former:  # one that failed, or was scheduled for another time, is replaced
        uow.announcements.withdraw(announcement.id)
    enqueue.announce_in(uow, parts[0], channel, parts, ctx.now, at)
    for scheduled in uow.announcements.scheduled([parts[0].id], ctx.now):
        if scheduled.announcement.channel == channel:
            record(ctx, uow, ActKind.ANNOUNCEMENT_PLANNED, parts[0].id, about=channel, to_at=at)
            return texts.scheduled(locale, parts[0], scheduled, _span(ctx, channel))
    # One that is being posted cannot be postponed: it may have arrived already.
    record(ctx, uow, ActKind.ANNOUNCED, parts[0].id, about=channel)
    return texts.announcing(locale, gathering, _span(ctx, channel))


def _standing(announcements: list[Announcement]) -> Announcement | None:
    return next((announcement for announcement in announcements if announcement.message), None)


def _choices(ctx: Context) -> list[Choice]:
    """The channels to choose from, among them the one that was chosen before, wherever the form was opened."""
    chosen, choices = ctx.args[CHANNEL], _offered(ctx)[:CHOICE_LIMIT]
    if not chosen or chosen in {choice.value for choice in choices}:
        return choices
    try:
        kept = channel_names.choice(ctx.locale, ctx.config, Address.parse(chosen), ctx.channel)
    except ValueError:
        kept = Choice(chosen, chosen)
    return [*choices[: CHOICE_LIMIT - 1], kept]


def _example(ctx: Context) -> datetime:
    zone = times.zone(ctx.locale.zone)
    return (ctx.now + timedelta(days=1)).astimezone(zone).replace(hour=9, minute=0)


def _next_to_begin(ctx: Context, parts: list[Gathering]) -> Gathering:
    """The last one where all have begun."""
    return next((part for part in parts if not part.cancelled and ctx.now < part.starts_at), parts[-1])


def _read_time(ctx: Context, first: Gathering, example: datetime) -> tuple[datetime | None, str, tuple[Choice, ...]]:
    """When to post it; or None, an error that says what to change, and all that was perhaps meant."""
    locale = ctx.locale
    try:
        at, _ = typed_dates.read(ctx.args[WHEN], locale.zone, ctx.now, locale.language, reading=ctx.args[READING])
    except times.UnreadableTime as problem:
        error = editing_texts.unreadable_time(locale, problem, example)
        return None, error, time_texts.reading_choices(locale, problem)
    if at <= ctx.now:
        return None, editing_texts.already_past(locale, at), ()
    if at >= first.starts_at:
        return None, texts.scheduled_too_late(locale, first), ()
    return at, "", ()


@command("announce-cancel", ANNOUNCEMENT, for_facilitators=True)
def announce_cancel(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    announcement = uow.announcements.get(ctx.args[ANNOUNCEMENT] or 0)
    if announcement is None or not uow.announcements.withdraw(announcement.id):
        raise Refusal(texts.not_scheduled(locale, announcement.gathering if announcement else None))
    record(ctx, uow, ActKind.ANNOUNCEMENT_WITHDRAWN, announcement.gathering, about=announcement.channel)
    return texts.withdrawn(locale, announcement.gathering)


@command(
    "announce",
    PUBLISHED,
    CHANNEL,
    summary=N_("announce a gathering in a channel"),
    position=3,
    for_facilitators=True,
    also=("post, anunciar, anuncio, publicar"),
)
def announce(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    gathering = resolve.published(ctx, uow)
    parts = _parts_to_announce(ctx, uow, gathering)
    if CHANNEL not in ctx.args:
        scheduled = uow.announcements.scheduled([part.id for part in parts], ctx.now)
        scheduled_ids = {item.announcement.id for item in scheduled}
        missing = [
            announcement.channel
            for announcement in uow.announcements.list_for(gathering)
            if not announcement.message and announcement.id not in scheduled_ids
        ]
        return texts.announce(
            locale,
            ctx.config,
            parts,
            _offered(ctx),
            [(item, _span(ctx, item.announcement.channel)) for item in scheduled],
            [_span(ctx, channel) for channel in missing],
            coming=offered_parts(parts, ctx.now),
        )
    channel = _chosen_channel(ctx, uow, gathering)
    former = [announcement for announcement in uow.announcements.list_for(gathering) if announcement.channel == channel]
    standing = _standing(former)
    for announcement in former:  # one that failed is replaced; one that was scheduled is posted now
        uow.announcements.withdraw(announcement.id)
    enqueue.announce_in(uow, parts[0], channel, parts, ctx.now)
    if standing is None:
        record(ctx, uow, ActKind.ANNOUNCED, parts[0].id, about=channel)
    return texts.announcing(locale, gathering, _span(ctx, channel), standing)


@command("announce-again", PUBLISHED, ANNOUNCEMENT, POST, for_facilitators=True)
def announce_again(ctx: Context, uow: UnitOfWork) -> View:
    """The post was deleted in its channel."""
    gathering = resolve.published(ctx, uow)
    parts = _parts_to_announce(ctx, uow, gathering)
    former = [each for each in uow.announcements.list_for(gathering) if each.id == ctx.args[ANNOUNCEMENT]]
    if not former:
        raise Refusal(texts.unknown_channel(ctx.locale, gathering))
    (announcement,) = former
    is_meant = announcement.post == ctx.args[POST]
    if is_meant and uow.announcements.forget_post(announcement.id, announcement.message):
        enqueue.announce_in(uow, parts[0], announcement.channel, parts, ctx.now, again=True)
        record(ctx, uow, ActKind.ANNOUNCED, parts[0].id, about=announcement.channel)
        return texts.announcing(ctx.locale, gathering, _span(ctx, announcement.channel))
    return texts.announcing(ctx.locale, gathering, _span(ctx, announcement.channel), _standing(former))


def _parts_to_announce(ctx: Context, uow: UnitOfWork, gathering: Gathering) -> list[Gathering]:
    """All parts of a gathering; refuses when it cannot be announced: a series can while one of them is to come."""
    locale = ctx.locale
    if gathering.status is Status.DRAFT:
        raise Refusal(editing_texts.still_a_draft(locale, gathering))
    parts = uow.gatherings.parts(gathering)
    if not any(part.is_still_on(ctx.now) for part in parts):
        raise Refusal(cancel_texts.cancelled_or_over(locale, gathering))
    if published.leaks(uow, parts):
        raise Refusal(editing_texts.text_leaks(locale, gathering))
    return parts


def _chosen_channel(ctx: Context, uow: UnitOfWork, gathering: Gathering) -> Address:
    """The channel that was chosen, spelled as in an earlier announcement there; refuses what is not a channel."""
    try:
        channel = Address.parse(ctx.args[CHANNEL])
    except ValueError:
        channel = None
    if channel is None or not channel.is_channel:
        raise Refusal(texts.unknown_channel(ctx.locale, gathering))
    former = (announcement.channel for announcement in uow.announcements.list_for(gathering))
    return next((address for address in former if address.meets(channel)), channel)


def _offered(ctx: Context) -> list[Choice]:
    """The channels to choose from, each once: where the command was sent from, and those that the operator named.

    The channel of a server or workspace that is not home is not offered.
    """
    channels = [ctx.channel] if ctx.channel and not ctx.is_outside_home else []
    for channel in ctx.config.announcement_channels:
        if not any(channel.meets(other) for other in channels):
            channels.append(channel)
    return [channel_names.choice(ctx.locale, ctx.config, channel, ctx.channel) for channel in channels]


def _span(ctx: Context, channel: Address) -> Span:
    return channel_names.span(ctx.locale, ctx.config, channel, ctx.channel)
