"""What everybody can ask: one function per command. Each answers with exactly one View or Form, or refuses."""

from __future__ import annotations

from bot import i18n
from bot.catalogue import Option, OptionKind, command
from bot.context import Context
from bot.gatherings import resolve, texts
from bot.gatherings.resolve import page_number
from bot.i18n import N_
from bot.registrations import model as registration_model
from bot.unit_of_work import UnitOfWork
from bot.views import ITEM_LIMIT, View

GATHERING = Option("gathering", OptionKind.GATHERING, N_("its number, or a part of its title"), limit=200)
MINE = Option("gathering", OptionKind.MINE, N_("its number, or a part of its title"), limit=200)
ONLY = Option("only", limit=3)
"""Which parts of a series are meant, where a button says more than the gathering's number does.

Register takes all coming parts; `yes`: this part and no other; `add`: this part, whatever of the others;
`any`: all, and the press was beside no part in particular. Unregister takes the part that is named; `all`: all
its parts; `yes`, on buttons of earlier versions: the part that is named.
"""
PAGE = Option("page", limit=4)


@command("list", PAGE, summary=N_("upcoming gatherings"), replaces=True)
def list_(ask: Context, books: UnitOfWork) -> View:
    page = page_number(ask)
    found = books.upcoming(ask.now, limit=ITEM_LIMIT + 1, offset=(page - 1) * ITEM_LIMIT)
    if not found and page > 1:
        page, found = 1, books.upcoming(ask.now, limit=ITEM_LIMIT + 1)
    shown = found[:ITEM_LIMIT]
    mine = books.registered_among(ask.member.id, [each.id for each in shown])
    series = {each.series: each for each in shown if each.series is not None}
    coming = {number: registration_model.coming_parts(books.parts(each), ask.now) for number, each in series.items()}
    return texts.listing(i18n.locale_for(ask), page, shown, mine, more=len(found) > ITEM_LIMIT, coming=coming)


@command("details", Option("gathering", OptionKind.GATHERING, limit=200), ONLY)
def details(ask: Context, books: UnitOfWork) -> View:
    found = resolve.upcoming(ask, books)
    if isinstance(found, View):
        return found
    registered = books.registration(ask.member.id, found.id) is not None
    parts = books.parts(found)
    return texts.details(
        i18n.locale_for(ask),
        found,
        parts,
        registered=registered,
        coming=registration_model.coming_parts(parts, ask.now),
        whole=ask.call["only"] == "any",
    )
