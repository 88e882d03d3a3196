"""How Slack delivers payloads to the bot: signed HTTP, or a WebSocket that the bot opened."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp

from bot.ports import Clock
from tests.adapters.slack.fake_slack import FakeSlack

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
ACKNOWLEDGE_TIMEOUT = 10.0
"""Seconds; Slack waits 3, and a busy machine may stand still. That it is in time is measured by the bench."""
Kind = Literal["slash_commands", "interactive", "events_api"]


class NotAcknowledged(Exception):
    """Slack got no acknowledgement in time, or a bad one; the user reads that the app did not respond."""


class Transport(ABC):
    @abstractmethod
    async def deliver(self, kind: Kind, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The body of the acknowledgement, empty when it has none. Raises NotAcknowledged."""


def signature_headers(body: bytes, clock: Clock, secret: str = SIGNING_SECRET, age: int = 0) -> dict[str, str]:
    """`age`: seconds."""
    timestamp = str(int(clock.now().timestamp()) - age)
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def encode_payload(kind: Kind, payload: Mapping[str, Any]) -> tuple[bytes, str]:
    """(body, content type) as Slack sends them."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


class HttpTransport(Transport):
    def __init__(self, url: str, clock: Clock, session: aiohttp.ClientSession) -> None:
        self.url, self._clock, self._session = url, clock, session

    async def deliver(self, kind: Kind, payload: Mapping[str, Any]) -> dict[str, Any]:
        body, content_type = encode_payload(kind, payload)
        headers = signature_headers(body, self._clock) | {"Content-Type": content_type}
        try:
            async with asyncio.timeout(ACKNOWLEDGE_TIMEOUT):
                async with self._session.post(self.url, data=body, headers=headers) as response:
                    text = await response.text()
        except (TimeoutError, aiohttp.ClientError) as problem:
            raise NotAcknowledged(type(problem).__name__) from None
        if response.status != 200:
            raise NotAcknowledged(f"HTTP {response.status}")
        if response.content_type == "application/json":
            acknowledgement: dict[str, Any] = json.loads(text)
            return acknowledgement
        return {"text": text, "response_type": "ephemeral"} if text else {}


class SocketTransport(Transport):
    def __init__(self, fake_slack: FakeSlack) -> None:
        self._fake_slack = fake_slack

    async def deliver(self, kind: Kind, payload: Mapping[str, Any]) -> dict[str, Any]:
        envelope_id = secrets.token_hex(8)
        acknowledgement: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._fake_slack.acknowledgements[envelope_id] = acknowledgement
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": True}
        await secrets.choice(self._fake_slack.sockets).send_json(envelope)
        try:
            return await asyncio.wait_for(acknowledgement, ACKNOWLEDGE_TIMEOUT)
        except TimeoutError:
            raise NotAcknowledged("no acknowledgement") from None
        finally:
            del self._fake_slack.acknowledgements[envelope_id]
