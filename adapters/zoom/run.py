"""Zoom, connected: the account and its meetings, and the address at which it tells of log-ins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from adapters.zoom.client import Account, Credentials, Refused
from adapters.zoom.meetings import ZoomMeetings
from adapters.zoom.passes import PassMaker
from adapters.zoom.reconcile import Keeper
from adapters.zoom.webhooks import LogIns
from bot.house import House
from bot.leases import RENEWED_EVERY, StoredLease
from bot.ports import Clock, Storage, TryLater

log = logging.getLogger(__name__)

SHUTDOWN_TIMEOUT = 3.0
"""Seconds for giving the lease back; where the database is away it runs out by itself."""

__all__ = ["Credentials", "Zoom", "connected"]


@dataclass(frozen=True, slots=True)
class Zoom:
    keeper: Keeper | None = None
    account: Account | None = None
    routes: list[web.RouteDef] = field(default_factory=list)
    passes: PassMaker | None = None

    async def missing(self) -> str:
        """What keeps Zoom from being connected; empty when nothing does."""
        try:
            if self.account is not None:
                await self.account.token()
        except (TryLater, Refused) as problem:
            return str(problem)
        return ""


@asynccontextmanager
async def connected(
    storage: Storage, house: House, clock: Clock, credentials: Credentials | None, webhook_secret: str
) -> AsyncIterator[Zoom]:
    """Either may be missing: without credentials log-ins are counted alone, without a secret none are."""
    routes = LogIns(storage, clock, webhook_secret).routes() if webhook_secret else []
    if credentials is None:
        yield Zoom(routes=routes)
        return
    account = Account(credentials, clock)
    zoom = ZoomMeetings(account, house)
    keeper, passes = Keeper(storage, zoom, clock, house), PassMaker(storage, zoom, clock)
    renewing = asyncio.create_task(_renewed(keeper.lease))
    try:
        yield Zoom(keeper, account, routes, passes)
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, _given_back(keeper), account.close(), return_exceptions=True)


async def _renewed(lease: StoredLease) -> None:
    """Renews it while it is held, so that it lasts through work that takes longer; ends when cancelled."""
    while True:
        await asyncio.sleep(RENEWED_EVERY)
        try:
            if lease.held:
                await lease.hold()
        except Exception as problem:  # noqa: BLE001 - it lasts a while yet, and the keeper asks before each step
            log.warning("the lease of Zoom was not renewed: %s", type(problem).__name__)


async def _given_back(keeper: Keeper) -> None:
    """So that the worker that comes next need not wait until the lease has run out."""
    try:
        async with asyncio.timeout(SHUTDOWN_TIMEOUT):
            await keeper.lease.give_back()
    except Exception as problem:  # noqa: BLE001 - nothing else is to fail for it
        log.warning("the lease of Zoom was not given back: %s", type(problem).__name__)
