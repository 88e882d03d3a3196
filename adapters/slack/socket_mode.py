"""Socket Mode: Slack reaches the bot through WebSockets that the bot opens, so nothing need be public."""

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
"""The SDK closes a socket before it opens the next, and Slack asks for a new one every hour or so."""
SHUTDOWN_TIMEOUT = 3.0
"""Seconds that what was received has to be acknowledged in before the sockets close: Slack waits no longer."""


class _TrackingHandler(AsyncSocketModeHandler):
    """Bolt's own, which also knows what it has received and not yet acknowledged."""

    def __init__(self, app: AsyncApp, app_token: str, web_client: AsyncWebClient) -> None:
        super().__init__(app, app_token, logger=sdk_logger, web_client=web_client)
        self.under_way: set[asyncio.Task[None]] = set()

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - it is always run in one
        self.under_way.add(task)
        try:
            await super().handle(client, req)
        finally:
            self.under_way.discard(task)


class SocketMode:
    def __init__(
        self, app: AsyncApp, app_token: str, base_url: str, session: aiohttp.ClientSession, count: int = CONNECTIONS
    ) -> None:
        """`session`: for asking Slack where its sockets are."""
        web_client = AsyncWebClient(base_url=base_url, session=session, logger=sdk_logger)
        self._sockets = [_TrackingHandler(app, app_token, web_client) for _ in range(count)]
        self._connecting: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Connects, however long that takes; the SDK keeps trying and reconnects by itself afterwards."""
        self._connecting = [asyncio.create_task(each.client.connect()) for each in self._sockets]  # type: ignore[no-untyped-call]
        await asyncio.gather(*self._connecting)

    async def connected(self) -> bool:
        return any([await each.client.is_connected() for each in self._sockets])

    async def close(self) -> None:
        for task in self._connecting:
            task.cancel()
        await asyncio.gather(*self._connecting, return_exceptions=True)
        under_way = {task for each in self._sockets for task in each.under_way}
        if under_way:
            await asyncio.wait(under_way, timeout=SHUTDOWN_TIMEOUT)
        await asyncio.gather(*(each.client.close() for each in self._sockets))  # type: ignore[no-untyped-call]
