"""Announcing at a time still to come, and taking that back."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import times, words
from bot.acts import Kind as ActKind
from bot.addresses import Address
from bot.asks import Ask
from bot.commands import acting, finding, telling
from bot.commands.catalogue import Option, command
from bot.commands.drafts import HOSTED
from bot.commands.host import channel, offered, place, to_announce
from bot.gatherings import Gathering
from bot.ports import Books
from bot.views import Answer, Choice, Refusal, View
from bot.words import channels
from bot.words import scheduling as said
from bot.words.drafts import clock_text


@command(
    "announce-at",
    HOSTED,
    Option("channel", limit=80),
    Option("when", limit=200),
    for_facilitators=True,
    opens_form=True,
)
def announce_at(ask: Ask, books: Books) -> Answer:
    to = words.reader(ask)
    found = finding.hosted(ask, books)
    if isinstance(found, View):
        return found
    parts = to_announce(ask, books, found)
    choices = _choices(ask)
    if not choices:
        raise Refusal(words.announce(to, ask.house, parts, []))
    values = dict(ask.call.arguments)
    example = _example(ask)
    if "when" not in ask.call:
        return said.form(to, found, choices, values, {}, clock_text(to, example))
    at, error = _read(ask, parts[0], example)
    if at is None:
        return said.form(to, found, choices, values, {"when": error}, clock_text(to, example))
    where = channel(ask, books, found)
    there = [each for each in books.announcements(found) if each.channel == where]
    if any(each.message for each in there):
        return words.announcing(to, found, place(ask, where), before=True)
    for each in there:  # one that came to nothing, or was planned for another time, begins anew
        books.withdraw(each.id)
    telling.channel(books, parts[0], where, parts, ask.now, at)
    for planned in books.scheduled([parts[0].id], ask.now):
        if planned.announcement.channel == where:
            acting.record(ask, books, ActKind.ANNOUNCEMENT_PLANNED, parts[0].id, about=where, to_at=at)
            return said.planned(to, parts[0], planned, place(ask, where))
    # What is under way cannot be put off any more: it may stand there already.
    acting.record(ask, books, ActKind.ANNOUNCED, parts[0].id, about=where)
    return words.announcing(to, found, place(ask, where), before=False)


def _choices(ask: Ask) -> list[Choice]:
    """The channels to choose from; the one chosen before stays among them, wherever the form was opened."""
    typed, found = ask.call["channel"], offered(ask)
    if not typed or typed in {each.value for each in found}:
        return found
    try:
        return [*found, channels.choice(words.reader(ask), ask.house, Address.parse(typed), ask.channel)]
    except ValueError:
        return [*found, Choice(typed, typed)]


def _example(ask: Ask) -> datetime:
    zone = times.zone(words.reader(ask).zone)
    return (ask.now + timedelta(days=1)).astimezone(zone).replace(hour=9, minute=0)


def _read(ask: Ask, first: Gathering, example: datetime) -> tuple[datetime | None, str]:
    """When to post it; or None and what to do about what was typed."""
    to = words.reader(ask)
    try:
        at = times.instant(ask.call["when"], to.zone)
    except times.UnreadableTime as problem:
        return None, words.unreadable_time(to, problem, example)
    if at <= ask.now:
        return None, words.already_past(to, at)
    if at >= first.starts_at:
        return None, said.too_late(to, first)
    return at, ""


@command("announce-cancel", Option("announcement", limit=12), for_facilitators=True)
def announce_cancel(ask: Ask, books: Books) -> View:
    to = words.reader(ask)
    typed = ask.call["announcement"]
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
    kept = books.announcement(number)
    if kept is None or not books.withdraw(kept.id):
        raise Refusal(said.not_planned(to))
    acting.record(ask, books, ActKind.ANNOUNCEMENT_WITHDRAWN, kept.gathering, about=kept.channel)
    return said.withdrawn(to, kept.gathering)
