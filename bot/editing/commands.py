"""What facilitators plan and change: one function per command. The desk has made sure of who asks."""

from __future__ import annotations

from dataclasses import replace

from bot import dispatcher_texts, i18n
from bot.audit import record
from bot.audit.model import ActKind
from bot.catalogue import Option, OptionKind, command
from bot.context import Context
from bot.editing import cancel_texts, form, texts
from bot.gatherings import change, resolve
from bot.gatherings.model import NOTE_LIMIT, Gathering, Status
from bot.i18n import N_
from bot.meetings.model import TROUBLE
from bot.notifications import enqueue
from bot.notifications.model import NotificationKind as NoticeKind
from bot.redaction import published
from bot.redaction.detect import gives_away
from bot.request import Call
from bot.text import prose
from bot.topics.model import Topic, TopicState
from bot.unit_of_work import UnitOfWork
from bot.views import Answer, Refusal, View

HOSTED = Option("gathering", OptionKind.HOSTED, N_("its number, or a part of its title"), limit=200)
FORM = tuple(Option(name) for name in form.FIELDS)


@command(
    "create",
    *FORM,
    Option("topic", limit=12),
    summary=N_("a new gathering or series"),
    for_facilitators=True,
    opens_form=True,
)
def create(ask: Context, books: UnitOfWork) -> Answer:
    to = i18n.locale_for(ask)
    topic = resolve.topic(ask, books) if "topic" in ask.call else None
    call = Call.of("host-create", topic=topic.id if topic else None)
    makes = ask.house.meetings
    if "title" not in ask.call:
        values = {"facilitators": ask.member.name} | (form.taken_up(topic) if topic else {})
        return texts.gathering_form(to, call, values, {}, makes_link=makes)
    draft = form.read(ask, makes_link=makes)
    if draft.errors:
        return texts.gathering_form(to, call, dict(ask.call.arguments), draft.errors, makes_link=makes)
    kept = _keep(ask, books, draft, topic)
    record.record(ask, books, ActKind.DRAFTED, kept[0].id)
    return texts.preview(to, ask.house, kept)


def _keep(ask: Context, books: UnitOfWork, draft: form.Draft, topic: Topic | None) -> list[Gathering]:
    """A draft, with the topic that it is about: those who asked for it are told once it is published."""
    kept = books.add(draft.plans(ask.house), Status.DRAFT, ask.now)
    if topic is not None:
        books.take_up(topic.id, kept[0].id)
    return kept


@command("edit", HOSTED, *FORM, summary=N_("change a gathering"), for_facilitators=True, opens_form=True)
def edit(ask: Context, books: UnitOfWork) -> Answer:
    to = i18n.locale_for(ask)
    found = resolve.hosted(ask, books)
    if isinstance(found, View):
        return found
    parts = books.parts(found)
    if all(each.cancelled or ask.now >= each.ends_at for each in parts):
        raise Refusal(cancel_texts.cannot_be_cancelled(to, found))
    call = Call.of("host-edit", gathering=found.id)
    told = len({each.member for part in parts for each in books.registrants(part.id)})
    link = books.zoom_link(found.id)
    keeps, makes = link is not None, ask.house.meetings
    if "title" not in ask.call:
        values = form.written(found, parts)
        return texts.gathering_form(to, call, values, {}, told=told, keeps_link=keeps, makes_link=makes)
    links = list(books.zoom_links([each.id for each in parts]).values())
    draft = form.read(ask, before=parts, link=link, makes_link=makes, links=links)
    if draft.errors:
        values = dict(ask.call.arguments)
        return texts.gathering_form(to, call, values, draft.errors, told=told, keeps_link=keeps, makes_link=makes)
    if found.status is Status.DRAFT:
        draft.link = draft.link or link
        topic = books.taken_up(parts[0].id)
        books.discard(found)
        kept = _keep(ask, books, draft, topic)
        record.record(ask, books, ActKind.EDITED, kept[0].id, fields=form.changed(draft, found, parts))
        return texts.preview(to, ask.house, kept)
    return _change(ask, books, found, parts, draft)


