"""Saves what was changed of a published gathering: notifies of what moved, edits its posts, records who did it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.audit.model import ActKind
from bot.audit.record import record
from bot.context import Context
from bot.editing import form, link_texts, move_texts, texts
from bot.editing.move import Move
from bot.gatherings import change
from bot.gatherings.model import Gathering
from bot.notifications import enqueue
from bot.unit_of_work import UnitOfWork
from bot.views import View


def changed(ctx: Context, uow: UnitOfWork, gathering: Gathering, parts: Sequence[Gathering], draft: form.Draft) -> View:
    """Saves the draft. `parts`: those that its starts are for; a cancelled one has none.

    A text that was changed is changed in every part; one that was not stays as each part has it.
    """
    fields = form.changed_fields(draft, gathering, parts)
    new_texts = {name: getattr(draft, name) for name in ("title", "description", "facilitators") if name in fields}
    proposal = Move(tuple(parts), tuple(draft.starts), tuple(draft.zones))
    starts = {part.id: moment for part, moment in zip(parts, zip(draft.starts, draft.zones, strict=True), strict=True)}
    told = set[int]()
    for stored in uow.gatherings.parts(gathering):
        part = change.use_link(uow, stored, draft.link, ctx.now) if draft.link is not None else stored
        start, zone = starts.get(part.id, (part.starts_at, part.zone))
        told |= _save(ctx, uow, part, replace(part, starts_at=start, zone=zone, **new_texts))
    if proposal.moved():  # recorded for each part, with both starts
        fields = tuple(name for name in fields if name != "starts")
    if fields:
        record(ctx, uow, ActKind.EDITED, parts[0].id, fields=fields)
    answer = _answer(ctx, uow, proposal, told)
    inside = [part for part in uow.gatherings.parts(gathering) if part.admitted and part.is_still_on(ctx.now)]
    if draft.link is None or not inside:
        return answer
    return answer.with_parts(*link_texts.came_by_former(ctx.locale, inside[0]))


def without_moving(
    ctx: Context, uow: UnitOfWork, gathering: Gathering, parts: Sequence[Gathering], draft: form.Draft
) -> View:
    """Saves what nobody is told of, and shows the move with the number of those who would be told."""
    starts, zones = draft.starts, draft.zones
    stays = [start == part.starts_at for part, start in zip(parts, starts, strict=True)]
    draft.starts = [part.starts_at for part in parts]
    draft.zones = [zone if stay else part.zone for part, zone, stay in zip(parts, zones, stays, strict=True)]
    saved = bool(form.changed_fields(draft, gathering, parts))
    changed(ctx, uow, gathering, parts, draft)
    stored = [part for part in uow.gatherings.parts(gathering) if not part.cancelled]
    proposal = Move(tuple(stored), tuple(starts), tuple(zones))
    current = next(part for part in stored if part.id == gathering.id)
    return move_texts.ask(ctx.locale, current, proposal, proposal.told(uow), ctx.now, saved=saved)


def move(ctx: Context, uow: UnitOfWork, proposal: Move) -> View:
    moves = [replace(part, starts_at=start, zone=zone) for part, start, zone in proposal.moved()]
    before = {part.id: part for part in proposal.parts}
    told = set[int]().union(*(_save(ctx, uow, before[part.id], part) for part in moves))
    return _answer(ctx, uow, proposal, told)


def _save(ctx: Context, uow: UnitOfWork, before: Gathering, after: Gathering) -> set[int]:
    """Returns the members who are told."""
    if after == before:
        return set()
    told = change.change(uow, ctx.config, before, after, ctx.now)
    if after.starts_at != before.starts_at:
        record(ctx, uow, ActKind.MOVED, after.id, count=len(told), from_at=before.starts_at, to_at=after.starts_at)
    return told


def _answer(ctx: Context, uow: UnitOfWork, proposal: Move, told: set[int]) -> View:
    first = first_ahead(uow.gatherings.parts(proposal.parts[0]), ctx.now)
    lines = move_texts.lines(ctx.locale, proposal.moved(), ctx.now)
    return texts.changed(ctx.locale, first, lines, told=len(told), posted=enqueue.is_announced(uow, first))


def first_ahead(parts: Sequence[Gathering], now: datetime) -> Gathering:
    """The first part of which more can be changed, where there is one."""
    return next((part for part in parts if part.is_still_on(now)), parts[0])
