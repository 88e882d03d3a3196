"""How works run: each alone in its effects, together in their commit, never released before it is durable."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import make_url

from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Status
from bot.i18n import Locale
from bot.members.model import Person
from bot.plain_text import plain
from bot.ports import CommitFailed, CommitUncertain, Overloaded
from bot.request import Call, Request
from bot.unit_of_work import UnitOfWork
from bot.views import View
from storage.engine import postgres
from storage.engine.open import OpenStorage, open_storage
from storage.schema import REVISION
from tests.databases import KEY, Databases
from tests.storage.examples import NOW, greeted, published

only_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
only_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"])


class Gate:
    """A work that stops in the middle of its transaction until it is let on."""

    def __init__(self) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()

    def work(self, uow: UnitOfWork) -> str:
        uow.members.claim_interaction("gate", NOW)
        self.entered.set()
        assert self.opened.wait(60)
        return "through"

    async def is_entered(self) -> None:
        assert await asyncio.to_thread(self.entered.wait, 60)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.opened.set()


def hears(key: str) -> Callable[[UnitOfWork], bool]:
    return lambda uow: uow.members.claim_interaction(key, NOW)


def ask(uow: UnitOfWork, statement: str) -> Any:
    return uow.connection.exec_driver_sql(statement)  # type: ignore[attr-defined]


async def test_it_returns_what_the_work_returned_and_knows_its_schema(storage: OpenStorage) -> None:
    assert await storage.run(lambda _: {"any": "thing"}) == {"any": "thing"}
    assert storage.schema == REVISION


def fails(uow: UnitOfWork) -> None:
    assert uow.members.claim_interaction("failing", NOW)
    published(uow)
    raise LookupError("on purpose")


def fails_in_the_database(uow: UnitOfWork) -> None:
    assert uow.members.claim_interaction("failing too", NOW)
    ask(uow, "SELECT * FROM nowhere")


async def test_what_a_work_raises_undoes_it_and_leaves_its_neighbours_intact(storage: OpenStorage) -> None:
    works: list[Any] = [hears("one"), fails, hears("two"), fails_in_the_database, hears("three")]
    told = await asyncio.gather(*(storage.run(work) for work in works), return_exceptions=True)
    assert [type(each).__name__ for each in told][::2] == ["bool"] * 3
    assert isinstance(told[1], LookupError)
    assert "nowhere" in str(told[3])
    again = [await storage.run(hears(key)) for key in ("one", "two", "three", "failing", "failing too")]
    assert again == [False, False, False, True, True]
    assert await storage.run(lambda uow: uow.gatherings.upcoming(NOW, limit=5)) == []


async def test_what_a_work_raises_undoes_it_where_it_has_no_neighbours(storage: OpenStorage) -> None:
    with pytest.raises(LookupError, match="on purpose"):
        await storage.run(fails)
    with pytest.raises(Exception, match="nowhere"):
        await storage.run(fails_in_the_database)
    assert [await storage.run(hears(key)) for key in ("failing", "failing too", "after")] == [True] * 3
    assert await storage.run(lambda uow: uow.gatherings.upcoming(NOW, limit=5)) == []


async def test_a_caller_who_goes_away_takes_nobody_along(storage: OpenStorage) -> None:
    asks = [asyncio.create_task(storage.run(hears(f"k{number}"))) for number in range(30)]
    await asyncio.sleep(0)
    for each in asks[::3]:
        each.cancel()
    told = await asyncio.gather(*asks, return_exceptions=True)
    assert all(told[number] is True for number in range(30) if number % 3)
    assert await storage.run(hears("after"))


async def test_a_work_that_runs_out_of_something_holds_nobody_up(storage: OpenStorage) -> None:
    """A future takes no StopIteration: whoever waits for it would, and all others behind them."""
    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(storage.run(lambda _: next(iter(()))), 60)
    assert await asyncio.wait_for(storage.run(hears("after")), 60)


async def test_closing_finishes_what_waits_and_may_be_repeated(database_url: str) -> None:
    storage = await open_storage(database_url, [KEY])
    asks = [asyncio.create_task(storage.run(hears(f"k{number}"))) for number in range(10)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(storage.close())
    assert all(await asyncio.gather(*asks))
    await closing
    await storage.close()
    with pytest.raises(CommitFailed, match="closed"):
        await storage.run(hears("late"))


# ---- SQLite: shared commits


@only_sqlite
async def test_the_file_is_used_as_it_should_be(storage: OpenStorage) -> None:
    def read(uow: UnitOfWork) -> list[Any]:
        return [
            ask(uow, f"PRAGMA {each}").scalar()
            for each in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]

    assert await storage.run(read) == ["wal", 2, 1, 5000]


@only_sqlite
async def test_no_result_is_released_before_the_shared_commit(
    storage: OpenStorage, database_url: str, gate: Gate
) -> None:
    first = asyncio.create_task(storage.run(hears("first")))
    gated = asyncio.create_task(storage.run(gate.work))
    await gate.is_entered()
    await asyncio.sleep(0.05)
    assert not first.done(), "its work is done, its commit is not"
    assert interactions(database_url) == 0
    gate.opened.set()
    assert (await first, await gated) == (True, "through")
    assert interactions(database_url) == 2


def interactions(url: str) -> int:
    """As another process sees it now."""
    with contextlib.closing(sqlite3.connect(make_url(url).database or "")) as other:
        count: int = other.execute("SELECT count(*) FROM interactions").fetchone()[0]
        return count


@only_sqlite
async def test_works_that_wait_together_share_one_commit(storage: OpenStorage, gate: Gate) -> None:
    said: list[str] = []

    def listens(uow: UnitOfWork) -> None:
        uow.connection.connection.driver_connection.set_trace_callback(said.append)  # type: ignore[attr-defined]

    await storage.run(listens)
    gated = asyncio.create_task(storage.run(gate.work))
    await gate.is_entered()
    asks = [asyncio.create_task(storage.run(hears(f"k{number}"))) for number in range(64 + 5)]
    await asyncio.sleep(0)
    said.clear()
    gate.opened.set()
    await asyncio.gather(gated, *asks)
    assert said.count("COMMIT") == 3, "the gated one, 64 together, and the last five"
    assert said.count("SAVEPOINT work") == 69


@only_sqlite
async def test_of_what_is_changed_alone_nothing_is_copied_to_memory(storage: OpenStorage) -> None:
    """In a savepoint every page is: a thousand notifications of a large database took megabytes."""
    said: list[str] = []

    def listens(uow: UnitOfWork) -> None:
        uow.connection.connection.driver_connection.set_trace_callback(said.append)  # type: ignore[attr-defined]

    await storage.run(listens)
    await storage.run(published)
    assert "COMMIT" in said
    assert not any("SAVEPOINT" in each for each in said)


@only_sqlite
async def test_when_the_commit_fails_nobody_is_told_otherwise(storage: OpenStorage) -> None:
    def breaks_the_commit(uow: UnitOfWork) -> None:
        ask(uow, "PRAGMA defer_foreign_keys=ON")
        uow.registrations.add(999, [999], NOW)

    works: list[Any] = [hears("one"), breaks_the_commit, hears("two")]
    told = await asyncio.gather(*(storage.run(work) for work in works), return_exceptions=True)
    assert [type(each) for each in told] == [CommitFailed] * 3
    assert len({id(each) for each in told}) == 3, "each is told by an exception of its own"
    assert [await storage.run(hears(key)) for key in ("one", "two")] == [True, True]


@only_sqlite
async def test_when_sqlite_gives_up_the_whole_transaction_nothing_stands(storage: OpenStorage) -> None:
    """As it does on a full disk: here by the conflict clause that asks for it."""

    def gives_up(uow: UnitOfWork) -> None:
        ask(uow, "INSERT OR ROLLBACK INTO interactions VALUES ('one', 0)")

    works: list[Any] = [hears("one"), gives_up, hears("two")]
    told = await asyncio.gather(*(storage.run(work) for work in works), return_exceptions=True)
    assert [type(each) for each in told] == [CommitFailed] * 3
    assert [await storage.run(hears(key)) for key in ("one", "two")] == [True, True]


@only_sqlite
async def test_busy_beyond_the_queue_and_nothing_of_it_is_done(database_url: str, gate: Gate) -> None:
    storage = await open_storage(database_url, [KEY], queue=3)
    gated = asyncio.create_task(storage.run(gate.work))
    await gate.is_entered()
    waiting = [asyncio.create_task(storage.run(hears(f"k{number}"))) for number in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await storage.run(hears("too many"))
    gate.opened.set()
    assert await asyncio.gather(gated, *waiting) == ["through", True, True, True]
    assert await storage.run(hears("too many")), "there is room again, and it was not heard before"
    await storage.close()


@only_sqlite
async def test_who_leaves_the_queue_is_not_served(storage: OpenStorage, gate: Gate) -> None:
    gated = asyncio.create_task(storage.run(gate.work))
    await gate.is_entered()
    leaving, staying = (asyncio.create_task(storage.run(hears(key))) for key in ("leaving", "staying"))
    await asyncio.sleep(0)
    leaving.cancel()
    gated.cancel()
    gate.opened.set()
    assert await staying
    assert await storage.run(hears("leaving")), "never begun"
    assert not await storage.run(hears("gate")), "begun before its caller left, so it stands"


@only_sqlite
async def test_another_process_that_holds_the_file_makes_it_busy(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = await open_storage(database_url, [KEY])
    await storage.run(lambda uow: ask(uow, "PRAGMA busy_timeout=50").scalar())
    with contextlib.closing(sqlite3.connect(make_url(database_url).database or "")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Overloaded, match="another process"):
            await storage.run(hears("k"))
        other.rollback()
    assert await storage.run(hears("k"))
    await storage.close()


# ---- PostgreSQL: one transaction each


@pytest.fixture
async def brisk(server_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenStorage]:
    """A storage that loses patience fast enough for a test, with two connections."""
    monkeypatch.setattr(postgres, "_POOL", {"pool_size": 2, "max_overflow": 0, "pool_timeout": 0.2})
    monkeypatch.setattr(postgres, "_SERVER_TIMEOUTS", {"statement_timeout": "4s", "lock_timeout": "1s"})
    opened = await open_storage(server_url, [KEY], queue=6)
    yield opened
    await opened.close()


def sleeps(seconds: float) -> Callable[[UnitOfWork], None]:
    return lambda uow: ask(uow, f"SELECT pg_sleep({seconds})").scalar()


async def test_busy_when_every_connection_is_taken(brisk: OpenStorage) -> None:
    told = await asyncio.gather(*(brisk.run(sleeps(2)) for _ in range(4)), return_exceptions=True)
    assert [type(each) for each in told] == [type(None)] * 2 + [Overloaded] * 2


async def test_busy_beyond_the_queue(brisk: OpenStorage) -> None:
    told = await asyncio.gather(*(brisk.run(sleeps(0.1)) for _ in range(8)), return_exceptions=True)
    assert [type(each) for each in told][6:] == [Overloaded] * 2


async def test_busy_when_the_server_takes_too_long(brisk: OpenStorage) -> None:
    with pytest.raises(Overloaded):
        await brisk.run(sleeps(20))
    assert await brisk.run(hears("k"))


async def test_busy_when_somebody_else_holds_the_row(brisk: OpenStorage) -> None:
    gathering = await brisk.run(published)

    def change(uow: UnitOfWork) -> None:
        uow.gatherings.save(replace(gathering, title="x"))
        sleeps(2.5)(uow)

    told = await asyncio.gather(*(brisk.run(change) for _ in range(2)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in told) == ["NoneType", "Overloaded"]


@only_postgresql
async def test_a_lost_connection_is_replaced_and_the_work_run_again(storage: OpenStorage) -> None:
    await asyncio.gather(storage.run(sleeps(0.05)), storage.run(sleeps(0.05)))
    others = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ended = await storage.run(lambda uow: ask(uow, f"SELECT pg_terminate_backend(pid) FROM {others}").all())  # noqa: S608
    assert len(ended) == 1
    assert await asyncio.gather(*(storage.run(hears(f"k{number}")) for number in range(4))) == [True] * 4


END_AT_COMMIT = """
CREATE TEMP TABLE ending (x int);
CREATE FUNCTION pg_temp.ends() RETURNS trigger LANGUAGE plpgsql
AS $$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END$$;
CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON ending DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION pg_temp.ends();
INSERT INTO ending VALUES (1)
"""


@only_postgresql
async def test_a_connection_lost_while_committing_leaves_it_open_and_says_so(storage: OpenStorage) -> None:
    runs: list[int] = []

    def work(uow: UnitOfWork) -> None:
        runs.append(1)
        for statement in END_AT_COMMIT.split(";\n"):
            ask(uow, statement)

    with pytest.raises(CommitUncertain):
        await storage.run(work)
    assert runs == [1], "what may stand is not done a second time"
    ada = Request(Person(Address("sandbox", "ada"), "Ada"), Call("list"), NOW)
    dispatcher = Dispatcher(Failing(storage, work), Config())
    answer = await dispatcher.answer(ada)
    assert isinstance(answer, View)
    assert "it may still have worked" in plain(Locale(), answer)


@dataclass
class Failing:
    """A storage on which something else happens to every work."""

    storage: OpenStorage
    instead: Callable[[UnitOfWork], Any]

    async def run(self, work: Callable[[UnitOfWork], Any]) -> Any:
        return await self.storage.run(lambda uow: (work(uow), self.instead(uow)))


def open_meeting(uow: UnitOfWork) -> None:
    ask(uow, "CREATE SEQUENCE arrivals")


def meet(uow: UnitOfWork) -> None:
    """Waits, in the middle of a transaction, until two have been here; a sequence is seen across transactions."""
    ask(uow, "SELECT nextval('arrivals')")
    while ask(uow, "SELECT last_value FROM arrivals").scalar() < 2:
        ask(uow, "SELECT pg_sleep(0.01)")


@only_postgresql
async def test_a_deadlock_is_run_again_and_both_stand(storage: OpenStorage) -> None:
    one, two = await storage.run(lambda uow: (published(uow), published(uow)))
    await storage.run(open_meeting)
    runs: list[str] = []

    def locking(name: str, *order: int) -> Callable[[UnitOfWork], None]:
        def work(uow: UnitOfWork) -> None:
            runs.append(name)
            for each in order:
                ask(uow, f"UPDATE gatherings SET note = note || '{name}' WHERE id = {each}")  # noqa: S608
                meet(uow)

        return work

    await asyncio.gather(storage.run(locking("a", one.id, two.id)), storage.run(locking("b", two.id, one.id)))
    # Once, as a rule: run again at once, it may also lock before the other has woken up, and give way again.
    assert len(runs) >= 3, "one of the two gave way"
    notes = await storage.run(lambda uow: [uow.gatherings.get(member.id) for member in (one, two)])
    assert [sorted(each.note) for each in notes if each] == [["a", "b"]] * 2


@only_postgresql
async def test_two_facilitators_at_once_do_not_undo_each_other(storage: OpenStorage) -> None:
    gathering = await storage.run(published)
    await storage.run(open_meeting)
    runs: list[str] = []

    def changing(name: str, **fields: Any) -> Callable[[UnitOfWork], None]:
        def work(uow: UnitOfWork) -> None:
            runs.append(name)
            read = uow.gatherings.get(gathering.id)
            assert read is not None
            meet(uow)
            uow.gatherings.save(replace(read, **fields))

        return work

    await asyncio.gather(
        storage.run(changing("cancels", status=Status.CANCELLED)), storage.run(changing("renames", title="Rest"))
    )
    assert len(runs) == 3
    now = await storage.run(lambda uow: uow.gatherings.get(gathering.id))
    assert now == replace(gathering, status=Status.CANCELLED, title="Rest", revision=2)


@only_postgresql
async def test_a_work_that_can_never_stand_is_given_up(storage: OpenStorage) -> None:
    runs: list[int] = []

    def work(uow: UnitOfWork) -> None:
        runs.append(1)
        ask(uow, "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = 'serialization_failure'; END $$")

    with pytest.raises(Exception, match="again"):
        await storage.run(work)
    assert len(runs) == postgres.ATTEMPTS
    assert await storage.run(hears("k"))


async def test_a_database_that_is_gone_is_said_so(brisk: OpenStorage, databases: Databases, server_url: str) -> None:
    databases.remove(server_url)
    with pytest.raises(CommitFailed, match="refuses"):
        await brisk.run(hears("k"))


@only_sqlite
async def test_a_loop_that_ends_leaves_nobody_waiting(database_url: str, gate: Gate) -> None:
    storage = await open_storage(database_url, [KEY])
    gated = asyncio.create_task(storage.run(gate.work))
    await gate.is_entered()
    waiting = asyncio.create_task(storage.run(hears("k")))
    await asyncio.sleep(0)
    for each in (gated, waiting):
        each.cancel()  # as asyncio.run does with every task at its end
    told = await asyncio.gather(gated, waiting, return_exceptions=True)
    assert [type(each) for each in told] == [asyncio.CancelledError] * 2
    gate.opened.set()
    assert await storage.run(hears("k"))
    await storage.close()


def registers(gathering: int, *, until: str = "") -> Callable[[UnitOfWork], bool]:
    """A work that registers Ada if that is possible; it lets `until` become the status after it has read."""
    runs = []

    def work(uow: UnitOfWork) -> bool:
        runs.append(1)
        found = uow.gatherings.get(gathering)
        assert found is not None
        while until and len(runs) == 1:
            if ask(uow, f"SELECT status FROM gatherings WHERE id = {gathering}").scalar() == until:  # noqa: S608
                break
            ask(uow, "SELECT pg_sleep(0.01)")
        if found.status is not Status.PUBLISHED:
            return False
        uow.registrations.add(greeted(uow).id, [gathering], NOW)
        uow.gatherings.lock_unchanged([found])
        return True

    return work


def cancels(gathering: int) -> Callable[[UnitOfWork], int]:
    """A work that cancels, and counts whom it then tells."""

    def work(uow: UnitOfWork) -> int:
        found = uow.gatherings.get(gathering)
        assert found is not None
        uow.gatherings.save(replace(found, status=Status.CANCELLED))
        return len(uow.registrations.registrants(gathering))

    return work


@only_postgresql
async def test_nobody_registers_for_what_was_cancelled_meanwhile(storage: OpenStorage) -> None:
    gathering = await storage.run(published)
    registering = asyncio.create_task(storage.run(registers(gathering.id, until="cancelled")))
    await asyncio.sleep(0.1)
    assert await storage.run(cancels(gathering.id)) == 0
    assert not await registering


@only_postgresql
async def test_who_is_registering_is_told_of_a_cancellation(storage: OpenStorage) -> None:
    gathering = await storage.run(published)

    registered = asyncio.Event()

    def slowly(uow: UnitOfWork) -> bool:
        done = registers(gathering.id)(uow)
        registered.set()
        ask(uow, "SELECT pg_sleep(0.4)")
        return done

    registering = asyncio.create_task(storage.run(slowly))
    await registered.wait()
    assert await storage.run(cancels(gathering.id)) == 1
    assert await registering


@only_sqlite
async def test_a_batch_that_broke_off_leaves_nothing_to_the_next(database_url: str) -> None:
    storage = await open_storage(database_url, [KEY])
    assert await storage.run(hears("before"))

    def breaks_off(uow: UnitOfWork) -> None:
        raw = storage._thread.raw()  # type: ignore[attr-defined]
        raw.execute("COMMIT")  # as SQLite may end a transaction by itself
        raise RuntimeError("broken off")

    with pytest.raises(CommitFailed, match="broken off"):
        await storage.run(breaks_off)
    assert storage._sqlalchemy is None  # type: ignore[attr-defined]
    assert await storage.run(hears("after"))
    await storage.close()


async def test_closing_does_not_wait_for_a_lock_that_nobody_gives_back(server_url: str) -> None:
    storage = await open_storage(server_url, [KEY])
    holder = await asyncpg.connect(server_url)
    await holder.execute("BEGIN; LOCK TABLE notices IN ACCESS EXCLUSIVE MODE")
    waiting = asyncio.create_task(storage.run(lambda uow: uow.notifications.last_id()))
    await asyncio.sleep(0.1)
    try:
        async with asyncio.timeout(postgres.CLOSE_TIMEOUT + 20):  # far less than the lock is waited for
            await storage.close()
        assert not waiting.done()
    finally:
        await holder.close()
        await asyncio.gather(waiting, return_exceptions=True)
        await storage.close()  # the connection that was in use
