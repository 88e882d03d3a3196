"""Registering and unregistering, and the roster."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from bot.gatherings.model import Status
from bot.members.model import Settings
from bot.notifications.model import NotificationKind, Receipt
from bot.registrations.model import Registrant, RosterLine
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage, open_storage
from tests.databases import KEY
from tests.storage.examples import HOUR, MINUTE, NOW, greeted, notice, plan, published


async def test_registering_is_idempotent_and_in_the_order_asked(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        ada = greeted(books)
        one, two, three = (published(books).id for _ in range(3))
        first = books.register(ada.id, [three, one], NOW)
        assert [(each.gathering, each.member, each.at) for each in first] == [(three, ada.id, NOW), (one, ada.id, NOW)]
        again = books.register(ada.id, [one, two, three], NOW + MINUTE)
        assert [each.gathering for each in again] == [one, two, three]
        assert again[0] == first[1], "the first registration stands"
        assert again[2] == first[0]
        assert books.registration(ada.id, two) == again[1]
        assert books.registered_among(ada.id, {one, three, 999}) == {one, three}
        assert books.registered_among(ada.id, []) == set()

    await storage.run(work)


async def test_unregistering_is_idempotent_and_says_what_went(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        ada, bo = greeted(books), greeted(books, "U2")
        one, two = (published(books).id for _ in range(2))
        books.register(ada.id, [one], NOW)
        books.register(bo.id, [one, two], NOW)
        assert books.unregister(ada.id, [one, two]) == [one]
        assert books.unregister(ada.id, [one, two]) == []
        assert books.registration(ada.id, one) is None
        assert books.registered_among(bo.id, [one, two]) == {one, two}

    await storage.run(work)


async def test_a_registration_number_is_never_used_twice(storage: OpenStorage) -> None:
    """A join link names it: the next registrant must not inherit the last one's link."""

    def work(books: UnitOfWork) -> None:
        ada, bo, gathering = greeted(books), greeted(books, "U2"), published(books).id
        seen: set[int] = set()
        for member in (ada, bo, ada, bo):
            (made,) = books.register(member.id, [gathering], NOW)
            assert made.id not in seen
            seen.add(made.id)
            books.unregister(member.id, [gathering])

    await storage.run(work)


async def test_many_clicks_at_once_make_one_registration(database_url: str) -> None:
    both = [await open_storage(database_url, [KEY]) for _ in range(2)]
    ada, gathering = await both[0].run(lambda books: (greeted(books).id, published(books).id))
    made = await asyncio.gather(*(each.run(lambda books: books.register(ada, [gathering], NOW)) for each in both * 20))
    assert len({each.id for (each,) in made}) == 1
    for each in both:
        await each.close()


async def test_nobody_registers_for_a_gathering_that_is_not_there(storage: OpenStorage) -> None:
    ada = await storage.run(greeted)
    with pytest.raises(IntegrityError):
        await storage.run(lambda books: books.register(ada.id, [999], NOW))


async def test_registered_are_ones_own_published_ones_that_have_not_ended(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        ada, bo = greeted(books), greeted(books, "U2")
        later, soon = published(books, "later", HOUR * 9), published(books, "soon")
        running, ended = published(books, "running", -HOUR), published(books, "ended", -MINUTE * 90)
        (cancelled,) = books.add([plan("cancelled")], Status.CANCELLED)
        published(books, "not mine")
        books.register(ada.id, [each.id for each in (later, soon, running, ended, cancelled)], NOW)
        assert books.registered(ada.id, NOW) == [running, soon, later]
        assert books.registered(bo.id, NOW) == []

    await storage.run(work)


async def test_the_roster_tells_who_came_and_what_reached_them(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering, other = published(books), published(books)
        bo, ada = greeted(books, "42", platform="discord"), greeted(books)
        books.register(bo.id, [gathering.id], NOW)
        books.register(ada.id, [gathering.id, other.id], NOW + MINUTE)
        books.admit(ada.id, gathering.id, NOW + HOUR)
        books.post(
            [
                notice(gathering, "1", member=ada.id, state=Receipt.MISSED),
                notice(gathering, "2", member=ada.id, kind=NotificationKind.MOVED),
                notice(other, "3", member=ada.id),
                notice(gathering, "4", channel=None),
            ]
        )
        assert books.roster(gathering.id) == [
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
        assert books.roster(999) == []

    await storage.run(work)


async def test_registrants_are_what_a_reminder_needs_to_know(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        ada, bo = greeted(books), greeted(books, "42", platform="discord")
        muted = frozenset({timedelta(hours=24)})
        books.choose(bo.id, Settings(muted=muted, by_direct_message=False, afterwards=False))
        for member in (ada, bo):
            books.register(member.id, [gathering.id], NOW)
        books.admit(bo.id, gathering.id, NOW)
        assert books.registrants(gathering.id) == [
            Registrant(ada.id, "slack", NOW, False, True, frozenset(), True),
            Registrant(bo.id, "discord", NOW, True, False, muted, False),
        ]
        assert books.registrant_count(gathering.id) == {"slack": 1, "discord": 1}
        assert books.registrant_count(999) == {}

    await storage.run(work)
