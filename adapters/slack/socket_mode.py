"""Socket Mode: receives payloads over WebSockets that the bot opens, so that it needs no public address."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.client import sdk_logger

log = logging.getLogger(__name__)

CONNECTIONS = 2
"""The SDK closes a socket before it opens the next one, and Slack asks for a new one every hour or so."""
SHUTDOWN_TIMEOUT = 3.0
"""Seconds in which received payloads must be acknowledged before the sockets close: Slack waits no longer."""


class _TrackingHandler(AsyncSocketModeHandler):
    """Bolt's handler, which also tracks the payloads that it has received and not yet acknowledged."""

    def __init__(self, app: AsyncApp, app_token: str, web_client: AsyncWebClient) -> None:
        super().__init__(app, app_token, logger=sdk_logger, web_client=web_client)
        self.unacknowledged: set[asyncio.Task[None]] = set()

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - the SDK always runs it in a task
        self.unacknowledged.add(task)
        try:
            await super().handle(client, req)
        finally:
            self.unacknowledged.discard(task)


class SocketMode:
    def __init__(self, app: AsyncApp, app_token: str, base_url: str, session: aiohttp.ClientSession) -> None:
        """`session`: for asking Slack for the addresses of its sockets."""
        web_client = AsyncWebClient(base_url=base_url, session=session, logger=sdk_logger)
        self._handlers = [_TrackingHandler(app, app_token, web_client) for _ in range(CONNECTIONS)]
        self._connecting: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Connects, however long that takes; the SDK retries, and reconnects by itself afterwards."""
        self._connecting = [asyncio.create_task(handler.client.connect()) for handler in self._handlers]  # type: ignore[no-untyped-call]
        await asyncio.gather(*self._connecting)

    async def connected(self) -> bool:
        return any([await handler.client.is_connected() for handler in self._handlers])

    async def close(self) -> None:
        for task in self._connecting:
            task.cancel()
        await asyncio.gather(*self._connecting, return_exceptions=True)
        unacknowledged = {task for handler in self._handlers for task in handler.unacknowledged}
        if unacknowledged:
            await asyncio.wait(unacknowledged, timeout=SHUTDOWN_TIMEOUT)
        await asyncio.gather(*(handler.client.close() for handler in self._handlers))  # type: ignore[no-untyped-call]
