"""Which gathering is meant: by number, by a part of its title, or chosen from a menu."""

from __future__ import annotations

from bot import words
from bot.asks import Ask
from bot.commands.catalogue import Kind
from bot.doors import Doors, may_return
from bot.gatherings import Gathering, Status, reference, series_of
from bot.ports import Books
from bot.topics import State, Topic
from bot.views import CHOICE_LIMIT, Choice, Refusal, View
from bot.words import topics

Found = Gathering | View
"""One gathering, or the view that asks which."""


def upcoming(ask: Ask, books: Books) -> Found:
    """A published gathering for everybody: one by number whatever its state, else among the upcoming ones."""
    typed = ask.call["gathering"].strip()
    number = reference(typed)
    if number is not None:
        return _numbered(ask, books, number, typed)
    found = _soonest_parts(books.upcoming(ask.now, limit=3 * CHOICE_LIMIT, titled=typed))
    if not found and typed:
        found = _soonest_parts(books.upcoming(ask.now, limit=3 * CHOICE_LIMIT))
        if not found:
            raise Refusal(words.not_found(words.reader(ask), typed))
        return words.which(words.reader(ask), found[:CHOICE_LIMIT], ask.call, unknown=typed)
    if not found:
        raise Refusal(words.nothing_planned(words.reader(ask)))
    return _one_of(ask, found, typed)


def mine(ask: Ask, books: Books) -> Found:
    """One of the gatherings that the asker is registered for."""
    typed = ask.call["gathering"].strip()
    number = reference(typed)
    if number is not None:
        return _numbered(ask, books, number, typed)
    registered = books.registered(ask.member.id, ask.now)
    found = books.registered(ask.member.id, ask.now, titled=typed) if typed else registered
    if not registered:
        raise Refusal(words.nothing_registered(words.reader(ask)))
    if not found:
        return words.which(words.reader(ask), registered[:CHOICE_LIMIT], ask.call, unknown=typed)
    return _one_of(ask, _soonest_parts(found) if ask.call["only"] != "yes" else found, typed)


def to_join(ask: Ask, books: Books) -> Found:
    """The gathering whose door is meant: named, or of one's own the one that is open now, or opens soonest."""
    typed = ask.call["gathering"].strip()
    if reference(typed) is not None:
        return _numbered(ask, books, reference(typed) or 0, typed)
    found = books.registered(ask.member.id, ask.now, titled=typed)
    if not found:
        return upcoming(ask, books) if typed else _not_registered_yet(ask, books)
    at_door = [each for each in found if _lets_in(each, ask, books)]
    early = [each for each in found if each.doors(ask.now) is Doors.EARLY]
    return (at_door or early or found)[0]


def hosted(ask: Ask, books: Books) -> Found:
    """A gathering that a facilitator acts on, drafts among them."""
    to = words.reader(ask)
    typed = ask.call["gathering"].strip()
    number = reference(typed)
    if number is not None:
        found = books.gathering(number)
        if found is None:
            raise Refusal(words.not_found(to, typed))
        return found
    several = books.hosted(ask.now, limit=CHOICE_LIMIT, titled=typed)
    if len(several) == 1 and typed:
        return several[0]
    if several:
        return words.which(to, several, ask.call)
    everything = books.hosted(ask.now, limit=CHOICE_LIMIT)
    if not everything:
        raise Refusal(words.nothing_hosted(to))
    return words.which(to, everything, ask.call, unknown=typed)


def following(gathering: Gathering, ask: Ask, books: Books) -> Gathering | None:
    """The next gathering that can be registered for, when this one is a no."""
    others = books.upcoming(ask.now, limit=10)
    return next((each for each in others if each.id != gathering.id and each.open_to_registration(ask.now)), None)


def numbered_topic(books: Books, typed: str) -> Topic | None:
    """The topic with this number, whatever became of it."""
    return books.topic(int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


def topic(ask: Ask, books: Books, name: str = "topic") -> Topic:
    """The open topic that an option names; refuses when it is not open any more."""
    found = numbered_topic(books, ask.call[name])
    if found is None or found.state is not State.OPEN:
        raise Refusal(topics.closed(words.reader(ask)))
    return found


def choices(ask: Ask, kind: Kind, typed: str, books: Books) -> tuple[Choice, ...]:
    """What to offer for an option while it is typed: search in titles, soonest first."""
    if kind is Kind.TEXT:
        return ()
    typed = typed.strip().lstrip("#")
    titled = "" if typed.isdecimal() else typed
    if kind is Kind.GATHERING:
        found = books.upcoming(ask.now, limit=CHOICE_LIMIT, titled=titled)
    elif kind is Kind.HOSTED:
        found = books.hosted(ask.now, limit=CHOICE_LIMIT, titled=titled)
    else:
        found = books.registered(ask.member.id, ask.now, titled=titled)
    shown = [each for each in found if titled or typed in f"{each.id} {each.title}"]
    return tuple(words.choice(words.reader(ask), each) for each in shown[:CHOICE_LIMIT])


def _numbered(ask: Ask, books: Books, number: int, typed: str) -> Gathering:
    """A draft is unknown to members."""
    found = books.gathering(number)
    if found is None or found.status is Status.DRAFT:
        raise Refusal(words.not_found(words.reader(ask), typed))
    return found


def _soonest_parts(found: list[Gathering]) -> list[Gathering]:
    """One entry a series: its soonest part."""
    return [group[0] for group in series_of(found)]


def _one_of(ask: Ask, found: list[Gathering], typed: str) -> Found:
    exact = [each for each in found if each.title.casefold() == typed.casefold()]
    if typed and len(exact or found) == 1:
        return (exact or found)[0]
    return words.which(words.reader(ask), found[:CHOICE_LIMIT], ask.call)


def _lets_in(gathering: Gathering, ask: Ask, books: Books) -> bool:
    if gathering.doors(ask.now) is Doors.OPEN:
        return True
    return may_return(gathering, ask.now) and books.admitted(ask.member.id, gathering.id)


def _not_registered_yet(ask: Ask, books: Books) -> Gathering:
    """Nothing is registered: the gathering at whose open door they probably stand, if there is one."""
    for each in books.upcoming(ask.now, limit=5):
        if each.doors(ask.now) is Doors.OPEN:
            return each
    raise Refusal(words.nothing_registered(words.reader(ask)))
