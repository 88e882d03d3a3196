"""Two selves that become one, in the books: nothing lost, nothing twice, whatever came before."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from bot.accounts import model as account_model
from bot.accounts.model import ToldNotice, to_drop
from bot.meetings.model import Meeting, MeetingState
from bot.members.model import Settings
from bot.notifications.model import NotificationKind, Receipt, key
from bot.unit_of_work import UnitOfWork
from storage.engine import postgres
from storage.engine.open import OpenStorage, open_storage
from storage.schema import admissions, gatherings, notices, registrations
from tests.databases import KEY
from tests.storage.examples import HOUR, LINK, MINUTE, NOW, greeted, notice, person, published

LEASE = MINUTE * 2


def two(books: UnitOfWork) -> tuple[int, int]:
    return greeted(books).id, greeted(books, "42", platform="discord").id


def run(books: UnitOfWork, statement: object) -> list[tuple[object, ...]]:
    return [tuple(row) for row in books._connection.execute(statement)]  # type: ignore[attr-defined]


async def test_both_addresses_are_one_member_with_the_settings_of_the_one_who_stays(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        kept, gone = two(books)
        books.choose(kept, Settings(zone="Europe/Madrid"))
        books.choose(gone, Settings(zone="Asia/Tokyo"))
        books.become_one(kept, gone)
        assert {greeted(books).id, greeted(books, "42", platform="discord").id} == {kept}
        found = books.member(gone)
        assert found == books.member(kept)
        assert found is not None
        assert found.settings.zone == "Europe/Madrid"
        assert [str(each) for each in books.addresses(kept)] == ["discord:42", "slack:T1/U1"]

    await storage.run(work)


async def test_three_selves_are_one_and_each_former_link_leads_on(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        people = [greeted(books, f"U{each}").id for each in range(3)]
        links = [books.register(each, [gathering.id], NOW + MINUTE * each)[0].key for each in people]
        books.become_one(people[1], people[0])
        books.become_one(people[2], people[1])
        assert {books.member(each) for each in people} == {books.member(people[2])}
        found = books.arrivals(links)
        assert set(found) == set(links)
        assert {each.registration.member for each in found.values()} == {people[2]}
        assert [found[each].registration.key for each in links] == links
        assert {each.registration.at for each in found.values()} == {NOW + MINUTE * people[0]}, "the earliest"
        assert [len(books.calendar(each, NOW)) for each in people] == [0, 0, 1]
        books.unregister(people[2], [gathering.id])
        assert books.arrivals(links) == {}

    await storage.run(work)


async def test_a_log_in_of_either_self_counts(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        kept, gone = two(books)
        books.keep_meeting(Meeting(gathering.id, "555", MeetingState.STANDS, 0))
        mine, theirs = (books.register(each, [gathering.id], NOW)[0].id for each in (kept, gone))
        books.issue_passes(gathering.id, {mine: ("r1", LINK), theirs: ("r2", LINK)})
        assert books.logged_in("555", "r2", NOW)
        books.become_one(kept, gone)
        assert [each.logged_in_at for each in books.dossier(kept).gatherings] == [NOW]

    await storage.run(work)


# ---- any past of both


Steps = st.lists(
    st.tuples(st.sampled_from(["register", "unregister", "admit"]), st.integers(0, 2), st.integers(0, 2)), max_size=25
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=Steps, merge_at=st.integers(0, 25))
async def test_whatever_they_did_before_and_after_the_counts_are_right(
    storage: OpenStorage, steps: list[tuple[str, int, int]], merge_at: int
) -> None:
    """Two selves of one person and a stranger; two of three gatherings have places enough."""

    class Undone(Exception):
        pass

    def work(books: UnitOfWork) -> None:
        gathered = [published(books, f"g{each}") for each in range(3)]
        people = [greeted(books, f"U{each}").id for each in range(3)]
        registered: dict[tuple[int, int], None] = {}
        inside: set[tuple[int, int]] = set()
        one = {0: 0, 1: 1, 2: 2}
        for at, (act, who, what) in enumerate([*steps, ("none", 0, 0)]):
            if at == min(merge_at, len(steps)):
                books.become_one(people[0], people[1])
                people[1], one[1] = people[0], 0
                registered = {(one[each], where): None for each, where in registered}
                inside = {(one[each], where) for each, where in inside}
            member, gathering = people[who], gathered[what].id
            if act == "register":
                books.register(member, [gathering], NOW + MINUTE * at)
                registered[one[who], what] = None
            elif act == "unregister":
                books.unregister(member, [gathering])
                registered.pop((one[who], what), None)
            elif act == "admit":
                assert books.admit(member, gathering, NOW)
                inside.add((one[who], what))
        for number, each in enumerate(gathered):
            assert len(books.roster(each.id)) == sum(what == number for _, what in registered)
            counted = books.gathering(each.id)
            assert counted is not None
            assert counted.admitted == sum(what == number for _, what in inside)
            rows = run(books, select(func.count()).where(admissions.c.gathering == each.id))
            assert rows == [(counted.admitted,)]
        raise Undone

    with pytest.raises(Undone):
        await storage.run(work)


# ---- notices


STATES = st.builds(ToldNotice, st.sampled_from(list(Receipt)), st.booleans())


@given(STATES, STATES)
def test_of_two_that_say_the_same_one_at_most_still_goes_out(first: ToldNotice, second: ToldNotice) -> None:
    def goes_out(each: ToldNotice, *, dropped: bool) -> bool:
        return not dropped and each.pending

    drops = to_drop(first, second)
    out = [goes_out(each, dropped=dropped) for each, dropped in zip((first, second), drops, strict=True)]
    if first.reaches or second.reaches:
        # What is in doubt is sent again where it is not found: so one at most stays in doubt, and none beside one sent.
        sent = Receipt.SENT in {first.state, second.state}
        assert sum(out) == (0 if sent else 1), "nothing lost, nothing twice"
    else:
        assert sum(out) == (first.waits or second.waits), "nothing lost, nothing twice"


def reminder(books: UnitOfWork, gathering: object, member: int, **more: object) -> str:
    named = key(NotificationKind.REMINDER, to=member, about=1, at=NOW)
    books.post([notice(gathering, named, member=member, **more)])  # type: ignore[arg-type]
    return named


async def test_of_the_same_notice_to_both_one_is_told(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        kept, gone = two(books)
        first, second = reminder(books, gathering, kept), reminder(books, gathering, gone, platform="discord")
        books.become_one(kept, gone)
        claimed = books.claim(NOW, LEASE, "w", {"slack": 9, "discord": 9})
        assert [each.notice.key for each in claimed] == [first]
        assert not books.still_to_tell(second)
        reminder(books, gathering, kept)
        assert books.claim(NOW, LEASE, "w", {"slack": 9, "discord": 9}) == []

    await storage.run(work)


@pytest.mark.parametrize("settled", [Receipt.SENT, Receipt.CLAIMED, Receipt.BLOCKED])
@pytest.mark.parametrize("stays_first", [True, False])
async def test_what_one_self_was_told_the_other_is_not(
    storage: OpenStorage, settled: Receipt, stays_first: bool
) -> None:
    """And what it could not be told, the other hears."""

    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        told, waiting = two(books)
        reminder(books, gathering, told)
        (held,) = books.claim(NOW, LEASE, "w", {"slack": 9})
        if settled is Receipt.CLAIMED:
            assert books.begin(held, "w", NOW, LEASE, person().address)
        else:
            assert books.settle(held, "w", settled, NOW)
        reminder(books, gathering, waiting, platform="discord")
        books.become_one(*((told, waiting) if stays_first else (waiting, told)))
        after = books.claim(NOW, LEASE, "w2", {"slack": 9, "discord": 9})
        assert len(after) == (1 if settled is Receipt.BLOCKED else 0)
        if settled is Receipt.CLAIMED:
            assert books.settle(held, "w", Receipt.SENT, NOW), "who tells it still holds it"

    await storage.run(work)


async def test_one_under_way_keeps_its_key_and_its_twin_cannot_be_posted_again(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        kept, gone = two(books)
        former = reminder(books, gathering, gone)
        (held,) = books.claim(NOW, LEASE, "w", {"slack": 9})
        assert books.begin(held, "w", NOW, LEASE, person().address)
        books.become_one(kept, gone)
        reminder(books, gathering, kept)
        later = NOW + LEASE
        (again,) = books.claim(later, LEASE, "w2", {"slack": 9})
        assert again.in_doubt
        assert again.notice.key == former, "it is looked for under the key that it was sent with"
        assert again.notice.member == kept

    await storage.run(work)


async def test_votes_and_codes(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        kept, gone = two(books)
        topic = books.suggest(gone, "Silence", NOW)
        assert topic is not None
        books.vote(topic.id, kept, NOW)
        books.keep_code(kept, account_model.digest("AAAAA-BBBBB"), NOW + HOUR)
        assert books.code_owner(account_model.digest("aaaaa bbbbb"), NOW) == kept
        assert books.code_owner(account_model.digest("aaaaa bbbbb"), NOW + HOUR) is None
        books.become_one(kept, gone)
        assert books.code_owner(account_model.digest("AAAAA-BBBBB"), NOW) is None
        found = books.topic(topic.id)
        assert found is not None
        assert found.votes == 1
        assert books.open_topics(kept) == 1

    await storage.run(work)


def test_a_code_is_easy_to_type_and_hard_to_guess() -> None:
    made = [account_model.new_code() for _ in range(200)]
    assert len(set(made)) == 200
    assert not set("".join(made)) & set("0O1ILAEU")
    assert all(
        account_model.digest(each) == account_model.digest(f" {each.lower().replace('-', '')} ") for each in made
    )
    assert Counter(map(len, made)) == {11: 200}


async def test_both_are_busy_while_they_become_one(database_url: str) -> None:
    """Registering, being let in and being reminded go on meanwhile; whichever comes first, the counts agree."""
    both = [await open_storage(database_url, [KEY]) for _ in range(2)]

    def prepare(books: UnitOfWork) -> tuple[list[int], int, int]:
        return [published(books, f"g{each}").id for each in range(4)], *two(books)

    gathered, kept, gone = await both[0].run(prepare)

    def act(books: UnitOfWork, account: str, platform: str, gathering: int) -> None:
        member = greeted(books, account, platform=platform)
        books.register(member.id, [gathering], NOW)
        books.admit(member.id, gathering, NOW)
        books.post([notice(books.gathering(gathering), f"reminder:{member.id}:{gathering}:0:0", member=member.id)])  # type: ignore[arg-type]

    works = [
        both[number % 2].run(partial(act, account=who[0], platform=who[1], gathering=each))
        for number, (each, who) in enumerate(
            (each, who) for each in gathered for who in (("U1", "slack"), ("42", "discord"))
        )
    ]
    works.insert(3, both[1].run(lambda books: books.become_one(kept, gone)))
    await asyncio.gather(*works)

    def check(books: UnitOfWork) -> None:
        assert run(books, select(registrations.c.member).distinct()) == [(kept,)]
        assert run(books, select(gatherings.c.admitted).distinct()) == [(1,)]
        assert run(books, select(func.count()).select_from(admissions)) == [(4,)]
        assert run(books, select(notices.c.member).distinct()) == [(kept,)]

    await both[0].run(check)
    for each in both:
        await each.close()


@pytest.mark.parametrize("database_kind", ["postgresql"])
@pytest.mark.parametrize("forgotten", [False, True])
@pytest.mark.parametrize("guarded", [True, False])
async def test_who_leaves_between_being_greeted_and_registered(
    database_url: str, monkeypatch: pytest.MonkeyPatch, forgotten: bool, guarded: bool
) -> None:
    """The registration is tried again, for whoever is at that address by then; without that it fails."""
    if not guarded:
        monkeypatch.setattr(postgres, "_RETRIED_STATES", postgres._RETRIED_STATES - {"23503"})
    storage = await open_storage(database_url, [KEY])
    gathering = (await storage.run(published)).id
    kept, gone = await storage.run(two)

    def leaves(books: UnitOfWork) -> None:
        books.forget(gone, NOW) if forgotten else books.become_one(kept, gone)

    async def meanwhile() -> None:
        other = await open_storage(database_url, [KEY])
        await other.run(leaves)
        await other.close()

    met: list[int] = []

    def registers(books: UnitOfWork) -> None:
        met.append(greeted(books, "42", platform="discord").id)
        if len(met) == 1:
            aside = threading.Thread(target=asyncio.run, args=(meanwhile(),))
            aside.start()
            aside.join()
        books.register(met[-1], [gathering], NOW)

    if guarded:
        await storage.run(registers)
        assert met[0] == gone
        assert met[1] != gone if forgotten else met[1] == kept
        assert [each.member for each in await storage.run(lambda books: books.roster(gathering))] == [met[1]]
    else:
        with pytest.raises(IntegrityError):
            await storage.run(registers)
    await storage.close()


async def test_a_self_that_left_is_not_there_to_become_one_again(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        kept, gone = two(books)
        books.become_one(kept, gone)
        with pytest.raises(LookupError):
            books.become_one(kept, gone)

    await storage.run(work)
    assert timedelta(minutes=10) == account_model.CODE_LIFE
