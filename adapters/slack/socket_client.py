"""One Socket Mode connection: the SDK's client and Bolt's handler, which open no socket without permission."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.client import error_code, sdk_logger
from adapters.slack.receive import is_readable
from adapters.slack.socket_lease import SHARED

log = logging.getLogger(__name__)

PING_INTERVAL = 10.0
"""Seconds between two pings, and between two attempts to connect."""
CLOSE_TIMEOUT = 1.0
"""Seconds that Slack has to answer that a socket closes; after that the connection is cut."""
TOO_MANY = "too_many_websockets"
"""Slack's reason where ten connections of the app are open. It comes in the new socket, as the reason to disconnect."""


class PermissionEnded(Exception):
    """No socket may be opened any more; nothing was asked of Slack."""


class PermittedClient(SocketModeClient):
    """The SDK's client. It asks before it opens a socket, and does not insist where Slack says that there are too many.

    The SDK by itself connects again at once, and again, as often as Slack refuses.
    """

    def __init__(self, app_token: str, web_client: AsyncWebClient, may_open: Callable[[], bool]) -> None:
        super().__init__(app_token, sdk_logger, web_client, ping_interval=PING_INTERVAL)
        self._may_open = may_open
        self.refused = False
        """Whether Slack refused a socket because there are too many."""

    async def issue_new_wss_url(self) -> str:
        if not self._may_open():
            self._give_up()
            raise PermissionEnded
        try:
            return await super().issue_new_wss_url()
        except SlackApiError as refusal:
            if error_code(refusal) == TOO_MANY:
                self._give_up(refused=True)
            raise

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        try:
            await super().connect_to_new_endpoint(force)
        except (PermissionEnded, SlackApiError):
            if not self.closed:
                raise

    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        if message.get("type") == "hello":
            _log_count(message.get("num_connections"))
        if message.get("type") == "disconnect" and message.get("reason") == TOO_MANY:
            self._give_up(refused=True)
            return
        await super().run_message_listeners(message, raw_message)

    def _give_up(self, *, refused: bool = False) -> None:
        self.refused = self.refused or refused
        self.closed = True  # ends the SDK's loops; what they hold is released by `close`


class SocketConnection(AsyncSocketModeHandler):
    """Connects at once, and again whenever the connection is lost, until it is closed or refused.

    It also tracks the payloads that it has received and not yet acknowledged.
    """

    def __init__(self, app: AsyncApp, client: PermittedClient, now: datetime) -> None:
        # Not the SDK's own: that would create a client of the SDK's class.
        self.app, self.app_token, self.client = app, client.app_token, client
        client.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type]
        self._permitted = client
        self.last_connected = now
        """When it was last seen to be connected, or else created."""
        self.unacknowledged: set[asyncio.Task[None]] = set()
        self.connecting: asyncio.Task[None] = asyncio.create_task(client.connect())  # type: ignore[no-untyped-call]

    @property
    def refused(self) -> bool:
        return self._permitted.refused

    @property
    def ended(self) -> bool:
        """Whether it gave up by itself."""
        return self.client.closed

    async def connected(self) -> bool:
        return await self.client.is_connected()

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        if not is_readable(req.payload):
            log.warning("a payload from Slack is not of a shape that it documents")
            return
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - the SDK always runs it in a task
        self.unacknowledged.add(task)
        try:
            await super().handle(client, req)
        finally:
            self.unacknowledged.discard(task)

    def stop(self) -> None:
        """No socket is opened from now on."""
        self.client.closed = True
        self.connecting.cancel()

    async def close(self) -> None:
        self.stop()
        await asyncio.gather(self.connecting, return_exceptions=True)
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self.client.close()  # type: ignore[no-untyped-call]
        except TimeoutError:
            await self.client.close()  # type: ignore[no-untyped-call] # now it waits for nobody, and ends the SDK's tasks


def _log_count(connections: object) -> None:
    """How many connections of this app Slack counts, this one among them: also such as are dead, for some time."""
    if isinstance(connections, int):
        level = logging.WARNING if connections > SHARED else logging.INFO
        log.log(level, "connected to Slack by Socket Mode; Slack counts %d connections of the app", connections)
