"""Who did what and when, among facilitators."""

from __future__ import annotations

from bot import i18n
from bot.addresses import Address
from bot.audit import record, texts
from bot.audit.model import LOG_LINES, ActKind
from bot.catalogue import Option, command
from bot.context import Context
from bot.editing.commands import HOSTED
from bot.gatherings import resolve
from bot.gatherings.commands import PAGE
from bot.gatherings.resolve import page_number
from bot.i18n import N_
from bot.unit_of_work import UnitOfWork
from bot.views import View


@command(
    "log",
    HOSTED,
    PAGE,
    Option("upto", limit=12),
    summary=N_("who did what and when"),
    for_facilitators=True,
    replaces=True,
)
def log(ask: Context, books: UnitOfWork) -> View:
    """`upto`: the newest act when reading began, so that what is done meanwhile moves no page."""
    about = resolve.hosted(ask, books) if ask.call["gathering"] else None
    if isinstance(about, View):
        return about
    ids = [each.id for each in books.parts(about)] if about else []
    typed, page = ask.call["upto"], page_number(ask)
    upto = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
    first = (page - 1) * LOG_LINES if upto else 0
    found = books.acts(limit=LOG_LINES + 1, offset=first, upto=upto, gatherings=ids)
    if not first:
        record.record(ask, books, ActKind.LOG_READ, about.id if about else None)
    shown = found[:LOG_LINES]
    people = {each for entry in shown for each in (entry.act.by, entry.act.about) if isinstance(each, Address)}
    return texts.log(
        i18n.locale_for(ask),
        ask.house,
        shown,
        books.names({each for each in people if not each.is_channel}),
        about,
        page if first else 1,
        upto or (shown[0].id if shown else 0),
        more=len(found) > LOG_LINES,
    )
