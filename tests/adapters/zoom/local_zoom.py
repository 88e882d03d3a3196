"""A Zoom of our own: keeps meetings and registrants as the real one does, and takes nothing that it would not take.

Bodies are checked against Zoom's own description of its API where that is at hand, and against the rules that
matter here in any case. `trouble` makes it fail in the ways in which the real one does.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from adapters.zoom.checks import SCOPES
from tests.adapters.zoom.local_settings import DEFAULTS, OFF, described

ACCOUNT, CLIENT, SECRET = "account", "client", "cl13nt-s3cret"
EMAIL = re.compile(r"[a-z0-9-]+@[a-z0-9.-]+\.[a-z]{2,}")
BATCH, DAILY_ADDS = 30, 3

Answer = tuple[int, dict[str, Any]]
Trouble = Callable[[web.Request], Awaitable[web.StreamResponse | None]]


@dataclass
class Meeting:
    id: int
    body: dict[str, Any]
    registrants: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By e-mail."""
    status: str = "waiting"
    """Or "started"."""
    host: str = "me"


@dataclass
class LocalZoom:
    base: str = ""
    meetings: dict[int, Meeting] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    """`POST /v2/users/me/meetings`: every request that got in."""
    mistakes: list[str] = field(default_factory=list)
    trouble: list[Trouble] = field(default_factory=list)
    """Each is had once, by the next requests to the API in turn."""
    token_trouble: list[Trouble] = field(default_factory=list)
    added: Counter[str] = field(default_factory=Counter)
    start_links: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=lambda: {"me"})
    """Users of the account."""
    locked: dict[str, Any] = field(default_factory=dict)
    """Settings that the account has locked: they are so whatever a meeting is sent."""
    unknown: set[str] = field(default_factory=set)
    """Settings that this account does not know, and refuses."""
    writes: int = 0
    daily_writes: int = 100
    lives: int = 3600
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    registers: bool = True
    """Else registration is dropped without a word, as where the plan has none."""
    user: dict[str, Any] = field(default_factory=lambda: {"id": "u1", "type": 2})
    """`type` 1 is the Basic plan, 2 a licence."""
    settings: dict[str, Any] = field(default_factory=lambda: {"feature": {"meeting_capacity": 100}})

    lock_settings: dict[str, Any] = field(default_factory=dict)
    """What the account has locked, for those who may see it."""

    @property
    def only(self) -> Meeting:
        assert len(self.meetings) == 1, self.meetings
        return next(iter(self.meetings.values()))

    def calls(self, ending: str) -> int:
        return sum(1 for each in self.seen if each.endswith(ending))

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/oauth/token", self._token)
        for method, path, act in (
            ("GET", "/users/{userId}", self._of_host(lambda: self.user)),
            ("GET", "/users/{userId}/settings", self._of_host(lambda: self.settings)),
            ("GET", "/accounts/me/lock_settings", lambda _, __: (200, self.lock_settings)),
            ("POST", "/users/{userId}/meetings", self._create),
            ("GET", "/users/{userId}/meetings", self._list),
            ("GET", "/meetings/{meetingId}", self._read),
            ("PATCH", "/meetings/{meetingId}", self._update),
            ("DELETE", "/meetings/{meetingId}", self._delete),
            ("POST", "/meetings/{meetingId}/batch_registrants", self._register),
            ("GET", "/meetings/{meetingId}/registrants", self._registrants),
            ("PUT", "/meetings/{meetingId}/registrants/status", self._status),
        ):
            app.router.add_route(method, "/v2" + path, self._guarded(method, path, act))
        return app

    def _guarded(
        self, method: str, path: str, act: Callable[[web.Request, dict[str, Any]], Answer]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        validator = described(path, method.lower()) if method in {"POST", "PATCH", "PUT"} else None

        async def answer(request: web.Request) -> web.StreamResponse:
            if self.trouble and (trouble := await self.trouble.pop(0)(request)) is not None:
                return trouble
            if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
                return web.json_response({"code": 124, "message": "Invalid access token."}, status=401)
            body = await request.json() if validator is not None or method in {"POST", "PATCH", "PUT"} else {}
            for each in validator.iter_errors(body) if validator is not None else ():
                self.mistakes.append(f"{method} {path}: {'/'.join(map(str, each.instance_path))}: {each.message}")
            self.seen.append(f"{method} {request.path}")
            meeting = self.meetings.get(int(request.match_info.get("meetingId", 0)))
            orphan = meeting is not None and meeting.host not in self.hosts
            status, found = HOST_NOT_FOUND if orphan else act(request, body)
            if after := request.get("after"):
                await after()
            return web.json_response(found, status=status) if found or status != 204 else web.Response(status=204)

        return answer

    async def _token(self, request: web.Request) -> web.StreamResponse:
        if self.token_trouble and (trouble := await self.token_trouble.pop(0)(request)) is not None:
            return trouble
        wanted = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        sent = await request.post()
        if request.headers.get("Authorization") != wanted or sent.get("account_id") != ACCOUNT:
            return web.json_response({"reason": "Invalid client_id or client_secret"}, status=400)
        assert sent.get("grant_type") == "account_credentials"
        self.tokens.append(f"token-{len(self.tokens)}")
        return web.json_response({"access_token": self.tokens[-1], "token_type": "bearer", "expires_in": self.lives,
                                  "scope": " ".join(sorted(self.scopes))})  # fmt: skip

    def _of_host(self, found: Callable[[], dict[str, Any]]) -> Callable[[web.Request, dict[str, Any]], Answer]:
        return lambda request, _: (200, found()) if request.match_info["userId"] in self.hosts else HOST_NOT_FOUND

    # ---- meetings

    def _create(self, request: web.Request, body: dict[str, Any]) -> Answer:
        host = request.match_info["userId"]
        if host not in self.hosts:
            return HOST_NOT_FOUND
        settings = body["settings"]
        if refusal := self._refusal(settings):
            return refusal
        for name, value in {"approval_type": 0, "auto_recording": "none", "waiting_room": True,
                            "join_before_host": False}.items():  # fmt: skip
            assert settings[name] == value, name
        meeting = Meeting(90_000_000_000 + len(self.seen), dict(body), host=host)
        self._settle(meeting, settings)
        self.meetings[meeting.id] = meeting
        return 201, self._shown(meeting)

    def _refusal(self, settings: Mapping[str, Any]) -> Answer | None:
        self.writes += 1
        if self.writes > self.daily_writes:
            sentence = f"A maximum of {self.daily_writes} meetings can be created/updated for a single user in one day."
            return 400, {"code": 300, "message": sentence}
        if wrong := self.unknown & settings.keys():
            return 400, {"code": 300, "message": f"Invalid field: {min(wrong)}"}
        return None

    def _settle(self, meeting: Meeting, sent: Mapping[str, Any]) -> None:
        """What was sent, else the account's default; and what is locked, or not in the plan, wins over both."""
        settings = {**meeting.body.get("settings", {}), **DEFAULTS, **sent}
        self._watch(settings, sent)
        settings |= self.locked
        if self.user["type"] == 1:
            settings["approval_type"] = 2
        meeting.body["settings"] = settings

    def _shown(self, meeting: Meeting) -> dict[str, Any]:
        url = f"https://us02web.zoom.example/j/{meeting.id}?pwd=k3pt-common"
        return {"id": meeting.id, "join_url": url, "status": meeting.status, **meeting.body}

    def _list(self, request: web.Request, _: dict[str, Any]) -> Answer:
        """Two a page, so that somebody has to turn it."""
        host = request.match_info["userId"]
        if host not in self.hosts:
            return HOST_NOT_FOUND
        everything = sorted((each for each in self.meetings.values() if each.host == host), key=lambda each: each.id)
        first = int(request.query.get("next_page_token") or 0)
        page = [self._shown(each) for each in everything[first : first + 2]]
        more = str(first + 2) if len(everything) > first + 2 else ""
        return 200, {"meetings": page, "next_page_token": more}

    def _one(self, request: web.Request) -> Meeting | None:
        return self.meetings.get(int(request.match_info["meetingId"]))

    def _read(self, request: web.Request, _: dict[str, Any]) -> Answer:
        meeting = self._one(request)
        return (200, self._shown(meeting) | {"start_url": self._start_url(meeting)}) if meeting else MEETING_NOT_FOUND

    def _start_url(self, meeting: Meeting) -> str:
        """Another each time."""
        self.start_links.append(f"https://us02web.zoom.example/s/{meeting.id}?zak=k3pt-host-{len(self.start_links)}")
        return self.start_links[-1]

    def _update(self, request: web.Request, body: dict[str, Any]) -> Answer:
        meeting = self._one(request)
        if meeting is None:
            return MEETING_NOT_FOUND
        if meeting.status == "started":
            return 400, {"code": 3000, "message": "You cannot update or delete meetings that have started."}
        if refusal := self._refusal(body.get("settings", {})):
            return refusal
        meeting.body |= {name: value for name, value in body.items() if name != "settings"}
        self._settle(meeting, body.get("settings", {}))
        return 204, {}

    def _watch(self, settings: Mapping[str, Any], sent: Mapping[str, Any]) -> None:
        """Nobody asked to be recorded, summarised or questioned: what is on by default is a mistake."""
        looked_at = OFF if not self.unknown else OFF.keys() & sent.keys()
        self.mistakes += [f"{name} is {settings[name]}" for name in looked_at if settings[name] != OFF[name]]

    def _delete(self, request: web.Request, _: dict[str, Any]) -> Answer:
        meeting = self._one(request)
        if meeting is None:
            return MEETING_NOT_FOUND
        if meeting.status == "started":
            return 400, {"code": 3002, "message": "Sorry, you cannot delete this meeting since it is in progress."}
        del self.meetings[meeting.id]
        return 204, {}

    # ---- registrants

    def _register(self, request: web.Request, body: dict[str, Any]) -> Answer:
        meeting = self._one(request)
        if meeting is None:
            return MEETING_NOT_FOUND
        assert 1 <= len(body["registrants"]) <= BATCH
        if not self.registers:
            return 200, {"registrants": []}
        if meeting.body["settings"]["approval_type"] == 2:
            return 404, {"code": 404, "message": f"Registration has not been enabled for this meeting: {meeting.id}."}
        by_hand = meeting.body["settings"]["approval_type"] == 1
        for each in body["registrants"]:  # one of them is enough for none to be added
            if self.added[each["email"]] >= DAILY_ADDS:
                sentence = (
                    f'You have exceeded the daily rate limit of "{DAILY_ADDS}" for the registrant {each["email"]}.'
                )
                return 429, {"code": 429, "message": sentence}
        found = []
        for each in body["registrants"]:
            email = each["email"]
            assert EMAIL.fullmatch(email), email
            assert 1 <= len(each["first_name"]) <= 64
            self.added[email] += 1
            kept = meeting.registrants.setdefault(email, {"id": f"R{len(self.added)}x{meeting.id}", "email": email})
            kept["status"] = "pending" if by_hand else "approved"
            url = f"https://us02web.zoom.example/w/{meeting.id}?tk=k3pt-{kept['id']}"
            kept["join_url"] = url
            found.append({"email": email, "registrant_id": kept["id"]} | ({} if by_hand else {"join_url": url}))
        return 200, {"registrants": found}

    def _registrants(self, request: web.Request, _: dict[str, Any]) -> Answer:
        meeting = self._one(request)
        if meeting is None:
            return MEETING_NOT_FOUND
        status = request.query["status"]
        assert status in {"approved", "pending"}
        found = [each for each in meeting.registrants.values() if each["status"] == status]
        if status == "pending":  # they get their link once they are approved
            found = [{name: value for name, value in each.items() if name != "join_url"} for each in found]
        return 200, {"registrants": found}

    def _status(self, request: web.Request, body: dict[str, Any]) -> Answer:
        meeting = self._one(request)
        if meeting is None:
            return MEETING_NOT_FOUND
        become = {"cancel": "cancelled", "approve": "approved"}[body["action"]]
        assert 1 <= len(body["registrants"]) <= BATCH
        if any(each["email"] not in meeting.registrants for each in body["registrants"]):
            return 404, {"code": 404, "message": "Meeting or registrant not found."}
        for each in body["registrants"]:
            assert meeting.registrants[each["email"]]["id"] == each["id"]
            meeting.registrants[each["email"]]["status"] = become
        return 204, {}


HOST_NOT_FOUND: Answer = (404, {"code": 1001, "message": "User not exist or not belong to this account."})
MEETING_NOT_FOUND: Answer = (404, {"code": 3001, "message": "Meeting does not exist."})


# ---- trouble


def refuses(status: int, **headers: str) -> Trouble:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def refuse(_: web.Request) -> web.StreamResponse:
        return web.json_response({"code": status, "message": "on purpose"}, status=status, headers=named)

    return refuse


async def hangs(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(60)
    raise AssertionError("nobody waits so long")


async def does_it_and_drops_the_line(request: web.Request) -> None:
    async def drop() -> None:
        assert request.transport is not None
        request.transport.abort()

    request["after"] = drop


async def drops_the_line(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response(status=500)


@asynccontextmanager
async def open_zoom() -> AsyncIterator[LocalZoom]:
    zoom = LocalZoom()
    runner = web.AppRunner(zoom.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    zoom.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield zoom
    await runner.cleanup()
    assert zoom.mistakes == []
