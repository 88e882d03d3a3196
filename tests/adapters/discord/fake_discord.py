"""A strict fake Discord on loopback: the REST routes and the gateway that the bot uses, and people in it.

It holds the bot to what the real one does: first answers within 3 seconds and once, private answers seen by one
person, nonces, limits of every field, 50 requests a second. Faults can be ordered. Anything the bot asks for
that is not here is a failure of the test, not a silent 200.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import BodyPartReader, web
from aiohttp.typedefs import Handler

from tests.adapters.discord import api_rules
from tests.adapters.discord.api_rules import ApiError, Json
from tests.adapters.discord.fake_gateway import FakeGateway
from tests.adapters.discord.fake_state import (
    APPLICATION,
    ME,
    FakeChannel,
    FakeInteraction,
    FakeState,
    FakeUser,
    bot_account,
    channel_payload,
)

TOKEN = "local.discord.token"
PER_SECOND = 50
ANSWER_TIMEOUT = 5.0
UNANSWERED_AFTER = 25
"""Looks, a fiftieth of a second apart."""
EVENT = "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}"


@dataclass
class Fault:
    """What goes wrong with the next requests that match. `act`: a status, or `reset`, `lost` (done, and then the
    connection breaks), `stumbles` (done, and answered with a 502) or `hang`."""

    method: str
    path: str
    act: int | str
    times: int = 1
    body: Json | None = None
    headers: dict[str, str] | None = None


class FakeDiscord:
    def __init__(self, *, now: Callable[[], datetime] | None = None, strict: bool = True) -> None:
        self.state = FakeState(now)
        self.gateway = FakeGateway(TOKEN)
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str, int]] = []
        """(method, path, status) of everything that was asked."""
        self.refused: list[str] = []
        """What the bot did that Discord does not take, in words."""
        self.slow: Callable[[], Awaitable[None]] | None = None
        self.strict = strict
        self._lately: deque[float] = deque()
        self._hung = asyncio.Event()

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v10"

    async def start(self, port: int = 0) -> None:
        app = web.Application(middlewares=[self._guard], client_max_size=30 * 1024 * 1024)
        app.router.add_get("/gateway", self.gateway.serve)
        for method, path, answer in self._routes():
            app.router.add_route(method, f"/api/v10{path}", answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port: int = self._runner.addresses[0][1]
        self.gateway.url = f"ws://127.0.0.1:{self.port}/gateway"

    async def stop(self) -> None:
        self._hung.set()
        await self.gateway.cut(1001)
        await self._runner.cleanup()

    # ---- what people do

    async def run_command(
        self, who: FakeUser, place: FakeChannel, group: str, word: str = "", **options: str
    ) -> FakeInteraction:
        """A slash command. Nothing is checked against what was published: an app may show an older state."""
        given = [{"name": name, "type": 3, "value": value} for name, value in options.items()]
        inner = [{"name": word, "type": 1, "options": given}] if word else []
        return await self.interact(2, who, place, {"id": "1", "name": group, "type": 1, "options": inner})

    async def autocomplete(
        self, who: FakeUser, place: FakeChannel, group: str, word: str, option: str, text: str
    ) -> list[Json]:
        """What is offered while an option is typed."""
        focused = {"name": option, "type": 3, "value": text, "focused": True}
        inner = [{"name": word, "type": 1, "options": [focused]}]
        asked = await self.interact(4, who, place, {"id": "1", "name": group, "type": 1, "options": inner})
        assert asked.choices is not None
        return asked.choices

    async def press(self, who: FakeUser, message: Json, custom_id: str, **more: Any) -> FakeInteraction:
        return await self._press_component(who, message, {"component_type": 2, "custom_id": custom_id, "id": 1}, **more)

    async def choose(self, who: FakeUser, message: Json, custom_id: str, value: str) -> FakeInteraction:
        data = {"component_type": 3, "custom_id": custom_id, "values": [value], "id": 1}
        return await self._press_component(who, message, data)

    async def _press_component(self, who: FakeUser, message: Json, data: Json, **more: Any) -> FakeInteraction:
        place = self.state.places[int(message["channel_id"])]
        return await self.interact(3, who, place, data, pressed=int(message["id"]), **more)

    async def submit(self, who: FakeUser, place: FakeChannel, window: Json, values: dict[str, str]) -> FakeInteraction:
        """Sends a window as the real app would, which keeps one back that is not filled in."""
        sent = [
            filled(each, values.get(each["component"]["custom_id"])) if "component" in each else {"type": each["type"]}
            for each in window["components"]
        ]
        picked = [
            each for one in sent if one.get("component", {}).get("type") == 5 for each in one["component"]["values"]
        ]
        people = [self.state.people[int(each)] for each in picked]
        resolved = {str(each.id): {"id": str(each.id), "username": "u", "global_name": each.name} for each in people}
        data = {"custom_id": window["custom_id"], "components": sent}
        return await self.interact(5, who, place, data | ({"resolved": {"users": resolved}} if resolved else {}))

    async def interact(
        self, kind: int, who: FakeUser, place: FakeChannel, data: Json, pressed: int = 0, added_by: Json | None = None
    ) -> FakeInteraction:
        """Any interaction; returns once it has its final answer, or ANSWER_TIMEOUT went by without one."""
        begun = self.state.begin(kind, who, place, asyncio.get_running_loop().time(), pressed)
        begun.added_by = added_by
        await self.gateway.broadcast("INTERACTION_CREATE", self.state.payload(begun, data))
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await begun.done.wait()
        except TimeoutError:
            pass
        return begun

    async def write(self, who: FakeUser, text: str, **more: Any) -> None:
        """A message to the bot that is no command; returns once it answered, or soon where it does not."""
        place, before = self.state.dm_channel(who), len(self.state.messages)
        author = {"id": str(who.id), "username": who.name, "global_name": who.name}
        message = {
            "id": str(self.state.id()),
            "channel_id": str(place.id),
            "author": author,
            "content": text,
            "type": 0,
        }
        await self.gateway.broadcast("MESSAGE_CREATE", message | more)
        for _ in range(UNANSWERED_AFTER):
            await asyncio.sleep(0.02)
            if len(self.state.messages) > before:
                return

    # ---- what the bot asks

    def _routes(self) -> list[tuple[str, str, Callable[[web.Request], Awaitable[web.StreamResponse]]]]:
        return [
            ("GET", "/gateway/bot", self._where),
            ("GET", "/users/@me", self._me),
            ("GET", "/users/@me/guilds", self._guilds),
            ("GET", "/guilds/{guild_id}", self._guild),
            ("GET", "/oauth2/applications/@me", self._application),
            ("PUT", "/applications/{application_id}/commands", self._publish),
            ("PUT", "/applications/{application_id}/guilds/{guild_id}/commands", self._publish),
            ("POST", "/users/@me/channels", self._open_dm_channel),
            ("POST", "/channels/{channel_id}/messages", self._post),
            ("GET", "/channels/{channel_id}/messages", self._history),
            ("PATCH", "/channels/{channel_id}/messages/{message_id}", self._edit),
            ("GET", "/channels/{channel_id}", self._channel),
            ("GET", "/guilds/{guild_id}/scheduled-events", self._events),
            ("POST", "/guilds/{guild_id}/scheduled-events", self._schedule),
            ("PATCH", EVENT, self._reschedule),
            ("DELETE", EVENT, self._unschedule),
            ("POST", "/interactions/{interaction_id}/{interaction_token}/callback", self._answer),
            ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", self._edit_answer),
        ]

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = self._fault(request)
        if fault is not None and fault.act == "hang":
            await self._hung.wait()
        if fault is not None and fault.act == "reset":
            return self._broken(request)
        if fault is not None and isinstance(fault.act, int):
            return self._said(request, fault.act, fault.body or {"message": "fault", "code": 0}, fault.headers)
        if self.slow is not None:
            await self.slow()
        try:
            self._allowed(request)
            response = await handler(request)
        except ApiError as no:
            self.refused.append(str(no))
            headers = {"Via": "1.1 google", "Retry-After": "1"} if no.status == 429 else None
            more = {"retry_after": 1.0, "global": True} if no.status == 429 else {}
            return self._said(request, no.status, {"message": no.why, "code": no.code, **more}, headers)
        if fault is not None and fault.act == "stumbles":
            return self._said(request, 502, {"message": "Bad Gateway", "code": 0})
        self.requests.append((request.method, request.path, response.status))
        return self._broken(request) if fault is not None and fault.act == "lost" else response

    def _allowed(self, request: web.Request) -> None:
        inner = request.path.startswith(("/api/v10/interactions/", "/api/v10/webhooks/", "/gateway"))
        if inner:
            return
        if request.headers.get("Authorization") != f"Bot {TOKEN}":
            raise ApiError(401, 0, "401: Unauthorized")
        now = asyncio.get_running_loop().time()
        while self._lately and now - self._lately[0] >= 1:
            self._lately.popleft()
        self._lately.append(now)
        if len(self._lately) > PER_SECOND:
            raise ApiError(429, 0, "You are being rate limited.")

    def _fault(self, request: web.Request) -> Fault | None:
        for each in self.faults:
            if each.method == request.method and re.fullmatch(f"/api/v10{each.path}", request.path):
                each.times -= 1
                if not each.times:
                    self.faults.remove(each)
                return each
        return None

    def _broken(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.method, request.path, 0))
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    def _said(
        self, request: web.Request, status: int, body: Any, headers: dict[str, str] | None = None
    ) -> web.Response:
        self.requests.append((request.method, request.path, status))
        return _json(body, status, headers)

    async def _where(self, _: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": self.gateway.starts_left, "reset_after": 1000, "max_concurrency": 1}
        return _json({"url": self.gateway.url, "shards": 1, "session_start_limit": limit})

    async def _me(self, _: web.Request) -> web.Response:
        return _json(bot_account())

    async def _guilds(self, request: web.Request) -> web.Response:
        limit, after = int(request.query.get("limit", "200")), int(request.query.get("after", "0"))
        api_rules.check(1 <= limit <= 200, "limit")
        found = [each for number, each in sorted(self.state.guilds.items()) if number > after]
        return _json([{"id": str(each.id), "name": each.name, "permissions": "0"} for each in found[:limit]])

    async def _guild(self, request: web.Request) -> web.Response:
        found = self.state.guilds.get(int(request.match_info["guild_id"]))
        if found is None:
            raise ApiError(404, 10004, "Unknown Guild")
        roles = [{"id": str(each), "name": str(each), "permissions": str(may)} for each, may in found.roles.items()]
        return _json({"id": str(found.id), "name": found.name, "owner_id": str(found.owner), "roles": roles})

    async def _application(self, _: web.Request) -> web.Response:
        return _json(
            {
                "id": str(APPLICATION),
                "name": "Gatherings",
                "icon": None,
                "description": "",
                "summary": "",
                "bot_public": True,
                "bot_require_code_grant": False,
                "verify_key": "",
                "flags": 0,
                "owner": bot_account(),
                "team": None,
            }
        )

    async def _publish(self, request: web.Request) -> web.Response:
        body, _ = await self._read(request, "/applications/{application_id}/commands")
        api_rules.commands(body)
        everywhere = {"contexts", "integration_types"}
        api_rules.check(
            "guild_id" not in request.match_info or not any(everywhere & each.keys() for each in body),
            "contexts and integration_types are for commands that are published everywhere",
        )
        self.state.commands[request.match_info.get("guild_id", "")] = body
        return _json([{**each, "id": str(self.state.id()), "application_id": str(APPLICATION)} for each in body])

    async def _open_dm_channel(self, request: web.Request) -> web.Response:
        body, _ = await self._read(request, "/users/@me/channels")
        who = self.state.people.get(int(body["recipient_id"]))
        if who is None:
            raise ApiError(404, 10013, "Unknown User")
        return _json({"id": str(self.state.dm_channel(who).id), "type": 1})

    async def _post(self, request: web.Request) -> web.Response:
        body, files = await self._read(request, "/channels/{channel_id}/messages")
        api_rules.message(body, files)
        created = self.state.post(self._place(request), body, asyncio.get_running_loop().time())
        return _json(_public(created) | {"nonce": body.get("nonce")})

    async def _history(self, request: web.Request) -> web.Response:
        after, limit = int(request.query.get("after", "0")), int(request.query.get("limit", "50"))
        api_rules.check(1 <= limit <= 100, "limit")
        return _json([_public(each) for each in self.state.history(self._place(request).id, after, limit)])

    async def _edit(self, request: web.Request) -> web.Response:
        body, files = await self._read(request, "/channels/{channel_id}/messages/{message_id}")
        found = self.state.message(self._place(request).id, int(request.match_info["message_id"]))
        api_rules.message(body, files, edits=found)
        return _json(_public(self.state.edit(found, body)))

    async def _channel(self, request: web.Request) -> web.Response:
        return _json(channel_payload(self._place(request)))

    async def _events(self, request: web.Request) -> web.Response:
        return _json(self.state.open_events(int(request.match_info["guild_id"])))

    async def _schedule(self, request: web.Request) -> web.Response:
        body, _ = await self._read(request, "/guilds/{guild_id}/scheduled-events")
        return _json(self.state.schedule(int(request.match_info["guild_id"]), body))

    async def _reschedule(self, request: web.Request) -> web.Response:
        body, _ = await self._read(request, EVENT)
        return _json(self.state.reschedule(*_event(request), body))

    async def _unschedule(self, request: web.Request) -> web.Response:
        self.state.event(*_event(request))
        del self.state.events[_event(request)[1]]
        return web.Response(status=204)

    async def _answer(self, request: web.Request) -> web.Response:
        body, files = await self._read(request, "/interactions/{interaction_id}/{interaction_token}/callback")
        kind, data = body["type"], body.get("data") or {}
        number = int(request.match_info["interaction_id"])
        found = self.state.interaction(number, request.match_info["interaction_token"])
        if kind in {4, 7} and self.strict:
            api_rules.message(data, files, edits=self.state.messages[found.pressed] if kind == 7 else None)
        if kind == 9:
            api_rules.window(data)
        if kind == 8:
            api_rules.check(len(data["choices"]) <= 25, "25 choices")
            api_rules.check(all(1 <= len(each["name"]) <= 100 for each in data["choices"]), "a choice's name")
        self.state.respond(found, kind, data, asyncio.get_running_loop().time())
        if request.query.get("with_response") in {"1", "true"}:
            return _json({"interaction": {"id": str(found.id), "type": found.kind}, "resource": {"type": kind}})
        return web.Response(status=204)

    async def _edit_answer(self, request: web.Request) -> web.Response:
        path = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
        body, files = await self._read(request, path)
        now = asyncio.get_running_loop().time()
        api_rules.check(request.match_info["webhook_id"] == str(APPLICATION), "the application's id")
        found = self.state.by_token(request.match_info["webhook_token"], now)
        message = self.state.messages[found.message]
        api_rules.message(body, files, edits=message)
        self.state.edit(message, body)
        found.done.set()
        return _json(_public(message))

    def _place(self, request: web.Request) -> FakeChannel:
        found = self.state.places.get(int(request.match_info["channel_id"]))
        if found is None:
            raise ApiError(404, 10003, "Unknown Channel")
        return found

    async def _read(self, request: web.Request, path: str) -> tuple[Any, int]:
        """(the JSON, how many files came with it)."""
        files = 0
        if request.content_type.startswith("multipart/"):
            body: Any = None
            async for part in await request.multipart():
                assert isinstance(part, BodyPartReader)
                if part.name == "payload_json":
                    body = json.loads(await part.text())
                else:
                    api_rules.check(part.name == f"files[{files}]" and part.filename, "a file's name")
                    await part.read()
                    files += 1
        else:
            api_rules.check(request.content_type == "application/json", "JSON")
            body = json.loads(await request.text())
        if self.strict:
            api_rules.documented(request.method, path, body)
        return body, files


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # discord.py compares the type exactly: no charset behind it.
    return web.Response(
        body=json.dumps(body).encode(), status=status, headers={"Content-Type": "application/json", **(headers or {})}
    )


def _event(request: web.Request) -> tuple[int, int]:
    """(server, event) of an address."""
    return int(request.match_info["guild_id"]), int(request.match_info["guild_scheduled_event_id"])


def _public(message: Json) -> Json:
    return {name: value for name, value in message.items() if name != "only"}


def filled(label: Json, value: str | None) -> Json:
    field = label["component"]
    sent: Json = {"type": field["type"], "custom_id": field["custom_id"], "id": 2}
    if field["type"] == 4:
        text = field.get("value", "") if value is None else value
        assert text or not field["required"], f"the app asks for {label['label']}"
        assert len(text) <= field["max_length"], f"the app does not take that much for {label['label']}"
        sent["value"] = text
    elif field["type"] == 5:
        chosen = [each["id"] for each in field.get("default_values", [])]
        picked = chosen if value is None else [each for each in value.split(",") if each]
        assert field["min_values"] <= len(picked) <= field["max_values"], f"the app takes another number of {picked}"
        sent["values"] = picked
    else:
        known = [each["value"] for each in field["options"]]
        chosen = [each["value"] for each in field["options"] if each.get("default")]
        picked = chosen if value is None else [each for each in value.split(",") if each]
        assert set(picked) <= set(known), f"{picked} is not offered"
        sent |= {"value": picked[0] if picked else None} if field["type"] == 21 else {"values": picked}
    return {"type": 18, "id": 1, "component": sent}


__all__ = ["ME", "TOKEN", "FakeDiscord", "Fault", "filled"]
