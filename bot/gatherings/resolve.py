"""Which gathering is meant: by number, by a part of its title, or chosen from a menu."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.admission import waiting
from bot.admission.model import Doors, closes_at, opens_at
from bot.context import Context
from bot.gatherings import resolve_texts, texts
from bot.gatherings.arguments import GATHERING, MINE, PARTS, PartChoice
from bot.gatherings.model import LISTED, Gathering, Status, series_of
from bot.gatherings.naming import containing, exactly, names_day, nearly, on_day, part_of, says_only
from bot.registrations import texts as registration_texts
from bot.unit_of_work import UnitOfWork
from bot.views import AskBack, Refusal, View

_REMEMBERED = timedelta(days=7)
"""Of what is over it is said so for that long, where its title is typed."""


def upcoming(ctx: Context, uow: UnitOfWork) -> Gathering:
    """A published gathering for everybody: one by number whatever its state, else among the upcoming ones."""
    typed, number = ctx.args[GATHERING].typed, ctx.args[GATHERING].number
    if number is not None:
        return _numbered(ctx, uow, number, typed)
    gatherings = _soonest_parts(uow.gatherings.upcoming(ctx.now, limit=LISTED, titled=typed))
    if typed and not exactly(typed, gatherings):
        gone = _gone(ctx, uow, typed)
        meant = exactly(typed, gone) if gatherings else [*exactly(typed, gone), *_upcoming_part(ctx, uow, typed), *gone]
        if meant:
            return meant[0]  # a no by title is as kind as by number, and never a yes to another title
    if typed and not gatherings:
        everything = uow.gatherings.upcoming(ctx.now, limit=LISTED)
        if not everything:
            raise Refusal(resolve_texts.not_found(ctx.locale, typed))
        then = _soonest_parts(_then(ctx, typed, everything))
        if len(then) == 1:
            return then[0]
        raise _which_upcoming(ctx, then or _soonest_parts(everything), unknown="" if then else typed)
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
    if not titled and [gathering] in (_upcoming_part(ctx, uow, reference.typed), _then(ctx, reference.typed, coming)):
        return gathering
    return gathering if len(titled & {part.id for part in coming}) == 1 else None


def part_choice(ctx: Context) -> PartChoice:
    """What the button says, or the words do: `only part 2 of letting go`."""
    choice = ctx.args[PARTS]
    return PartChoice.ONLY if choice is PartChoice.DEFAULT and says_only(ctx.args[GATHERING].typed) else choice


def mine(ctx: Context, uow: UnitOfWork) -> Gathering:
    """One of the gatherings that the sender is registered for, each part of a series for itself."""
    locale, typed, number = ctx.locale, ctx.args[MINE].typed, ctx.args[MINE].number
    if number is not None:
        gathering = uow.gatherings.get(number)
        if gathering is None or gathering.status is Status.DRAFT:
            raise Refusal(registration_texts.not_registered_for(locale, typed))
        return gathering
    matching = uow.registrations.gatherings_of(ctx.member.id, ctx.now, titled=typed)
    others = [] if not typed or exactly(typed, matching) else exactly(typed, _known(ctx, uow, typed))
    if others:
        over, series = ctx.now >= others[0].ends_at, others[0].is_part
        raise Refusal(registration_texts.was_not_registered(locale, others[0], series=series, over=over))
    if not matching and (part := _own_part(ctx, uow, typed)) is not None:
        return part
    if not matching:
        own = uow.registrations.gatherings_of(ctx.member.id, ctx.now)
        matching = _then(ctx, typed, own)
        if not matching and not uow.gatherings.upcoming(ctx.now, limit=1, titled=typed):
            matching, typed = _perhaps(ctx, typed, own)
    if not matching:
        raise Refusal(_not_registered(ctx, uow, typed))
    exact = exactly(typed, matching) or matching
    if typed and len(exact) == 1:
        return exact[0]
    if typed and len(series_of(exact)) == 1:
        raise AskBack(resolve_texts.which_part(locale, ctx.call, exact))
    raise AskBack(resolve_texts.which(locale, exact, ctx.call, page=ctx.args[MINE].page, typed=typed))


def _upcoming_part(ctx: Context, uow: UnitOfWork, typed: str) -> list[Gathering]:
    part = part_of(typed, lambda title: uow.gatherings.upcoming(ctx.now, limit=LISTED, titled=title))
    return [] if part is None else [part]


def _then(ctx: Context, typed: str, gatherings: Sequence[Gathering]) -> list[Gathering]:
    return on_day(typed, gatherings, ctx.locale, ctx.now)


def _own_part(ctx: Context, uow: UnitOfWork, typed: str) -> Gathering | None:
    return part_of(typed, lambda title: uow.registrations.gatherings_of(ctx.member.id, ctx.now, titled=title))


def _known(ctx: Context, uow: UnitOfWork, titled: str) -> list[Gathering]:
    return [*uow.gatherings.upcoming(ctx.now, limit=LISTED, titled=titled), *_gone(ctx, uow, titled)]


def _gone(ctx: Context, uow: UnitOfWork, titled: str) -> list[Gathering]:
    """What runs with closed doors, then what is over or was cancelled, the latest first."""
    hosted_now = uow.gatherings.hosted(ctx.now, limit=LISTED, titled=titled)
    running = [each for each in hosted_now if each.status is Status.PUBLISHED and ctx.now >= closes_at(each)]
    public = uow.gatherings.public_since(ctx.now - _REMEMBERED, limit=LISTED)
    past = [each for each in reversed(public) if each.doors(ctx.now) in {Doors.OVER, Doors.CANCELLED}]
    return [*running, *containing(titled, past)]


def _perhaps(ctx: Context, typed: str, own: list[Gathering]) -> tuple[list[Gathering], str]:
    """What to ask about, of words that are in no title, and what of these still names one.

    `I can't come, my mother died` is not read back as a title, nor is a day.
    """
    if near := nearly(typed, own):
        return near, ""
    is_no_title = len(typed.split()) > 1 or names_day(typed, ctx.locale, ctx.now)
    return (own, "") if is_no_title else ([], typed)


def _not_registered(ctx: Context, uow: UnitOfWork, typed: str) -> View:
    """Names the gathering that was meant, where that is clear."""
    locale = ctx.locale
    if not typed:
        return registration_texts.nothing_registered(locale)
    gathering = _the_one(_soonest_parts(uow.gatherings.upcoming(ctx.now, limit=LISTED, titled=typed)), typed)
    gathering = gathering or _the_one(_gone(ctx, uow, typed), typed)
    if gathering is None:
        return registration_texts.not_registered_for(locale, typed)
    over = ctx.now >= gathering.ends_at
    return registration_texts.was_not_registered(locale, gathering, series=gathering.is_part, over=over)


def to_join(ctx: Context, uow: UnitOfWork) -> Gathering:
    """The gathering to join: the named one, or of the sender's own the one that is open now, or else whose door is the
    nearest in time, be it one that has closed."""
    typed, number = ctx.args[MINE].typed, ctx.args[MINE].number
    if number is not None:
        return _numbered(ctx, uow, number, typed)
    gatherings = uow.registrations.gatherings_of(ctx.member.id, ctx.now, titled=typed)
    exact = exactly(typed, gatherings)
    if typed and not exact:
        known = _known(ctx, uow, typed)
        if not gatherings or exactly(typed, known):
            return _not_own(ctx, uow, known)
    cancelled = [] if typed else own_cancelled(ctx, uow)
    if not gatherings:
        return cancelled[0] if cancelled else _not_registered_yet(ctx, uow)
    gatherings = exact or gatherings
    open_now = [gathering for gathering in gatherings if _lets_in(gathering, ctx, uow)]
    full = [gathering for gathering in gatherings if gathering.doors(ctx.now) is Doors.FULL]
    due = [gathering for gathering in cancelled if opens_at(gathering) <= ctx.now]
    first = next(iter(open_now or full or due), None)
    return first or min(gatherings, key=lambda gathering: _from_door(gathering, ctx.now))


def _from_door(gathering: Gathering, now: datetime) -> timedelta:
    """How long it is until its doors open, or since they closed: who comes late hears that, and not of next week."""
    if gathering.doors(now) is Doors.EARLY:
        return opens_at(gathering) - now
    return now - (gathering.closed_at or closes_at(gathering))


def own_cancelled(ctx: Context, uow: UnitOfWork) -> list[Gathering]:
    """What the sender is registered for, was cancelled, and would not be over yet: they may not have heard of it."""
    return [gathering for gathering, _ in uow.registrations.calendar(ctx.member.id, ctx.now) if gathering.cancelled]


def _not_own(ctx: Context, uow: UnitOfWork, known: list[Gathering]) -> Gathering:
    """What was typed is no title of theirs: it is never taken for another, though they stand at an open door."""
    typed = ctx.args[MINE].typed
    if not known:
        part = _own_part(ctx, uow, typed) or part_of(typed, lambda title: _known(ctx, uow, title))
        then = _then(ctx, typed, uow.registrations.gatherings_of(ctx.member.id, ctx.now))
        if part is None and len(then) == 1:
            return then[0]
        if part is not None:
            return part
        found = at_door(ctx, uow)
        if found is not None:
            way_in = texts.join_button(ctx.locale, found[0], inside=found[1])
            raise Refusal(resolve_texts.not_found(ctx.locale, typed, way_in))
    return upcoming(ctx, uow)


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
    if not everything:
        part = part_of(typed, lambda title: uow.gatherings.hosted(ctx.now, limit=LISTED, titled=title))
        if part is not None:
            return part
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
    exact = exactly(typed, gatherings)
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
    return gathering.is_still_on(ctx.now) and uow.admission.is_admitted(ctx.member.id, gathering.id)


def _not_registered_yet(ctx: Context, uow: UnitOfWork) -> Gathering:
    """For a sender without registrations: the gathering whose doors are open now, if there is one."""
    for gathering in uow.gatherings.upcoming(ctx.now, limit=5):
        if gathering.doors(ctx.now) is Doors.OPEN:
            return gathering
    raise Refusal(registration_texts.nothing_registered(ctx.locale))
