"""Leases, and the values that all processes share."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from tests.storage.examples import NOW
from tests.storage.transaction import in_transaction

SOON = NOW + timedelta(seconds=10)


@in_transaction
def test_a_lease_is_one_workers_until_it_ends(uow: UnitOfWork) -> None:
    assert uow.leases.acquire("gateway", "first", SOON, NOW)
    assert not uow.leases.acquire("gateway", "second", SOON, NOW)
    assert uow.leases.acquire("other", "second", SOON, NOW), "another lease is another matter"
    assert uow.leases.acquire("gateway", "first", SOON + timedelta(seconds=5), NOW + timedelta(seconds=5)), "renewed"
    assert not uow.leases.acquire("gateway", "second", SOON + timedelta(seconds=14), SOON), (
        "as long as it was renewed for"
    )
    assert uow.leases.acquire("gateway", "second", SOON + timedelta(minutes=1), SOON + timedelta(seconds=5))
    assert not uow.leases.acquire("gateway", "first", SOON + timedelta(minutes=1), SOON + timedelta(seconds=6))


@in_transaction
def test_a_lease_given_back_is_free_at_once(uow: UnitOfWork) -> None:
    assert uow.leases.acquire("gateway", "first", SOON, NOW)
    uow.leases.release("gateway", "second")
    assert not uow.leases.acquire("gateway", "second", SOON, NOW), "nobody gives back what is not theirs"
    uow.leases.release("gateway", "first")
    assert uow.leases.acquire("gateway", "second", SOON, NOW)


async def test_of_many_who_ask_at_once_one_holds_it(storage: OpenStorage) -> None:
    async def acquire(worker: int) -> bool:
        return await storage.run(lambda uow: uow.leases.acquire("gateway", f"worker-{worker}", SOON, NOW))

    assert sum(await asyncio.gather(*map(acquire, range(20)))) == 1


@in_transaction
def test_which_leases_are_held(uow: UnitOfWork) -> None:
    assert uow.leases.acquire("gateway", "first", SOON, NOW)
    assert uow.leases.acquire("zoom", "second", SOON, NOW)
    assert uow.leases.held(["gateway", "other"], NOW) == {"gateway"}
    assert uow.leases.held(["gateway", "zoom"], SOON) == frozenset(), "they end then"
    uow.leases.release("zoom", "second")
    assert uow.leases.held(["gateway", "zoom"], NOW) == {"gateway"}


@in_transaction
def test_what_was_taken_by_a_clock_that_was_ahead_is_free(uow: UnitOfWork) -> None:
    """Its worker was killed before the clock was set right, and renews it no more."""
    ahead = NOW + timedelta(hours=2)
    assert uow.leases.acquire("gateway", "first", ahead + timedelta(seconds=10), ahead)
    assert uow.leases.held(["gateway"], ahead) == {"gateway"}
    assert uow.leases.held(["gateway"], NOW) == frozenset()
    assert uow.leases.acquire("gateway", "second", SOON, NOW)
    assert not uow.leases.acquire("gateway", "first", SOON, NOW)


@in_transaction
def test_a_value_is_the_last_that_was_set(uow: UnitOfWork) -> None:
    assert uow.state.get("commands") is None
    uow.state.set("commands", "one")
    uow.state.set("commands", "two")
    assert uow.state.get("commands") == "two"
