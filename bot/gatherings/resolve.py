"""Which gathering is meant: by number, by a part of its title, or chosen from a menu."""

from __future__ import annotations

from bot import i18n, platform_texts
from bot.admission.model import Doors, may_return
from bot.catalogue import OptionKind
from bot.context import Context
from bot.gatherings import resolve_texts, texts
from bot.gatherings.model import Gathering, Status, reference, series_of
from bot.registrations import texts as registration_texts
from bot.registrations.model import coming_parts
from bot.text import folded
from bot.topics import texts as topic_texts
from bot.topics.model import Topic, TopicState
from bot.unit_of_work import UnitOfWork
from bot.views import CHOICE_LIMIT, Choice, Refusal, View

Found = Gathering | View
"""One gathering, or the view that asks which."""
MORE = "…"
"""The value of the choice that only says that there are more: chosen all the same, it names nothing."""
_SEARCHED = 3 * (CHOICE_LIMIT + 1)
"""Gatherings that hold more than a menu's, also where all of them are parts of series of three."""


def upcoming(ask: Context, books: UnitOfWork) -> Found:
    """A published gathering for everybody: one by number whatever its state, else among the upcoming ones."""
    typed = _typed(ask)
    number = reference(typed)
    if number is not None:
        return _numbered(ask, books, number, typed)
    found = _soonest_parts(books.upcoming(ask.now, limit=_SEARCHED, titled=typed))
    if not found and typed:
        found = _soonest_parts(books.upcoming(ask.now, limit=_SEARCHED))
        if not found:
            raise Refusal(resolve_texts.not_found(i18n.locale_for(ask), typed))
        return _which_upcoming(ask, found, unknown=typed)
    if not found:
        raise Refusal(resolve_texts.nothing_planned(i18n.locale_for(ask)))
    return _the_one(found, typed) or _which_upcoming(ask, found)


def named_part(ask: Context, found: Gathering, coming: list[Gathering], books: UnitOfWork) -> Gathering | None:
    """The part that was meant before the others of its series: pressed, or named by its number or its own title."""
    if ask.call["only"] == "any" or all(each.id != found.id for each in coming):
        return None
    typed = _typed(ask)
    if reference(typed) is not None or len(coming) == 1:
        return found
    titled = {each.id for each in books.upcoming(ask.now, limit=_SEARCHED, titled=typed)}
    return found if len(titled & {each.id for each in coming}) == 1 else None


def mine(ask: Context, books: UnitOfWork) -> Found:
    """One of the gatherings that the asker is registered for, each part of a series for itself."""
    to, typed = i18n.locale_for(ask), _typed(ask)
    number = reference(typed)
    if number is not None:
        found = books.gathering(number)
        if found is None or found.status is Status.DRAFT:
            raise Refusal(registration_texts.not_registered_for(to, typed))
        return found
    matching = books.registered(ask.member.id, ask.now, titled=typed)
    if not matching:
        raise Refusal(_not_registered(ask, books, typed))
    exact = [each for each in matching if typed and folded(each.title) == folded(typed)] or matching
    if typed and len(exact) == 1:
        return exact[0]
    if typed and len(series_of(exact)) == 1:
        return resolve_texts.which_part(to, ask.call, exact)
    return resolve_texts.which(to, exact, ask.call, listed="mine")


def _not_registered(ask: Context, books: UnitOfWork, typed: str) -> View:
    """Says so of what was meant, where it is clear what that was."""
    to = i18n.locale_for(ask)
    if not typed:
        return registration_texts.nothing_registered(to)
    meant = _the_one(_soonest_parts(books.upcoming(ask.now, limit=_SEARCHED, titled=typed)), typed)
    if meant is None:
        return registration_texts.not_registered_for(to, typed)
    return registration_texts.was_not_registered(to, meant, series=meant.is_part)


