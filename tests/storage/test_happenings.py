"""What differs between the servers' own lists and what is announced, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.addresses import Address
from bot.announcements.scheduled_events import EventDiff, ScheduledEvent
from bot.gatherings.model import Gathering, Status
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from tests.storage.examples import HOUR, MINUTE, NOW, plan, published
from tests.storage.test_cost import Undone, due, past, steps

GENERAL, LOBBY, ELSEWHERE = (Address("discord", f"#{each}") for each in (4000, 4001, 5000))
HOME = "https://gatherings.example.org"


OURS = ("3000", "3001")


def found(
    books: UnitOfWork,
    home: str = HOME,
    *,
    within: tuple[str, ...] = OURS,
    resting: tuple[str, ...] = (),
    limit: int = 10,
) -> EventDiff:
    return books.out_of_step("discord", home, NOW, within=within, resting=resting, limit=limit)


def announced(books: UnitOfWork, gathering: Gathering, channel: Address = GENERAL, server: str = "3000") -> None:
    books.posted(books.announce(gathering.id, channel).id, "4000/1")
    books.keep_server(channel, server)


def told(gathering: Gathering, number: str = "77", server: str = "3000", home: str = HOME) -> ScheduledEvent:
    return ScheduledEvent(gathering.id, server, number, gathering.revision, home)


def wanted(books: UnitOfWork, home: str = HOME) -> list[tuple[int, str, str | None]]:
    return [(each.id, server, there.number if there else None) for each, server, there in found(books, home).stale]


async def test_one_for_each_server_however_many_channels_it_has(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        for channel, server in ((GENERAL, "3000"), (LOBBY, "3000"), (ELSEWHERE, "3001")):
            announced(books, gathering, channel, server)
        assert found(books).stale == [(gathering, "3000", None), (gathering, "3001", None)]
        books.keep_happening(told(gathering))
        assert wanted(books) == [(gathering.id, "3001", None)]
        assert not found(books, resting=("3001",))
        books.keep_happening(told(gathering, server="3001"))
        assert not found(books)

    await storage.run(work)


async def test_nothing_is_put_up_in_a_strangers_server_and_what_stands_there_goes(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        announced(books, gathering)
        announced(books, gathering, ELSEWHERE, "3001")
        assert found(books, within=("3000",)).stale == [(gathering, "3000", None)]
        there = told(gathering, server="3001")
        books.keep_happening(there)
        assert found(books, within=("3000",)).superfluous == [there]
        assert not found(books, within=("3000", "3001")).superfluous

    await storage.run(work)


async def test_a_channel_is_strange_until_its_server_is_known(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        post = books.announce(gathering.id, GENERAL)
        assert not found(books), "planned, and not posted yet"
        books.posted(post.id, "4000/1")
        assert found(books).strange == [GENERAL]
        assert not found(books, resting=(GENERAL.account,))
        books.keep_server(GENERAL, "")
        assert not found(books), "it belongs to no server"
        books.keep_server(GENERAL, "3000")
        assert wanted(books) == [(gathering.id, "3000", None)]
        books.posted(books.announce(gathering.id, Address("slack", "T1/C1")).id, "1.2")
        assert found(books).strange == [], "another platform's"

    await storage.run(work)


async def test_every_part_of_a_series_that_is_announced_once(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        parts = books.add([plan("one", HOUR), plan("two", HOUR * 2), plan("three", HOUR * 3)], Status.PUBLISHED)
        announced(books, parts[1])
        published(books, "another, not announced")
        assert wanted(books) == [(each.id, "3000", None) for each in parts]
        assert len(found(books, limit=2).stale) == 2

    await storage.run(work)


async def test_told_anew_when_it_changes_or_its_page_does(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        announced(books, gathering)
        books.keep_happening(told(gathering))
        assert not found(books)
        moved = books.change(replace(gathering, starts_at=gathering.starts_at + HOUR))
        assert found(books).stale == [(moved, "3000", told(gathering))]
        books.keep_happening(told(moved))
        assert not found(books)
        assert wanted(books, "https://elsewhere.example.org") == [(gathering.id, "3000", "77")]
        books.keep_happening(told(gathering, number=""))
        assert not found(books), "taken away there by hand: not put back, whatever changes"
        books.forget_happening(gathering.id, "3000")
        assert wanted(books) == [(gathering.id, "3000", None)]

    await storage.run(work)


async def test_superfluous_when_cancelled_or_not_announced_or_without_a_page(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        first, second = published(books), published(books, "Joy", HOUR * 2)
        for each in (first, second):
            announced(books, each)
            books.keep_happening(told(each))
        books.keep_happening(told(first, server="3009"))
        assert found(books).superfluous == [told(first, server="3009")], "nothing is announced there"
        books.forget_happening(first.id, "3009")
        assert not found(books)
        assert found(books, "").superfluous == [told(first), told(second)]
        books.change(replace(first, status=Status.CANCELLED))
        assert found(books).superfluous == [told(first)]
        assert found(books).stale == []
        assert not found(books, resting=("3000",))
        books.forget_happening(first.id, "3000")
        assert not found(books)

    await storage.run(work)


async def test_what_has_begun_is_kept_in_step_and_not_put_up_and_what_is_over_is_left(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        begun, over = published(books, "begun", -MINUTE), published(books, "over", -HOUR * 2)
        for each in (begun, over):
            announced(books, each)
        assert not found(books)
        for each in (begun, over):
            books.keep_happening(told(each))
            books.change(replace(each, title="another"))
        assert wanted(books) == [(begun.id, "3000", "77")]
        books.change(replace(books.gathering(over.id) or over, status=Status.CANCELLED))
        assert found(books).superfluous == []

    await storage.run(work)


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_looking_costs_the_same_with_years_of_past(storage: OpenStorage) -> None:
    async def cost() -> int:
        taken = [0]

        def work(books: UnitOfWork) -> None:
            with steps(books) as counting:
                found(books)
            taken[0] = counting[0]
            raise Undone

        with pytest.raises(Undone):
            await storage.run(work)
        return taken[0]

    def old(books: UnitOfWork) -> None:
        past(books, 500)
        books.keep_server(GENERAL, "3000")
        for each in range(1000, 1500):
            books.posted(books.announce(each, GENERAL).id, "4000/1")
            books.keep_happening(ScheduledEvent(each, "3000", "7", 0, HOME))

    await storage.run(due)
    before = await cost()
    await storage.run(old)
    assert await cost() <= before * 1.2 + 50
