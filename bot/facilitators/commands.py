"""Who may use `/htg-host`: those who were added here, those whom the operator set, and the platforms' organisers."""

from __future__ import annotations

import logging
import re

from bot import dispatcher_texts
from bot.addresses import Address
from bot.arguments import PAGE, Option
from bot.audit import record
from bot.audit.model import ActKind
from bot.catalogue import command
from bot.context import Context
from bot.facilitators import texts
from bot.i18n import N_
from bot.platform import platform_of, registered
from bot.unit_of_work import UnitOfWork
from bot.views import ITEM_LIMIT, Answer, Refusal, View

log = logging.getLogger(__name__)
WHO = Option("who", str.strip, limit=200)
_MENTION = re.compile(r"<@!?(?P<id>[A-Za-z0-9]{1,40})(?:\|[^<>]*)?>")


class NotAPerson(ValueError):
    """What was typed names nobody. `args[0]`: what to do."""


@command("team", PAGE, summary=N_("who may use /htg-host"), position=9, for_facilitators=True, replaces=True)
def team(ctx: Context, uow: UnitOfWork) -> View:
    page = ctx.args[PAGE]
    everyone = uow.facilitators.addresses()
    first = (page - 1) * ITEM_LIMIT
    if first >= len(everyone):
        page, first = 1, 0
    added = everyone[first : first + ITEM_LIMIT]
    fixed = sorted(ctx.config.named)
    shown = fixed[: texts.FIXED_SHOWN]
    return texts.team(
        ctx.locale,
        added,
        shown,
        uow.members.names([*added, *shown]),
        page,
        more=len(everyone) > first + ITEM_LIMIT,
        fixed_more=len(fixed) - len(shown),
    )


@command("team-add", WHO, for_facilitators=True, opens_form=True)
def add(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    typed = ctx.args[WHO]
    platform = ctx.address.platform
    if WHO not in ctx.args:
        return texts.form(locale, platform)
    try:
        address = somebody(ctx, typed)
    except NotAPerson as problem:
        return texts.form(locale, platform, typed[:100], str(problem))
    if address in ctx.config.named:
        return texts.added(locale, address, uow.members.names([address]), before=True)
    new = uow.facilitators.add(address)
    if new:
        record.record(ctx, uow, ActKind.TEAM_ADDED, about=address)
        log.info("team: %s was added by %s", address, ctx.address)
    return texts.added(locale, address, uow.members.names([address]), before=not new)


@command("team-remove", WHO, for_facilitators=True)
def remove(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    try:
        address = Address.parse(ctx.args[WHO])
    except ValueError:
        raise Refusal(dispatcher_texts.stale(locale)) from None
    if address in ctx.config.named:
        raise Refusal(texts.set_by_operator(locale, address))
    # Somebody must be left: another who was added, whoever the operator set, or an organiser, as the asker then is.
    others = bool(ctx.config.named) or ctx.organises
    known = address in uow.facilitators.addresses()
    if known and not uow.facilitators.remove(address, keep_one=not others):
        raise Refusal(texts.last_one(locale))
    if known:
        record.record(ctx, uow, ActKind.TEAM_REMOVED, about=address)
        log.info("team: %s was removed by %s", address, ctx.address)
    last = not uow.facilitators.addresses() and not ctx.config.named
    return texts.removed(
        locale, address, uow.members.names([address]), before=not known, last=last, me=address.names(ctx.address)
    )


def somebody(ctx: Context, typed: str) -> Address:
    """The person that was typed: an address, a mention, or an id on the asker's own platform. Raises NotAPerson."""
    locale, near = ctx.locale, ctx.address
    mentioned = _MENTION.fullmatch(typed)
    bare = mentioned["id"] if mentioned else typed.lstrip("@")
    try:
        found = Address.parse(bare if ":" in bare else f"{_platform(bare, near)}:{bare}")
    except ValueError:
        raise NotAPerson(texts.not_a_person(locale, typed)) from None
    if found.is_channel:
        raise NotAPerson(texts.not_a_person(locale, typed))
    platform = platform_of(found.platform)
    if not platform.has_workspaces or "/" in found.account:
        return found
    # The id alone is unique within one workspace: somebody there means their own.
    if near.platform != found.platform:
        raise NotAPerson(texts.which_workspace(locale, typed, platform))
    workspace, slash, _ = near.account.rpartition("/")
    return Address(found.platform, f"{workspace}{slash}{found.account}")


def _platform(bare: str, near: Address) -> str:
    """Which platform an id looks like; the asker's own where it could be of any."""
    for platform in registered():
        if platform.person_id and platform.person_id.fullmatch(bare):
            return platform.name
    return near.platform
