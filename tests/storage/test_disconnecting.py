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


def hears(uow: UnitOfWork, who: int) -> int:
    account, platform = WHO[who]
    return uow.members.get_or_create(person(account, f"P{who}", platform), NOW).id


def run(uow: UnitOfWork, statement: object) -> list[tuple[object, ...]]:
    return [tuple(row) for row in uow.connection.execute(statement)]  # type: ignore[attr-defined]


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

    def work(uow: UnitOfWork) -> None:
        gathered = [published(uow, f"g{each}") for each in range(3)]
        uow.gatherings.save(_limited(uow, gathered[0].id))
        model, told = Model(), Counter[tuple[str, int]]()
        for number, step in enumerate(steps):
            _step(uow, model, told, step, gathered[step[2]].id, number)
            _check(uow, model, [each.id for each in gathered])
        assert all(count == 1 for count in told.values()), told
        raise Undone

    with pytest.raises(Undone):
        await storage.run(work)


def _limited(uow: UnitOfWork, gathering: int) -> Gathering:
    found = uow.gatherings.get(gathering)
    assert found is not None
    return replace(found, door_rule=replace(found.door_rule, limit=1))


def _step(
    uow: UnitOfWork,
    model: Model,
    told: Counter[tuple[str, int]],
    step: tuple[str, int, int],
    gathering: int,
    number: int,
) -> None:
    act, who, what = step
    if act in {"remind", "tell"}:
        _remind(uow, gathering) if act == "remind" else _tell(uow, told)
        return
    member, mates = hears(uow, who), model.one_with(who)
    if act == "register":
        uow.registrations.add(member, [gathering], NOW + timedelta(seconds=number))
        if not mates & set(model.made[what]):
            model.made[what].append(who)
    elif act == "unregister":
        uow.registrations.remove(member, [gathering])
        model.made[what] = [each for each in model.made[what] if each not in mates]
    elif act == "join" and uow.registrations.get(member, gathering) is not None:
        uow.admission.admit(member, gathering, NOW)
    elif act == "connect" and model.group[who] != model.group[what]:
        uow.accounts.merge(hears(uow, what), hears(uow, who))
        new, old = model.group[what], model.group[who]
        model.group = {each: new if group == old else group for each, group in model.group.items()}
    elif act == "disconnect":
        parted = uow.accounts.disconnect(member, at(who))
        assert (parted is None) is (len(mates) == 1)
        if parted is not None:
            model.group[who] = max(model.group.values()) + 1
            assert hears(uow, who) == parted.id


def _remind(uow: UnitOfWork, gathering: int) -> None:
    about = uow.gatherings.get(gathering)
    assert about is not None
    for each in uow.registrations.registrants(gathering):
        named = key(NotificationKind.REMINDER, to=each.member, about=gathering, at=NOW)
        uow.notifications.add([notice(about, named, member=each.member, platform=each.platform)])


def _tell(uow: UnitOfWork, told: Counter[tuple[str, int]]) -> None:
    for claimed in uow.notifications.claim(NOW, LEASE, "w", {"slack": 9, "discord": 9}):
        member, gathering = claimed.notification.member, claimed.notification.gathering
        assert member is not None
        assert gathering is not None
        standing = uow.registrations.get(member, gathering)
        if standing is not None:
            told[_origin_of(uow, standing.id), gathering] += 1
        uow.notifications.settle(claimed, "w", Receipt.DROPPED if standing is None else Receipt.SENT, NOW)


def _origin_of(uow: UnitOfWork, registration: int) -> str:
    ((platform, account),) = run(
        uow, select(registrations.c.platform, registrations.c.account).where(registrations.c.id == registration)
    )
    return f"{platform}:{account}"