def _change(ask: Context, books: UnitOfWork, found: Gathering, parts: list[Gathering], draft: form.Draft) -> View:
    """Keeps the change, tells registrants of each part that moved, and has the posts edited: one transaction.

    What was typed anew holds for every part; what was left alone stays as each part has it.
    """
    typed = {
        name: getattr(draft, name)
        for name in ("title", "description", "facilitators")
        if getattr(draft, name) != getattr(found, name)
    }
    named = form.changed(draft, found, parts)
    moved, told = 0, set[int]()
    for part, starts_at, zone in zip(parts, draft.starts, draft.zones, strict=True):
        changed = replace(part, zone=zone, starts_at=starts_at, **typed)
        if draft.link is not None:
            change.use_link(books, part, draft.link)
        if changed == part:
            continue
        reached = change.change(books, ask.house, part, changed, ask.now)
        told |= reached
        if starts_at != part.starts_at and not part.cancelled:
            moved += 1
            record.record(
                ask, books, ActKind.MOVED, part.id, count=len(reached), from_at=part.starts_at, to_at=starts_at
            )
    if moved:  # said of each part, from when to when
        named = tuple(each for each in named if each != "starts")
    if named:
        record.record(ask, books, ActKind.EDITED, parts[0].id, fields=named)
    posted = enqueue.is_announced(books, parts[0])
    return texts.changed(i18n.locale_for(ask), books.parts(parts[0]), moved=moved, told=len(told), posted=posted)


@command("publish", HOSTED, for_facilitators=True)
def publish(ask: Context, books: UnitOfWork) -> View:
    found = resolve.hosted(ask, books)
    if isinstance(found, View):
        return found
    parts = books.parts(found)
    late = [each for each in parts if each.status is Status.DRAFT and each.starts_at <= ask.now]
    if late:
        raise Refusal(
            dispatcher_texts.paragraphs(i18n.line(texts.already_past(i18n.locale_for(ask), late[0].starts_at)))
        )
    if published.leaks(books, parts):
        raise Refusal(texts.text_leaks(i18n.locale_for(ask), found))
    if found.cancelled or ask.now >= found.ends_at:
        raise Refusal(cancel_texts.cannot_be_cancelled(i18n.locale_for(ask), found))
    new = [
        books.change(replace(each, status=Status.PUBLISHED), ask.now) for each in parts if each.status is Status.DRAFT
    ]
    if new:
        record.record(ask, books, ActKind.PUBLISHED, parts[0].id)
    topic = books.taken_up(parts[0].id) if new else None
    told = 0
    if topic is not None:
        books.close_topic(topic.id, TopicState.TAKEN)
        told = enqueue.topic_taken_up(books, new[0], topic, ask.member.id, ask.now)
        record.record(ask, books, ActKind.TOPIC_TAKEN_UP, new[0].id, topic=topic.id, count=told)
    linked = books.zoom_links([each.id for each in parts])
    return texts.published(
        i18n.locale_for(ask),
        parts[0],
        told=told,
        makes_room=ask.house.meetings and any(each.id not in linked for each in parts),
        trouble=books.remembered(TROUBLE) or "",
    )


@command("discard", HOSTED, for_facilitators=True)
def discard(ask: Context, books: UnitOfWork) -> View:
    found = resolve.hosted(ask, books)
    if isinstance(found, View):
        return found
    if found.status is not Status.DRAFT:
        raise Refusal(texts.not_a_draft(i18n.locale_for(ask), found))
    books.discard(found)
    record.record(ask, books, ActKind.DISCARDED, found.id)
    return texts.discarded(i18n.locale_for(ask), found)


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
def cancel(ask: Context, books: UnitOfWork) -> Answer:
    to = i18n.locale_for(ask)
    found = resolve.hosted(ask, books)
    if isinstance(found, View):
        return found
    if found.status is Status.DRAFT:
        return discard(ask, books)
    if found.cancelled or ask.now >= found.ends_at:
        raise Refusal(cancel_texts.cannot_be_cancelled(to, found))
    coming = [each for each in books.parts(found) if not each.cancelled and ask.now < each.ends_at]
    several = len(coming) > 1
    note = prose(ask.call["note"])[:NOTE_LIMIT]
    links = books.zoom_links([each.id for each in coming]).values()
    error = texts.holds_room(to) if gives_away(note, *links, public_url=ask.house.public_url or "") else ""
    if ask.call["sure"] != "yes" or error:
        registrants = len(books.registrants(found.id))
        return cancel_texts.cancel_form(to, found, registrants, several=several, error=error, note=note)
    wanted = coming if ask.call["which"] == "all" else [found]
    told = set[int]()
    for each in wanted:
        kept = books.change(replace(each, status=Status.CANCELLED, note=note), ask.now)
        reached = enqueue.notify_registrants(books, kept, NoticeKind.CANCELLED, ask.now)
        told |= reached
        record.record(ask, books, ActKind.CANCELLED, each.id, count=len(reached))
        enqueue.update_announcements(books, kept, ask.now)
    return cancel_texts.cancelled(to, wanted, len(told), posted=enqueue.is_announced(books, found))
