"""Slack's Web API: calls one method, with its timeout and rate limits. Never retries: the outbox does."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack.workspaces import Workspaces
from bot.ports import LONGEST_WAIT, Clock

log = logging.getLogger(__name__)

DEFAULT_API_URL = "https://slack.com/api/"
REQUEST_TIMEOUT = timedelta(seconds=10)
DEFAULT_RETRY_AFTER = timedelta(seconds=1)
"""Where a 429 has no Retry-After header, or one that cannot be read."""

sdk_logger = logging.getLogger("adapters.slack.sdk")
"""The SDK's own log. At DEBUG it writes whole payloads, links and form fields among them, so DEBUG is never enabled."""
sdk_logger.setLevel(logging.INFO)

_QUERY_METHODS = frozenset({"users.info", "conversations.history", "auth.test", "auth.revoke"})
"""Methods that ignore a JSON body (docs.slack.dev, Using the Web API)."""
_UNCERTAIN_ERRORS = frozenset({"internal_error", "fatal_error", "request_timeout"})
"""Errors after which part of the call may have succeeded (docs.slack.dev, chat.postMessage)."""


class SlackRateLimited(Exception):
    """Nothing was sent: Slack asked to wait. `after`: how much longer."""

    def __init__(self, method: str, after: timedelta) -> None:
        super().__init__(f"Slack asked to wait with {method}")
        self.after = after


class SlackRefused(Exception):
    """Slack answered that it did not do it. `error` is Slack's error code."""

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"{method}: {error}")
        self.error = error


class SlackRedirected(aiohttp.ClientError):
    """The API address redirects: SLACK_API_URL is wrong, or the connection is intercepted."""


class NotInstalled(Exception):
    """The bot has no token for that workspace, or no longer."""


SLACK_ERRORS = (SlackRateLimited, SlackRefused, NotInstalled, aiohttp.ClientError, OSError, TimeoutError)
"""Whatever a call to Slack may raise."""


def open_session() -> aiohttp.ClientSession:
    """A session that follows no redirect: Slack's API answers with none, and requests hold a token."""
    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(_refuse_redirect)
    timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT.total_seconds())
    return aiohttp.ClientSession(timeout=timeout, trace_configs=[tracing])


async def _refuse_redirect(_: object, __: object, redirect: aiohttp.TraceRequestRedirectParams) -> None:
    redirect.response.close()
    raise SlackRedirected(f"{redirect.url.host} answered with a redirect ({redirect.response.status})")


def basic_auth(client_id: str, client_secret: str) -> dict[str, str]:
    """The header with which `oauth.v2.access` identifies the app."""
    credentials = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


class SlackClient:
    """Create it inside the running loop; close it when done."""

    def __init__(self, workspaces: Workspaces, clock: Clock, base_url: str = DEFAULT_API_URL) -> None:
        self.workspaces = workspaces
        self._clock = clock
        self.session = open_session()
        # Without the SDK's retry handlers: by default they repeat a call whose connection dropped after the request
        # was sent, and a reminder would arrive twice.
        self.web_client = AsyncWebClient(base_url=base_url, session=self.session, logger=sdk_logger, retry_handlers=[])
        self._blocked_until: dict[tuple[str, str], datetime] = {}
        """By team and method."""

    async def close(self) -> None:
        await self.session.close()

    async def call(self, team: str, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Calls a method with the token of a workspace.

        SlackRateLimited, SlackRefused and NotInstalled mean that it was not done. After a TimeoutError or a
        connection error the outcome is unknown.
        """
        workspace = await self.workspaces.find(team)
        if workspace is None:
            raise NotInstalled(team)
        return await self.call_with_token(workspace.token, workspace.team, method, arguments)

    async def call_with_token(self, token: str, team: str, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        self._check_rate_limit(team, method)
        as_query = method in _QUERY_METHODS
        return await self._request(
            team,
            method,
            headers={"Authorization": f"Bearer {token}"},
            params=dict(arguments) if as_query else None,
            json=None if as_query else dict(arguments),
        )

    async def revoke(self, token: str, team: str) -> None:
        """Revokes a token. Never raises: the caller no longer uses the token in any case."""
        try:
            await self.call_with_token(token, team, "auth.revoke", {})
        except SLACK_ERRORS as problem:
            reason = problem if isinstance(problem, SlackRefused) else type(problem).__name__
            log.warning("the token of %s could not be revoked: %s", team, reason)

    async def exchange_code(self, client_id: str, client_secret: str, arguments: Mapping[str, str]) -> dict[str, Any]:
        """Exchanges an OAuth code for a token."""
        headers = basic_auth(client_id, client_secret)
        return await self._request("", "oauth.v2.access", data=dict(arguments), headers=headers)

    async def _request(self, team: str, method: str, **options: Any) -> dict[str, Any]:
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT.total_seconds()):
                response = await self.web_client.api_call(method, **options)
        except SlackApiError as problem:
            raise self._exception_for(team, method, problem) from None
        return response.data if isinstance(response.data, dict) else {}

    async def upload_file(self, team: str, channel: str, name: str, content: bytes) -> None:
        """Uploads a file into a conversation."""
        workspace = await self.workspaces.find(team)
        if workspace is None:
            raise NotInstalled(team)
        self._check_rate_limit(workspace.team, "files")
        try:
            async with asyncio.timeout(3 * REQUEST_TIMEOUT.total_seconds()):
                await self.web_client.files_upload_v2(
                    token=workspace.token, filename=name, content=content, title=name, channel=channel
                )
        except SlackApiError as problem:
            raise self._exception_for(workspace.team, "files", problem) from None

    async def post_response(self, url: str, body: Mapping[str, Any]) -> None:
        """Answers an interaction at its response_url. Raises SlackRefused when the URL is used up or expired.

        The SDK raises nothing for a 404, so its status is checked here.
        """
        webhook = AsyncWebhookClient(url, session=self.session, logger=sdk_logger, retry_handlers=[])
        async with asyncio.timeout(REQUEST_TIMEOUT.total_seconds()):
            response = await webhook.send_dict(dict(body))
        if response.status_code != 200:
            raise SlackRefused("response_url", f"{response.status_code} {response.body[:40]}")

    def _check_rate_limit(self, team: str, method: str) -> None:
        until = self._blocked_until.get((team, method))
        if until is None:
            return
        remaining = until - self._clock.now()
        if remaining > timedelta(0):
            raise SlackRateLimited(method, remaining)
        del self._blocked_until[team, method]

    def _exception_for(self, team: str, method: str, problem: SlackApiError) -> Exception:
        response: Any = problem.response
        error = error_code(problem)
        status = getattr(response, "status_code", getattr(response, "status", 0))
        if status == 429 or error == "ratelimited":
            after = _retry_after(getattr(response, "headers", None) or {})
            self._blocked_until[team, method] = self._clock.now() + after
            return SlackRateLimited(method, after)
        if not error or status >= 500 or error in _UNCERTAIN_ERRORS:
            # The outcome is unknown. The SDK's own exception quotes the response, so it is not passed on.
            return ConnectionError(f"{method}: Slack answered {status} {error}".rstrip())
        return SlackRefused(method, error)


def error_code(refusal: SlackApiError) -> str:
    """Slack's error code; empty where it gave none."""
    data = getattr(refusal.response, "data", None)
    error = data.get("error") if isinstance(data, dict) else None
    return error if isinstance(error, str) else ""


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    try:
        return min(timedelta(seconds=float(headers.get("Retry-After", ""))), LONGEST_WAIT)
    except (ValueError, OverflowError):
        return DEFAULT_RETRY_AFTER
