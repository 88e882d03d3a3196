"""Connecting and disconnecting in any order: nothing is lost or duplicated, everything returns to its address."""

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
from tests.storage.claims import LEASE, certainly, claim, claim_doubt, settle
from tests.storage.examples import LINK, MINUTE, NOW, notice, person, published
from tests.storage.transaction import in_transaction

WHO = (("U1", "slack"), ("42", "discord"), ("U2", "slack"))


def address_of(who: int) -> Address:
    return person(WHO[who][0], platform=WHO[who][1]).address


def member_of(uow: UnitOfWork, who: int) -> int:
    account, platform = WHO[who]
    return uow.members.get_or_create(person(account, f"P{who}", platform), NOW).id


def run(uow: UnitOfWork, statement: object) -> list[tuple[object, ...]]:
    return [tuple(row) for row in uow.connection.execute(statement)]  # type: ignore[attr-defined]


class Undone(Exception):
    pass


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["register", "unregister", "join", "connect", "disconnect", "remind", "send"]),
        st.integers(0, 2),
        st.integers(0, 2),
    ),
    max_size=30,
)


class Model:
    """The expected state: which identities are connected, and which address made each registration."""

    def __init__(self) -> None:
        self.group = {0: 0, 1: 1, 2: 2}
        self.made: dict[int, list[int]] = {0: [], 1: [], 2: []}
        """By gathering, the addresses whose registration is current or replaced."""

    def connected_to(self, who: int) -> set[int]:
        return {each for each, group in self.group.items() if group == self.group[who]}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_in_any_order(storage: OpenStorage, steps: list[tuple[str, int, int]]) -> None:
    """Three addresses, three gatherings, of which one has a single place."""

    def work(uow: UnitOfWork) -> None:
        gatherings = [published(uow, f"g{number}") for number in range(3)]
        uow.gatherings.save(_limited(uow, gatherings[0].id))
        model, sent = Model(), Counter[tuple[str, int]]()
        for number, step in enumerate(steps):
            _step(uow, model, sent, step, gatherings[step[2]].id, number)
            _check(uow, model, [gathering.id for gathering in gatherings])
        assert all(count == 1 for count in sent.values()), sent
        raise Undone

    with pytest.raises(Undone):
        await storage.run(work)


def _limited(uow: UnitOfWork, gathering: int) -> Gathering:
    stored = uow.gatherings.get(gathering)
    assert stored is not None
    return replace(stored, door_rule=replace(stored.door_rule, limit=1))


def _step(
    uow: UnitOfWork,
    model: Model,
    sent: Counter[tuple[str, int]],
    step: tuple[str, int, int],
    gathering: int,
    number: int,
) -> None:
    act, who, what = step
    if act in {"remind", "send"}:
        _remind(uow, gathering) if act == "remind" else _send(uow, sent)
        return
    member, connected = member_of(uow, who), model.connected_to(who)
    if act == "register":
        uow.registrations.add(member, [gathering], NOW + timedelta(seconds=number))
        if not connected & set(model.made[what]):
            model.made[what].append(who)
    elif act == "unregister":
        uow.registrations.remove(member, [gathering])
        model.made[what] = [other for other in model.made[what] if other not in connected]
    elif act == "join" and uow.registrations.get(member, gathering) is not None:
        uow.admission.admit(member, gathering, NOW)
    elif act == "connect" and model.group[who] != model.group[what]:
        uow.accounts.merge(member_of(uow, what), member_of(uow, who), NOW)
        new, old = model.group[what], model.group[who]
        model.group = {each: new if group == old else group for each, group in model.group.items()}
    elif act == "disconnect":
        separated = uow.accounts.disconnect(member, address_of(who))
        assert (separated is None) is (len(connected) == 1)
        if separated is not None:
            model.group[who] = max(model.group.values()) + 1
            assert member_of(uow, who) == separated.id


def _remind(uow: UnitOfWork, gathering: int) -> None:
    about = uow.gatherings.get(gathering)
    assert about is not None
    for registration in uow.registrations.registrants(gathering):
        named = key(NotificationKind.REMINDER, to=registration.member, about=gathering, at=NOW)
        uow.notifications.add([notice(about, named, member=registration.member, platform=registration.platform)])


def _send(uow: UnitOfWork, sent: Counter[tuple[str, int]]) -> None:
    for claimed in claim(uow):
        member, gathering = claimed.notification.member, claimed.notification.gathering
        assert member is not None
        assert gathering is not None
        standing = uow.registrations.get(member, gathering)
        if standing is not None:
            sent[_origin_of(uow, standing.id), gathering] += 1
        uow.deliveries.settle(claimed, Receipt.DROPPED if standing is None else Receipt.SENT, NOW)


def _origin_of(uow: UnitOfWork, registration: int) -> str:
    ((platform, account),) = run(
        uow, select(registrations.c.platform, registrations.c.account).where(registrations.c.id == registration)
    )
    return f"{platform}:{account}"


def _check(uow: UnitOfWork, model: Model, gatherings: list[int]) -> None:
    for what, gathering in enumerate(gatherings):
        stored = uow.gatherings.get(gathering)
        assert stored is not None
        counted = run(uow, select(func.count()).where(admissions.c.gathering == gathering))
        assert counted == [(stored.admitted,)], "the count is the number of admissions"
        assert stored.admitted <= stored.door_rule.limit
        standing = run(
            uow,
            select(registrations.c.platform, registrations.c.account, registrations.c.member).where(
                registrations.c.gathering == gathering
            ),
        )
        groups: dict[int, list[int]] = {}
        for who in model.made[what]:
            groups.setdefault(model.group[who], []).append(who)
        assert len(standing) == len(groups), "one registration for each member"
        for platform, account, member in standing:
            who = next(number for number in range(3) if address_of(number) == Address(str(platform), str(account)))
            assert who in model.made[what], "it belongs to the address that made it"
            assert address_of(who) in uow.accounts.addresses(member)  # type: ignore[arg-type]


