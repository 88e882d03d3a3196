"""A Slack on this machine: the Web API over HTTP, strict about tokens, scopes, arguments, limits and time.

It does what the bot's real SDK asks for, and fails on request the way Slack does: see `Fault`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Literal
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web

from adapters.slack.manifest import SCOPES
from bot.ports import Clock
from tests.adapters.slack.block_kit import BadBlocks, check_message, check_view
from tests.adapters.slack.fake_models import BOT, TEAM, FakeChannel, FakeMessage, FakeUser

BOT_TOKEN = "xoxb-local-1"
APP_TOKEN = "xapp-local-1"
CLIENT = ("1.2", "the-client-secret")
TRIGGER_LIVES = 3.0
"""Seconds of real time."""
RESPONSES = 5
RESPONSE_LIVES = timedelta(minutes=30)

Fault = Literal["refused", "dropped", "429", "500", "hang", "internal_error", "elsewhere"]
"""refused, elsewhere (a redirect): not done.

dropped, 500, internal_error: done, and the answer lost. hang: done, answered too late."""

NEEDS: dict[str, str] = {
    "auth.test": "",
    "auth.revoke": "",
    "users.info": "users:read",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.open": "im:write",
    "conversations.history": "im:history channels:history groups:history",
    "views.open": "",
    "views.update": "",
    "views.publish": "",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
}
READS = {
    "users.info",
    "conversations.history",
    "auth.test",
    "auth.revoke",
    "files.getUploadURLExternal",
    "oauth.v2.access",
}
"""Methods that read a form or the query: Slack ignores a JSON body there."""
PER_MINUTE = {"users.info": 100, "views.open": 100, "views.publish": 100, "views.update": 100, "chat.update": 50,
              "conversations.open": 50, "conversations.history": 50, "chat.postMessage": 600}  # fmt: skip
ARGUMENTS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "chat.postMessage": {
        "channel": str, "text": str, "blocks": list, "metadata": dict, "client_msg_id": str,
        "unfurl_links": bool, "unfurl_media": bool,
    },
    "chat.update": {"channel": str, "ts": str, "text": str, "blocks": list},
    "conversations.open": {"users": str},
    "views.open": {"trigger_id": str, "view": dict},
    "views.update": {"view_id": str, "view": dict},
    "views.publish": {"user_id": str, "view": dict},
    "files.completeUploadExternal": {
        "files": (list, str), "channel_id": str, "channels": str, "initial_comment": str, "thread_ts": str,
    },
}  # fmt: skip


class Fails(Exception):
    """The method answers `ok: false` with this error."""


@dataclass
class _Trigger:
    human: FakeUser
    born: float
    used: bool = False


@dataclass
class _ResponseUrl:
    human: FakeUser
    place: str
    message: str
    born: datetime
    uses: int = 0


class FakeSlack:
    """`async with local.running()`, then `local.api_url` is what the bot is given as SLACK_API_URL."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.people: dict[str, FakeUser] = {}
        self.places: dict[str, FakeChannel] = {}
        self.messages: list[FakeMessage] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.public: list[bytes] = []
        self.tokens: dict[str, tuple[str, set[str]]] = {BOT_TOKEN: (TEAM, set(SCOPES))}
        """Each bot token: its team, and its scopes."""
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.limits = dict(PER_MINUTE)
        self.history_page = 999
        """Objects in one answer of conversations.history; 15 for apps of outside the Marketplace."""
        self.retry_after = 7
        self.delay = 0.0
        """Seconds that every method takes."""
        self.sockets: list[web.WebSocketResponse] = []
        self.acknowledged: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.codes: dict[str, str] = {}
        self.organisations: dict[str, str] = {}
        """The organisation of a workspace that is part of one."""
        self._counts: dict[tuple[str, str, int], int] = defaultdict(int)
        self._triggers: dict[str, _Trigger] = {}
        self._responses: dict[str, _ResponseUrl] = {}
        self._uploads: dict[str, str] = {}
        self._numbers = count(1)
        self._hung = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeSlack]:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._method)
        app.router.add_post("/respond/{id}", self._respond)
        app.router.add_post("/upload/{id}", self._upload)
        app.router.add_get("/link/{ticket}", self._socket)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self._base = f"127.0.0.1:{runner.addresses[0][1]}"
            yield self
        finally:
            self._hung.set()
            for each in self.sockets:
                await each.close()
            await runner.cleanup()

    @property
    def api_url(self) -> str:
        return f"http://{self._base}/api/"

    # ---- who and where

    def human(self, name: str, **more: Any) -> FakeUser:
        found = next((each for each in self.people.values() if each.name == name), None)
        if found is None:
            found = FakeUser(f"U{next(self._numbers):04}{name.upper()[:8]}", name, **more)
            self.people[found.id] = found
        return found

    def place(self, name: str) -> FakeChannel:
        found = next((each for each in self.places.values() if each.name == name), None)
        if found is None:
            found = FakeChannel(f"C{next(self._numbers):04}{name.upper()[:8]}", name)
            self.places[found.id] = found
        return found

    def seen_by(self, human: FakeUser) -> list[FakeMessage]:
        return [
            each
            for each in self.messages
            if each.only in {"", human.id} and (each.place in self.places or each.place == human.line)
        ]

    # ---- what a client of Slack's hands to the bot

    def trigger(self, human: FakeUser) -> str:
        written = f"{next(self._numbers)}.{secrets.token_hex(4)}"
        self._triggers[written] = _Trigger(human, asyncio.get_running_loop().time())
        return written

    def age_triggers(self) -> None:
        for each in self._triggers.values():
            each.born -= TRIGGER_LIVES + 1

    def response_url(self, human: FakeUser, place: str, message: str = "") -> str:
        written = secrets.token_hex(8)
        self._responses[written] = _ResponseUrl(human, place, message, self.clock.now())
        return f"http://{self._base}/respond/{written}"

    def fail(self, method: str, *faults: Fault) -> None:
        self.faults[method].extend(faults)

    def asked(self, method: str) -> list[dict[str, Any]]:
        """The arguments of every call of a method that was carried out."""
        return [arguments for name, arguments in self.calls if name == method]

    def post(self, place: str, body: Mapping[str, Any], **more: Any) -> FakeMessage:
        check_message(body)
        # Slack's own clock: what is posted at one instant still has an order.
        ts = f"{self.clock.now().timestamp():.0f}.{next(self._numbers):06}"
        posted = FakeMessage(ts, place, body["text"], list(body.get("blocks", [])), **more)
        self.messages.append(posted)
        if place in self.places and not posted.only:
            self.public.append(json.dumps(body).encode())
        return posted

    # ---- the Web API

    async def _method(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if self.delay:
            await asyncio.sleep(self.delay)
        fault = self.faults[method].popleft() if self.faults[method] else None
        if fault == "refused":
            _abort(request)
        if fault == "elsewhere":
            return web.Response(
                status=307, headers={"Location": f"http://localhost:{self._base.rpartition(':')[2]}{request.path}"}
            )
        if fault == "429" or self._too_many(request, method):
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(self.retry_after)}
            )
        arguments = await _arguments(request, method)
        try:
            answer = {"ok": True} | self._do(method, request.headers.get("Authorization", ""), arguments)
            self.calls.append((method, arguments))
        except Fails as no:
            answer = {"ok": False, "error": str(no)}
        except BadBlocks as bad:
            answer = {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": [str(bad)]}}
        return await self._answered(request, answer, fault)

    async def _answered(self, request: web.Request, answer: dict[str, Any], fault: Fault | None) -> web.Response:
        if fault == "dropped":
            _abort(request)
        if fault == "hang":
            await self._hung.wait()
        if fault == "500":
            return web.Response(status=500, text="<html>oops</html>", content_type="text/html")
        if fault == "internal_error":
            answer = {"ok": False, "error": "internal_error"}
        _, scopes = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "), ("", set[str]()))
        return web.json_response(answer, headers={"X-OAuth-Scopes": ",".join(sorted(scopes))})

    def _too_many(self, request: web.Request, method: str) -> bool:
        limit = self.limits.get(method)
        counted = (request.headers.get("Authorization", ""), method, int(self.clock.now().timestamp() // 60))
        self._counts[counted] += 1
        return limit is not None and self._counts[counted] > limit

    def _do(self, method: str, authorization: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if method == "oauth.v2.access":
            return self._oauth(authorization, arguments)
        token = authorization.removeprefix("Bearer ") or arguments.get("token", "")
        if method == "apps.connections.open":
            if token != APP_TOKEN:
                raise Fails("invalid_auth")
            return {"url": f"ws://{self._base}/link/{secrets.token_hex(8)}"}
        if token not in self.tokens:
            raise Fails("invalid_auth")
        team, scopes = self.tokens[token]
        needed = NEEDS.get(method)
        if needed is None:
            raise Fails("unknown_method")
        if not set(needed.split()) <= scopes:
            raise Fails("missing_scope")
        _check_arguments(method, arguments)
        if method == "auth.revoke":
            del self.tokens[token]
            return {"revoked": True}
        todo: Callable[..., dict[str, Any]] = getattr(self, "_" + method.replace(".", "_"))
        return todo(team, **{name: value for name, value in arguments.items() if name != "token"})

    def _auth_test(self, team: str, **_: object) -> dict[str, Any]:
        # Of a whole organisation's token Slack names one of its workspaces, and the organisation besides.
        whole = {"team_id": "T0OFMANY", "enterprise_id": team, "is_enterprise_install": True}
        return {"user_id": BOT, "bot_id": "B0BOT"} | (whole if team.startswith("E") else {"team_id": team})

    def _oauth(self, authorization: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        token = self.codes.pop(arguments.get("code", ""), None)
        if base64.b64decode(authorization.removeprefix("Basic ")).decode() != ":".join(CLIENT):
            raise Fails("bad_client_secret")
        if token is None:
            raise Fails("invalid_code")
        team = self.tokens[token][0]
        whole = team.startswith("E")
        return {
            "access_token": token, "token_type": "bot", "bot_user_id": BOT, "is_enterprise_install": whole,
            "team": None if whole else {"id": team},
            "enterprise": {"id": team} if whole else self.organisations.get(team) and {"id": self.organisations[team]},
        }  # fmt: skip

    def _users_info(self, team: str, user: str, include_locale: str = "") -> dict[str, Any]:
        human = self.people.get(user)
        if human is None:
            raise Fails("user_not_found")
        own = human.team or team
        grid = {"enterprise_user": {"id": user, "enterprise_id": own, "teams": []}} if own.startswith("E") else {}
        said: dict[str, Any] = grid | {
            "id": user, "team_id": own, "is_stranger": own != team,
            "name": human.name.lower(), "profile": {"display_name": human.name},
            "is_owner": human.organiser, "is_admin": human.organiser, "is_primary_owner": False,
        }  # fmt: skip
        if human.zone:
            said["tz"] = human.zone
        if include_locale == "true":
            said["locale"] = {"en": "en-US", "es": "es-ES"}.get(human.language, human.language)
        return {"user": said}

    def _chat_postMessage(self, team: str, channel: str, **body: Any) -> dict[str, Any]:  # noqa: N802
        posted = self.post(self._place_to_post(channel), body, metadata=body.get("metadata"))
        return {"channel": posted.place, "ts": posted.ts}

    def _place_to_post(self, channel: str) -> str:
        human = self.people.get(channel) or next((each for each in self.people.values() if each.line == channel), None)
        if human is not None:
            if not human.reachable:
                raise Fails("user_disabled")
            return human.line
        place = self.places.get(channel)
        if place is None:
            raise Fails("channel_not_found")
        if not place.bot_is_in:
            raise Fails("not_in_channel")
        return channel

    def _chat_update(self, team: str, channel: str, ts: str, **body: Any) -> dict[str, Any]:
        found = next((each for each in self.messages if (each.place, each.ts) == (channel, ts)), None)
        if found is None or found.only:  # an ephemeral message cannot be updated
            raise Fails("message_not_found")
        check_message(body)
        found.text, found.blocks, found.edited = body["text"], body["blocks"], True
        if channel in self.places:
            self.public.append(json.dumps(body).encode())
        return {"channel": channel, "ts": ts}

    def _conversations_open(self, team: str, users: str) -> dict[str, Any]:
        human = self.people.get(users)
        if human is None:
            raise Fails("user_not_found")
        return {"channel": {"id": human.line}}

    def _conversations_history(
        self, team: str, channel: str, oldest: str = "0", latest: str = "9999999999", limit: str = "100",
        cursor: str = "0", inclusive: str = "", include_all_metadata: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        if channel in self.people:
            raise Fails("channel_not_found")  # it takes a conversation's id, not a person's
        found = [each for each in self.messages if each.place == channel and not each.only]
        found = [each for each in reversed(found) if float(oldest) <= float(each.ts) <= float(latest)]
        first, last = int(cursor), int(cursor) + min(int(limit), self.history_page)
        page = [
            {"ts": each.ts, "text": each.text}
            | ({"bot_id": each.author or "B0BOT", "user": each.author or BOT} if each.metadata or each.author else {})
            | ({"metadata": each.metadata} if include_all_metadata == "true" and each.metadata else {})
            for each in found[first:last]
        ]
        return {"messages": page, "response_metadata": {"next_cursor": str(last) if last < len(found) else ""}}

    # ---- windows

    def _views_open(self, team: str, trigger_id: str, view: dict[str, Any]) -> dict[str, Any]:
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise Fails("invalid_trigger_id")
        if trigger.used:
            raise Fails("exchanged_trigger_id")
        if asyncio.get_running_loop().time() - trigger.born > TRIGGER_LIVES:
            raise Fails("expired_trigger_id")
        opened = self.window(view)
        trigger.used = True
        trigger.human.windows.append(opened)
        return {"view": opened}

    def window(self, view: dict[str, Any]) -> dict[str, Any]:
        check_view(view)
        return view | {"id": f"V{next(self._numbers)}", "hash": secrets.token_hex(4)}

    def _views_update(self, team: str, view_id: str, view: dict[str, Any]) -> dict[str, Any]:
        for human in self.people.values():
            for place, each in enumerate(human.windows):
                if each["id"] == view_id:
                    human.windows[place] = self.window(view) | {"id": view_id}
                    return {"view": human.windows[place]}
        raise Fails("not_found")

    def _views_publish(self, team: str, user_id: str, view: dict[str, Any]) -> dict[str, Any]:
        check_view(view)
        self.people[user_id].home = self.window(view)
        return {"view": {}}

    # ---- files

    def _files_getUploadURLExternal(  # noqa: N802
        self, team: str, filename: str, length: str, **_: object
    ) -> dict[str, Any]:
        if int(length) < 1:
            raise Fails("invalid_arguments")
        self._uploads[f"F{next(self._numbers)}"] = filename
        number = list(self._uploads)[-1]
        return {"upload_url": f"http://{self._base}/upload/{number}", "file_id": number}

    def _files_completeUploadExternal(  # noqa: N802
        self, team: str, files: Any, channel_id: str, **_: object
    ) -> dict[str, Any]:
        files = json.loads(files) if isinstance(files, str) else files
        if channel_id not in {each.line for each in self.people.values()}:
            raise Fails("channel_not_found")
        names = [self._uploads[each["id"]] for each in files]
        self.post(channel_id, {"text": ", ".join(names)}, files=names)
        return {"files": files}

    async def _upload(self, request: web.Request) -> web.Response:
        assert request.match_info["id"] in self._uploads
        return web.Response(text=f"OK - {len(await request.read())}")

    # ---- response_url

    async def _respond(self, request: web.Request) -> web.Response:
        known = self._responses.get(request.match_info["id"])
        fault = self.faults["response_url"].popleft() if self.faults["response_url"] else None
        if fault == "refused":
            _abort(request)
        if known is None or self.clock.now() - known.born > RESPONSE_LIVES:
            return web.Response(status=404, text="expired_url")
        if known.uses >= RESPONSES:
            return web.Response(status=404, text="used_url")
        known.uses += 1
        body = await request.json()
        try:
            self._answer_there(known, body)
        except BadBlocks as bad:
            return web.Response(status=500, text=f"invalid_blocks {bad}")
        return web.Response(text="ok")

    def _answer_there(self, known: _ResponseUrl, body: Mapping[str, Any]) -> None:
        old = next((each for each in self.messages if each.id == known.message), None)
        if body.get("replace_original") and old is not None:
            check_message(body)
            old.text, old.blocks, old.edited = body["text"], body["blocks"], True
        else:
            self.say_to(known.human, known.place, body)

    def say_to(self, human: FakeUser, place: str, body: Mapping[str, Any]) -> None:
        """An answer in a conversation. Without `response_type` Slack's default decides; we ask to be told."""
        if body.get("response_type") not in {"ephemeral", "in_channel"}:
            raise BadBlocks("response_type: say for whom it is")
        self.post(place, body, only=human.id if body["response_type"] == "ephemeral" else "")

    # ---- Socket Mode

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        opened = web.WebSocketResponse()
        await opened.prepare(request)
        await opened.send_json({"type": "hello", "num_connections": len(self.sockets) + 1})
        self.sockets.append(opened)
        async for message in opened:
            if message.type is WSMsgType.TEXT:
                said = json.loads(message.data)
                waiting = self.acknowledged.get(said.get("envelope_id", ""))
                if waiting is not None and not waiting.done():
                    waiting.set_result(said.get("payload") or {})
        self.sockets.remove(opened)
        return opened


async def _arguments(request: web.Request, method: str) -> dict[str, Any]:
    found: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        return found if method in READS else found | (await request.json())
    return found | dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))


def _check_arguments(method: str, arguments: Mapping[str, Any]) -> None:
    known = ARGUMENTS.get(method, {})
    for name, value in arguments.items():
        if known and (name not in known or not isinstance(value, known[name])) and name != "token":
            raise Fails(f"invalid_arguments: {name}")


def _abort(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()
    raise ConnectionResetError