def to_join(ask: Context, books: UnitOfWork) -> Found:
    """The gathering whose door is meant: named, or of one's own the one that is open now, or opens soonest."""
    typed = _typed(ask)
    if reference(typed) is not None:
        return _numbered(ask, books, reference(typed) or 0, typed)
    found = books.registered(ask.member.id, ask.now, titled=typed)
    if not found:
        return upcoming(ask, books) if typed else _not_registered_yet(ask, books)
    at_door = [each for each in found if _lets_in(each, ask, books)]
    early = [each for each in found if each.doors(ask.now) is Doors.EARLY]
    return (at_door or early or found)[0]


def hosted(ask: Context, books: UnitOfWork) -> Found:
    """A gathering that a facilitator acts on, drafts among them."""
    to = i18n.locale_for(ask)
    typed = _typed(ask)
    number = reference(typed)
    if number is not None:
        found = books.gathering(number)
        if found is None:
            raise Refusal(resolve_texts.not_found(to, typed))
        return found
    several = books.hosted(ask.now, limit=CHOICE_LIMIT + 1, titled=typed)
    if len(several) == 1 and typed:
        return several[0]
    if several:
        return resolve_texts.which(to, several, ask.call)
    everything = books.hosted(ask.now, limit=CHOICE_LIMIT + 1)
    if not everything:
        raise Refusal(texts.nothing_hosted(to))
    return resolve_texts.which(to, everything, ask.call, unknown=typed)


def following(gathering: Gathering, ask: Context, books: UnitOfWork) -> Gathering | None:
    """The next gathering that can be registered for, when this one is a no."""
    others = books.upcoming(ask.now, limit=10)
    return next((each for each in others if each.id != gathering.id and each.open_to_registration(ask.now)), None)


def coming(gathering: Gathering | None, ask: Context, books: UnitOfWork) -> list[Gathering]:
    """The parts of its series that registering for it takes; none where it is no series."""
    if gathering is None or not gathering.is_part:
        return []
    return coming_parts(books.parts(gathering), ask.now)