def _check(uow: UnitOfWork, model: Model, gathered: list[int]) -> None:
    for what, gathering in enumerate(gathered):
        found = uow.gatherings.get(gathering)
        assert found is not None
        counted = run(uow, select(func.count()).where(admissions.c.gathering == gathering))
        assert counted == [(found.admitted,)], "places counted are places taken"
        assert found.admitted <= found.door_rule.limit
        standing = run(
            uow,
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
            assert at(who) in uow.accounts.addresses(member)  # type: ignore[arg-type]


async def test_links_of_both_lead_in_before_while_and_after(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering = published(uow, link=LINK)
        one, two = hears(uow, 0), hears(uow, 1)
        links = [uow.registrations.add(each, [gathering.id], NOW + MINUTE * each)[0].key for each in (one, two)]
        uow.accounts.merge(one, two)
        assert {each.registration.member for each in uow.admission.visits(links).values()} == {one}
        parted = uow.accounts.disconnect(one, at(1))
        assert parted is not None
        found = uow.admission.visits(links)
        assert [found[each].registration.member for each in links] == [one, parted.id]
        assert [found[each].registration.key for each in links] == links
        uow.registrations.remove(parted.id, [gathering.id])
        assert list(uow.admission.visits(links)) == [links[0]]

    await storage.run(work)


async def test_a_place_goes_with_the_address_that_came_in_and_is_one(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering = published(uow)
        one, two = hears(uow, 0), hears(uow, 1)
        for each in (one, two):
            uow.registrations.add(each, [gathering.id], NOW)
            uow.admission.admit(each, gathering.id, NOW + MINUTE * each)
        uow.accounts.merge(one, two)
        parted = uow.accounts.disconnect(one, at(0))
        assert parted is not None
        found = uow.gatherings.get(gathering.id)
        assert found is not None
        assert found.admitted == 1
        assert uow.admission.is_admitted(parted.id, gathering.id), "it came in first, from this address"
        assert not uow.admission.is_admitted(one, gathering.id)

    await storage.run(work)


async def test_what_is_being_told_is_looked_for_there(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering = published(uow)
        hears(uow, 0)
        two = hears(uow, 1)
        uow.registrations.add(two, [gathering.id], NOW)
        one = hears(uow, 0)
        uow.accounts.merge(one, two)
        hears(uow, 0)  # last heard on Slack: told there
        named = key(NotificationKind.REMINDER, to=one, about=gathering.id, at=NOW)
        uow.notifications.add([notice(gathering, named, member=one)])
        (held,) = uow.notifications.claim(NOW, LEASE, "w", {"slack": 9})
        assert uow.notifications.begin_send(held, "w", NOW, LEASE, at(0))
        parted = uow.accounts.disconnect(one, at(1))
        assert parted is not None
        uow.notifications.add(
            [
                notice(
                    gathering,
                    key(NotificationKind.REMINDER, to=parted.id, about=gathering.id, at=NOW),
                    member=parted.id,
                )
            ]
        )
        assert uow.notifications.claim(NOW, LEASE, "w", {"slack": 9, "discord": 9}) == []
        (again,) = uow.notifications.claim(NOW + LEASE, LEASE, "w", {"slack": 9, "discord": 9})
        assert again.id == held.id
        assert again.in_doubt
        assert again.notification.member == parted.id
        assert again.notification.address == at(0), "it is looked for there, and told to them where it does not stand"
        assert at(0) not in uow.accounts.addresses(parted.id)

    await storage.run(work)


async def test_of_one_who_is_forgotten_the_other_keeps_neither_address_nor_name(storage: OpenStorage) -> None:
    """Also while something is under way that was begun on their line."""

    def work(uow: UnitOfWork) -> None:
        gathering = published(uow)
        one = hears(uow, 0)
        two = hears(uow, 1)
        uow.registrations.add(two, [gathering.id], NOW)
        uow.accounts.merge(one, two)
        hears(uow, 0)
        uow.notifications.add(
            [notice(gathering, key(NotificationKind.REMINDER, to=one, about=gathering.id, at=NOW), member=one)]
        )
        (held,) = uow.notifications.claim(NOW, LEASE, "w", {"slack": 9})
        assert uow.notifications.begin_send(held, "w", NOW, LEASE, at(0))
        parted = uow.accounts.disconnect(one, at(1))
        assert parted is not None
        assert parted.name == "P1"
        uow.accounts.forget(one, NOW)
        for table in metadata.sorted_tables:
            for row in run(uow, select(table)):
                assert at(0).account not in row, table.name
                assert "P0" not in row, table.name
        again = uow.notifications.lock_claimed(held, "w")
        assert again is not None
        assert (again.member, again.address) == (parted.id, None)

    await storage.run(work)


def _told_while_leaving(uow: UnitOfWork, *, third: bool) -> None:
    """Two are one, a reminder is on its way to them, one of them leaves with it; then somebody connects again."""
    gathering = published(uow)
    here, there = hears(uow, 0), hears(uow, 1)
    uow.registrations.add(there, [gathering.id], NOW)
    uow.accounts.merge(here, there)
    reminder = key(NotificationKind.REMINDER, to=here, about=gathering.id, at=gathering.starts_at)
    uow.notifications.add([notice(gathering, reminder, member=here, platform="discord")])
    (held,) = uow.notifications.claim(NOW, LEASE, "w1", {"discord": 9})
    assert uow.notifications.begin_send(held, "w1", NOW, LEASE, at(1))
    assert uow.accounts.disconnect(here, at(1)) is not None
    assert uow.notifications.settle(held, "w1", Receipt.SENT, NOW)
    if third:
        other = hears(uow, 2)
        uow.registrations.add(other, [gathering.id], NOW)
        uow.notifications.add(
            [
                notice(
                    gathering,
                    key(NotificationKind.REMINDER, to=other, about=gathering.id, at=gathering.starts_at),
                    member=other,
                )
            ]
        )
        uow.accounts.merge(here, other)
    else:
        uow.accounts.merge(hears(uow, 0), hears(uow, 1))


@pytest.mark.parametrize("third", [False, True])
async def test_who_left_with_a_reminder_on_its_way_may_come_back(storage: OpenStorage, third: bool) -> None:
    """Its key is still that of the other: neither is in the way of the next who connects."""
    await storage.run(lambda uow: _told_while_leaving(uow, third=third))
