"""Merging two members: nothing is lost or duplicated, whatever both did before and after."""

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
from bot.accounts.model import NotificationProgress, duplicates_to_drop
from bot.addresses import Address
from bot.meetings.model import Meeting, MeetingState
from bot.members.model import MemberSettings
from bot.notifications.model import NotificationKind, Receipt, key
from bot.unit_of_work import UnitOfWork
from storage.engine import postgres
from storage.engine.open import OpenStorage, open_storage
from storage.schema import admissions, gatherings, notices, registrations
from tests.databases import KEY
from tests.storage.claims import LEASE, certainly, claim, claim_doubt, keys, settle
from tests.storage.examples import HOUR, LINK, MINUTE, NOW, greeted, notice, published
from tests.storage.transaction import in_transaction


def two_members(uow: UnitOfWork) -> tuple[int, int]:
    return greeted(uow).id, greeted(uow, "42", platform="discord").id


def run(uow: UnitOfWork, statement: object) -> list[tuple[object, ...]]:
    return [tuple(row) for row in uow.connection.execute(statement)]  # type: ignore[attr-defined]


@in_transaction
def test_both_addresses_are_one_member_with_the_settings_of_the_one_who_stays(uow: UnitOfWork) -> None:
    kept, gone = two_members(uow)
    uow.members.save_settings(kept, MemberSettings(zone="Europe/Madrid"))
    uow.members.save_settings(gone, MemberSettings(zone="Asia/Tokyo"))
    uow.members.mark_zone_asked(gone)
    uow.accounts.merge(kept, gone, NOW)
    assert {greeted(uow).id, greeted(uow, "42", platform="discord").id} == {kept}
    stored = uow.members.get(gone)
    assert stored == uow.members.get(kept)
    assert stored is not None
    assert stored.settings.zone == "Europe/Madrid"
    assert stored.zone_asked
    assert [str(address) for address in uow.accounts.addresses(kept)] == ["discord:42", "slack:T1/U1"]


@in_transaction
def test_three_merged_members_are_one_and_each_former_link_works(uow: UnitOfWork) -> None:
    gathering = published(uow)
    people = [greeted(uow, f"U{number}").id for number in range(3)]
    links = [uow.registrations.add(member, [gathering.id], NOW + MINUTE * member)[0].key for member in people]
    uow.accounts.merge(people[1], people[0], NOW)
    uow.accounts.merge(people[2], people[1], NOW)
    assert {uow.members.get(member) for member in people} == {uow.members.get(people[2])}
    stored = uow.admission.visits(links)
    assert set(stored) == set(links)
    assert {each.registration.member for each in stored.values()} == {people[2]}
    assert [stored[link].registration.key for link in links] == links
    assert {each.registration.at for each in stored.values()} == {NOW + MINUTE * people[0]}, "the earliest"
    assert [len(uow.registrations.calendar(member, NOW)) for member in people] == [0, 0, 1]
    uow.registrations.remove(people[2], [gathering.id])
    assert uow.admission.visits(links) == {}


@in_transaction
def test_a_log_in_of_either_member_counts(uow: UnitOfWork) -> None:
    gathering = published(uow)
    kept, gone = two_members(uow)
    uow.meetings.save(Meeting(gathering.id, "555", MeetingState.STANDS, 0))
    mine, theirs = (uow.registrations.add(member, [gathering.id], NOW)[0].id for member in (kept, gone))
    uow.meetings.issue_passes(gathering.id, {mine: ("r1", LINK), theirs: ("r2", LINK)})
    assert uow.meetings.record_log_in("555", "r2", NOW)
    uow.accounts.merge(kept, gone, NOW)
    assert [gathering.logged_in_at for gathering in uow.accounts.export(kept).gatherings] == [NOW]


# ---- any history of both


