"""Zoom, connected: the account and its meetings, and the address at which it tells of log-ins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from adapters.zoom.account import Account, Credentials, Refused
from adapters.zoom.keeping import Keeper
from adapters.zoom.log_ins import LogIns
from adapters.zoom.meetings import ZoomMeetings
from bot.house import House
from bot.ports import Clock, Storage, TryLater

__all__ = ["Credentials", "Zoom", "connected"]


@dataclass(frozen=True, slots=True)
class Zoom:
    keeper: Keeper | None = None
    account: Account | None = None
    routes: list[web.RouteDef] = field(default_factory=list)

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
    keeper = Keeper(storage, ZoomMeetings(account, house), clock, house)
    try:
        yield Zoom(keeper, account, routes)
    finally:
        await account.close()
