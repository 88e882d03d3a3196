"""Zoom's webhook: who logged in. The signature is verified first; a log-in counts once however often it is sent."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from bot.ports import Clock, Storage

log = logging.getLogger(__name__)

SIGNATURE_MAX_AGE = timedelta(minutes=5)
"""Older events are refused as replays (Zoom's webhook docs, Verify webhook events)."""
ID_LIMIT = 64
"""Characters of an id."""


class LoginWebhook:
    """`POST /zoom/events`. `secret`: the secret token of the app's event subscription."""

    def __init__(self, storage: Storage, clock: Clock, secret: str) -> None:
        self._storage, self._clock, self._secret = storage, clock, secret.encode()

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
        if event.get("event") == "meeting.participant_joined":
            await self._joined(payload)
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

    async def _joined(self, payload: object) -> None:
        """Events come in any order and may repeat: the earliest log-in of each registrant is kept."""
        meeting = payload.get("object") if isinstance(payload, dict) else None
        participant = meeting.get("participant") if isinstance(meeting, dict) else None
        if not isinstance(meeting, dict) or not isinstance(participant, dict):
            return
        number, registrant = _text(meeting.get("id")), _text(participant.get("registrant_id"))
        if number and registrant:
            at = min(_instant(participant.get("join_time")) or self._clock.now(), self._clock.now())
            await self._storage.run(lambda uow: uow.meetings.record_log_in(number, registrant, at))


def _text(value: Any) -> str:
    """An id, else empty; Zoom writes meeting numbers both as text and as numbers."""
    written = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return written if written.isprintable() and len(written) <= ID_LIMIT else ""


def _instant(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    if at.tzinfo is None:
        return None
    # Other years are no log-in, and with an offset may overflow datetime.
    return at.astimezone(UTC) if 2000 < at.year < 9000 else None