Steps = st.lists(
    st.tuples(st.sampled_from(["register", "unregister", "admit"]), st.integers(0, 2), st.integers(0, 2)), max_size=25
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=Steps, merge_at=st.integers(0, 25))
async def test_whatever_they_did_before_and_after_the_counts_are_right(
    storage: OpenStorage, steps: list[tuple[str, int, int]], merge_at: int
) -> None:
    """Two identities of one person, and another member."""

    class Undone(Exception):
        pass

    def work(uow: UnitOfWork) -> None:
        gathered = [published(uow, f"g{number}") for number in range(3)]
        people = [greeted(uow, f"U{number}").id for number in range(3)]
        registered: dict[tuple[int, int], None] = {}
        inside: set[tuple[int, int]] = set()
        one = {0: 0, 1: 1, 2: 2}
        for at, (act, who, what) in enumerate([*steps, ("none", 0, 0)]):
            if at == min(merge_at, len(steps)):
                uow.accounts.merge(people[0], people[1], NOW)
                people[1], one[1] = people[0], 0
                registered = {(one[each], where): None for each, where in registered}
                inside = {(one[each], where) for each, where in inside}
            member, gathering = people[who], gathered[what].id
            if act == "register":
                uow.registrations.add(member, [gathering], NOW + MINUTE * at)
                registered[one[who], what] = None
            elif act == "unregister":
                uow.registrations.remove(member, [gathering])
                registered.pop((one[who], what), None)
            elif act == "admit":
                assert uow.admission.admit(member, gathering, NOW)
                inside.add((one[who], what))
        for number, checked in enumerate(gathered):
            assert len(uow.registrations.roster(checked.id)) == sum(what == number for _, what in registered)
            counted = uow.gatherings.get(checked.id)
            assert counted is not None
            assert counted.admitted == sum(what == number for _, what in inside)
            rows = run(uow, select(func.count()).where(admissions.c.gathering == checked.id))
            assert rows == [(counted.admitted,)]
        raise Undone

    with pytest.raises(Undone):
        await storage.run(work)


# ---- notifications


STATES = st.builds(NotificationProgress, st.sampled_from(list(Receipt)), st.booleans())


@given(STATES, STATES)
def test_of_two_that_say_the_same_one_at_most_still_goes_out(
    first: NotificationProgress, second: NotificationProgress
) -> None:
    def goes_out(progress: NotificationProgress, *, dropped: bool) -> bool:
        return not dropped and progress.pending

    drops = duplicates_to_drop(first, second)
    pairs = zip((first, second), drops, strict=True)
    out = [goes_out(progress, dropped=dropped) for progress, dropped in pairs]
    if first.reaches or second.reaches:
        # What is in doubt is sent again where it is not found: so one at most stays in doubt, and none beside one sent.
        sent = Receipt.SENT in {first.state, second.state}
        assert sum(out) == (0 if sent else 1), "nothing lost, nothing twice"
    else:
        assert sum(out) == (first.waits or second.waits), "nothing lost, nothing twice"


def reminder(uow: UnitOfWork, gathering: object, member: int, **more: object) -> str:
    named = key(NotificationKind.REMINDER, to=member, about=1, at=NOW)
    uow.notifications.add([notice(gathering, named, member=member, **more)])  # type: ignore[arg-type]
    return named


@in_transaction
def test_of_two_who_were_to_hear_of_a_move_one_hears_it(uow: UnitOfWork) -> None:
    gathering = published(uow)
    members = two_members(uow)
    for member in members:
        uow.registrations.add(member, [gathering.id], NOW)
        more = {"kind": NotificationKind.MOVED, "member": member, "moved_from": NOW, "offset": timedelta(0)}
        about = key(NotificationKind.MOVED, to=member, about=gathering.id, at=gathering.starts_at)
        uow.notifications.add([notice(gathering, about, **more)])
    uow.accounts.merge(*members, NOW)
    assert uow.notifications.starts_last_told(gathering.id) == {members[0]: NOW}
    (held,) = claim(uow)
    assert settle(uow, held, "w1", Receipt.SENT)
    assert uow.notifications.starts_last_told(gathering.id) == {}


