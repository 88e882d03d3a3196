"""The bot on Slack: put together, opened and closed."""

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
from adapters.slack.socket_mode import SocketMode
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
from bot.desk import Desk
from bot.ports import Clock, Messenger

log = logging.getLogger(__name__)

SHUTDOWN_TIMEOUT = 5.0
"""Seconds that answers under way have to be delivered in before closing."""
MAX_RETRY_DELAY = 30.0


@dataclass(frozen=True, slots=True)
class SlackCredentials:
    """As in the settings; empty where not set. One workspace has a bot token, several have a client."""

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_url: str = DEFAULT_API_URL
    public_url: str = ""
    teams: frozenset[str] = frozenset()
    """The workspaces and organisations at home, where several may be connected."""

    def client(self) -> OAuthClient:
        return OAuthClient(self.client_id, self.client_secret, self.api_url, self.public_url)


class SlackCredentialsRejected(Exception):
    """Slack does not accept the credentials. `args[0]` is one plain sentence."""


class SlackBot:
    """Make it inside the running loop. `open` connects, `close` lets what is under way finish."""

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        credentials: SlackCredentials,
        installations: InstallationStore | None = None,
        *,
        sockets: bool = True,
    ) -> None:
        """`sockets`: whether this process may hold Socket Mode's connections; one that only serves HTTP does not."""
        self._desk = desk
        self._credentials = credentials
        self._workspaces = _workspaces(credentials, installations, clock)
        self._tasks = BackgroundTasks()
        self._api = SlackClient(self._workspaces, clock, credentials.api_url)
        if isinstance(self._workspaces, InstalledWorkspaces):
            self._workspaces.give_up = self._revoked
        self._people = UserDirectory(self._api, clock)
        self._responder = SlackResponder(desk, self._api, self._people, clock, self._tasks)
        self.messenger: Messenger = SlackMessenger(self._api, clock)
        self.app = create_app(self._api.client, self._workspaces, AnswerMiddleware(self._responder, self._workspaces))
        self._sockets: SocketMode | None = None
        if sockets and credentials.app_token:
            self._sockets = SocketMode(self.app, credentials.app_token, credentials.api_url, self._api.session)
        self._events = EventsEndpoint(self.app, credentials.signing_secret, clock, lambda: self._met)
        self._install = (
            OAuthPages(self._workspaces, installations, credentials.client(), self._api, clock)
            if installations is not None and isinstance(self._workspaces, InstalledWorkspaces)
            else None
        )
        self._met = False

    def routes(self) -> list[web.RouteDef]:
        """For the web half: the events where Socket Mode is not used, the install pages where several may come."""
        over_http = self._credentials.signing_secret and not self._credentials.app_token
        routes = [web.post("/slack/events", self._events.post)] if over_http else []
        return routes + (self._install.routes() if self._install is not None else [])

    async def open(self) -> None:
        """Identifies the bot and opens the sockets, with retries. Raises SlackCredentialsRejected."""
        if isinstance(self._workspaces, SingleWorkspace):
            await self._meet(self._workspaces)
            await self._settle([self._workspaces.only()])
        else:
            await self._settle(self._workspaces.home)
            await self._workspaces.leave_strangers()
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
        await self._tasks.drain(SHUTDOWN_TIMEOUT)
        await self._people.close()
        await self._api.close()

    async def _settle(self, teams: Collection[str]) -> None:
        try:
            await self._desk.settle_home("slack", teams)
        except Exception as problem:  # noqa: BLE001 - it is settled for this process, and kept at the next start
            log.warning("where home is on Slack could not be kept: %s", type(problem).__name__)

    async def _revoked(self, workspace: Workspace) -> None:
        await self._api.revoke(workspace.token, workspace.team)

    async def _meet(self, one: SingleWorkspace) -> None:
        wait = 1.0
        while True:
            try:
                who = await self._api.speak(self._credentials.bot_token, "", "auth.test", {})
            except SlackRefused as no:
                raise SlackCredentialsRejected(
                    f"Slack does not accept SLACK_BOT_TOKEN ({no.error}): copy the Bot User OAuth Token, which begins"
                    " with xoxb-, from your app's page under OAuth & Permissions"
                ) from None
            except SLACK_ERRORS as problem:
                log.warning("Slack does not answer yet (%s); trying again in %.0f s", type(problem).__name__, wait)
                await asyncio.sleep(wait)
                wait = min(2 * wait, MAX_RETRY_DELAY)
            else:
                # A token of a whole organisation answers with one of its workspaces, and is none of that one alone.
                whole = who.get("enterprise_id") if who.get("is_enterprise_install") else who.get("team_id")
                one.met(str(whole or ""), str(who.get("bot_id", "")), str(who.get("user_id", "")))
                return


def _workspaces(credentials: SlackCredentials, installations: InstallationStore | None, clock: Clock) -> AnyWorkspaces:
    if credentials.bot_token:
        return SingleWorkspace(credentials.bot_token)
    if installations is None:
        raise ValueError("without SLACK_BOT_TOKEN, installations are needed")
    return InstalledWorkspaces(installations, clock, credentials.teams)
