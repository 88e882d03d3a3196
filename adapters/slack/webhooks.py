"""`POST /slack/events`: who it comes from, how old and how large it is, before a byte of it is understood."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable
from datetime import timedelta

from aiohttp import web
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.ports import Clock

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 1024 * 1024
"""Bytes. A view with its state is Slack's largest, at 250 kB."""
TIMESTAMP_TOLERANCE = timedelta(minutes=5)


class EventsEndpoint:
    """Hands what is truly from Slack to Bolt."""

    def __init__(self, app: AsyncApp, signing_secret: str, clock: Clock, ready: Callable[[], bool]) -> None:
        """`ready`: whether Slack has told us yet who we are."""
        self._app = app
        self._ready = ready
        self._secret = signing_secret.encode()
        self._clock = clock

    async def post(self, request: web.Request) -> web.Response:
        stamp, signature = (
            request.headers.get("X-Slack-Request-Timestamp", ""),
            request.headers.get("X-Slack-Signature"),
        )
        if not self._is_recent(stamp) or not signature:
            return _unsigned()
        body = await _whole_body(request)
        if body is None:
            return web.Response(status=413, text="Too large.")
        if not hmac.compare_digest(self._signature(stamp, body), signature.encode("utf-8", "replace")):
            return _unsigned()
        if not self._ready():
            return web.Response(status=503, text="Starting.", headers={"Retry-After": "5"})
        try:
            said = body.decode()
        except UnicodeDecodeError:
            return web.Response(status=400, text="Not text.")
        try:
            asked = AsyncBoltRequest(body=said, headers={"content-type": request.content_type})
        except Exception as problem:  # noqa: BLE001 - Bolt raises many things at what it does not expect
            log.warning("a payload from Slack could not be read: %s", type(problem).__name__)
            return web.Response(status=400, text="Not understood.")
        answer = await self._app.async_dispatch(asked)
        content = {"Content-Type": answer.headers["content-type"][0]}
        return web.Response(status=answer.status, body=answer.body.encode(), headers=content)

    def _is_recent(self, stamp: str) -> bool:
        if not stamp.isascii() or not stamp.isdecimal() or len(stamp) > 15:
            return False
        return abs(self._clock.now().timestamp() - int(stamp)) <= TIMESTAMP_TOLERANCE.total_seconds()

    def _signature(self, stamp: str, body: bytes) -> bytes:
        signed = hmac.new(self._secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
        return b"v0=" + signed.hexdigest().encode()


def _unsigned() -> web.Response:
    log.warning("a request to /slack/events was not signed by Slack, or was too old")
    return web.Response(status=401, text="Not signed by Slack.")


async def _whole_body(request: web.Request) -> bytes | None:
    """The body as it came, which is what is signed; None when it is larger than anything Slack sends.

    Whoever serves this may have read it already and keeps it: the stream itself is then empty.
    """
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return None
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        return None
    return body if len(body) <= MAX_BODY_BYTES else None
