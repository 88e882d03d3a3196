"""What facilitators do with what is planned: announce, watch the doors, cancel. The desk has made sure of who asks."""

from __future__ import annotations

from bot.admission.commands import held_back
from bot.admission.model import Doors
from bot.arguments import PAGE
from bot.audit import record
from bot.audit.model import ActKind
from bot.catalogue import command
from bot.context import Context
from bot.gatherings import resolve
from bot.gatherings.arguments import GATHERING, HOSTED, MINE, PARTS, PartChoice
from bot.i18n import N_
from bot.registrations import model, roster_csv, roster_texts, texts
from bot.unit_of_work import UnitOfWork
from bot.views import ITEM_LIMIT, Refusal, View


@command("roster", HOSTED, summary=N_("who registered, who came in"), position=4, for_facilitators=True)
def roster(ctx: Context, uow: UnitOfWork) -> View:
    found = resolve.hosted(ctx, uow)
    kept = uow.registrations.roster(found.id)
    # The page holds the file, where anybody is on it: whoever reads it has taken it.
    record.record(ctx, uow, ActKind.ROSTER_TAKEN if kept else ActKind.ROSTER_READ, found.id)
    return roster_texts.roster(
        ctx.locale, found, kept, roster_csv.table(kept).encode("utf-8-sig"), held_back(uow, kept)
    )


@command("register", GATHERING, PARTS, summary=N_("register for a gathering or a series"), position=2)
def register(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    found = resolve.upcoming(ctx, uow)
    parts = uow.gatherings.parts(found) if found.is_part else [found]
    coming = model.coming_parts(parts, ctx.now)
    choice = ctx.args[PARTS]
    wanted = [each for each in coming if each.id == found.id] if choice in {PartChoice.ONLY, PartChoice.ADD} else coming
    if not wanted:
        following = resolve.following(found, ctx, uow)
        raise Refusal(texts.too_late(locale, found, ctx.now, following, resolve.coming(following, ctx, uow)))
    left = choice is PartChoice.ONLY and uow.registrations.remove(
        ctx.member.id, [each.id for each in coming if each.id != found.id]
    )
    kept = uow.registrations.add(ctx.member.id, [each.id for each in wanted], ctx.now)
    uow.gatherings.lock_unchanged(wanted)
    open_now = wanted[0].doors(ctx.now) is Doors.OPEN
    missing = choice is not PartChoice.DEFAULT and len(
        uow.registrations.among(ctx.member.id, [each.id for each in coming])
    ) < len(coming)
    return texts.registered(
        locale,
        ctx.config,
        wanted[0],
        wanted,
        kept[0],
        named=resolve.named_part(ctx, found, coming, uow),
        series=coming if missing else (),
        left=bool(left),
        calendar=ctx.member.calendar,
        open_now=open_now,
    )


@command("unregister", MINE, PARTS, summary=N_("cancel my registration"), position=3)
def unregister(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    found = resolve.mine(ctx, uow)
    parts, whole = uow.gatherings.parts(found), found.is_part and ctx.args[PARTS] is PartChoice.ALL
    ahead = {each.id: each for each in (parts if whole else [found]) if ctx.now < each.ends_at}
    removed = uow.registrations.remove(ctx.member.id, ahead)
    kept = uow.registrations.among(ctx.member.id, [each.id for each in parts]) if found.is_part else set()
    rest = [each for each in parts if each.id in kept and ctx.now < each.ends_at and not each.cancelled]
    if not removed:
        return texts.was_not_registered(locale, found, rest, series=whole, over=not ahead)
    gone = sorted((ahead[each] for each in removed), key=lambda each: each.starts_at)
    return texts.unregistered(locale, gone, rest, model.coming_parts(parts, ctx.now))


@command("mine", PAGE, summary=N_("my gatherings, with the way in"), position=4, replaces=True)
def mine(ctx: Context, uow: UnitOfWork) -> View:
    page = ctx.args[PAGE]
    found = uow.registrations.gatherings_of(ctx.member.id, ctx.now)
    first = (page - 1) * ITEM_LIMIT
    shown = found[first : first + ITEM_LIMIT] or found[:ITEM_LIMIT]
    known = {each.id: uow.registrations.get(ctx.member.id, each.id) for each in shown}
    return texts.mine(
        ctx.locale,
        ctx.config,
        shown,
        {gathering: kept for gathering, kept in known.items() if kept is not None},
        page,
        calendar=ctx.member.calendar,
        more=len(found) > first + ITEM_LIMIT,
    )
