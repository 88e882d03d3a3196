"""`/slack/install` and `/slack/oauth_redirect`: how a workspace adds the bot by itself."""

from __future__ import annotations

import html
import logging
import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from aiohttp import web
from slack_sdk.oauth import AuthorizeUrlGenerator

from adapters.slack.client import SLACK_ERRORS, SlackClient, SlackRefused
from adapters.slack.manifest import SCOPES
from adapters.slack.workspaces import InstallationStore, InstalledWorkspaces, Workspace
from bot.ports import Clock

log = logging.getLogger(__name__)

STATE_COOKIE = "htg-slack-install"
SECURE_STATE_COOKIE = f"__Host-{STATE_COOKIE}"
"""Browsers take a cookie of such a name over HTTPS alone, from this very host, and for all of it."""
STATE_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """The app as Slack's OAuth knows it."""

    id: str
    secret: str = field(repr=False)
    api_url: str
    public_url: str

    @property
    def redirect(self) -> str:
        return f"{self.public_url.rstrip('/')}/slack/oauth_redirect"

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def cookie(self) -> str:
        return SECURE_STATE_COOKIE if self.https else STATE_COOKIE

    @property
    def authorize_url(self) -> str:
        """Beside the API: https://slack.com/oauth/v2/authorize, or GovSlack's own."""
        return f"{self.api_url.rstrip('/').removesuffix('/api')}/oauth/v2/authorize"


class OAuthPages:
    def __init__(
        self,
        workspaces: InstalledWorkspaces,
        installations: InstallationStore,
        client: OAuthClient,
        api: SlackClient,
        clock: Clock,
    ) -> None:
        self._workspaces = workspaces
        self._installations = installations
        self._client = client
        self._api = api
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/slack/install", self.begin), web.get("/slack/oauth_redirect", self.finish)]

    async def begin(self, request: web.Request) -> web.Response:
        """Sends the browser to Slack, with a mark that must come back with it."""
        del request
        state = await self._installations.begin(self._clock.now() + STATE_LIFETIME)
        url = AuthorizeUrlGenerator(
            client_id=self._client.id,
            scopes=list(SCOPES),
            redirect_uri=self._client.redirect,
            authorization_url=self._client.authorize_url,
        ).generate(state)
        going = web.Response(status=302, headers={"Location": url, "Cache-Control": "no-store"})
        going.set_cookie(
            self._client.cookie,
            state,
            max_age=int(STATE_LIFETIME.total_seconds()),
            path="/",
            secure=self._client.https,
            httponly=True,
            samesite="Lax",
        )
        return going

    async def finish(self, request: web.Request) -> web.Response:
        """The browser is back: with a code, or with the reason why not."""
        shown = await self._finished(request)
        shown.del_cookie(self._client.cookie, path="/", secure=self._client.https, httponly=True, samesite="Lax")
        return shown

    async def _finished(self, request: web.Request) -> web.Response:
        state, code = request.query.get("state", ""), request.query.get("code", "")
        same_browser = state and secrets.compare_digest(
            request.cookies.get(self._client.cookie, "").encode(), state.encode()
        )
        if not same_browser or not await self._installations.finish(state, self._clock.now()):
            return _page(
                400, "This page is too old", "Please begin again, in the browser that you began in.", again=True
            )
        if not code:
            return _page(200, "Not added", "Nothing was changed in your workspace.", again=True)
        try:
            workspace = await self._exchanged(code)
            if workspace.team in self._workspaces.home:
                workspace = await self._introduced(workspace)
        except SLACK_ERRORS as problem:
            log.warning(
                "an installation failed: %s", problem if isinstance(problem, SlackRefused) else type(problem).__name__
            )
            return _page(502, "Slack did not confirm it", "Please try once more in a minute.", again=True)
        if workspace.team not in self._workspaces.home:
            log.warning("somebody installed the app in %s, which SLACK_TEAM_IDS does not name", workspace.team)
            await self._api.revoke(workspace.token, workspace.team)
            return _page(
                403,
                "This workspace cannot add the bot",
                "It belongs to another community, whose own workspaces alone may add it. Nothing was kept, and what"
                " your workspace just granted was given back.",
            )
        await self._workspaces.keep(workspace)
        log.info("installed in %s", workspace.team)
        return _page(200, "Welcome", "The bot is in your workspace. In Slack, type /htg to begin.")

    async def _exchanged(self, code: str) -> Workspace:
        asked = {"code": code, "redirect_uri": self._client.redirect}
        answer = await self._api.exchange(self._client.id, self._client.secret, asked)
        token = answer.get("access_token")
        whole = answer.get("enterprise") if answer.get("is_enterprise_install") else answer.get("team")
        team = whole.get("id") if isinstance(whole, dict) else None
        if not isinstance(token, str) or not isinstance(team, str):
            raise SlackRefused("oauth.v2.access", "no bot token")
        return Workspace(team, token)

    async def _introduced(self, workspace: Workspace) -> Workspace:
        """With what Slack calls the bot there."""
        who: dict[str, Any] = await self._api.speak(workspace.token, workspace.team, "auth.test", {})
        return replace(workspace, bot=str(who.get("bot_id", "")), account=str(who.get("user_id", "")))


def _page(status: int, title: str, sentence: str, *, again: bool = False) -> web.Response:
    way_on = '<p><a href="/slack/install">Begin again</a></p>' if again else ""
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><h1>{html.escape(title)}</h1><p>{html.escape(sentence)}</p>{way_on}</html>"
    )
    shown = web.Response(status=status, text=text, content_type="text/html")
    shown.headers.update(
        {
            "Cache-Control": "no-store",
            "Content-Security-Policy": (
                "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
    )
    return shown
