"""The network and the database of a random story: what `Storm` (`random_faults.py`) orders happens to them."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass

from tests.simulation.database import CalmDatabase, DatabaseFault
from tests.simulation.loop import PROCESS
from tests.simulation.network import FairWeather, NetFault
from tests.simulation.process import VirtualProcess
from tests.simulation.world import World

GIVEN_UP_AFTER = 35.0
"""Seconds: longer than any worker waits for an answer."""
BROKEN = (None, DatabaseFault.FAILED, DatabaseFault.UNCERTAIN_KEPT, DatabaseFault.UNCERTAIN_LOST)


@dataclass
class Trap:
    """Falls at the `after`-th request or transaction of any worker from now on."""

    at: str
    after: int
    do: Callable[[VirtualProcess], None]


class StormyWeather(FairWeather):
    """Of the workers' requests to the platforms alone: what people send arrives."""

    def __init__(self, world: World, chance: random.Random) -> None:
        super().__init__(chance)
        self._world, self._outside = world, copy_context()
        self.faults: list[NetFault] = []
        self.gone: set[int] = set()
        """Ports of which nobody answers."""
        self.traps: list[Trap] = []
        self.silent_until = 0.0
        """By the loop's time, how long somebody waits for an answer that will not come."""

    def on_connect(self, address: tuple[str, int], process: VirtualProcess | None) -> NetFault | None:
        return NetFault.REFUSED if process is not None and address[1] in self.gone else None

    def on_request(self, address: tuple[str, int], process: VirtualProcess | None) -> NetFault | None:
        if process is None:
            return None
        if address[1] in self.gone:
            return NetFault.RESET_BEFORE
        self.spring("request", process)
        fault = self.faults.pop() if self.faults else None
        if fault in {NetFault.ANSWER_LOST, NetFault.REQUEST_LOST}:
            self.silent_until = self._world.loop.time() + GIVEN_UP_AFTER
        return fault

    def spring(self, at: str, process: VirtualProcess) -> None:
        for trap in [each for each in self.traps if each.at == at]:
            trap.after -= 1
            if trap.after < 0:
                self.traps.remove(trap)
                if at == "send":
                    self._outside.copy().run(trap.do, process)
                    continue
                delay = self._chance.uniform(0, 0.15) if at == "request" else 0.0
                self._world.loop.call_later(delay, trap.do, process, context=self._outside)


class StormyDatabase(CalmDatabase):
    def __init__(self, chance: random.Random, weather: StormyWeather) -> None:
        super().__init__(chance)
        self._weather = weather
        self.faults: list[DatabaseFault | None] = []
        self.broken_until = 0.0
        """By the loop's time, how long any transaction may fail."""

    def on_transaction(self) -> DatabaseFault | None:
        process = PROCESS.get()
        if process is None:
            return None
        self._weather.spring("transaction", process)
        if process.loop.time() < self.broken_until:
            return self._chance.choice(BROKEN)
        return self.faults.pop() if self.faults else None
