"""What facilitators do with what is planned: announce, watch the doors, cancel. The desk has made sure of who asks."""

from __future__ import annotations

from bot import i18n
from bot.admission.commands import held_back
from bot.admission.model import Doors
from bot.audit import record
from bot.audit.model import ActKind
from bot.catalogue import command
from bot.context import Context
from bot.editing.commands import HOSTED
from bot.gatherings import resolve
from bot.gatherings.commands import GATHERING, MINE, ONLY, PAGE
from bot.gatherings.resolve import page_number
from bot.i18n import N_
from bot.registrations import model, roster_csv, roster_texts, texts
from bot.unit_of_work import UnitOfWork
from bot.views import ITEM_LIMIT, Refusal, View


@command("roster", HOSTED, summary=N_("who registered, who came in"), for_facilitators=True)
def roster(ask: Context, books: UnitOfWork) -> View:
    found = resolve.hosted(ask, books)
    if isinstance(found, View):
        return found
    kept = books.roster(found.id)
    # The page holds the file, where anybody is on it: whoever reads it has taken it.
    record.record(ask, books, ActKind.ROSTER_TAKEN if kept else ActKind.ROSTER_READ, found.id)
    return roster_texts.roster(
        i18n.locale_for(ask), found, kept, roster_csv.table(kept).encode("utf-8-sig"), held_back(books, kept)
    )


@command("register", GATHERING, ONLY, summary=N_("register for a gathering or a series"))
def register(ask: Context, books: UnitOfWork) -> View:
    to = i18n.locale_for(ask)
    found = resolve.upcoming(ask, books)
    if isinstance(found, View):
        return found
    parts = books.parts(found) if found.is_part else [found]
    coming = model.coming_parts(parts, ask.now)
    only = ask.call["only"]
    wanted = [each for each in coming if each.id == found.id] if only in {"yes", "add"} else coming
    if not wanted:
        following = resolve.following(found, ask, books)
        raise Refusal(texts.too_late(to, found, ask.now, following, resolve.coming(following, ask, books)))
    left = only == "yes" and books.unregister(ask.member.id, [each.id for each in coming if each.id != found.id])
    kept = books.register(ask.member.id, [each.id for each in wanted], ask.now)
    books.stand_still(wanted)
    open_now = wanted[0].doors(ask.now) is Doors.OPEN
    missing = only and len(books.registered_among(ask.member.id, [each.id for each in coming])) < len(coming)
    return texts.registered(
        to,
        ask.house,
        wanted[0],
        wanted,
        kept[0],
        named=resolve.named_part(ask, found, coming, books),
        series=coming if missing else (),
        left=bool(left),
        calendar=ask.member.calendar,
        open_now=open_now,
    )


@command("unregister", MINE, ONLY, summary=N_("cancel my registration"))
def unregister(ask: Context, books: UnitOfWork) -> View:
    to = i18n.locale_for(ask)
    found = resolve.mine(ask, books)
    if isinstance(found, View):
        return found
    parts, whole = books.parts(found), found.is_part and ask.call["only"] == "all"
    ahead = {each.id: each for each in (parts if whole else [found]) if ask.now < each.ends_at}
    removed = books.unregister(ask.member.id, ahead)
    kept = books.registered_among(ask.member.id, [each.id for each in parts]) if found.is_part else set()
    rest = [each for each in parts if each.id in kept and ask.now < each.ends_at and not each.cancelled]
    if not removed:
        return texts.was_not_registered(to, found, rest, series=whole, over=not ahead)
    gone = sorted((ahead[each] for each in removed), key=lambda each: each.starts_at)
    return texts.unregistered(to, gone, rest, model.coming_parts(parts, ask.now))


@command("mine", PAGE, summary=N_("my gatherings, with the way in"), replaces=True)
def mine(ask: Context, books: UnitOfWork) -> View:
    page = page_number(ask)
    found = books.registered(ask.member.id, ask.now)
    first = (page - 1) * ITEM_LIMIT
    shown = found[first : first + ITEM_LIMIT] or found[:ITEM_LIMIT]
    known = {each.id: books.registration(ask.member.id, each.id) for each in shown}
    return texts.mine(
        i18n.locale_for(ask),
        ask.house,
        shown,
        {gathering: kept for gathering, kept in known.items() if kept is not None},
        page,
        calendar=ask.member.calendar,
        more=len(found) > first + ITEM_LIMIT,
    )
