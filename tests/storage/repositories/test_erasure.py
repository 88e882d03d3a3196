"""What is erased on request, and what after the retention; and what stays."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import func, select

from bot.accounts import model as account_model
from bot.gatherings.model import Status
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from storage.repositories import maintenance
from storage.schema import metadata, notices
from tests.databases import stored_bytes
from tests.storage.examples import HOUR, LINK, MINUTE, NOW, greeted, notice, person, plan, published
from tests.storage.transaction import in_transaction

YEAR = timedelta(days=365)


def everything(uow: UnitOfWork, name: str = "Ada Lovelace") -> int:
    """A member with something in every table, in a gathering past and one to come."""
    past = published(uow, "Past", -HOUR * 5, link=LINK)
    coming = published(uow, "Coming")
    ada = uow.members.get_or_create(person(name=name), NOW)
    uow.facilitators.add(person().address)
    uow.registrations.add(ada.id, [past.id, coming.id], NOW)
    uow.admission.admit(ada.id, past.id, NOW)
    uow.notifications.add([notice(past, "past", member=ada.id), notice(coming, "coming", member=ada.id)])
    uow.topics.suggest(ada.id, "Silence", NOW)
    uow.accounts.save_code(ada.id, account_model.code_digest("x"), NOW + HOUR)
    uow.accounts.record_wrong_code(ada.id, NOW)
    other = greeted(uow, "U2")
    uow.registrations.add(other.id, [coming.id], NOW + MINUTE)
    uow.accounts.merge(ada.id, other.id, NOW)
    return ada.id


async def test_nothing_of_a_forgotten_member_is_left(storage: OpenStorage, database_url: str) -> None:
    name = "Augusta-Ada-of-Lovelace"

    def work(uow: UnitOfWork) -> None:
        ada = everything(uow, name)
        rows = {
            table.name: uow.connection.execute(select(func.count()).where(table.c.member == ada)).scalar()  # type: ignore[attr-defined]
            for table in metadata.tables.values()
            if "member" in table.c
        }
        assert rows["identities"] == 2
        uow.accounts.forget(ada, NOW)
        for table in metadata.tables.values():
            if "member" in table.c:
                assert uow.connection.execute(select(func.count()).select_from(table)).scalar() == 0, table.name  # type: ignore[attr-defined]
        assert uow.members.get(ada) is None
        assert uow.facilitators.addresses() == []
        assert uow.topics.list_open(limit=5)[0].votes == 1, "counts stay"
        past, coming = uow.gatherings.public_since(NOW - HOUR * 9, limit=5)
        assert (past.former_registrants, past.admitted) == (1, 1)
        assert (coming.former_registrants, coming.admitted) == (0, 0)
        assert greeted(uow).id != ada
        assert not greeted(uow).facilitates

    await storage.run(work)
    await storage.close()
    if not database_url.startswith("sqlite"):  # SQLite leaves deleted bytes in free pages
        assert name.encode() not in await stored_bytes(database_url)


@in_transaction
def test_nobody_takes_more_places_by_being_forgotten_and_coming_again(uow: UnitOfWork) -> None:
    live = published(uow, "Live", MINUTE)
    over = published(uow, "Over", -HOUR * 5)
    other = greeted(uow, "U2")
    uow.registrations.add(other.id, [live.id], NOW)
    assert uow.admission.admit(other.id, live.id, NOW)
    for _ in range(4):
        ada = greeted(uow)
        uow.registrations.add(ada.id, [live.id, over.id], NOW)
        for gathering in (live, over):
            assert uow.admission.admit(ada.id, gathering.id, NOW)
        assert (uow.gatherings.get(live.id) or live).admitted == 2, "one place each"
        uow.accounts.forget(ada.id, NOW)
    assert (uow.gatherings.get(live.id) or live).admitted == 1
    assert (uow.gatherings.get(over.id) or over).admitted == 4, "counts of what is over stay"


@in_transaction
def test_the_export_holds_everything_and_no_link(uow: UnitOfWork) -> None:
    file = account_model.export_json(uow.accounts.export(everything(uow)))
    kept = json.loads(file)
    assert kept["name"] == "Ada Lovelace"
    assert kept["addresses"] == ["slack:T1/U1", "slack:T1/U2"]
    assert kept["facilitator"]
    assert [(gathering["title"], bool(gathering["came_in_at"])) for gathering in kept["gatherings"]] == [
        ("Past", True),
        ("Coming", False),
    ]
    assert len(kept["messages"]) == 2
    assert kept["topics"][0]["suggested"]
    assert LINK.reveal().encode() not in file
    assert LINK.passcode().encode() not in file


@in_transaction
def test_in_time_everybody_is_forgotten_and_counts_stay(uow: UnitOfWork) -> None:
    old = published(uow, "Old", -YEAR - HOUR * 2)
    young = published(uow, "Young", -YEAR + HOUR)
    for gathering in (old, young):
        for number in range(3):
            member = greeted(uow, f"U{number}")
            uow.registrations.add(member.id, [gathering.id], NOW)
            uow.admission.admit(member.id, gathering.id, NOW)
            uow.notifications.add([notice(gathering, f"{gathering.id}-{number}", member=member.id)])
        uow.messages.mark_sent(uow.messages.draft(gathering.id, "Hello", NOW).id, NOW)
    uow.maintenance.prune(NOW)
    assert len(uow.registrations.roster(old.id)) == 3, "without a retention nothing goes"
    for _ in range(3):
        uow.maintenance.prune(NOW, retention=YEAR)
    kept = uow.gatherings.get(old.id)
    assert kept is not None
    assert (uow.registrations.roster(old.id), kept.former_registrants, kept.admitted) == ([], 3, 3)
    assert uow.messages.get(1) is None
    assert len(uow.registrations.roster(young.id)) == 3
    assert uow.messages.get(2) is not None
    left = uow.connection.execute(select(notices.c.gathering).distinct()).scalars().all()  # type: ignore[attr-defined]
    assert left == [young.id]


@in_transaction
def test_forgetting_is_bounded_at_a_time(uow: UnitOfWork) -> None:
    gathering = uow.gatherings.add([plan("Old", -YEAR - HOUR * 2)], Status.PUBLISHED)[0]
    member = greeted(uow)
    many = maintenance.ROWS_PER_PRUNE * 2 + 5
    uow.notifications.add([notice(gathering, f"k{number}", member=member.id) for number in range(many)])
    uow.registrations.add(member.id, [gathering.id], NOW)
    left = []
    for _ in range(4):
        uow.maintenance.prune(NOW, retention=YEAR)
        left.append(uow.connection.execute(select(func.count()).select_from(notices)).scalar())  # type: ignore[attr-defined]
    assert left == [many - maintenance.ROWS_PER_PRUNE, 5, 0, 0]
    kept = uow.gatherings.get(gathering.id)
    assert kept is not None
    assert kept.former_registrants == 1


@in_transaction
def test_drafts_of_messages_go_after_a_day(uow: UnitOfWork) -> None:
    gathering = published(uow)
    draft, sent = (uow.messages.draft(gathering.id, each, NOW) for each in ("one", "two"))
    assert uow.messages.mark_sent(sent.id, NOW)
    assert not uow.messages.mark_sent(sent.id, NOW)
    assert not uow.messages.discard(sent.id)
    uow.maintenance.prune(NOW + timedelta(days=1, seconds=1))
    assert uow.messages.get(draft.id) is None
    kept = uow.messages.get(sent.id)
    assert kept is not None
    assert (kept.text, kept.sent_at) == ("two", NOW)
    assert "two" not in repr(kept)