@in_transaction
def test_of_the_same_notification_to_both_one_is_sent(uow: UnitOfWork) -> None:
    gathering = published(uow)
    kept, gone = two_members(uow)
    first, second = reminder(uow, gathering, kept), reminder(uow, gathering, gone, platform="discord")
    uow.accounts.merge(kept, gone, NOW)
    assert keys(claim(uow)) == [first]
    assert not uow.notifications.is_pending(second)
    reminder(uow, gathering, kept)
    assert claim(uow) == []


@pytest.mark.parametrize("settled", [Receipt.SENT, Receipt.CLAIMED, Receipt.BLOCKED])
@pytest.mark.parametrize("stays_first", [True, False])
@in_transaction
def test_what_was_sent_to_one_is_not_sent_to_the_other(uow: UnitOfWork, settled: Receipt, stays_first: bool) -> None:
    """What could not be sent to one is sent to the other."""
    gathering = published(uow)
    told, waiting = two_members(uow)
    reminder(uow, gathering, told)
    (held,) = claim(uow, worker="w")
    if settled is not Receipt.CLAIMED:
        assert settle(uow, held, "w", settled)
    reminder(uow, gathering, waiting, platform="discord")
    uow.accounts.merge(*((told, waiting) if stays_first else (waiting, told)), NOW)
    assert len(claim(uow, worker="w2")) == (1 if settled is Receipt.BLOCKED else 0)
    if settled is Receipt.CLAIMED:
        assert settle(uow, held, "w", Receipt.SENT), "the worker that is sending still holds it"


@in_transaction
def test_one_being_sent_keeps_its_key_and_no_duplicate_can_be_added(uow: UnitOfWork) -> None:
    gathering = published(uow)
    kept, gone = two_members(uow)
    former, address = reminder(uow, gathering, gone, platform="discord"), Address("discord", "42")
    claim(uow)
    uow.accounts.merge(kept, gone, NOW)
    reminder(uow, gathering, kept)
    assert claim(uow, NOW + LEASE, "w2") == []
    again = certainly(claim_doubt(uow, NOW + LEASE, "w2"))
    assert again.in_doubt
    assert again.notification.address == address
    assert again.notification.key == former, "it is looked up under the key that it was sent with"
    assert again.notification.member == kept


@in_transaction
def test_votes_and_codes(uow: UnitOfWork) -> None:
    kept, gone = two_members(uow)
    topic = uow.topics.suggest(gone, "Silence", NOW)
    assert topic is not None
    uow.topics.vote(topic.id, kept, NOW)
    uow.accounts.save_code(kept, account_model.code_digest("AAAAA-BBBBB"), NOW + HOUR)
    assert uow.accounts.code_owner(account_model.code_digest("aaaaa bbbbb"), NOW) == kept
    assert uow.accounts.code_owner(account_model.code_digest("aaaaa bbbbb"), NOW + HOUR) is None
    uow.accounts.merge(kept, gone, NOW)
    assert uow.accounts.code_owner(account_model.code_digest("AAAAA-BBBBB"), NOW) is None
    stored = uow.topics.get(topic.id)
    assert stored is not None
    assert stored.votes == 1
    assert uow.topics.count_open(kept) == 1


def test_a_code_is_easy_to_type_and_hard_to_guess() -> None:
    codes = [account_model.new_code() for _ in range(200)]
    assert len(set(codes)) == 200
    assert not set("".join(codes)) & set("0O1ILAEU")
    assert all(
        account_model.code_digest(code) == account_model.code_digest(f"{copied}{code.lower().replace('-', '')} ")
        for code in codes
        for copied in (" ", "/htg connect ", "`/htg connect` ")
    )
    assert Counter(map(len, codes)) == {11: 200}


