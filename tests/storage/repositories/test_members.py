"""Members: creating, settings, the team, and interactions claimed once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.addresses import Address
from bot.members.model import NAME_LIMIT, Member, MemberSettings, Person
from bot.secrets import LinkKey
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage, open_storage
from tests.databases import KEY
from tests.storage.examples import MINUTE, NOW, greeted, person, published
from tests.storage.recorded import record_statements
from tests.storage.transaction import in_transaction

DAY = timedelta(days=1)


async def test_a_member_is_made_on_first_sight_and_known_ever_after(storage: OpenStorage) -> None:
    ada = await storage.run(lambda uow: uow.members.get_or_create(person(language="es", zone="Europe/Madrid"), NOW))
    known = Member(ada.id, "Ada Lovelace", Address("slack", "T1/U1"), language="es", zone="Europe/Madrid")
    assert ada == replace(known, calendar=ada.calendar)
    assert await storage.run(lambda uow: uow.members.get_or_create(person(), NOW + DAY)) == ada
    assert await storage.run(lambda uow: uow.members.get(ada.id)) == ada
    assert await storage.run(lambda uow: uow.members.get(ada.id + 1)) is None


async def test_two_people_are_two_members(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> set[int]:
        return {greeted(uow, "U1").id, greeted(uow, "U2").id, greeted(uow, "1", platform="discord").id}

    assert len(await storage.run(work)) == 3


@in_transaction
def test_name_language_and_zone_follow_what_the_platform_says(uow: UnitOfWork) -> None:
    uow.members.get_or_create(person(language="es", zone="Europe/Madrid"), NOW)
    after = uow.members.get_or_create(person(name="Ada King", zone="Europe/London"), NOW)
    assert (after.name, after.language, after.zone) == ("Ada King", "es", "Europe/London")
    # Discord says nothing of a zone, and a name may be missing: what was known stays.
    silent = uow.members.get_or_create(person(name=""), NOW)
    assert (silent.name, silent.language, silent.zone) == ("Ada King", "es", "Europe/London")
    assert uow.members.get(after.id) == silent


async def test_a_name_is_kept_short_and_printable(storage: OpenStorage) -> None:
    ada = await storage.run(lambda uow: uow.members.get_or_create(person(name="A\u202eda\n" + "a" * 200), NOW))
    assert ada.name == "Ada" + "a" * (NAME_LIMIT - 3)


async def test_an_unchanged_member_is_read_once_and_not_written(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> list[tuple[str, object]]:
        greeted(uow)
        with record_statements(uow) as executed:
            greeted(uow)
        return executed

    ((statement, _),) = await storage.run(work)
    assert statement.startswith("SELECT")


async def test_the_same_person_met_by_many_at_once_is_one_member(database_url: str) -> None:
    both = [await open_storage(database_url, [KEY]) for _ in range(2)]
    members = await asyncio.gather(*(storage.run(greeted) for storage in both * 20))
    assert len({member.id for member in members}) == 1
    for storage in both:
        await storage.close()


async def test_settings_are_kept_as_chosen(storage: OpenStorage) -> None:
    chosen = MemberSettings(
        "es", "America/Bogota", frozenset({MINUTE * 10, DAY}), by_direct_message=False, afterwards=False
    )

    def work(uow: UnitOfWork) -> None:
        ada, bo = greeted(uow), greeted(uow, "U2")
        assert ada.settings == MemberSettings()
        uow.members.save_settings(ada.id, chosen)
        assert greeted(uow).settings == chosen
        assert greeted(uow, "U2") == bo
        uow.members.save_settings(ada.id, MemberSettings())
        assert greeted(uow) == ada

    await storage.run(work)


@in_transaction
def test_that_someone_was_not_reached_is_remembered_until_told(uow: UnitOfWork) -> None:
    ada = greeted(uow)
    uow.members.mark_unreached(ada.id, unreached=True)
    assert greeted(uow).unreached
    uow.members.mark_unreached(ada.id, unreached=False)
    assert greeted(uow) == ada


async def test_the_team(storage: OpenStorage) -> None:
    frances = person("U9", "Frances")

    def work(uow: UnitOfWork) -> None:
        assert uow.facilitators.addresses() == []
        assert uow.facilitators.add(frances.address), "before she ever wrote"
        assert not uow.facilitators.add(frances.address)
        assert uow.facilitators.add(Address("discord", "42"))
        assert uow.facilitators.addresses() == [Address("discord", "42"), frances.address]
        assert uow.facilitators.members([]) == {}, "nobody can be reached who never wrote"
        assert uow.members.get_or_create(frances, NOW).facilitates
        assert not greeted(uow).facilitates
        on_team, other = uow.members.get_or_create(frances, NOW), greeted(uow)
        assert uow.facilitators.members([]) == {on_team.id: frances.address}
        named = [other.address, frances.address]
        assert uow.facilitators.members(named) == {on_team.id: frances.address, other.id: other.address}, "once each"
        assert uow.facilitators.remove(frances.address)
        assert not uow.facilitators.remove(frances.address)
        assert not uow.members.get_or_create(frances, NOW).facilitates

    await storage.run(work)


async def test_an_interaction_is_claimed_once(storage: OpenStorage) -> None:
    assert await storage.run(lambda uow: uow.members.claim_interaction("slack:abc", NOW))
    assert not await storage.run(lambda uow: uow.members.claim_interaction("slack:abc", NOW + MINUTE))
    assert await storage.run(lambda uow: uow.members.claim_interaction("slack:abd", NOW))


async def test_an_interaction_received_by_two_processes_is_claimed_by_one(database_url: str) -> None:
    both = [await open_storage(database_url, [KEY]) for _ in range(2)]
    claims = await asyncio.gather(
        *(storage.run(lambda uow: uow.members.claim_interaction("k", NOW)) for storage in both * 20)
    )
    assert claims.count(True) == 1
    for storage in both:
        await storage.close()


async def test_what_failed_was_not_claimed(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        assert uow.members.claim_interaction("k", NOW)
        raise LookupError("something else went wrong")

    for _ in range(2):
        try:
            await storage.run(work)
        except LookupError:
            continue


@in_transaction
def test_pruning_forgets_after_a_day_and_a_bounded_number_at_once(uow: UnitOfWork) -> None:
    for number in range(1200):
        uow.members.claim_interaction(f"old-{number}", NOW - DAY - MINUTE)
    uow.members.claim_interaction("young", NOW - DAY + MINUTE)
    uow.maintenance.prune(NOW)
    again = [uow.members.claim_interaction(f"old-{number}", NOW) for number in range(1200)]
    assert again.count(True) == 1000
    uow.maintenance.prune(NOW)
    assert not uow.members.claim_interaction("young", NOW)


async def test_a_person_is_their_address(storage: OpenStorage) -> None:
    """The same account number on two platforms is two people."""
    one = await storage.run(lambda uow: uow.members.get_or_create(Person(Address("discord", "42"), "Ada"), NOW))
    other = await storage.run(lambda uow: uow.members.get_or_create(Person(Address("sandbox", "42"), "Bo"), NOW))
    assert one.id != other.id


@in_transaction
def test_a_renewed_calendar_has_one_link_and_nobody_elses(uow: UnitOfWork) -> None:
    ada, bo = greeted(uow), greeted(uow, "U2")
    assert uow.members.calendar_owner(ada.calendar) == ada
    assert len(ada.calendar.nonce) * 6 >= 64, "bits"
    for link in (LinkKey(ada.id), LinkKey(ada.id, bo.calendar.nonce), LinkKey(0), LinkKey(2**31 - 1, "n")):
        assert uow.members.calendar_owner(link) is None
    renewed = uow.members.renew_calendar(ada.id)
    assert uow.members.calendar_owner(ada.calendar) is None
    assert uow.members.calendar_owner(renewed) == greeted(uow)
    assert uow.members.calendar_owner(bo.calendar) == bo


@in_transaction
def test_a_calendar_is_renewed_when_two_members_merge(uow: UnitOfWork) -> None:
    ada, bo = greeted(uow), greeted(uow, "U2")
    uow.accounts.merge(ada.id, bo.id, NOW)
    assert [uow.members.calendar_owner(member.calendar) for member in (ada, bo)] == [None, None]
    assert uow.members.calendar_owner(greeted(uow).calendar) == greeted(uow)


@in_transaction
def test_facilitating_belongs_to_the_address_and_is_not_inherited(uow: UnitOfWork) -> None:
    frances, mallory = person("U9", "Frances"), person("42", "Mallory", "discord")
    uow.facilitators.add(frances.address)
    kept, gone = uow.members.get_or_create(frances, NOW), uow.members.get_or_create(mallory, NOW)
    uow.accounts.merge(kept.id, gone.id, NOW)
    assert uow.members.get_or_create(frances, NOW).facilitates
    assert not uow.members.get_or_create(mallory, NOW).facilitates
    assert uow.facilitators.members([]) == {kept.id: frances.address}, "reached there, though they wrote last elsewhere"
    assert [identity.name for identity in uow.accounts.identities(kept.id)] == ["Mallory", "Frances"]


async def test_who_never_did_anything_goes_in_time_and_nobody_else(storage: OpenStorage) -> None:
    retention = timedelta(days=30)
    named = Address("slack", "T1/U5")

    def work(uow: UnitOfWork) -> None:
        people = [uow.members.get_or_create(person(f"U{number}"), NOW) for number in range(7)]
        idle, returning, registered, voting, on_team, by_name, connected = people
        uow.registrations.add(registered.id, [published(uow).id], NOW)
        uow.topics.suggest(voting.id, "Silence", NOW)
        uow.facilitators.add(on_team.address)
        other = uow.members.get_or_create(person("U8"), NOW)
        uow.accounts.merge(connected.id, other.id, NOW)
        uow.accounts.save_code(idle.id, "digest", NOW + DAY)
        uow.members.get_or_create(person("U1"), NOW + DAY)
        assert returning.address == Address("slack", "T1/U1")
        uow.maintenance.prune(NOW + retention, retention=retention, spared=[named])
        assert all(uow.members.get(member.id) for member in people), "not yet"
        later = NOW + retention + timedelta(hours=2)
        uow.maintenance.prune(later, retention=retention, spared=[named])
        gone = [member.id for member in people if uow.members.get(member.id) is None]
        assert gone == [idle.id, connected.id]
        assert uow.accounts.addresses(idle.id) == uow.accounts.addresses(connected.id) == []
        assert by_name.id not in gone
        again = uow.members.get_or_create(person("U0"), later)
        assert again.id not in [member.id for member in people], "a button of theirs works as if they were new"

    await storage.run(work)
