"""Who may use `/htg-host`: those who were added here, those whom the operator set, and the platforms' organisers."""

from __future__ import annotations

import logging
import re

from bot import words
from bot.acts import Kind as ActKind
from bot.addresses import Address
from bot.asks import Ask
from bot.commands import acting
from bot.commands.catalogue import Option, command
from bot.commands.finding import page_number
from bot.commands.member import PAGE
from bot.ports import Books
from bot.views import ITEM_LIMIT, Answer, Refusal, View
from bot.words import team as said
from bot.words.reader import N_

log = logging.getLogger(__name__)

WHO = Option("who", limit=200)
_MENTION = re.compile(r"<@!?(?P<id>[A-Za-z0-9]{1,40})(?:\|[^<>]*)?>")
_SLACK_ID = re.compile(r"[UW][A-Z0-9]{5,30}")
_DISCORD_ID = re.compile(r"[0-9]{15,20}")


class NotAPerson(ValueError):
    """What was typed names nobody. `args[0]`: what to do."""


@command("team", PAGE, summary=N_("who may use /htg-host"), for_facilitators=True, replaces=True)
def team(ask: Ask, books: Books) -> View:
    page = page_number(ask)
    everyone = books.facilitators()
    first = (page - 1) * ITEM_LIMIT
    if first >= len(everyone):
        page, first = 1, 0
    added = everyone[first : first + ITEM_LIMIT]
    fixed = sorted(ask.house.named)
    shown = fixed[: said.FIXED_SHOWN]
    return said.team(
        words.reader(ask),
        added,
        shown,
        books.names([*added, *shown]),
        page,
        more=len(everyone) > first + ITEM_LIMIT,
        fixed_more=len(fixed) - len(shown),
    )


@command("team-add", WHO, for_facilitators=True, opens_form=True)
def add(ask: Ask, books: Books) -> Answer:
    to = words.reader(ask)
    typed = ask.call["who"].strip()
    platform = ask.who.address.platform
    if "who" not in ask.call:
        return said.form(to, platform)
    try:
        address = somebody(ask, typed)
    except NotAPerson as problem:
        return said.form(to, platform, typed[:100], str(problem))
    if address in ask.house.named:
        return said.added(to, address, books.names([address]), before=True)
    new = books.add_facilitator(address)
    if new:
        acting.record(ask, books, ActKind.TEAM_ADDED, about=address)
        log.info("team: %s was added by %s", address, ask.who.address)
    return said.added(to, address, books.names([address]), before=not new)


@command("team-remove", WHO, for_facilitators=True)
def remove(ask: Ask, books: Books) -> View:
    to = words.reader(ask)
    try:
        address = Address.parse(ask.call["who"])
    except ValueError:
        raise Refusal(words.stale(to)) from None
    if address in ask.house.named:
        raise Refusal(said.set_by_operator(to, address))
    # Somebody must be left: another who was added, whoever the operator set, or an organiser, as the asker then is.
    others = bool(ask.house.named) or ask.organises
    known = address in books.facilitators()
    if known and not books.remove_facilitator(address, keep_one=not others):
        raise Refusal(said.last_one(to))
    if known:
        acting.record(ask, books, ActKind.TEAM_REMOVED, about=address)
        log.info("team: %s was removed by %s", address, ask.who.address)
    last = not books.facilitators() and not ask.house.named
    return said.removed(
        to, address, books.names([address]), before=not known, last=last, me=address.names(ask.who.address)
    )


def somebody(ask: Ask, typed: str) -> Address:
    """The person that was typed: an address, a mention, or an id on the asker's own platform. Raises NotAPerson."""
    to, near = words.reader(ask), ask.who.address
    mentioned = _MENTION.fullmatch(typed)
    bare = mentioned["id"] if mentioned else typed.lstrip("@")
    try:
        found = Address.parse(bare if ":" in bare else f"{_platform(bare, near)}:{bare}")
    except ValueError:
        raise NotAPerson(said.not_a_person(to, typed)) from None
    if found.is_channel:
        raise NotAPerson(said.not_a_person(to, typed))
    if found.platform == "slack" and "/" not in found.account:
        # The id alone is unique within one workspace: somebody there means their own.
        if near.platform != "slack":
            raise NotAPerson(said.which_workspace(to, typed))
        found = Address(
            "slack", f"{near.account.partition('/')[0]}/{found.account}" if "/" in near.account else found.account
        )
    return found


def _platform(bare: str, near: Address) -> str:
    """Which platform an id looks like; the asker's own where it could be of any."""
    if _SLACK_ID.fullmatch(bare):
        return "slack"
    return "discord" if _DISCORD_ID.fullmatch(bare) else near.platform
