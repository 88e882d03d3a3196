"""One worker at a time, and what any of them remembers for all."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from tests.storage.examples import NOW

SOON = NOW + timedelta(seconds=10)


async def test_a_lease_is_one_workers_until_it_ends(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        assert books.hold("gateway", "first", SOON, NOW)
        assert not books.hold("gateway", "second", SOON, NOW)
        assert books.hold("other", "second", SOON, NOW), "another lease is another matter"
        assert books.hold("gateway", "first", SOON + timedelta(seconds=5), NOW + timedelta(seconds=5)), "renewed"
        assert not books.hold("gateway", "second", SOON + timedelta(seconds=14), SOON), "as long as it was renewed for"
        assert books.hold("gateway", "second", SOON + timedelta(minutes=1), SOON + timedelta(seconds=5))
        assert not books.hold("gateway", "first", SOON + timedelta(minutes=1), SOON + timedelta(seconds=6))

    await storage.run(work)


async def test_a_lease_given_back_is_free_at_once(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        assert books.hold("gateway", "first", SOON, NOW)
        books.give_back("gateway", "second")
        assert not books.hold("gateway", "second", SOON, NOW), "nobody gives back what is not theirs"
        books.give_back("gateway", "first")
        assert books.hold("gateway", "second", SOON, NOW)

    await storage.run(work)


async def test_of_many_who_ask_at_once_one_holds_it(storage: OpenStorage) -> None:
    async def ask(worker: int) -> bool:
        return await storage.run(lambda books: books.hold("gateway", f"worker-{worker}", SOON, NOW))

    assert sum(await asyncio.gather(*map(ask, range(20)))) == 1


async def test_what_is_remembered_is_the_last_that_was_said(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        assert books.remembered("commands") is None
        books.remember("commands", "one")
        books.remember("commands", "two")
        assert books.remembered("commands") == "two"

    await storage.run(work)
