"""Which gathering is meant: by number, by a part of its title, or chosen from a menu."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.admission import waiting
from bot.admission.model import Doors, may_return
from bot.context import Context
from bot.gatherings import resolve_texts, texts
from bot.gatherings.arguments import GATHERING, MINE, PARTS, PartChoice
from bot.gatherings.model import LISTED, Gathering, Status, series_of
from bot.registrations import texts as registration_texts
from bot.text import folded
from bot.unit_of_work import UnitOfWork
from bot.views import AskBack, Refusal, View

_PART = re.compile(r"(.+?)[\s·,(]*\bparte? (\d)(?: (?:of|de) \d)?\)?", re.IGNORECASE)
"""A part as the bot names it, and as people shorten that: `Letting go (part 2 of 3)`, `letting go part 2`."""


def upcoming(ctx: Context, uow: UnitOfWork) -> Gathering:
    """A published gathering for everybody: one by number whatever its state, else among the upcoming ones."""
    typed, number = ctx.args[GATHERING].typed, ctx.args[GATHERING].number
    if number is not None:
        return _numbered(ctx, uow, number, typed)
    gatherings = _soonest_parts(uow.gatherings.upcoming(ctx.now, limit=LISTED, titled=typed))
    if not gatherings and typed:
        part = _upcoming_part(ctx, uow, typed)
        if part is not None:
            return part
        hosted_now = uow.gatherings.hosted(ctx.now, limit=LISTED, titled=typed)
        running = [gathering for gathering in hosted_now if gathering.status is Status.PUBLISHED]
        if running:
            return running[0]  # its doors have closed: a no by title is as kind as by number
        gatherings = _soonest_parts(uow.gatherings.upcoming(ctx.now, limit=LISTED))
        if not gatherings:
            raise Refusal(resolve_texts.not_found(ctx.locale, typed))
        raise _which_upcoming(ctx, gatherings, unknown=typed)
    if not gatherings:
        raise Refusal(resolve_texts.nothing_planned(ctx.locale))
    gathering = _the_one(gatherings, typed)
    if gathering is None:
        raise _which_upcoming(ctx, gatherings)
    return gathering


def named_part(ctx: Context, gathering: Gathering, coming: list[Gathering], uow: UnitOfWork) -> Gathering | None:
    """The part that was meant before the others of its series: pressed, or named by its number or its own title."""
    if ctx.args[PARTS] is PartChoice.UNNAMED or all(part.id != gathering.id for part in coming):
        return None
    reference = ctx.args[GATHERING]
    if reference.number is not None or len(coming) == 1:
        return gathering
    titled = {part.id for part in uow.gatherings.upcoming(ctx.now, limit=LISTED, titled=reference.typed)}
    if not titled and _upcoming_part(ctx, uow, reference.typed) == gathering:
        return gathering
    return gathering if len(titled & {part.id for part in coming}) == 1 else None


def mine(ctx: Context, uow: UnitOfWork) -> Gathering:
    """One of the gatherings that the sender is registered for, each part of a series for itself."""
    locale, typed, number = ctx.locale, ctx.args[MINE].typed, ctx.args[MINE].number
    if number is not None:
        gathering = uow.gatherings.get(number)
        if gathering is None or gathering.status is Status.DRAFT:
            raise Refusal(registration_texts.not_registered_for(locale, typed))
        return gathering
    matching = uow.registrations.gatherings_of(ctx.member.id, ctx.now, titled=typed)
    part = _part_of(typed, lambda title: uow.registrations.gatherings_of(ctx.member.id, ctx.now, titled=title))
    if not matching and part is not None:
        return part
    if not matching and _is_a_sentence(ctx, uow, typed):
        matching, typed = uow.registrations.gatherings_of(ctx.member.id, ctx.now), ""
    if not matching:
        raise Refusal(_not_registered(ctx, uow, typed))
    exact = [gathering for gathering in matching if typed and folded(gathering.title) == folded(typed)] or matching
    if typed and len(exact) == 1:
        return exact[0]
    if typed and len(series_of(exact)) == 1:
        raise AskBack(resolve_texts.which_part(locale, ctx.call, exact))
    raise AskBack(resolve_texts.which(locale, exact, ctx.call, page=ctx.args[MINE].page, typed=typed))


def _upcoming_part(ctx: Context, uow: UnitOfWork, typed: str) -> Gathering | None:
    return _part_of(typed, lambda title: uow.gatherings.upcoming(ctx.now, limit=LISTED, titled=title))


def _part_of(typed: str, find: Callable[[str], list[Gathering]]) -> Gathering | None:
    """The one part that is named by its series and its number."""
    named = _PART.fullmatch(" ".join(typed.split()))
    if named is None:
        return None
    found = [each for each in find(named[1]) if each.is_part and each.part == int(named[2])]
    return found[0] if len(found) == 1 else None


def _is_a_sentence(ctx: Context, uow: UnitOfWork, typed: str) -> bool:
    """`I can't come, my mother died`: several words that are in no title are not read back as one."""
    return len(typed.split()) > 1 and not uow.gatherings.upcoming(ctx.now, limit=1, titled=typed)


def _not_registered(ctx: Context, uow: UnitOfWork, typed: str) -> View:
    """Names the gathering that was meant, where that is clear."""
    locale = ctx.locale
    if not typed:
        return registration_texts.nothing_registered(locale)
    gathering = _the_one(_soonest_parts(uow.gatherings.upcoming(ctx.now, limit=LISTED, titled=typed)), typed)
    if gathering is None:
        return registration_texts.not_registered_for(locale, typed)
    return registration_texts.was_not_registered(locale, gathering, series=gathering.is_part)


def to_join(ctx: Context, uow: UnitOfWork) -> Gathering:
    """The gathering to join: the named one, or of the sender's own the one that is open now, or opens soonest."""
    typed, number = ctx.args[MINE].typed, ctx.args[MINE].number
    if number is not None:
        return _numbered(ctx, uow, number, typed)
    gatherings = uow.registrations.gatherings_of(ctx.member.id, ctx.now, titled=typed)
    if not gatherings:
        found = at_door(ctx, uow) if typed and not uow.gatherings.upcoming(ctx.now, limit=1, titled=typed) else None
        if found is not None:
            return found[0]  # a wrong word, by somebody who stands at a door that is open for them
        return upcoming(ctx, uow) if typed else _not_registered_yet(ctx, uow)
    open_now = [gathering for gathering in gatherings if _lets_in(gathering, ctx, uow)]
    full = [gathering for gathering in gatherings if gathering.doors(ctx.now) is Doors.FULL]
    early = [gathering for gathering in gatherings if gathering.doors(ctx.now) is Doors.EARLY]
    return (open_now or full or early or gatherings)[0]


