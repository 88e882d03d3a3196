"""Composes the Slack bot; opens and closes its connections."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass, field

from aiohttp import web

from adapters.slack.bolt_app import AnswerMiddleware, create_app
from adapters.slack.client import DEFAULT_API_URL, SLACK_ERRORS, SlackClient, SlackRefused
from adapters.slack.oauth import OAuthClient, OAuthPages
from adapters.slack.respond import SlackResponder
from adapters.slack.send import SlackMessenger
from adapters.slack.socket_lease import SocketLease
from adapters.slack.socket_mode import NOBODY_CONNECTED, SocketMode
from adapters.slack.tasks import BackgroundTasks
from adapters.slack.users import UserDirectory
from adapters.slack.webhooks import EventsEndpoint
from adapters.slack.workspaces import (
    AnyWorkspaces,
    InstallationStore,
    InstalledWorkspaces,
    SingleWorkspace,
    Workspace,
)
from bot.dispatcher import Dispatcher
from bot.ports import Clock, Messenger

log = logging.getLogger(__name__)

SHUTDOWN_TIMEOUT = 5.0
"""Seconds in which the answers that are under way are delivered before closing."""
MAX_RETRY_DELAY = 30.0
"""Seconds between two attempts to identify the bot."""


@dataclass(frozen=True, slots=True)
class SlackCredentials:
    """As in the settings; empty where not set. One workspace needs a bot token, several need an OAuth client."""

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_url: str = DEFAULT_API_URL
    public_url: str = ""
    teams: frozenset[str] = frozenset()
    """The home workspaces and organisations, where several may be connected."""

    def oauth_client(self) -> OAuthClient:
        return OAuthClient(self.client_id, self.client_secret, self.api_url, self.public_url)


class SlackCredentialsRejected(Exception):
    """Slack does not accept the credentials. `args[0]` is one plain sentence."""


class SlackBot:
    """Create it inside the running loop. `open` connects, `close` waits for the answers that are under way."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        clock: Clock,
        credentials: SlackCredentials,
        installations: InstallationStore | None = None,
        *,
        socket_lease: SocketLease | None = None,
        sockets: bool = True,
    ) -> None:
        """`socket_lease`: needed for Socket Mode. `sockets`: whether this process may open Socket Mode's connections;
        one that only serves HTTP does not, and still knows whether any worker has them."""
        self._dispatcher = dispatcher
        self._credentials = credentials
        self._workspaces = _workspaces(credentials, installations, clock)
        self._tasks = BackgroundTasks()
        self._client = SlackClient(self._workspaces, clock, credentials.api_url)
        self._users = UserDirectory(self._client, clock)
        self._responder = SlackResponder(dispatcher, self._client, self._users, clock, self._tasks)
        self.messenger: Messenger = SlackMessenger(self._client, clock)
        middleware = AnswerMiddleware(self._responder, self._workspaces, self._tasks)
        self.app = create_app(self._client.web_client, middleware)
        self._events = EventsEndpoint(self.app, credentials.signing_secret, clock, lambda: self._identified)
        self._socket_mode: SocketMode | None = None
        self._socket_lease = socket_lease if credentials.app_token else None
        if credentials.app_token and self._socket_lease is None:
            raise ValueError("with SLACK_APP_TOKEN, a lease of its connections is needed")
        if sockets and self._socket_lease is not None:
            self._socket_mode = SocketMode(
                self.app, credentials.app_token, credentials.api_url, self._client.session, self._socket_lease, clock
            )
        self._oauth: OAuthPages | None = None
        if isinstance(self._workspaces, InstalledWorkspaces):
            self._workspaces.revoke = self._revoke
            if installations is not None:
                oauth_client = credentials.oauth_client()
                self._oauth = OAuthPages(self._workspaces, installations, oauth_client, self._client, clock)
        self._identified = False

    def routes(self) -> list[web.RouteDef]:
        """For the web server: events where Socket Mode is not used, install pages where several may connect."""
        over_http = self._credentials.signing_secret and not self._credentials.app_token
        routes = [web.post("/slack/events", self._events.post)] if over_http else []
        return routes + (self._oauth.routes() if self._oauth is not None else [])

    async def open(self) -> None:
        """Identifies the bot and opens the sockets or stands by, with retries. Raises SlackCredentialsRejected."""
        if isinstance(self._workspaces, SingleWorkspace):
            await self._identify(self._workspaces)
            await self._settle_home([self._workspaces.only()])
        else:
            await self._settle_home(self._workspaces.home)
            await self._workspaces.remove_foreign()
        self._identified = True
        if self._socket_mode is not None:
            await self._socket_mode.open()

    async def missing(self) -> str:
        """What keeps Slack from being connected, in a few words; empty when nothing does."""
        if not self._identified:
            return "Slack has not answered yet"
        if self._socket_mode is not None:
            return await self._socket_mode.missing()
        if self._socket_lease is not None and not await self._socket_lease.anybody_holds():
            return NOBODY_CONNECTED
        return ""

    async def close(self) -> None:
        if self._socket_mode is not None:
            await self._socket_mode.close()
        await self._tasks.drain(SHUTDOWN_TIMEOUT)
        await self._users.close()
        await self._client.close()

    async def _settle_home(self, teams: Collection[str]) -> None:
        try:
            await self._dispatcher.settle_home("slack", teams)
        except Exception as problem:  # noqa: BLE001 - it holds for this process, and is stored at the next start
            log.warning("where home is on Slack could not be kept: %s", type(problem).__name__)

    async def _revoke(self, workspace: Workspace) -> None:
        await self._client.revoke(workspace.token, workspace.team)

    async def _identify(self, workspace: SingleWorkspace) -> None:
        delay = 1.0
        while True:
            try:
                identity = await self._client.call_with_token(self._credentials.bot_token, "", "auth.test", {})
            except SlackRefused as refusal:
                raise SlackCredentialsRejected(
                    f"Slack does not accept SLACK_BOT_TOKEN ({refusal.error}): copy the Bot User OAuth Token, which"
                    " begins with xoxb-, from your app's page under OAuth & Permissions"
                ) from None
            except SLACK_ERRORS as problem:
                log.warning("Slack does not answer yet (%s); trying again in %.0f s", type(problem).__name__, delay)
                await asyncio.sleep(delay)
                delay = min(2 * delay, MAX_RETRY_DELAY)
            else:
                # With the token of a whole organisation, `team_id` is just one of its workspaces.
                name = "enterprise_id" if identity.get("is_enterprise_install") else "team_id"
                team, bot_id, user_id = (str(identity.get(key) or "") for key in (name, "bot_id", "user_id"))
                workspace.identify(team, bot_id, user_id)
                return


def _workspaces(credentials: SlackCredentials, installations: InstallationStore | None, clock: Clock) -> AnyWorkspaces:
    if credentials.bot_token:
        return SingleWorkspace(credentials.bot_token)
    if installations is None:
        raise ValueError("without SLACK_BOT_TOKEN, installations are needed")
    return InstalledWorkspaces(installations, clock, credentials.teams)
