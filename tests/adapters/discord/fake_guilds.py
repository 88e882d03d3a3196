"""The fake Discord, with what can be asked of it beside the bot's work: servers, roles, permissions, commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.adapters.discord.api_rules import ApiError, Json
from tests.adapters.discord.fake_discord import FakeDiscord, _json
from tests.adapters.discord.fake_state import APPLICATION, ME

SEE, WRITE, READ_BACK, MANAGE_EVENTS, CREATE_EVENTS, ADMINISTRATOR = 1 << 10, 1 << 11, 1 << 16, 1 << 33, 1 << 44, 1 << 3
_BY_DEFAULT = {"required": False, "autocomplete": False, "options": []}
"""What Discord leaves out where it is so."""


@dataclass
class CheckedGuild:
    id: str
    name: str = "Circle"
    owner: str = "1"
    roles: dict[str, int] = field(default_factory=dict)
    """Permissions by role; the role of everybody has the server's own id."""
    members: dict[str, list[str]] = field(default_factory=dict)
    """Roles by member."""
    allowed: list[Json] = field(default_factory=list)


class FakeGuilds(FakeDiscord):
    def __init__(self) -> None:
        super().__init__()
        circle = CheckedGuild("3000", roles={"3000": SEE | WRITE | READ_BACK}, members={str(ME): [], "42": []})
        self.servers = {circle.id: circle}
        self.channels: dict[str, Json] = {"4000": {"id": "4000", "type": 0, "name": "gatherings", "guild_id": "3000"}}
        self.endpoint: str | None = None
        self.public = False

    def _routes(self) -> list[tuple[str, str, Callable[[web.Request], Awaitable[web.StreamResponse]]]]:
        more: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = {
            "/applications/@me": self._application_now,
            "/users/@me/guilds": self._my_servers,
            "/guilds/{guild_id}": self._server,
            "/guilds/{guild_id}/members/{user_id}": self._member,
            "/channels/{channel_id}": self._seen,
            "/applications/{application_id}/commands": self._published,
            "/applications/{application_id}/guilds/{guild_id}/commands": self._published,
            "/applications/{application_id}/guilds/{guild_id}/commands/permissions": self._allowances,
        }
        kept = [each for each in super()._routes() if not (each[0] == "GET" and each[1] in more)]
        return [*kept, *(("GET", path, answer) for path, answer in more.items())]

    async def _application_now(self, _: web.Request) -> web.Response:
        said = {"id": str(APPLICATION), "name": "Gatherings", "interactions_endpoint_url": self.endpoint}
        return _json(said | {"bot_public": self.public, "bot_require_code_grant": False})

    async def _my_servers(self, request: web.Request) -> web.Response:
        after, limit = int(request.query.get("after", "0")), int(request.query.get("limit", "200"))
        found = [each for each in sorted(self.servers.values(), key=lambda one: int(one.id)) if int(each.id) > after]
        return _json([{"id": each.id, "name": each.name, "permissions": "0"} for each in found[:limit]])

    def _of(self, request: web.Request) -> CheckedGuild:
        found = self.servers.get(request.match_info["guild_id"])
        if found is None:
            raise ApiError(404, 10004, "Unknown Guild")
        return found

    async def _server(self, request: web.Request) -> web.Response:
        found = self._of(request)
        roles = [{"id": each, "name": each, "permissions": str(may)} for each, may in found.roles.items()]
        return _json({"id": found.id, "name": found.name, "owner_id": found.owner, "roles": roles})

    async def _member(self, request: web.Request) -> web.Response:
        account = request.match_info["user_id"]
        roles = self._of(request).members.get(account)
        if roles is None:
            raise ApiError(404, 10007, "Unknown Member")
        return _json({"user": {"id": account, "username": "somebody"}, "roles": roles})

    async def _seen(self, request: web.Request) -> web.Response:
        found = self.channels.get(request.match_info["channel_id"])
        if found is None:
            raise ApiError(404, 10003, "Unknown Channel")
        if found.get("hidden"):
            raise ApiError(403, 50001, "Missing Access")
        return _json(found)

    async def _published(self, request: web.Request) -> web.Response:
        scope = request.match_info.get("guild_id", "")
        if scope and not self.servers[scope].name:
            raise ApiError(403, 50001, "Missing Access")
        localized = request.query.get("with_localizations") == "true"
        stored = self.state.commands.get(scope, [])
        return _json([_as_listed(each, number, localized) for number, each in enumerate(stored, 7000)])

    async def _allowances(self, request: web.Request) -> web.Response:
        return _json(self._of(request).allowed)


def _as_listed(command: Json, number: int, localized: bool) -> Json:
    """As Discord gives back what it was given: with more to it, and without what is as by default."""
    added = {
        "id": str(number),
        "application_id": str(APPLICATION),
        "version": "1",
        "nsfw": False,
        "name_localized": None,
    }
    asked = command["default_member_permissions"]
    added |= {} if "contexts" in command else {"contexts": None}  # of a server's own commands
    listed = _lean(command, localized) | added
    return listed | {"default_member_permissions": None if asked is None else str(asked)}


def _lean(option: Json, localized: bool) -> Json:
    kept: Json = {name: value for name, value in option.items() if _BY_DEFAULT.get(name, option) != value}
    if not localized:
        kept.pop("description_localizations", None)
    if "options" in kept:
        kept["options"] = [_lean(each, localized) for each in kept["options"]]
    return kept


Change = Callable[[FakeGuilds], Any]
