"""Visits with personal links: read and admitted many at a time, and the Zoom links that they get."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.addresses import Address
from bot.gatherings.model import Status
from bot.members.model import MemberSettings, Person
from bot.registrations.model import DoorVisit
from bot.secrets import LinkKey, ZoomLink
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage, open_storage
from storage.schema import admissions
from tests.databases import KEY
from tests.storage.examples import HOUR, LINK, MINUTE, NOW, greeted, person, plan, published
from tests.storage.repositories.test_admission import count_places, gathering_with_members
from tests.storage.transaction import in_transaction


@in_transaction
def test_many_at_once_take_the_places_in_their_order(uow: UnitOfWork) -> None:
    gathering, members = gathering_with_members(6, 4)(uow)
    assert uow.admission.admit(members[5], gathering, NOW)
    assert uow.admission.admit_many([], gathering, NOW) == set()
    assert uow.admission.admit_many([members[5]], gathering, NOW) == {members[5]}
    arriving = [members[4], members[5], members[2], members[4], members[0], members[1]]
    assert uow.admission.admit_many(arriving, gathering, NOW) == {members[4], members[5], members[2], members[0]}
    assert count_places(uow, gathering) == (4, 4)
    assert uow.admission.admit_many(members, gathering, NOW) == {members[each] for each in (0, 2, 4, 5)}


@in_transaction
def test_many_at_once_are_each_recorded_under_the_address_they_wrote_from(uow: UnitOfWork) -> None:
    """With it the admission goes to whom it belongs when they disconnect."""
    gathering, members = gathering_with_members(3, 4)(uow)
    uow.admission.admit_many(members, gathering, NOW)
    query = select(admissions.c.member, admissions.c.platform, admissions.c.account)
    rows = uow.connection.execute(query).all()  # type: ignore[attr-defined]
    addresses = {member: found.address for member in members if (found := uow.members.get(member))}
    assert {row.member: Address(row.platform, row.account) for row in rows} == addresses


async def test_many_at_once_on_two_processes_take_exactly_the_places(database_url: str) -> None:
    both = [await open_storage(database_url, [KEY]) for _ in range(2)]
    gathering, members = await both[0].run(gathering_with_members(300, 90))

    async def batch(turn: int) -> set[int]:
        # Overlapping, so that the same member is in several batches.
        some = members[turn * 10 : turn * 10 + 25]
        return await both[turn % 2].run(lambda uow: uow.admission.admit_many(some, gathering, NOW))

    admitted = set().union(*await asyncio.gather(*(batch(number) for number in range(30))))
    assert len(admitted) == 90
    assert await both[0].run(lambda uow: count_places(uow, gathering)) == (90, 90)
    assert (
        await both[1].run(lambda uow: {member for member in members if uow.admission.is_admitted(member, gathering)})
        == admitted
    )
    for storage in both:
        await storage.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(places=st.integers(0, 6), batches=st.lists(st.lists(st.integers(0, 7), max_size=9), max_size=5))
async def test_many_at_once_are_admitted_as_one_by_one(
    storage: OpenStorage, places: int, batches: list[list[int]]
) -> None:
    def work(uow: UnitOfWork) -> None:
        (together, members), (apart, _) = gathering_with_members(8, places)(uow), gathering_with_members(8, places)(uow)
        for batch in batches:
            arriving = [members[each] for each in batch]
            one_by_one = {each for each in arriving if uow.admission.admit(each, apart, NOW)}
            assert uow.admission.admit_many(arriving, together, NOW) == one_by_one
        taken, stored = count_places(uow, together)
        assert taken == stored <= places

    await storage.run(work)


@in_transaction
def test_a_visit_is_a_registration_that_exists(uow: UnitOfWork) -> None:
    gathering = published(uow)
    (draft,) = uow.gatherings.add([plan()], Status.DRAFT)
    ada = uow.members.get_or_create(person(name="Ada Lovelace", zone="Europe/London"), NOW)
    bo = uow.members.get_or_create(person("U2", name=""), NOW)
    uow.members.save_settings(ada.id, MemberSettings(language="es"))
    uow.members.save_settings(bo.id, MemberSettings(zone="Asia/Tokyo"))
    (first, hidden), (second,) = (
        uow.registrations.add(ada.id, [gathering.id, draft.id], NOW),
        uow.registrations.add(bo.id, [gathering.id], NOW),
    )
    uow.admission.admit(bo.id, gathering.id, NOW)
    now = uow.gatherings.get(gathering.id)
    assert now is not None
    assert uow.admission.visits([first.key, hidden.key, second.key, LinkKey(999)]) == {
        first.key: DoorVisit(first, now, inside=False, first_name="Ada", language="es", zone="Europe/London"),
        second.key: DoorVisit(
            second, now, inside=True, first_name="", language=None, zone="Asia/Tokyo", zone_chosen=True
        ),
    }
    assert uow.admission.visits([]) == {}
    uow.registrations.remove(ada.id, [gathering.id])
    assert list(uow.admission.visits([first.key, second.key])) == [second.key]


@in_transaction
def test_zoom_links_are_by_registration(uow: UnitOfWork) -> None:
    one, two, none = (
        published(uow, link=LINK),
        published(uow, link=ZoomLink("https://z.us/2")),
        published(uow),
    )
    ada, bo = greeted(uow), greeted(uow, "U2")
    registrations = uow.registrations.add(ada.id, [one.id, two.id, none.id], NOW) + uow.registrations.add(
        bo.id, [one.id], NOW
    )
    visits = list(uow.admission.visits([registration.key for registration in registrations]).values())
    assert uow.admission.links(visits, NOW) == {
        registrations[0].id: LINK,
        registrations[1].id: ZoomLink("https://z.us/2"),
        registrations[3].id: LINK,
    }
    assert uow.admission.links([], NOW) == {}


@in_transaction
def test_shown_are_published_and_cancelled_ones_that_have_not_ended(uow: UnitOfWork) -> None:
    published(uow, "ended", -MINUTE * 90)
    running = published(uow, "running", -MINUTE * 89)
    uow.gatherings.add([plan("a draft")], Status.DRAFT)
    (cancelled,) = uow.gatherings.add([plan("cancelled", HOUR * 2)], Status.CANCELLED)
    soon = published(uow, "soon")
    assert uow.gatherings.public_since(NOW, limit=9) == [running, soon, cancelled]
    assert uow.gatherings.public_since(NOW, limit=1) == [running]


@in_transaction
def test_ones_calendar_keeps_what_was_cancelled(uow: UnitOfWork) -> None:
    ada, bo = greeted(uow), greeted(uow, "U2")
    later, ended, soon = published(uow, "later", HOUR * 5), published(uow, "ended", -HOUR * 9), published(uow)
    mine = uow.registrations.add(ada.id, [later.id, ended.id, soon.id], NOW)
    uow.registrations.add(bo.id, [soon.id], NOW)
    off = uow.gatherings.save(replace(later, status=Status.CANCELLED))
    assert uow.registrations.calendar(ada.id, NOW) == [(soon, mine[2]), (off, mine[0])]
    assert uow.registrations.calendar(999, NOW) == []


@pytest.mark.parametrize(
    ("named", "account", "facilitates"),
    [("T1/U9", "T1/U9", True), ("U9", "T1/U9", False), ("T2/U9", "T1/U9", False)],
)
@in_transaction
def test_a_facilitator_is_known_by_team_and_user_together(
    uow: UnitOfWork, named: str, account: str, facilitates: bool
) -> None:
    uow.facilitators.add(Address("slack", named))
    assert uow.members.get_or_create(Person(Address("slack", account), "Frances"), NOW).facilitates is facilitates
