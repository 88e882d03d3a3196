"""Which notices are due, as properties: once, never late, never to who left, nearest only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.addresses import Address
from bot.gatherings.model import Gathering
from bot.notifications import batches
from bot.notifications.model import Notification, NotificationKind, Receipt
from bot.registrations.model import Registrant

START = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
GATHERING = Gathering(1, "Grief", START, "Europe/Madrid")
ADA = Address("slack", "T1/U1")
OFFSETS = (timedelta(hours=24), timedelta(hours=1), timedelta(minutes=10))
MINUTES = st.integers(-3 * 24 * 60, 5 * 60)


def registrant(registered: datetime, **more: object) -> Registrant:
    base = Registrant(7, ADA, registered, False, True, frozenset(), True)
    return replace(base, **more)  # type: ignore[arg-type]


def live(
    instants: list[datetime], who: Registrant, gathering: Gathering = GATHERING
) -> list[tuple[datetime, Notification]]:
    """The bot awake at these instants alone: what it posts at each, one key once."""
    done: dict[tuple[int, datetime, NotificationKind, timedelta], bool] = {}
    posted: dict[str, tuple[datetime, Notification]] = {}
    planned = list(batches.batches_of(gathering, OFFSETS, ()))
    for now in sorted(instants):
        due = batches.batches_due(planned, done, {}, now)
        if who.registered_at <= now:
            for notice in batches.batch_notifications(due, [who], {}, now):
                posted.setdefault(notice.key, (now, notice))
        for wave in due:
            done[gathering.id, gathering.starts_at, wave.kind, wave.offset] = wave.complete
    return list(posted.values())


def told(
    found: list[tuple[datetime, Notification]], kind: NotificationKind = NotificationKind.REMINDER
) -> list[tuple[datetime, timedelta]]:
    return [(at, each.offset) for at, each in found if each.kind is kind and each.state is Receipt.WAITING]


def every_20_seconds(since: timedelta, until: timedelta) -> list[datetime]:
    return [START + since + timedelta(seconds=20 * n) for n in range(int((until - since).total_seconds() // 20))]


def test_awake_all_along_each_is_heard_once_and_on_time() -> None:
    awake = every_20_seconds(timedelta(hours=-25), timedelta(hours=3))
    heard = told(live(awake, registrant(START - timedelta(days=3))))
    assert heard == [(START - offset, offset) for offset in OFFSETS]


@given(registered=MINUTES, awake=st.lists(MINUTES, max_size=12))
def test_whatever_the_downtime(registered: int, awake: list[int]) -> None:
    at = START + timedelta(minutes=registered)
    found = live([START + timedelta(minutes=each) for each in awake], registrant(at))
    heard = told(found)
    assert len({when for when, _ in heard}) == len(heard), "never two at one instant"
    assert len({offset for _, offset in heard}) == len(heard), "never one twice"
    for when, offset in heard:
        assert START - offset <= when < START + timedelta(minutes=10), "never before its time, never at a closed door"
        assert at <= START - offset, "nobody hears one whose time was past when they registered"
        overdue = [each for each in OFFSETS if START - each <= when and at <= START - each]
        assert offset == min(overdue), "the nearest one alone"


@given(awake=st.lists(MINUTES, min_size=1, max_size=12))
def test_nothing_is_silent(awake: list[int]) -> None:
    """Every reminder whose instant passed while registered is told or recorded as missed, once awake again."""
    instants = [START + timedelta(minutes=each) for each in awake]
    found = live(instants, registrant(START - timedelta(days=30)))
    known = {each.offset for _, each in found if each.kind is NotificationKind.REMINDER}
    assert known == {offset for offset in OFFSETS if START - offset <= max(instants)}


@given(awake=st.lists(MINUTES, max_size=8), admitted=st.booleans(), direct=st.booleans(), full=st.booleans())
def test_never_to_who_is_in_or_wants_none_or_finds_it_full(
    awake: list[int], admitted: bool, direct: bool, full: bool
) -> None:
    gathering = replace(GATHERING, admitted=90 if full else 0)
    who = registrant(START - timedelta(days=30), admitted=admitted, by_direct_message=direct)
    heard = told(live([START + timedelta(minutes=each) for each in awake], who, gathering))
    if admitted or not direct or full:
        assert heard == []


def test_a_muted_reminder_is_not_heard_and_another_takes_its_place() -> None:
    who = registrant(START - timedelta(days=3), muted=frozenset({OFFSETS[1]}))
    heard = told(live([START - timedelta(minutes=30), START - timedelta(minutes=9)], who))
    assert [offset for _, offset in heard] == [OFFSETS[0], OFFSETS[2]]


def test_thanks_are_for_who_was_there_and_on_the_same_evening() -> None:
    after = [START + timedelta(hours=2)]
    assert told(live(after, registrant(START, admitted=True)), NotificationKind.AFTERWARDS)
    assert not told(live(after, registrant(START, admitted=False)), NotificationKind.AFTERWARDS)
    assert not told(live(after, registrant(START, admitted=True, afterwards=False)), NotificationKind.AFTERWARDS)
    assert not told(live([START + timedelta(hours=14)], registrant(START, admitted=True)), NotificationKind.AFTERWARDS)


def test_a_moved_start_plans_anew() -> None:
    who = registrant(START - timedelta(days=3))
    later = replace(GATHERING, starts_at=START + timedelta(days=1))
    before = {each.key for _, each in live([START - timedelta(hours=24)], who)}
    after = {each.key for _, each in live([later.starts_at - timedelta(hours=24)], who, later)}
    assert before
    assert after
    assert not before & after


def test_a_reminder_is_due_at_its_promised_instant_and_may_be_sent_from_when_it_is_planned() -> None:
    early = START - timedelta(hours=1, minutes=11)
    (batch,) = (each for each in batches.batches_of(GATHERING, OFFSETS, ()) if each.offset == OFFSETS[1])
    begin = {batches.key_of(batch): {"slack": early}}
    (reminder,) = batches.batch_notifications([batch], [registrant(START - timedelta(days=3))], begin, early)
    assert (reminder.due_at, reminder.ready_at) == (START - timedelta(hours=1), early)
    assert (reminder.platform, reminder.scope) == ("slack", "slack/T1")
    thanks = next(each for each in batches.batches_of(GATHERING, OFFSETS, ()) if each.offset < timedelta(0))
    after = START + timedelta(hours=2)
    (thanked,) = batches.batch_notifications([thanks], [registrant(START, admitted=True)], {}, after)
    assert (thanked.due_at, thanked.ready_at) == (after + timedelta(hours=1), after), "it lets reminders go first"


def test_a_paced_batch_begins_ahead_and_runs_once_more_for_latecomers() -> None:
    planned = [each for each in batches.batches_of(GATHERING, OFFSETS, ()) if each.offset == OFFSETS[1]]
    due = START - timedelta(hours=1)
    begin = {batches.key_of(planned[0]): {"slack": due - timedelta(minutes=11)}}
    assert batches.batches_due(planned, {}, begin, due - timedelta(minutes=12)) == []
    early = batches.batches_due(planned, {}, begin, due - timedelta(minutes=11))
    assert [each.complete for each in early] == [False]
    begun = {batches.key_of(planned[0]): False}
    assert batches.batches_due(planned, begun, begin, due - timedelta(minutes=5)) == []
    late = registrant(due - timedelta(minutes=2))
    closing = batches.batches_due(planned, begun, begin, due)
    assert [each.complete for each in closing] == [True]
    assert list(batches.batch_notifications(closing, [late], {}, due))
    assert batches.batches_due(planned, {batches.key_of(planned[0]): True}, begin, due) == []
