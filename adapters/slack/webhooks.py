"""`POST /slack/events`: verifies the age, size and signature of a request before anything in it is parsed.

slack_sdk's SignatureVerifier is not used: it raises on a signature or body that is not text and on a timestamp that
is not a number, and looks at the timestamp only once the whole body is read; guarding it takes more than the HMAC.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable
from datetime import timedelta

from aiohttp import web
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from adapters.slack.receive import is_readable
from bot.ports import Clock

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 1024 * 1024
"""Slack's largest payload is a view with its state, 250 kB."""
TIMESTAMP_TOLERANCE = timedelta(minutes=5)
"""As in docs.slack.dev, Verifying requests from Slack."""


class EventsEndpoint:
    """Passes verified requests on to Bolt."""

    def __init__(self, app: AsyncApp, signing_secret: str, clock: Clock, is_ready: Callable[[], bool]) -> None:
        """`is_ready`: whether Slack has identified the bot yet."""
        self._app = app
        self._is_ready = is_ready
        self._secret = signing_secret.encode()
        self._clock = clock

    async def post(self, request: web.Request) -> web.Response:
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature")
        if not self._is_recent(timestamp) or not signature:
            return _unsigned()
        body = await _read_body(request)
        if body is None:
            return web.Response(status=413, text="Too large.")
        if not hmac.compare_digest(self._signature(timestamp, body), signature.encode("utf-8", "replace")):
            return _unsigned()
        if not self._is_ready():
            return web.Response(status=503, text="Starting.", headers={"Retry-After": "5"})
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return web.Response(status=400, text="Not text.")
        try:
            bolt_request = AsyncBoltRequest(body=text, headers={"content-type": request.content_type})
        except Exception as problem:  # noqa: BLE001 - Bolt raises many types for a payload that it does not expect
            log.warning("a payload from Slack could not be read: %s", type(problem).__name__)
            return web.Response(status=400, text="Not understood.")
        if not is_readable(bolt_request.body):
            log.warning("a payload from Slack is not of a shape that it documents")
            return web.Response(status=400, text="Not understood.")
        response = await self._app.async_dispatch(bolt_request)
        headers = {"Content-Type": response.headers["content-type"][0]}
        return web.Response(status=response.status, body=response.body.encode(), headers=headers)

    def _is_recent(self, timestamp: str) -> bool:
        if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 15:
            return False
        return abs(self._clock.now().timestamp() - int(timestamp)) <= TIMESTAMP_TOLERANCE.total_seconds()

    def _signature(self, timestamp: str, body: bytes) -> bytes:
        digest = hmac.new(self._secret, b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
        return b"v0=" + digest.hexdigest().encode()


def _unsigned() -> web.Response:
    log.warning("a request to /slack/events was not signed by Slack, or was too old")
    return web.Response(status=401, text="Not signed by Slack.")


async def _read_body(request: web.Request) -> bytes | None:
    """The raw body, which is what is signed; None when it is larger than anything Slack sends.

    A middleware may have read it already and cached it: the stream itself is then empty.
    """
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return None
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        return None
    return body if len(body) <= MAX_BODY_BYTES else None