@in_transaction
def test_links_of_both_work_before_while_and_after(uow: UnitOfWork) -> None:
    gathering = published(uow, link=LINK)
    one, two = member_of(uow, 0), member_of(uow, 1)
    links = [uow.registrations.add(member, [gathering.id], NOW + MINUTE * member)[0].key for member in (one, two)]
    uow.accounts.merge(one, two, NOW)
    assert {visit.registration.member for visit in uow.admission.visits(links).values()} == {one}
    separated = uow.accounts.disconnect(one, address_of(1))
    assert separated is not None
    stored = uow.admission.visits(links)
    assert [stored[link].registration.member for link in links] == [one, separated.id]
    assert [stored[link].registration.key for link in links] == links
    uow.registrations.remove(separated.id, [gathering.id])
    assert list(uow.admission.visits(links)) == [links[0]]


@in_transaction
def test_an_admission_goes_with_the_address_that_was_admitted(uow: UnitOfWork) -> None:
    gathering = published(uow)
    one, two = member_of(uow, 0), member_of(uow, 1)
    for member in (one, two):
        uow.registrations.add(member, [gathering.id], NOW)
        uow.admission.admit(member, gathering.id, NOW + MINUTE * member)
    uow.accounts.merge(one, two, NOW)
    separated = uow.accounts.disconnect(one, address_of(0))
    assert separated is not None
    stored = uow.gatherings.get(gathering.id)
    assert stored is not None
    assert stored.admitted == 1
    assert uow.admission.is_admitted(separated.id, gathering.id), "it was admitted first, from this address"
    assert not uow.admission.is_admitted(one, gathering.id)


@in_transaction
def test_what_is_being_sent_is_looked_up_there(uow: UnitOfWork) -> None:
    gathering = published(uow)
    member_of(uow, 0)
    two = member_of(uow, 1)
    uow.registrations.add(two, [gathering.id], NOW)
    one = member_of(uow, 0)
    uow.accounts.merge(one, two, NOW)
    member_of(uow, 0)  # wrote last from Slack: sent there
    named = key(NotificationKind.REMINDER, to=one, about=gathering.id, at=NOW)
    uow.notifications.add([notice(gathering, named, member=one)])
    (held,) = claim(uow)
    separated = uow.accounts.disconnect(one, address_of(1))
    assert separated is not None
    uow.notifications.add(
        [
            notice(
                gathering,
                key(NotificationKind.REMINDER, to=separated.id, about=gathering.id, at=NOW),
                member=separated.id,
            )
        ]
    )
    assert claim(uow) == []
    again = certainly(claim_doubt(uow, NOW + LEASE))
    assert again.id == held.id
    assert again.in_doubt
    assert again.notification.member == separated.id
    assert again.notification.address == address_of(0), "it is looked up there, and sent to them where it is not found"
    assert address_of(0) not in uow.accounts.addresses(separated.id)


@in_transaction
def test_of_one_who_is_forgotten_the_other_keeps_neither_address_nor_name(uow: UnitOfWork) -> None:
    """Also while something is being sent that was begun at their address."""
    gathering = published(uow)
    one = member_of(uow, 0)
    two = member_of(uow, 1)
    uow.registrations.add(two, [gathering.id], NOW)
    uow.accounts.merge(one, two, NOW)
    member_of(uow, 0)
    uow.notifications.add(
        [notice(gathering, key(NotificationKind.REMINDER, to=one, about=gathering.id, at=NOW), member=one)]
    )
    (held,) = claim(uow)
    separated = uow.accounts.disconnect(one, address_of(1))
    assert separated is not None
    assert separated.name == "P1"
    uow.accounts.forget(one, NOW)
    for table in metadata.sorted_tables:
        for row in run(uow, select(table)):
            assert address_of(0).account not in row, table.name
            assert "P0" not in row, table.name
    again = uow.deliveries.lock_held(held, "w1")
    assert again is not None
    assert (again.member, again.address) == (separated.id, None)


def _sent_while_disconnecting(uow: UnitOfWork, *, third: bool) -> None:
    """A merged member is being sent a reminder and disconnects; then somebody connects again."""
    gathering = published(uow)
    here, there = member_of(uow, 0), member_of(uow, 1)
    uow.registrations.add(there, [gathering.id], NOW)
    uow.accounts.merge(here, there, NOW)
    reminder = key(NotificationKind.REMINDER, to=here, about=gathering.id, at=gathering.starts_at)
    uow.notifications.add([notice(gathering, reminder, member=here, platform="discord")])
    (held,) = claim(uow)
    assert uow.accounts.disconnect(here, address_of(1)) is not None
    assert settle(uow, held, "w1", Receipt.SENT)
    if third:
        other = member_of(uow, 2)
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
        uow.accounts.merge(here, other, NOW)
    else:
        uow.accounts.merge(member_of(uow, 0), member_of(uow, 1), NOW)


@pytest.mark.parametrize("third", [False, True])
async def test_a_member_who_disconnected_during_a_send_may_connect_again(storage: OpenStorage, third: bool) -> None:
    """Its key is still the other's: neither prevents the next connection."""
    await storage.run(lambda uow: _sent_while_disconnecting(uow, third=third))
