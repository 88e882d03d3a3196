"""Promises 1, 2, 3 and 6: who heard which reminder, and when; against what they and the facilitator did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.notifications.delivery_loop import OLDEST_WORDING
from bot.notifications.model import NotificationKind, Receipt
from tests.simulation.certainty import Known
from tests.simulation.final_records import Books, Row
from tests.simulation.ledger import Accepted, Outcome
from tests.simulation.random_plan import LEAD, OFFSETS, PACES

ON_THE_WAY = timedelta(seconds=2)
"""What was rendered before a change may arrive for so long after it was acknowledged."""
AFTER_THAW = timedelta(seconds=10)
"""A request that a frozen worker had begun goes on when the worker does."""
HEARD_WITHIN, HEARD_WITHIN_STORM = timedelta(seconds=60), timedelta(seconds=1150)
CLOSES_AFTER = timedelta(minutes=10)
REFUSED_FOR_LONG = timedelta(seconds=420)
"""After that the next trial of a breaker may come when it is too late."""
NOBODY_WAITS = timedelta(seconds=3)


@dataclass(frozen=True)
class Reminder:
    """One that somebody may hear."""

    who: str
    gathering: int
    start: datetime
    offset: timedelta

    @property
    def due(self) -> datetime:
        return self.start - self.offset

    def __str__(self) -> str:
        return f"{self.who}'s reminder {self.offset} before gathering {self.gathering} at {self.start:%d %H:%M}"


def reminders(books: Books) -> Iterator[Reminder]:
    known = Known(books.plan, books.ledger)
    for who in books.plan.people:
        for number in range(1, len(books.plan.gatherings) + 1):
            for start in known.starts(number):
                for offset in OFFSETS:
                    yield Reminder(who, number, start, offset)


def rows_of(books: Books, reminder: Reminder) -> list[Row]:
    member = books.member(reminder.who)
    return [
        row
        for row in books.rows
        if row.kind is NotificationKind.REMINDER
        and (row.gathering, row.starts_at, row.offset) == (reminder.gathering, reminder.start, reminder.offset)
        and member is not None
        and books.owner(row) == member
    ]


def heard_once(books: Books) -> Iterator[str]:
    """Promise 1: never twice."""
    for mark, messages in books.taken.items():
        if mark and len(messages) > 1:
            at = ", ".join(f"{each.at:%d %H:%M:%S.%f}" for each in messages)
            key = next((row.key for row in books.rows if messages[0] in books.accepted(row)), mark)
            yield f"promise 1: {key} arrived {len(messages)} times: {at}"
    for reminder in reminders(books):
        rows = [row for row in rows_of(books, reminder) if books.accepted(row)]
        if len(rows) > 1 and not Known(books.plan, books.ledger).may_be_connected(reminder.who):
            yield f"promise 1: {reminder} arrived under {len(rows)} keys: {', '.join(row.key for row in rows)}"
    words = Counter(
        (str(each.to), word)
        for each in books.ledger.accepted
        for word in {part.split("<")[0] for part in each.text.split("Word ")[1:]}
        if each.mark
    )
    for (to, _), times in words.items():
        if times > 1:
            yield f"promise 1: one message of the facilitator's reached {to} {times} times"


def heard_in_time(books: Books) -> Iterator[str]:
    """Promises 1, 2, 3, 6: whoever was registered throughout hears it, once due and not much later."""
    known = Known(books.plan, books.ledger)
    for reminder in reminders(books):
        if not _must_be_heard(books, known, reminder):
            continue
        rows = rows_of(books, reminder)
        if reminder.who in books.plan.closed:
            if not any(row.state is Receipt.BLOCKED for row in rows):
                yield f"promise 5: {reminder} is not recorded as blocked, though their line is closed: {_shown(rows)}"
            continue
        taken = [accepted for row in rows for accepted in books.accepted(row)]
        if not taken:
            which = 3 if reminder.start != known.starts(reminder.gathering)[0] else 1
            yield f"promise {which}: {reminder} never came: {_shown(rows)}"
            continue
        if not books.plan.mishaps:
            allowed = _allowed(books, reminder, taken[0])
            if taken[0].at > allowed:
                yield f"promise 6: {reminder}, due {reminder.due:%H:%M:%S}, came at {taken[0].at:%H:%M:%S.%f}"
        elif taken[0].at > reminder.due + HEARD_WITHIN_STORM:
            yield f"promise 6: {reminder} came as late as {taken[0].at:%H:%M:%S}, when all was well again"


def _allowed(books: Books, reminder: Reminder, taken: Accepted) -> datetime:
    """On time, but for what goes before: other messages of the same minute, and whoever registered since it began."""
    platform = taken.to.platform
    per_minute = float(PACES[books.plan.pace].split(f"{platform}:")[1].split(",")[0])
    since = reminder.due - LEAD[books.plan.pace]
    known = Known(books.plan, books.ledger)
    others = sum(
        each.to.platform == platform and since <= each.at <= taken.at and not each.to.is_channel
        and not each.mark.startswith("reminder")
        for each in books.ledger.accepted
    )  # fmt: skip
    late = sum(
        (first := known.first_tried(who, reminder.gathering)) is not None and first > since for who in books.plan.people
    )
    if platform == "discord":  # what kind it is, its mark does not say
        own = sum(1 for row in books.rows if row.offset == reminder.offset and row.gathering == reminder.gathering
                  and row.kind is NotificationKind.REMINDER and row.platform == platform)  # fmt: skip
        others = max(0, others - own)
    others += len(books.plan.closed)  # a line that turns out to be closed takes its turn, too
    return reminder.due + NOBODY_WAITS + timedelta(minutes=(others + 2 * late) / per_minute)


def _must_be_heard(books: Books, known: Known, reminder: Reminder) -> bool:
    who, number, due, skew = reminder.who, reminder.gathering, reminder.due, books.plan.skew
    since = due - skew - NOBODY_WAITS
    until = due + (HEARD_WITHIN_STORM if books.plan.mishaps else HEARD_WITHIN)
    starts = known.starts(number)
    moved, cancelled, closed = (known.change(word, number) for word in ("move", "cancel", "close"))
    if moved is not None and (reminder.start == starts[0] or len(starts) == 1):
        if moved.first <= until:
            return False
    elif reminder.start != starts[0] and (moved is None or moved.last + skew + NOBODY_WAITS >= due):
        return False
    full = known.full_at_the_earliest(number)
    if known.is_dark and reminder.offset != OFFSETS[-1]:
        return False
    return (
        known.is_steady(who)
        and not _is_refused_for_long(books, reminder)
        and known.surely_registered(who, number, since, until)
        and not (cancelled is not None and cancelled.first <= until)
        and not (closed is not None and closed.first <= until)
        and not (full is not None and full <= until)
        and not any(each.began <= until for each in known.muting(who, reminder.offset))
        and not known.tried(who, number, "join")
        and due > books.plan.beginning + timedelta(seconds=30)
    )


def _is_refused_for_long(books: Books, reminder: Reminder) -> bool:
    """Whether a platform refuses the bot for so long that this one may come to nothing."""
    platform = books.ledger.addresses[reminder.who].platform
    return any(
        each == platform and since < reminder.due + HEARD_WITHIN_STORM and until > reminder.due - HEARD_WITHIN_STORM
        and until - since > REFUSED_FOR_LONG
        for each, since, until in books.ledger.restricted
    )  # fmt: skip


def not_heard_in_vain(books: Books) -> Iterator[str]:
    """Promises 1 to 3: never after leaving, cancelling or moving, nor once the doors have closed, nor unwanted."""
    known = Known(books.plan, books.ledger)
    for reminder in reminders(books):
        for row in rows_of(books, reminder):
            for accepted in books.accepted(row):
                for why in _in_vain(books, known, reminder, accepted):
                    yield f"{why}: {reminder} arrived at {accepted.at:%d %H:%M:%S.%f}"


def _in_vain(books: Books, known: Known, reminder: Reminder, accepted: Accepted) -> Iterator[str]:
    if any(thawed <= accepted.at <= thawed + AFTER_THAW for thawed in books.ledger.thawed):
        return
    skew = books.plan.skew
    if accepted.at < reminder.due - 3 * LEAD[books.plan.pace] - skew:
        yield "promise 1, early"
    if accepted.at > reminder.start + CLOSES_AFTER + skew + ON_THE_WAY:
        yield "promise 1, when the doors had closed"
    if _is_nearer_due(books, known, reminder, accepted.at):
        yield "promise 2, when a nearer one was due"
    yield from _of_the_gathering(known, reminder, accepted.at - _on_the_way(books))
    if not known.may_be_connected(reminder.who):
        yield from _of_the_member(books, known, reminder, accepted.at)


def _is_nearer_due(books: Books, known: Known, reminder: Reminder, at: datetime) -> bool:
    """Whoever wants the nearer one gets that alone."""
    nearest = OFFSETS[-1]
    is_wanted = not known.muting(reminder.who, nearest) and not known.may_be_connected(reminder.who)
    late = at > reminder.start - nearest + books.plan.skew + ON_THE_WAY
    return reminder.offset != nearest and is_wanted and late


def _of_the_gathering(known: Known, reminder: Reminder, before: datetime) -> Iterator[str]:
    number = reminder.gathering
    cancelled, moved, closed = (known.change(word, number) for word in ("cancel", "move", "close"))
    if cancelled is not None and cancelled.last < before:
        yield f"promise 1, after the cancellation at {cancelled.last:%H:%M:%S.%f}"
    if moved is not None:
        if moved.last < before and reminder.start == known.starts(number)[0]:
            yield f"promise 1, at an old time: moved at {moved.last:%H:%M:%S.%f}"
        return
    if closed is not None and closed.last < before:
        yield f"promise 1, when the doors had been closed at {closed.last:%H:%M:%S.%f}"
    full = known.surely_full_at(number)
    if full is not None and full < before:
        yield f"promise 1, when the house was full since {full:%H:%M:%S.%f}"


def _on_the_way(books: Books) -> timedelta:
    """A worker that stands still for a moment sends what it has rendered, as long as that is not old."""
    stood_still = any(each.kind == "freeze before send" for each in books.plan.mishaps)
    return OLDEST_WORDING if stood_still else ON_THE_WAY


def _of_the_member(books: Books, known: Known, reminder: Reminder, at: datetime) -> Iterator[str]:
    who, number, before = reminder.who, reminder.gathering, at - _on_the_way(books)
    if known.surely_not_registered(who, number, before) and known.surely_not_registered(who, number, at):
        yield "promise 1, after leaving"
    first = known.first_tried(who, number)
    if first is not None and first > reminder.due + books.plan.skew:
        yield f"promise 2, of before they registered at {first:%H:%M:%S}"
    unwanted = [each for each in known.muting(who, reminder.offset) if each.outcome is Outcome.DONE]
    # Being forgotten is a change of settings, too: who comes back begins with none.
    changes = (*books.ledger.of(who, "settings"), *books.ledger.of(who, "forget"))
    settings = sorted((each for each in changes if each.may_have_worked), key=lambda each: each.began)
    if unwanted and unwanted[-1] is settings[-1] and settings[-1].ended < before:
        yield f"promise 1, unwanted since {settings[-1].ended:%H:%M:%S.%f}"


def changes_are_told(books: Books) -> Iterator[str]:
    """Promise 3 and the contract of `edit` and `cancel`: every registrant is told, once."""
    known = Known(books.plan, books.ledger)
    kinds = {"move": NotificationKind.MOVED, "cancel": NotificationKind.CANCELLED}
    for word, kind in kinds.items():
        for number in range(1, len(books.plan.gatherings) + 1):
            change = known.change(word, number)
            if change is None or change.last > books.now:
                continue
            for who in books.plan.people:
                until = change.last + HEARD_WITHIN_STORM
                if not (known.is_steady(who) and known.surely_registered(who, number, change.first, until)):
                    continue
                rows = [row for row in books.rows if (row.kind, row.gathering) == (kind, number)
                        and books.owner(row) == books.member(who)]  # fmt: skip
                times = sum(len(books.accepted(row)) for row in rows)
                expected = 0 if who in books.plan.closed else 1
                if times != expected:
                    yield f"promise 3: {who} heard {times} times of the {word} of {number}: {_shown(rows)}"
                elif not expected and not any(row.state is Receipt.BLOCKED for row in rows):
                    yield f"promise 5: the {word} of {number} is not recorded as blocked for {who}: {_shown(rows)}"


def _shown(rows: list[Row]) -> str:
    return ", ".join(str(row) for row in rows) or "there is no row of it"
