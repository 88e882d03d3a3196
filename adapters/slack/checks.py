"""What `htg doctor` asks of Slack: whether the tokens are good, and allowed all that the bot does."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Collection
from dataclasses import dataclass

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.client import sdk_logger, session
from adapters.slack.manifest import SCOPES
from adapters.slack.run import SlackCredentials


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was looked at: a line that says how it is and, where it is not good, what to do."""

    good: bool
    line: str


async def check(credentials: SlackCredentials) -> list[Found]:
    """Never raises, and no line holds a token."""
    async with session() as ours:
        client = AsyncWebClient(base_url=credentials.api_url, session=ours, logger=sdk_logger, retry_handlers=[])
        looks = []
        if credentials.bot_token:
            looks.append(_bot_token(client, credentials.bot_token, credentials.teams))
        if credentials.app_token:
            looks.append(_app_token(client, credentials.app_token))
        if credentials.client_id and not credentials.bot_token:
            looks.append(_client(client, credentials))
        if credentials.client_id and credentials.bot_token:
            looks.append(_distributed())
        return [each for found in await asyncio.gather(*looks) for each in found]


async def _bot_token(client: AsyncWebClient, token: str, teams: Collection[str]) -> list[Found]:
    try:
        who = await client.api_call("auth.test", headers={"Authorization": f"Bearer {token}"})
    except SlackApiError as no:
        why = _why(no)
        return [Found(False, f"SLACK_BOT_TOKEN is not accepted ({why}): copy it again from OAuth & Permissions.")]
    except (aiohttp.ClientError, OSError, TimeoutError):
        return [Found(False, "Slack cannot be reached from here: look at the network, or SLACK_API_URL.")]
    home = str((who.get("enterprise_id") if who.get("is_enterprise_install") else who.get("team_id")) or "")
    found = [
        Found(True, f"Slack knows the bot in {who.get('team') or home}."),
        Found(True, f"Home is {home}: its owners and admins are facilitators, nobody of another workspace is."),
    ]
    if teams and home not in teams:
        found.append(
            Found(False, f"SLACK_TEAM_IDS does not name {home}, where SLACK_BOT_TOKEN is from: correct one of them.")
        )
    granted = {each.strip() for each in str(who.headers.get("x-oauth-scopes", "")).split(",")}
    missing = [scope for scope in SCOPES if scope not in granted]
    if missing:
        wanting = "; ".join(f"{scope} ({SCOPES[scope]})" for scope in missing)
        found.append(
            Found(False, f"Scopes are missing: {wanting}. Paste htg slack manifest again and reinstall the app.")
        )
    else:
        found.append(Found(True, "All scopes that the bot uses are granted."))
    return found


async def _app_token(client: AsyncWebClient, token: str) -> list[Found]:
    try:
        await client.api_call("apps.connections.open", headers={"Authorization": f"Bearer {token}"})
    except SlackApiError as no:
        sentence = f"SLACK_APP_TOKEN is not accepted ({_why(no)}): make one under Basic Information, App-Level Tokens,"
        return [Found(False, f"{sentence} with the scope connections:write, and switch Socket Mode on.")]
    except (aiohttp.ClientError, OSError, TimeoutError):
        return []  # said already, of the bot token
    return [Found(True, "Socket Mode can be opened.")]


async def _client(client: AsyncWebClient, credentials: SlackCredentials) -> list[Found]:
    """Asks to be let in with a code that is none. Slack looks at the client first, and says what is wrong with that."""
    try:
        mark = base64.b64encode(f"{credentials.client_id}:{credentials.client_secret}".encode()).decode()
        await client.api_call("oauth.v2.access", data={"code": "htg"}, headers={"Authorization": f"Basic {mark}"})
    except SlackApiError as no:
        if _why(no) in {"bad_client_secret", "invalid_client_id"}:
            sentence = f"SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are not accepted ({_why(no)}):"
            return [Found(False, f"{sentence} copy both again from Basic Information, App SlackCredentials.")]
        if _why(no) != "invalid_code":
            return [Found(False, f"Slack does not say whether it knows the app ({_why(no)}): try again in a minute.")]
    except (aiohttp.ClientError, OSError, TimeoutError):
        return [Found(False, "Slack cannot be reached from here: look at the network, or SLACK_API_URL.")]
    home, alone = _home(credentials.teams), "they alone may add the app, at /slack/install"
    return [
        Found(True, "Slack knows the app."),
        Found(True, f"Home is {home}: {alone}, and their owners and admins are facilitators."),
    ]


def _home(teams: Collection[str]) -> str:
    return ", ".join(sorted(teams))


async def _distributed() -> list[Found]:
    sentence = "Anyone may add an app with public distribution, and SLACK_BOT_TOKEN is of one workspace alone:"
    do = "deactivate it under Manage Distribution and take SLACK_CLIENT_ID away, or take SLACK_BOT_TOKEN away."
    return [Found(False, f"{sentence} {do}")]


def _why(no: SlackApiError) -> str:
    data = getattr(no.response, "data", None)
    return str(data.get("error")) if isinstance(data, dict) else "no reason given"
