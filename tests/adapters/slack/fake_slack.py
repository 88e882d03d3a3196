"""A fake Slack as an HTTP server: its Web API, response_urls and Socket Mode, with rate limits and injected faults."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NoReturn
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web

from bot.ports import Clock
from tests.adapters.slack.block_kit import BadBlocks
from tests.adapters.slack.fake_web_api import SOCKET_LIMIT, ApiError, FakeWebApi
from tests.adapters.slack.fake_workspace import FakeUser

RESPONSE_URL_USES = 5
RESPONSE_URL_LIFETIME = timedelta(minutes=30)

Fault = Literal["refused", "dropped", "429", "500", "hang", "internal_error", "bare", "elsewhere"]
"""refused, elsewhere (a redirect): the call is not carried out.

dropped, 500, internal_error: it is, and the response is lost. hang: it is, and the response never comes."""

QUERY_METHODS = {
    "users.info",
    "conversations.history",
    "auth.test",
    "auth.revoke",
    "files.getUploadURLExternal",
    "oauth.v2.access",
}
"""Methods that read a form or the query: Slack ignores a JSON body there."""
CALLS_PER_MINUTE = {
    "users.info": 100, "views.open": 100, "views.publish": 100, "views.update": 100, "chat.update": 50,
    "conversations.open": 50, "conversations.history": 50, "chat.postMessage": 600,
}  # fmt: skip


@dataclass
class _ResponseUrl:
    user: FakeUser
    channel: str
    message: str
    created: datetime
    uses: int = 0


class FakeSlack(FakeWebApi):
    """`async with fake_slack.running()`; then `fake_slack.api_url` is the bot's SLACK_API_URL."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.rate_limits = dict(CALLS_PER_MINUTE)
        self.retry_after: float | str = 7
        """Seconds."""
        self.open_gate = asyncio.Event()
        """While it is clear, no method is carried out nor answered."""
        self.open_gate.set()
        self.sockets: list[web.WebSocketResponse] = []
        self.dead_sockets = 0
        """Connections that Slack still counts, although their other end is gone."""
        self.tickets_expire = False
        """Whether no address of a socket can be used."""
        self.most_sockets = self.refused_sockets = 0
        """The most that were open at once, and how many were too many."""
        self.acknowledgements: dict[str, asyncio.Future[dict[str, Any]]] = {}
        """By envelope_id."""
        self._call_counts: dict[tuple[str, str, int], int] = defaultdict(int)
        self._response_urls: dict[str, _ResponseUrl] = {}
        self.expired_tickets: set[str] = set()
        self._stopping = asyncio.Event()

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
            self.address = f"127.0.0.1:{runner.addresses[0][1]}"
            yield self
        finally:
            self._stopping.set()
            self.open_gate.set()
            for socket in list(self.sockets):
                await socket.close()
            await runner.cleanup()

    @property
    def api_url(self) -> str:
        return f"http://{self.address}/api/"

    def fail(self, method: str, *faults: Fault) -> None:
        self.faults[method].extend(faults)

    def calls_of(self, method: str) -> list[dict[str, Any]]:
        """The arguments of every call of a method that was carried out."""
        return [arguments for name, arguments in self.calls if name == method]

    # ---- the Web API

    async def _method(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        await self.open_gate.wait()
        fault = self._next_fault(method)
        if fault == "refused":
            _abort(request)
        if fault == "elsewhere":
            location = f"http://localhost:{self.address.rpartition(':')[2]}{request.path}"
            return web.Response(status=307, headers={"Location": location})
        if fault == "429" or self._is_rate_limited(request, method):
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(self.retry_after)}
            )
        arguments = await _arguments(request, method)
        try:
            answer = {"ok": True} | self.call(method, request.headers.get("Authorization", ""), arguments)
            self.calls.append((method, arguments))
        except ApiError as error:
            answer = {"ok": False, "error": str(error)}
        except BadBlocks as error:
            answer = {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": [str(error)]}}
        return await self._response(request, answer, fault)

    async def _response(self, request: web.Request, answer: dict[str, Any], fault: Fault | None) -> web.Response:
        if fault == "dropped":
            _abort(request)
        if fault == "hang":
            await self._stopping.wait()
        if fault == "500":
            return web.Response(status=500, text="<html>oops</html>", content_type="text/html")
        if fault == "internal_error":
            answer = {"ok": False, "error": "internal_error"}
        if fault == "bare":
            answer = {"ok": True}
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        _, scopes = self.tokens.get(token, ("", set[str]()))
        return web.json_response(answer, headers={"X-OAuth-Scopes": ",".join(sorted(scopes))})

    def _next_fault(self, method: str) -> Fault | None:
        return self.faults[method].popleft() if self.faults[method] else None

    def _is_rate_limited(self, request: web.Request, method: str) -> bool:
        limit = self.rate_limits.get(method)
        minute = (request.headers.get("Authorization", ""), method, int(self.clock.now().timestamp() // 60))
        self._call_counts[minute] += 1
        return limit is not None and self._call_counts[minute] > limit

    async def _upload(self, request: web.Request) -> web.Response:
        assert request.match_info["id"] in self._uploads
        return web.Response(text=f"OK - {len(await request.read())}")

    # ---- response_url

    def response_url(self, user: FakeUser, channel: str, message: str = "") -> str:
        """`message`: the id of the one that `replace_original` replaces."""
        number = secrets.token_hex(8)
        self._response_urls[number] = _ResponseUrl(user, channel, message, self.clock.now())
        return f"http://{self.address}/respond/{number}"

    async def _respond(self, request: web.Request) -> web.Response:
        target = self._response_urls.get(request.match_info["id"])
        if self._next_fault("response_url") == "refused":
            _abort(request)
        if target is None or self.clock.now() - target.created > RESPONSE_URL_LIFETIME:
            return web.Response(status=404, text="expired_url")
        if target.uses >= RESPONSE_URL_USES:
            return web.Response(status=404, text="used_url")
        target.uses += 1
        body = await request.json()
        original = next((message for message in self.messages if message.id == target.message), None)
        try:
            if body.get("replace_original") and original is not None:
                self.edit(original, body)
            else:
                self.answer(target.user, target.channel, body)
        except BadBlocks as error:
            return web.Response(status=500, text=f"invalid_blocks {error}")
        return web.Response(text="ok")

    def answer(self, user: FakeUser, channel: str, body: Mapping[str, Any]) -> None:
        """An answer in a conversation. Slack has a default for `response_type`; here it must be named."""
        if body.get("response_type") not in {"ephemeral", "in_channel"}:
            raise BadBlocks("response_type: name who sees it")
        self.post(channel, body, ephemeral_for=user.id if body["response_type"] == "ephemeral" else "")

    # ---- Socket Mode

    def counted_sockets(self) -> int:
        return len(self.sockets) + self.dead_sockets

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        if self.tickets_expire:
            self.expired_tickets.add(request.match_info["ticket"])
        if request.match_info["ticket"] in self.expired_tickets:
            raise web.HTTPNotFound
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if self.counted_sockets() >= SOCKET_LIMIT:
            self.refused_sockets += 1
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {}})
            await socket.close()
            return socket
        self.sockets.append(socket)
        self.most_sockets = max(self.most_sockets, self.counted_sockets())
        try:
            await socket.send_json({"type": "hello", "num_connections": self.counted_sockets()})
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(json.loads(message.data))
        finally:
            self.sockets.remove(socket)
        return socket

    def _acknowledged(self, envelope: Mapping[str, Any]) -> None:
        waiting = self.acknowledgements.get(envelope.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(envelope.get("payload") or {})


async def _arguments(request: web.Request, method: str) -> dict[str, Any]:
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        return arguments if method in QUERY_METHODS else arguments | (await request.json())
    return arguments | dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))


def _abort(request: web.Request) -> NoReturn:
    assert request.transport is not None
    request.transport.abort()
    raise ConnectionResetError
