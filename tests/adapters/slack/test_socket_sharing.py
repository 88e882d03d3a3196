"""Slack's ten connections, shared by workers that start, stop, are killed and stand still in any order.

The workers and their leases are real, on a database and a clock that is moved by hand; a connection is an entry in what
Slack counts.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters.slack import socket_lease, socket_mode
from adapters.slack.socket_lease import CONNECTION_LIMIT, CONNECTIONS, PLACES, SHARED, SocketLease
from adapters.slack.socket_mode import SocketMode
from bot.leases import LEASE_DURATION
from storage.engine.open import OpenStorage
from tests.conversations.harness import MovableClock

STEP = timedelta(seconds=0.5)
STEPS = 400
TAKEOVER = timedelta(seconds=15)
"""From one kill until another worker is connected."""
RECOVERY = timedelta(seconds=45)
"""From the last of several faults until all is as it should be."""
SEEDS = range(6)


class FakeConnection:
    """Stands for a SocketConnection: it is open at once, or refused."""

    def __init__(self, worker: Worker, may_open: Callable[[], bool], now: datetime) -> None:
        assert may_open()
        self._count = worker.count
        self.last_connected = now
        self.unacknowledged: set[Any] = set()
        self.refused = self.ended = self._count.opened(self)

    async def connected(self) -> bool:
        return self in self._count.open

    def stop(self) -> None:
        pass

    async def close(self) -> None:
        self.ended = True
        self._count.open.discard(self)


class SlackCount:
    """What Slack counts, and refuses."""

    def __init__(self) -> None:
        self.open: set[FakeConnection] = set()
        self.refused = 0

    def opened(self, connection: FakeConnection) -> bool:
        if len(self.open) >= CONNECTION_LIMIT:
            self.refused += 1
            return True
        self.open.add(connection)
        return False


@dataclass(eq=False)
class Worker:
    count: SlackCount
    started: datetime
    next_turn: datetime
    mode: SocketMode = field(init=False)
    frozen_since: datetime | None = None
    frozen_until: datetime | None = None

    @property
    def connections(self) -> list[Any]:
        return self.mode._connections

    def vanish(self) -> None:
        """Slack drops its connections, as after a kill, or when nothing is heard from it."""
        self.count.open.difference_update(self.connections)


@dataclass(frozen=True)
class Faults:
    longest_freeze: timedelta
    frozen_at_once: int
    noticed_after: timedelta
    """How long Slack counts the connections of a frozen worker."""


SHORT = Faults(timedelta(minutes=2), 12, timedelta(seconds=20))
"""Any number of workers stand still, and Slack finds out within half a minute."""
LONG = Faults(timedelta(minutes=2), 1, timedelta.max)
"""One at a time stands still, and Slack never finds out."""
ANY = Faults(timedelta(minutes=2), 12, timedelta.max)


class Simulation:
    """Workers on one database, and what becomes of them by a seed."""

    def __init__(self, storage: OpenStorage, clock: MovableClock, faults: Faults, seed: int) -> None:
        self._storage, self._clock, self._faults = storage, clock, faults
        self._random = random.Random(seed)
        self.count = SlackCount()
        self.workers: list[Worker] = []
        self._fault_times: list[datetime] = []

    async def run(self) -> None:
        for _ in range(STEPS):
            await self._something_happens()
            await self.step()
            self._check()
        await self._stop_all()
        assert not self.count.open

    async def step(self) -> None:
        self._clock.advance(seconds=STEP.total_seconds())
        now = self._clock.now()
        for worker in self._random.sample(self.workers, len(self.workers)):
            if worker.frozen_since is not None and worker.frozen_until is not None:
                if now - worker.frozen_since >= self._faults.noticed_after:
                    worker.vanish()
                if now < worker.frozen_until:
                    continue
                worker.frozen_since = worker.frozen_until = None
            if now >= worker.next_turn:
                worker.next_turn = now + timedelta(seconds=await worker.mode.turn())

    async def _something_happens(self) -> None:
        chance, now = self._random.random(), self._clock.now()
        well = [worker for worker in self.workers if worker.frozen_since is None]
        if chance < 0.05 and len(self.workers) < 9:
            self.start()
        elif chance < 0.065 and self.workers:
            self.kill(self._random.choice(self.workers))
        elif chance < 0.08 and well and len(self.workers) - len(well) < self._faults.frozen_at_once:
            self.freeze(self._random.choice(well), self._faults.longest_freeze * self._random.random())
        elif chance < 0.09 and well:
            stopped = self._random.choice(well)
            self.workers.remove(stopped)
            await stopped.mode.close()
            self._fault_times.append(now)

    def start(self) -> Worker:
        now = self._clock.now()
        worker = Worker(self.count, now, now)
        lease = SocketLease(self._storage, self._clock)
        worker.mode = SocketMode(worker, "xapp-1", "", None, lease, self._clock)  # type: ignore[arg-type]
        self.workers.append(worker)
        return worker

    def kill(self, worker: Worker) -> None:
        self.workers.remove(worker)
        worker.vanish()
        self._fault_times.append(self._clock.now())

    def freeze(self, worker: Worker, length: timedelta) -> None:
        now = self._clock.now()
        worker.frozen_since, worker.frozen_until = now, now + length
        self._fault_times += [now, now + length]

    def _check(self) -> None:
        """Nothing was refused; and whoever is well is connected, or there are enough who are."""
        assert not self.count.refused, "an eleventh connection was opened"
        now = self._clock.now()
        recent = [at for at in self._fault_times if now - RECOVERY < at <= now]
        if recent and (len(recent) > 1 or now - recent[0] < TAKEOVER):
            return
        well = [worker for worker in self.workers if worker.frozen_since is None]
        assert all(len(worker.connections) in {0, CONNECTIONS} for worker in well)
        settled = [worker for worker in well if now - worker.started >= TAKEOVER]
        assert sum(len(worker.connections) for worker in well) >= CONNECTIONS * min(len(PLACES), len(settled))

    async def _stop_all(self) -> None:
        for worker in self.workers:
            await worker.mode.close()
        self._clock.advance(hours=1)


@pytest.fixture(autouse=True)
def _fake_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_mode, "PermittedClient", lambda _, __, may_open: may_open)
    monkeypatch.setattr(socket_mode, "SocketConnection", FakeConnection)


async def _simulate(storage: OpenStorage, clock: MovableClock, faults: Faults) -> None:
    for seed in SEEDS:
        await Simulation(storage, clock, faults, seed).run()


@pytest.mark.parametrize("faults", [SHORT, LONG], ids=["short", "long"])
async def test_there_are_never_more_than_ten(storage: OpenStorage, clock: MovableClock, faults: Faults) -> None:
    await _simulate(storage, clock, faults)


async def _hold_always(lease: SocketLease) -> bool:
    lease._place, lease._pair, lease._renewed = PLACES[0], "a pair", (lease._clock.now(), 1e12)
    return True


@pytest.mark.parametrize("without", ["leases", "pairs"])
async def test_without_the_leases_there_are(
    storage: OpenStorage, clock: MovableClock, without: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a pair must outlast its place, or else two workers that stand still are enough."""
    if without == "leases":
        monkeypatch.setattr(SocketLease, "hold", _hold_always)
    else:
        monkeypatch.setattr(socket_lease, "PAIR_DURATION", LEASE_DURATION)
    with pytest.raises(AssertionError, match="an eleventh connection was opened"):
        await _simulate(storage, clock, SHORT)


async def test_where_several_stand_still_for_long_slack_refuses_and_all_recover(
    storage: OpenStorage, clock: MovableClock
) -> None:
    """What is not promised: then Slack itself keeps the limit. Nobody insists, and whoever wakes makes room."""
    simulation = Simulation(storage, clock, ANY, 0)
    for _ in range(9):
        simulation.start()
    await simulation.step()
    for worker in [worker for worker in simulation.workers if worker.connections]:
        simulation.freeze(worker, timedelta(minutes=5))
    for _ in range(8 * 60):
        await simulation.step()
    assert 0 < simulation.count.refused < 60
    for _ in range(3 * 60 * 2):
        await simulation.step()
    assert len(simulation.count.open) == SHARED
    await simulation._stop_all()
    assert not simulation.count.open
