"""The difference between the servers' scheduled events and what is announced."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.addresses import Address
from bot.announcements.scheduled_events import EventDiff, ScheduledEvent
from bot.gatherings.model import Gathering, Status
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from tests.storage.examples import HOUR, MINUTE, NOW, plan, published
from tests.storage.repositories.test_query_cost import Undone, due, past, steps
from tests.storage.transaction import in_transaction

GENERAL, LOBBY, ELSEWHERE = (Address("discord", f"#{channel}") for channel in (4000, 4001, 5000))
HOME = "https://gatherings.example.org"
OURS = ("3000", "3001")


def diff(
    uow: UnitOfWork,
    home: str = HOME,
    *,
    within: tuple[str, ...] = OURS,
    excluded: tuple[str, ...] = (),
    limit: int = 10,
) -> EventDiff:
    return uow.scheduled_events.diff("discord", home, NOW, within=within, excluded=excluded, limit=limit)


def announce(uow: UnitOfWork, gathering: Gathering, channel: Address = GENERAL, server: str = "3000") -> None:
    uow.announcements.mark_posted(uow.announcements.add(gathering.id, channel).id, "4000/1")
    uow.scheduled_events.save_server(channel, server)


def event(gathering: Gathering, number: str = "77", server: str = "3000", home: str = HOME) -> ScheduledEvent:
    return ScheduledEvent(gathering.id, server, number, gathering.revision, home)


def stale(uow: UnitOfWork, home: str = HOME) -> list[tuple[int, str, str | None]]:
    return [
        (gathering.id, server, existing.number if existing else None)
        for gathering, server, existing in diff(uow, home).stale
    ]


@in_transaction
def test_one_for_each_server_however_many_channels_it_has(uow: UnitOfWork) -> None:
    gathering = published(uow)
    for channel, server in ((GENERAL, "3000"), (LOBBY, "3000"), (ELSEWHERE, "3001")):
        announce(uow, gathering, channel, server)
    assert diff(uow).stale == [(gathering, "3000", None), (gathering, "3001", None)]
    uow.scheduled_events.save(event(gathering))
    assert stale(uow) == [(gathering.id, "3001", None)]
    assert not diff(uow, excluded=("3001",))
    uow.scheduled_events.save(event(gathering, server="3001"))
    assert not diff(uow)


@in_transaction
def test_no_event_is_created_in_a_strangers_server_and_one_that_exists_goes(uow: UnitOfWork) -> None:
    gathering = published(uow)
    announce(uow, gathering)
    announce(uow, gathering, ELSEWHERE, "3001")
    assert diff(uow, within=("3000",)).stale == [(gathering, "3000", None)]
    existing = event(gathering, server="3001")
    uow.scheduled_events.save(existing)
    assert diff(uow, within=("3000",)).superfluous == [existing]
    assert not diff(uow, within=("3000", "3001")).superfluous


@in_transaction
def test_a_channel_is_strange_until_its_server_is_known(uow: UnitOfWork) -> None:
    gathering = published(uow)
    post = uow.announcements.add(gathering.id, GENERAL)
    assert not diff(uow), "planned, and not posted yet"
    uow.announcements.mark_posted(post.id, "4000/1")
    assert diff(uow).unknown == [GENERAL]
    assert not diff(uow, excluded=(GENERAL.account,))
    uow.scheduled_events.save_server(GENERAL, "")
    assert not diff(uow), "it belongs to no server"
    uow.scheduled_events.save_server(GENERAL, "3000")
    assert stale(uow) == [(gathering.id, "3000", None)]
    uow.announcements.mark_posted(uow.announcements.add(gathering.id, Address("slack", "T1/C1")).id, "1.2")
    assert diff(uow).unknown == [], "another platform's"


@in_transaction
def test_every_part_of_a_series_that_is_announced_once(uow: UnitOfWork) -> None:
    parts = uow.gatherings.add([plan("one", HOUR), plan("two", HOUR * 2), plan("three", HOUR * 3)], Status.PUBLISHED)
    announce(uow, parts[1])
    published(uow, "another, not announced")
    assert stale(uow) == [(gathering.id, "3000", None) for gathering in parts]
    assert len(diff(uow, limit=2).stale) == 2


@in_transaction
def test_updated_when_it_changes_or_its_page_does(uow: UnitOfWork) -> None:
    gathering = published(uow)
    announce(uow, gathering)
    uow.scheduled_events.save(event(gathering))
    assert not diff(uow)
    moved = uow.gatherings.save(replace(gathering, starts_at=gathering.starts_at + HOUR))
    assert diff(uow).stale == [(moved, "3000", event(gathering))]
    uow.scheduled_events.save(event(moved))
    assert not diff(uow)
    assert stale(uow, "https://elsewhere.example.org") == [(gathering.id, "3000", "77")]
    uow.scheduled_events.save(event(gathering, number=""))
    assert not diff(uow), "deleted there by hand: not created again, whatever changes"
    uow.scheduled_events.remove(gathering.id, "3000")
    assert stale(uow) == [(gathering.id, "3000", None)]


@in_transaction
def test_superfluous_when_cancelled_or_not_announced_or_without_a_page(uow: UnitOfWork) -> None:
    first, second = published(uow), published(uow, "Joy", HOUR * 2)
    for gathering in (first, second):
        announce(uow, gathering)
        uow.scheduled_events.save(event(gathering))
    uow.scheduled_events.save(event(first, server="3009"))
    assert diff(uow).superfluous == [event(first, server="3009")], "nothing is announced there"
    uow.scheduled_events.remove(first.id, "3009")
    assert not diff(uow)
    assert diff(uow, "").superfluous == [event(first), event(second)]
    uow.gatherings.save(replace(first, status=Status.CANCELLED))
    assert diff(uow).superfluous == [event(first)]
    assert diff(uow).stale == []
    assert not diff(uow, excluded=("3000",))
    uow.scheduled_events.remove(first.id, "3000")
    assert not diff(uow)


@in_transaction
def test_what_has_begun_is_updated_but_not_created_and_what_is_over_is_left(uow: UnitOfWork) -> None:
    begun, over = published(uow, "begun", -MINUTE), published(uow, "over", -HOUR * 2)
    for gathering in (begun, over):
        announce(uow, gathering)
    assert not diff(uow)
    for gathering in (begun, over):
        uow.scheduled_events.save(event(gathering))
        uow.gatherings.save(replace(gathering, title="another"))
    assert stale(uow) == [(begun.id, "3000", "77")]
    uow.gatherings.save(replace(uow.gatherings.get(over.id) or over, status=Status.CANCELLED))
    assert diff(uow).superfluous == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_the_diff_costs_the_same_with_years_of_past(storage: OpenStorage) -> None:
    async def cost() -> int:
        taken = [0]

        def work(uow: UnitOfWork) -> None:
            with steps(uow) as counting:
                diff(uow)
            taken[0] = counting[0]
            raise Undone

        with pytest.raises(Undone):
            await storage.run(work)
        return taken[0]

    def old(uow: UnitOfWork) -> None:
        past(uow, 500)
        uow.scheduled_events.save_server(GENERAL, "3000")
        for number in range(1000, 1500):
            uow.announcements.mark_posted(uow.announcements.add(number, GENERAL).id, "4000/1")
            uow.scheduled_events.save(ScheduledEvent(number, "3000", "7", 0, HOME))

    await storage.run(due)
    before = await cost()
    await storage.run(old)
    assert await cost() <= before * 1.2 + 50
