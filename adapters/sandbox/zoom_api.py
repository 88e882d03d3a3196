"""The part of Zoom's API that the bot uses, before the sandbox's stand-in; and the webhooks that it sends.

The bot speaks to it over HTTP with its own client, as it speaks to Zoom. It listens on loopback, and the credentials
are made anew for each sandbox.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from adapters.sandbox.zoom_rooms import Attendee, StandInMeeting, StandInZoom
from bot.ports import Clock

LOOPBACK = "127.0.0.1"
TOKEN_LIFETIME = 3600
WEBHOOK_TIMEOUT = aiohttp.ClientTimeout(total=3.0)
"""As Zoom waits for an answer."""
NO_MEETING = {"code": 3001, "message": "Meeting does not exist."}

Answer = tuple[int, Mapping[str, Any]]
Act = Callable[[StandInMeeting, Mapping[str, Any]], Answer]


class ZoomApi:
    def __init__(self, zoom: StandInZoom, clock: Clock) -> None:
        self._zoom, self._clock = zoom, clock
        self.account, self.client, self.secret = "sandbox", "sandbox", secrets.token_urlsafe(16)
        self.webhook_secret = secrets.token_urlsafe(16)
        self._token = secrets.token_urlsafe(16)
        self._socket = socket.create_server((LOOPBACK, 0))
        self.url = f"http://{LOOPBACK}:{self._socket.getsockname()[1]}"

    @asynccontextmanager
    async def serving(self, webhook: Sequence[web.RouteDef]) -> AsyncIterator[None]:
        """`webhook`: the bot's own route for events, which is served here, and sent to over HTTP."""
        app = web.Application()
        app.add_routes([*webhook, *self._routes()])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.SockSite(runner, self._socket).start()
        async with aiohttp.ClientSession(timeout=WEBHOOK_TIMEOUT) as session:

            async def tell(event: str, about: Mapping[str, Any]) -> None:
                await self._send(session, event, about)

            self._zoom.tell = tell
            try:
                yield
            finally:
                self._zoom.tell = None
                await runner.cleanup()

    # ---- webhooks

    async def _send(self, session: aiohttp.ClientSession, event: str, about: Mapping[str, Any]) -> None:
        """Signed as Zoom signs; what the bot does not take is an error of the sandbox."""
        now = self._clock.now()
        told = {"event": event, "event_ts": int(now.timestamp() * 1000), "payload": {"object": dict(about)}}
        body, stamp = json.dumps(told), str(int(now.timestamp()))
        signed = hmac.new(self.webhook_secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={signed}"}
        async with session.post(f"{self.url}/zoom/events", data=body, headers=headers) as response:
            response.raise_for_status()

    # ---- the API

    def _routes(self) -> list[web.RouteDef]:
        users, one = "/v2/users/{user}", "/v2/meetings/{number}"
        return [
            web.post("/oauth/token", self._give_token),
            web.get(users, self._guarded(self._user)),
            web.get(f"{users}/settings", self._guarded(self._settings)),
            web.post(f"{users}/meetings", self._guarded(self._create)),
            web.get(f"{users}/meetings", self._guarded(self._list)),
            web.get(one, self._about(self._read)),
            web.patch(one, self._about(self._change)),
            web.delete(one, self._about(self._delete)),
            web.post(f"{one}/batch_registrants", self._about(self._register)),
            web.get(f"{one}/registrants", self._about(self._registrants)),
            web.put(f"{one}/registrants/status", self._about(self._set_status)),
        ]

    async def _give_token(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != aiohttp.encode_basic_auth(self.client, self.secret):
            return web.json_response({"reason": "Invalid client_id or client_secret"}, status=400)
        return web.json_response(
            {"access_token": self._token, "token_type": "bearer", "expires_in": TOKEN_LIFETIME, "scope": ""}
        )

    def _guarded(
        self, act: Callable[[web.Request, Mapping[str, Any]], Answer]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            if request.headers.get("Authorization") != f"Bearer {self._token}":
                return web.json_response({"code": 124, "message": "Invalid access token."}, status=401)
            status, answer = act(request, await request.json() if request.can_read_body else {})
            return web.json_response(answer, status=status) if answer else web.Response(status=status)

        return handle

    def _about(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        def handle(request: web.Request, body: Mapping[str, Any]) -> Answer:
            meeting = self._zoom.meeting(request.match_info["number"])
            return act(meeting, body) if meeting is not None else (404, NO_MEETING)

        return self._guarded(handle)

    def _user(self, _: web.Request, __: Mapping[str, Any]) -> Answer:
        return 200, {"id": "sandbox", "type": 2}

    def _settings(self, _: web.Request, __: Mapping[str, Any]) -> Answer:
        return 200, {"feature": {"meeting_capacity": 300}}

    def _create(self, _: web.Request, body: Mapping[str, Any]) -> Answer:
        return 201, self._shown(self._zoom.create(body))

    def _list(self, _: web.Request, __: Mapping[str, Any]) -> Answer:
        return 200, {"meetings": [self._shown(meeting) for meeting in self._zoom.meetings()], "next_page_token": ""}

    def _read(self, meeting: StandInMeeting, _: Mapping[str, Any]) -> Answer:
        return 200, self._shown(meeting) | {"start_url": self._zoom.start_link(meeting)}

    def _shown(self, meeting: StandInMeeting) -> dict[str, Any]:
        status = "started" if meeting.started else "waiting"
        return meeting.body | {"id": meeting.number, "status": status, "join_url": self._zoom.common_link(meeting)}

    def _change(self, meeting: StandInMeeting, body: Mapping[str, Any]) -> Answer:
        settings = {**meeting.body.get("settings", {}), **body.get("settings", {})}
        meeting.body |= {**body, "settings": settings}
        return 204, {}

    def _delete(self, meeting: StandInMeeting, _: Mapping[str, Any]) -> Answer:
        self._zoom.delete(meeting)
        return 204, {}

    def _register(self, meeting: StandInMeeting, body: Mapping[str, Any]) -> Answer:
        added = [self._zoom.register(meeting, each["email"], each["first_name"]) for each in body["registrants"]]
        return 200, {"registrants": [self._registrant(meeting, attendee, "registrant_id") for attendee in added]}

    def _registrants(self, meeting: StandInMeeting, _: Mapping[str, Any]) -> Answer:
        approved = [attendee for attendee in meeting.attendees.values() if attendee.approved]
        found = [self._registrant(meeting, attendee, "id") for attendee in approved]
        return 200, {"registrants": found, "next_page_token": ""}

    def _registrant(self, meeting: StandInMeeting, attendee: Attendee, key: str) -> dict[str, Any]:
        link = self._zoom.own_link(meeting, attendee)
        return {key: attendee.registrant, "email": attendee.email, "status": "approved", "join_url": link}

    def _set_status(self, meeting: StandInMeeting, body: Mapping[str, Any]) -> Answer:
        for each in body["registrants"]:
            attendee = meeting.attendees.get(each["email"])
            if attendee is not None:
                attendee.approved = body["action"] == "approve"
        return 204, {}
