"""Places are counted in the statement that takes one: nobody is admitted beyond the limit, and nobody twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update

from bot.admission.model import DoorRule
from bot.gatherings.model import Gathering, Status
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage, open_storage
from storage.schema import admissions, gatherings
from tests.databases import KEY
from tests.storage.examples import HOUR, MINUTE, NOW, greeted, plan, published
from tests.storage.transaction import in_transaction

MEMBERS, PLACES = 300, 90


@pytest.fixture
async def both(database_url: str) -> AsyncIterator[list[OpenStorage]]:
    """Two storages on one database, as two processes have them."""
    opened = [await open_storage(database_url, [KEY]) for _ in range(2)]
    yield opened
    for storage in opened:
        await storage.close()


def gathering_with_members(members: int, places: int) -> Callable[[UnitOfWork], tuple[int, list[int]]]:
    """Creates a gathering with so many places, and so many members."""

    def work(uow: UnitOfWork) -> tuple[int, list[int]]:
        gathering = published(uow, door_rule=DoorRule(places, MINUTE * 10, MINUTE * 15)).id
        return gathering, [greeted(uow, f"U{number}").id for number in range(members)]

    return work


def admitting(member: int, gathering: int) -> Callable[[UnitOfWork], bool]:
    return lambda uow: uow.admission.admit(member, gathering, NOW)


def count_places(uow: UnitOfWork, gathering: int) -> tuple[int, int]:
    """The gathering's count of places taken, and the number of stored admissions."""
    stored = uow.gatherings.get(gathering)
    assert stored is not None
    query = select(func.count()).select_from(admissions).where(admissions.c.gathering == gathering)
    return stored.admitted, uow.connection.execute(query).scalar_one()  # type: ignore[attr-defined]


async def test_three_hundred_at_once_for_ninety_places(both: list[OpenStorage]) -> None:
    gathering, members = await both[0].run(gathering_with_members(MEMBERS, PLACES))

    async def press_join(turn: int, member: int) -> bool:
        return await both[turn % 2].run(admitting(member, gathering))

    admitted = await asyncio.gather(*(press_join(*member) for member in enumerate(members)))
    assert admitted.count(True) == PLACES
    assert await both[0].run(lambda uow: count_places(uow, gathering)) == (PLACES, PLACES)
    inside = await both[1].run(lambda uow: [uow.admission.is_admitted(member, gathering) for member in members])
    assert inside == admitted, "each answer is true"


async def test_without_the_guard_the_race_oversells(both: list[OpenStorage]) -> None:
    """The same, counting first and taking afterwards: the race that the statement prevents is real."""
    crowd, places = 20, 5
    gathering, members = await both[0].run(gathering_with_members(crowd, places))
    all_have_counted = asyncio.Barrier(crowd)

    async def count_then_take(turn: int, member: int) -> bool:
        storage = both[turn % 2]
        taken, _ = await storage.run(lambda uow: count_places(uow, gathering))
        await all_have_counted.wait()
        if taken >= places:
            return False
        await storage.run(lambda uow: take_unguarded(uow, member, gathering))
        return True

    admitted = await asyncio.gather(*(count_then_take(*member) for member in enumerate(members)))
    assert admitted.count(True) == crowd > places


def take_unguarded(uow: UnitOfWork, member: int, gathering: int) -> None:
    connection: Any = uow.connection  # type: ignore[attr-defined]
    connection.execute(insert(admissions).values(gathering=gathering, member=member, at=NOW))
    connection.execute(
        update(gatherings).where(gatherings.c.id == gathering).values(admitted=gatherings.c.admitted + 1)
    )


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_one_transaction_alone_is_no_guard_on_postgresql(both: list[OpenStorage]) -> None:
    """Under READ COMMITTED, reading and writing in one transaction oversells too; SQLite has one writer at a time."""
    crowd, places = 6, 2
    gathering, members = await both[0].run(gathering_with_members(crowd, places))
    await both[0].run(lambda uow: uow.connection.exec_driver_sql("CREATE SEQUENCE arrivals"))  # type: ignore[attr-defined]

    def count_and_take(uow: UnitOfWork, member: int) -> bool:
        taken, _ = count_places(uow, gathering)
        execute = uow.connection.exec_driver_sql  # type: ignore[attr-defined]
        execute("SELECT nextval('arrivals')")  # a sequence is seen by all at once, whatever their transactions
        while execute("SELECT last_value FROM arrivals").scalar_one() < crowd:
            execute("SELECT pg_sleep(0.01)")
        if taken >= places:
            return False
        take_unguarded(uow, member, gathering)
        return True

    admitted = await asyncio.gather(
        *(both[turn % 2].run(partial(count_and_take, member=member)) for turn, member in enumerate(members))
    )
    assert admitted.count(True) == crowd > places


