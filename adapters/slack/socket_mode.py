"""Socket Mode: receives payloads over WebSockets that the bot opens, so that it needs no public address.

All workers together have at most ten; how they are shared is in `socket_lease.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import datetime, timedelta

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.client import sdk_logger
from adapters.slack.socket_client import PermittedClient, SocketConnection
from adapters.slack.socket_lease import CONNECTIONS, SocketLease
from bot.leases import LEASE_DURATION, POLL_INTERVAL_SECONDS, RENEW_INTERVAL_SECONDS
from bot.ports import Clock

log = logging.getLogger(__name__)

SHUTDOWN_TIMEOUT = 3.0
"""Seconds in which received payloads must be acknowledged before the sockets close: Slack waits no longer."""
GIVE_BACK_TIMEOUT = 1.0
"""Seconds for a turn in progress to end, and again for giving the lease back; else it expires by itself."""
STUCK_AFTER = timedelta(minutes=1)
"""A connection that is down for so long is replaced: the SDK may retry an address that has expired. Where all are,
another worker gets the chance to connect."""
STUCK_PAUSE = timedelta(seconds=5)
"""Before this worker tries again itself: longer than the others' interval."""
REFUSED_PAUSE, MAX_REFUSED_PAUSE = timedelta(seconds=15), timedelta(minutes=2)
"""Before another try where Slack says that there are too many connections; doubled each time."""
NOBODY_CONNECTED = "no worker is connected to Slack's Socket Mode"


class SocketMode:
    """Holds a worker's share of the connections whenever there is one. `open` starts it, `close` ends it."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        base_url: str,
        session: aiohttp.ClientSession,
        lease: SocketLease,
        clock: Clock,
    ) -> None:
        """`session`: for asking Slack for the addresses of its sockets."""
        self._app, self._app_token, self._lease, self._clock = app, app_token, lease, clock
        self._web_client = AsyncWebClient(base_url=base_url, session=session, logger=sdk_logger)
        self._connections: list[SocketConnection] = []
        self._standing_by = False
        self._refusals = 0
        """How often in a row Slack said that there are too many."""
        self._pause: tuple[datetime, timedelta] | None = None
        """No new connection from then on for so long."""
        self._closing, self._tried = asyncio.Event(), asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Returns once it is connected, however long that takes, or once it stands by; goes on in the background."""
        self._running = asyncio.create_task(self._run())
        await self._tried.wait()
        if connecting := [connection.connecting for connection in self._connections]:
            await asyncio.wait(connecting)

    async def connected(self) -> bool:
        return any([await connection.connected() for connection in self._connections])

    async def missing(self) -> str:
        """Readiness check. A worker that stands by is as it should be, as long as any worker holds a share."""
        if await self.connected():
            return ""
        if self._connections:
            return "Slack's Socket Mode is not connected"
        if await self._lease.anybody_holds():
            return ""
        if self._refusals:
            return "Slack refuses Socket Mode another connection: ten of this app are open elsewhere"
        return NOBODY_CONNECTED

    async def turn(self) -> float:
        """Takes or renews the lease, and opens or closes connections accordingly. Returns seconds until the next."""
        if self._connections and not self._lease.is_valid():
            log.warning("this worker stood still, or the database did: its connections to Slack are closed")
            await self._disconnect(wait=False)
        if not self._connections and self._is_paused():
            return POLL_INTERVAL_SECONDS
        try:
            async with asyncio.timeout(LEASE_DURATION.total_seconds()):
                held = await self._lease.hold()
        except Exception as problem:  # noqa: BLE001 - whatever the database says, what is held lasts a while yet
            log.warning("the share of Slack's connections was not renewed: %s", type(problem).__name__)
            return POLL_INTERVAL_SECONDS
        if held:
            self._standing_by = False
            await self._keep_connected()
            return RENEW_INTERVAL_SECONDS
        if self._connections:
            log.warning("another worker has this one's share of Slack's connections")
            await self._disconnect()
        elif not self._standing_by:
            log.info("standing by: other workers are connected to Slack")
        self._standing_by = True
        return POLL_INTERVAL_SECONDS

    async def close(self) -> None:
        """Acknowledges what was received, disconnects, and lets another worker connect at once."""
        self._closing.set()
        if self._running is not None:
            await asyncio.wait({self._running}, timeout=GIVE_BACK_TIMEOUT)
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._disconnect()

    async def _run(self) -> None:
        while not self._closing.is_set():
            try:
                seconds = await self.turn()
            except Exception:
                log.exception("Socket Mode goes on after an error")
                seconds = POLL_INTERVAL_SECONDS
            self._tried.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._closing.wait()

    async def _keep_connected(self) -> None:
        """Replaces connections that ended or are stuck; gives the share up where none is left."""
        now = self._clock.now()
        lost, connected = [], 0
        for connection in self._connections:
            if await connection.connected():
                connection.last_connected = now
                connected += 1
            elif connection.ended or not timedelta(0) <= now - connection.last_connected < STUCK_AFTER:
                lost.append(connection)
        self._connections = [connection for connection in self._connections if connection not in lost]
        await asyncio.gather(*(connection.close() for connection in lost))
        if any(connection.refused for connection in lost):
            self._note_refusal(now)
        elif lost and not self._connections:
            self._pause = now, STUCK_PAUSE
        elif connected == CONNECTIONS:
            self._refusals = 0
        if not self._connections and self._is_paused():
            await self._give_back()
            return
        while len(self._connections) < CONNECTIONS and not self._is_paused():
            client = PermittedClient(self._app_token, self._web_client, self._lease.is_valid)
            self._connections.append(SocketConnection(self._app, client, now))

    def _note_refusal(self, now: datetime) -> None:
        length = min(REFUSED_PAUSE * 2**self._refusals, MAX_REFUSED_PAUSE)
        self._refusals += 1
        self._pause = now, length
        log.warning(
            "Slack refuses another Socket Mode connection: ten of this app are open, also such as it has not found out"
            " to be dead. This worker has %d; trying again in %.0f s",
            len(self._connections),
            length.total_seconds(),
        )

    def _is_paused(self) -> bool:
        if self._pause is None:
            return False
        since, length = self._pause
        return timedelta(0) <= self._clock.now() - since < length

    async def _disconnect(self, *, wait: bool = True) -> None:
        """Closes all connections, and gives the lease back. `wait`: until what was received is acknowledged."""
        connections, self._connections = self._connections, []
        if not wait:
            for connection in connections:
                connection.stop()
        unacknowledged = {task for connection in connections for task in connection.unacknowledged}
        if unacknowledged and wait:
            await asyncio.wait(unacknowledged, timeout=SHUTDOWN_TIMEOUT)
        await asyncio.gather(*(connection.close() for connection in connections))
        await self._give_back()

    async def _give_back(self) -> None:
        try:
            async with asyncio.timeout(GIVE_BACK_TIMEOUT):
                await self._lease.give_back()
        except Exception as problem:  # noqa: BLE001 - it expires by itself
            log.warning("the share of Slack's connections was not given back: %s", type(problem).__name__)
