"""The Bolt app: everything that Slack sends comes by here, and leaves with an acknowledgement."""

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
from adapters.slack.workspaces import AnyWorkspaces, InstalledWorkspaces, Workspace

log = logging.getLogger(__name__)


def create_app(client: AsyncWebClient, workspaces: AnyWorkspaces, middleware: AnswerMiddleware) -> AsyncApp:
    """Bolt reads and authorises a payload; `middleware` then answers it, whatever it is."""
    app = AsyncApp(
        name="htg",
        logger=sdk_logger,
        client=client,
        authorize=TokenAuthorize(workspaces),
        # `events` has checked the signature before anything was parsed.
        request_verification_enabled=False,
        ssl_check_enabled=False,
        # We subscribe to nothing that the bot itself could cause, and to no workflow step.
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
    )
    app.use(middleware)
    return app


class AnswerMiddleware(AsyncMiddleware):
    """The last middleware, which answers instead of a listener.

    Bolt polls a listener for its acknowledgement, forgets one that was given when the listener then raises, and
    leaves what no listener matches without any (which Socket Mode shows as a failure). Here the acknowledgement is
    what is returned, nothing raises, and nothing is left.
    """

    def __init__(self, responder: SlackResponder, workspaces: AnyWorkspaces) -> None:
        self._responder = responder
        self._workspaces = workspaces
        self._rooms: dict[str, Callable[[Payload, str], Awaitable[Body]]] = {
            "block_actions": self._pressed,
            "view_submission": self._submitted,
            "block_suggestion": self._typing,
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
        known = req.context.authorize_result
        team = (known.team_id if known else None) or ""
        try:
            body = await self._answered(req.body, team)
        except Exception:
            log.exception("could not answer what came from Slack")
            body = {}
        return BoltResponse(status=200, body=written(body) if body else "")

    async def _answered(self, body: Payload, team: str) -> Body:
        """What is not known is acknowledged and no more: Slack repeats what is not, and in the end sends nothing."""
        if not team and body.get("type") != "event_callback":
            return self._responder.not_installed(str(body.get("response_url") or ""))
        if body.get("command") in {"/htg", "/htg-host"}:
            return await self._responder.hear(receive.command(body, team))
        room = self._rooms.get(str(body.get("type", "")))
        return await room(body, team) if room is not None else {}

    async def _pressed(self, body: Payload, team: str) -> Body:
        heard = receive.pressed(body, team)
        return await self._responder.hear(heard) if heard is not None else {}

    async def _submitted(self, body: Payload, team: str) -> Body:
        return await self._responder.hear(receive.submitted(body, team))

    async def _shortcut(self, body: Payload, team: str) -> Body:
        return await self._responder.hear(receive.shortcut(body, team))

    async def _typing(self, body: Payload, team: str) -> Body:
        found = receive.typing(body, team)
        return await self._responder.offer(*found) if found is not None else {"options": []}

    async def _event(self, body: Payload, team: str) -> Body:
        event = body.get("event")
        match event:
            case {"type": "app_home_opened", "tab": "home"}:
                self._responder.opened_home(receive.opened(body, team))
            case {"type": "app_uninstalled"} | {"type": "tokens_revoked"} if isinstance(
                self._workspaces, InstalledWorkspaces
            ):
                await self._uninstalled(body)
            case _:
                pass
        return {}

    async def _uninstalled(self, body: Payload) -> None:
        if not isinstance(self._workspaces, InstalledWorkspaces):
            return
        event: Mapping[str, Any] = body["event"]
        # A person may revoke their own token and leave the bot's as it is.
        if event["type"] == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
            return
        for team in receive.teams(body)[:1]:
            await self._workspaces.forget(team)


def written(body: Body) -> str:
    try:
        return orjson.dumps(body).decode()
    except TypeError:  # half a surrogate pair, which JSON can carry and UTF-8 cannot
        return json.dumps(body)


class TokenAuthorize(AsyncAuthorize):
    """Finds the workspace's token. Bolt's own asks Slack `auth.test` for each request, within its three seconds.

    Where there is none it says so by naming no team: Bolt's own apology leaves it to Slack's default who reads it.
    """

    def __init__(self, workspaces: AnyWorkspaces) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._workspaces = workspaces

    async def __call__(
        self, *, context: AsyncBoltContext, enterprise_id: str | None, team_id: str | None, **_: Any
    ) -> AuthorizeResult:
        del context
        for team in (team_id, enterprise_id):
            found = await self._workspaces.find(team or "")
            if found is not None:
                return _result(found)
        return AuthorizeResult(enterprise_id=None, team_id="")


def _result(found: Workspace) -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=None, team_id=found.team, bot_token=found.token, bot_id=found.bot, bot_user_id=found.account
    )
