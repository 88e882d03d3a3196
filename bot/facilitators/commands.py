"""The team that may use `/htg-host`: those added here, those the operator set, and the platforms' organisers."""

from __future__ import annotations

import logging

from bot import dispatcher_texts, people
from bot.addresses import Address
from bot.arguments import PAGE, Option, page_of
from bot.audit.model import ActKind
from bot.audit.record import record
from bot.catalogue import command
from bot.context import Context
from bot.facilitators import texts
from bot.i18n import N_
from bot.platform import platform_of
from bot.unit_of_work import UnitOfWork
from bot.views import ITEM_LIMIT, Answer, Refusal, View

log = logging.getLogger(__name__)
WHO = Option("who", str.strip, limit=200)


@command(
    "team",
    PAGE,
    summary=N_("who may use /htg-host"),
    position=10,
    for_facilitators=True,
    replaces=True,
    also="facilitators, add @, remove, equipo, facilitadores, anadir @, anadir a @, agregar @, agregar a @, quitar",
)
def team(ctx: Context, uow: UnitOfWork) -> View:
    addresses = uow.facilitators.addresses()
    page, first = page_of(ctx.args[PAGE], ITEM_LIMIT, len(addresses))
    added = addresses[first : first + ITEM_LIMIT]
    fixed = sorted(ctx.config.configured_facilitators)
    shown = fixed[: texts.FIXED_SHOWN]
    return texts.team(
        ctx.locale,
        added,
        shown,
        uow.members.names([*added, *shown]),
        page,
        more=len(addresses) > first + ITEM_LIMIT,
        fixed_more=len(fixed) - len(shown),
    )


@command("team-add", WHO, for_facilitators=True, opens_form=True)
def add(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    platform = ctx.address.platform
    if WHO not in ctx.args:
        return texts.form(locale, platform)
    typed, name = people.written(ctx.args[WHO])
    try:
        address = people.read(typed, ctx.address)
    except people.WithoutWorkspace as problem:
        wrong = texts.which_workspace(locale, typed, platform_of(problem.args[0]))
        return texts.form(locale, platform, typed[:100], wrong)
    except people.NotAPerson:
        return texts.form(locale, platform, typed[:100], texts.not_a_person(locale, typed))
    new = address not in ctx.config.configured_facilitators and uow.facilitators.add(address)
    if new:
        record(ctx, uow, ActKind.TEAM_ADDED, about=address)
        log.info("team: %s was added by %s", address, ctx.address)
    return texts.added(locale, address, uow.members.names([address]), before=not new, picked=name)


@command("team-remove", WHO, for_facilitators=True)
def remove(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    try:
        address = Address.parse(ctx.args[WHO])
    except ValueError:
        raise Refusal(dispatcher_texts.stale(locale)) from None
    if address in ctx.config.configured_facilitators:
        raise Refusal(texts.set_by_operator(locale, address))
    # Somebody must remain: another who was added, somebody the operator set, or the sender as an organiser.
    others = bool(ctx.config.configured_facilitators) or ctx.organises
    on_team = address in uow.facilitators.addresses()
    if on_team and not uow.facilitators.remove(address, keep_one=not others):
        raise Refusal(texts.last_one(locale))
    if on_team:
        record(ctx, uow, ActKind.TEAM_REMOVED, about=address)
        log.info("team: %s was removed by %s", address, ctx.address)
    last = not uow.facilitators.addresses() and not ctx.config.configured_facilitators
    return texts.removed(
        locale, address, uow.members.names([address]), before=not on_team, last=last, is_self=address.names(ctx.address)
    )
