"""Ids of conversations: kept with the identity wherever it goes, erased with it, and known where they are missing."""

from __future__ import annotations

import json

from sqlalchemy import text

from bot.accounts import model as account_model
from bot.addresses import Address
from bot.gatherings.model import Status
from bot.members.model import Member, MemberSettings
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from tests.databases import stored_bytes
from tests.storage.examples import HOUR, NOW, greeted, person, plan, published
from tests.storage.transaction import in_transaction

ADA, GRACE = Address("discord", "42"), person("U2").address
SECRET_ID = "987650001234567890"


def coming(uow: UnitOfWork, account: str, *gatherings: int, platform: str = "discord") -> Member:
    member = greeted(uow, account, platform=platform)
    uow.registrations.add(member.id, gatherings, NOW)
    return member


@in_transaction
def test_the_id_is_kept_and_forgotten_only_while_it_is_still_that_one(uow: UnitOfWork) -> None:
    greeted(uow, "42", platform="discord")
    assert uow.conversations.get(ADA) == ""
    uow.conversations.save(ADA, "1")
    assert uow.conversations.get(ADA) == "1"
    uow.conversations.save(ADA, "2")
    uow.conversations.forget(ADA, "1")
    assert uow.conversations.get(ADA) == "2", "another worker has opened it anew"
    uow.conversations.save(ADA, "")
    assert uow.conversations.get(ADA) == "2"
    uow.conversations.forget(ADA, "2")
    assert uow.conversations.get(ADA) == ""


@in_transaction
def test_an_address_that_is_nobodys_keeps_nothing(uow: UnitOfWork) -> None:
    for nobody in (ADA, Address("discord", "#4000")):
        uow.conversations.save(nobody, "1")
        assert uow.conversations.get(nobody) == ""
        uow.conversations.forget(nobody, "1")
    assert greeted(uow, "42", platform="discord").address == ADA
    assert uow.conversations.get(ADA) == ""


@in_transaction
def test_who_is_to_be_opened_soonest_gathering_first(uow: UnitOfWork) -> None:
    later, soon = published(uow, "Later", HOUR * 30), published(uow, "Soon", HOUR * 2)
    past = published(uow, "Past", -HOUR * 5)
    draft = uow.gatherings.add([plan("Draft")], Status.DRAFT)[0]
    coming(uow, "1", later.id)
    coming(uow, "2", soon.id, later.id)
    coming(uow, "3", past.id, draft.id)
    coming(uow, "4", later.id)
    coming(uow, "U9", soon.id, platform="slack")
    greeted(uow, "5", platform="discord")
    quiet, unreached = coming(uow, "6", soon.id), coming(uow, "7", soon.id)
    uow.members.save_settings(quiet.id, MemberSettings(by_direct_message=False))
    uow.members.mark_unreached(unreached.id, unreached=True)

    def missing(limit: int = 9) -> list[str]:
        return [address.account for address in uow.conversations.missing("discord", NOW, limit)]

    assert missing() == ["2", "1", "4"]
    assert missing(1) == ["2"]
    assert uow.conversations.missing("slack", NOW, 9) == [person("U9").address]
    uow.conversations.save(Address("discord", "2"), "D2")
    assert missing() == ["1", "4"]
    uow.conversations.forget(Address("discord", "2"), "D2")
    uow.members.mark_unreached(unreached.id, unreached=False)
    assert missing() == ["2", "7", "1", "4"]
    uow.registrations.remove(greeted(uow, "1", platform="discord").id, [later.id])
    assert missing() == ["2", "7", "4"]


@in_transaction
def test_it_is_opened_where_its_member_wrote_last(uow: UnitOfWork) -> None:
    gathering = published(uow)
    ada, grace = coming(uow, "42", gathering.id), coming(uow, "U2", gathering.id, platform="slack")
    uow.accounts.merge(ada.id, grace.id, NOW)
    greeted(uow, "U2")
    assert uow.conversations.missing("discord", NOW, 9) == []
    assert uow.conversations.missing("slack", NOW, 9) == [GRACE]
    greeted(uow, "42", platform="discord")
    assert uow.conversations.missing("discord", NOW, 9) == [ADA]
    assert uow.conversations.missing("slack", NOW, 9) == []


@in_transaction
def test_it_stays_with_its_identity_when_members_connect_and_disconnect(uow: UnitOfWork) -> None:
    ada, grace = greeted(uow, "42", platform="discord"), greeted(uow, "U2")
    uow.conversations.save(ADA, "one")
    uow.conversations.save(GRACE, "two")
    uow.accounts.merge(ada.id, grace.id, NOW)
    assert (uow.conversations.get(ADA), uow.conversations.get(GRACE)) == ("one", "two")
    assert uow.accounts.disconnect(ada.id, GRACE) is not None
    assert (uow.conversations.get(ADA), uow.conversations.get(GRACE)) == ("one", "two")


async def test_it_is_in_the_export_and_goes_when_its_member_is_forgotten(
    storage: OpenStorage, database_url: str
) -> None:
    def work(uow: UnitOfWork) -> None:
        ada = greeted(uow, "42", platform="discord")
        uow.conversations.save(ADA, SECRET_ID)
        exported = json.loads(account_model.export_json(uow.accounts.export(ada.id)))
        assert exported["direct_message_conversations"] == {"discord:42": SECRET_ID}
        uow.accounts.forget(ada.id, NOW)
        assert uow.conversations.get(ADA) == ""
        left = uow.connection.execute(text("SELECT count(*) FROM identities")).scalar()  # type: ignore[attr-defined]
        assert left == 0

    await storage.run(work)
    await storage.close()
    if not database_url.startswith("sqlite"):  # SQLite's own bytes: test_erasing.py
        assert SECRET_ID.encode() not in await stored_bytes(database_url)
