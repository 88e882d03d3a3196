"""How Slack brings things to the bot: signed HTTP, or a WebSocket that the bot opened. Three seconds, either way."""

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
PATIENCE = 3.0
Kind = Literal["slash_commands", "interactive", "events_api"]


class NotAcknowledged(Exception):
    """Slack got no acknowledgement in time, or a bad one; the person is told that the app did not respond."""


class Transport(ABC):
    @abstractmethod
    async def bring(self, kind: Kind, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The body of the acknowledgement, empty when it has none. Raises NotAcknowledged."""


def signed(body: bytes, clock: Clock, secret: str = SIGNING_SECRET, age: int = 0) -> dict[str, str]:
    stamp = str(int(clock.now().timestamp()) - age)
    mark = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mark}"}


def written(kind: Kind, payload: Mapping[str, Any]) -> tuple[bytes, str]:
    """The body and its content type, as Slack sends them."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


class HttpTransport(Transport):
    def __init__(self, url: str, clock: Clock, session: aiohttp.ClientSession) -> None:
        self.url, self._clock, self._session = url, clock, session

    async def bring(self, kind: Kind, payload: Mapping[str, Any]) -> dict[str, Any]:
        body, content = written(kind, payload)
        headers = signed(body, self._clock) | {"Content-Type": content}
        try:
            async with asyncio.timeout(PATIENCE):
                async with self._session.post(self.url, data=body, headers=headers) as answer:
                    said = await answer.text()
        except (TimeoutError, aiohttp.ClientError) as problem:
            raise NotAcknowledged(type(problem).__name__) from None
        if answer.status != 200:
            raise NotAcknowledged(f"HTTP {answer.status}")
        if answer.content_type == "application/json":
            found: dict[str, Any] = json.loads(said)
            return found
        return {"text": said, "response_type": "ephemeral"} if said else {}


class SocketTransport(Transport):
    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack

    async def bring(self, kind: Kind, payload: Mapping[str, Any]) -> dict[str, Any]:
        envelope = secrets.token_hex(8)
        waiting: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._slack.acknowledged[envelope] = waiting
        socket = secrets.choice(self._slack.sockets)
        sent = {"envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": True}
        await socket.send_json(sent)
        try:
            return await asyncio.wait_for(waiting, PATIENCE)
        except TimeoutError:
            raise NotAcknowledged("no acknowledgement") from None
        finally:
            del self._slack.acknowledged[envelope]
