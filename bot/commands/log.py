"""Who did what and when, among facilitators."""

from __future__ import annotations

from bot import words
from bot.acts import LOG_LINES, Kind
from bot.addresses import Address
from bot.asks import Ask
from bot.commands import acting, finding
from bot.commands.catalogue import Option, command
from bot.commands.drafts import HOSTED
from bot.commands.finding import page_number
from bot.commands.member import PAGE
from bot.ports import Books
from bot.views import View
from bot.words import acts as said
from bot.words.reader import N_


@command(
    "log",
    HOSTED,
    PAGE,
    Option("upto", limit=12),
    summary=N_("who did what and when"),
    for_facilitators=True,
    replaces=True,
)
def log(ask: Ask, books: Books) -> View:
    """`upto`: the newest act when reading began, so that what is done meanwhile moves no page."""
    about = finding.hosted(ask, books) if ask.call["gathering"] else None
    if isinstance(about, View):
        return about
    ids = [each.id for each in books.parts(about)] if about else []
    typed, page = ask.call["upto"], page_number(ask)
    upto = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
    first = (page - 1) * LOG_LINES if upto else 0
    found = books.acts(limit=LOG_LINES + 1, offset=first, upto=upto, gatherings=ids)
    if not first:
        acting.record(ask, books, Kind.LOG_READ, about.id if about else None)
    shown = found[:LOG_LINES]
    people = {each for entry in shown for each in (entry.act.by, entry.act.about) if isinstance(each, Address)}
    return said.log(
        words.reader(ask),
        ask.house,
        shown,
        books.names({each for each in people if not each.is_channel}),
        about,
        page if first else 1,
        upto or (shown[0].id if shown else 0),
        more=len(found) > LOG_LINES,
    )
