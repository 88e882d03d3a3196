"""The leases of Slack's connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters.slack.socket_lease import CLOSE_MARGIN, PAIR_DURATION, PAIRS, PLACES, SocketLease
from bot.leases import LEASE_DURATION
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage, open_storage
from tests.conversations.harness import MovableClock
from tests.databases import KEY, on_both


@pytest.fixture
async def shared(database_url: str) -> AsyncIterator[OpenStorage]:
    opened = await open_storage(database_url, [KEY])
    yield opened
    await opened.close()


@on_both
async def test_of_many_who_ask_at_once_four_hold_a_place_and_a_pair_of_their_own(
    shared: OpenStorage, clock: MovableClock
) -> None:
    leases = [SocketLease(shared, clock) for _ in range(20)]
    for _ in range(3):  # whoever lost a race has the next turn
        await asyncio.gather(*(lease.hold() for lease in leases))
    holders = [lease for lease in leases if lease.is_valid()]
    assert sorted(lease._place for lease in holders) == sorted(PLACES)
    assert len({lease._pair for lease in holders}) == len(PLACES) == len(PAIRS) - 1
    await asyncio.gather(*(lease.give_back() for lease in leases))
    assert not await leases[0].anybody_holds()


async def test_a_place_ends_before_its_pair(shared: OpenStorage, clock: MovableClock) -> None:
    silent, *others = [SocketLease(shared, clock) for _ in range(len(PLACES) + 1)]
    assert await silent.hold()
    for other in others[:-1]:
        assert await other.hold()
    assert not await others[-1].hold()
    clock.advance(seconds=LEASE_DURATION.total_seconds() - 3)
    for other in others[:-1]:
        assert await other.hold()
    clock.advance(seconds=3)
    assert await others[-1].hold()
    assert others[-1]._pair not in {lease._pair for lease in (silent, *others[:-1])}
    assert silent.is_valid(), "its connections may be open yet"
    assert not await silent.hold()
    assert silent.is_valid(), "until they are closed"
    await silent.give_back()
    assert not silent.is_valid()
    held = await shared.run(lambda uow: uow.leases.held(PAIRS, clock.now()))
    assert len(held) == len(PLACES)


async def test_connections_are_closed_before_the_pair_ends(shared: OpenStorage, clock: MovableClock) -> None:
    lease = SocketLease(shared, clock)
    assert not lease.is_valid()
    assert await lease.hold()
    clock.advance(seconds=(PAIR_DURATION - CLOSE_MARGIN - timedelta(seconds=1)).total_seconds())
    assert lease.is_valid()
    clock.advance(seconds=1)
    assert not lease.is_valid()
    assert await lease.hold(), "nobody else has it"
    assert lease.is_valid()


async def test_a_machine_that_slept_looks_at_the_loops_clock_too(shared: OpenStorage, clock: MovableClock) -> None:
    """Where the clock was set back meanwhile."""
    lease = SocketLease(shared, clock)
    assert await lease.hold()
    assert lease._renewed is not None
    lease._renewed = clock.now(), lease._renewed[1] - (PAIR_DURATION - CLOSE_MARGIN).total_seconds()
    assert not lease.is_valid()


async def test_who_gets_no_pair_keeps_no_place(shared: OpenStorage, clock: MovableClock) -> None:
    """Or else it would seem to be connected."""

    def vanished(uow: UnitOfWork) -> None:
        for pair in PAIRS:
            assert uow.leases.acquire(pair, "vanished", clock.now() + PAIR_DURATION, clock.now())

    await shared.run(vanished)
    lease = SocketLease(shared, clock)
    assert not await lease.hold()
    assert not await lease.anybody_holds()
    clock.advance(seconds=PAIR_DURATION.total_seconds())
    assert await lease.hold()
    assert await lease.anybody_holds()


async def test_what_an_interrupted_turn_took_is_given_back(shared: OpenStorage, clock: MovableClock) -> None:
    lease = SocketLease(shared, clock)
    assert await lease.hold()
    lease._place = lease._pair = ""  # as if the answer of the database had not arrived
    await lease.give_back()
    assert not await lease.anybody_holds()
