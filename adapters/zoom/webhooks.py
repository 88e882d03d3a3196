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
from bot.meetings.events import MeetingEvent
from bot.meetings.hear import hear, listen
from bot.ports import Clock, Storage
from bot.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

SIGNATURE_MAX_AGE = timedelta(minutes=5)
"""Older events are refused as replays (Zoom's webhook docs, Verify webhook events)."""


class MeetingWebhook:
    """`POST /zoom/events`. `secret`: the secret token of the app's event subscription."""

    def __init__(self, storage: Storage, clock: Clock, config: Config, secret: str) -> None:
        self._storage, self._clock, self._config, self._secret = storage, clock, config, secret.encode()
        self._missed = False
        """An event may have been missed since the last one that was stored: Zoom sends it again in a few minutes."""

    async def begin(self) -> None:
        """To be called where events come in from now on. Never raises."""
        self._missed = True
        try:
            await self._store(None)
        except Exception as problem:  # noqa: BLE001 - it is stored with the first event
            log.warning("could not keep since when Zoom's events come in: %s", type(problem).__name__)

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
        if not isinstance(event, dict) or not isinstance(event.get("event"), str):
            return web.Response(status=400)
        payload = event.get("payload", {})
        if not isinstance(payload, dict):
            return web.Response(status=400)
        if event["event"] == "endpoint.url_validation":
            return self._validate_url(payload.get("plainToken"))
        heard = parse(event, self._clock.now())
        if heard is not None:
            await self._store(heard)
        return web.Response(status=204)

    async def _store(self, event: MeetingEvent | None) -> None:
        now, missed = self._clock.now(), self._missed

        def work(uow: UnitOfWork) -> None:
            if missed:
                listen(uow, now)
            if event is not None:
                hear(uow, event, now, self._config)

        try:
            await self._storage.run(work)
        except BaseException:
            self._missed = True
            raise
        if missed:
            self._missed = False

    def _is_genuine(self, stamp: str, raw: bytes, signature: str) -> bool:
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
            return False
        wanted = "v0=" + self._signed(b"v0:" + stamp.encode() + b":" + raw)
        fresh = abs(self._clock.now().timestamp() - int(stamp)) <= SIGNATURE_MAX_AGE.total_seconds()
        return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace")) and fresh

    def _signed(self, message: bytes) -> str:
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()

    def _validate_url(self, token: object) -> web.Response:
        # Signed events begin with `v0:`, so a token with a colon could be used to forge one.
        if not isinstance(token, str) or ":" in token or not token.isascii() or len(token) > ID_LIMIT:
            return web.Response(status=400)
        return web.json_response({"plainToken": token, "encryptedToken": self._signed(token.encode())})
