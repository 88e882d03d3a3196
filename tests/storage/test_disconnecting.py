"""Connecting and disconnecting in any order: nothing lost, nothing twice, everything back where it was made."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.addresses import Address
from bot.gatherings.model import Gathering
from bot.notifications.model import NotificationKind, Receipt, key
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from storage.schema import admissions, metadata, registrations
from tests.storage.examples import LINK, MINUTE, NOW, notice, person, published

LEASE = MINUTE * 2
WHO = (("U1", "slack"), ("42", "discord"), ("U2", "slack"))


def at(who: int) -> Address:
    return person(WHO[who][0], platform=WHO[who][1]).address


def hears(books: UnitOfWork, who: int) -> int:
    account, platform = WHO[who]
    return books.greet(person(account, f"P{who}", platform), NOW).id


def run(books: UnitOfWork, statement: object) -> list[tuple[object, ...]]:
    return [tuple(row) for row in books._connection.execute(statement)]  # type: ignore[attr-defined]


class Undone(Exception):
    pass


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["register", "unregister", "join", "connect", "disconnect", "remind", "tell"]),
        st.integers(0, 2),
        st.integers(0, 2),
    ),
    max_size=30,
)


class Model:
    """What should be so: who is one with whom, which address registered, which registrations rest."""

    def __init__(self) -> None:
        self.group = {0: 0, 1: 1, 2: 2}
        self.made: dict[int, list[int]] = {0: [], 1: [], 2: []}
        """By gathering, the addresses whose registration stands or rests."""

    def one_with(self, who: int) -> set[int]:
        return {each for each, group in self.group.items() if group == self.group[who]}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_in_any_order(storage: OpenStorage, steps: list[tuple[str, int, int]]) -> None:
    """Three addresses, three gatherings, of which one has a single place."""

    def work(books: UnitOfWork) -> None:
        gathered = [published(books, f"g{each}") for each in range(3)]
        books.change(_limited(books, gathered[0].id))
        model, told = Model(), Counter[tuple[str, int]]()
        for number, step in enumerate(steps):
            _step(books, model, told, step, gathered[step[2]].id, number)
            _check(books, model, [each.id for each in gathered])
        assert all(count == 1 for count in told.values()), told
        raise Undone

    with pytest.raises(Undone):
        await storage.run(work)


def _limited(books: UnitOfWork, gathering: int) -> Gathering:
    found = books.gathering(gathering)
    assert found is not None
    return replace(found, door_rule=replace(found.door_rule, limit=1))


def _step(
    books: UnitOfWork,
    model: Model,
    told: Counter[tuple[str, int]],
    step: tuple[str, int, int],
    gathering: int,
    number: int,
) -> None:
    act, who, what = step
    if act in {"remind", "tell"}:
        _remind(books, gathering) if act == "remind" else _tell(books, told)
        return
    member, mates = hears(books, who), model.one_with(who)
    if act == "register":
        books.register(member, [gathering], NOW + timedelta(seconds=number))
        if not mates & set(model.made[what]):
            model.made[what].append(who)
    elif act == "unregister":
        books.unregister(member, [gathering])
        model.made[what] = [each for each in model.made[what] if each not in mates]
    elif act == "join" and books.registration(member, gathering) is not None:
        books.admit(member, gathering, NOW)
    elif act == "connect" and model.group[who] != model.group[what]:
        books.become_one(hears(books, what), hears(books, who))
        new, old = model.group[what], model.group[who]
        model.group = {each: new if group == old else group for each, group in model.group.items()}
    elif act == "disconnect":
        parted = books.disconnect(member, at(who))
        assert (parted is None) is (len(mates) == 1)
        if parted is not None:
            model.group[who] = max(model.group.values()) + 1
            assert hears(books, who) == parted.id


def _remind(books: UnitOfWork, gathering: int) -> None:
    about = books.gathering(gathering)
    assert about is not None
    for each in books.registrants(gathering):
        named = key(NotificationKind.REMINDER, to=each.member, about=gathering, at=NOW)
        books.post([notice(about, named, member=each.member, platform=each.platform)])


def _tell(books: UnitOfWork, told: Counter[tuple[str, int]]) -> None:
    for claimed in books.claim(NOW, LEASE, "w", {"slack": 9, "discord": 9}):
        member, gathering = claimed.notice.member, claimed.notice.gathering
        assert member is not None
        assert gathering is not None
        standing = books.registration(member, gathering)
        if standing is not None:
            told[_origin_of(books, standing.id), gathering] += 1
        books.settle(claimed, "w", Receipt.DROPPED if standing is None else Receipt.SENT, NOW)


def _origin_of(books: UnitOfWork, registration: int) -> str:
    ((platform, account),) = run(
        books, select(registrations.c.platform, registrations.c.account).where(registrations.c.id == registration)
    )
    return f"{platform}:{account}"


def _check(books: UnitOfWork, model: Model, gathered: list[int]) -> None:
    for what, gathering in enumerate(gathered):
        found = books.gathering(gathering)
        assert found is not None
        counted = run(books, select(func.count()).where(admissions.c.gathering == gathering))
        assert counted == [(found.admitted,)], "places counted are places taken"
        assert found.admitted <= found.door_rule.limit
        standing = run(
            books,
            select(registrations.c.platform, registrations.c.account, registrations.c.member).where(
                registrations.c.gathering == gathering
            ),
        )
        groups: dict[int, list[int]] = {}
        for who in model.made[what]:
            groups.setdefault(model.group[who], []).append(who)
        assert len(standing) == len(groups), "one place for each person"
        for platform, account, member in standing:
            who = next(each for each in range(3) if at(each) == Address(str(platform), str(account)))
            assert who in model.made[what], "it is of the address that made it"
            assert at(who) in books.addresses(member)  # type: ignore[arg-type]


async def test_links_of_both_lead_in_before_while_and_after(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = published(books, link=LINK)
        one, two = hears(books, 0), hears(books, 1)
        links = [books.register(each, [gathering.id], NOW + MINUTE * each)[0].key for each in (one, two)]
        books.become_one(one, two)
        assert {each.registration.member for each in books.arrivals(links).values()} == {one}
        parted = books.disconnect(one, at(1))
        assert parted is not None
        found = books.arrivals(links)
        assert [found[each].registration.member for each in links] == [one, parted.id]
        assert [found[each].registration.key for each in links] == links
        books.unregister(parted.id, [gathering.id])
        assert list(books.arrivals(links)) == [links[0]]

    await storage.run(work)


async def test_a_place_goes_with_the_address_that_came_in_and_is_one(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        one, two = hears(books, 0), hears(books, 1)
        for each in (one, two):
            books.register(each, [gathering.id], NOW)
            books.admit(each, gathering.id, NOW + MINUTE * each)
        books.become_one(one, two)
        parted = books.disconnect(one, at(0))
        assert parted is not None
        found = books.gathering(gathering.id)
        assert found is not None
        assert found.admitted == 1
        assert books.admitted(parted.id, gathering.id), "it came in first, from this address"
        assert not books.admitted(one, gathering.id)

    await storage.run(work)


async def test_what_is_being_told_is_looked_for_there(storage: OpenStorage) -> None:
    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        hears(books, 0)
        two = hears(books, 1)
        books.register(two, [gathering.id], NOW)
        one = hears(books, 0)
        books.become_one(one, two)
        hears(books, 0)  # last heard on Slack: told there
        named = key(NotificationKind.REMINDER, to=one, about=gathering.id, at=NOW)
        books.post([notice(gathering, named, member=one)])
        (held,) = books.claim(NOW, LEASE, "w", {"slack": 9})
        assert books.begin(held, "w", NOW, LEASE, at(0))
        parted = books.disconnect(one, at(1))
        assert parted is not None
        books.post(
            [
                notice(
                    gathering,
                    key(NotificationKind.REMINDER, to=parted.id, about=gathering.id, at=NOW),
                    member=parted.id,
                )
            ]
        )
        assert books.claim(NOW, LEASE, "w", {"slack": 9, "discord": 9}) == []
        (again,) = books.claim(NOW + LEASE, LEASE, "w", {"slack": 9, "discord": 9})
        assert again.id == held.id
        assert again.in_doubt
        assert again.notice.member == parted.id
        assert again.notice.address == at(0), "it is looked for there, and told to them where it does not stand"
        assert at(0) not in books.addresses(parted.id)

    await storage.run(work)


async def test_of_one_who_is_forgotten_the_other_keeps_neither_address_nor_name(storage: OpenStorage) -> None:
    """Also while something is under way that was begun on their line."""

    def work(books: UnitOfWork) -> None:
        gathering = published(books)
        one = hears(books, 0)
        two = hears(books, 1)
        books.register(two, [gathering.id], NOW)
        books.become_one(one, two)
        hears(books, 0)
        books.post([notice(gathering, key(NotificationKind.REMINDER, to=one, about=gathering.id, at=NOW), member=one)])
        (held,) = books.claim(NOW, LEASE, "w", {"slack": 9})
        assert books.begin(held, "w", NOW, LEASE, at(0))
        parted = books.disconnect(one, at(1))
        assert parted is not None
        assert parted.name == "P1"
        books.forget(one, NOW)
        for table in metadata.sorted_tables:
            for row in run(books, select(table)):
                assert at(0).account not in row, table.name
                assert "P0" not in row, table.name
        again = books.held(held, "w")
        assert again is not None
        assert (again.member, again.address) == (parted.id, None)

    await storage.run(work)


def _told_while_leaving(books: UnitOfWork, *, third: bool) -> None:
    """Two are one, a reminder is on its way to them, one of them leaves with it; then somebody connects again."""
    gathering = published(books)
    here, there = hears(books, 0), hears(books, 1)
    books.register(there, [gathering.id], NOW)
    books.become_one(here, there)
    reminder = key(NotificationKind.REMINDER, to=here, about=gathering.id, at=gathering.starts_at)
    books.post([notice(gathering, reminder, member=here, platform="discord")])
    (held,) = books.claim(NOW, LEASE, "w1", {"discord": 9})
    assert books.begin(held, "w1", NOW, LEASE, at(1))
    assert books.disconnect(here, at(1)) is not None
    assert books.settle(held, "w1", Receipt.SENT, NOW)
    if third:
        other = hears(books, 2)
        books.register(other, [gathering.id], NOW)
        books.post(
            [
                notice(
                    gathering,
                    key(NotificationKind.REMINDER, to=other, about=gathering.id, at=gathering.starts_at),
                    member=other,
                )
            ]
        )
        books.become_one(here, other)
    else:
        books.become_one(hears(books, 0), hears(books, 1))


@pytest.mark.parametrize("third", [False, True])
async def test_who_left_with_a_reminder_on_its_way_may_come_back(storage: OpenStorage, third: bool) -> None:
    """Its key is still that of the other: neither is in the way of the next who connects."""
    await storage.run(lambda books: _told_while_leaving(books, third=third))
