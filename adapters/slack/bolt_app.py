"""The Bolt app: every payload from Slack passes through it and is acknowledged here."""

from __future__ import annotations

import asyncio
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
from adapters.slack.receive import Payload, SlackInteraction
from adapters.slack.respond import NOT_INSTALLED_TEXT, NOT_NOW_TEXT, Body, SlackResponder
from adapters.slack.tasks import BackgroundTasks
from adapters.slack.workspaces import AnyWorkspaces, InstalledWorkspaces
from bot.i18n import in_every_language

log = logging.getLogger(__name__)


def create_app(client: AsyncWebClient, middleware: AnswerMiddleware) -> AsyncApp:
    """Bolt parses a payload; `middleware` finds out whose token answers it, and does, whatever it is."""
    app = AsyncApp(
        name="htg",
        logger=sdk_logger,
        client=client,
        authorize=AuthorizedLater(),
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
    the acknowledgement, and every payload is acknowledged, in time: but where it cannot be known who answers it.
    """

    def __init__(self, responder: SlackResponder, workspaces: AnyWorkspaces, tasks: BackgroundTasks) -> None:
        self._responder = responder
        self._workspaces = workspaces
        self._tasks = tasks
        self._handlers: dict[str, Callable[[Payload, str, float], Awaitable[Body]]] = {
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
        received = asyncio.get_running_loop().time()
        try:
            async with self._responder.in_time(received):
                team = await self._team(req.context)
        except TimeoutError:
            if body := _in_form(req.body, NOT_NOW_TEXT):
                self._tasks.start(self._looked_up(req.context))  # known once the form is sent again
            else:
                self._tasks.start(self._answer_late(req.body, req.context, received))
                body = _late_acknowledgement(req.body)
        else:
            body = await self._acknowledged(req.body, team, received)
        return BoltResponse(status=200, body=to_json(body) if body else "")

    async def _team(self, context: AsyncBoltContext) -> str:
        """The team whose token answers; empty where there is none. Stored tokens may have to be looked up."""
        if context.authorize_result is not None and context.authorize_result.team_id:
            return context.authorize_result.team_id  # an event that comes once there is no token any more
        for team in (context.team_id, context.enterprise_id):
            workspace = await self._workspaces.find(team or "")
            if workspace is not None:
                return workspace.team
        return ""

    async def _acknowledged(self, payload: Payload, team: str, received: float) -> Body:
        try:
            return await self._acknowledgement(payload, team, received)
        except Exception:
            log.exception("could not answer what came from Slack")
            return {}

    async def _looked_up(self, context: AsyncBoltContext) -> str | None:
        """As `_team`; None where it could not be looked up."""
        try:
            return await self._team(context)
        except Exception as problem:  # noqa: BLE001 - whatever it is, who pressed is told to try again
            log.warning("the token of a workspace could not be looked up: %s", type(problem).__name__)
            return None

    async def _answer_late(self, payload: Payload, context: AsyncBoltContext, received: float) -> None:
        """It is acknowledged already: the time for that is over, so the answer itself goes elsewhere."""
        team = await self._looked_up(context)
        if team is None:
            self._responder.without_token(str(payload.get("response_url") or ""), NOT_NOW_TEXT)
        else:
            await self._acknowledged(payload, team, received)

    async def _acknowledgement(self, payload: Payload, team: str, received: float) -> Body:
        """Unknown payloads are acknowledged too: Slack repeats what is not, and in the end stops sending."""
        if not team and payload.get("type") != "event_callback":
            if said := _in_form(payload, NOT_INSTALLED_TEXT):
                return said
            return self._responder.without_token(str(payload.get("response_url") or ""), NOT_INSTALLED_TEXT)
        if payload.get("command") in {"/htg", "/htg-host"}:
            return await self._respond(receive.slash_command(payload, team), received)
        handler = self._handlers.get(str(payload.get("type", "")))
        return await handler(payload, team, received) if handler is not None else {}

    async def _respond(self, interaction: SlackInteraction | None, received: float) -> Body:
        asked = _from_somebody(interaction)
        return await self._responder.respond(asked, received) if asked is not None else {}

    async def _block_action(self, payload: Payload, team: str, received: float) -> Body:
        return await self._respond(receive.block_action(payload, team), received)

    async def _view_submission(self, payload: Payload, team: str, received: float) -> Body:
        return await self._respond(receive.view_submission(payload, team), received)

    async def _shortcut(self, payload: Payload, team: str, received: float) -> Body:
        return await self._respond(receive.shortcut(payload, team), received)

    async def _block_suggestion(self, payload: Payload, team: str, received: float) -> Body:
        query = receive.block_suggestion(payload, team)
        if query is None or _from_somebody(query[0]) is None:
            return {"options": []}
        return await self._responder.suggest(*query, received)

    async def _event(self, payload: Payload, team: str, received: float) -> Body:
        del received
        match payload.get("event"):
            case {"type": "app_home_opened", "tab": "home"}:
                if (opened := _from_somebody(receive.home_opened(payload, team))) is not None:
                    self._responder.home_opened(opened)
            case {"type": "message", "channel_type": "im"}:
                if (message := _from_somebody(receive.private_message(payload, team))) is not None:
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


def _from_somebody(interaction: SlackInteraction | None) -> SlackInteraction | None:
    """None where there is none, or where it does not say who asks."""
    if interaction is None or interaction.names_somebody:
        return interaction
    log.warning("nobody is named in what came from Slack, or no workspace of theirs")
    return None


def _in_form(payload: Payload, why: str) -> Body:
    """Shows it in the submitted form, which stays open with all that it holds; nothing where none was."""
    field = receive.first_field(payload) if payload.get("type") == "view_submission" else ""
    return {"response_action": "errors", "errors": {field: in_every_language(why)}} if field else {}


def _late_acknowledgement(payload: Payload) -> Body:
    match payload.get("type"):
        case "view_submission":
            return {"response_action": "clear"}
        case "block_suggestion":
            return {"options": []}
        case _:
            return {}


def to_json(body: Body) -> str:
    try:
        return orjson.dumps(body).decode()
    except TypeError:  # half a surrogate pair, which JSON can carry and UTF-8 cannot
        return json.dumps(body)


class AuthorizedLater(AsyncAuthorize):
    """`AnswerMiddleware` looks up the token, within the time that there is; Bolt waits for it without end.

    The result names no team: without one, Slack would decide who reads Bolt's own error message.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    async def __call__(
        self, *, context: AsyncBoltContext, enterprise_id: str | None, team_id: str | None, **_: Any
    ) -> AuthorizeResult:
        del context, enterprise_id, team_id
        return AuthorizeResult(enterprise_id=None, team_id="")
