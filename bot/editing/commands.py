"""Facilitators' commands that create, change, publish and cancel gatherings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot import people
from bot.arguments import PAGE, Option, number, yes
from bot.audit.model import ActKind
from bot.audit.record import record
from bot.catalogue import command
from bot.context import Context
from bot.editing import cancel_texts, draft_texts, form, meanwhile, move, move_texts, rule_form, rule_texts, save, texts
from bot.gatherings import change, resolve
from bot.gatherings.arguments import HOSTED
from bot.gatherings.model import NOTE_LIMIT, Gathering, Status
from bot.i18n import N_
from bot.meetings.model import CAPACITY, TROUBLE, MeetingState
from bot.notifications import enqueue
from bot.notifications.model import NotificationKind
from bot.redaction import published
from bot.redaction.detect import gives_away
from bot.request import Call
from bot.text import prose
from bot.topics.model import TopicState
from bot.topics.resolve import TOPIC, open_topic
from bot.unit_of_work import UnitOfWork
from bot.views import ITEM_LIMIT, Answer, Refusal, View

CONFIRMED = Option("sure", yes, limit=3)
NOTE = Option("note", prose, limit=1000, own_words=True)
LIKE = Option("like", number)
"""The gathering that it is copied from."""
EXTENT = Option("which", str, limit=4)
"""`this` part, or `all` that are to come."""


@command(
    "create",
    *form.FIELDS,
    TOPIC,
    LIKE,
    summary=N_("a new gathering or series"),
    position=1,
    for_facilitators=True,
    opens_form=True,
    also=("new, add, crear, nuevo, nueva, anadir"),
)
def create(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    topic = open_topic(ctx, uow, TOPIC) if TOPIC in ctx.args else None
    number_of_like = ctx.args[LIKE]
    like = uow.gatherings.get(number_of_like) if number_of_like else None
    call = Call.of("host-create", topic=topic.id if topic else None, like=like.id if like else None)
    makes_link = ctx.config.meetings
    if form.TITLE not in ctx.args:
        values = {"facilitators": people.mention(ctx.address, ctx.member.name) if ctx.member.name else ""} | (
            form.values_of_topic(topic) if topic else {}
        )
        return texts.gathering_form(locale, call, values, {}, makes_link=makes_link)
    draft = form.read(ctx, makes_link=makes_link, names=uow.members.names)
    if draft.errors:
        return texts.gathering_form(
            locale, call, form.typed(ctx, draft), draft.errors, makes_link=makes_link, readings=draft.readings
        )
    plans = draft.plans(ctx.config, uow.gatherings.parts(like) if like else ())
    parts = uow.gatherings.add(plans, Status.DRAFT, ctx.now)
    if topic is not None:
        uow.topics.take_up(topic.id, parts[0].id)  # its voters are told once this is published
    record(ctx, uow, ActKind.DRAFTED, parts[0].id)
    return _with_capacity(ctx, uow, draft_texts.preview(locale, ctx.config, parts, ctx.now), parts)


@command(
    "drafts",
    PAGE,
    replace(HOSTED, summary=""),
    summary=N_("what is not published yet"),
    position=15,
    for_facilitators=True,
    replaces=True,
    also="draft, unpublished, borrador, borradores",
)
def drafts(ctx: Context, uow: UnitOfWork) -> View:
    """All of them; or one as its preview, with what can be done with it."""
    number = ctx.args[HOSTED].number
    chosen = uow.gatherings.get(number) if number is not None else None
    if chosen is not None and chosen.status is Status.DRAFT:
        return draft_texts.preview(ctx.locale, ctx.config, uow.gatherings.parts(chosen), ctx.now)
    page = ctx.args[PAGE]
    found = uow.gatherings.drafts(limit=ITEM_LIMIT + 1, offset=(page - 1) * ITEM_LIMIT)
    if not found and page > 1:
        page, found = 1, uow.gatherings.drafts(limit=ITEM_LIMIT + 1)
    return draft_texts.drafts(ctx.locale, found[:ITEM_LIMIT], page, ctx.now, more=len(found) > ITEM_LIMIT)


@command(
    "edit",
    HOSTED,
    *form.FIELDS,
    move.STARTS_TO,
    move.ZONE_TO,
    meanwhile.SHOWN,
    summary=N_("change a gathering"),
    position=2,
    for_facilitators=True,
    opens_form=True,
    also=("change, move, update, editar, cambiar, mover, modificar"),
)
def edit(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    gathering, everything = _changeable(ctx, uow)
    parts = [part for part in everything if not part.cancelled]
    link = uow.gatherings.zoom_link(gathering.id)
    makes_link = ctx.config.meetings
    stored = form.values_of_gathering(gathering, parts)
    show_form = partial(
        texts.gathering_form,
        locale,
        meanwhile.call("host-edit", gathering, stored),
        told=len(enqueue.told_of(uow, parts)),
        keeps_link=link is not None,
        makes_link=makes_link,
        zone=parts[0].zone,
        may_add=gathering.status is Status.DRAFT,
    )
    if form.TITLE not in ctx.args:
        proposal = move.proposed(parts, ctx.args[move.STARTS_TO], ctx.args[move.ZONE_TO])
        return show_form(stored | ({"starts": move.lines(proposal)} if proposal else {}), {})
    if meanwhile.SHOWN in ctx.args:
        values, errors = meanwhile.merged(locale, stored, dict(ctx.call.arguments), ctx.args[meanwhile.SHOWN])
        if errors:
            return show_form(values, errors)
    links = list(uow.gatherings.zoom_links([part.id for part in everything]).values())
    draft = form.read(ctx, before=parts, link=link, makes_link=makes_link, links=links, names=uow.members.names)
    if draft.errors:
        return show_form(form.typed(ctx, draft), draft.errors, readings=draft.readings)
    if gathering.status is Status.DRAFT:
        plans = draft.plans(ctx.config, parts)
        more = [replace(plan, link=plan.link or link) for plan in plans[len(parts) :]]
        saved = uow.gatherings.redraft(parts, [*plans[: len(parts)], *more], ctx.now)
        record(ctx, uow, ActKind.EDITED, saved[0].id, fields=form.changed_fields(draft, gathering, parts))
        return _with_capacity(ctx, uow, draft_texts.preview(locale, ctx.config, saved, ctx.now), saved)
    if not form.changed_fields(draft, gathering, parts) and meanwhile.nothing(stored, ctx.args[meanwhile.SHOWN]):
        return texts.unchanged(locale, save.first_ahead(parts, ctx.now))
    proposal = move.Move(tuple(parts), tuple(draft.starts), tuple(draft.zones))
    if not proposal.told(uow):
        return save.changed(ctx, uow, gathering, parts, draft)
    return save.without_moving(ctx, uow, gathering, parts, draft)


def _changeable(ctx: Context, uow: UnitOfWork) -> tuple[Gathering, list[Gathering]]:
    """What was named, and all its parts; refuses where nothing of it can be changed any more."""
    gathering = resolve.hosted(ctx, uow)
    parts = uow.gatherings.parts(gathering)
    if _is_past(gathering, parts, ctx.now):
        raise Refusal(cancel_texts.stays_as_it_is(ctx.locale, gathering, parts, ctx.now))
    return gathering, parts


def _is_past(gathering: Gathering, parts: Sequence[Gathering], now: datetime) -> bool:
    """Nothing of it can be changed any more. A draft whose time has passed can: it was never held."""
    if gathering.status is Status.DRAFT:
        return False
    return gathering.cancelled or not any(part.is_still_on(now) for part in parts)


@command("move", HOSTED, *move.FIELDS, for_facilitators=True)
def move_and_tell(ctx: Context, uow: UnitOfWork) -> View:
    """Makes the move that was shown, and tells everyone of it; shows it again where the gathering was changed since."""
    locale = ctx.locale
    gathering, everything = _changeable(ctx, uow)
    parts = [part for part in everything if not part.cancelled]
    proposal = move.proposed(parts, ctx.args[move.STARTS_TO], ctx.args[move.ZONE_TO])
    if proposal is None or gathering.status is not Status.PUBLISHED:
        raise Refusal(move_texts.fits_no_more(locale, gathering))
    moved = proposal.moved()
    if not moved:
        return move_texts.stands(locale, gathering)
    if any(start <= ctx.now or ctx.now >= part.ends_at for part, start, _ in moved) or not form.in_order(
        proposal.starts, [part.duration for part in parts]
    ):
        raise Refusal(move_texts.fits_no_more(locale, gathering))
    if not move.is_as_shown(parts, ctx.args[move.STATE]):
        return move_texts.ask(locale, gathering, proposal, proposal.told(uow), ctx.now, again=True)
    return save.move(ctx, uow, proposal)


@command("rule", HOSTED, *rule_form.FIELDS, EXTENT, meanwhile.SHOWN, for_facilitators=True, opens_form=True)
def rule(ctx: Context, uow: UnitOfWork) -> Answer:
    """How many come in, when the doors open and close, and how long it lasts: the second step of the form."""
    locale = ctx.locale
    gathering = resolve.hosted(ctx, uow)
    if _is_past(gathering, [gathering], ctx.now):
        raise Refusal(cancel_texts.cancelled_or_over(locale, gathering))
    parts = uow.gatherings.parts(gathering)
    coming = [part for part in parts if not _is_past(part, [part], ctx.now)]
    draft_stage = gathering.status is Status.DRAFT
    stored = rule_form.values(gathering)
    show_form = partial(
        rule_texts.rule_form,
        locale,
        ctx.config,
        gathering,
        call=meanwhile.call("host-rule", gathering, stored),
        several=len(coming) > 1,
        whole=draft_stage,
    )
    if not any(option in ctx.args for option in rule_form.FIELDS):
        return show_form(stored, {})
    if meanwhile.SHOWN in ctx.args:
        values, errors = meanwhile.merged(locale, stored, dict(ctx.call.arguments), ctx.args[meanwhile.SHOWN])
        if errors:
            return show_form(values, errors)
    draft = rule_form.read(ctx, gathering)
    meant = coming if ctx.args[EXTENT] == "all" else [gathering]
    after = {part.id: draft.applied(part, gathering) for part in meant}
    errors = draft.errors or rule_form.errors_of_parts(
        ctx, list(after.values()), [after.get(part.id, part) for part in parts]
    )
    if errors:
        return show_form(dict(ctx.call.arguments), errors)
    changed = [part for part in meant if after[part.id] != part]
    _save_rule(ctx, uow, gathering, [(part, after[part.id]) for part in changed])
    saved = uow.gatherings.parts(gathering)
    if draft_stage:
        return _with_capacity(ctx, uow, draft_texts.preview(locale, ctx.config, saved, ctx.now), saved)
    current = next(part for part in saved if part.id == gathering.id)
    if not changed:
        return rule_texts.unchanged(locale, current)
    registered = any(uow.registrations.registrants(part.id) for part in changed)
    posted = enqueue.is_announced(uow, parts[0])
    answer = rule_texts.changed(locale, current, changed, posted=posted, registered=registered)
    return _with_capacity(ctx, uow, answer, saved)


def _save_rule(
    ctx: Context, uow: UnitOfWork, gathering: Gathering, changed: Sequence[tuple[Gathering, Gathering]]
) -> None:
    """`changed`: parts as they were, and as they are to be."""
    fields = dict.fromkeys(name for before, after in changed for name in change.changed_rule(before, after))
    for before, after in changed:
        change.change(uow, ctx.config, before, after, ctx.now)
    if changed:
        record(ctx, uow, ActKind.EDITED, gathering.id, fields=tuple(fields))


def _with_capacity(ctx: Context, uow: UnitOfWork, view: View, parts: Sequence[Gathering]) -> View:
    """With a word where more may come in than Zoom lets into the meeting that the bot makes."""
    capacity = number(uow.state.get(CAPACITY) or "") or 0
    pasted = uow.gatherings.zoom_links([part.id for part in parts])
    made = [part for part in parts if part.id not in pasted or _has_meeting(uow, part)]
    if not ctx.config.meetings or not capacity or all(part.door_rule.limit < capacity for part in made):
        return view
    return view.with_parts(rule_texts.beyond_capacity(ctx.locale, capacity))


def _has_meeting(uow: UnitOfWork, gathering: Gathering) -> bool:
    meeting = uow.meetings.get(gathering.id)
    return meeting is not None and meeting.standing is MeetingState.STANDS


@command("publish", HOSTED, move.STATE, for_facilitators=True)
def publish(ctx: Context, uow: UnitOfWork) -> View:
    """Shows the preview again where the draft was changed since."""
    gathering = resolve.hosted(ctx, uow)
    parts = uow.gatherings.parts(gathering)
    drafts = [part for part in parts if part.status is Status.DRAFT]
    if drafts and move.STATE in ctx.args and not move.is_as_shown(parts, ctx.args[move.STATE]):
        return draft_texts.preview(ctx.locale, ctx.config, parts, ctx.now, again=True)
    late = [part.starts_at for part in drafts if part.starts_at <= ctx.now]
    if late:
        raise Refusal(texts.too_late_to_publish(ctx.locale, gathering, late[0]))
    if published.leaks(uow, parts):
        raise Refusal(texts.text_leaks(ctx.locale, gathering))
    if not gathering.is_still_on(ctx.now):
        raise Refusal(cancel_texts.cancelled_or_over(ctx.locale, gathering))
    new = [uow.gatherings.save(replace(part, status=Status.PUBLISHED), ctx.now) for part in drafts]
    if new:
        record(ctx, uow, ActKind.PUBLISHED, parts[0].id)
    topic = uow.topics.taken_up(parts[0].id) if new else None
    told = 0
    if topic is not None:
        uow.topics.close(topic.id, TopicState.TAKEN)
        told = enqueue.topic_taken_up(uow, new[0], topic, ctx.member.id, ctx.now)
        record(ctx, uow, ActKind.TOPIC_TAKEN_UP, new[0].id, topic=topic.id, count=told)
    links = uow.gatherings.zoom_links([part.id for part in parts])
    return texts.published(
        ctx.locale,
        parts[0],
        told=told,
        makes_room=ctx.config.meetings and any(part.id not in links for part in parts),
        trouble=uow.state.get(TROUBLE) or "",
    )


@command("discard", HOSTED, for_facilitators=True)
def discard(ctx: Context, uow: UnitOfWork) -> View:
    gathering = resolve.hosted(ctx, uow)
    if gathering.status is not Status.DRAFT:
        raise Refusal(texts.not_a_draft(ctx.locale, gathering))
    uow.gatherings.discard(gathering)
    record(ctx, uow, ActKind.DISCARDED, gathering.id)
    return texts.discarded(ctx.locale, gathering)


@command(
    "cancel",
    HOSTED,
    CONFIRMED,
    NOTE,
    EXTENT,
    summary=N_("cancel a gathering and tell everyone"),
    position=7,
    for_facilitators=True,
    opens_form=True,
    also=("call off, delete, cancelar, anular, suspender"),
)
def cancel(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    gathering = resolve.hosted(ctx, uow)
    if gathering.status is Status.DRAFT:
        return discard(ctx, uow)
    if not gathering.is_still_on(ctx.now):
        raise Refusal(cancel_texts.cancelled_or_over(locale, gathering))
    coming = [part for part in uow.gatherings.parts(gathering) if part.is_still_on(ctx.now)]
    note = ctx.args[NOTE][:NOTE_LIMIT]
    links = uow.gatherings.zoom_links([part.id for part in coming]).values()
    error = texts.holds_room(locale) if gives_away(note, *links, public_url=ctx.config.public_url) else ""
    if not ctx.args[CONFIRMED] or error:
        hear = len(enqueue.told_of(uow, [gathering]))
        hear_all = len(enqueue.told_of(uow, [gathering, *coming])) if len(coming) > 1 else None
        return cancel_texts.cancel_form(locale, gathering, hear, told_all=hear_all, error=error, note=note)
    to_cancel = coming if ctx.args[EXTENT] == "all" else [gathering]
    told = set[int]()
    for part in to_cancel:
        cancelled = uow.gatherings.save(replace(part, status=Status.CANCELLED, note=note), ctx.now)
        reached = enqueue.notify_registrants(uow, cancelled, NotificationKind.CANCELLED, ctx.now)
        told |= reached
        record(ctx, uow, ActKind.CANCELLED, part.id, count=len(reached))
        enqueue.update_announcements(uow, cancelled, ctx.now)
    return cancel_texts.cancelled(locale, to_cancel, len(told), posted=enqueue.is_announced(uow, gathering))
