"""The methods of Slack's Web API that the bot calls, strict about tokens, scopes, arguments and time."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.slack.manifest import SCOPES
from bot.ports import Clock
from tests.adapters.slack.fake_workspace import BOT_ID, BOT_USER_ID, TEAM, FakeUser, FakeWorkspace

BOT_TOKEN = "xoxb-local-1"
APP_TOKEN = "xapp-local-1"
OAUTH_CLIENT = ("1.2", "the-client-secret")
TRIGGER_LIFETIME = 3.0
"""Seconds, by the clock that is moved by hand."""
SOCKET_LIMIT = 10
"""Socket Mode connections of one app."""

REQUIRED_SCOPES: dict[str, str] = {
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


class ApiError(Exception):
    """The method answers `ok: false` with this error."""


@dataclass
class _Trigger:
    user: FakeUser
    created: datetime
    used: bool = False


class FakeWebApi(FakeWorkspace):
    """Each method is `_` and its name, with its arguments and first the token's team."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.tokens: dict[str, tuple[str, set[str]]] = {BOT_TOKEN: (TEAM, set(SCOPES))}
        """Each bot token: its team, and its scopes."""
        self.codes: dict[str, str] = {}
        """The token that an OAuth code stands for."""
        self.organisations: dict[str, str] = {}
        """The organisation of a workspace that is part of one."""
        self.history_page = 999
        """Messages in one page of conversations.history; 15 for apps from outside the Marketplace."""
        self.address = ""
        self.refuses_at_open = False
        """Whether `apps.connections.open` refuses a socket too many; else the socket opens, and is told so."""
        self._triggers: dict[str, _Trigger] = {}
        self._uploads: dict[str, str] = {}

    def counted_sockets(self) -> int:
        raise NotImplementedError

    def trigger_id(self, user: FakeUser) -> str:
        trigger_id = f"{next(self._numbers)}.{secrets.token_hex(4)}"
        self._triggers[trigger_id] = _Trigger(user, self.clock.now())
        return trigger_id

    def expire_triggers(self) -> None:
        for trigger in self._triggers.values():
            trigger.created -= timedelta(seconds=TRIGGER_LIFETIME + 1)

    def call(self, method: str, authorization: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Raises ApiError."""
        if method == "oauth.v2.access":
            return self._oauth(authorization, arguments)
        token = authorization.removeprefix("Bearer ") or arguments.get("token", "")
        if method == "apps.connections.open":
            if token != APP_TOKEN:
                raise ApiError("invalid_auth")
            if self.refuses_at_open and self.counted_sockets() >= SOCKET_LIMIT:
                raise ApiError("too_many_websockets")
            return {"url": f"ws://{self.address}/link/{secrets.token_hex(8)}"}
        if token not in self.tokens:
            raise ApiError("invalid_auth")
        team, scopes = self.tokens[token]
        required = REQUIRED_SCOPES.get(method)
        if required is None:
            raise ApiError("unknown_method")
        if not set(required.split()) <= scopes:
            raise ApiError("missing_scope")
        _check_arguments(method, arguments)
        if method == "auth.revoke":
            del self.tokens[token]
            return {"revoked": True}
        function: Callable[..., dict[str, Any]] = getattr(self, "_" + method.replace(".", "_"))
        return function(team, **{name: value for name, value in arguments.items() if name != "token"})

    def _auth_test(self, team: str, **_: object) -> dict[str, Any]:
        # For a whole organisation's token Slack names one of its workspaces, and the organisation besides.
        organisation = {"team_id": "T0OFMANY", "enterprise_id": team, "is_enterprise_install": True}
        return {"user_id": BOT_USER_ID, "bot_id": BOT_ID} | (organisation if team[0] == "E" else {"team_id": team})

    def _oauth(self, authorization: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        token = self.codes.pop(arguments.get("code", ""), None)
        if base64.b64decode(authorization.removeprefix("Basic ")).decode() != ":".join(OAUTH_CLIENT):
            raise ApiError("bad_client_secret")
        if token is None:
            raise ApiError("invalid_code")
        team = self.tokens[token][0]
        whole = team.startswith("E")
        organisation = team if whole else self.organisations.get(team)
        return {
            "access_token": token, "token_type": "bot", "bot_user_id": BOT_USER_ID, "is_enterprise_install": whole,
            "team": None if whole else {"id": team}, "enterprise": organisation and {"id": organisation},
        }  # fmt: skip

    def _users_info(self, team: str, user: str, include_locale: str = "") -> dict[str, Any]:
        known = self.users.get(user)
        if known is None:
            raise ApiError("user_not_found")
        own = known.team or team
        grid = {"enterprise_user": {"id": user, "enterprise_id": own, "teams": []}} if own.startswith("E") else {}
        described: dict[str, Any] = grid | {
            "id": user, "team_id": own, "is_stranger": own != team,
            "name": known.name.lower(), "profile": {"display_name": known.name},
            "is_owner": known.is_admin, "is_admin": known.is_admin, "is_primary_owner": False,
            "is_bot": known.is_bot,
        }  # fmt: skip
        if known.zone:
            described["tz"] = known.zone
        if include_locale == "true":
            described["locale"] = {"en": "en-US", "es": "es-ES"}.get(known.language, known.language)
        return {"user": described}

    def _chat_postMessage(self, team: str, channel: str, **body: Any) -> dict[str, Any]:  # noqa: N802
        message = self.post(self._conversation(channel), body, metadata=body.get("metadata"))
        return {"channel": message.channel, "ts": message.ts}

    def _conversation(self, to: str) -> str:
        user = self.users.get(to) or next((user for user in self.users.values() if user.dm_channel == to), None)
        if user is not None:
            if not user.reachable:
                raise ApiError("user_disabled")
            return user.dm_channel
        channel = self.channels.get(to)
        if channel is None:
            raise ApiError("channel_not_found")
        if not channel.bot_is_in:
            raise ApiError("not_in_channel")
        return to

    def _chat_update(self, team: str, channel: str, ts: str, **body: Any) -> dict[str, Any]:
        message = next((message for message in self.messages if message.id == f"{channel}/{ts}"), None)
        if message is None or message.ephemeral_for:  # an ephemeral message cannot be updated
            raise ApiError("message_not_found")
        self.edit(message, body)
        return {"channel": channel, "ts": ts}

    def _conversations_open(self, team: str, users: str) -> dict[str, Any]:
        user = self.users.get(users)
        if user is None:
            raise ApiError("user_not_found")
        return {"channel": {"id": user.dm_channel}}

    def _conversations_history(
        self, team: str, channel: str, oldest: str = "0", latest: str = "9999999999", limit: str = "100",
        cursor: str = "0", inclusive: str = "", include_all_metadata: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        if channel not in self.channels and all(channel != user.dm_channel for user in self.users.values()):
            raise ApiError("channel_not_found")  # it takes the id of a conversation, not of a user
        messages = [
            message
            for message in reversed(self.messages)
            if message.channel == channel
            and not message.ephemeral_for
            and float(oldest) <= float(message.ts) <= float(latest)
        ]
        first, last = int(cursor), int(cursor) + min(int(limit), self.history_page)
        page = []
        for message in messages[first:last]:
            described: dict[str, Any] = {"ts": message.ts, "text": message.text}
            if message.metadata or message.author:
                described |= {"bot_id": message.author or BOT_ID, "user": message.author or BOT_USER_ID}
            if include_all_metadata == "true" and message.metadata:
                described["metadata"] = message.metadata
            page.append(described)
        return {"messages": page, "response_metadata": {"next_cursor": str(last) if last < len(messages) else ""}}

    # ---- views

    def _views_open(self, team: str, trigger_id: str, view: dict[str, Any]) -> dict[str, Any]:
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if self.clock.now() - trigger.created > timedelta(seconds=TRIGGER_LIFETIME):
            raise ApiError("expired_trigger_id")
        opened = self.open_view(view)
        trigger.used = True
        trigger.user.modals.append(opened)
        return {"view": opened}

    def _views_update(self, team: str, view_id: str, view: dict[str, Any]) -> dict[str, Any]:
        for user in self.users.values():
            for position, modal in enumerate(user.modals):
                if modal["id"] == view_id:
                    user.modals[position] = self.open_view(view) | {"id": view_id}
                    return {"view": user.modals[position]}
        raise ApiError("not_found")

    def _views_publish(self, team: str, user_id: str, view: dict[str, Any]) -> dict[str, Any]:
        self.users[user_id].home = self.open_view(view)
        return {"view": {}}

    # ---- files

    def _files_getUploadURLExternal(  # noqa: N802
        self, team: str, filename: str, length: str, **_: object
    ) -> dict[str, Any]:
        if int(length) < 1:
            raise ApiError("invalid_arguments")
        file_id = f"F{next(self._numbers)}"
        self._uploads[file_id] = filename
        return {"upload_url": f"http://{self.address}/upload/{file_id}", "file_id": file_id}

    def _files_completeUploadExternal(  # noqa: N802
        self, team: str, files: Any, channel_id: str, **_: object
    ) -> dict[str, Any]:
        files = json.loads(files) if isinstance(files, str) else files
        if channel_id not in {user.dm_channel for user in self.users.values()}:
            raise ApiError("channel_not_found")
        names = [self._uploads[file["id"]] for file in files]
        self.post(channel_id, {"text": ", ".join(names)}, files=names)
        return {"files": files}


def _check_arguments(method: str, arguments: Mapping[str, Any]) -> None:
    known = ARGUMENTS.get(method, {})
    for name, value in arguments.items():
        if known and (name not in known or not isinstance(value, known[name])) and name != "token":
            raise ApiError(f"invalid_arguments: {name}")
