"""Slack's Web API: one call, its timeout, and the pauses that Slack asks for. Nothing is ever sent twice here."""

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
from bot.ports import Clock

log = logging.getLogger(__name__)

DEFAULT_API_URL = "https://slack.com/api/"
REQUEST_TIMEOUT = timedelta(seconds=10)
DEFAULT_RETRY_AFTER = timedelta(seconds=1)

sdk_logger = logging.getLogger("adapters.slack.sdk")
"""The SDK's own log. At DEBUG it writes whole payloads, links and form fields among them: never let it."""
sdk_logger.setLevel(logging.INFO)

_QUERY_METHODS = frozenset({"users.info", "conversations.history", "auth.test", "auth.revoke"})
"""Methods that take no JSON: Slack ignores a JSON body there (docs.slack.dev, Using the Web API)."""


class SlackRateLimited(Exception):
    """Slack asked to wait; nothing was sent. `after`: how long still."""

    def __init__(self, method: str, after: timedelta) -> None:
        super().__init__(f"Slack asked to wait with {method}")
        self.after = after


class SlackRefused(Exception):
    """Slack answered that it did not do it. `error` is its word for why."""

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"{method}: {error}")
        self.error = error


class SlackRedirected(aiohttp.ClientError):
    """Slack's address leads elsewhere: another SLACK_API_URL is needed, or somebody is between."""


class NotInstalled(Exception):
    """The bot has no token for that workspace, or no longer."""


SLACK_ERRORS = (SlackRateLimited, SlackRefused, NotInstalled, aiohttp.ClientError, OSError, TimeoutError)
"""Whatever a call to Slack may raise."""


def session() -> aiohttp.ClientSession:
    """Follows no redirect: Slack's API answers with none, and what is sent holds a token."""
    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(_refuse_redirect)
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT.total_seconds()), trace_configs=[tracing]
    )


async def _refuse_redirect(_: object, __: object, redirect: aiohttp.TraceRequestRedirectParams) -> None:
    redirect.response.close()
    raise SlackRedirected(f"{redirect.url.host} answered with a redirect ({redirect.response.status})")


class SlackClient:
    """Open it inside the running loop; close it when done."""

    def __init__(self, workspaces: Workspaces, clock: Clock, base_url: str = DEFAULT_API_URL) -> None:
        self.workspaces = workspaces
        self._clock = clock
        self.session = session()
        # No retry handlers: by default the SDK repeats a call whose connection dropped after the request was sent,
        # and a reminder would arrive twice. The outbox alone decides what is sent again.
        self.client = AsyncWebClient(base_url=base_url, session=self.session, logger=sdk_logger, retry_handlers=[])
        self._paused: dict[tuple[str, str], datetime] = {}

    async def close(self) -> None:
        await self.session.close()

    async def call(self, team: str, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Calls a method as the bot of a workspace.

        SlackRateLimited, SlackRefused and NotInstalled mean that it was not done. After a TimeoutError or a connection
        error the outcome is unknown.
        """
        workspace = await self.workspaces.find(team)
        if workspace is None:
            raise NotInstalled(team)
        return await self.speak(workspace.token, workspace.team, method, arguments)

    async def speak(self, token: str, team: str, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The same with a given token."""
        self._heed(team, method)
        reads = method in _QUERY_METHODS
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT.total_seconds()):
                answer = await self.client.api_call(
                    method,
                    headers={"Authorization": f"Bearer {token}"},
                    params=dict(arguments) if reads else None,
                    json=None if reads else dict(arguments),
                )
        except SlackApiError as problem:
            raise self._understood(team, method, problem) from None
        return answer.data if isinstance(answer.data, dict) else {}

    async def revoke(self, token: str, team: str) -> None:
        """Makes a token worthless. Never raises: whoever calls has done with it in any case."""
        try:
            await self.speak(token, team, "auth.revoke", {})
        except SLACK_ERRORS as problem:
            why = problem if isinstance(problem, SlackRefused) else type(problem).__name__
            log.warning("the token of %s could not be revoked: %s", team, why)

    async def exchange(self, client: str, secret: str, asked: Mapping[str, str]) -> dict[str, Any]:
        """The token that an install page's code stands for."""
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT.total_seconds()):
                mark = base64.b64encode(f"{client}:{secret}".encode()).decode()
                headers = {"Authorization": f"Basic {mark}"}
                answer = await self.client.api_call("oauth.v2.access", data=dict(asked), headers=headers)
        except SlackApiError as problem:
            raise self._understood("", "oauth.v2.access", problem) from None
        return answer.data if isinstance(answer.data, dict) else {}

    async def upload(self, team: str, channel: str, name: str, content: bytes) -> None:
        """Puts a file into a conversation."""
        workspace = await self.workspaces.find(team)
        if workspace is None:
            raise NotInstalled(team)
        self._heed(workspace.team, "files")
        try:
            async with asyncio.timeout(3 * REQUEST_TIMEOUT.total_seconds()):
                await self.client.files_upload_v2(
                    token=workspace.token, filename=name, content=content, title=name, channel=channel
                )
        except SlackApiError as problem:
            raise self._understood(workspace.team, "files", problem) from None

    async def respond(self, url: str, body: Mapping[str, Any]) -> None:
        """Answers an interaction at its response_url. Raises SlackRefused when it is used up, past, or not Slack's.

        The SDK raises nothing for a 404, so its status is looked at here.
        """
        hook = AsyncWebhookClient(url, session=self.session, logger=sdk_logger, retry_handlers=[])
        async with asyncio.timeout(REQUEST_TIMEOUT.total_seconds()):
            answer = await hook.send_dict(dict(body))
        if answer.status_code != 200:
            raise SlackRefused("response_url", f"{answer.status_code} {answer.body[:40]}")

    def _heed(self, team: str, method: str) -> None:
        until = self._paused.get((team, method))
        if until is None:
            return
        left = until - self._clock.now()
        if left > timedelta(0):
            raise SlackRateLimited(method, left)
        del self._paused[team, method]

    def _understood(self, team: str, method: str, problem: SlackApiError) -> Exception:
        answer: Any = problem.response
        data = answer.data if isinstance(getattr(answer, "data", None), dict) else {}
        status = getattr(answer, "status_code", getattr(answer, "status", 0))
        if status == 429 or data.get("error") == "ratelimited":
            asked = (getattr(answer, "headers", None) or {}).get("Retry-After", "")
            after = timedelta(seconds=int(asked)) if str(asked).isdecimal() else DEFAULT_RETRY_AFTER
            self._paused[team, method] = self._clock.now() + after
            return SlackRateLimited(method, after)
        error = data.get("error")
        if not isinstance(error, str) or status >= 500 or error in _UNCERTAIN_ERRORS:
            # It may have been done. The SDK's own exception quotes the answer, so it goes no further.
            return ConnectionError(f"{method}: Slack answered {status} {error or ''}".rstrip())
        return SlackRefused(method, error)


_UNCERTAIN_ERRORS = frozenset({"internal_error", "fatal_error", "request_timeout"})
"""Slack says of these that part of the call may have succeeded (docs.slack.dev, chat.postMessage)."""
