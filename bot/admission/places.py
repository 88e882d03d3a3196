"""Which places return to those who wait, where Zoom tells who logged in. Pure.

A place whose holder did not log in for a while, or gave it up, returns in steps, each of which is stored before the
next one begins: it stops being theirs, their personal link is withdrawn at Zoom, and GRACE later, when a log-in from
just before would have been heard of, it is given on. A sign of its holder keeps it at any step.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

GRACE = timedelta(seconds=30)
"""After a link was withdrawn: so long a log-in of just before may still be on its way here."""
LET_IN_WITHIN = timedelta(minutes=2)
"""Who stood in the waiting room for longer than this, in a meeting that runs, has been let in by all probability."""
FEW = 3
"""So many unused places surprise nobody, however few people are in."""


@dataclass(frozen=True, slots=True)
class TakenPlace:
    """A place, and what was heard from Zoom of whoever holds it.

    `seen_at`: the first sign of any kind; `logged_in_at`: the first log-in; `left_at`: when they last left.
    """

    registration: int
    taken_at: datetime
    has_pass: bool
    """Their way in is a personal link, which can be withdrawn."""
    seen_at: datetime | None = None
    logged_in_at: datetime | None = None
    left_at: datetime | None = None

    @property
    def is_used(self) -> bool:
        return self.seen_at is not None or self.logged_in_at is not None or self.left_at is not None


@dataclass(frozen=True, slots=True)
class ReturningPlace:
    """A place on its way from one who did not come to one who waits. It counts as taken until it is given on."""

    registration: int
    begun_at: datetime
    withdrawn_at: datetime | None
    """When their link had certainly been withdrawn at Zoom."""
    is_given_up: bool
    """They said that they do not need it."""
    is_registered: bool
    is_used: bool
    """Somebody logged in with their link all the same."""


@dataclass(frozen=True, slots=True)
class WaitingRegistrant:
    registration: int
    member: int
    has_pass: bool
    """A place can be given to them: there is a personal link to the room, or one that can be made valid again."""


@dataclass(frozen=True, slots=True)
class Places:
    """All places of one gathering. `free`: less than nothing where a late sign kept a place that was given on."""

    taken: Sequence[TakenPlace]
    returning: Sequence[ReturningPlace]
    waiting: Sequence[int]
    """Registrations of those who wait, in order."""
    free: int


@dataclass(frozen=True, slots=True)
class PlaceChanges:
    """Registrations whose places are kept by their holders after all, begin to return, or have returned."""

    keep: frozenset[int] = frozenset()
    begin: tuple[int, ...] = ()
    complete: frozenset[int] = frozenset()


def used_until(taken_at: datetime, began_at: datetime | None, unused_after: timedelta) -> datetime | None:
    """By when the holder of a place must have logged in; None while that is not counted, or places stay."""
    if began_at is None or not unused_after:
        return None
    return max(taken_at, began_at) + unused_after


def changes(
    places: Places, now: datetime, *, is_open: bool, began_at: datetime | None, unused_after: timedelta
) -> PlaceChanges:
    """What becomes of the places now.

    `is_open`: somebody may still come in. `began_at`: when the meeting began; None also where Zoom is silent about who
    logs in, for then nobody can be told to be absent.
    """
    absent = [place for place in places.returning if not place.is_used]
    given_up = [place for place in absent if place.is_given_up]
    timed_out = sorted((place for place in absent if not place.is_given_up), key=lambda place: place.begun_at)
    wanted = min(len(places.waiting), max(0, len(places.waiting) - places.free - len(given_up))) if is_open else 0
    begin = _to_begin(places, now, wanted - len(timed_out), began_at, unused_after)
    returned = [place for place in places.returning if place.is_used and place.is_registered]
    # Where fewer people wait than before, those whose places have returned for the shortest time keep them.
    return PlaceChanges(
        keep=frozenset(place.registration for place in (*returned, *timed_out[wanted:])),
        begin=tuple(place.registration for place in begin),
        complete=frozenset(
            place.registration for place in (*given_up, *timed_out[:wanted]) if _is_withdrawn(place, now)
        ),
    )


def _is_withdrawn(place: ReturningPlace, now: datetime) -> bool:
    return place.withdrawn_at is not None and place.withdrawn_at + GRACE <= now


def _to_begin(
    places: Places, now: datetime, wanted: int, began_at: datetime | None, unused_after: timedelta
) -> Sequence[TakenPlace]:
    """The places that have been unused for the longest, as many as are wanted."""
    unused: list[tuple[datetime, int, TakenPlace]] = []
    for place in places.taken:
        until = used_until(place.taken_at, began_at, unused_after)
        if place.has_pass and not place.is_used and until is not None and until <= now:
            unused.append((place.taken_at, place.registration, place))
    if len(unused) > max(FEW, len(places.taken) // 2):
        return []  # so many do not stay away: it is the events that do
    let_in_by = now - LET_IN_WITHIN if began_at is not None and began_at <= now - LET_IN_WITHIN else None
    certain = len(unused) - probably_unheard(places.taken, let_in_by)
    return [place for _, _, place in sorted(unused, key=lambda entry: entry[:2])[: max(0, min(wanted, certain))]]


def probably_unheard(taken: Collection[TakenPlace], let_in_by: datetime | None = None) -> int:
    """How many may have logged in without any event of it having arrived: so many places do not return.

    Whoever comes through a waiting room is heard of twice. Where `partial` of `n` people were heard of by one event
    alone, events get lost at a rate of about partial / 2n, and both of one person at that rate squared: of n people,
    partial² / 4n. That is rounded up. `let_in_by`: who was in the waiting room by then must have logged in since.
    """
    used = [place for place in taken if place.is_used]
    through_waiting_room = sum(1 for place in used if _is_heard_twice(place))
    without = sum(1 for place in used if place.logged_in_at is not None and not _is_heard_twice(place))
    partial = sum(1 for place in used if place.logged_in_at is None and _must_have_logged_in(place, let_in_by))
    if through_waiting_room > without:
        partial += without
    return 0 if not partial else 1 + partial**2 // (4 * len(used))


def _must_have_logged_in(place: TakenPlace, let_in_by: datetime | None) -> bool:
    waits_long = let_in_by is not None and place.seen_at is not None and place.seen_at <= let_in_by
    return place.left_at is not None or waits_long


def _is_heard_twice(place: TakenPlace) -> bool:
    return place.logged_in_at is not None and place.seen_at is not None and place.seen_at < place.logged_in_at