def numbered_topic(books: UnitOfWork, typed: str) -> Topic | None:
    """The topic with this number, whatever became of it."""
    return books.topic(int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


def topic(ask: Context, books: UnitOfWork, name: str = "topic") -> Topic:
    """The open topic that an option names; refuses when it is not open any more."""
    found = numbered_topic(books, ask.call[name])
    if found is None or found.state is not TopicState.OPEN:
        raise Refusal(topic_texts.closed(i18n.locale_for(ask)))
    return found


def page_number(ask: Context) -> int:
    typed = ask.call["page"]
    return max(1, int(typed)) if typed.isdecimal() else 1


def topic_page(ask: Context, kind: OptionKind, books: UnitOfWork, titled: str = "") -> tuple[list[Topic], bool]:
    """One page of topics for a menu, and whether others follow; with `titled` the first that have it in them."""
    page = 1 if titled else page_number(ask)
    first, end = (page - 1) * CHOICE_LIMIT, page * CHOICE_LIMIT
    if kind is OptionKind.OTHERS_TOPIC:
        found = books.others_topics(ask.member.id, limit=CHOICE_LIMIT + 1, offset=first, titled=titled)
        return found[:CHOICE_LIMIT], len(found) > CHOICE_LIMIT
    # All up to here, because the topic that is to be merged stands on one of the pages and is no choice.
    several = books.topics(limit=end + 2, titled=titled)
    others = [each for each in several if str(each.id) != ask.call["topic"]]
    return others[first:end], len(others) > end


def choices(ask: Context, kind: OptionKind, typed: str, books: UnitOfWork) -> tuple[Choice, ...]:
    """What to offer for an option while it is typed: search in titles, soonest first."""
    if kind is OptionKind.TEXT:
        return ()
    if kind in {OptionKind.TOPIC, OptionKind.OTHERS_TOPIC}:
        return tuple(topic_texts.choice(each) for each in topic_page(ask, kind, books, typed.strip())[0])
    to, typed = i18n.locale_for(ask), typed.strip().removesuffix(MORE)
    number = reference(typed)
    found = _offered(ask, kind, "" if number is not None else typed, books)
    if number is not None:
        found = _with_number(ask, kind, found, number, books)
    if len(found) <= CHOICE_LIMIT:
        return tuple(resolve_texts.choice(to, each) for each in found)
    shown = [resolve_texts.choice(to, each) for each in found[: CHOICE_LIMIT - 1]]
    return (*shown, Choice(MORE, platform_texts.more_choices(to)))


def _offered(ask: Context, kind: OptionKind, titled: str, books: UnitOfWork) -> list[Gathering]:
    if kind is OptionKind.GATHERING:
        return books.upcoming(ask.now, limit=CHOICE_LIMIT + 1, titled=titled)
    if kind is OptionKind.HOSTED:
        return books.hosted(ask.now, limit=CHOICE_LIMIT + 1, titled=titled)
    return books.registered(ask.member.id, ask.now, titled=titled)


def _with_number(
    ask: Context, kind: OptionKind, soonest: list[Gathering], number: int, books: UnitOfWork
) -> list[Gathering]:
    """The one with this number first, however far ahead it is; then those with it in their number or title."""
    titled = _offered(ask, kind, str(number), books)
    found = {each.id: each for each in [*soonest, *titled] if each in titled or str(number) in str(each.id)}
    exact = books.gathering(number)
    if exact is not None and _can_be_meant(ask, kind, exact, books):
        found = {number: exact} | found
    return list(found.values())


def _can_be_meant(ask: Context, kind: OptionKind, gathering: Gathering, books: UnitOfWork) -> bool:
    if kind is OptionKind.MINE:
        return books.registration(ask.member.id, gathering.id) is not None
    seen = {Status.PUBLISHED, Status.DRAFT} if kind is OptionKind.HOSTED else {Status.PUBLISHED}
    return gathering.status in seen and ask.now < gathering.ends_at


def _numbered(ask: Context, books: UnitOfWork, number: int, typed: str) -> Gathering:
    """A draft is unknown to members."""
    found = books.gathering(number)
    if found is None or found.status is Status.DRAFT:
        raise Refusal(resolve_texts.not_found(i18n.locale_for(ask), typed))
    return found


def _soonest_parts(found: list[Gathering]) -> list[Gathering]:
    """One entry a series: its soonest part."""
    return [group[0] for group in series_of(found)]


def _typed(ask: Context) -> str:
    typed = ask.call["gathering"].strip()
    return "" if typed == MORE else typed


def _the_one(found: list[Gathering], typed: str) -> Gathering | None:
    exact = [each for each in found if folded(each.title) == folded(typed)]
    return (exact or found)[0] if typed and len(exact or found) == 1 else None


def _which_upcoming(ask: Context, found: list[Gathering], *, unknown: str = "") -> View:
    """One entry a series, which no press can tell apart from its soonest part: so it says that it is the series."""
    call = ask.call if ask.call["only"] else ask.call.filled({"only": "any"})
    return resolve_texts.which(i18n.locale_for(ask), found, call, unknown=unknown, series=True, listed="list")


def _lets_in(gathering: Gathering, ask: Context, books: UnitOfWork) -> bool:
    if gathering.doors(ask.now) is Doors.OPEN:
        return True
    return may_return(gathering, ask.now) and books.admitted(ask.member.id, gathering.id)


def _not_registered_yet(ask: Context, books: UnitOfWork) -> Gathering:
    """Nothing is registered: the gathering at whose open door they probably stand, if there is one."""
    for each in books.upcoming(ask.now, limit=5):
        if each.doors(ask.now) is Doors.OPEN:
            return each
    raise Refusal(registration_texts.nothing_registered(i18n.locale_for(ask)))
