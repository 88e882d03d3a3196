"""What is forgotten on request, and what in time; and what stays."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import func, select

from bot.accounts import model as account_model
from bot.gatherings.model import Status
from bot.unit_of_work import UnitOfWork
from storage.books import forgetting
from storage.engine.open import OpenStorage
from storage.schema import metadata, notices
from tests.databases import stored_bytes
from tests.storage.examples import HOUR, LINK, MINUTE, NOW, greeted, notice, person, plan, published

YEAR = timedelta(days=365)


def everything(books: UnitOfWork, name: str = "Ada Lovelace") -> int:
    """A member with something in every table, in a gathering past and one to come."""
    past = published(books, "Past", -HOUR * 5, link=LINK)
    coming = published(books, "Coming")
    ada = books.greet(person(name=name), NOW)
    books.add_facilitator(person().address)
    books.register(ada.id, [past.id, coming.id], NOW)
    books.admit(ada.id, past.id, NOW)
    books.post([notice(past, "past", member=ada.id), notice(coming, "coming", member=ada.id)])
    books.suggest(ada.id, "Silence", NOW)
    books.keep_code(ada.id, account_model.digest("x"), NOW + HOUR)
    books.wrong_code(ada.id, NOW)
    other = greeted(books, "U2")
    books.register(other.id, [coming.id], NOW + MINUTE)
    books.become_one(ada.id, other.id)
    return ada.id


async def test_nothing_of_a_forgotten_member_is_left(storage: OpenStorage, database_url: str) -> None:
    name = "Augusta-Ada-of-Lovelace"

    def work(books: UnitOfWork) -> None:
        ada = everything(books, name)
        keeps = {
            table.name: books._connection.execute(select(func.count()).where(table.c.member == ada)).scalar()  # type: ignore[attr-defined]
            for table in metadata.tables.values()
            if "member" in table.c
        }
        assert keeps["identities"] == 2
        books.forget(ada, NOW)
        for table in metadata.tables.values():
            if "member" in table.c:
                assert books._connection.execute(select(func.count()).select_from(table)).scalar() == 0, table.name  # type: ignore[attr-defined]
        assert books.member(ada) is None
        assert books.facilitators() == []
        assert books.topics(limit=5)[0].votes == 1, "counts stay"
        past, coming = books.shown(NOW - HOUR * 9, limit=5)
        assert (past.former_registrants, past.admitted) == (1, 1)
        assert (coming.former_registrants, coming.admitted) == (0, 0)
        assert greeted(books).id != ada
        assert not greeted(books).facilitates

    await storage.run(work)
    await storage.close()
    if not database_url.startswith("sqlite"):  # SQLite leaves deleted bytes in free pages
        assert name.encode() not in await stored_bytes(database_url)


async def test_nobody_fills_the_house_by_being_forgotten_and_coming_again(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        live = published(books, "Live", MINUTE)
        over = published(books, "Over", -HOUR * 5)
        other = greeted(books, "U2")
        books.register(other.id, [live.id], NOW)
        assert books.admit(other.id, live.id, NOW)
        for _ in range(4):
            ada = greeted(books)
            books.register(ada.id, [live.id, over.id], NOW)
            for each in (live, over):
                assert books.admit(ada.id, each.id, NOW)
            assert (books.gathering(live.id) or live).admitted == 2, "one place each"
            books.forget(ada.id, NOW)
        assert (books.gathering(live.id) or live).admitted == 1
        assert (books.gathering(over.id) or over).admitted == 4, "counts of what is over stay"

    await storage.run(work)


async def test_the_export_holds_everything_and_no_link(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        file = account_model.export_json(books.dossier(everything(books)))
        kept = json.loads(file)
        assert kept["name"] == "Ada Lovelace"
        assert kept["addresses"] == ["slack:T1/U1", "slack:T1/U2"]
        assert kept["facilitator"]
        assert [(each["title"], bool(each["came_in_at"])) for each in kept["gatherings"]] == [
            ("Past", True),
            ("Coming", False),
        ]
        assert len(kept["messages"]) == 2
        assert kept["topics"][0]["suggested"]
        assert LINK.reveal().encode() not in file
        assert LINK.passcode().encode() not in file

    await storage.run(work)


async def test_in_time_everybody_is_forgotten_and_counts_stay(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        old = published(books, "Old", -YEAR - HOUR * 2)
        young = published(books, "Young", -YEAR + HOUR)
        for gathering in (old, young):
            for number in range(3):
                member = greeted(books, f"U{number}")
                books.register(member.id, [gathering.id], NOW)
                books.admit(member.id, gathering.id, NOW)
                books.post([notice(gathering, f"{gathering.id}-{number}", member=member.id)])
            books.send_message(books.draft_message(gathering.id, "Hello", NOW).id, NOW)
        books.prune(NOW)
        assert len(books.roster(old.id)) == 3, "without a retention nothing goes"
        for _ in range(3):
            books.prune(NOW, retention=YEAR)
        kept = books.gathering(old.id)
        assert kept is not None
        assert (books.roster(old.id), kept.former_registrants, kept.admitted) == ([], 3, 3)
        assert books.message(1) is None
        assert len(books.roster(young.id)) == 3
        assert books.message(2) is not None
        left = books._connection.execute(select(notices.c.gathering).distinct()).scalars().all()  # type: ignore[attr-defined]
        assert left == [young.id]

    await storage.run(work)


async def test_forgetting_is_bounded_at_a_time(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = books.add([plan("Old", -YEAR - HOUR * 2)], Status.PUBLISHED)[0]
        member = greeted(books)
        many = forgetting.PRUNED_AT_ONCE * 2 + 5
        books.post([notice(gathering, f"k{each}", member=member.id) for each in range(many)])
        books.register(member.id, [gathering.id], NOW)
        left = []
        for _ in range(4):
            books.prune(NOW, retention=YEAR)
            left.append(books._connection.execute(select(func.count()).select_from(notices)).scalar())  # type: ignore[attr-defined]
        assert left == [many - forgetting.PRUNED_AT_ONCE, 5, 0, 0]
        kept = books.gathering(gathering.id)
        assert kept is not None
        assert kept.former_registrants == 1

    await storage.run(work)


async def test_drafts_of_messages_go_after_a_day(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        draft, sent = (books.draft_message(gathering.id, each, NOW) for each in ("one", "two"))
        assert books.send_message(sent.id, NOW)
        assert not books.send_message(sent.id, NOW)
        assert not books.discard_message(sent.id)
        books.prune(NOW + timedelta(days=1, seconds=1))
        assert books.message(draft.id) is None
        kept = books.message(sent.id)
        assert kept is not None
        assert (kept.text, kept.sent_at) == ("two", NOW)
        assert "two" not in repr(kept)

    await storage.run(work)
