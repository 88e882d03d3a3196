"""What facilitators can ask: one function per command. The desk has made sure of who asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot import doors, planning, rosters, words
from bot.addresses import Address
from bot.asks import Ask, Call
from bot.commands import drafting, finding, telling
from bot.commands.catalogue import Kind, Option, command, usages
from bot.doors import Doors
from bot.gatherings import NOTE_LIMIT, Gathering, Status
from bot.meetings import TROUBLE
from bot.notices import Kind as NoticeKind
from bot.notices import Receipt
from bot.ports import Books
from bot.secrets import holds_room
from bot.topics import State, Topic, prose
from bot.views import CHOICE_LIMIT, Answer, Choice, Refusal, View
from bot.words.reader import N_

HOSTED = Option("gathering", Kind.HOSTED, N_("its number, or a part of its title"), limit=200)
FORM = tuple(Option(name) for name in drafting.FIELDS)


@command(
    "create",
    *FORM,
    Option("topic", limit=12),
    summary=N_("a new gathering or series"),
    for_facilitators=True,
    opens_form=True,
)
def create(ask: Ask, books: Books) -> Answer:
    to = words.reader(ask)
    topic = finding.topic(ask, books) if "topic" in ask.call else None
    call = Call.of("host-create", topic=topic.id if topic else None)
    makes = ask.house.meetings
    if "title" not in ask.call:
        values = {"facilitators": ask.member.name} | (drafting.taken_up(topic) if topic else {})
        return words.gathering_form(to, call, values, {}, makes_link=makes)
    draft = drafting.read(ask, makes_link=makes)
    if draft.errors:
        return words.gathering_form(to, call, dict(ask.call.arguments), draft.errors, makes_link=makes)
    return words.preview(to, ask.house, _keep(ask, books, draft, topic))


def _keep(ask: Ask, books: Books, draft: drafting.Draft, topic: Topic | None) -> list[Gathering]:
    """A draft, with the topic that it is about: those who asked for it are told once it is published."""
    kept = books.add(draft.plans(ask.house), Status.DRAFT)
    if topic is not None:
        books.take_up(topic.id, kept[0].id)
    return kept


@command("edit", HOSTED, *FORM, summary=N_("change a gathering"), for_facilitators=True, opens_form=True)
def edit(ask: Ask, books: Books) -> Answer:
    to = words.reader(ask)
    found = finding.hosted(ask, books)
    if isinstance(found, View):
        return found
    parts = books.parts(found)
    if all(each.cancelled or ask.now >= each.ends_at for each in parts):
        raise Refusal(words.cannot_be_cancelled(to, found))
    call = Call.of("host-edit", gathering=found.id)
    told = len({each.member for part in parts for each in books.registrants(part.id)})
    link = books.zoom_link(found.id)
    keeps, makes = link is not None, ask.house.meetings
    if "title" not in ask.call:
        values = drafting.written(found, parts)
        return words.gathering_form(to, call, values, {}, told=told, keeps_link=keeps, makes_link=makes)
    draft = drafting.read(ask, before=parts, link=link, makes_link=makes)
    if draft.errors:
        values = dict(ask.call.arguments)
        return words.gathering_form(to, call, values, draft.errors, told=told, keeps_link=keeps, makes_link=makes)
    if found.status is Status.DRAFT:
        draft.link = draft.link or link
        topic = books.taken_up(parts[0].id)
        books.discard(found)
        return words.preview(to, ask.house, _keep(ask, books, draft, topic))
    return _change(ask, books, found, parts, draft)


def _change(ask: Ask, books: Books, found: Gathering, parts: list[Gathering], draft: drafting.Draft) -> View:
    """Keeps the change, tells registrants of each part that moved, and has the posts edited: one transaction.

    What was typed anew holds for every part; what was left alone stays as each part has it.
    """
    typed = {
        name: getattr(draft, name)
        for name in ("title", "description", "facilitators")
        if getattr(draft, name) != getattr(found, name)
    }
    moved, told = 0, set[int]()
    for part, starts_at, zone in zip(parts, draft.starts, draft.zones, strict=True):
        changed = replace(part, zone=zone, **typed)
        if starts_at != part.starts_at:
            changed = replace(changed, starts_at=starts_at, opened_at=None, closed_at=None)
        if draft.link is not None:
            books.set_zoom_link(part.id, draft.link)
        if changed == part:
            continue
        kept = books.change(changed)
        if kept.admitted and ask.now < doors.opens_at(kept):
            books.empty(kept.id)  # whoever was in was in at a time that is no more
        if starts_at != part.starts_at and not part.cancelled:
            moved += 1
            told |= telling.registrants(books, kept, NoticeKind.MOVED, ask.now)
            planning.skip_past_waves(books, ask.house, kept, ask.now)
        telling.keep_in_step(books, kept, ask.now)
    return words.changed(words.reader(ask), books.parts(parts[0]), moved=moved, told=len(told))


@command("publish", HOSTED, for_facilitators=True)
def publish(ask: Ask, books: Books) -> View:
    found = finding.hosted(ask, books)
    if isinstance(found, View):
        return found
    parts = books.parts(found)
    late = [each for each in parts if each.status is Status.DRAFT and each.starts_at <= ask.now]
    if late:
        raise Refusal(words.say(words.line(words.already_past(words.reader(ask), late[0].starts_at))))
    if found.cancelled or ask.now >= found.ends_at:
        raise Refusal(words.cannot_be_cancelled(words.reader(ask), found))
    new = [books.change(replace(each, status=Status.PUBLISHED)) for each in parts if each.status is Status.DRAFT]
    topic = books.taken_up(parts[0].id) if new else None
    told = 0
    if topic is not None:
        books.close_topic(topic.id, State.TAKEN)
        told = telling.topic_taken_up(books, new[0], topic, ask.member.id, ask.now)
    return words.published(words.reader(ask), parts[0], told=told)


@command("discard", HOSTED, for_facilitators=True)
def discard(ask: Ask, books: Books) -> View:
    found = finding.hosted(ask, books)
    if isinstance(found, View):
        return found
    if found.status is not Status.DRAFT:
        raise Refusal(words.not_a_draft(words.reader(ask), found))
    books.discard(found)
    return words.discarded(words.reader(ask), found)


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
        offered = [Choice(str(each), str(each)) for each in channels(ask)]
        return words.announce(to, ask.house, parts, offered, planned, missing)
    where = channel(ask)
    there = [each for each in books.announcements(found) if each.channel == where]
    before = any(each.message for each in there)
    for each in there:  # one that came to nothing begins anew; one that was planned is posted now
        books.withdraw(each.id)
    telling.channel(books, parts[0], where, parts, ask.now)
    return words.announcing(to, found, where, before=before)


def to_announce(ask: Ask, books: Books, found: Gathering) -> list[Gathering]:
    """Its parts, when it can be announced; refuses otherwise."""
    to = words.reader(ask)
    if found.status is Status.DRAFT:
        raise Refusal(words.still_a_draft(to, found))
    if found.cancelled or ask.now >= found.ends_at:
        raise Refusal(words.cannot_be_cancelled(to, found))
    return books.parts(found)


def channel(ask: Ask) -> Address:
    """The channel that was chosen; refuses what is none."""
    try:
        where = Address.parse(ask.call["channel"])
    except ValueError:
        where = None
    if where is None or not where.is_channel:
        raise Refusal(words.unknown_channel(words.reader(ask)))
    return where


def channels(ask: Ask) -> list[Address]:
    """Those to choose from: where it was asked, and those that the operator named."""
    here = [ask.channel] if ask.channel else []
    return list(dict.fromkeys([*here, *ask.house.announcement_channels]))[:CHOICE_LIMIT]


@command("roster", HOSTED, summary=N_("who registered, who came in"), for_facilitators=True)
def roster(ask: Ask, books: Books) -> View:
    found = finding.hosted(ask, books)
    if isinstance(found, View):
        return found
    kept = books.roster(found.id)
    return words.roster(words.reader(ask), found, kept, rosters.table(kept).encode("utf-8-sig"))


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
        found = books.change(_closed(found, ask.now))
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
    )


def _open(ask: Ask, books: Books, gathering: Gathering) -> Gathering:
    """Opens ahead of time, or again after Close now; never past the time that the door rule gives."""
    if ask.now >= doors.closes_at(gathering) or gathering.cancelled:
        raise Refusal(words.doors_stay(words.reader(ask), gathering))
    return books.change(replace(gathering, opened_at=gathering.opened_at or ask.now, closed_at=None))


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
    error = words.holds_room(to) if holds_room(note) else ""
    if ask.call["sure"] != "yes" or error:
        registrants = len(books.registrants(found.id))
        return words.cancel_form(to, found, registrants, several=several, error=error, note=note)
    wanted = coming if ask.call["which"] == "all" else [found]
    told = set[int]()
    for each in wanted:
        kept = books.change(replace(each, status=Status.CANCELLED, note=note))
        told |= telling.registrants(books, kept, NoticeKind.CANCELLED, ask.now)
        telling.keep_in_step(books, kept, ask.now)
    return words.cancelled(to, wanted, len(told))


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
