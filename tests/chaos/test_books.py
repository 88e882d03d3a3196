"""The books balance after a round in which all went well, and each check finds what it is there for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.notifications.model import Receipt
from tests.chaos.books import Books, GatheringBook, Notice, check, count_certain
from tests.chaos.people import Interaction, Outcome, outcome_of
from tests.chaos.platforms import Accepted, tag_of

BEGAN = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
DUE = BEGAN + timedelta(seconds=5)
MINUTE = timedelta(minutes=1)
START = DUE + MINUTE
REGISTERED, LEFT, CANCELLED = "You are registered for", "You are no longer registered for", "is cancelled."


def act(who: str, word: str, gathering: int, began: float, **more: object) -> Interaction:
    """Done within a tenth of a second, and remembered under a key of its own."""
    done = Interaction(who, word, gathering, f"{who} {word} {gathering} {began}", began, began + 0.1, Outcome.DONE, "")
    return replace(done, **more)  # type: ignore[arg-type]


def notice(kind: str, member: int, gathering: int, platform: str = "slack", **more: object) -> Notice:
    offset = MINUTE if kind == "reminder" else timedelta(0)
    key = f"{kind}:{member}:{gathering}:{int(START.timestamp())}:{int(offset.total_seconds())}"
    made = Notice(key, kind, gathering, member, platform, f"D{member}", Receipt.SENT, False, START, offset)
    return replace(made, **more)  # type: ignore[arg-type]


def taken(of: Notice, arrived: float) -> Accepted:
    return Accepted(of.platform, of.conversation, tag_of(of.platform, of.key), arrived)


def well() -> Books:
    """Ada and Ben hear the reminder of 1. Cyn left it. 2 is cancelled, and Ada told so. Ada is at the door of 4."""
    notices = [notice("reminder", 1, 1), notice("reminder", 2, 1, "discord"), notice("cancelled", 1, 2)]
    interactions = [
        act("Ada", "register", 1, 1.0), act("Ben", "register", 1, 1.0), act("Ada", "register", 2, 1.2),
        act("Cyn", "register", 1, 1.0), act("Cyn", "unregister", 1, 2.0), act("Ada", "register", 4, 1.4),
        act("Fran", "cancel", 2, 3.0), act("Ada", "join", 4, 3.0), act("Fran", "create", 7, 3.0),
    ]  # fmt: skip
    at = BEGAN + timedelta(seconds=1)
    return Books(
        notices=notices,
        accepted=[taken(notices[0], 5.1), taken(notices[1], 5.2), taken(notices[2], 3.3)],
        interactions=interactions,
        gatherings={
            number: GatheringBook(number, START, "cancelled" if number == 2 else "published", 1, START)
            for number in (1, 2, 4)
        },
        members={"Ada": 1, "Ben": 2, "Cyn": 3},
        registered={(1, 1): at, (1, 2): at, (2, 1): at, (4, 1): at},
        admitted=frozenset({(4, 1)}),
        acted_on=frozenset(each.key for each in interactions),
        drafts={"Draft 7": 1},
        reminders=[MINUTE],
        now=DUE + timedelta(seconds=5),
        began_at=BEGAN.timestamp(),
    )


def test_a_round_in_which_all_went_well_is_in_order() -> None:
    assert check(well()) == []


def _with(books: Books, name: str, *more: object) -> None:
    setattr(books, name, [*getattr(books, name), *more])


def _settled(books: Books, number: int, state: Receipt, *, pending: bool = False) -> None:
    books.notices = [
        replace(each, state=state, pending=pending) if place == number else each
        for place, each in enumerate(books.notices)
    ]


def never_settled(books: Books) -> None:
    _settled(books, 0, Receipt.SENT, pending=True)


def told_twice(books: Books) -> None:
    _with(books, "accepted", taken(books.notices[1], 6.0))


def told_under_two_keys(books: Books) -> None:
    second = replace(books.notices[0], key="reminder:1:1:0:60")
    _with(books, "notices", second)
    _with(books, "accepted", taken(second, 6.0))


def receipt_guessed(books: Books) -> None:
    books.accepted = books.accepted[1:]


def receipt_denied(books: Books) -> None:
    _settled(books, 2, Receipt.TOO_LATE)


def told_somebody_else(books: Books) -> None:
    books.accepted = [replace(books.accepted[0], conversation="D9"), *books.accepted[1:]]


def told_without_a_row(books: Books) -> None:
    _with(books, "accepted", Accepted("slack", "D1", "reminder:9", 5.0))


def answered_strangely(books: Books) -> None:
    _with(books, "interactions", act("Ben", "register", 2, 1.0, outcome=outcome_of("register", "Sunny today")))


def acknowledged_and_lost(books: Books) -> None:
    books.acted_on = frozenset(key for key in books.acted_on if not key.startswith("Cyn unregister"))


def registration_lost(books: Books) -> None:
    books.registered = {pair: at for pair, at in books.registered.items() if pair != (1, 2)}


def cancellation_lost(books: Books) -> None:
    books.registered = {**books.registered, (1, 3): DUE + MINUTE}


def two_drafts(books: Books) -> None:
    books.drafts = {"Draft 7": 2}


def told_after_unregistering(books: Books) -> None:
    to_cyn = notice("reminder", 3, 1)
    _with(books, "notices", to_cyn)
    _with(books, "accepted", taken(to_cyn, 5.0))


def told_after_cancelling(books: Books) -> None:
    late = notice("reminder", 1, 2)
    _with(books, "notices", late)
    _with(books, "accepted", taken(late, 5.1))


def told_at_the_old_time(books: Books) -> None:
    moved = act("Fran", "move", 1, 3.0)
    _with(books, "interactions", moved)
    books.acted_on |= {moved.key}


def not_told(books: Books) -> None:
    _settled(books, 1, Receipt.DROPPED)
    books.accepted = [books.accepted[0], books.accepted[2]]


def told_too_much(books: Books) -> None:
    """Ben registered after the reminder was due."""
    books.registered = {**books.registered, (1, 2): DUE + MINUTE}
    books.interactions = [each if each.who != "Ben" else act("Ben", "register", 1, 5.05) for each in books.interactions]
    books.acted_on |= {each.key for each in books.interactions}


def not_told_of_the_cancellation(books: Books) -> None:
    books.notices, books.accepted = books.notices[:2], books.accepted[:2]


def let_in_and_forgotten(books: Books) -> None:
    books.admitted = frozenset()


def too_many_let_in(books: Books) -> None:
    books.admitted |= {(4, 2)}


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (never_settled, "never settled"),
        (told_twice, "told 2 times"),
        (told_under_two_keys, "one reminder under 2 keys"),
        (receipt_guessed, "recorded as sent, and never taken"),
        (receipt_denied, "received, and recorded as too late"),
        (told_somebody_else, "went astray"),
        (told_without_a_row, "without a row"),
        (answered_strangely, "answered strangely"),
        (acknowledged_and_lost, "acknowledged and lost"),
        (registration_lost, "Ben is not registered"),
        (cancellation_lost, "Cyn is registered"),
        (two_drafts, "made 2 drafts"),
        (told_after_unregistering, "after its reader had unregistered"),
        (told_after_cancelling, "after cancel of 2"),
        (told_at_the_old_time, "after move of 1"),
        (not_told, "should have heard"),
        (told_too_much, "registered for 1 after the reminder"),
        (not_told_of_the_cancellation, "was not told of the cancel"),
        (let_in_and_forgotten, "which is forgotten"),
        (too_many_let_in, "2 are in 4"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_check_can_fail(damage: Callable[[Books], None], found: str) -> None:
    books = well()
    damage(books)
    assert [line for line in check(books) if found in line]


def test_what_was_not_answered_may_have_happened_or_not() -> None:
    """But not where the database does not remember it."""
    books = well()
    unanswered = act("Ben", "unregister", 1, 2.0, outcome=Outcome.UNKNOWN)
    _with(books, "interactions", unanswered)
    kept = dict(books.registered)
    books.registered = {pair: at for pair, at in kept.items() if pair != (1, 2)}
    assert [line for line in check(books) if "Ben" in line]
    assert count_certain(books) == (5, 0)
    books.acted_on |= {unanswered.key}
    assert count_certain(books) == (4, 1)
    assert not [line for line in check(books) if "Ben" in line]
    books.registered = kept
    assert not [line for line in check(books) if "Ben" in line]


@pytest.mark.parametrize(
    ("word", "answer", "outcome"),
    [
        ("register", f"{REGISTERED} *Grief*", Outcome.DONE),
        ("unregister", f"{LEFT} *Grief*", Outcome.DONE),
        ("cancel", f"*Grief* {CANCELLED}", Outcome.DONE),
        ("register", None, Outcome.UNKNOWN),
        ("register", "This takes longer than it should, and it may still have worked.", Outcome.UNKNOWN),
        ("register", "Something went wrong on our side, and nothing was changed.", Outcome.UNDONE),
        ("register", "Grief was cancelled. We are sorry.", Outcome.REFUSED),
        ("register", LEFT, Outcome.STRANGE),
    ],
)
def test_answers_are_understood(word: str, answer: str | None, outcome: Outcome) -> None:
    assert outcome_of(word, answer) is outcome
