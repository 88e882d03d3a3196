"""Announcing at a time still to come, and taking that back."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import i18n, times
from bot.addresses import Address
from bot.announcements import channel_names, texts
from bot.audit import record
from bot.audit.model import ActKind
from bot.catalogue import Option, command
from bot.context import Context
from bot.editing import cancel_texts
from bot.editing import texts as editing_texts
from bot.editing.commands import HOSTED
from bot.editing.texts import clock_text
from bot.gatherings import resolve
from bot.gatherings.model import Gathering, Status
from bot.i18n import N_
from bot.notifications import enqueue
from bot.redaction import published
from bot.unit_of_work import UnitOfWork
from bot.views import CHOICE_LIMIT, Answer, Choice, Refusal, Span, View


@command(
    "announce-at",
    HOSTED,
    Option("channel", limit=80),
    Option("when", limit=200),
    for_facilitators=True,
    opens_form=True,
)
def announce_at(ask: Context, books: UnitOfWork) -> Answer:
    to = i18n.locale_for(ask)
    found = resolve.hosted(ask, books)
    if isinstance(found, View):
        return found
    parts = to_announce(ask, books, found)
    choices = _choices(ask)
    if not choices:
        raise Refusal(texts.announce(to, ask.house, parts, []))
    values = dict(ask.call.arguments)
    example = _example(ask)
    if "when" not in ask.call:
        return texts.schedule_form(to, found, choices, values, {}, clock_text(to, example))
    at, error = _read(ask, parts[0], example)
    if at is None:
        return texts.schedule_form(to, found, choices, values, {"when": error}, clock_text(to, example))
    where = channel(ask, books, found)
    there = [each for each in books.announcements(found) if each.channel == where]
    if any(each.message for each in there):
        return texts.announcing(to, found, place(ask, where), before=True)
    for each in there:  # one that came to nothing, or was planned for another time, begins anew
        books.withdraw(each.id)
    enqueue.announce_in(books, parts[0], where, parts, ask.now, at)
    for planned in books.scheduled([parts[0].id], ask.now):
        if planned.announcement.channel == where:
            record.record(ask, books, ActKind.ANNOUNCEMENT_PLANNED, parts[0].id, about=where, to_at=at)
            return texts.scheduled(to, parts[0], planned, place(ask, where))
    # What is under way cannot be put off any more: it may stand there already.
    record.record(ask, books, ActKind.ANNOUNCED, parts[0].id, about=where)
    return texts.announcing(to, found, place(ask, where), before=False)


def _choices(ask: Context) -> list[Choice]:
    """The channels to choose from; the one chosen before stays among them, wherever the form was opened."""
    typed, found = ask.call["channel"], offered(ask)
    if not typed or typed in {each.value for each in found}:
        return found
    try:
        return [*found, channel_names.choice(i18n.locale_for(ask), ask.house, Address.parse(typed), ask.channel)]
    except ValueError:
        return [*found, Choice(typed, typed)]


def _example(ask: Context) -> datetime:
    zone = times.zone(i18n.locale_for(ask).zone)
    return (ask.now + timedelta(days=1)).astimezone(zone).replace(hour=9, minute=0)


def _read(ask: Context, first: Gathering, example: datetime) -> tuple[datetime | None, str]:
    """When to post it; or None and what to do about what was typed."""
    to = i18n.locale_for(ask)
    try:
        at = times.instant(ask.call["when"], to.zone)
    except times.UnreadableTime as problem:
        return None, editing_texts.unreadable_time(to, problem, example)
    if at <= ask.now:
        return None, editing_texts.already_past(to, at)
    if at >= first.starts_at:
        return None, texts.scheduled_too_late(to, first)
    return at, ""


@command("announce-cancel", Option("announcement", limit=12), for_facilitators=True)
def announce_cancel(ask: Context, books: UnitOfWork) -> View:
    to = i18n.locale_for(ask)
    typed = ask.call["announcement"]
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
    kept = books.announcement(number)
    if kept is None or not books.withdraw(kept.id):
        raise Refusal(texts.not_scheduled(to))
    record.record(ask, books, ActKind.ANNOUNCEMENT_WITHDRAWN, kept.gathering, about=kept.channel)
    return texts.withdrawn(to, kept.gathering)


@command(
    "announce",
    HOSTED,
    Option("channel", limit=80),
    summary=N_("announce a gathering in a channel"),
    for_facilitators=True,
)
def announce(ask: Context, books: UnitOfWork) -> View:
    to = i18n.locale_for(ask)
    found = resolve.hosted(ask, books)
    if isinstance(found, View):
        return found
    parts = to_announce(ask, books, found)
    if "channel" not in ask.call:
        planned = books.scheduled([each.id for each in parts], ask.now)
        later = {each.announcement.id for each in planned}
        missing = [each.channel for each in books.announcements(found) if not each.message and each.id not in later]
        return texts.announce(
            to,
            ask.house,
            parts,
            offered(ask),
            [(each, place(ask, each.announcement.channel)) for each in planned],
            [place(ask, each) for each in missing],
        )
    where = channel(ask, books, found)
    there = [each for each in books.announcements(found) if each.channel == where]
    before = any(each.message for each in there)
    for each in there:  # one that came to nothing begins anew; one that was planned is posted now
        books.withdraw(each.id)
    enqueue.announce_in(books, parts[0], where, parts, ask.now)
    if not before:
        record.record(ask, books, ActKind.ANNOUNCED, parts[0].id, about=where)
    return texts.announcing(to, found, place(ask, where), before=before)


def to_announce(ask: Context, books: UnitOfWork, found: Gathering) -> list[Gathering]:
    """Its parts, when it can be announced; refuses otherwise."""
    to = i18n.locale_for(ask)
    if found.status is Status.DRAFT:
        raise Refusal(editing_texts.still_a_draft(to, found))
    if found.cancelled or ask.now >= found.ends_at:
        raise Refusal(cancel_texts.cannot_be_cancelled(to, found))
    parts = books.parts(found)
    if published.leaks(books, parts):
        raise Refusal(editing_texts.text_leaks(to, found))
    return parts


def channel(ask: Context, books: UnitOfWork, about: Gathering) -> Address:
    """The channel that was chosen, written as it was when this was announced there before; refuses what is none."""
    try:
        where = Address.parse(ask.call["channel"])
    except ValueError:
        where = None
    if where is None or not where.is_channel:
        raise Refusal(texts.unknown_channel(i18n.locale_for(ask)))
    before = (each.channel for each in books.announcements(about))
    return next((each for each in before if each.meets(where)), where)


def offered(ask: Context) -> list[Choice]:
    """The channels to choose from, each once: where it was asked, and those that the operator named.

    A facilitator who asks from a stranger's place is not led to announce there.
    """
    found = [ask.channel] if ask.channel and not ask.is_among_strangers else []
    for each in ask.house.announcement_channels:
        if not any(each.meets(other) for other in found):
            found.append(each)
    return [channel_names.choice(i18n.locale_for(ask), ask.house, each, ask.channel) for each in found[:CHOICE_LIMIT]]


def place(ask: Context, channel: Address) -> Span:
    """A channel within a sentence."""
    return channel_names.place(i18n.locale_for(ask), ask.house, channel, ask.channel)
