"""Limits of sending: shared by all workers, who take their tokens one after the other."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.notifications.send_limits import SendLimits, full
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage, open_storage
from storage.schema import members
from tests.databases import KEY
from tests.storage.examples import HOUR, MINUTE, NOW, greeted, person

SCOPE = "slack/T1"


async def test_they_are_stored_as_they_are_and_each_scope_has_its_own(storage: OpenStorage) -> None:
    limits = SendLimits(
        SCOPE,
        tokens=1.25,
        refilled_at=NOW,
        openings=0.5,
        openings_refilled_at=NOW - MINUTE,
        paused_until=NOW + MINUTE,
        lookups_paused_until=NOW + MINUTE * 2,
        openings_paused_until=NOW + MINUTE * 3,
        reached_per_minute=71.5,
    )

    def work(uow: UnitOfWork) -> None:
        assert uow.send_limits.get(SCOPE) is None
        uow.send_limits.save(limits)
        assert uow.send_limits.get(SCOPE) == limits
        assert uow.send_limits.lock(SCOPE, NOW + HOUR) == limits
        assert uow.send_limits.lock("discord", NOW) == full("discord", NOW)
        assert uow.send_limits.get("discord") == full("discord", NOW), "locked is stored, or nobody would wait for it"
        less = replace(limits, tokens=0.0, paused_until=None, reached_per_minute=None)
        uow.send_limits.save(less)
        assert uow.send_limits.get(SCOPE) == less

    await storage.run(work)


@pytest.mark.parametrize("database_kind", ["postgresql"])
@pytest.mark.parametrize("guarded", [True, False])
async def test_no_two_workers_take_the_same_token(database_url: str, guarded: bool) -> None:
    """Both look before either has saved; without the lock both take it. SQLite has one transaction at a time."""
    both = [await open_storage(database_url, [KEY]) for _ in range(2)]
    await both[0].run(lambda uow: uow.send_limits.save(replace(full(SCOPE, NOW), tokens=1.0)))
    everyone_has_looked = threading.Barrier(2)
    taken: list[str] = []

    def take(uow: UnitOfWork, name: str) -> None:
        limits = uow.send_limits.lock(SCOPE, NOW) if guarded else uow.send_limits.get(SCOPE)
        try:
            everyone_has_looked.wait(timeout=1.0 if guarded else 30.0)
        except threading.BrokenBarrierError:
            assert guarded, "whoever has no lock looks at the same time"
        assert limits is not None
        if limits.tokens >= 1:
            taken.append(name)
            uow.send_limits.save(replace(limits, tokens=limits.tokens - 1))

    def run(name: str) -> None:
        async def worker() -> None:
            storage = await open_storage(database_url, [KEY])
            try:
                await storage.run(lambda uow: take(uow, name))
            finally:
                await storage.close()

        asyncio.run(worker())

    await asyncio.gather(*(asyncio.to_thread(run, name) for name in ("w1", "w2")))
    assert len(taken) == (1 if guarded else 2)
    left = await both[1].run(lambda uow: uow.send_limits.get(SCOPE))
    assert left is not None
    assert left.tokens == 0.0
    for storage in both:
        await storage.close()


async def test_many_workers_take_no_more_than_there_are(database_url: str) -> None:
    several = [await open_storage(database_url, [KEY]) for _ in range(3)]
    await several[0].run(lambda uow: uow.send_limits.save(replace(full(SCOPE, NOW), tokens=20.0)))

    def take(uow: UnitOfWork) -> int:
        limits = uow.send_limits.lock(SCOPE, NOW)
        if limits.tokens < 1:
            return 0
        uow.send_limits.save(replace(limits, tokens=limits.tokens - 1))
        return 1

    assert sum(await asyncio.gather(*(several[number % 3].run(take) for number in range(45)))) == 20
    for storage in several:
        await storage.close()


async def test_the_first_lock_of_a_scope_by_two_workers_at_once(database_url: str) -> None:
    several = [await open_storage(database_url, [KEY]) for _ in range(3)]
    found = await asyncio.gather(
        *(several[number % 3].run(lambda uow: uow.send_limits.lock(SCOPE, NOW)) for number in range(12))
    )
    assert set(found) == {full(SCOPE, NOW)}
    for storage in several:
        await storage.close()


# ---- attempts: in the same transaction, one of them may fail


class Broken(Exception):
    pass


async def test_an_attempt_that_fails_undoes_what_it_wrote_and_nothing_else(storage: OpenStorage) -> None:
    def names(uow: UnitOfWork) -> list[str]:
        found = uow.connection.execute(select(members.c.account).order_by(members.c.id))  # type: ignore[attr-defined]
        return [account.rpartition("/")[2] for account in found.scalars()]

    def breaks(uow: UnitOfWork, account: str) -> None:
        greeted(uow, account)
        raise Broken

    def work(uow: UnitOfWork) -> None:
        greeted(uow, "before")
        assert uow.attempt(lambda: greeted(uow, "kept").address) == person("kept").address
        for _ in range(2):
            with pytest.raises(Broken):
                uow.attempt(lambda: breaks(uow, "undone"))
            assert names(uow) == ["before", "kept"]
        greeted(uow, "after")

    await storage.run(work)
    assert await storage.run(names) == ["before", "kept", "after"]


async def test_after_an_error_of_the_database_the_transaction_goes_on(storage: OpenStorage) -> None:
    """On PostgreSQL nothing more can be done in a transaction in which a statement failed, but for a savepoint."""

    def fails(uow: UnitOfWork) -> None:
        greeted(uow, "undone")
        uow.connection.exec_driver_sql("SELECT nothing FROM nowhere")  # type: ignore[attr-defined]

    def work(uow: UnitOfWork) -> int:
        with pytest.raises(Exception, match="nowhere"):
            uow.attempt(lambda: fails(uow))
        return greeted(uow, "after").id

    after = await storage.run(work)
    found = await storage.run(lambda uow: uow.members.get(after))
    assert found is not None
    assert found.address == person("after").address


async def test_an_attempt_is_undone_with_its_transaction(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        uow.attempt(lambda: greeted(uow))
        raise Broken

    with pytest.raises(Broken):
        await storage.run(work)
    count = await storage.run(lambda uow: len(uow.connection.execute(select(members)).all()))  # type: ignore[attr-defined]
    assert count == 0


async def test_attempts_within_attempts(storage: OpenStorage) -> None:
    def inner(uow: UnitOfWork) -> None:
        greeted(uow, "inner")
        raise Broken

    def outer(uow: UnitOfWork) -> None:
        greeted(uow, "outer")
        with pytest.raises(Broken):
            uow.attempt(lambda: inner(uow))
        greeted(uow, "outer too")

    def work(uow: UnitOfWork) -> int:
        uow.attempt(lambda: outer(uow))
        return len(uow.connection.execute(select(members)).all())  # type: ignore[attr-defined]

    assert await storage.run(work) == 2
