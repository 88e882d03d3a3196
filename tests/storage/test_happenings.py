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
    uow: UnitOfWork,
    home: str = HOME,
    *,
    within: tuple[str, ...] = OURS,
    resting: tuple[str, ...] = (),
    limit: int = 10,
) -> EventDiff:
    return uow.scheduled_events.diff("discord", home, NOW, within=within, excluded=resting, limit=limit)


def announced(uow: UnitOfWork, gathering: Gathering, channel: Address = GENERAL, server: str = "3000") -> None:
    uow.announcements.mark_posted(uow.announcements.add(gathering.id, channel).id, "4000/1")
    uow.scheduled_events.save_server(channel, server)


def told(gathering: Gathering, number: str = "77", server: str = "3000", home: str = HOME) -> ScheduledEvent:
    return ScheduledEvent(gathering.id, server, number, gathering.revision, home)


def wanted(uow: UnitOfWork, home: str = HOME) -> list[tuple[int, str, str | None]]:
    return [(each.id, server, there.number if there else None) for each, server, there in found(uow, home).stale]


async def test_one_for_each_server_however_many_channels_it_has(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering = published(uow)
        for channel, server in ((GENERAL, "3000"), (LOBBY, "3000"), (ELSEWHERE, "3001")):
            announced(uow, gathering, channel, server)
        assert found(uow).stale == [(gathering, "3000", None), (gathering, "3001", None)]
        uow.scheduled_events.save(told(gathering))
        assert wanted(uow) == [(gathering.id, "3001", None)]
        assert not found(uow, resting=("3001",))
        uow.scheduled_events.save(told(gathering, server="3001"))
        assert not found(uow)

    await storage.run(work)


async def test_nothing_is_put_up_in_a_strangers_server_and_what_stands_there_goes(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering = published(uow)
        announced(uow, gathering)
        announced(uow, gathering, ELSEWHERE, "3001")
        assert found(uow, within=("3000",)).stale == [(gathering, "3000", None)]
        there = told(gathering, server="3001")
        uow.scheduled_events.save(there)
        assert found(uow, within=("3000",)).superfluous == [there]
        assert not found(uow, within=("3000", "3001")).superfluous

    await storage.run(work)


async def test_a_channel_is_strange_until_its_server_is_known(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering = published(uow)
        post = uow.announcements.add(gathering.id, GENERAL)
        assert not found(uow), "planned, and not posted yet"
        uow.announcements.mark_posted(post.id, "4000/1")
        assert found(uow).unknown == [GENERAL]
        assert not found(uow, resting=(GENERAL.account,))
        uow.scheduled_events.save_server(GENERAL, "")
        assert not found(uow), "it belongs to no server"
        uow.scheduled_events.save_server(GENERAL, "3000")
        assert wanted(uow) == [(gathering.id, "3000", None)]
        uow.announcements.mark_posted(uow.announcements.add(gathering.id, Address("slack", "T1/C1")).id, "1.2")
        assert found(uow).unknown == [], "another platform's"

    await storage.run(work)


async def test_every_part_of_a_series_that_is_announced_once(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        parts = uow.gatherings.add(
            [plan("one", HOUR), plan("two", HOUR * 2), plan("three", HOUR * 3)], Status.PUBLISHED
        )
        announced(uow, parts[1])
        published(uow, "another, not announced")
        assert wanted(uow) == [(each.id, "3000", None) for each in parts]
        assert len(found(uow, limit=2).stale) == 2

    await storage.run(work)


async def test_told_anew_when_it_changes_or_its_page_does(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering = published(uow)
        announced(uow, gathering)
        uow.scheduled_events.save(told(gathering))
        assert not found(uow)
        moved = uow.gatherings.save(replace(gathering, starts_at=gathering.starts_at + HOUR))
        assert found(uow).stale == [(moved, "3000", told(gathering))]
        uow.scheduled_events.save(told(moved))
        assert not found(uow)
        assert wanted(uow, "https://elsewhere.example.org") == [(gathering.id, "3000", "77")]
        uow.scheduled_events.save(told(gathering, number=""))
        assert not found(uow), "taken away there by hand: not put back, whatever changes"
        uow.scheduled_events.remove(gathering.id, "3000")
        assert wanted(uow) == [(gathering.id, "3000", None)]

    await storage.run(work)


async def test_superfluous_when_cancelled_or_not_announced_or_without_a_page(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        first, second = published(uow), published(uow, "Joy", HOUR * 2)
        for each in (first, second):
            announced(uow, each)
            uow.scheduled_events.save(told(each))
        uow.scheduled_events.save(told(first, server="3009"))
        assert found(uow).superfluous == [told(first, server="3009")], "nothing is announced there"
        uow.scheduled_events.remove(first.id, "3009")
        assert not found(uow)
        assert found(uow, "").superfluous == [told(first), told(second)]
        uow.gatherings.save(replace(first, status=Status.CANCELLED))
        assert found(uow).superfluous == [told(first)]
        assert found(uow).stale == []
        assert not found(uow, resting=("3000",))
        uow.scheduled_events.remove(first.id, "3000")
        assert not found(uow)

    await storage.run(work)


async def test_what_has_begun_is_kept_in_step_and_not_put_up_and_what_is_over_is_left(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        begun, over = published(uow, "begun", -MINUTE), published(uow, "over", -HOUR * 2)
        for each in (begun, over):
            announced(uow, each)
        assert not found(uow)
        for each in (begun, over):
            uow.scheduled_events.save(told(each))
            uow.gatherings.save(replace(each, title="another"))
        assert wanted(uow) == [(begun.id, "3000", "77")]
        uow.gatherings.save(replace(uow.gatherings.get(over.id) or over, status=Status.CANCELLED))
        assert found(uow).superfluous == []

    await storage.run(work)


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_looking_costs_the_same_with_years_of_past(storage: OpenStorage) -> None:
    async def cost() -> int:
        taken = [0]

        def work(uow: UnitOfWork) -> None:
            with steps(uow) as counting:
                found(uow)
            taken[0] = counting[0]
            raise Undone

        with pytest.raises(Undone):
            await storage.run(work)
        return taken[0]

    def old(uow: UnitOfWork) -> None:
        past(uow, 500)
        uow.scheduled_events.save_server(GENERAL, "3000")
        for each in range(1000, 1500):
            uow.announcements.mark_posted(uow.announcements.add(each, GENERAL).id, "4000/1")
            uow.scheduled_events.save(ScheduledEvent(each, "3000", "7", 0, HOME))

    await storage.run(due)
    before = await cost()
    await storage.run(old)
    assert await cost() <= before * 1.2 + 50