def ways_in(ctx: Context, uow: UnitOfWork, registered: Sequence[Gathering]) -> dict[int, bool]:
    """Of those that the sender registered for, where Join leads them somewhere now; of each, whether they were in."""
    return waiting.ways_in(uow, ctx.config, ctx.member.id, registered, ctx.now)


def full_houses(ctx: Context, uow: UnitOfWork, gatherings: Sequence[Gathering]) -> set[int]:
    """Of these, the full houses where one may wait."""
    unused_after = ctx.config.unused_places
    return {each.id for each in gatherings if waiting.may_wait(uow, each, unused_after, ctx.now)}


def at_door(ctx: Context, uow: UnitOfWork) -> tuple[Gathering, bool] | None:
    """The gathering whose door leads the sender somewhere now, and whether they were in before."""
    gatherings = uow.registrations.gatherings_of(ctx.member.id, ctx.now)
    open_now = ways_in(ctx, uow, gatherings)
    return next(((gathering, open_now[gathering.id]) for gathering in gatherings if gathering.id in open_now), None)


def hosted(ctx: Context, uow: UnitOfWork) -> Gathering:
    """A gathering that a facilitator acts on, drafts among them."""
    return _hosted(ctx, uow, drafts=True)


def published(ctx: Context, uow: UnitOfWork) -> Gathering:
    """The same for what cannot be done with a draft: none is offered, but one may be named by its number."""
    return _hosted(ctx, uow, drafts=False)


