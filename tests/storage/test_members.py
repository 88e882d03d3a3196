"""Who is who: greeting, settings, the team, and what was heard before."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from bot.addresses import Address
from bot.members.model import NAME_LIMIT, Member, Person, Settings
from bot.secrets import LinkKey
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage, open_storage
from tests.databases import KEY
from tests.storage.examples import MINUTE, NOW, greeted, person, published

DAY = timedelta(days=1)


async def test_a_member_is_made_on_first_sight_and_known_ever_after(storage: OpenStorage) -> None:
    ada = await storage.run(lambda books: books.greet(person(language="es", zone="Europe/Madrid"), NOW))
    known = Member(ada.id, "Ada Lovelace", Address("slack", "T1/U1"), language="es", zone="Europe/Madrid")
    assert ada == replace(known, calendar=ada.calendar)
    assert await storage.run(lambda books: books.greet(person(), NOW + DAY)) == ada
    assert await storage.run(lambda books: books.member(ada.id)) == ada
    assert await storage.run(lambda books: books.member(ada.id + 1)) is None


async def test_two_people_are_two_members(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> set[int]:
        return {greeted(books, "U1").id, greeted(books, "U2").id, greeted(books, "1", platform="discord").id}

    assert len(await storage.run(work)) == 3


async def test_name_language_and_zone_follow_what_the_platform_says(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        books.greet(person(language="es", zone="Europe/Madrid"), NOW)
        after = books.greet(person(name="Ada King", zone="Europe/London"), NOW)
        assert (after.name, after.language, after.zone) == ("Ada King", "es", "Europe/London")
        # Discord says nothing of a zone, and a name may be missing: what was known stays.
        silent = books.greet(person(name=""), NOW)
        assert (silent.name, silent.language, silent.zone) == ("Ada King", "es", "Europe/London")
        assert books.member(after.id) == silent

    await storage.run(work)


async def test_a_name_is_kept_short_and_printable(storage: OpenStorage) -> None:
    ada = await storage.run(lambda books: books.greet(person(name="A\u202eda\n" + "a" * 200), NOW))
    assert ada.name == "Ada" + "a" * (NAME_LIMIT - 3)


async def test_greeting_somebody_unchanged_reads_once_and_writes_nothing(storage: OpenStorage) -> None:
    said: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        said.append(statement)

    def work(books: UnitOfWork) -> None:
        greeted(books)
        raw, connection = books._raw, books._connection  # type: ignore[attr-defined]
        if raw is not None:
            raw.set_trace_callback(said.append)
        else:
            event.listen(connection, "before_cursor_execute", note)
        greeted(books)
        if raw is not None:
            raw.set_trace_callback(None)
        else:
            event.remove(connection, "before_cursor_execute", note)

    await storage.run(work)
    assert len(said) == 1
    assert said[0].startswith("SELECT")


async def test_the_same_person_met_by_many_at_once_is_one_member(database_url: str) -> None:
    both = [await open_storage(database_url, [KEY]) for _ in range(2)]
    met = await asyncio.gather(*(each.run(greeted) for each in both * 20))
    assert len({member.id for member in met}) == 1
    for each in both:
        await each.close()


async def test_settings_are_kept_as_chosen(storage: OpenStorage) -> None:
    chosen = Settings("es", "America/Bogota", frozenset({MINUTE * 10, DAY}), by_direct_message=False, afterwards=False)

    def work(books: UnitOfWork) -> None:
        ada, bo = greeted(books), greeted(books, "U2")
        assert ada.settings == Settings()
        books.choose(ada.id, chosen)
        assert greeted(books).settings == chosen
        assert greeted(books, "U2") == bo
        books.choose(ada.id, Settings())
        assert greeted(books) == ada

    await storage.run(work)


async def test_that_someone_was_not_reached_is_remembered_until_told(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        ada = greeted(books)
        books.mark_unreached(ada.id, unreached=True)
        assert greeted(books).unreached
        books.mark_unreached(ada.id, unreached=False)
        assert greeted(books) == ada

    await storage.run(work)


async def test_the_team(storage: OpenStorage) -> None:
    frances = person("U9", "Frances")

    def work(books: UnitOfWork) -> None:
        assert books.facilitators() == []
        assert books.add_facilitator(frances.address), "before she was ever heard"
        assert not books.add_facilitator(frances.address)
        assert books.add_facilitator(Address("discord", "42"))
        assert books.facilitators() == [Address("discord", "42"), frances.address]
        assert books.team([]) == {}, "nobody can be told who was never heard"
        assert books.greet(frances, NOW).facilitates
        assert not greeted(books).facilitates
        on_team, other = books.greet(frances, NOW), greeted(books)
        assert books.team([]) == {on_team.id: frances.address}
        named = [other.address, frances.address]
        assert books.team(named) == {on_team.id: frances.address, other.id: other.address}, "once each"
        assert books.remove_facilitator(frances.address)
        assert not books.remove_facilitator(frances.address)
        assert not books.greet(frances, NOW).facilitates

    await storage.run(work)


async def test_an_interaction_is_heard_once(storage: OpenStorage) -> None:
    assert await storage.run(lambda books: books.heard("slack:abc", NOW))
    assert not await storage.run(lambda books: books.heard("slack:abc", NOW + MINUTE))
    assert await storage.run(lambda books: books.heard("slack:abd", NOW))


async def test_an_interaction_received_by_two_processes_is_heard_by_one(database_url: str) -> None:
    both = [await open_storage(database_url, [KEY]) for _ in range(2)]
    heard = await asyncio.gather(*(each.run(lambda books: books.heard("k", NOW)) for each in both * 20))
    assert heard.count(True) == 1
    for each in both:
        await each.close()


async def test_what_failed_was_not_heard(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        assert books.heard("k", NOW)
        raise LookupError("something else went wrong")

    for _ in range(2):
        try:
            await storage.run(work)
        except LookupError:
            continue


async def test_pruning_forgets_after_a_day_and_a_bounded_number_at_once(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        for each in range(1200):
            books.heard(f"old-{each}", NOW - DAY - MINUTE)
        books.heard("young", NOW - DAY + MINUTE)
        books.prune(NOW)
        again = [books.heard(f"old-{each}", NOW) for each in range(1200)]
        assert again.count(True) == 1000
        books.prune(NOW)
        assert not books.heard("young", NOW)

    await storage.run(work)


async def test_a_person_is_their_address(storage: OpenStorage) -> None:
    """The same account number on two platforms is two people."""
    one = await storage.run(lambda books: books.greet(Person(Address("discord", "42"), "Ada"), NOW))
    other = await storage.run(lambda books: books.greet(Person(Address("sandbox", "42"), "Bo"), NOW))
    assert one.id != other.id


async def test_a_renewed_calendar_has_one_link_and_nobody_elses(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        ada, bo = greeted(books), greeted(books, "U2")
        assert books.calendar_owner(ada.calendar) == ada
        assert len(ada.calendar.nonce) * 6 >= 64, "bits"
        for link in (LinkKey(ada.id), LinkKey(ada.id, bo.calendar.nonce), LinkKey(0), LinkKey(2**31 - 1, "n")):
            assert books.calendar_owner(link) is None
        renewed = books.renew_calendar(ada.id)
        assert books.calendar_owner(ada.calendar) is None
        assert books.calendar_owner(renewed) == greeted(books)
        assert books.calendar_owner(bo.calendar) == bo

    await storage.run(work)


async def test_a_calendar_is_renewed_when_two_become_one(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        ada, bo = greeted(books), greeted(books, "U2")
        books.become_one(ada.id, bo.id)
        assert [books.calendar_owner(each.calendar) for each in (ada, bo)] == [None, None]
        assert books.calendar_owner(greeted(books).calendar) == greeted(books)

    await storage.run(work)


async def test_facilitating_belongs_to_the_address_and_is_not_inherited(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        frances, mallory = person("U9", "Frances"), person("42", "Mallory", "discord")
        books.add_facilitator(frances.address)
        kept, gone = books.greet(frances, NOW), books.greet(mallory, NOW)
        books.become_one(kept.id, gone.id)
        assert books.greet(frances, NOW).facilitates
        assert not books.greet(mallory, NOW).facilitates
        assert books.team([]) == {kept.id: frances.address}, "told there, though last heard elsewhere"
        assert [each.name for each in books.identities(kept.id)] == ["Mallory", "Frances"]

    await storage.run(work)


async def test_who_never_did_anything_goes_in_time_and_nobody_else(storage: OpenStorage) -> None:
    retention = timedelta(days=30)
    named = Address("slack", "T1/U5")

    def work(books: UnitOfWork) -> None:
        people = [books.greet(person(f"U{each}"), NOW) for each in range(7)]
        idle, returning, registered, voting, on_team, by_name, connected = people
        books.register(registered.id, [published(books).id], NOW)
        books.suggest(voting.id, "Silence", NOW)
        books.add_facilitator(on_team.address)
        other = books.greet(person("U8"), NOW)
        books.become_one(connected.id, other.id)
        books.keep_code(idle.id, "digest", NOW + DAY)
        books.greet(person("U1"), NOW + DAY)
        assert returning.address == Address("slack", "T1/U1")
        books.prune(NOW + retention, retention=retention, spared=[named])
        assert all(books.member(each.id) for each in people), "not yet"
        later = NOW + retention + timedelta(hours=2)
        books.prune(later, retention=retention, spared=[named])
        gone = [each.id for each in people if books.member(each.id) is None]
        assert gone == [idle.id, connected.id]
        assert books.addresses(idle.id) == books.addresses(connected.id) == []
        assert by_name.id not in gone
        again = books.greet(person("U0"), later)
        assert again.id not in [each.id for each in people], "a button of theirs works as if they were new"

    await storage.run(work)