async def test_one_member_on_many_devices_takes_one_place(both: list[OpenStorage]) -> None:
    gathering, (ada,) = await both[0].run(gathering_with_members(1, 3))
    pressed = await asyncio.gather(
        *(storage.run(lambda uow: uow.admission.admit(ada, gathering, NOW)) for storage in both * 15)
    )
    assert all(pressed)
    assert await both[0].run(lambda uow: count_places(uow, gathering)) == (1, 1)


@in_transaction
def test_whoever_is_in_stays_in(uow: UnitOfWork) -> None:
    gathering, (ada, bo) = gathering_with_members(2, 1)(uow)
    assert uow.admission.admit(ada, gathering, NOW)
    assert not uow.admission.admit(bo, gathering, NOW), "full"
    assert uow.admission.admit(ada, gathering, NOW), "who was in comes back"
    stored = uow.gatherings.get(gathering)
    assert stored is not None
    uow.gatherings.save(replace(stored, closed_at=NOW, status=Status.CANCELLED))
    assert uow.admission.admit(ada, gathering, NOW)
    assert [uow.admission.is_admitted(member, gathering) for member in (ada, bo)] == [True, False]


@pytest.mark.parametrize("shut", [{"status": Status.CANCELLED}, {"closed_at": NOW}, {"status": Status.DRAFT}])
@in_transaction
def test_no_place_is_taken_in_a_gathering_that_is_shut(uow: UnitOfWork, shut: dict[str, Any]) -> None:
    gathering = uow.gatherings.save(replace(published(uow), **shut))
    assert not uow.admission.admit(greeted(uow).id, gathering.id, NOW)
    assert count_places(uow, gathering.id) == (0, 0)


async def test_closing_meanwhile_counts(both: list[OpenStorage]) -> None:
    """Admissions and a closing at the same instant: whoever came after it is out, and the count is right."""
    gathering, members = await both[0].run(gathering_with_members(60, 60))

    def close(uow: UnitOfWork) -> Gathering:
        stored = uow.gatherings.get(gathering)
        assert stored is not None
        return uow.gatherings.save(replace(stored, closed_at=NOW))

    calls: list[Any] = [both[turn % 2].run(admitting(member, gathering)) for turn, member in enumerate(members)]
    calls.insert(30, both[1].run(close))
    admitted = [each for each in await asyncio.gather(*calls) if isinstance(each, bool)]
    column, stored = await both[0].run(lambda uow: count_places(uow, gathering))
    assert column == stored == admitted.count(True)
    assert not await both[0].run(lambda uow: uow.admission.admit(greeted(uow, "late").id, gathering, NOW))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    places=st.integers(0, 4),
    steps=st.lists(st.one_of(st.integers(0, 6), st.sampled_from(["close", "open", "more", "fewer"])), max_size=25),
)
async def test_the_count_is_always_the_number_of_admissions(
    storage: OpenStorage, places: int, steps: list[int | str]
) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering, members = gathering_with_members(7, places)(uow)
        for step in steps:
            stored = uow.gatherings.get(gathering)
            assert stored is not None
            if isinstance(step, int):
                was_in, room = (
                    uow.admission.is_admitted(members[step], gathering),
                    stored.admitted < stored.door_rule.limit,
                )
                expected = was_in or (room and stored.closed_at is None)
                assert uow.admission.admit(members[step], gathering, NOW) == expected
            else:
                uow.gatherings.save(changed(stored, step))
            column, stored_admissions = count_places(uow, gathering)
            assert column == stored_admissions

    await storage.run(work)


def changed(gathering: Gathering, how: str) -> Gathering:
    rule = gathering.door_rule
    match how:
        case "close":
            return replace(gathering, closed_at=NOW)
        case "open":
            return replace(gathering, closed_at=None)
        case "more":
            return replace(gathering, door_rule=replace(rule, limit=rule.limit + 1))
        case _:
            return replace(gathering, door_rule=replace(rule, limit=max(0, rule.limit - 1)))


async def test_an_admission_that_is_undone_gives_its_place_back(storage: OpenStorage) -> None:
    gathering, (ada, bo) = await storage.run(gathering_with_members(2, 1))

    def fails_later(uow: UnitOfWork) -> None:
        assert uow.admission.admit(ada, gathering, NOW)
        raise LookupError

    with pytest.raises(LookupError):
        await storage.run(fails_later)
    assert await storage.run(lambda uow: uow.admission.admit(bo, gathering, NOW))


@in_transaction
def test_each_part_of_a_series_has_places_of_its_own(uow: UnitOfWork) -> None:
    rule = DoorRule(1, MINUTE, MINUTE)
    one, two = uow.gatherings.add([plan(door_rule=rule), plan(starts_in=HOUR * 2, door_rule=rule)], Status.PUBLISHED)
    ada, bo = greeted(uow), greeted(uow, "U2")
    assert uow.admission.admit(ada.id, one.id, NOW)
    assert uow.admission.admit(bo.id, two.id, NOW)
    assert not uow.admission.admit(bo.id, one.id, NOW)
