"""Who may use `/htg-host`: those who were added here, those whom the operator set, and the platforms' organisers."""

from __future__ import annotations

import logging
import re

from bot import dispatcher_texts, i18n
from bot.addresses import Address
from bot.audit import record
from bot.audit.model import ActKind
from bot.catalogue import Option, command
from bot.context import Context
from bot.facilitators import texts
from bot.gatherings.commands import PAGE
from bot.gatherings.resolve import page_number
from bot.i18n import N_
from bot.unit_of_work import UnitOfWork
from bot.views import ITEM_LIMIT, Answer, Refusal, View

log = logging.getLogger(__name__)
WHO = Option("who", limit=200)
_MENTION = re.compile(r"<@!?(?P<id>[A-Za-z0-9]{1,40})(?:\|[^<>]*)?>")
_SLACK_ID = re.compile(r"[UW][A-Z0-9]{5,30}")
_DISCORD_ID = re.compile(r"[0-9]{15,20}")


class NotAPerson(ValueError):
    """What was typed names nobody. `args[0]`: what to do."""


@command("team", PAGE, summary=N_("who may use /htg-host"), for_facilitators=True, replaces=True)
def team(ask: Context, books: UnitOfWork) -> View:
    page = page_number(ask)
    everyone = books.facilitators()
    first = (page - 1) * ITEM_LIMIT
    if first >= len(everyone):
        page, first = 1, 0
    added = everyone[first : first + ITEM_LIMIT]
    fixed = sorted(ask.house.named)
    shown = fixed[: texts.FIXED_SHOWN]
    return texts.team(
        i18n.locale_for(ask),
        added,
        shown,
        books.names([*added, *shown]),
        page,
        more=len(everyone) > first + ITEM_LIMIT,
        fixed_more=len(fixed) - len(shown),
    )


@command("team-add", WHO, for_facilitators=True, opens_form=True)
def add(ask: Context, books: UnitOfWork) -> Answer:
    to = i18n.locale_for(ask)
    typed = ask.call["who"].strip()
    platform = ask.who.address.platform
    if "who" not in ask.call:
        return texts.form(to, platform)
    try:
        address = somebody(ask, typed)
    except NotAPerson as problem:
        return texts.form(to, platform, typed[:100], str(problem))
    if address in ask.house.named:
        return texts.added(to, address, books.names([address]), before=True)
    new = books.add_facilitator(address)
    if new:
        record.record(ask, books, ActKind.TEAM_ADDED, about=address)
        log.info("team: %s was added by %s", address, ask.who.address)
    return texts.added(to, address, books.names([address]), before=not new)


@command("team-remove", WHO, for_facilitators=True)
def remove(ask: Context, books: UnitOfWork) -> View:
    to = i18n.locale_for(ask)
    try:
        address = Address.parse(ask.call["who"])
    except ValueError:
        raise Refusal(dispatcher_texts.stale(to)) from None
    if address in ask.house.named:
        raise Refusal(texts.set_by_operator(to, address))
    # Somebody must be left: another who was added, whoever the operator set, or an organiser, as the asker then is.
    others = bool(ask.house.named) or ask.organises
    known = address in books.facilitators()
    if known and not books.remove_facilitator(address, keep_one=not others):
        raise Refusal(texts.last_one(to))
    if known:
        record.record(ask, books, ActKind.TEAM_REMOVED, about=address)
        log.info("team: %s was removed by %s", address, ask.who.address)
    last = not books.facilitators() and not ask.house.named
    return texts.removed(
        to, address, books.names([address]), before=not known, last=last, me=address.names(ask.who.address)
    )


def somebody(ask: Context, typed: str) -> Address:
    """The person that was typed: an address, a mention, or an id on the asker's own platform. Raises NotAPerson."""
    to, near = i18n.locale_for(ask), ask.who.address
    mentioned = _MENTION.fullmatch(typed)
    bare = mentioned["id"] if mentioned else typed.lstrip("@")
    try:
        found = Address.parse(bare if ":" in bare else f"{_platform(bare, near)}:{bare}")
    except ValueError:
        raise NotAPerson(texts.not_a_person(to, typed)) from None
    if found.is_channel:
        raise NotAPerson(texts.not_a_person(to, typed))
    if found.platform == "slack" and "/" not in found.account:
        # The id alone is unique within one workspace: somebody there means their own.
        if near.platform != "slack":
            raise NotAPerson(texts.which_workspace(to, typed))
        found = Address(
            "slack", f"{near.account.partition('/')[0]}/{found.account}" if "/" in near.account else found.account
        )
    return found


def _platform(bare: str, near: Address) -> str:
    """Which platform an id looks like; the asker's own where it could be of any."""
    if _SLACK_ID.fullmatch(bare):
        return "slack"
    return "discord" if _DISCORD_ID.fullmatch(bare) else near.platform
