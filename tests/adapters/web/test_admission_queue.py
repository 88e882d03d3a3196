"""300 people press at once, on two processes over one PostgreSQL: exactly 90 come in, each once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientSession, TCPConnector

from adapters.web.tokens import PersonalLinks
from bot.addresses import Address
from bot.admission import enter
from bot.admission.model import Doors
from bot.gatherings.model import Plan, Status
from bot.members.model import Person
from bot.ports import Storage
from bot.secrets import LinkKey, ZoomLink
from bot.unit_of_work import UnitOfWork
from storage.engine.open import open_storage
from tests.adapters.web.conftest import ROOM, START, Front
from tests.adapters.web.process import KEY, process

PEOPLE, PLACES = 300, 90
MANY = 64
"""Connections at once; the others wait for one of them, as they would at a proxy."""


async def prepared(url: str, links: PersonalLinks) -> tuple[int, list[str]]:
    """A gathering whose doors are open, and everybody's personal link."""
    now = datetime.now(UTC)  # noqa: TID251 - the processes have the machine's own clock
    storage = await open_storage(url, [KEY])

    def work(uow: UnitOfWork) -> tuple[int, list[str]]:
        plan = Plan(
            "Grief and Gratitude", now.replace(microsecond=0) + timedelta(minutes=1), "UTC", link=ZoomLink(ROOM)
        )
        one = uow.gatherings.add([plan], Status.PUBLISHED)[0]
        people = [uow.members.get_or_create(Person(Address("sandbox", f"p{n}"), f"P{n}"), now) for n in range(PEOPLE)]
        kept = [uow.registrations.add(each.id, [one.id], now)[0].key for each in people]
        return one.id, [f"/join/{links.door.sign(each)}" for each in kept]

    try:
        return await storage.run(work)
    finally:
        await storage.close()


async def counts(url: str, gathering: int) -> tuple[int, int]:
    """Places counted, and names at the door."""
    storage = await open_storage(url, [KEY])
    try:
        found = await storage.run(lambda uow: (uow.gatherings.get(gathering), uow.registrations.roster(gathering)))
    finally:
        await storage.close()
    assert found[0] is not None
    return found[0].admitted, sum(1 for each in found[1] if each.admitted_at)


@pytest.mark.process
async def test_exactly_ninety_come_in(server_url: str) -> None:
    links = PersonalLinks([KEY], "https://gatherings.example")
    gathering, paths = await prepared(server_url, links)

    async def press(session: ClientSession, at: str) -> str:
        async with session.post(at) as response:
            assert response.status == 200
            return await response.text()

    async with (
        process(server_url) as one,
        process(server_url) as other,
        ClientSession(connector=TCPConnector(limit=MANY)) as session,
    ):
        # Everybody presses twice, on both processes: the impatient finger on the second device.
        pressed = [press(session, base + path) for path in paths for base in (one, other)]
        seen = await asyncio.gather(*pressed)
    inside = {path for number, path in enumerate(p for p in paths for _ in (1, 2)) if ROOM in seen[number]}
    full = sum("is full" in each for each in seen)
    assert len(inside) == PLACES
    assert full == 2 * (PEOPLE - PLACES)
    assert await counts(server_url, gathering) == (PLACES, PLACES)


async def test_the_race_is_real_where_places_are_counted_before_they_are_taken(
    server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same rush through a door that reads the count first, and takes a place without asking again."""
    links = PersonalLinks([KEY], "https://gatherings.example")
    gathering, paths = await prepared(server_url, links)
    now = datetime.now(UTC)  # noqa: TID251
    one, other = await open_storage(server_url, [KEY]), await open_storage(server_url, [KEY])
    meeting = asyncio.Barrier(2)
    half = len(paths) // 2
    ids = [links.door.verify(path.rpartition("/")[2]) for path in paths]

    async def careless(storage: Storage, numbers: list[LinkKey]) -> int:
        found = await storage.run(lambda uow: uow.admission.visits(numbers))
        let_in = [each for each in found.values() if each.gathering.doors(now) is Doors.OPEN][:PLACES]
        await meeting.wait()
        return len(let_in)

    inside = sum(await asyncio.gather(careless(one, ids[:half]), careless(other, ids[half:])))
    assert inside > PLACES

    def guarded(numbers: list[LinkKey]) -> Callable[[UnitOfWork], int]:
        def work(uow: UnitOfWork) -> int:
            found = uow.admission.visits(numbers)
            return sum(
                1 for each in enter.enter_all(uow, list(found.values()), timedelta(0), now) if each.link is not None
            )

        return work

    taken = await asyncio.gather(one.run(guarded(ids[:half])), other.run(guarded(ids[half:])))
    assert sum(taken) == PLACES
    assert await counts(server_url, gathering) == (PLACES, PLACES)
    await one.close()
    await other.close()


async def test_one_who_fails_leaves_nobody_else_outside(front: Front) -> None:
    """A row that goes in together comes apart where one of it is the reason for a failure."""
    gathering = await front.gathering()
    paths = [await front.register(f"P{number}", gathering) for number in range(8)]
    front.clock.move_to(START)
    run = front.storage.run
    poisoned = front.links.door.verify(paths[3].rpartition("/")[2])

    async def picky(work):  # type: ignore[no-untyped-def]
        def checked(uow):  # type: ignore[no-untyped-def]
            found = work(uow)
            for each in found if isinstance(found, list) else []:
                if each is not None and each[0].registration.key == poisoned:
                    raise LookupError("on purpose")
            return found

        return await run(checked)

    front.storage.run = picky  # type: ignore[method-assign]
    seen = await asyncio.gather(*(front.post(path) for path in paths))
    assert [each.status for each in seen] == [500 if number == 3 else 200 for number in range(8)]
    assert await front.admitted(gathering) == 7
