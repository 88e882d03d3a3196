"""What facilitators plan and change: one function per command. The desk has made sure of who asks."""

from __future__ import annotations

from dataclasses import replace

from bot import dispatcher_texts, i18n
from bot.arguments import Option, yes
from bot.audit import record
from bot.audit.model import ActKind
from bot.catalogue import command
from bot.context import Context
from bot.editing import cancel_texts, form, texts
from bot.gatherings import change, resolve
from bot.gatherings.arguments import HOSTED
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
from bot.topics.resolve import TOPIC, open_topic
from bot.unit_of_work import UnitOfWork
from bot.views import Answer, Refusal, View

SURE = Option("sure", yes, limit=3)
NOTE = Option("note", prose, limit=1000)
WHICH = Option("which", str, limit=4)


@command(
    "create",
    *form.FIELDS,
    TOPIC,
    summary=N_("a new gathering or series"),
    position=1,
    for_facilitators=True,
    opens_form=True,
)
def create(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    topic = open_topic(ctx, uow, TOPIC) if TOPIC in ctx.args else None
    call = Call.of("host-create", topic=topic.id if topic else None)
    makes = ctx.config.meetings
    if form.TITLE not in ctx.args:
        values = {"facilitators": ctx.member.name} | (form.taken_up(topic) if topic else {})
        return texts.gathering_form(locale, call, values, {}, makes_link=makes)
    draft = form.read(ctx, makes_link=makes)
    if draft.errors:
        return texts.gathering_form(locale, call, dict(ctx.call.arguments), draft.errors, makes_link=makes)
    kept = _keep(ctx, uow, draft, topic)
    record.record(ctx, uow, ActKind.DRAFTED, kept[0].id)
    return texts.preview(locale, ctx.config, kept)


def _keep(ctx: Context, uow: UnitOfWork, draft: form.Draft, topic: Topic | None) -> list[Gathering]:
    """A draft, with the topic that it is about: those who asked for it are told once it is published."""
    kept = uow.gatherings.add(draft.plans(ctx.config), Status.DRAFT, ctx.now)
    if topic is not None:
        uow.topics.take_up(topic.id, kept[0].id)
    return kept


@command(
    "edit", HOSTED, *form.FIELDS, summary=N_("change a gathering"), position=2, for_facilitators=True, opens_form=True
)
def edit(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    found = resolve.hosted(ctx, uow)
    parts = uow.gatherings.parts(found)
    if all(each.cancelled or ctx.now >= each.ends_at for each in parts):
        raise Refusal(cancel_texts.cannot_be_cancelled(locale, found))
    call = Call.of("host-edit", gathering=found.id)
    told = len({each.member for part in parts for each in uow.registrations.registrants(part.id)})
    link = uow.gatherings.zoom_link(found.id)
    keeps, makes = link is not None, ctx.config.meetings
    if form.TITLE not in ctx.args:
        values = form.written(found, parts)
        return texts.gathering_form(locale, call, values, {}, told=told, keeps_link=keeps, makes_link=makes)
    links = list(uow.gatherings.zoom_links([each.id for each in parts]).values())
    draft = form.read(ctx, before=parts, link=link, makes_link=makes, links=links)
    if draft.errors:
        values = dict(ctx.call.arguments)
        return texts.gathering_form(locale, call, values, draft.errors, told=told, keeps_link=keeps, makes_link=makes)
    if found.status is Status.DRAFT:
        draft.link = draft.link or link
        topic = uow.topics.taken_up(parts[0].id)
        uow.gatherings.discard(found)
        kept = _keep(ctx, uow, draft, topic)
        record.record(ctx, uow, ActKind.EDITED, kept[0].id, fields=form.changed(draft, found, parts))
        return texts.preview(locale, ctx.config, kept)
    return _change(ctx, uow, found, parts, draft)


def _change(ctx: Context, uow: UnitOfWork, found: Gathering, parts: list[Gathering], draft: form.Draft) -> View:
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
            change.use_link(uow, part, draft.link)
        if changed == part:
            continue
        reached = change.change(uow, ctx.config, part, changed, ctx.now)
        told |= reached
        if starts_at != part.starts_at and not part.cancelled:
            moved += 1
            record.record(ctx, uow, ActKind.MOVED, part.id, count=len(reached), from_at=part.starts_at, to_at=starts_at)
    if moved:  # said of each part, from when to when
        named = tuple(each for each in named if each != "starts")
    if named:
        record.record(ctx, uow, ActKind.EDITED, parts[0].id, fields=named)
    posted = enqueue.is_announced(uow, parts[0])
    return texts.changed(ctx.locale, uow.gatherings.parts(parts[0]), moved=moved, told=len(told), posted=posted)


@command("publish", HOSTED, for_facilitators=True)
def publish(ctx: Context, uow: UnitOfWork) -> View:
    found = resolve.hosted(ctx, uow)
    parts = uow.gatherings.parts(found)
    late = [each for each in parts if each.status is Status.DRAFT and each.starts_at <= ctx.now]
    if late:
        raise Refusal(dispatcher_texts.paragraphs(i18n.line(texts.already_past(ctx.locale, late[0].starts_at))))
    if published.leaks(uow, parts):
        raise Refusal(texts.text_leaks(ctx.locale, found))
    if found.cancelled or ctx.now >= found.ends_at:
        raise Refusal(cancel_texts.cannot_be_cancelled(ctx.locale, found))
    new = [
        uow.gatherings.save(replace(each, status=Status.PUBLISHED), ctx.now)
        for each in parts
        if each.status is Status.DRAFT
    ]
    if new:
        record.record(ctx, uow, ActKind.PUBLISHED, parts[0].id)
    topic = uow.topics.taken_up(parts[0].id) if new else None
    told = 0
    if topic is not None:
        uow.topics.close(topic.id, TopicState.TAKEN)
        told = enqueue.topic_taken_up(uow, new[0], topic, ctx.member.id, ctx.now)
        record.record(ctx, uow, ActKind.TOPIC_TAKEN_UP, new[0].id, topic=topic.id, count=told)
    linked = uow.gatherings.zoom_links([each.id for each in parts])
    return texts.published(
        ctx.locale,
        parts[0],
        told=told,
        makes_room=ctx.config.meetings and any(each.id not in linked for each in parts),
        trouble=uow.state.get(TROUBLE) or "",
    )


@command("discard", HOSTED, for_facilitators=True)
def discard(ctx: Context, uow: UnitOfWork) -> View:
    found = resolve.hosted(ctx, uow)
    if found.status is not Status.DRAFT:
        raise Refusal(texts.not_a_draft(ctx.locale, found))
    uow.gatherings.discard(found)
    record.record(ctx, uow, ActKind.DISCARDED, found.id)
    return texts.discarded(ctx.locale, found)


@command(
    "cancel",
    HOSTED,
    SURE,
    NOTE,
    WHICH,
    summary=N_("cancel a gathering and tell everyone"),
    position=6,
    for_facilitators=True,
    opens_form=True,
)
def cancel(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    found = resolve.hosted(ctx, uow)
    if found.status is Status.DRAFT:
        return discard(ctx, uow)
    if found.cancelled or ctx.now >= found.ends_at:
        raise Refusal(cancel_texts.cannot_be_cancelled(locale, found))
    coming = [each for each in uow.gatherings.parts(found) if not each.cancelled and ctx.now < each.ends_at]
    several = len(coming) > 1
    note = ctx.args[NOTE][:NOTE_LIMIT]
    links = uow.gatherings.zoom_links([each.id for each in coming]).values()
    error = texts.holds_room(locale) if gives_away(note, *links, public_url=ctx.config.public_url or "") else ""
    if not ctx.args[SURE] or error:
        registrants = len(uow.registrations.registrants(found.id))
        return cancel_texts.cancel_form(locale, found, registrants, several=several, error=error, note=note)
    wanted = coming if ctx.args[WHICH] == "all" else [found]
    told = set[int]()
    for each in wanted:
        kept = uow.gatherings.save(replace(each, status=Status.CANCELLED, note=note), ctx.now)
        reached = enqueue.notify_registrants(uow, kept, NoticeKind.CANCELLED, ctx.now)
        told |= reached
        record.record(ctx, uow, ActKind.CANCELLED, each.id, count=len(reached))
        enqueue.update_announcements(uow, kept, ctx.now)
    return cancel_texts.cancelled(locale, wanted, len(told), posted=enqueue.is_announced(uow, found))