def _hosted(ctx: Context, uow: UnitOfWork, *, drafts: bool) -> Gathering:
    locale = ctx.locale
    typed, number = ctx.args[GATHERING].typed, ctx.args[GATHERING].number
    if number is not None:
        gathering = uow.gatherings.get(number)
        if gathering is None:
            raise Refusal(resolve_texts.not_there(locale, number))
        return gathering
    everything = uow.gatherings.hosted(ctx.now, limit=LISTED, titled=typed)
    matching = [gathering for gathering in everything if drafts or gathering.status is not Status.DRAFT]
    if typed and len(matching or everything) == 1:
        return (matching or everything)[0]  # of a draft it is said that it is one
    if matching:
        raise AskBack(resolve_texts.which(locale, matching, ctx.call, page=ctx.args[GATHERING].page, typed=typed))
    everything = uow.gatherings.hosted(ctx.now, limit=LISTED)
    offered = [gathering for gathering in everything if drafts or gathering.status is not Status.DRAFT]
    if not offered:
        raise Refusal(texts.nothing_hosted(locale))
    raise AskBack(resolve_texts.which(locale, offered, ctx.call, unknown=typed, page=ctx.args[GATHERING].page))


def to_start(ctx: Context, uow: UnitOfWork) -> Gathering:
    """The gathering that a facilitator hosts: the named one, or the one that runs now or begins next."""
    if not ctx.args[GATHERING].typed:
        coming = [each for each in uow.gatherings.hosted(ctx.now, limit=LISTED) if each.status is Status.PUBLISHED]
        if coming:
            return coming[0]
    return published(ctx, uow)


def _numbered(ctx: Context, uow: UnitOfWork, number: int, typed: str) -> Gathering:
    """A draft does not exist for members."""
    gathering = uow.gatherings.get(number)
    if gathering is None or gathering.status is Status.DRAFT:
        raise Refusal(resolve_texts.not_found(ctx.locale, typed))
    return gathering


def _soonest_parts(gatherings: list[Gathering]) -> list[Gathering]:
    """One entry a series: its soonest part."""
    return [group[0] for group in series_of(gatherings)]


def _the_one(gatherings: list[Gathering], typed: str) -> Gathering | None:
    exact = [gathering for gathering in gatherings if folded(gathering.title) == folded(typed)]
    return (exact or gatherings)[0] if typed and len(exact or gatherings) == 1 else None


def _which_upcoming(ctx: Context, gatherings: list[Gathering], *, unknown: str = "") -> AskBack:
    """One choice for each series; it carries UNNAMED, so that it is not taken for the soonest part alone."""
    call = ctx.call if ctx.args[PARTS] is not PartChoice.DEFAULT else ctx.call.filled({"only": PartChoice.UNNAMED})
    page, typed = ctx.args[GATHERING].page, "" if unknown else ctx.args[GATHERING].typed
    return AskBack(
        resolve_texts.which(ctx.locale, gatherings, call, unknown=unknown, series=True, page=page, typed=typed)
    )


def _lets_in(gathering: Gathering, ctx: Context, uow: UnitOfWork) -> bool:
    if gathering.doors(ctx.now) is Doors.OPEN:
        return True
    return may_return(gathering, ctx.now) and uow.admission.is_admitted(ctx.member.id, gathering.id)


def _not_registered_yet(ctx: Context, uow: UnitOfWork) -> Gathering:
    """For a sender without registrations: the gathering whose doors are open now, if there is one."""
    for gathering in uow.gatherings.upcoming(ctx.now, limit=5):
        if gathering.doors(ctx.now) is Doors.OPEN:
            return gathering
    raise Refusal(registration_texts.nothing_registered(ctx.locale))
