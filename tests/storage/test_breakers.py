"""Open breakers are kept once a scope, tried by one worker at a time, and let go of what waited."""

from __future__ import annotations

from dataclasses import replace

from bot.notifications.breaker import POSTPONED, on_trial, opened
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from tests.storage.examples import HOUR, MINUTE, NOW, greeted, notice, published


async def test_one_a_scope_and_one_trial_at_a_time(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        first, second = opened("slack/T1", "rate_limited", NOW), opened("discord", "flagged", NOW)
        assert books.open_breaker(first)
        assert books.open_breaker(second)
        assert not books.open_breaker(replace(first, why="another"))
        assert books.breakers() == [second, first]
        assert books.breaker("slack/T1") == first
        assert books.breaker("slack/T2") is None
        tried = on_trial(first, NOW + 2 * MINUTE)
        assert books.begin_trial(first, tried)
        assert not books.begin_trial(first, tried), "another worker saw it as it was before"
        assert books.breaker("slack/T1") == tried
        assert books.close_breaker("slack/T1", NOW)
        assert not books.close_breaker("slack/T1", NOW)
        assert books.breakers() == [second]

    await storage.run(work)


async def test_what_waited_is_due_once_it_closes_and_counts_neither_as_tried_nor_for_the_pace(
    storage: OpenStorage,
) -> None:
    def work(books: UnitOfWork) -> None:
        gathering, member = published(books), greeted(books)
        books.post([notice(gathering, "a", member=member.id), notice(gathering, "b", member=member.id)])
        first, second = books.claim(NOW, HOUR, "w1", {"slack": 9})
        books.open_breaker(opened("slack/T1", "rate_limited", NOW))
        assert books.postpone(first, "w1", NOW + HOUR, why=POSTPONED)
        assert not books.postpone(first, "w1", NOW + HOUR, why=POSTPONED), "it is nobody's any more"
        assert books.retry(second, "w1", NOW + HOUR, in_doubt=False, why="503")
        assert books.lately("slack", NOW - MINUTE, NOW + MINUTE) == 1
        assert books.claim(NOW + MINUTE, HOUR, "w1", {"slack": 9}) == []
        books.close_breaker("slack/T1", NOW + MINUTE)
        (again,) = books.claim(NOW + MINUTE, HOUR, "w1", {"slack": 9})
        assert (again.notice.key, again.attempts, again.in_doubt) == (first.notice.key, 1, False)

    await storage.run(work)


async def test_whoever_begins_still_holds_it(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering, member = published(books), greeted(books)
        books.post([notice(gathering, "a", member=member.id)])
        (held,) = books.claim(NOW, MINUTE, "w1", {"slack": 9})
        assert books.begin(held, "w1", NOW, MINUTE)
        assert not books.begin(held, "w2", NOW, MINUTE)
        assert not books.begin(held, "w1", NOW + MINUTE, MINUTE), "its lease is over, though nobody took it yet"
        (taken,) = books.claim(NOW + MINUTE, MINUTE, "w2", {"slack": 9})
        assert (taken.in_doubt, taken.began_at) == (True, NOW), "where the send in doubt is to be looked for"
        assert not books.begin(held, "w1", NOW + MINUTE, MINUTE)
        (again,) = books.claim(NOW + 2 * MINUTE, MINUTE, "w1", {"slack": 9})
        assert again.began_at == NOW, "looking did not move it"
        assert books.begin(again, "w1", NOW + 2 * MINUTE, MINUTE)
        (last,) = books.claim(NOW + 4 * MINUTE, MINUTE, "w1", {"slack": 9})
        assert last.began_at == NOW + 2 * MINUTE

    await storage.run(work)


async def test_the_last_notice_rises_with_each_that_is_posted(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering, member = published(books), greeted(books)
        before = books.last_notice()
        books.post([notice(gathering, "a", member=member.id)])
        after = books.last_notice()
        assert after > before
        books.post([notice(gathering, "a", member=member.id)])
        books.claim(NOW, MINUTE, "w1", {"slack": 9})
        assert books.last_notice() == after

    await storage.run(work)
