"""What is kept of a meeting while it is planned, runs and ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import Config
from bot.meetings.events import MeetingEvent, MeetingEventKind
from bot.meetings.hear import hear
from bot.meetings.model import Capture, Meeting, MeetingState, Pass
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from tests.storage.examples import LINK, MINUTE, NOW, greeted, published
from tests.storage.repositories.test_query_cost import Undone
from tests.storage.transaction import in_transaction

LATER = NOW + 30 * MINUTE


def meeting(uow: UnitOfWork, number: str = "555") -> Meeting:
    gathering, member = published(uow), greeted(uow)
    registration = uow.registrations.add(member.id, [gathering.id], NOW)[0]
    uow.meetings.save(Meeting(gathering.id, number, MeetingState.STANDS, 0, settings_version=1))
    uow.meetings.issue_passes(gathering.id, {registration.id: ("R1", LINK)})
    found = uow.meetings.by_number(number)
    assert found is not None
    return found


def kept(uow: UnitOfWork, of: Meeting) -> Meeting:
    found = uow.meetings.get(of.gathering)
    assert found is not None
    return found


def only_pass(uow: UnitOfWork, of: Meeting) -> Pass:
    (found,) = uow.meetings.passes(of.gathering)
    return found


@in_transaction
def test_what_was_heard_of_another_meeting_does_not_count(uow: UnitOfWork) -> None:
    made = meeting(uow)
    for kind in (MeetingEventKind.STARTED, MeetingEventKind.ENDED):
        hear(uow, MeetingEvent(kind, "555", NOW), NOW, Config())
    hear(uow, MeetingEvent(MeetingEventKind.CAPTURED, "555", NOW, capture=Capture.RECORDING), NOW, Config())
    uow.meetings.save(replace(kept(uow, made), revision=3))
    same = kept(uow, made)
    assert (same.started_at, same.ended_at, same.last_heard_at) == (NOW, NOW, NOW)
    assert (same.captures, same.revision, same.settings_version) == (frozenset({Capture.RECORDING}), 3, 1)
    uow.meetings.save(replace(same, number="666"))
    other = kept(uow, made)
    assert (other.started_at, other.ended_at, other.last_heard_at, other.captures) == (
        None,
        None,
        None,
        frozenset(),
    )
    assert uow.meetings.by_number("555") is None
    assert not hear(uow, MeetingEvent(MeetingEventKind.STARTED, "555", NOW), NOW, Config())
    assert not kept(uow, made).running


@in_transaction
def test_a_meeting_without_a_number_is_found_by_none(uow: UnitOfWork) -> None:
    gathering = published(uow)
    uow.meetings.save(Meeting(gathering.id, "", MeetingState.BEGUN, 0))
    assert uow.meetings.by_number("") is None


@in_transaction
def test_a_look_that_is_wanted_is_given_once(uow: UnitOfWork) -> None:
    made = meeting(uow)
    assert uow.meetings.take_wanted_looks() == frozenset()
    for _ in range(2):
        hear(uow, MeetingEvent(MeetingEventKind.CHANGED, "555", NOW), NOW, Config())
    assert uow.meetings.take_wanted_looks() == {made.gathering}
    assert uow.meetings.take_wanted_looks() == frozenset()


@in_transaction
def test_a_sign_of_any_kind_says_that_its_holder_came(uow: UnitOfWork) -> None:
    made = meeting(uow)

    def told(kind: MeetingEventKind, minutes: int, registrant: str = "R1") -> Pass:
        hear(uow, MeetingEvent(kind, "555", NOW + minutes * MINUTE, registrant), LATER, Config())
        return only_pass(uow, made)

    assert told(MeetingEventKind.SEEN, 5, "somebody else's").seen_at is None
    assert told(MeetingEventKind.SEEN, 5).seen_at == NOW + 5 * MINUTE
    assert told(MeetingEventKind.SEEN, 4).logged_in_at is None
    assert told(MeetingEventKind.JOINED, 6).logged_in_at == NOW + 6 * MINUTE
    assert told(MeetingEventKind.LEFT, 9).left_at == NOW + 9 * MINUTE
    last = told(MeetingEventKind.LEFT, 8)
    assert (last.seen_at, last.logged_in_at, last.left_at) == (
        NOW + 4 * MINUTE,
        NOW + 6 * MINUTE,
        NOW + 9 * MINUTE,
    )


@in_transaction
def test_when_they_came_and_left_is_in_their_export(uow: UnitOfWork) -> None:
    meeting(uow)
    for kind, minutes in ((MeetingEventKind.SEEN, 1), (MeetingEventKind.LEFT, 9)):
        hear(uow, MeetingEvent(kind, "555", NOW + minutes * MINUTE, "R1"), LATER, Config())
    (gathering,) = uow.accounts.export(greeted(uow).id).gatherings
    assert (gathering.seen_at, gathering.left_at) == (NOW + MINUTE, NOW + 9 * MINUTE)


@in_transaction
def test_who_left_without_having_been_heard_to_come_was_there(uow: UnitOfWork) -> None:
    made = meeting(uow)
    hear(uow, MeetingEvent(MeetingEventKind.LEFT, "555", NOW, "R1"), LATER, Config())
    found = only_pass(uow, made)
    assert (found.seen_at, found.logged_in_at, found.left_at) == (NOW, None, NOW)


@in_transaction
def test_somebody_in_the_room_says_that_it_is_open(uow: UnitOfWork) -> None:
    """Where the event of its beginning was lost; but not one who was there before it ended."""
    made = meeting(uow)
    hear(uow, MeetingEvent(MeetingEventKind.SEEN, "555", NOW, "R1"), LATER, Config())
    assert not kept(uow, made).running
    hear(uow, MeetingEvent(MeetingEventKind.JOINED, "555", NOW + MINUTE), LATER, Config())
    assert kept(uow, made).started_at == NOW + MINUTE
    hear(uow, MeetingEvent(MeetingEventKind.ENDED, "555", NOW + 9 * MINUTE), LATER, Config())
    hear(uow, MeetingEvent(MeetingEventKind.JOINED, "555", NOW + 8 * MINUTE, "R1"), LATER, Config())
    assert not kept(uow, made).running


@in_transaction
def test_an_event_from_the_future_happened_now(uow: UnitOfWork) -> None:
    made = meeting(uow)
    hear(uow, MeetingEvent(MeetingEventKind.STARTED, "555", LATER + timedelta(days=9)), LATER, Config())
    assert kept(uow, made).started_at == LATER


EVENING = [
    MeetingEvent(MeetingEventKind.STARTED, "555", NOW),
    MeetingEvent(MeetingEventKind.SEEN, "555", NOW + MINUTE, "R1"),
    MeetingEvent(MeetingEventKind.JOINED, "555", NOW + 2 * MINUTE, "R1"),
    MeetingEvent(MeetingEventKind.CAPTURED, "555", NOW + 2 * MINUTE, capture=Capture.RECORDING),
    MeetingEvent(MeetingEventKind.CAPTURED, "555", NOW + 3 * MINUTE, capture=Capture.COMPANION),
    MeetingEvent(MeetingEventKind.LEFT, "555", NOW + 3 * MINUTE, "R1"),
    MeetingEvent(MeetingEventKind.ENDED, "555", NOW + 4 * MINUTE),
    MeetingEvent(MeetingEventKind.STARTED, "555", NOW + 5 * MINUTE),
    MeetingEvent(MeetingEventKind.JOINED, "555", NOW + 6 * MINUTE, "R1"),
    MeetingEvent(MeetingEventKind.LEFT, "555", NOW + 7 * MINUTE, "R1"),
    MeetingEvent(MeetingEventKind.ENDED, "555", NOW + 8 * MINUTE),
]


@given(st.lists(st.sampled_from(EVENING), max_size=8), st.permutations(EVENING))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_an_evening_told_twice_and_in_any_order_is_one_evening(
    storage: OpenStorage, doubled: list[MeetingEvent], order: list[MeetingEvent]
) -> None:
    def work(uow: UnitOfWork) -> None:
        made = meeting(uow)
        for event in [*order, *doubled]:
            assert hear(uow, event, LATER, Config())
        found, holder = kept(uow, made), only_pass(uow, made)
        assert not found.running
        assert found.started_at in {NOW + 5 * MINUTE, NOW + 6 * MINUTE}, "the last beginning, or who came first since"
        assert found.ended_at == NOW + 8 * MINUTE
        assert found.captures == {Capture.RECORDING, Capture.COMPANION}
        assert (holder.seen_at, holder.logged_in_at, holder.left_at) == (
            NOW + MINUTE,
            NOW + 2 * MINUTE,
            NOW + 7 * MINUTE,
        )
        raise Undone

    with pytest.raises(Undone):
        await storage.run(work)
