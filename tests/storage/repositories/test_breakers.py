"""Circuit breakers: one a scope, one trial at a time, and what they postponed is released when they close."""

from __future__ import annotations

from dataclasses import replace

from bot.notifications.breaker import POSTPONED, on_trial, opened
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from tests.storage.examples import HOUR, MINUTE, NOW, greeted, notice, published


async def test_one_a_scope_and_one_trial_at_a_time(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        first, second = opened("slack/T1", "rate_limited", NOW), opened("discord", "flagged", NOW)
        assert uow.breakers.open(first)
        assert uow.breakers.open(second)
        assert not uow.breakers.open(replace(first, why="another"))
        assert uow.breakers.list_open() == [second, first]
        assert uow.breakers.get("slack/T1") == first
        assert uow.breakers.get("slack/T2") is None
        tried = on_trial(first, NOW + 2 * MINUTE)
        assert uow.breakers.begin_trial(first, tried)
        assert not uow.breakers.begin_trial(first, tried), "another worker saw it as it was before"
        assert uow.breakers.get("slack/T1") == tried
        assert uow.breakers.close("slack/T1", NOW)
        assert not uow.breakers.close("slack/T1", NOW)
        assert uow.breakers.list_open() == [second]

    await storage.run(work)


async def test_what_waited_is_due_once_it_closes_and_counts_neither_as_tried_nor_for_the_rate_limit(
    storage: OpenStorage,
) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering, member = published(uow), greeted(uow)
        uow.notifications.add([notice(gathering, "a", member=member.id), notice(gathering, "b", member=member.id)])
        first, second = uow.notifications.claim(NOW, HOUR, "w1", {"slack": 9})
        uow.breakers.open(opened("slack/T1", "rate_limited", NOW))
        assert uow.notifications.postpone(first, "w1", NOW + HOUR, why=POSTPONED)
        assert not uow.notifications.postpone(first, "w1", NOW + HOUR, why=POSTPONED), "it is nobody's any more"
        assert uow.notifications.retry(second, "w1", NOW + HOUR, in_doubt=False, why="503")
        assert uow.notifications.count_recent("slack", NOW - MINUTE, NOW + MINUTE) == 1
        assert uow.notifications.claim(NOW + MINUTE, HOUR, "w1", {"slack": 9}) == []
        uow.breakers.close("slack/T1", NOW + MINUTE)
        (again,) = uow.notifications.claim(NOW + MINUTE, HOUR, "w1", {"slack": 9})
        assert (again.notification.key, again.attempts, again.in_doubt) == (first.notification.key, 1, False)

    await storage.run(work)


async def test_whoever_begins_still_holds_it(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering, member = published(uow), greeted(uow)
        uow.notifications.add([notice(gathering, "a", member=member.id)])
        (held,) = uow.notifications.claim(NOW, MINUTE, "w1", {"slack": 9})
        assert uow.notifications.begin_send(held, "w1", NOW, MINUTE)
        assert not uow.notifications.begin_send(held, "w2", NOW, MINUTE)
        assert not uow.notifications.begin_send(held, "w1", NOW + MINUTE, MINUTE), (
            "its lease is over, though nobody took it yet"
        )
        (taken,) = uow.notifications.claim(NOW + MINUTE, MINUTE, "w2", {"slack": 9})
        assert (taken.in_doubt, taken.began_at) == (True, NOW), "when the send in doubt began"
        assert not uow.notifications.begin_send(held, "w1", NOW + MINUTE, MINUTE)
        (again,) = uow.notifications.claim(NOW + 2 * MINUTE, MINUTE, "w1", {"slack": 9})
        assert again.began_at == NOW, "a claim does not change it"
        assert uow.notifications.begin_send(again, "w1", NOW + 2 * MINUTE, MINUTE)
        (last,) = uow.notifications.claim(NOW + 4 * MINUTE, MINUTE, "w1", {"slack": 9})
        assert last.began_at == NOW + 2 * MINUTE

    await storage.run(work)


async def test_the_last_id_rises_with_each_that_is_added(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering, member = published(uow), greeted(uow)
        before = uow.notifications.last_id()
        uow.notifications.add([notice(gathering, "a", member=member.id)])
        after = uow.notifications.last_id()
        assert after > before
        uow.notifications.add([notice(gathering, "a", member=member.id)])
        uow.notifications.claim(NOW, MINUTE, "w1", {"slack": 9})
        assert uow.notifications.last_id() == after

    await storage.run(work)
