"""Which unused places return, to the second and one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.admission.places import (
    GRACE,
    PlaceChanges,
    Places,
    ReturningPlace,
    TakenPlace,
    changes,
    probably_unheard,
    used_until,
)

START = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
UNUSED_AFTER = 3 * MINUTE


def taken(registration: int, at: datetime = START - 5 * MINUTE, **more: object) -> TakenPlace:
    return TakenPlace(registration, at, **({"has_pass": True} | more))  # type: ignore[arg-type]


def used(registration: int) -> TakenPlace:
    return taken(registration, seen_at=START - 2 * MINUTE, logged_in_at=START - MINUTE)


def returning(registration: int, begun: timedelta = 4 * MINUTE, **more: object) -> ReturningPlace:
    standing = {"withdrawn_at": None, "is_given_up": False, "is_registered": True, "is_used": False}
    return ReturningPlace(registration, START + begun, **(standing | more))  # type: ignore[arg-type]


def decided(
    places: Places,
    after: timedelta = UNUSED_AFTER,
    *,
    is_open: bool = True,
    began_at: datetime | None = START,
    unused_after: timedelta = UNUSED_AFTER,
) -> PlaceChanges:
    return changes(places, START + after, is_open=is_open, began_at=began_at, unused_after=unused_after)


SEEN = [used(number) for number in range(100, 160)]


@pytest.mark.parametrize(
    ("taken_at", "after", "begins"),
    [
        (START - 15 * MINUTE, UNUSED_AFTER - SECOND, False),
        (START - 15 * MINUTE, UNUSED_AFTER, True),
        (START + MINUTE, UNUSED_AFTER, False),
        (START + MINUTE, UNUSED_AFTER + MINUTE - SECOND, False),
        (START + MINUTE, UNUSED_AFTER + MINUTE, True),
    ],
)
def test_a_place_waits_from_its_taking_or_from_the_beginning(
    taken_at: datetime, after: timedelta, begins: bool
) -> None:
    places = Places([*SEEN, taken(1, taken_at)], [], [7], free=0)
    assert decided(places, after).begin == ((1,) if begins else ())


@pytest.mark.parametrize(
    "quiet",
    [
        {"began_at": None},
        {"unused_after": timedelta(0)},
        {"is_open": False},
    ],
)
def test_nothing_begins_where_it_is_not_counted(quiet: dict[str, object]) -> None:
    places = Places([*SEEN, taken(1)], [], [7], free=0)
    assert decided(places, 9 * MINUTE, **quiet) == PlaceChanges()  # type: ignore[arg-type]


def test_the_longest_unused_return_and_only_as_many_as_wait() -> None:
    unused = [taken(number, START - number * MINUTE) for number in (1, 2, 3)]
    assert decided(Places([*SEEN, *unused], [], [7, 8], free=0), 9 * MINUTE).begin == (3, 2)
    assert decided(Places([*SEEN, *unused], [], [7, 8], free=1), 9 * MINUTE).begin == (3,)
    assert decided(Places([*SEEN, *unused], [], [], free=0), 9 * MINUTE).begin == ()
    on_its_way = [returning(9)]
    assert decided(Places([*SEEN, *unused], on_its_way, [7, 8], free=0), 9 * MINUTE).begin == (3,)


def test_a_sign_of_any_kind_keeps_a_place() -> None:
    for sign in ("seen_at", "logged_in_at", "left_at"):
        places = Places([*SEEN, taken(1, **{sign: START})], [], [7], free=0)
        assert decided(places, 9 * MINUTE).begin == (), sign
        on_its_way = [returning(1, withdrawn_at=START + 4 * MINUTE, is_used=True)]
        assert decided(Places(SEEN, on_its_way, [7], free=0), 9 * MINUTE) == PlaceChanges(keep=frozenset({1})), sign


def test_without_a_link_of_their_own_nobody_loses_a_place() -> None:
    assert decided(Places([*SEEN, taken(1, has_pass=False)], [], [7], free=0), 9 * MINUTE).begin == ()


def test_a_place_is_given_on_a_while_after_the_link_was_withdrawn() -> None:
    withdrawn = returning(1, withdrawn_at=START + 4 * MINUTE)
    places = Places(SEEN, [withdrawn], [7], free=0)
    assert decided(places, 4 * MINUTE + GRACE - SECOND) == PlaceChanges()
    assert decided(places, 4 * MINUTE + GRACE) == PlaceChanges(complete=frozenset({1}))
    still_valid = Places(SEEN, [returning(1)], [7], free=0)
    assert decided(still_valid, 9 * MINUTE) == PlaceChanges(), "never before it is withdrawn"


def test_who_would_give_a_place_to_nobody_keeps_it() -> None:
    places = Places(SEEN, [returning(1), returning(2, 5 * MINUTE)], [7], free=0)
    assert decided(places, 9 * MINUTE) == PlaceChanges(keep=frozenset({2})), "the one that began last"
    assert decided(places, 11 * MINUTE, is_open=False) == PlaceChanges(keep=frozenset({1, 2}))


def test_what_was_given_up_returns_though_nobody_waits() -> None:
    given_up = returning(1, withdrawn_at=START, is_given_up=True, is_registered=False)
    assert decided(Places(SEEN, [given_up], [], free=0), MINUTE) == PlaceChanges(complete=frozenset({1}))
    in_the_room = returning(1, withdrawn_at=START, is_given_up=True, is_registered=False, is_used=True)
    assert decided(Places(SEEN, [in_the_room], [7], free=0), 9 * MINUTE) == PlaceChanges()
    first = Places([*SEEN, taken(2)], [given_up], [7], free=0)
    assert decided(first, 9 * MINUTE).begin == (), "it is enough for the one who waits"


def test_where_most_seem_to_stay_away_it_is_the_events_that_do() -> None:
    unused = [taken(number) for number in range(1, 8)]
    assert len(decided(Places([*unused, *SEEN[:7]], [], list(range(50)), free=0), 9 * MINUTE).begin) == 7
    assert decided(Places([*unused, *SEEN[:6]], [], list(range(50)), free=0), 9 * MINUTE).begin == ()
    assert len(decided(Places(unused[:3], [], [7, 8, 9], free=0), 9 * MINUTE).begin) == 3, "a small circle"


def test_lost_events_hold_places_back() -> None:
    def left_unheard(number: int) -> TakenPlace:
        return taken(number, seen_at=START, left_at=START)

    def joined_alone(number: int) -> TakenPlace:
        return taken(number, seen_at=START, logged_in_at=START)

    assert probably_unheard(SEEN) == 0
    assert probably_unheard([*SEEN, left_unheard(1)]) == 1
    assert probably_unheard([*SEEN, joined_alone(1)]) == 1
    in_the_waiting_room = taken(1, seen_at=START)
    assert probably_unheard([*SEEN, in_the_waiting_room]) == 0
    assert probably_unheard([*SEEN, in_the_waiting_room], START - SECOND) == 0
    assert probably_unheard([*SEEN, in_the_waiting_room], START) == 1
    assert probably_unheard([joined_alone(number) for number in range(60)]) == 0, "a room without a waiting room"
    assert probably_unheard([*SEEN[:40], *(joined_alone(number) for number in range(20))]) == 1 + 400 // 240
    unused = [taken(number) for number in range(1, 31)]
    places = Places([*SEEN, left_unheard(99), *unused], [], list(range(200, 300)), free=0)
    assert len(decided(places, 9 * MINUTE).begin) == 29


def test_until_when_a_place_is_kept() -> None:
    assert used_until(START, None, UNUSED_AFTER) is None
    assert used_until(START, START, timedelta(0)) is None
    assert used_until(START - MINUTE, START, UNUSED_AFTER) == START + UNUSED_AFTER
    assert used_until(START + MINUTE, START, UNUSED_AFTER) == START + MINUTE + UNUSED_AFTER


@given(
    seen=st.integers(0, 90),
    unused=st.integers(0, 90),
    waiting=st.integers(0, 200),
    free=st.integers(-5, 5),
    on_their_way=st.lists(st.booleans(), max_size=20),
)
def test_never_more_return_than_wait(seen: int, unused: int, waiting: int, free: int, on_their_way: list[bool]) -> None:
    places = Places(
        [*(used(number) for number in range(seen)), *(taken(1000 + number) for number in range(unused))],
        [returning(2000 + number, withdrawn_at=START if done else None) for number, done in enumerate(on_their_way)],
        list(range(3000, 3000 + waiting)),
        free,
    )
    change = decided(places, 9 * MINUTE)
    stays_on_its_way = len(on_their_way) - len(change.keep)
    assert len(change.begin) + stays_on_its_way <= waiting
    assert not change.keep & change.complete
    assert not set(change.begin) & {place.registration for place in places.returning}
