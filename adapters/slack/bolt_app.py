"""The Bolt app: every payload from Slack passes through it and is acknowledged here."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from slack_bolt.async_app import AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import receive
from adapters.slack.client import sdk_logger
from adapters.slack.receive import Payload
from adapters.slack.respond import Body, SlackResponder
from adapters.slack.workspaces import AnyWorkspaces, InstalledWorkspaces

log = logging.getLogger(__name__)


def create_app(client: AsyncWebClient, workspaces: AnyWorkspaces, middleware: AnswerMiddleware) -> AsyncApp:
    """Bolt parses and authorises a payload; `middleware` answers it, whatever it is."""
    app = AsyncApp(
        name="htg",
        logger=sdk_logger,
        client=client,
        authorize=TokenAuthorize(workspaces),
        # `webhooks` has verified the signature before anything was parsed.
        request_verification_enabled=False,
        ssl_check_enabled=False,
        # Of what the bot itself causes its private messages alone come, and `receive` leaves them out.
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
    )
    app.use(middleware)
    return app


class AnswerMiddleware(AsyncMiddleware):
    """The last middleware, which answers in place of Bolt's listeners.

    Bolt polls a listener for its acknowledgement, drops an acknowledgement when the listener then raises, and leaves
    a payload that matches no listener unacknowledged (which Socket Mode shows as a failure). Here the return value is
    the acknowledgement, no exception escapes, and every payload is acknowledged.
    """

    def __init__(self, responder: SlackResponder, workspaces: AnyWorkspaces) -> None:
        self._responder = responder
        self._workspaces = workspaces
        self._handlers: dict[str, Callable[[Payload, str], Awaitable[Body]]] = {
            "block_actions": self._block_action,
            "view_submission": self._view_submission,
            "block_suggestion": self._block_suggestion,
            "shortcut": self._shortcut,
            "message_action": self._shortcut,
            "event_callback": self._event,
        }

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's own name
    ) -> BoltResponse:
        del resp, next
        authorized = req.context.authorize_result
        team = (authorized.team_id if authorized else None) or ""
        try:
            body = await self._acknowledgement(req.body, team)
        except Exception:
            log.exception("could not answer what came from Slack")
            body = {}
        return BoltResponse(status=200, body=to_json(body) if body else "")

    async def _acknowledgement(self, payload: Payload, team: str) -> Body:
        """Unknown payloads are acknowledged too: Slack repeats what is not, and in the end stops sending."""
        if not team and payload.get("type") != "event_callback":
            return self._responder.not_installed(str(payload.get("response_url") or ""))
        if payload.get("command") in {"/htg", "/htg-host"}:
            return await self._responder.respond(receive.slash_command(payload, team))
        handler = self._handlers.get(str(payload.get("type", "")))
        return await handler(payload, team) if handler is not None else {}

    async def _block_action(self, payload: Payload, team: str) -> Body:
        interaction = receive.block_action(payload, team)
        return await self._responder.respond(interaction) if interaction is not None else {}

    async def _view_submission(self, payload: Payload, team: str) -> Body:
        return await self._responder.respond(receive.view_submission(payload, team))

    async def _shortcut(self, payload: Payload, team: str) -> Body:
        return await self._responder.respond(receive.shortcut(payload, team))

    async def _block_suggestion(self, payload: Payload, team: str) -> Body:
        query = receive.block_suggestion(payload, team)
        return await self._responder.suggest(*query) if query is not None else {"options": []}

    async def _event(self, payload: Payload, team: str) -> Body:
        match payload.get("event"):
            case {"type": "app_home_opened", "tab": "home"}:
                self._responder.home_opened(receive.home_opened(payload, team))
            case {"type": "message", "channel_type": "im"}:
                if (message := receive.private_message(payload, team)) is not None:
                    self._responder.written_privately(message)
            case {"type": "app_uninstalled"} | {"type": "tokens_revoked"}:
                await self._uninstalled(payload)
            case _:
                pass
        return {}

    async def _uninstalled(self, payload: Payload) -> None:
        if not isinstance(self._workspaces, InstalledWorkspaces):
            return
        event: Mapping[str, Any] = payload["event"]
        # A user may revoke their own token and leave the bot's as it is.
        if event["type"] == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
            return
        for team in receive.team_ids(payload)[:1]:
            await self._workspaces.forget(team)


def to_json(body: Body) -> str:
    try:
        return orjson.dumps(body).decode()
    except TypeError:  # half a surrogate pair, which JSON can carry and UTF-8 cannot
        return json.dumps(body)


class TokenAuthorize(AsyncAuthorize):
    """Looks up the workspace's token. Bolt's own calls `auth.test` for each request, within the three seconds.

    Where there is no token the result names no team: Slack would decide who reads Bolt's own error message.
    """

    def __init__(self, workspaces: AnyWorkspaces) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._workspaces = workspaces

    async def __call__(
        self, *, context: AsyncBoltContext, enterprise_id: str | None, team_id: str | None, **_: Any
    ) -> AuthorizeResult:
        del context
        for team in (team_id, enterprise_id):
            workspace = await self._workspaces.find(team or "")
            if workspace is not None:
                return AuthorizeResult(
                    enterprise_id=None,
                    team_id=workspace.team,
                    bot_token=workspace.token,
                    bot_id=workspace.bot_id,
                    bot_user_id=workspace.bot_user_id,
                )
        return AuthorizeResult(enterprise_id=None, team_id="")
