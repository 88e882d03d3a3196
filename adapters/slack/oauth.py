"""`/slack/install` and `/slack/oauth_redirect`: the OAuth pages with which a workspace installs the bot.

Bolt's AsyncOAuthFlow and its stores are not used: the flow logs the code, answers an error without checking the state,
sets a cookie without SameSite, and has no step that refuses a team and revokes its token before the token is saved.
"""

from __future__ import annotations

import html
import logging
import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta

from aiohttp import web
from slack_sdk.oauth import AuthorizeUrlGenerator

from adapters.slack.client import SLACK_ERRORS, SlackClient, SlackRefused
from adapters.slack.manifest import SCOPES
from adapters.slack.workspaces import InstallationStore, InstalledWorkspaces, Workspace
from bot.ports import Clock

log = logging.getLogger(__name__)

STATE_COOKIE = "htg-slack-install"
SECURE_STATE_COOKIE = f"__Host-{STATE_COOKIE}"
"""Browsers accept a cookie with this prefix over HTTPS alone, from this very host, and for all of its paths."""
STATE_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """The app as Slack's OAuth knows it."""

    id: str
    secret: str = field(repr=False)
    api_url: str
    public_url: str

    @property
    def redirect_uri(self) -> str:
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
        oauth_client: OAuthClient,
        client: SlackClient,
        clock: Clock,
    ) -> None:
        self._workspaces = workspaces
        self._installations = installations
        self._oauth_client = oauth_client
        self._client = client
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/slack/install", self.begin), web.get("/slack/oauth_redirect", self.finish)]

    async def begin(self, request: web.Request) -> web.Response:
        """Redirects the browser to Slack, with a state that must come back with it."""
        del request
        oauth_client = self._oauth_client
        state = await self._installations.begin(self._clock.now() + STATE_LIFETIME)
        url = AuthorizeUrlGenerator(
            client_id=oauth_client.id,
            scopes=list(SCOPES),
            redirect_uri=oauth_client.redirect_uri,
            authorization_url=oauth_client.authorize_url,
        ).generate(state)
        response = web.Response(status=302, headers={"Location": url, "Cache-Control": "no-store"})
        response.set_cookie(
            oauth_client.cookie,
            state,
            max_age=int(STATE_LIFETIME.total_seconds()),
            path="/",
            secure=oauth_client.https,
            httponly=True,
            samesite="Lax",
        )
        return response

    async def finish(self, request: web.Request) -> web.Response:
        """Slack redirects the browser back here, with a code or an error."""
        response = await self._finish(request)
        response.del_cookie(
            self._oauth_client.cookie, path="/", secure=self._oauth_client.https, httponly=True, samesite="Lax"
        )
        return response

    async def _finish(self, request: web.Request) -> web.Response:
        state, code = request.query.get("state", ""), request.query.get("code", "")
        cookie = request.cookies.get(self._oauth_client.cookie, "")
        same_browser = state and secrets.compare_digest(*(each.encode("utf-8", "replace") for each in (cookie, state)))
        if not same_browser or not await self._installations.finish(state, self._clock.now()):
            return _page(
                400, "This page is too old", "Please begin again, in the browser that you began in.", again=True
            )
        if not code:
            return _page(200, "Not added", "Nothing was changed in your workspace.", again=True)
        try:
            workspace = await self._exchange(code)
            if workspace.team in self._workspaces.home:
                workspace = await self._with_identity(workspace)
        except SLACK_ERRORS as problem:
            reason = problem if isinstance(problem, SlackRefused) else type(problem).__name__
            log.warning("an installation failed: %s", reason)
            return _page(502, "Slack did not confirm it", "Please try once more in a minute.", again=True)
        if workspace.team not in self._workspaces.home:
            log.warning("somebody installed the app in %s, which SLACK_TEAM_IDS does not name", workspace.team)
            await self._client.revoke(workspace.token, workspace.team)
            return _page(
                403,
                "This workspace cannot add the bot",
                "It belongs to another community, whose own workspaces alone may add it. Nothing was kept, and what"
                " your workspace just granted was given back.",
            )
        await self._workspaces.save(workspace)
        log.info("installed in %s", workspace.team)
        return _page(200, "Welcome", "The bot is in your workspace. In Slack, type /htg to begin.")

    async def _exchange(self, code: str) -> Workspace:
        arguments = {"code": code, "redirect_uri": self._oauth_client.redirect_uri}
        grant = await self._client.exchange_code(self._oauth_client.id, self._oauth_client.secret, arguments)
        token = grant.get("access_token")
        installed_in = grant.get("enterprise") if grant.get("is_enterprise_install") else grant.get("team")
        team = installed_in.get("id") if isinstance(installed_in, dict) else None
        if not isinstance(token, str) or not isinstance(team, str):
            raise SlackRefused("oauth.v2.access", "no bot token")
        return Workspace(team, token)

    async def _with_identity(self, workspace: Workspace) -> Workspace:
        """With the bot's own ids there."""
        identity = await self._client.call_with_token(workspace.token, workspace.team, "auth.test", {})
        return replace(workspace, bot_id=str(identity.get("bot_id", "")), bot_user_id=str(identity.get("user_id", "")))


def _page(status: int, title: str, sentence: str, *, again: bool = False) -> web.Response:
    link = '<p><a href="/slack/install">Begin again</a></p>' if again else ""
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><h1>{html.escape(title)}</h1><p>{html.escape(sentence)}</p>{link}</html>"
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(status=status, text=text, content_type="text/html", headers=headers)
