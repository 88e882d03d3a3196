"""What facilitators plan and change: one function per command. The desk has made sure of who asks."""

from __future__ import annotations

from dataclasses import replace

from bot import publishing, words
from bot.acts import Kind as ActKind
from bot.asks import Ask, Call
from bot.commands import acting, changing, drafting, finding, telling
from bot.commands.catalogue import Kind, Option, command
from bot.gatherings import Gathering, Status
from bot.meetings import TROUBLE
from bot.ports import Books
from bot.topics import State, Topic
from bot.views import Answer, Refusal, View
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
    kept = _keep(ask, books, draft, topic)
    acting.record(ask, books, ActKind.DRAFTED, kept[0].id)
    return words.preview(to, ask.house, kept)


def _keep(ask: Ask, books: Books, draft: drafting.Draft, topic: Topic | None) -> list[Gathering]:
    """A draft, with the topic that it is about: those who asked for it are told once it is published."""
    kept = books.add(draft.plans(ask.house), Status.DRAFT, ask.now)
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
    links = list(books.zoom_links([each.id for each in parts]).values())
    draft = drafting.read(ask, before=parts, link=link, makes_link=makes, links=links)
    if draft.errors:
        values = dict(ask.call.arguments)
        return words.gathering_form(to, call, values, draft.errors, told=told, keeps_link=keeps, makes_link=makes)
    if found.status is Status.DRAFT:
        draft.link = draft.link or link
        topic = books.taken_up(parts[0].id)
        books.discard(found)
        kept = _keep(ask, books, draft, topic)
        acting.record(ask, books, ActKind.EDITED, kept[0].id, fields=drafting.changed(draft, found, parts))
        return words.preview(to, ask.house, kept)
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
    named = drafting.changed(draft, found, parts)
    moved, told = 0, set[int]()
    for part, starts_at, zone in zip(parts, draft.starts, draft.zones, strict=True):
        changed = replace(part, zone=zone, starts_at=starts_at, **typed)
        if draft.link is not None:
            changing.use_link(books, part, draft.link)
        if changed == part:
            continue
        reached = changing.change(books, ask.house, part, changed, ask.now)
        told |= reached
        if starts_at != part.starts_at and not part.cancelled:
            moved += 1
            acting.record(
                ask, books, ActKind.MOVED, part.id, count=len(reached), from_at=part.starts_at, to_at=starts_at
            )
    if moved:  # said of each part, from when to when
        named = tuple(each for each in named if each != "starts")
    if named:
        acting.record(ask, books, ActKind.EDITED, parts[0].id, fields=named)
    posted = telling.posted(books, parts[0])
    return words.changed(words.reader(ask), books.parts(parts[0]), moved=moved, told=len(told), posted=posted)


@command("publish", HOSTED, for_facilitators=True)
def publish(ask: Ask, books: Books) -> View:
    found = finding.hosted(ask, books)
    if isinstance(found, View):
        return found
    parts = books.parts(found)
    late = [each for each in parts if each.status is Status.DRAFT and each.starts_at <= ask.now]
    if late:
        raise Refusal(words.say(words.line(words.already_past(words.reader(ask), late[0].starts_at))))
    if publishing.leaks(books, parts):
        raise Refusal(words.text_leaks(words.reader(ask), found))
    if found.cancelled or ask.now >= found.ends_at:
        raise Refusal(words.cannot_be_cancelled(words.reader(ask), found))
    new = [
        books.change(replace(each, status=Status.PUBLISHED), ask.now) for each in parts if each.status is Status.DRAFT
    ]
    if new:
        acting.record(ask, books, ActKind.PUBLISHED, parts[0].id)
    topic = books.taken_up(parts[0].id) if new else None
    told = 0
    if topic is not None:
        books.close_topic(topic.id, State.TAKEN)
        told = telling.topic_taken_up(books, new[0], topic, ask.member.id, ask.now)
        acting.record(ask, books, ActKind.TOPIC_TAKEN_UP, new[0].id, topic=topic.id, count=told)
    linked = books.zoom_links([each.id for each in parts])
    return words.published(
        words.reader(ask),
        parts[0],
        told=told,
        makes_room=ask.house.meetings and any(each.id not in linked for each in parts),
        trouble=books.remembered(TROUBLE) or "",
    )


@command("discard", HOSTED, for_facilitators=True)
def discard(ask: Ask, books: Books) -> View:
    found = finding.hosted(ask, books)
    if isinstance(found, View):
        return found
    if found.status is not Status.DRAFT:
        raise Refusal(words.not_a_draft(words.reader(ask), found))
    books.discard(found)
    acting.record(ask, books, ActKind.DISCARDED, found.id)
    return words.discarded(words.reader(ask), found)
