"""Suggestions, and the posts that stay in step."""

from __future__ import annotations

from dataclasses import replace

from bot.addresses import Address
from bot.announcements.model import Announcement, ScheduledAnnouncement
from bot.gatherings.model import Status
from bot.notifications.model import NotificationKind, Receipt
from bot.topics.model import Topic, TopicState
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from tests.storage.examples import HOUR, MINUTE, NOW, greeted, notice, plan, published

GENERAL = Address("slack", "T1/C789")
LOBBY = Address("discord", "#4000")


async def test_a_suggestion_is_kept_once_while_it_is_open(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        ada, bo = greeted(books), greeted(books, "U2")
        topic = books.suggest(ada.id, "Forgiveness", NOW)
        assert topic == Topic(topic.id if topic else 0, "Forgiveness", NOW)
        assert books.suggest(ada.id, "forgiveness", NOW) is None, "the same in other letters"
        assert books.suggest(ada.id, "Letting go", NOW) is not None
        assert books.suggest(bo.id, "Forgiveness", NOW) is not None
        assert [books.open_topics(each.id) for each in (ada, bo)] == [2, 1]

    await storage.run(work)


async def test_the_same_from_several_is_one_topic_with_their_votes(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        ada, bo, cy = (greeted(books, f"U{each}").id for each in range(3))
        silence = books.suggest(ada, "Silence", NOW)
        again = books.suggest(bo, "SILENCE ", NOW)
        noise = books.suggest(cy, "Noise", NOW)
        assert silence
        assert again
        assert noise
        assert (again.id, again.votes, again.text) == (silence.id, 2, "Silence")
        assert [each.id for each in books.topics(limit=5)] == [silence.id, noise.id]
        assert [each.id for each in books.topics(limit=5, offset=1)] == [noise.id]
        assert [each.id for each in books.others_topics(ada, limit=5)] == [noise.id]
        assert books.vote(noise.id, ada, NOW)
        assert not books.vote(noise.id, ada, NOW)
        assert books.open_topics(ada) == 1, "a vote is no suggestion"
        assert books.others_topics(ada, limit=5) == []
        assert set(books.voices(noise.id)) == {ada, cy}
        assert books.unvote(noise.id, ada)
        assert not books.unvote(noise.id, ada)

    await storage.run(work)


async def test_topics_are_closed_reopened_and_merged_once(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        ada, bo = greeted(books).id, greeted(books, "U2").id
        one, two = books.suggest(ada, "Silence", NOW), books.suggest(bo, "Being silent", NOW)
        assert one
        assert two
        books.vote(two.id, ada, NOW)
        draft = published(books)
        books.take_up(two.id, draft.id)
        assert not books.merge_topics(one.id, one.id)
        assert books.merge_topics(two.id, one.id)
        assert not books.merge_topics(two.id, one.id)
        merged = books.taken_up(draft.id)
        assert merged is not None
        assert (merged.id, merged.votes) == (one.id, 2)
        assert books.close_topic(one.id, TopicState.DECLINED)
        assert not books.close_topic(one.id, TopicState.DECLINED)
        assert books.topics(limit=5) == []
        assert books.reopen_topic(one.id)
        assert not books.reopen_topic(one.id)
        assert not books.reopen_topic(two.id), "merged is not declined"
        assert books.close_topic(one.id, TopicState.DECLINED)
        assert books.suggest(ada, "silence", NOW) is not None
        assert not books.reopen_topic(one.id), "the same was suggested anew"

    await storage.run(work)


async def test_a_draft_takes_its_topic_along(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        topic = books.suggest(greeted(books).id, "Silence", NOW)
        assert topic is not None
        draft = books.add([plan("Silence", HOUR)], Status.DRAFT)[0]
        books.take_up(topic.id, draft.id)
        books.discard(draft)
        assert books.taken_up(draft.id) is None
        assert books.topic(topic.id) == topic, "it waits as before"

    await storage.run(work)


async def test_what_is_planned_can_be_withdrawn_until_it_is_begun(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        kept = books.announce(gathering.id, GENERAL)
        later = notice(
            gathering,
            "a",
            kind=NotificationKind.ANNOUNCEMENT,
            announcement=kept.id,
            channel=GENERAL,
            due_at=NOW + MINUTE,
        )
        books.post([later])
        assert books.scheduled([gathering.id], NOW) == [ScheduledAnnouncement(kept, NOW + MINUTE)]
        assert books.scheduled([gathering.id], NOW + MINUTE) == []
        assert books.scheduled([], NOW) == []
        assert books.withdraw(kept.id)
        assert not books.withdraw(kept.id)
        assert books.announcements(gathering) == []
        kept = books.announce(gathering.id, GENERAL)
        books.post([replace(later, announcement=kept.id)])
        (claimed,) = books.claim(NOW + MINUTE, MINUTE, "w", {"slack": 5})  # the key is free again
        assert not books.withdraw(kept.id)
        books.retry(claimed, "w", NOW + MINUTE * 2, in_doubt=True, why="reset")
        assert not books.withdraw(kept.id), "it may stand already"
        (claimed,) = books.claim(NOW + MINUTE * 2, MINUTE, "w", {"slack": 5})
        books.settle(claimed, "w", Receipt.BLOCKED, NOW + MINUTE * 2, "not in the channel")
        assert books.withdraw(kept.id), "it came to nothing"
        assert books.announcements(gathering) == []

    await storage.run(work)


async def test_one_announcement_for_each_channel(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        first = books.announce(gathering.id, GENERAL)
        assert first == Announcement(first.id, gathering.id, GENERAL)
        assert books.announce(gathering.id, GENERAL) == first
        second = books.announce(gathering.id, LOBBY)
        assert books.announcements(gathering) == [first, second]
        books.posted(first.id, "1764784800.000100")
        assert books.announcement(first.id) == Announcement(first.id, gathering.id, GENERAL, "1764784800.000100")
        assert books.announce(gathering.id, GENERAL).message == "1764784800.000100"
        assert books.announcement(second.id) == second
        assert books.announcement(999) is None

    await storage.run(work)


async def test_every_part_finds_what_was_posted_about_its_series(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        series = books.add([plan("one", HOUR), plan("two", HOUR * 2)], Status.PUBLISHED)
        other = published(books)
        about = [books.announce(series[0].id, GENERAL), books.announce(series[1].id, LOBBY)]
        books.announce(other.id, GENERAL)
        for part in series:
            assert books.announcements(part) == about

    await storage.run(work)
