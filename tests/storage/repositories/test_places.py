"""Places on their way, and who waits: the count is always the number of those who hold one, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from bot.admission import waiting as waiting_rules
from bot.admission.model import DoorRule
from bot.meetings.model import Meeting, MeetingState
from bot.registrations.model import Registration
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage, open_storage
from storage.schema import admissions, gatherings, passes, returning_places, waiting
from tests.databases import KEY
from tests.storage.examples import HOUR, MINUTE, NOW, greeted, published
from tests.storage.transaction import in_transaction

LIMIT = 3


@dataclass
class House:
    gathering: int
    people: list[Registration]


def house(uow: UnitOfWork, people: int = 6, limit: int = LIMIT) -> House:
    """A gathering with a meeting at Zoom, and people with personal links to it."""
    gathering = published(uow, door_rule=DoorRule(limit, MINUTE * 10, HOUR * 2))
    uow.meetings.save(Meeting(gathering.id, "99", MeetingState.STANDS, gathering.revision))
    members = [greeted(uow, f"P{number}").id for number in range(people)]
    made = House(gathering.id, [uow.registrations.add(member, [gathering.id], NOW)[0] for member in members])
    links = {one.id: (f"R{one.id}", ZoomLink(f"https://zoom.us/w/99?tk={one.id}")) for one in made.people}
    uow.meetings.issue_passes(gathering.id, links)
    return made


def sees(uow: UnitOfWork, registration: Registration) -> None:
    uow.meetings.record_seen("99", f"R{registration.id}", NOW)


def counts(uow: UnitOfWork, gathering: int) -> tuple[int, int]:
    """As the gathering says, and as the rows do."""
    run = uow.connection.execute  # type: ignore[attr-defined]
    held = run(select(func.count()).select_from(admissions).where(admissions.c.gathering == gathering)).scalar_one()
    on_their_way = run(
        select(func.count())
        .select_from(returning_places)
        .where(returning_places.c.gathering == gathering, returning_places.c.returned_at.is_(None))
    ).scalar_one()
    stored = uow.gatherings.get(gathering)
    assert stored is not None
    return stored.admitted, held + on_their_way


@in_transaction
def test_a_place_on_its_way_is_nobodys_and_counts_as_taken(uow: UnitOfWork) -> None:
    made = house(uow, limit=1)
    ada, bo = made.people[:2]
    assert uow.admission.admit(ada.member, made.gathering, NOW)
    uow.places.begin_return(made.gathering, [ada.id], NOW)
    assert not uow.admission.is_admitted(ada.member, made.gathering)
    assert not uow.admission.admit(bo.member, made.gathering, NOW), "still taken"
    assert counts(uow, made.gathering) == (1, 1)
    uow.places.begin_return(made.gathering, [ada.id, bo.id], NOW)  # neither holds one
    uow.meetings.end_passes([ada.id])
    uow.places.mark_withdrawn(made.gathering, NOW)
    (place,) = uow.places.get(made.gathering).returning
    assert (place.registration, place.withdrawn_at) == (ada.id, NOW)
    uow.places.complete(made.gathering, [ada.id, bo.id], NOW)
    uow.places.complete(made.gathering, [ada.id], NOW)
    assert counts(uow, made.gathering) == (0, 0)
    assert uow.places.was_returned(ada.id)
    assert uow.admission.admit(bo.member, made.gathering, NOW)


@in_transaction
def test_a_place_is_withdrawn_only_when_the_link_is_not_valid(uow: UnitOfWork) -> None:
    made = house(uow)
    ada = made.people[0]
    uow.admission.admit(ada.member, made.gathering, NOW)
    uow.places.begin_return(made.gathering, [ada.id], NOW)
    uow.places.mark_withdrawn(made.gathering, NOW)
    assert uow.places.get(made.gathering).returning[0].withdrawn_at is None
    uow.meetings.lose_passes(made.gathering)  # with the whole meeting
    uow.places.mark_withdrawn(made.gathering, NOW)
    assert uow.places.get(made.gathering).returning[0].withdrawn_at == NOW


@in_transaction
def test_a_late_sign_restores_a_place_beyond_the_limit(uow: UnitOfWork) -> None:
    made = house(uow, limit=1)
    ada, bo = made.people[:2]
    uow.admission.admit(ada.member, made.gathering, NOW)
    uow.places.begin_return(made.gathering, [ada.id], NOW)
    uow.places.complete(made.gathering, [ada.id], NOW)
    uow.admission.admit(bo.member, made.gathering, NOW)
    uow.places.restore_late(made.gathering)
    assert counts(uow, made.gathering) == (1, 1), "without a sign nothing"
    sees(uow, ada)
    uow.places.restore_late(made.gathering)
    uow.places.restore_late(made.gathering)
    assert counts(uow, made.gathering) == (2, 2)
    assert uow.places.get(made.gathering).free == -1
    assert uow.admission.is_admitted(ada.member, made.gathering)


@in_transaction
def test_a_place_that_was_taken_with_the_common_link_stays(uow: UnitOfWork) -> None:
    made = house(uow)
    ada, bo = made.people[:2]
    for person in (ada, bo):
        uow.admission.admit(person.member, made.gathering, NOW)
    uow.meetings.share_common_link(made.gathering, NOW)
    waiting_rules.let_stay(uow, uow.meetings.get(made.gathering), [ada.member])
    uow.meetings.share_common_link(made.gathering, None)  # links of people's own can be made again
    waiting_rules.let_stay(uow, uow.meetings.get(made.gathering), [bo.member])
    places = {place.registration: place.has_pass for place in uow.places.get(made.gathering).taken}
    assert places == {ada.id: False, bo.id: True}
    assert not uow.places.give_up(ada.id, NOW)
    assert uow.places.give_up(bo.id, NOW)


@in_transaction
def test_who_waits_keeps_the_order_and_one_turn(uow: UnitOfWork) -> None:
    made = house(uow)
    ada, bo, cy = made.people[:3]
    for registration in (bo, ada, bo, cy):
        uow.places.wait(registration.id, made.gathering, NOW)
    assert [line.registration for line in uow.places.waiting(made.gathering)] == [bo.id, ada.id, cy.id]
    assert [uow.places.ahead(one.id) for one in (bo, ada, cy)] == [0, 1, 2]
    assert uow.places.stop_waiting([bo.id])
    assert not uow.places.stop_waiting([bo.id])
    assert uow.places.ahead(bo.id) is None
    uow.registrations.remove(ada.member, [made.gathering])
    assert [line.registration for line in uow.places.waiting(made.gathering)] == [cy.id]
    uow.admission.clear(made.gathering)
    assert uow.places.waiting(made.gathering) == []


@in_transaction
def test_two_who_become_one_wait_once_and_keep_the_turn(uow: UnitOfWork) -> None:
    made = house(uow)
    ada, bo, cy = made.people[:3]
    for registration in (bo, cy):
        uow.places.wait(registration.id, made.gathering, NOW)
    uow.accounts.merge(ada.member, bo.member, NOW)
    line = uow.places.waiting(made.gathering)
    assert [one.member for one in line] == [ada.member, cy.member]


@pytest.mark.parametrize("earlier", [0, 1])
@in_transaction
def test_of_two_who_become_one_the_second_place_returns_when_its_link_is_withdrawn(
    uow: UnitOfWork, earlier: int
) -> None:
    """They may be in the room with either link."""
    made = house(uow)
    both = made.people[:2]
    for one in both:
        uow.admission.admit(one.member, made.gathering, NOW)
    uow.places.wait(made.people[2].id, made.gathering, NOW)
    uow.accounts.merge(both[earlier].member, both[1 - earlier].member, NOW)
    places = uow.places.get(made.gathering)
    assert counts(uow, made.gathering) == (2, 2)
    assert [(place.registration, place.is_given_up) for place in places.returning] == [(both[1].id, True)]
    assert [place.registration for place in places.taken] == [both[0].id]
    uow.meetings.end_passes([both[1].id])
    uow.places.mark_withdrawn(made.gathering, NOW)
    (returning,) = uow.places.get(made.gathering).returning
    assert returning.withdrawn_at == NOW
    uow.places.complete(made.gathering, [both[1].id], NOW)
    assert counts(uow, made.gathering) == (1, 1)


@pytest.mark.parametrize("has_pass", [True, False])
@in_transaction
def test_who_was_seen_with_either_link_counts_as_seen_once_they_are_one(uow: UnitOfWork, has_pass: bool) -> None:
    """Also where the registration that stays has no pass yet: its place is not taken for one that nobody uses."""
    made = house(uow)
    ada, bo = made.people[:2]
    if not has_pass:
        uow.connection.execute(delete(passes).where(passes.c.registration == ada.id))  # type: ignore[attr-defined]
    uow.admission.admit(bo.member, made.gathering, NOW)
    sees(uow, bo)
    uow.accounts.merge(ada.member, bo.member, NOW)
    (place,) = uow.places.get(made.gathering).taken
    assert (place.registration, place.is_used) == (ada.id, True)


@in_transaction
def test_whoever_is_forgotten_frees_a_place_only_when_the_link_is_withdrawn(uow: UnitOfWork) -> None:
    made = house(uow)
    ada, bo = made.people[:2]
    uow.admission.admit(ada.member, made.gathering, NOW)
    uow.places.wait(bo.id, made.gathering, NOW)
    uow.accounts.forget(ada.member, NOW)
    uow.accounts.forget(bo.member, NOW)
    places = uow.places.get(made.gathering)
    assert counts(uow, made.gathering) == (1, 1)
    assert [place.is_given_up for place in places.returning] == [True]
    assert places.waiting == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["admit", "begin", "give up", "keep", "complete", "see", "late", "unregister", "withdraw"]),
        st.integers(0, 5),
    ),
    max_size=30,
)


def act(uow: UnitOfWork, made: House, step: str, person: Registration) -> None:
    acts: dict[str, Callable[[], object]] = {
        "admit": lambda: uow.admission.admit(person.member, made.gathering, NOW),
        "begin": lambda: uow.places.begin_return(made.gathering, [person.id], NOW),
        "give up": lambda: uow.places.give_up(person.id, NOW),
        "keep": lambda: uow.places.keep(made.gathering, [person.id]),
        "complete": lambda: uow.places.complete(made.gathering, [person.id], NOW),
        "see": lambda: sees(uow, person),
        "late": lambda: uow.places.restore_late(made.gathering),
        "unregister": lambda: uow.registrations.remove(person.member, [made.gathering]),
        "withdraw": lambda: uow.meetings.end_passes([person.id]),
    }
    acts[step]()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example(steps=[("admit", 0), ("begin", 0), ("admit", 0), ("begin", 0)])
@given(steps=STEPS)
async def test_the_count_is_always_the_number_of_places(storage: OpenStorage, steps: list[tuple[str, int]]) -> None:
    def work(uow: UnitOfWork) -> None:
        made = house(uow)
        for step, number in steps:
            person, before = made.people[number], counts(uow, made.gathering)[0]
            act(uow, made, step, person)
            said, held = counts(uow, made.gathering)
            assert said == held, step
            assert said <= max(LIMIT, before) or step == "late", "beyond the limit by a late sign alone"

    await storage.run(work)


# ---- two processes at once


@pytest.fixture
async def both(database_url: str) -> AsyncIterator[list[OpenStorage]]:
    """Two storages on one database, as two processes have them."""
    opened = [await open_storage(database_url, [KEY]) for _ in range(2)]
    yield opened
    for storage in opened:
        await storage.close()


def full(uow: UnitOfWork) -> House:
    made = house(uow, people=8, limit=4)
    for person in made.people[:4]:
        uow.admission.admit(person.member, made.gathering, NOW)
    uow.places.begin_return(made.gathering, [person.id for person in made.people[:4]], NOW)
    return made


def completing(made: House) -> Callable[[UnitOfWork], None]:
    def work(uow: UnitOfWork) -> None:
        returning = uow.places.get(made.gathering).returning
        uow.places.complete(made.gathering, [place.registration for place in returning], NOW + timedelta(minutes=1))

    return work


async def test_two_processes_complete_each_place_once(both: list[OpenStorage]) -> None:
    made = await both[0].run(full)
    newcomers = [person.member for person in made.people[4:]]

    def admitting(member: int) -> Callable[[UnitOfWork], bool]:
        return lambda uow: uow.admission.admit(member, made.gathering, NOW)

    for _ in range(5):
        await asyncio.gather(
            *(storage.run(completing(made)) for storage in both * 3),
            *(both[turn % 2].run(admitting(member)) for turn, member in enumerate(newcomers)),
        )
    said, held = await both[0].run(lambda uow: counts(uow, made.gathering))
    assert said == held == 4


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_without_the_lock_a_place_would_be_counted_off_twice(both: list[OpenStorage]) -> None:
    """The same by reading first and writing what was read: the race is real."""
    made = await both[0].run(full)
    all_have_read = asyncio.Barrier(2)

    async def complete_unguarded(storage: OpenStorage) -> None:
        def read(uow: UnitOfWork) -> list[int]:
            query = select(returning_places.c.registration).where(returning_places.c.returned_at.is_(None))
            return list(uow.connection.execute(query).scalars())  # type: ignore[attr-defined]

        found = await storage.run(read)
        await all_have_read.wait()

        def write(uow: UnitOfWork) -> None:
            run = uow.connection.execute  # type: ignore[attr-defined]
            run(delete(returning_places).where(returning_places.c.registration.in_(found)))
            run(update(gatherings).values(admitted=func.greatest(gatherings.c.admitted - len(found), 0)))
            for person in made.people[4 : 4 + len(found)]:
                uow.admission.admit(person.member, made.gathering, NOW)

        await storage.run(write)

    await asyncio.gather(*(complete_unguarded(storage) for storage in both))
    said, held = await both[0].run(lambda uow: counts(uow, made.gathering))
    assert said != held


@in_transaction
def test_nobody_is_left_in_the_line_of_a_gathering_that_is_gone(uow: UnitOfWork) -> None:
    made = house(uow)
    uow.places.wait(made.people[0].id, made.gathering, NOW)
    uow.maintenance.prune(NOW + HOUR * 24 * 400, retention=HOUR * 24 * 365)
    left = uow.connection.execute(select(func.count()).select_from(waiting))  # type: ignore[attr-defined]
    assert left.scalar_one() == 0