async def test_both_are_active_while_they_are_merged(database_url: str) -> None:
    """Registering, admitting and reminding go on meanwhile; whichever comes first, the counts agree."""
    both = [await open_storage(database_url, [KEY]) for _ in range(2)]

    def prepare(uow: UnitOfWork) -> tuple[list[int], int, int]:
        return [published(uow, f"g{number}").id for number in range(4)], *two_members(uow)

    gathered, kept, gone = await both[0].run(prepare)

    def act(uow: UnitOfWork, account: str, platform: str, gathering: int) -> None:
        member = greeted(uow, account, platform=platform)
        uow.registrations.add(member.id, [gathering], NOW)
        uow.admission.admit(member.id, gathering, NOW)
        about = uow.gatherings.get(gathering)
        assert about is not None
        uow.notifications.add([notice(about, f"reminder:{member.id}:{gathering}:0:0", member=member.id)])

    works = [
        both[number % 2].run(partial(act, account=who[0], platform=who[1], gathering=gathering))
        for number, (gathering, who) in enumerate(
            (gathering, who) for gathering in gathered for who in (("U1", "slack"), ("42", "discord"))
        )
    ]
    works.insert(3, both[1].run(lambda uow: uow.accounts.merge(kept, gone, NOW)))
    await asyncio.gather(*works)

    def check(uow: UnitOfWork) -> None:
        assert run(uow, select(registrations.c.member).distinct()) == [(kept,)]
        assert run(uow, select(gatherings.c.admitted).distinct()) == [(1,)]
        assert run(uow, select(func.count()).select_from(admissions)) == [(4,)]
        assert run(uow, select(notices.c.member).distinct()) == [(kept,)]

    await both[0].run(check)
    for storage in both:
        await storage.close()


@pytest.mark.parametrize("database_kind", ["postgresql"])
@pytest.mark.parametrize("forgotten", [False, True])
@pytest.mark.parametrize("guarded", [True, False])
async def test_a_member_who_is_gone_before_they_are_registered(
    database_url: str, monkeypatch: pytest.MonkeyPatch, forgotten: bool, guarded: bool
) -> None:
    """The transaction is retried, for the member who then has that address; without the retry it fails."""
    if not guarded:
        monkeypatch.setattr(postgres, "_RETRIED_STATES", postgres._RETRIED_STATES - {"23503"})
    storage = await open_storage(database_url, [KEY])
    gathering = (await storage.run(published)).id
    kept, gone = await storage.run(two_members)

    def leaves(uow: UnitOfWork) -> None:
        uow.accounts.forget(gone, NOW) if forgotten else uow.accounts.merge(kept, gone, NOW)

    async def meanwhile() -> None:
        other = await open_storage(database_url, [KEY])
        await other.run(leaves)
        await other.close()

    seen: list[int] = []

    def registers(uow: UnitOfWork) -> None:
        seen.append(greeted(uow, "42", platform="discord").id)
        if len(seen) == 1:
            aside = threading.Thread(target=asyncio.run, args=(meanwhile(),))
            aside.start()
            aside.join()
        uow.registrations.add(seen[-1], [gathering], NOW)

    if guarded:
        await storage.run(registers)
        assert seen[0] == gone
        assert seen[1] != gone if forgotten else seen[1] == kept
        assert [
            registration.member for registration in await storage.run(lambda uow: uow.registrations.roster(gathering))
        ] == [seen[1]]
    else:
        with pytest.raises(IntegrityError):
            await storage.run(registers)
    await storage.close()


async def test_a_merged_member_cannot_be_merged_again(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        kept, gone = two_members(uow)
        uow.accounts.merge(kept, gone, NOW)
        with pytest.raises(LookupError):
            uow.accounts.merge(kept, gone, NOW)

    await storage.run(work)
    assert timedelta(minutes=10) == account_model.CODE_LIFE
