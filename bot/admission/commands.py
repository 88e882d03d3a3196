"""What facilitators do with what is planned: announce, watch the doors, cancel. The desk has made sure of who asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot import i18n
from bot.admission import enter, host_texts, model, texts
from bot.admission.model import Doors
from bot.audit import record
from bot.audit.model import ActKind
from bot.catalogue import Option, command
from bot.context import Context
from bot.editing import texts as editing_texts
from bot.editing.commands import HOSTED
from bot.gatherings import resolve
from bot.gatherings.commands import MINE
from bot.gatherings.model import Gathering, Status
from bot.i18n import N_
from bot.meetings.model import TROUBLE
from bot.notifications.model import Receipt
from bot.registrations.model import DoorVisit, RosterLine
from bot.unit_of_work import UnitOfWork
from bot.views import Refusal, View


def held_back(books: UnitOfWork, kept: Iterable[RosterLine]) -> list[str]:
    """The platforms of these registrants that refuse the bot's messages for now."""
    platforms = {each.platform for each in kept}
    return [each.platform for each in books.breakers() if each.platform in platforms]


@command(
    "doors",
    HOSTED,
    Option("act", limit=5),
    summary=N_("live: who is in, open and close"),
    for_facilitators=True,
    replaces=True,
)
def doors_(ask: Context, books: UnitOfWork) -> View:
    to = i18n.locale_for(ask)
    found = resolve.hosted(ask, books)
    if isinstance(found, View):
        return found
    if found.status is Status.DRAFT:
        raise Refusal(editing_texts.still_a_draft(to, found))
    if ask.call["act"] == "open":
        found = _open(ask, books, found)
    elif ask.call["act"] == "close" and found.doors(ask.now) in {Doors.OPEN, Doors.FULL}:
        found = books.change(_closed(found, ask.now), ask.now)
        record.record(ask, books, ActKind.DOORS_CLOSED, found.id)
    kept = books.roster(found.id)
    unreached = sum(1 for each in kept if any(receipt is Receipt.BLOCKED for _, receipt in each.receipts))
    return host_texts.doors_live(
        to,
        found,
        ask.now,
        registered=len(kept),
        unreached=unreached,
        logged_in=sum(1 for each in kept if each.logged_in_at),
        trouble=(books.remembered(TROUBLE) or "") if ask.house.meetings and books.meeting(found.id) else "",
        held_back=held_back(books, kept),
    )


def _open(ask: Context, books: UnitOfWork, gathering: Gathering) -> Gathering:
    """Opens ahead of time, or again after Close now; never past the time that the door rule gives."""
    if ask.now >= model.closes_at(gathering) or gathering.cancelled:
        raise Refusal(host_texts.doors_stay(i18n.locale_for(ask), gathering))
    record.record(ask, books, ActKind.DOORS_OPENED, gathering.id)
    return books.change(replace(gathering, opened_at=gathering.opened_at or ask.now, closed_at=None), ask.now)


def _closed(gathering: Gathering, now: datetime) -> Gathering:
    """Closed for good; before the doors would open by themselves, back to waiting for that."""
    early = replace(gathering, opened_at=None)
    return early if now < model.opens_at(early) else replace(gathering, closed_at=now)


@command("join", MINE, summary=N_("my private way in"))
def join(ask: Context, books: UnitOfWork) -> View:
    to = i18n.locale_for(ask)
    found = resolve.to_join(ask, books)
    if isinstance(found, View):
        return found
    kept = books.registration(ask.member.id, found.id)
    state = found.doors(ask.now)
    inside = books.admitted(ask.member.id, found.id)
    if kept is None and state in {Doors.EARLY, Doors.OPEN}:
        raise Refusal(texts.register_first(to, found, resolve.coming(found, ask, books)))
    if kept is None or (state is not Doors.EARLY and not inside and state is not Doors.OPEN):
        following = resolve.following(found, ask, books)
        raise Refusal(texts.shut(to, found, state, following, resolve.coming(following, ask, books)))
    if state is Doors.EARLY and not inside:
        return texts.early(to, ask.house, found, kept, ask.now)
    return _enter(ask, books, DoorVisit(kept, found, inside))


def _enter(ask: Context, books: UnitOfWork, arrival: DoorVisit) -> View:
    to, gathering = i18n.locale_for(ask), arrival.gathering
    entry = enter.enter(books, arrival, ask.now)
    if entry.link is not None:
        return texts.welcome(to, gathering, entry.link, back=entry.back)
    if entry.doors is Doors.OPEN:
        raise enter.NoLinkYet(texts.no_room_yet(to, gathering), arrival)
    now_it_is = books.gathering(gathering.id) or gathering
    following = resolve.following(gathering, ask, books)
    raise Refusal(texts.shut(to, now_it_is, entry.doors, following, resolve.coming(following, ask, books)))
