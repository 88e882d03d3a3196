"""When a paced fan-out begins, as properties: the last one hears in time, and nobody hears much too early."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.addresses import Address
from bot.gatherings.model import Gathering
from bot.notifications import batches
from bot.notifications.batches import (
    LEAD_TIME_FACTOR,
    LONGEST_LEAD_TIME,
    SHORTEST_LEAD_TIME,
    BatchKey,
    ReminderBatch,
    Workload,
    begins_at,
    due_at,
    key_of,
)
from bot.notifications.model import NotificationKind
from bot.notifications.pace import expected_pace, shown_pace
from bot.notifications.send_limits import burst
from bot.registrations.model import Registrant

START = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
OFFSET = timedelta(hours=1)
DUE = START - OFFSET


def workload(number: int, seconds: int = 0, **registrants: int) -> Workload:
    gathering = Gathering(number, "Grief", START + timedelta(seconds=seconds), "UTC")
    return Workload(ReminderBatch(gathering, NotificationKind.REMINDER, OFFSET, complete=False), registrants)


def test_a_pace_is_relied_on_once_a_batch_has_shown_it() -> None:
    assert expected_pace(200, 200, None) == 200
    assert expected_pace(40, 200, None) == 40, "set below the default"
    assert expected_pace(400, 200, None) == 200
    assert expected_pace(6000, 200, None) == 3000, "reminders do not come hours ahead"
    assert expected_pace(400, None, None) == 400
    assert expected_pace(400, 200, 390) == 400
    assert expected_pace(400, 200, 300) == 300
    assert expected_pace(400, 200, 20) == 100
    assert expected_pace(200, 200, 390) == 200, "set lower since"


def test_a_pace_that_was_kept_does_not_make_a_platform_slow_when_a_faster_one_is_set() -> None:
    assert expected_pace(400, 200, shown_pace(100, 200, 100)) == 200
    assert expected_pace(100, 200, shown_pace(100, 200, 100)) == 100
    assert expected_pace(400, 200, shown_pace(400, 200, 390)) == 400, "above the default it is learnt"
    assert expected_pace(400, 200, shown_pace(200, 200, 110)) == 110, "one that was slow counts"
    assert expected_pace(400, 200, shown_pace(400, 200, 150)) == 150


def begin_times(
    workloads: Sequence[Workload], per_minute: Mapping[str, float], waiting: Mapping[str, int]
) -> dict[BatchKey, datetime]:
    """When each batch begins on the platform that takes longest."""
    begin = batches.begin_times(workloads, per_minute, waiting)
    return {key_of(each.batch): begins_at(each.batch, begin) for each in workloads}


def last_sent(
    workloads: Sequence[Workload], begin: Mapping[BatchKey, datetime], platform: str, pace: float, waiting: int
) -> dict[BatchKey, datetime]:
    """When the last of each batch is sent at exactly this pace: what is due first goes first, after what waited."""
    per_second = pace / 60
    started = min(begin.values())
    released = {key_of(each.batch): (begin[key_of(each.batch)] - started).total_seconds() for each in workloads}
    left = {key_of(each.batch): each.registrants.get(platform, 0) for each in workloads}
    due = {key_of(each.batch): due_at(each.batch) for each in workloads}
    ended: dict[BatchKey, datetime] = {}
    at, tokens = 0.0, burst(pace)
    while any(left.values()):
        if not waiting and not any(left[key] and released[key] <= at for key in left):
            next_release = min(released[key] for key in left if left[key])
            at, tokens = next_release, min(tokens + (next_release - at) * per_second, burst(pace))
        wait = max(0.0, 1 - tokens) / per_second
        at, tokens = at + wait, tokens + wait * per_second - 1
        if waiting:
            waiting -= 1
            continue
        key = min((key for key in left if left[key] and released[key] <= at), key=lambda key: due[key])
        left[key] -= 1
        ended[key] = started + timedelta(seconds=at)
    return ended


WORKLOADS = st.lists(
    st.tuples(st.integers(0, 1800), st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=6
).map(
    lambda drawn: [
        workload(number, seconds - seconds % 30, discord=discord, slack=slack)
        for number, (seconds, discord, slack) in enumerate(drawn)
    ]
)


@given(workloads=WORKLOADS, pace=st.integers(10, 400), other_pace=st.integers(10, 400), waiting=st.integers(0, 60))
def test_at_its_pace_the_last_of_every_batch_is_in_time(
    workloads: list[Workload], pace: int, other_pace: int, waiting: int
) -> None:
    paces = {"discord": float(pace), "slack": float(other_pace)}
    by_platform = batches.begin_times(workloads, paces, {"discord": waiting})
    for platform, per_minute in paces.items():
        begin = {
            key_of(each.batch): by_platform[key_of(each.batch)].get(platform, due_at(each.batch)) for each in workloads
        }
        capped = any(begin[key_of(each.batch)] == due_at(each.batch) - LONGEST_LEAD_TIME for each in workloads)
        ended = last_sent(workloads, begin, platform, per_minute, waiting if platform == "discord" else 0)
        for each in workloads:
            if key_of(each.batch) in ended and not capped:
                assert ended[key_of(each.batch)] < due_at(each.batch) + SHORTEST_LEAD_TIME


@given(
    count=st.integers(0, 100_000), pace=st.floats(0.5, 1000), waiting=st.integers(0, 100_000), others=st.integers(0, 9)
)
def test_nothing_begins_after_it_is_due_or_earlier_than_the_longest_lead_time(
    count: int, pace: float, waiting: int, others: int
) -> None:
    workloads = [workload(number, number * 60, discord=count) for number in range(others + 1)]
    begin = begin_times(workloads, {"discord": pace}, {"discord": waiting})
    for each in workloads:
        due = due_at(each.batch)
        lead_time = due - begin[key_of(each.batch)]
        assert lead_time == timedelta(0) or SHORTEST_LEAD_TIME <= lead_time <= LONGEST_LEAD_TIME


def test_one_batch_begins_as_long_before_as_its_sends_take() -> None:
    one = workload(1, discord=200, slack=100, sandbox=9999)
    (begins,) = begin_times([one], {"discord": 20, "slack": 200}, {}).values()
    pace_needs = timedelta(minutes=(200 - burst(20)) / 20)
    assert pace_needs <= DUE - begins <= timedelta(minutes=200 / 20 * LEAD_TIME_FACTOR)
    (slower,) = begin_times([one], {"slack": 5, "discord": 20}, {}).values()
    assert slower < begins, "the slower platform decides"


def test_nobody_hears_early_for_the_sake_of_another_platform() -> None:
    one = workload(1, discord=500, slack=500)
    begin = batches.begin_times([one], {"discord": 20, "slack": 200}, {})
    ahead = {platform: DUE - at for platform, at in begin[key_of(one.batch)].items()}
    assert ahead["discord"] > timedelta(minutes=24)
    assert ahead["slack"] < timedelta(minutes=3)
    registrants = [
        Registrant(number, Address(platform, f"p{number}"), DUE - OFFSET, False, True, frozenset(), True)
        for number, platform in enumerate(("discord", "slack"))
    ]
    now = begins_at(one.batch, begin)
    planned = batches.batch_notifications([one.batch], registrants, begin, now)
    assert [each.ready_at for each in planned] == [now, DUE - ahead["slack"]]


def test_a_small_one_begins_on_time() -> None:
    for count in (0, 1, int(burst(120)), int(burst(120)) + 3):
        assert set(begin_times([workload(1, discord=count)], {"discord": 120}, {}).values()) == {DUE}
    assert set(begin_times([workload(1, discord=500)], {}, {}).values()) == {DUE}, "no pace to keep"
    assert begin_times([], {"discord": 120}, {"discord": 9}) == {}


def test_two_that_overlap_begin_early_enough_for_both() -> None:
    one, two = workload(1, discord=200), workload(2, 60, discord=200)
    alone = {**begin_times([one], {"discord": 20}, {}), **begin_times([two], {"discord": 20}, {})}
    both = begin_times([one, two], {"discord": 20}, {})
    first, second = key_of(one.batch), key_of(two.batch)
    assert both[second] == alone[second]
    # Of the first, all must be sent before the second begins to need the pace.
    assert alone[first] - both[first] >= timedelta(minutes=(200 - burst(20)) / 20 - 1)


def test_two_far_apart_do_not_hasten_each_other() -> None:
    one, two = workload(1, discord=200), workload(2, 3600, discord=200)
    alone = {**begin_times([one], {"discord": 20}, {}), **begin_times([two], {"discord": 20}, {})}
    assert begin_times([one, two], {"discord": 20}, {}) == alone


def test_many_small_ones_at_one_instant_are_a_large_one() -> None:
    """Each by itself would begin on time; together they take as long as one batch of them all."""
    small = [workload(number, discord=4) for number in range(30)]
    begin = begin_times(small, {"discord": 120}, {})
    (large,) = begin_times([workload(99, discord=120)], {"discord": 120}, {}).values()
    assert abs(min(begin.values()) - large) < timedelta(seconds=1)


def test_what_waits_already_is_sent_before() -> None:
    one = workload(1, discord=200)
    (idle,) = begin_times([one], {"discord": 20}, {}).values()
    (busy,) = begin_times([one], {"discord": 20}, {"discord": 40, "slack": 1000}).values()
    assert timedelta(minutes=2) <= idle - busy <= timedelta(minutes=2) * LEAD_TIME_FACTOR + timedelta(seconds=1)


def test_each_offset_and_start_is_a_batch_of_its_own() -> None:
    gathering = Gathering(1, "Grief", START, "UTC")
    planned = list(batches.batches_of(gathering, (timedelta(hours=24), OFFSET), (OFFSET,)))
    assert len({key_of(batch) for batch in planned}) == len(planned) == 6
