"""What was acknowledged is kept, one interaction is acted on once, the door rule, and the roster tells the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from bot.notifications.model import AMENDMENTS, Receipt
from storage.repositories.notifications import TOLD_ELSEWHERE
from tests.simulation.certainty import Known
from tests.simulation.final_records import Books
from tests.simulation.ledger import Outcome, Try
from tests.simulation.random_plan import LEAD

WELCOME = ("Welcome, the doors are open.", "Welcome back.")
FULL = ("is full", "are taken")
MOST_ATTEMPTS = 45
DOORS_OPEN, LATE_ENTRY = timedelta(minutes=15), timedelta(minutes=10)


def acknowledged_is_kept(books: Books) -> Iterator[str]:
    """Promise 4: whatever was answered is in the database, whoever was killed right after."""
    known = Known(books.plan, books.ledger)
    for who in books.plan.people:
        if known.may_be_connected(who):
            continue
        for number in range(1, len(books.plan.gatherings) + 1):
            is_registered = (books.member(who), number) in books.registered
            if not is_registered and known.surely_registered(who, number, books.now, books.now):
                yield f"promise 4: {who} was told that they are registered for {number}, and is not"
            if is_registered and known.surely_not_registered(who, number, books.now):
                yield f"promise 4: {who} was told that they are not registered for {number}, and is"


def acted_on_once(books: Books) -> Iterator[str]:
    """Promise 4: what is delivered twice, perhaps to two processes, is done once."""
    for each in books.ledger.tries:
        if each.word == "create":
            times = books.titles[f"Draft {each.detail}"]
            alike = [other for other in books.ledger.tries if (other.word, other.detail) == ("create", each.detail)]
            tried = sum(other.may_have_worked for other in alike)
            if times > tried or (each.outcome is Outcome.DONE and not times):
                yield f"promise 4: {tried} interactions made {times} drafts {each.detail}"


def door_is_kept(books: Books) -> Iterator[str]:
    """The door rule: never more than the limit, nobody early or late, no place counted twice."""
    known = Known(books.plan, books.ledger)
    for number, gathering in enumerate(books.plan.gatherings, 1):
        if known.change("move", number) is not None:
            continue  # its places are given anew
        tries = [each for each in books.ledger.tries if (each.word, each.gathering) == ("join", number)]
        shown: defaultdict[str, list[Try]] = defaultdict(list)
        for each in tries:
            if any(phrase in each.answer for phrase in WELCOME):
                shown[each.who].append(each)
        inside = {member for member, place in books.admitted if place == number}
        connected = any(known.may_be_connected(who) for who in books.plan.people)
        gone = {who for who in books.plan.people if known.may_be_forgotten(who)}
        if len(shown.keys() - gone) > gathering.limit and not connected:
            yield f"door rule: {', '.join(shown)} were shown the way into {number}, and {gathering.limit} may be"
        if len(inside) > gathering.limit:
            yield f"door rule: {len(inside)} are in {number}, and {gathering.limit} may be"
        if books.counted[number] != len(inside) and not (gone or connected):
            yield f"door rule: {books.counted[number]} places of {number} are taken, by {len(inside)} members"
        if len(inside) < gathering.limit and not (gone or connected):
            full = [each for each in tries if any(phrase in each.answer for phrase in FULL)]
            for each in full[:1]:
                yield f"door rule: {each.who} read that {number} is full at {each.ended:%H:%M:%S}: {len(inside)} are in"
        yield from _inside(books, known, number, shown, inside)
        yield from _turned_away(books, known, number)


def _turned_away(books: Books, known: Known, number: int) -> Iterator[str]:
    """Whoever is registered gets in while the doors are open, unless the house is full."""
    if any(known.change(word, number) is not None for word in ("close", "cancel")):
        return
    start, slack = known.starts(number)[0], books.plan.skew + timedelta(seconds=1)
    for each in books.ledger.tries:
        if (each.word, each.gathering, each.outcome) != ("join", number, Outcome.REFUSED):
            continue
        is_open = start - DOORS_OPEN + slack < each.began and each.ended < start + LATE_ENTRY - slack
        is_registered = known.surely_registered(each.who, number, each.began, each.ended)
        is_full = any(phrase in each.answer for phrase in FULL)
        if is_open and is_registered and not is_full and not known.may_be_connected(each.who):
            yield f"door rule: {each.who} was turned away from {number} at {each.ended:%H:%M:%S}: {each.answer[:80]}"


def _inside(books: Books, known: Known, number: int, shown: dict[str, list[Try]], inside: set[int]) -> Iterator[str]:
    start, slack = known.starts(number)[0], books.plan.skew + timedelta(seconds=1)
    for who, entries in shown.items():
        if books.member(who) not in inside and not known.may_be_forgotten(who):
            yield f"door rule: {who} was let into {number}, which is forgotten"
        if entries[0].ended < start - DOORS_OPEN - slack:
            yield f"door rule: {who} came into {number} at {entries[0].ended:%H:%M:%S}, before the doors opened"
        first = next(each for each in books.ledger.of(who, "join") if each.gathering == number and each.may_have_worked)
        if first.began > start + LATE_ENTRY + slack and not known.may_be_connected(who):
            yield f"door rule: {who} came into {number} at {first.began:%H:%M:%S}, when access was closed"
        first_registered = known.first_tried(who, number)
        if first_registered is None and not known.may_be_connected(who):
            yield f"door rule: {who} came into {number} and never registered"


def roster_is_true(books: Books) -> Iterator[str]:
    """Promise 4: `sent` where a platform took it, and nowhere else; in the end nothing is left open."""
    for row in books.rows:
        if row.kind in AMENDMENTS:
            if row.pending:
                yield f"promise 4: never settled: {row}"
            continue
        times = len(books.accepted(row))
        if row.pending:
            yield f"promise 4: never settled: {row}, taken {times} times"
        elif row.state is Receipt.SENT and not times and not books.is_taken_from_another(row):
            yield f"promise 4: recorded as sent, and never taken by a platform: {row}"
        elif row.state is not Receipt.SENT and times and row.why != TOLD_ELSEWHERE:
            at = books.accepted(row)[0].at
            yield f"promise 4: received at {at:%d %H:%M:%S}, and recorded as {row.state}: {row}"


def reached_the_right_person(books: Books) -> Iterator[str]:
    """Promise 1: what is meant for a member stands on their own private line."""
    for row in books.rows:
        for accepted in books.accepted(row) if row.member is not None else ():
            if accepted.to.is_channel:
                yield f"secrets: what is private went to a channel: {row}"
            elif accepted.to in books.members and books.members[accepted.to] != books.owner(row):
                yield f"promise 1: meant for member {books.owner(row)}, it went to {accepted.to}: {row}"


def nobody_is_marked(books: Books) -> Iterator[str]:
    """Promise 5: whoever can be reached is not recorded as blocked or failed, and nothing is tried for ever."""
    known = Known(books.plan, books.ledger)
    closed = {books.member(who) for who in books.plan.closed}
    stubborn = {books.member("S0")} if known.is_stubborn and "S0" in books.ledger.addresses else set()
    connected = any(known.may_be_connected(who) for who in books.plan.people)
    for row in books.rows:
        owner = books.owner(row)
        if owner is None or connected:
            continue
        if row.state is Receipt.BLOCKED and owner not in closed:
            yield f"promise 5: marked as blocked, though nobody closed their line: {row}"
        if row.state is Receipt.FAILED and owner not in closed | stubborn:
            yield f"promise 4: given up: {row}"
    for member in books.unreached - closed if not connected else set():
        yield f"promise 5: member {member} is marked as unreached, and can be reached"
    for key, times in books.ledger.attempts.items():
        if times > MOST_ATTEMPTS:
            yield f"promise 4: tried {times} times: {key}"


def told_at_the_next_command(books: Books) -> Iterator[str]:
    """Promise 5: whose line is closed is told so at their next command."""
    for who in books.plan.closed:
        blocked = [row for row in books.rows if row.state is Receipt.BLOCKED and books.owner(row) == books.member(who)]
        if not blocked or Known(books.plan, books.ledger).may_be_connected(who):
            continue
        due = min(row.starts_at - row.offset for row in blocked)
        answers = [each for each in books.ledger.tries if each.who == who and each.began > due - LEAD[books.plan.pace]]
        later = [each for each in answers if each.began > due + timedelta(minutes=20) and each.outcome is Outcome.DONE]
        # An answer that never arrived has said it, as far as the bot knows; of two to one interaction one was read.
        is_lost = any(each.outcome in {Outcome.UNKNOWN, Outcome.UNDONE} for each in answers)
        if later and not is_lost and not any("could not reach you" in each.answer for each in answers):
            yield f"promise 5: {who}, whose line is closed, was not told so at their next command"
