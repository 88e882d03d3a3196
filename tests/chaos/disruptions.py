"""What befalls the processes, the gateway and the database in a round, each at its time."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import asyncpg  # type: ignore[import-untyped]

from tests.chaos.fleet import Fleet, Running
from tests.chaos.platforms import ChaosDiscord
from tests.chaos.scenario import Disruption
from tests.chaos.servers import Postgres, Proxy, connected

COMMITS_WITHIN = 3.0
"""Seconds in which a process that delivers anything commits it; afterwards it is not waited for."""


class Disruptions:
    """`url`: the database of the round. `figures` counts what happened."""

    def __init__(
        self, fleet: Fleet, discord: ChaosDiscord, postgres: Postgres, proxies: Mapping[str, Proxy], url: str,
        rng: random.Random, figures: Counter[str],
    ) -> None:  # fmt: skip
        self._fleet, self._gateway, self._postgres, self._proxies = fleet, discord.gateway, postgres, proxies
        self._database, self._rng, self._figures = url.rpartition("/")[2], rng, figures
        self._busy: set[str] = set()
        self._under_way: set[asyncio.Task[None]] = set()
        self._by_name: Mapping[str, Callable[[Disruption], Awaitable[None]]] = {
            "kill": lambda one: self._alone(one.whom, lambda: self._fleet.kill(one.whom, after=one.seconds)),
            "freeze": lambda one: self._alone(one.whom, lambda: self._fleet.freeze(one.whom, one.seconds)),
            "end": lambda one: self._alone(one.whom, lambda: self._end_and_restart(one)),
            "kill at commit": self._kill_at_commit,
            "freeze at commit": self._freeze_at_commit,
            "gateway": self._disturb_gateway,
            "cut": self._cut,
            "refuse": lambda one: self._proxies[one.whom].refuse(one.seconds),
            "terminate": self._terminate_connections,
            "crash": lambda _: self._postgres.server.crash(),
        }

    async def cause(self, disruption: Disruption) -> None:
        self._figures[f"disruption: {disruption.what}"] += 1
        await self._by_name[disruption.what](disruption)

    def kill_who_answered(self, running: Running) -> None:
        """In the instant in which an answer arrived, before anything else of this process runs."""
        if running.name in self._busy or not running.alive:
            return
        running.kill()
        self._figures["disruption: killed as it answered"] += 1
        task = asyncio.create_task(self._alone(running.name, lambda: self._fleet.kill(running.name)))
        self._under_way.add(task)

    async def finish(self) -> None:
        """Until every process runs again."""
        await asyncio.gather(*self._under_way)

    async def _alone(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        """One thing at a time for each process; what would come on top of another is left out."""
        if name in self._busy:
            self._figures["disruption: left out"] += 1
            return
        self._busy.add(name)
        try:
            await act()
        finally:
            self._busy.discard(name)

    async def _end_and_restart(self, one: Disruption) -> None:
        await self._fleet.end(one.whom)
        await self._fleet.restart(one.whom, after=one.seconds)

    # ---- in the middle of a commit

    async def _kill_at_commit(self, one: Disruption) -> None:
        if await self._signalled_at_commit(one.whom, signal.SIGKILL):
            await self._released(one.whom, lambda: self._fleet.kill(one.whom, after=one.seconds))

    async def _freeze_at_commit(self, one: Disruption) -> None:
        if await self._signalled_at_commit(one.whom, signal.SIGSTOP):
            await self._released(one.whom, lambda: self._fleet.freeze(one.whom, one.seconds))

    async def _signalled_at_commit(self, name: str, number: signal.Signals) -> bool:
        """Signals a process in the instant in which it asks for a commit, which is then done unheard.

        Nothing else befalls the process until `_released`; False where it was not signalled.
        """
        signalled = False

        def act() -> None:
            nonlocal signalled
            if name not in self._busy and self._fleet.running[name].alive:
                signalled = True
                self._busy.add(name)
                self._fleet.running[name].signal(number)

        await self._proxies[name].when_committing(self._rng.randint(1, 3), act, within=COMMITS_WITHIN)
        if not signalled:
            self._figures["disruption: left out"] += 1
        return signalled

    async def _released(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        try:
            await act()
        finally:
            self._busy.discard(name)

    # ---- the gateway and the database

    async def _disturb_gateway(self, _: Disruption) -> None:
        await self._rng.choice((self._gateway.cut, self._gateway.ask_to_reconnect, self._gateway.invalidate))()

    async def _cut(self, one: Disruption) -> None:
        self._proxies[one.whom].cut()

    async def _terminate_connections(self, _: Disruption) -> None:
        with suppress(OSError, asyncpg.PostgresError):  # it may just be starting
            async with connected(self._postgres.server.url) as connection:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", self._database
                )
