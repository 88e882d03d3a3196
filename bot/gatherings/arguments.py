"""The options that name a gathering, and parts of its series; with suggestions while people type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from functools import partial

from bot import platform_texts
from bot.arguments import Option, one_of
from bot.context import Context
from bot.gatherings import resolve_texts
from bot.gatherings.model import LISTED, Gathering, Status
from bot.gatherings.naming import number_in
from bot.i18n import N_
from bot.unit_of_work import UnitOfWork
from bot.views import CHOICE_LIMIT, Choice

_TURNED = re.compile(f"{resolve_texts.MORE}(?P<page>[1-9][0-9]?)? ?(?P<typed>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class GatheringRef:
    """As typed, chosen or pressed: a number, a part of a title, a page of the menu, or nothing."""

    typed: str
    number: int | None
    page: int = 1
    """Of the menu in which one is chosen."""

    @classmethod
    def read(cls, text: str) -> GatheringRef:
        turned = _TURNED.fullmatch(text.strip())
        if turned is not None:
            return cls(turned["typed"], None, int(turned["page"] or 1))
        return cls(text.strip(), number_in(text))


class PartChoice(StrEnum):
    """Which parts of a series are meant, where a button says more than the gathering's number does."""

    DEFAULT = ""
    """Register: all coming parts. Unregister: the part that is named."""
    ONLY = "yes"
    """This part and no other; on buttons of earlier versions, for Unregister, the part that is named."""
    ADD = "add"
    """This part, whatever of the others."""
    ALL = "all"
    UNNAMED = "any"
    """All, and the press was beside no part in particular."""
    UNKNOWN = "?"
    """Written by another version: as `DEFAULT`, and kept in the menus that follow."""


class Whose(Enum):
    """Which gatherings are searched."""

    EVERYBODY = auto()
    REGISTRANTS = auto()
    FACILITATORS = auto()
    FACILITATORS_BUT_DRAFTS = auto()


def _suggest(whose: Whose, ctx: Context, uow: UnitOfWork, typed: str) -> tuple[Choice, ...]:
    """What to offer while it is typed: search in titles, soonest first."""
    typed = typed.strip().removesuffix(resolve_texts.MORE)
    number = number_in(typed)
    matching = _offered(ctx, whose, "" if number is not None else typed, uow)
    if number is not None:
        matching = _with_number(ctx, whose, matching, number, uow)
    if len(matching) <= CHOICE_LIMIT:
        return tuple(resolve_texts.choice(ctx.locale, gathering) for gathering in matching)
    shown = [resolve_texts.choice(ctx.locale, gathering) for gathering in matching[: CHOICE_LIMIT - 1]]
    more = platform_texts.more_of(ctx.locale, len(shown), len(matching))
    return (*shown, Choice(resolve_texts.MORE, more))


def _offered(ctx: Context, whose: Whose, titled: str, uow: UnitOfWork) -> list[Gathering]:
    if whose is Whose.EVERYBODY:
        return uow.gatherings.upcoming(ctx.now, limit=LISTED, titled=titled)
    if whose is Whose.FACILITATORS:
        return uow.gatherings.hosted(ctx.now, limit=LISTED, titled=titled)
    if whose is Whose.FACILITATORS_BUT_DRAFTS:
        hosted = uow.gatherings.hosted(ctx.now, limit=LISTED, titled=titled)
        return [gathering for gathering in hosted if gathering.status is not Status.DRAFT]
    return uow.registrations.gatherings_of(ctx.member.id, ctx.now, titled=titled)


def _with_number(ctx: Context, whose: Whose, soonest: list[Gathering], number: int, uow: UnitOfWork) -> list[Gathering]:
    """The one with this number first, however far ahead it is; then those with it in their number or title."""
    titled = _offered(ctx, whose, str(number), uow)
    by_id = {
        gathering.id: gathering
        for gathering in [*soonest, *titled]
        if gathering in titled or str(number) in str(gathering.id)
    }
    exact = uow.gatherings.get(number)
    if exact is not None and _can_be_meant(ctx, whose, exact, uow):
        by_id = {number: exact} | by_id
    return list(by_id.values())


def _can_be_meant(ctx: Context, whose: Whose, gathering: Gathering, uow: UnitOfWork) -> bool:
    if whose is Whose.REGISTRANTS:
        return uow.registrations.get(ctx.member.id, gathering.id) is not None
    seen = {Status.PUBLISHED, Status.DRAFT} if whose is Whose.FACILITATORS else {Status.PUBLISHED}
    return gathering.status in seen and ctx.now < gathering.ends_at


_SUMMARY = N_("its number, or a part of its title")
GATHERING = Option("gathering", GatheringRef.read, _SUMMARY, 200, partial(_suggest, Whose.EVERYBODY))
MINE = Option("gathering", GatheringRef.read, _SUMMARY, 200, partial(_suggest, Whose.REGISTRANTS))
HOSTED = Option("gathering", GatheringRef.read, _SUMMARY, 200, partial(_suggest, Whose.FACILITATORS))
PUBLISHED = Option("gathering", GatheringRef.read, _SUMMARY, 200, partial(_suggest, Whose.FACILITATORS_BUT_DRAFTS))
"""One of the facilitators' that members see: a draft cannot be meant."""
PARTS = Option("only", one_of(PartChoice.UNKNOWN), limit=3)
