"""Zoom's webhook: what happens in meetings. The signature is verified first; what comes twice counts once."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from datetime import timedelta

from aiohttp import web

from adapters.zoom.events import ID_LIMIT, parse
from bot.config import Config
from bot.meetings.hear import hear
from bot.ports import Clock, Storage

log = logging.getLogger(__name__)

SIGNATURE_MAX_AGE = timedelta(minutes=5)
"""Older events are refused as replays (Zoom's webhook docs, Verify webhook events)."""


class MeetingWebhook:
    """`POST /zoom/events`. `secret`: the secret token of the app's event subscription."""

    def __init__(self, storage: Storage, clock: Clock, config: Config, secret: str) -> None:
        self._storage, self._clock, self._config, self._secret = storage, clock, config, secret.encode()

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/zoom/events", self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        raw = await request.read()
        stamp = request.headers.get("x-zm-request-timestamp", "")
        if not self._is_genuine(stamp, raw, request.headers.get("x-zm-signature", "")):
            # The validation too: it is answered with a signature, and an unverified one would sign anything.
            log.warning("a request to /zoom/events was not signed by Zoom, or was too old")
            return web.Response(status=401)
        try:
            event = json.loads(raw)
        except (ValueError, RecursionError):
            return web.Response(status=400)
        if not isinstance(event, dict):
            return web.Response(status=400)
        payload = event.get("payload")
        if event.get("event") == "endpoint.url_validation":
            return self._validate_url(payload)
        now = self._clock.now()
        heard = parse(event, now)
        if heard is not None:
            await self._storage.run(lambda uow: hear(uow, heard, now, self._config))
        return web.Response(status=204)

    def _is_genuine(self, stamp: str, raw: bytes, signature: str) -> bool:
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
            return False
        wanted = "v0=" + self._signed(b"v0:" + stamp.encode() + b":" + raw)
        fresh = abs(self._clock.now().timestamp() - int(stamp)) <= SIGNATURE_MAX_AGE.total_seconds()
        return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace")) and fresh

    def _signed(self, message: bytes) -> str:
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()

    def _validate_url(self, payload: object) -> web.Response:
        token = payload.get("plainToken") if isinstance(payload, dict) else None
        # Signed events begin with `v0:`, so a token with a colon could be used to forge one.
        if not isinstance(token, str) or ":" in token or not token.isascii() or len(token) > ID_LIMIT:
            return web.Response(status=400)
        return web.json_response({"plainToken": token, "encryptedToken": self._signed(token.encode())})
