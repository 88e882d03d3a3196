"""What `htg doctor` checks of Slack: whether the tokens are accepted, and have all the scopes that the bot uses."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.client import basic_auth, error_code, open_session, sdk_logger
from adapters.slack.manifest import SCOPES
from adapters.slack.run import SlackCredentials
from adapters.slack.socket_client import TOO_MANY
from bot.ports import CheckResult

_UNREACHABLE = "Slack cannot be reached from here: look at the network, or SLACK_API_URL."
_TOO_MANY = (
    "Slack opens no more Socket Mode connections: ten of this app are open. The bot's workers have eight at most, so"
    " look for another program with this SLACK_APP_TOKEN; connections that were cut off count for a while, too."
)


async def check(credentials: SlackCredentials) -> list[CheckResult]:
    """Never raises, and no line holds a token."""
    async with open_session() as session:
        client = AsyncWebClient(base_url=credentials.api_url, session=session, logger=sdk_logger, retry_handlers=[])
        checks = []
        if credentials.bot_token:
            checks.append(_bot_token(client, credentials.bot_token, credentials.teams))
        if credentials.app_token:
            checks.append(_app_token(client, credentials.app_token))
        if credentials.client_id and not credentials.bot_token:
            checks.append(_oauth_client(client, credentials))
        results = [result for group in await asyncio.gather(*checks) for result in group]
    if credentials.client_id and credentials.bot_token:
        results.append(_distributed())
    return results


async def _bot_token(client: AsyncWebClient, token: str, teams: Collection[str]) -> list[CheckResult]:
    try:
        identity = await client.api_call("auth.test", headers={"Authorization": f"Bearer {token}"})
    except SlackApiError as refusal:
        line = f"SLACK_BOT_TOKEN is not accepted ({_reason(refusal)}): copy it again from OAuth & Permissions."
        return [CheckResult.fault(line)]
    except (aiohttp.ClientError, OSError, TimeoutError):
        return [CheckResult.fault(_UNREACHABLE)]
    whole_organisation = identity.get("is_enterprise_install")
    home = str((identity.get("enterprise_id") if whole_organisation else identity.get("team_id")) or "")
    results = [
        CheckResult.ok(f"Slack knows the bot in {identity.get('team') or home}."),
        CheckResult.ok(f"Home is {home}: its owners and admins are facilitators, nobody of another workspace is."),
    ]
    if teams and home not in teams:
        line = f"SLACK_TEAM_IDS does not name {home}, where SLACK_BOT_TOKEN is from: correct one of them."
        results.append(CheckResult.fault(line))
    return [*results, _scopes(str(identity.headers.get("x-oauth-scopes", "")))]


def _scopes(header: str) -> CheckResult:
    granted = {scope.strip() for scope in header.split(",")}
    missing = "; ".join(f"{scope} ({purpose})" for scope, purpose in SCOPES.items() if scope not in granted)
    if not missing:
        return CheckResult.ok("All scopes that the bot uses are granted.")
    line = f"Scopes are missing: {missing}. Paste htg slack manifest again and reinstall the app."
    return CheckResult.fault(line)


async def _app_token(client: AsyncWebClient, token: str) -> list[CheckResult]:
    try:
        await client.api_call("apps.connections.open", headers={"Authorization": f"Bearer {token}"})
    except SlackApiError as refusal:
        if _reason(refusal) == TOO_MANY:
            return [CheckResult.advice(_TOO_MANY)]
        line = (
            f"SLACK_APP_TOKEN is not accepted ({_reason(refusal)}): make one under Basic Information, App-Level Tokens,"
            " with the scope connections:write, and switch Socket Mode on."
        )
        return [CheckResult.fault(line)]
    except (aiohttp.ClientError, OSError, TimeoutError):
        return []  # the check of the bot token reports it
    return [CheckResult.ok("Socket Mode can be opened.")]


async def _oauth_client(client: AsyncWebClient, credentials: SlackCredentials) -> list[CheckResult]:
    """Exchanges an invalid code: Slack checks the client first, and names what is wrong with that."""
    headers = basic_auth(credentials.client_id, credentials.client_secret)
    try:
        await client.api_call("oauth.v2.access", data={"code": "htg"}, headers=headers)
    except SlackApiError as refusal:
        error = _reason(refusal)
        if error in {"bad_client_secret", "invalid_client_id"}:
            line = (
                f"SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are not accepted ({error}):"
                " copy both again from Basic Information, App Credentials."
            )
            return [CheckResult.fault(line)]
        if error != "invalid_code":
            line = f"Slack does not say whether it knows the app ({error}): try again in a minute."
            return [CheckResult.fault(line)]
    except (aiohttp.ClientError, OSError, TimeoutError):
        return [CheckResult.fault(_UNREACHABLE)]
    home = ", ".join(sorted(credentials.teams))
    line = (
        f"Home is {home}: they alone may add the app, at /slack/install, and their owners and admins are facilitators."
    )
    return [CheckResult.ok("Slack knows the app."), CheckResult.ok(line)]


def _distributed() -> CheckResult:
    line = (
        "Anyone may add an app with public distribution, and SLACK_BOT_TOKEN is of one workspace alone:"
        " deactivate it under Manage Distribution and take SLACK_CLIENT_ID away, or take SLACK_BOT_TOKEN away."
    )
    return CheckResult.fault(line)


def _reason(refusal: SlackApiError) -> str:
    return error_code(refusal) or "no reason given"
