"""The team that may use `/htg-host`: those added here, those the operator set, and the platforms' organisers."""

from __future__ import annotations

import logging
import re

from bot import dispatcher_texts
from bot.addresses import Address
from bot.arguments import PAGE, Option
from bot.audit.model import ActKind
from bot.audit.record import record
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
    """What was typed is not a person's address. `args[0]`: an error for the form."""


@command(
    "team",
    PAGE,
    summary=N_("who may use /htg-host"),
    position=10,
    for_facilitators=True,
    replaces=True,
    also="facilitators, equipo, facilitadores",
)
def team(ctx: Context, uow: UnitOfWork) -> View:
    page = ctx.args[PAGE]
    addresses = uow.facilitators.addresses()
    first = (page - 1) * ITEM_LIMIT
    if first >= len(addresses):
        page, first = 1, 0
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
    typed = ctx.args[WHO]
    platform = ctx.address.platform
    if WHO not in ctx.args:
        return texts.form(locale, platform)
    try:
        address = parse_person(ctx, typed)
    except NotAPerson as problem:
        return texts.form(locale, platform, typed[:100], str(problem))
    new = address not in ctx.config.configured_facilitators and uow.facilitators.add(address)
    if new:
        record(ctx, uow, ActKind.TEAM_ADDED, about=address)
        log.info("team: %s was added by %s", address, ctx.address)
    return texts.added(locale, address, uow.members.names([address]), before=not new)


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


def parse_person(ctx: Context, typed: str) -> Address:
    """Parses an address, a mention, or an id on the sender's own platform. Raises NotAPerson."""
    locale, sender = ctx.locale, ctx.address
    mention = _MENTION.fullmatch(typed)
    person = mention["id"] if mention else typed.lstrip("@")
    try:
        address = Address.parse(person if ":" in person else f"{_platform_of(person, sender)}:{person}")
    except ValueError:
        raise NotAPerson(texts.not_a_person(locale, typed)) from None
    if address.is_channel:
        raise NotAPerson(texts.not_a_person(locale, typed))
    platform = platform_of(address.platform)
    if not platform.has_workspaces or "/" in address.account:
        return address
    # An id is unique within one workspace only: it is taken to be of the sender's.
    if sender.platform != address.platform:
        raise NotAPerson(texts.which_workspace(locale, typed, platform))
    workspace, slash, _ = sender.account.rpartition("/")
    return Address(address.platform, f"{workspace}{slash}{address.account}")


def _platform_of(account: str, sender: Address) -> str:
    """The platform whose ids look like this one; the sender's where none do."""
    for platform in registered():
        if platform.person_id and platform.person_id.fullmatch(account):
            return platform.name
    return sender.platform
