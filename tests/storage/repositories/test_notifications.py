"""Notifications: added once, claimed by one worker at a time, settled by whoever holds them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.addresses import Address
from bot.notifications.model import ClaimedNotification, Notification, NotificationKind, Receipt
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage, open_storage
from storage.schema import notices
from tests.databases import KEY
from tests.storage.examples import HOUR, MINUTE, NOW, greeted, notice, posting, published

LATER = NOW + HOUR

LEASE = MINUTE * 2
ROOM = {"slack": 100}


def claims(uow: UnitOfWork, now: datetime = NOW, worker: str = "w1", **room: int) -> list[ClaimedNotification]:
    return uow.notifications.claim(now, LEASE, worker, room or dict(ROOM))


def keys(claimed: list[ClaimedNotification]) -> list[str]:
    return [held.notification.key for held in claimed]


def settle_all(claimed: list[ClaimedNotification], worker: str, uow: UnitOfWork) -> bool:
    return all(uow.notifications.settle(held, worker, Receipt.SENT, NOW) for held in claimed)


def receipts(uow: UnitOfWork) -> dict[str, str]:
    rows = uow.connection.execute(select(notices.c.key, notices.c.state)).all()  # type: ignore[attr-defined]
    return dict(tuple(row) for row in rows)


@pytest.fixture
async def several(database_url: str) -> AsyncIterator[list[OpenStorage]]:
    opened = [await open_storage(database_url, [KEY]) for _ in range(3)]
    yield opened
    for storage in opened:
        await storage.close()


async def test_a_claimed_notification_is_the_one_that_was_posted(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering, member = published(uow), greeted(uow)
        announcement = uow.announcements.add(gathering.id, Address("discord", "#4000"))
        private = notice(gathering, "a", member=member.id)
        public = notice(
            gathering,
            "b",
            kind=NotificationKind.ANNOUNCEMENT,
            platform="discord",
            channel=Address("discord", "#4000"),
            announcement=announcement.id,
            offset=-HOUR,
        )
        uow.notifications.add([private, public])
        uow.notifications.add([])
        first, second = claims(uow, slack=1, discord=1)
        assert [held.notification for held in (first, second)] == [claimed_now(private), claimed_now(public)]
        assert [(held.attempts, held.in_doubt) for held in (first, second)] == [(1, False), (1, False)]

    await storage.run(work)


def claimed_now(posted: Notification) -> Notification:
    return replace(posted, state=Receipt.CLAIMED)


async def test_a_key_is_posted_once_for_good(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        (posted,) = posting(1)(uow)
        (held,) = claims(uow)
        assert uow.notifications.settle(held, "w1", Receipt.SENT, NOW)
        uow.notifications.add([posted, posted])
        assert claims(uow) == []

    await storage.run(work)


async def test_what_is_posted_as_missed_is_never_claimed(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        posting(1, state=Receipt.MISSED)(uow)
        assert claims(uow) == []
        assert uow.notifications.next_due() is None

    await storage.run(work)


async def test_only_what_is_due_oldest_first_within_each_platforms_room(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering, member = published(uow), greeted(uow).id
        for platform in ("slack", "discord", "sandbox"):
            for late in range(4):
                due = NOW - MINUTE * late
                uow.notifications.add(
                    [notice(gathering, f"{platform}-{late}", platform=platform, member=member, due_at=due)]
                )
        uow.notifications.add([notice(gathering, "not yet", member=member, due_at=NOW + timedelta(microseconds=1))])
        assert keys(claims(uow, slack=2, discord=3, sandbox=0, elsewhere=9)) == [
            "slack-3", "discord-3", "slack-2", "discord-2", "discord-1",
        ]  # fmt: skip
        assert keys(claims(uow)) == ["slack-1", "slack-0"]
        assert claims(uow) == []

    await storage.run(work)


async def test_what_expired_is_too_late_on_any_platform(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering = published(uow)
        for platform in ("slack", "discord"):
            uow.notifications.add([notice(gathering, f"{platform} old", platform=platform, expires_at=NOW)])
        uow.notifications.add([notice(gathering, "good", expires_at=NOW + MINUTE)])
        assert keys(claims(uow)) == ["good"]
        assert receipts(uow) == {"slack old": "too late", "discord old": "too late", "good": "claimed"}
        # A claim that nobody settled may have been sent; what is certain is that it must not be sent now.
        assert claims(uow, NOW + LEASE) == []
        assert receipts(uow)["good"] == "too late"

    await storage.run(work)


async def test_a_lease_that_ran_out_comes_back_in_doubt(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        posting(1)(uow)
        (held,) = claims(uow)
        assert claims(uow, NOW + LEASE - timedelta(seconds=1), "w2") == []
        assert uow.notifications.next_due() == NOW + LEASE
        (taken,) = claims(uow, NOW + LEASE, "w2")
        assert (taken.id, taken.attempts, taken.in_doubt) == (held.id, 2, True)
        assert not uow.notifications.settle(held, "w1", Receipt.SENT, NOW + LEASE), "the first holds it no more"
        assert not uow.notifications.retry(held, "w1", NOW, in_doubt=False, why="")
        assert uow.notifications.settle(taken, "w2", Receipt.SENT, NOW + LEASE)
        assert not uow.notifications.settle(taken, "w2", Receipt.FAILED, NOW + LEASE), "final"

    await storage.run(work)


async def test_a_worker_that_slept_does_not_settle_its_own_later_claim(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        posting(1)(uow)
        (slept,) = claims(uow)
        (again,) = claims(uow, NOW + LEASE)
        assert not uow.notifications.settle(slept, "w1", Receipt.FAILED, NOW + LEASE)
        assert uow.notifications.settle(again, "w1", Receipt.SENT, NOW + LEASE)

    await storage.run(work)


async def test_a_late_receipt_still_counts_while_nobody_took_over(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        posting(1)(uow)
        (held,) = claims(uow)
        assert uow.notifications.settle(held, "w1", Receipt.SENT, NOW + LEASE * 3)
        assert claims(uow, NOW + LEASE * 3) == []

    await storage.run(work)


@pytest.mark.parametrize("in_doubt", [True, False])
async def test_given_back_it_is_due_again_then_and_remembers_its_doubt(storage: OpenStorage, in_doubt: bool) -> None:
    def work(uow: UnitOfWork) -> None:
        (posted,) = posting(1)(uow)
        (held,) = claims(uow)
        at = NOW + MINUTE * 7
        assert uow.notifications.retry(held, "w1", at, in_doubt=in_doubt, why="429")
        assert uow.notifications.next_due() == at
        assert claims(uow, at - timedelta(seconds=1), "w2") == []
        (again,) = claims(uow, at, "w2")
        assert (again.attempts, again.in_doubt, again.notification.due_at) == (2, in_doubt, posted.due_at)
        assert uow.notifications.retry(again, "w2", at, in_doubt=False, why="looked, and it was not there")
        assert not claims(uow, at, "w3")[0].in_doubt

    await storage.run(work)


async def test_only_the_holder_settles(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        posting(1)(uow)
        (held,) = claims(uow)
        assert not uow.notifications.settle(held, "somebody else", Receipt.SENT, NOW)
        assert uow.notifications.settle(held, "w1", Receipt.BLOCKED, NOW, "x" * 5000)
        assert receipts(uow) == {"k0": "blocked"}

    await storage.run(work)


async def test_the_rate_limit_counts_direct_messages_begun_lately_by_anyone(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        (first, *_) = posting(4)(uow)
        assert first.gathering is not None
        gathering = uow.gatherings.get(first.gathering)
        assert gathering is not None
        uow.notifications.add([notice(gathering, "channel", channel=Address("slack", "T1/C1"))])
        assert uow.notifications.count_recent("slack", NOW - HOUR, LATER) == 0
        begun = claims(uow, NOW, "w1", slack=2) + claims(uow, NOW + MINUTE, "w2")
        assert len(begun) == 5
        assert uow.notifications.count_recent("slack", NOW, LATER) == 4
        assert uow.notifications.count_recent("slack", NOW + MINUTE, LATER) == 2
        assert uow.notifications.count_recent("slack", NOW + MINUTE * 2, LATER) == 0
        assert uow.notifications.count_recent("discord", NOW, LATER) == 0
        assert uow.notifications.count_recent("slack", NOW, NOW) == 2, (
            "what a clock that was wrong began later does not count"
        )
        uow.notifications.settle(begun[0], "w1", Receipt.SENT, NOW)
        uow.notifications.settle(begun[1], "w1", Receipt.DROPPED, NOW, "no longer registered")
        assert uow.notifications.count_recent("slack", NOW, LATER) == 3, "what was dropped was not sent"

    await storage.run(work)


async def test_next_due_is_the_earliest_of_what_waits_and_what_is_leased(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        assert uow.notifications.next_due() is None
        gathering = published(uow)
        uow.notifications.add([notice(gathering, "later", due_at=NOW + HOUR / 2)])
        assert uow.notifications.next_due() == NOW + HOUR / 2
        uow.notifications.add([notice(gathering, "now")])
        assert uow.notifications.next_due() == NOW
        (held,) = claims(uow)
        assert uow.notifications.next_due() == NOW + LEASE
        uow.notifications.settle(held, "w1", Receipt.SENT, NOW)
        assert uow.notifications.next_due() == NOW + HOUR / 2

    await storage.run(work)


async def test_batches_are_marked_and_never_unmarked(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering, other = published(uow), published(uow)
        reminder = (gathering.id, gathering.starts_at, NotificationKind.REMINDER, HOUR)
        assert uow.notifications.batches([gathering.id]) == {}
        assert uow.notifications.batches([]) == {}
        uow.notifications.mark_batch(gathering, NotificationKind.REMINDER, HOUR, complete=False)
        assert uow.notifications.batches([gathering.id, other.id]) == {reminder: False}
        uow.notifications.mark_batch(gathering, NotificationKind.REMINDER, HOUR, complete=True)
        uow.notifications.mark_batch(gathering, NotificationKind.REMINDER, HOUR, complete=False)
        uow.notifications.mark_batch(gathering, NotificationKind.AFTERWARDS, -gathering.duration, complete=False)
        assert uow.notifications.batches([gathering.id]) == {
            reminder: True,
            (gathering.id, gathering.starts_at, NotificationKind.AFTERWARDS, -gathering.duration): False,
        }
        assert uow.notifications.batches([other.id]) == {}

    await storage.run(work)


async def test_contending_workers_never_hold_the_same_notification(several: list[OpenStorage]) -> None:
    await several[0].run(posting(300))
    held: Counter[str] = Counter()

    async def worker(name: str, storage: OpenStorage) -> None:
        while claimed := await storage.run(lambda uow: claims(uow, worker=name, slack=7)):
            held.update(keys(claimed))
            assert await storage.run(partial(settle_all, claimed, name))

    await asyncio.gather(*(worker(f"w{number}", several[number % 3]) for number in range(6)))
    assert len(held) == 300
    assert set(held.values()) == {1}


async def test_without_the_guard_workers_hold_the_same_notification(several: list[OpenStorage]) -> None:
    """The race is real: looking and taking in two steps gives one notice to everybody."""
    await several[0].run(posting(5))
    everyone_has_looked = asyncio.Barrier(3)

    async def looks_then_takes(name: str, storage: OpenStorage) -> list[int]:
        def look(uow: UnitOfWork) -> list[int]:
            found = uow.connection.execute(select(notices.c.id).where(notices.c.ready_at <= NOW))  # type: ignore[attr-defined]
            return list(found.scalars())

        def take(uow: UnitOfWork, found: list[int]) -> None:
            change: Any = update(notices).where(notices.c.id.in_(found)).values(worker=name, ready_at=NOW + LEASE)
            uow.connection.execute(change)  # type: ignore[attr-defined]

        found = await storage.run(look)
        await everyone_has_looked.wait()
        await storage.run(lambda uow: take(uow, found))
        return found

    held = await asyncio.gather(*(looks_then_takes(f"w{number}", several[number]) for number in range(3)))
    assert max(Counter(each for found in held for each in found).values()) == 3


async def test_two_workers_add_the_same_batch_at_once(several: list[OpenStorage]) -> None:
    gathering, member = await several[0].run(lambda uow: (published(uow), greeted(uow).id))
    round_of = [notice(gathering, f"k{number}", member=member) for number in range(40)]
    # In opposite orders: what deadlocks is run again by the storage.
    await asyncio.gather(
        several[0].run(lambda uow: uow.notifications.add(round_of)),
        several[1].run(lambda uow: uow.notifications.add(round_of[::-1])),
    )
    assert len(await several[2].run(claims)) == 40
