"""Connects Zoom: the API client, meetings and passes, and the webhook that reports log-ins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from adapters.zoom.capacity import CapacityReader
from adapters.zoom.client import ZoomClient, ZoomCredentials, ZoomRefused
from adapters.zoom.meetings import ZoomMeetings
from adapters.zoom.passes import ZoomPassIssuer
from adapters.zoom.reconcile import MeetingReconciler
from adapters.zoom.start_links import ZoomStartLinks
from adapters.zoom.webhooks import MeetingWebhook
from bot.config import Config
from bot.leases import RENEW_INTERVAL_SECONDS, StoredLease
from bot.ports import Clock, Storage, TryLater

log = logging.getLogger(__name__)

SHUTDOWN_TIMEOUT = 3.0
"""Seconds for giving the lease back; where the database is unavailable it expires by itself."""


@dataclass(frozen=True, slots=True)
class ZoomConnection:
    reconciler: MeetingReconciler | None = None
    client: ZoomClient | None = None
    webhook: MeetingWebhook | None = None
    passes: ZoomPassIssuer | None = None
    start_links: ZoomStartLinks | None = None
    capacity: CapacityReader | None = None

    async def tick(self) -> datetime | None:
        """Does what is due; returns when to run again, if that is soon."""
        due = await self.reconciler.tick() if self.reconciler is not None else None
        if self.capacity is not None:
            await self.capacity.tick()
        return due

    @property
    def routes(self) -> list[web.RouteDef]:
        return self.webhook.routes() if self.webhook is not None else []

    async def missing(self) -> str:
        """Readiness check: why Zoom is not connected, in a few words; empty when it is."""
        try:
            if self.client is not None:
                await self.client.token()
        except (TryLater, ZoomRefused) as problem:
            return str(problem)
        return ""


@asynccontextmanager
async def connect(
    storage: Storage, config: Config, clock: Clock, credentials: ZoomCredentials | None, webhook_secret: str
) -> AsyncIterator[ZoomConnection]:
    """Without credentials there is only the webhook; without a webhook secret no log-in is counted."""
    webhook = MeetingWebhook(storage, clock, config, webhook_secret) if webhook_secret else None
    if credentials is None:
        yield ZoomConnection(webhook=webhook)
        return
    client = ZoomClient(credentials, clock)
    zoom = ZoomMeetings(client, config, credentials.host)
    reconciler, passes = MeetingReconciler(storage, zoom, clock, config), ZoomPassIssuer(storage, zoom, clock)
    renewing = asyncio.create_task(_keep_renewing(reconciler.lease))
    try:
        capacity = CapacityReader(storage, client, clock, credentials.host)
        yield ZoomConnection(reconciler, client, webhook, passes, ZoomStartLinks(zoom), capacity)
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, _give_back(reconciler), client.close(), return_exceptions=True)


async def _keep_renewing(lease: StoredLease) -> None:
    """Renews the lease while it is held, so that it outlasts long work; runs until cancelled."""
    while True:
        await asyncio.sleep(RENEW_INTERVAL_SECONDS)
        try:
            if lease.held:
                await lease.hold()
        except Exception as problem:  # noqa: BLE001 - it is still valid for a while, and the reconciler checks it before each step
            log.warning("the lease of Zoom was not renewed: %s", type(problem).__name__)


async def _give_back(reconciler: MeetingReconciler) -> None:
    """Gives the lease back, so that the next worker need not wait until it expires."""
    try:
        async with asyncio.timeout(SHUTDOWN_TIMEOUT):
            await reconciler.lease.give_back()
    except Exception as problem:  # noqa: BLE001 - the rest of the shutdown goes on
        log.warning("the lease of Zoom was not given back: %s", type(problem).__name__)
