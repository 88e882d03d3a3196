"""Deliveries: what is due is taken by one worker at a time, and what expired by none."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.addresses import Address
from bot.notifications.model import ClaimedNotification, NotificationKind, Receipt
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage, open_storage
from storage.schema import notices
from tests.databases import KEY
from tests.storage.claims import LEASE, certainly, claim, claim_doubt, keys, only, rows, run_beside, settle
from tests.storage.examples import HOUR, MINUTE, NOW, greeted, notice, person, posting, published
from tests.storage.transaction import in_transaction

SECOND = timedelta(seconds=1)
ADA = person().address
LOBBY = Address("discord", "#4000")


def settle_all(claimed: list[ClaimedNotification], worker: str, uow: UnitOfWork) -> bool:
    return all(settle(uow, each, worker, Receipt.SENT) for each in claimed)


def as_older_version_left(uow: UnitOfWork, **values: object) -> None:
    uow.connection.execute(update(notices).values(**values))  # type: ignore[attr-defined]


@pytest.fixture
async def several(database_url: str) -> AsyncIterator[list[OpenStorage]]:
    opened = [await open_storage(database_url, [KEY]) for _ in range(3)]
    yield opened
    for storage in opened:
        await storage.close()


@in_transaction
def test_the_scopes_are_those_in_which_something_is_pending(uow: UnitOfWork) -> None:
    assert uow.deliveries.scopes() == []
    gathering, member = published(uow), greeted(uow).id
    for number, scope in enumerate(("slack/T2", "discord", "slack/T1", "slack/T2", "")):
        uow.notifications.add([notice(gathering, f"k{number}", member=member, scope=scope)])
    uow.notifications.add([notice(gathering, "missed", member=member, scope="sandbox", state=Receipt.MISSED)])
    assert uow.deliveries.scopes() == ["discord", "slack", "slack/T1", "slack/T2"], "one without: the platform's"
    for held in claim(uow, scopes=["slack/T2"]):
        assert "slack/T1" in uow.deliveries.scopes()
        uow.deliveries.settle(held, Receipt.SENT, NOW)
    assert "slack/T2" not in uow.deliveries.scopes()


@in_transaction
def test_what_an_older_version_added_gets_its_scope(uow: UnitOfWork) -> None:
    posting(2)(uow)
    as_older_version_left(uow, scope="")
    assert uow.deliveries.lock_due("slack", NOW, 9, posts=False) == []
    assert uow.deliveries.scopes() == ["slack"]
    due, _ = uow.deliveries.lock_due("slack", NOW, 9, posts=False)
    uow.deliveries.settle(due, Receipt.DROPPED, NOW)
    as_older_version_left(uow, scope="")
    assert uow.deliveries.scopes() == ["slack"]
    assert rows(uow, "scope") == {"k0": "", "k1": "slack"}, "what has a receipt needs none"


@in_transaction
def test_what_an_older_version_held_is_looked_up_when_its_lease_ends(uow: UnitOfWork) -> None:
    """It did not record that what it held was in doubt."""
    posting(1)(uow)
    as_older_version_left(
        uow,
        scope="",
        state=Receipt.CLAIMED.value,
        in_doubt=False,
        worker="old",
        attempts=1,
        begun_at=NOW,
        ready_at=NOW + LEASE,
    )
    assert claim(uow, NOW + LEASE) == []
    assert claim_doubt(uow, NOW + LEASE - SECOND) is None
    doubt = certainly(claim_doubt(uow, NOW + LEASE))
    assert (doubt.in_doubt, doubt.attempts, doubt.began_at) == (True, 2, NOW)
    assert uow.deliveries.lock_held(doubt, "w1") is not None
    assert rows(uow, "in_doubt") == {"k0": True}


@in_transaction
def test_what_is_due_is_the_one_that_was_posted(uow: UnitOfWork) -> None:
    gathering, member = published(uow), greeted(uow)
    announcement = uow.announcements.add(gathering.id, LOBBY)
    private = notice(gathering, "a", member=member.id, scope="slack/T1", ready_at=NOW - MINUTE)
    public = notice(
        gathering,
        "b",
        kind=NotificationKind.ANNOUNCEMENT,
        platform="discord",
        channel=LOBBY,
        announcement=announcement.id,
        offset=-HOUR,
    )
    uow.notifications.add([private, public])
    uow.notifications.add([])
    due = only(uow.deliveries.lock_due("slack/T1", NOW, 9, posts=False))
    post = only(uow.deliveries.lock_due("discord", NOW, 9, posts=True))
    assert (due.notification, post.notification) == (private, replace(public, scope="discord", ready_at=NOW))
    assert [(each.attempts, each.in_doubt, each.began_at) for each in (due, post)] == [(1, False, None)] * 2


@in_transaction
def test_posts_and_direct_messages_are_taken_apart(uow: UnitOfWork) -> None:
    gathering, member = published(uow), greeted(uow).id
    uow.notifications.add(
        [
            notice(gathering, "private", member=member, platform="discord"),
            notice(gathering, "post", channel=LOBBY, platform="discord", due_at=NOW - MINUTE),
        ]
    )
    assert keys(uow.deliveries.lock_due("discord", NOW, 9, posts=True)) == ["post"]
    assert keys(uow.deliveries.lock_due("discord", NOW, 9, posts=False)) == ["private"]


@pytest.mark.parametrize("posts", [True, False])
@in_transaction
def test_what_is_promised_for_an_earlier_instant_goes_first(uow: UnitOfWork, posts: bool) -> None:
    gathering = published(uow)
    to = {"channel": Address("slack", "T1/C1")} if posts else {"member": greeted(uow).id}

    def add(name: str, due: timedelta, ready: timedelta, **more: object) -> None:
        posted = notice(gathering, name, due_at=NOW + due, ready_at=NOW + ready, **(to | more))
        uow.notifications.add([posted])

    add("in an hour, ready long since", HOUR / 2, -HOUR)
    add("now", timedelta(0), timedelta(0))
    add("now, added later", timedelta(0), -MINUTE)
    add("overdue", -MINUTE, -MINUTE)
    add("not yet", -HOUR, timedelta(microseconds=1))
    add("elsewhere", -HOUR, -HOUR, scope="slack/T1")
    wanted = ["overdue", "now", "now, added later", "in an hour, ready long since"]
    assert keys(uow.deliveries.lock_due("slack", NOW, 9, posts=posts)) == wanted
    assert keys(uow.deliveries.lock_due("slack", NOW, 2, posts=posts)) == wanted[:2]
    assert uow.deliveries.lock_due("slack", NOW, 0, posts=posts) == []


@in_transaction
def test_what_is_in_doubt_held_or_past_its_expiry_is_not_due(uow: UnitOfWork) -> None:
    posting(3)(uow)
    uow.notifications.add([notice(published(uow), "expired", member=greeted(uow).id, expires_at=NOW)])
    first, second, third = uow.deliveries.lock_due("slack", NOW, 9, posts=False)
    uow.deliveries.begin_sends([(first, Address("slack", "U1"))], "w1", NOW, NOW + LEASE)
    uow.deliveries.begin_sends([(second, Address("slack", "U1"))], "w1", NOW, NOW + LEASE)
    uow.deliveries.give_back(second, NOW, in_doubt=True, why="reset")
    assert keys(uow.deliveries.lock_due("slack", NOW, 9, posts=False)) == [third.notification.key]
    assert keys(uow.deliveries.lock_due("slack", NOW + LEASE, 9, posts=False)) == [third.notification.key], (
        "neither when the lease has ended"
    )


@in_transaction
def test_what_expired_is_too_late_in_every_scope_unless_it_is_in_doubt(uow: UnitOfWork) -> None:
    gathering, member = published(uow), greeted(uow).id
    for name, platform in (("old", "slack"), ("older", "discord")):
        uow.notifications.add([notice(gathering, name, platform=platform, member=member, expires_at=NOW)])
    for name in ("held", "in doubt", "good"):
        uow.notifications.add([notice(gathering, name, member=member, expires_at=NOW + MINUTE)])
    held, doubtful, good = uow.deliveries.lock_due("slack", NOW, 9, posts=False)
    for each in (held, doubtful):
        uow.deliveries.begin_sends([(each, Address("slack", "U1"))], "w1", NOW, NOW + LEASE)
    uow.deliveries.give_back(doubtful, NOW, in_doubt=True, why="reset")
    uow.deliveries.expire(NOW)
    assert rows(uow, "state", "ready_at", "settled_at") == {
        "old": ("too late", None, NOW),
        "older": ("too late", None, NOW),
        "held": ("claimed", NOW + LEASE, None),
        "in doubt": ("waiting", NOW, None),
        "good": ("waiting", NOW, None),
    }
    assert good.notification.key == "good"
    uow.deliveries.expire(NOW + HOUR)
    assert {name: state for name, state in rows(uow, "state").items() if state != "too late"} == {
        "held": "claimed",
        "in doubt": "waiting",
    }, "whether these were sent is not guessed"


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_what_another_worker_has_locked_is_passed_over(database_url: str) -> None:
    """SQLite has one transaction at a time."""
    storage = await open_storage(database_url, [KEY])

    def meanwhile(uow: UnitOfWork) -> None:
        assert keys(uow.deliveries.lock_due("slack", NOW, 9, posts=False)) == ["k1"]
        doubt = uow.deliveries.lock_doubt("slack/T1", NOW)
        assert certainly(doubt).notification.key == "k3"
        uow.deliveries.expire(NOW + MINUTE)

    def prepare(uow: UnitOfWork) -> None:
        posting(4, expires_at=NOW + MINUTE)(uow)
        for due in uow.deliveries.lock_due("slack", NOW, 9, posts=False)[2:]:
            uow.deliveries.begin_sends([(due, ADA)], "w1", NOW, NOW + LEASE)
            uow.deliveries.give_back(due, NOW, in_doubt=True, why="reset")

    def hold(uow: UnitOfWork) -> None:
        assert keys(uow.deliveries.lock_due("slack", NOW, 1, posts=False)) == ["k0"]
        assert certainly(uow.deliveries.lock_doubt("slack/T1", NOW)).notification.key == "k2"
        run_beside(database_url, meanwhile)

    await storage.run(prepare)
    await storage.run(hold)
    states = await storage.run(lambda uow: rows(uow, "state"))
    assert states == {"k0": "waiting", "k1": "too late", "k2": "waiting", "k3": "waiting"}
    await storage.run(lambda uow: uow.deliveries.expire(NOW + MINUTE))
    assert (await storage.run(lambda uow: rows(uow, "state")))["k0"] == "too late"
    await storage.close()


# ---- several workers


async def test_contending_workers_never_hold_the_same_notification(several: list[OpenStorage]) -> None:
    await several[0].run(posting(300, scope="slack/T1"))
    held: Counter[str] = Counter()

    async def worker(name: str, storage: OpenStorage) -> None:
        while claimed := await storage.run(lambda uow: claim(uow, worker=name, limit=7)):
            held.update(keys(claimed))
            assert await storage.run(partial(settle_all, claimed, name))

    await asyncio.gather(*(worker(f"w{number}", several[number % 3]) for number in range(6)))
    assert len(held) == 300
    assert set(held.values()) == {1}


async def test_contending_workers_never_look_up_the_same_one(several: list[OpenStorage]) -> None:
    def doubtful(uow: UnitOfWork) -> None:
        posting(40, scope="slack/T1")(uow)
        claim(uow)

    await several[0].run(doubtful)
    looked_up: Counter[str] = Counter()

    async def worker(name: str, storage: OpenStorage) -> None:
        while doubt := await storage.run(lambda uow: claim_doubt(uow, NOW + LEASE, name, scopes=["slack/T1"])):
            looked_up[doubt.notification.key] += 1

    await asyncio.gather(*(worker(f"w{number}", several[number % 3]) for number in range(6)))
    assert len(looked_up) == 40
    assert set(looked_up.values()) == {1}


async def test_without_the_guard_workers_hold_the_same_notification(several: list[OpenStorage]) -> None:
    """The race is real: looking and taking in two transactions gives one notification to everybody."""
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
