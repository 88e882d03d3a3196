"""Shares Slack's ten Socket Mode connections among any number of workers, through leases in the database.

A worker may have connections while it holds two leases: a *place*, of which there are four, and a *pair* of
connections, of which there are five. A place ends soon after its worker was last heard of, and another worker connects
in its stead. A pair ends later: a worker that is frozen, or has lost the database, still has connections at Slack, and
those who connect meanwhile use another pair. So four workers have two connections each, and the fifth pair is what a
worker that vanished may still hold.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.leases import LEASE_DURATION
from bot.ports import Clock, Storage
from bot.unit_of_work import UnitOfWork

CONNECTION_LIMIT = 10
"""Slack's limit for one app, all processes together."""
CONNECTIONS = 2
"""Of one worker: the SDK closes one before it opens the next, and Slack asks for a new one every hour or so."""
PAIRS = tuple(f"slack sockets, pair {number}" for number in range(1, CONNECTION_LIMIT // CONNECTIONS + 1))
PLACES = tuple(f"slack sockets, place {number}" for number in range(1, len(PAIRS)))
SHARED = CONNECTIONS * len(PLACES)
"""Connections of all workers that are well."""
PAIR_DURATION = timedelta(seconds=30)
"""How long after the last renewal the connections of a worker are reckoned with."""
CLOSE_MARGIN = timedelta(seconds=3)
"""Before its pair ends a worker closes its connections: so long may that take."""


class SocketLease:
    """A place and a pair of connections, or neither. `hold` takes and renews them."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage, self._clock = storage, clock
        self._worker = secrets.token_hex(8)
        self._place = self._pair = ""
        """Those that are held, as far as this worker knows."""
        self._renewed: tuple[datetime, float] | None = None
        """By the clock, and by the event loop."""

    async def hold(self) -> bool:
        """Takes or renews both; False while other workers have all places, or all pairs are still reckoned with."""
        now, loop_now = self._clock.now(), asyncio.get_running_loop().time()
        self._place, self._pair = await self._storage.run(lambda uow: self._take(uow, now))
        if not (self._place and self._pair):
            return False
        self._renewed = now, loop_now
        return True

    def is_valid(self) -> bool:
        """Whether connections may be open now, without a look at the database: the pair is certainly still held.

        Measured by two clocks: the loop's stands still while a machine sleeps, the other one can be set back.
        """
        if self._renewed is None or not self._pair:
            return False
        renewed, loop_renewed = self._renewed
        age = asyncio.get_running_loop().time() - loop_renewed
        length = PAIR_DURATION - CLOSE_MARGIN
        return self._clock.now() - renewed < length and age < length.total_seconds()

    async def give_back(self) -> None:
        """Call it when no connection is open any more. Also gives back what an interrupted `hold` has taken."""
        self._place = self._pair = ""
        self._renewed = None

        def release(uow: UnitOfWork) -> None:
            for name in (*PLACES, *PAIRS):
                uow.leases.release(name, self._worker)

        await self._storage.run(release)

    async def anybody_holds(self) -> bool:
        """Whether any worker has a place now: this one, or another."""
        now = self._clock.now()
        return bool(await self._storage.run(lambda uow: uow.leases.held(PLACES, now)))

    def _take(self, uow: UnitOfWork, now: datetime) -> tuple[str, str]:
        place = self._take_one(uow, PLACES, self._place, LEASE_DURATION, now)
        if not place:
            return "", self._pair  # its connections are open until they are closed and the pair is given back
        pair = self._take_one(uow, PAIRS, self._pair, PAIR_DURATION, now)
        if not pair:
            uow.leases.release(place, self._worker)
            return "", ""
        return place, pair

    def _take_one(self, uow: UnitOfWork, names: Sequence[str], own: str, duration: timedelta, now: datetime) -> str:
        """Renews `own`, or else takes the first of `names` that is free."""
        until = now + duration
        if own and uow.leases.acquire(own, self._worker, until, now):
            return own
        held = uow.leases.held(names, now)
        for name in names:
            if name not in held and uow.leases.acquire(name, self._worker, until, now):
                return name
        return ""
