"""Registering and unregistering, and the roster."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from bot.gatherings.model import Status
from bot.members.model import MemberSettings
from bot.notifications.model import NotificationKind, Receipt
from bot.registrations.model import Registrant, RosterLine
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage, open_storage
from tests.databases import KEY
from tests.storage.examples import HOUR, MINUTE, NOW, greeted, notice, plan, published
from tests.storage.transaction import in_transaction


@in_transaction
def test_registering_is_idempotent_and_in_the_order_asked(uow: UnitOfWork) -> None:
    ada = greeted(uow)
    one, two, three = (published(uow).id for _ in range(3))
    first = uow.registrations.add(ada.id, [three, one], NOW)
    assert [(each.gathering, each.member, each.at) for each in first] == [(three, ada.id, NOW), (one, ada.id, NOW)]
    again = uow.registrations.add(ada.id, [one, two, three], NOW + MINUTE)
    assert [each.gathering for each in again] == [one, two, three]
    assert again[0] == first[1], "the first registration stands"
    assert again[2] == first[0]
    assert uow.registrations.get(ada.id, two) == again[1]
    assert uow.registrations.among(ada.id, {one, three, 999}) == {one, three}
    assert uow.registrations.among(ada.id, []) == set()


@in_transaction
def test_unregistering_is_idempotent_and_says_what_went(uow: UnitOfWork) -> None:
    ada, bo = greeted(uow), greeted(uow, "U2")
    one, two = (published(uow).id for _ in range(2))
    uow.registrations.add(ada.id, [one], NOW)
    uow.registrations.add(bo.id, [one, two], NOW)
    assert uow.registrations.remove(ada.id, [one, two]) == [one]
    assert uow.registrations.remove(ada.id, [one, two]) == []
    assert uow.registrations.get(ada.id, one) is None
    assert uow.registrations.among(bo.id, [one, two]) == {one, two}


@in_transaction
def test_a_registration_number_is_never_used_twice(uow: UnitOfWork) -> None:
    """A join link names it: the next registrant must not inherit the last one's link."""
    ada, bo, gathering = greeted(uow), greeted(uow, "U2"), published(uow).id
    seen: set[int] = set()
    for member in (ada, bo, ada, bo):
        (made,) = uow.registrations.add(member.id, [gathering], NOW)
        assert made.id not in seen
        seen.add(made.id)
        uow.registrations.remove(member.id, [gathering])


async def test_many_clicks_at_once_make_one_registration(database_url: str) -> None:
    both = [await open_storage(database_url, [KEY]) for _ in range(2)]
    ada, gathering = await both[0].run(lambda uow: (greeted(uow).id, published(uow).id))
    made = await asyncio.gather(
        *(storage.run(lambda uow: uow.registrations.add(ada, [gathering], NOW)) for storage in both * 20)
    )
    assert len({code.id for (code,) in made}) == 1
    for storage in both:
        await storage.close()


async def test_nobody_registers_for_a_gathering_that_is_not_there(storage: OpenStorage) -> None:
    ada = await storage.run(greeted)
    with pytest.raises(IntegrityError):
        await storage.run(lambda uow: uow.registrations.add(ada.id, [999], NOW))


@in_transaction
def test_registered_are_ones_own_published_ones_that_have_not_ended(uow: UnitOfWork) -> None:
    ada, bo = greeted(uow), greeted(uow, "U2")
    later, soon = published(uow, "later", HOUR * 9), published(uow, "soon")
    running, ended = published(uow, "running", -HOUR), published(uow, "ended", -MINUTE * 90)
    (cancelled,) = uow.gatherings.add([plan("cancelled")], Status.CANCELLED)
    published(uow, "not mine")
    uow.registrations.add(ada.id, [each.id for each in (later, soon, running, ended, cancelled)], NOW)
    assert uow.registrations.gatherings_of(ada.id, NOW) == [running, soon, later]
    assert uow.registrations.gatherings_of(bo.id, NOW) == []


@in_transaction
def test_the_roster_tells_who_came_and_what_reached_them(uow: UnitOfWork) -> None:
    gathering, other = published(uow), published(uow)
    bo, ada = greeted(uow, "42", platform="discord"), greeted(uow)
    uow.registrations.add(bo.id, [gathering.id], NOW)
    uow.registrations.add(ada.id, [gathering.id, other.id], NOW + MINUTE)
    uow.admission.admit(ada.id, gathering.id, NOW + HOUR)
    uow.notifications.add(
        [
            notice(gathering, "1", member=ada.id, state=Receipt.MISSED),
            notice(gathering, "2", member=ada.id, kind=NotificationKind.MOVED),
            notice(other, "3", member=ada.id),
            notice(gathering, "4", channel=None),
        ]
    )
    assert uow.registrations.roster(gathering.id) == [
        RosterLine(bo.id, bo.name, "discord", NOW, None, ()),
        RosterLine(
            ada.id,
            ada.name,
            "slack",
            NOW + MINUTE,
            NOW + HOUR,
            (("reminder", Receipt.MISSED), ("moved", Receipt.WAITING)),
        ),
    ]
    assert uow.registrations.roster(999) == []


@in_transaction
def test_registrants_are_what_a_reminder_needs_to_know(uow: UnitOfWork) -> None:
    gathering = published(uow)
    ada, bo = greeted(uow), greeted(uow, "42", platform="discord")
    muted = frozenset({timedelta(hours=24)})
    uow.members.save_settings(bo.id, MemberSettings(muted=muted, by_direct_message=False, afterwards=False))
    for member in (ada, bo):
        uow.registrations.add(member.id, [gathering.id], NOW)
    uow.admission.admit(bo.id, gathering.id, NOW)
    assert uow.registrations.registrants(gathering.id) == [
        Registrant(ada.id, ada.address, NOW, False, True, frozenset(), True),
        Registrant(bo.id, bo.address, NOW, True, False, muted, False),
    ]
    assert uow.registrations.count_by_platform(gathering.id) == {"slack": 1, "discord": 1}
    assert uow.registrations.count_by_platform(999) == {}
