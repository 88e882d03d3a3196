"""The bot on Slack, through Bolt: what Slack may send, and how it is opened and closed."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize

from adapters.slack import hear
from adapters.slack.answer import Answering
from adapters.slack.api import PUBLIC, TROUBLE, Api, Refused, quiet
from adapters.slack.events import Events
from adapters.slack.hear import Heard, Payload
from adapters.slack.install import Client, Install
from adapters.slack.people import People
from adapters.slack.sockets import Sockets
from adapters.slack.tasks import Tasks
from adapters.slack.tell import SlackMessenger
from adapters.slack.workspaces import Installations, One, Several, Workspace
from bot.desk import Desk
from bot.ports import Clock, Messenger

log = logging.getLogger(__name__)

ANYTHING = re.compile(".*", re.DOTALL)
FAREWELL = 10.0
"""Seconds that answers under way have to be delivered in before closing."""
LONGEST_WAIT = 30.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """As in the settings; empty where not set. One workspace has a bot token, several have a client."""

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_url: str = PUBLIC
    public_url: str = ""

    def client(self) -> Client:
        return Client(self.client_id, self.client_secret, self.api_url, self.public_url)


class Unwelcome(Exception):
    """Slack does not accept the credentials. `args[0]` is one plain sentence."""


class Slack:
    """Make it inside the running loop. `open` connects, `close` lets what is under way finish."""

    def __init__(
        self, desk: Desk, clock: Clock, credentials: Credentials, installations: Installations | None = None
    ) -> None:
        self._credentials = credentials
        self._workspaces = _workspaces(credentials, installations, clock)
        self._tasks = Tasks()
        self._api = Api(self._workspaces, clock, credentials.api_url)
        self._people = People(self._api, clock)
        self._answering = Answering(desk, self._api, self._people, clock, self._tasks)
        self.messenger: Messenger = SlackMessenger(self._api)
        self.app = self._bolt()
        self._sockets = Sockets(self.app, credentials.app_token, credentials.api_url) if credentials.app_token else None
        self._events = Events(self.app, credentials.signing_secret, clock)
        self._install = (
            Install(self._workspaces, installations, credentials.client(), self._api, clock)
            if installations is not None and isinstance(self._workspaces, Several)
            else None
        )
        self._met = False

    def routes(self) -> list[web.RouteDef]:
        """For the web half: the events where Socket Mode is not used, the install pages where several may come."""
        routes = [web.post("/slack/events", self._events.post)] if self._credentials.signing_secret else []
        return routes + (self._install.routes() if self._install is not None else [])

    async def open(self) -> None:
        """Asks Slack who we are, and opens the sockets. Tries until it succeeds; raises Unwelcome when it cannot."""
        if isinstance(self._workspaces, One):
            await self._meet(self._workspaces)
        self._met = True
        if self._sockets is not None:
            await self._sockets.open()

    async def missing(self) -> str:
        """What keeps Slack from being connected, in a few words; empty when nothing does."""
        if not self._met:
            return "Slack has not answered yet"
        if self._sockets is not None and not await self._sockets.connected():
            return "Slack's Socket Mode is not connected"
        return ""

    async def close(self) -> None:
        if self._sockets is not None:
            await self._sockets.close()
        await self._tasks.drain(FAREWELL)
        await self._people.close()
        await self._api.close()

    async def _meet(self, one: One) -> None:
        wait = 1.0
        while True:
            try:
                who = await self._api.speak(self._credentials.bot_token, "", "auth.test", {})
            except Refused as no:
                raise Unwelcome(
                    f"Slack does not accept SLACK_BOT_TOKEN ({no.error}): copy the Bot User OAuth Token, which begins"
                    " with xoxb-, from your app's page under OAuth & Permissions"
                ) from None
            except TROUBLE as problem:
                log.warning("Slack does not answer yet (%s); trying again in %.0f s", type(problem).__name__, wait)
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)
            else:
                one.met(str(who.get("team_id", "")), str(who.get("bot_id", "")), str(who.get("user_id", "")))
                return

    # ---- Bolt

    def _bolt(self) -> AsyncApp:
        app = AsyncApp(
            name="htg",
            logger=quiet,
            client=self._api.client,
            authorize=_Authorize(self._workspaces),  # type: ignore[arg-type]  # it takes either kind
            # Answers fit into the acknowledgement, and an acknowledgement follows the work: see `answer`.
            process_before_response=True,
            # `events` has checked it before anything was parsed.
            request_verification_enabled=False,
            user_facing_authorize_error_message="This app is no longer installed here. Please ask an admin to add it.",
        )
        app.command(re.compile(r"/htg(-host)?"))(self._guarded(self._command))
        app.action(ANYTHING)(self._guarded(self._action))
        app.view(ANYTHING)(self._guarded(self._view))
        app.options(ANYTHING)(self._guarded(self._options))
        app.shortcut(ANYTHING)(self._guarded(self._shortcut))
        app.event("app_home_opened")(self._guarded(self._home))
        app.event("app_uninstalled")(self._guarded(self._uninstalled))
        app.event("tokens_revoked")(self._guarded(self._uninstalled))
        # Whatever else comes is acknowledged: Slack repeats what is not, and in the end stops sending.
        app.event(ANYTHING)(self._guarded(_nothing))
        return app

    def _guarded(
        self, listener: Callable[[Payload, str, AsyncAck], Awaitable[None]]
    ) -> Callable[[AsyncAck, dict[str, Any], AsyncBoltContext], Awaitable[None]]:
        """A listener never raises: Bolt would forget an acknowledgement that was just given, and answer 404 or 500."""

        async def heard(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
            try:
                result = context.authorize_result
                await listener(body, (result.team_id if result else None) or "", ack)
            except Exception:
                log.exception("could not answer what came from Slack")
            if ack.response is None:
                await ack()

        return heard

    async def _command(self, body: Payload, team: str, ack: AsyncAck) -> None:
        await self._answering.hear(hear.command(body, team), ack)

    async def _action(self, body: Payload, team: str, ack: AsyncAck) -> None:
        await self._hear(hear.pressed(body, team), ack)

    async def _view(self, body: Payload, team: str, ack: AsyncAck) -> None:
        await self._answering.hear(hear.submitted(body, team), ack)

    async def _shortcut(self, body: Payload, team: str, ack: AsyncAck) -> None:
        await self._answering.hear(hear.shortcut(body, team), ack)

    async def _hear(self, heard: Heard | None, ack: AsyncAck) -> None:
        if heard is not None:
            await self._answering.hear(heard, ack)

    async def _options(self, body: Payload, team: str, ack: AsyncAck) -> None:
        found = hear.typing(body, team)
        if found is None:
            await ack(options=[])
        else:
            await self._answering.offer(*found, ack)

    async def _home(self, body: Payload, team: str, ack: AsyncAck) -> None:
        await ack()
        event = body.get("event")
        if isinstance(event, Mapping) and event.get("tab") == "home":
            heard = hear.opened(body, team)
            self._tasks.start(self._answering.show_home(team, heard.account, heard.key))

    async def _uninstalled(self, body: Payload, team: str, ack: AsyncAck) -> None:
        del team
        if isinstance(self._workspaces, Several):
            for each in hear.teams(body)[:1]:
                await self._workspaces.forget(each)
        await ack()


async def _nothing(body: Payload, team: str, ack: AsyncAck) -> None:
    del body, team
    await ack()


class _Authorize(AsyncAuthorize):
    """Finds the workspace's token. Bolt's own asks Slack `auth.test` for each request, within its three seconds."""

    def __init__(self, workspaces: One | Several) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._workspaces = workspaces

    async def __call__(
        self, *, context: AsyncBoltContext, enterprise_id: str | None, team_id: str | None, **_: Any
    ) -> AuthorizeResult | None:
        del context
        for team in (team_id, enterprise_id):
            found = await self._workspaces.find(team or "")
            if found is not None:
                return _result(found)
        return None


def _result(found: Workspace) -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=None, team_id=found.team, bot_token=found.token, bot_id=found.bot, bot_user_id=found.account
    )


def _workspaces(credentials: Credentials, installations: Installations | None, clock: Clock) -> One | Several:
    if credentials.bot_token:
        return One(credentials.bot_token)
    if installations is None:
        raise ValueError("without SLACK_BOT_TOKEN, installations are needed")
    return Several(installations, clock)
