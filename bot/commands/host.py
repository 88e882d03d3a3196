"""What facilitators do with what is planned: announce, watch the doors, cancel. The desk has made sure of who asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot import doors, publishing, rosters, words
from bot.acts import Kind as ActKind
from bot.addresses import Address
from bot.asks import Ask
from bot.commands import acting, finding, telling
from bot.commands.catalogue import Option, command, usages
from bot.commands.drafts import HOSTED, discard
from bot.doors import Doors
from bot.gatherings import NOTE_LIMIT, Gathering, Status
from bot.meetings import TROUBLE
from bot.notices import Kind as NoticeKind
from bot.notices import Receipt
from bot.ports import Books
from bot.registrations import RosterLine
from bot.topics import prose
from bot.views import CHOICE_LIMIT, Answer, Choice, Refusal, Span, View
from bot.way_in import gives_away
from bot.words import channels
from bot.words.reader import N_


@command(
    "announce",
    HOSTED,
    Option("channel", limit=80),
    summary=N_("announce a gathering in a channel"),
    for_facilitators=True,
)
def announce(ask: Ask, books: Books) -> View:
    to = words.reader(ask)
    found = finding.hosted(ask, books)
    if isinstance(found, View):
        return found
    parts = to_announce(ask, books, found)
    if "channel" not in ask.call:
        planned = books.scheduled([each.id for each in parts], ask.now)
        later = {each.announcement.id for each in planned}
        missing = [each.channel for each in books.announcements(found) if not each.message and each.id not in later]
        return words.announce(
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
    telling.channel(books, parts[0], where, parts, ask.now)
    if not before:
        acting.record(ask, books, ActKind.ANNOUNCED, parts[0].id, about=where)
    return words.announcing(to, found, place(ask, where), before=before)


def to_announce(ask: Ask, books: Books, found: Gathering) -> list[Gathering]:
    """Its parts, when it can be announced; refuses otherwise."""
    to = words.reader(ask)
    if found.status is Status.DRAFT:
        raise Refusal(words.still_a_draft(to, found))
    if found.cancelled or ask.now >= found.ends_at:
        raise Refusal(words.cannot_be_cancelled(to, found))
    parts = books.parts(found)
    if publishing.leaks(books, parts):
        raise Refusal(words.text_leaks(to, found))
    return parts


def channel(ask: Ask, books: Books, about: Gathering) -> Address:
    """The channel that was chosen, written as it was when this was announced there before; refuses what is none."""
    try:
        where = Address.parse(ask.call["channel"])
    except ValueError:
        where = None
    if where is None or not where.is_channel:
        raise Refusal(words.unknown_channel(words.reader(ask)))
    before = (each.channel for each in books.announcements(about))
    return next((each for each in before if each.meets(where)), where)


def offered(ask: Ask) -> list[Choice]:
    """The channels to choose from, each once: where it was asked, and those that the operator named.

    A facilitator who asks from a stranger's place is not led to announce there.
    """
    found = [ask.channel] if ask.channel and not ask.is_among_strangers else []
    for each in ask.house.announcement_channels:
        if not any(each.meets(other) for other in found):
            found.append(each)
    return [channels.choice(words.reader(ask), ask.house, each, ask.channel) for each in found[:CHOICE_LIMIT]]


def place(ask: Ask, channel: Address) -> Span:
    """A channel within a sentence."""
    return channels.place(words.reader(ask), ask.house, channel, ask.channel)


@command("roster", HOSTED, summary=N_("who registered, who came in"), for_facilitators=True)
def roster(ask: Ask, books: Books) -> View:
    found = finding.hosted(ask, books)
    if isinstance(found, View):
        return found
    kept = books.roster(found.id)
    # The page holds the file, where anybody is on it: whoever reads it has taken it.
    acting.record(ask, books, ActKind.ROSTER_TAKEN if kept else ActKind.ROSTER_READ, found.id)
    return words.roster(words.reader(ask), found, kept, rosters.table(kept).encode("utf-8-sig"), held_back(books, kept))


def held_back(books: Books, kept: Iterable[RosterLine]) -> list[str]:
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
def doors_(ask: Ask, books: Books) -> View:
    to = words.reader(ask)
    found = finding.hosted(ask, books)
    if isinstance(found, View):
        return found
    if found.status is Status.DRAFT:
        raise Refusal(words.still_a_draft(to, found))
    if ask.call["act"] == "open":
        found = _open(ask, books, found)
    elif ask.call["act"] == "close" and found.doors(ask.now) in {Doors.OPEN, Doors.FULL}:
        found = books.change(_closed(found, ask.now), ask.now)
        acting.record(ask, books, ActKind.DOORS_CLOSED, found.id)
    kept = books.roster(found.id)
    unreached = sum(1 for each in kept if any(receipt is Receipt.BLOCKED for _, receipt in each.receipts))
    return words.doors_live(
        to,
        found,
        ask.now,
        registered=len(kept),
        unreached=unreached,
        logged_in=sum(1 for each in kept if each.logged_in_at),
        trouble=(books.remembered(TROUBLE) or "") if ask.house.meetings and books.meeting(found.id) else "",
        held_back=held_back(books, kept),
    )


def _open(ask: Ask, books: Books, gathering: Gathering) -> Gathering:
    """Opens ahead of time, or again after Close now; never past the time that the door rule gives."""
    if ask.now >= doors.closes_at(gathering) or gathering.cancelled:
        raise Refusal(words.doors_stay(words.reader(ask), gathering))
    acting.record(ask, books, ActKind.DOORS_OPENED, gathering.id)
    return books.change(replace(gathering, opened_at=gathering.opened_at or ask.now, closed_at=None), ask.now)


def _closed(gathering: Gathering, now: datetime) -> Gathering:
    """Closed for good; before the doors would open by themselves, back to waiting for that."""
    early = replace(gathering, opened_at=None)
    return early if now < doors.opens_at(early) else replace(gathering, closed_at=now)


@command(
    "cancel",
    HOSTED,
    Option("sure", limit=3),
    Option("note", limit=1000),
    Option("which", limit=4),
    summary=N_("cancel a gathering and tell everyone"),
    for_facilitators=True,
    opens_form=True,
)
def cancel(ask: Ask, books: Books) -> Answer:
    to = words.reader(ask)
    found = finding.hosted(ask, books)
    if isinstance(found, View):
        return found
    if found.status is Status.DRAFT:
        return discard(ask, books)
    if found.cancelled or ask.now >= found.ends_at:
        raise Refusal(words.cannot_be_cancelled(to, found))
    coming = [each for each in books.parts(found) if not each.cancelled and ask.now < each.ends_at]
    several = len(coming) > 1
    note = prose(ask.call["note"])[:NOTE_LIMIT]
    links = books.zoom_links([each.id for each in coming]).values()
    error = words.holds_room(to) if gives_away(note, *links, public_url=ask.house.public_url or "") else ""
    if ask.call["sure"] != "yes" or error:
        registrants = len(books.registrants(found.id))
        return words.cancel_form(to, found, registrants, several=several, error=error, note=note)
    wanted = coming if ask.call["which"] == "all" else [found]
    told = set[int]()
    for each in wanted:
        kept = books.change(replace(each, status=Status.CANCELLED, note=note), ask.now)
        reached = telling.registrants(books, kept, NoticeKind.CANCELLED, ask.now)
        told |= reached
        acting.record(ask, books, ActKind.CANCELLED, each.id, count=len(reached))
        telling.keep_in_step(books, kept, ask.now)
    return words.cancelled(to, wanted, len(told), posted=telling.posted(books, found))


@command(
    "help",
    Option("unknown", limit=60),
    Option("nearest", limit=60),
    summary=N_("what you can do"),
    for_facilitators=True,
)
def help_(ask: Ask, books: Books) -> View:
    del books
    unknown, nearest = ask.call["unknown"], ask.call["nearest"]
    return words.help_page(
        words.reader(ask), ask.house, "htg-host", usages("htg-host"), unknown=unknown, nearest=nearest
    )
