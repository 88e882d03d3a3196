"""Suggestions, and the posts that stay in step."""

from __future__ import annotations

from bot.addresses import Address
from bot.announcements import Announcement
from bot.gatherings import Status
from bot.ports import Books
from bot.topics import Topic
from storage.engine import OpenStorage
from tests.storage.examples import HOUR, NOW, greeted, plan, published

GENERAL = Address("slack", "T1/C789")
LOBBY = Address("discord", "#4000")


async def test_a_suggestion_is_kept_once_while_it_is_open(storage: OpenStorage) -> None:
    def work(books: Books) -> None:
        ada, bo = greeted(books), greeted(books, "U2")
        topic = books.suggest(ada.id, "Forgiveness", NOW)
        assert topic == Topic(topic.id if topic else 0, "Forgiveness", NOW)
        assert books.suggest(ada.id, "forgiveness", NOW) is None, "the same in other letters"
        assert books.suggest(ada.id, "Letting go", NOW) is not None
        assert books.suggest(bo.id, "Forgiveness", NOW) is not None
        assert [books.open_topics(each.id) for each in (ada, bo)] == [2, 1]

    await storage.run(work)


async def test_one_announcement_for_each_channel(storage: OpenStorage) -> None:
    def work(books: Books) -> None:
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
    def work(books: Books) -> None:
        series = books.add([plan("one", HOUR), plan("two", HOUR * 2)], Status.PUBLISHED)
        other = published(books)
        about = [books.announce(series[0].id, GENERAL), books.announce(series[1].id, LOBBY)]
        books.announce(other.id, GENERAL)
        for part in series:
            assert books.announcements(part) == about

    await storage.run(work)
