"""The bot on Slack: put together, opened and closed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass, field

from aiohttp import web

from adapters.slack.answer import Answering
from adapters.slack.api import PUBLIC, TROUBLE, Api, Refused
from adapters.slack.events import Events
from adapters.slack.install import Client, Install
from adapters.slack.listening import Listening, bolt
from adapters.slack.people import People
from adapters.slack.sockets import Sockets
from adapters.slack.tasks import Tasks
from adapters.slack.tell import SlackMessenger
from adapters.slack.workspaces import Installations, One, Several, Workspace
from bot.desk import Desk
from bot.ports import Clock, Messenger

log = logging.getLogger(__name__)

FAREWELL = 5.0
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
    teams: frozenset[str] = frozenset()
    """The workspaces and organisations at home, where several may be connected."""

    def client(self) -> Client:
        return Client(self.client_id, self.client_secret, self.api_url, self.public_url)


class Unwelcome(Exception):
    """Slack does not accept the credentials. `args[0]` is one plain sentence."""


class Slack:
    """Make it inside the running loop. `open` connects, `close` lets what is under way finish."""

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        credentials: Credentials,
        installations: Installations | None = None,
        *,
        sockets: bool = True,
    ) -> None:
        """`sockets`: whether this process may hold Socket Mode's connections; one that only serves HTTP does not."""
        self._desk = desk
        self._credentials = credentials
        self._workspaces = _workspaces(credentials, installations, clock)
        self._tasks = Tasks()
        self._api = Api(self._workspaces, clock, credentials.api_url)
        if isinstance(self._workspaces, Several):
            self._workspaces.give_up = self._revoked
        self._people = People(self._api, clock)
        self._answering = Answering(desk, self._api, self._people, clock, self._tasks)
        self.messenger: Messenger = SlackMessenger(self._api, clock)
        self.app = bolt(self._api.client, self._workspaces, Listening(self._answering, self._workspaces))
        opens_sockets = sockets and bool(credentials.app_token)
        self._sockets = (
            Sockets(self.app, credentials.app_token, credentials.api_url, self._api.session) if opens_sockets else None
        )
        self._events = Events(self.app, credentials.signing_secret, clock, lambda: self._met)
        self._install = (
            Install(self._workspaces, installations, credentials.client(), self._api, clock)
            if installations is not None and isinstance(self._workspaces, Several)
            else None
        )
        self._met = False

    def routes(self) -> list[web.RouteDef]:
        """For the web half: the events where Socket Mode is not used, the install pages where several may come."""
        over_http = self._credentials.signing_secret and not self._credentials.app_token
        routes = [web.post("/slack/events", self._events.post)] if over_http else []
        return routes + (self._install.routes() if self._install is not None else [])

    async def open(self) -> None:
        """Asks Slack who we are, and opens the sockets. Tries until it succeeds; raises Unwelcome when it cannot."""
        if isinstance(self._workspaces, One):
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
        await self._tasks.drain(FAREWELL)
        await self._people.close()
        await self._api.close()

    async def _settle(self, teams: Collection[str]) -> None:
        try:
            await self._desk.settle_home("slack", teams)
        except Exception as problem:  # noqa: BLE001 - it is settled for this process, and kept at the next start
            log.warning("where home is on Slack could not be kept: %s", type(problem).__name__)

    async def _revoked(self, workspace: Workspace) -> None:
        await self._api.revoke(workspace.token, workspace.team)

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
                # A token of a whole organisation answers with one of its workspaces, and is none of that one alone.
                whole = who.get("enterprise_id") if who.get("is_enterprise_install") else who.get("team_id")
                one.met(str(whole or ""), str(who.get("bot_id", "")), str(who.get("user_id", "")))
                return


def _workspaces(credentials: Credentials, installations: Installations | None, clock: Clock) -> One | Several:
    if credentials.bot_token:
        return One(credentials.bot_token)
    if installations is None:
        raise ValueError("without SLACK_BOT_TOKEN, installations are needed")
    return Several(installations, clock, credentials.teams)
