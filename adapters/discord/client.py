"""The client for Discord's REST API that this folder uses. Every request has a timeout.

Messages and commands go through discord.py, which knows Discord's rate limit buckets and waits for them. The first
response to an interaction does not: it is outside those limits, and discord.py would retry it only after the 3
seconds that Discord allows for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiohttp
import discord
import orjson
import yarl

from adapters.discord.rate_limiter import DiscordRateLimiter
from adapters.discord.sdk_internals.lone_surrogates import read_lone_surrogates
from adapters.discord.sdk_internals.rest_requests import send_request, set_api_url
from adapters.discord.sdk_internals.voice_warnings import silence_voice_warnings
from bot.views import Attachment

# At DEBUG discord.py writes whole payloads to the log, and a form's Zoom link with them.
logging.getLogger("discord").setLevel(logging.WARNING)
logging.getLogger("discord.state").setLevel(logging.ERROR)  # it warns of every intent that is not asked for
read_lone_surrogates()
silence_voice_warnings()


T = TypeVar("T")

PUBLIC_URL = "https://discord.com/api/v10"
REQUEST_TIMEOUT = 20.0
"""Seconds for one request, discord.py's waiting for rate limits included; the outbox gives a send 30."""
CONNECT_TIMEOUT = 5.0
"""Seconds until a request that finds no connection is known not to have been sent."""
EDIT_TIMEOUT = 10.0
RESPONSE_DEADLINE = 2.8
"""Seconds after which a first response is too late: Discord allows 3, some of which the gateway took."""
ATTEMPT_TIMEOUT = 1.2
"""Seconds for one attempt at a first response. With a file, one attempt may take all the time there is."""
RESPONSE_GRACE = 0.1
"""Seconds more for reading a response that has arrived: after the process was suspended, timers fire first."""
MAX_RETRY_AFTER = 60.0
"""Seconds that a 429 may ask to wait before a deferred answer: nobody looks at it for longer."""
INVALID_TOKEN = "Discord does not know DISCORD_TOKEN: copy it again from the bot's page."  # noqa: S105 - a sentence
_RETRY_DELAY = 0.15
_ALREADY_ACKNOWLEDGED = 40060
_EXPIRED = {10062, 10015, 50027}
"""Unknown interaction, unknown webhook, invalid webhook token: an interaction's token lasts 15 minutes."""
_USER_AGENT = {"User-Agent": f"DiscordBot (https://github.com/Rapptz/discord.py, {discord.__version__})"}
_CONNECTING_IN_TIME = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT)
_JSON_CONTENT = {"Content-Type": "application/json"}

Json = dict[str, Any]

REQUEST_ERRORS = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)
"""What a request raises when Discord refuses it, or cannot be reached."""


class LoginRefused(Exception):
    """Discord does not let this bot in; `args[0]` is one plain sentence that says what to do."""


class DiscordUnreachable(Exception):
    """Discord could not be reached to log in: nothing was sent."""


class DiscordRedirected(aiohttp.ClientError):
    """The API answered with a redirect: another DISCORD_API_URL is needed, or somebody intercepts the connection."""


class InteractionExpired(Exception):
    """Discord no longer takes a response to this interaction."""


class AlreadyAcknowledged(Exception):
    """The interaction has its first response already: from another worker, or from an attempt that seemed to fail."""


def base_url(api_url: str | None) -> str:
    """DISCORD_API_URL as requests need it: with `/api/v10`, without a slash at the end."""
    if not api_url:
        return PUBLIC_URL
    url = api_url.rstrip("/")
    if re.search(r"/api/v\d+$", url):
        return url
    return f"{url}/v10" if url.endswith("/api") else f"{url}/api/v10"


@asynccontextmanager
async def opened_client(token: str, api_url: str | None) -> AsyncIterator[DiscordClient]:
    client = DiscordClient(token, api_url)
    await client.open()
    try:
        yield client
    finally:
        await client.close()


class DiscordClient:
    """One per process, for any number of concurrent requests. Logs in when first needed."""

    def __init__(self, token: str, api_url: str | None = None) -> None:
        self._token = token
        self._base = base_url(api_url)
        self._rate_limiter = DiscordRateLimiter()
        self._logging_in = asyncio.Lock()
        self._sdk: discord.Client | None = None
        self.application = self.me = 0
        """Ids of the application and of its account, once logged in."""

    async def open(self) -> None:
        set_api_url(self._base)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=256),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_USER_AGENT,
            trace_configs=[_refusing_redirects()],
        )

    async def close(self) -> None:
        await self._session.close()
        if self._sdk is not None:
            await self._sdk.close()

    async def log_in(self) -> discord.Client:
        """Once; again only after a failure. Raises LoginRefused for a wrong token, and DiscordUnreachable."""
        async with self._logging_in:
            if self._sdk is None:
                self._sdk = await self._create_sdk()
            return self._sdk

    async def _create_sdk(self) -> discord.Client:
        # Limited where a request leaves, behind discord.py's own queues, so that its retries count, too.
        tracing = _refusing_redirects()
        tracing.on_request_start.append(self._wait_for_rate_limit)
        sdk = discord.Client(intents=discord.Intents.none(), max_ratelimit_timeout=30, http_trace=tracing)
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT):
                await sdk.login(self._token)
        except BaseException as problem:
            await sdk.close()
            if isinstance(problem, discord.LoginFailure):
                raise LoginRefused(INVALID_TOKEN) from None
            if isinstance(problem, REQUEST_ERRORS):
                raise DiscordUnreachable(type(problem).__name__) from None
            raise
        self.application = int(sdk.application_id or 0)
        self.me = int(sdk.user.id if sdk.user else 0)
        return sdk

    async def _wait_for_rate_limit(self, *_: object) -> None:
        await self._rate_limiter.wait()

    async def request(self, method: str, path: str, **options: Any) -> Any:
        """One request. Raises discord.HTTPException, discord.RateLimited, OSError or TimeoutError, and as `log_in`.

        `options`: `json`, `params`, and the parts of the path (`channel_id=4000`).
        """
        body: Json = {name: options.pop(name) for name in ("json", "params") if name in options}
        sdk = self._sdk or await self.log_in()
        async with asyncio.timeout(REQUEST_TIMEOUT):
            return await send_request(sdk, method, path, body, **options)

    async def request_once(
        self, method: str, path: str, body: Json | None = None, params: Mapping[str, str | int] | None = None
    ) -> Any:
        """One request that is never retried, and waits for no bucket's rate limit.

        For what Discord would create twice, since it takes no nonce there (discord.py retries after a 502, though
        Discord may have carried it out), and for what might be untrue by the time that it leaves. Raises as
        `request` does; an aiohttp.ClientConnectorError or ConnectionTimeoutError before anything was sent.
        """
        if self._sdk is None:
            await self.log_in()
        async with asyncio.timeout(REQUEST_TIMEOUT):
            await self._rate_limiter.wait()
            headers = {"Authorization": f"Bot {self._token}"}
            async with self._session.request(
                method, self._base + path, json=body, params=params, headers=headers, timeout=_CONNECTING_IN_TIME
            ) as response:
                text = await response.text()
                if response.status >= 400:
                    # Of a 429 everything is needed, and a parsed error keeps its code and its sentence alone.
                    raise discord.HTTPException(response, text if response.status == 429 else _parse_error(text))
                return json.loads(text)

    # ---- responses to interactions

    async def create_response(
        self,
        interaction: int,
        token: str,
        kind: int,
        data: Json | None,
        files: Sequence[Attachment],
        received_at: float,
    ) -> None:
        """The first response (Create Interaction Response). `received_at`: by the event loop's clock.

        Retried while there is time, when the connection or Discord fails. Raises AlreadyAcknowledged and
        InteractionExpired.
        """
        url = f"{self._base}/interactions/{interaction}/{token}/callback"
        body = {"type": kind, **({"data": data} if data is not None else {})}
        deadline = received_at + RESPONSE_DEADLINE
        while True:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                raise InteractionExpired
            attempt = self._send_response("POST", url, body, files, left + RESPONSE_GRACE)
            try:
                status, code, wait = await _within(left if files else min(left, ATTEMPT_TIMEOUT), attempt)
            except TimeoutError:
                continue
            except (OSError, aiohttp.ClientError):
                status, code, wait = 599, 0, 0.0
            if status < 500 and status != 429:
                break
            await asyncio.sleep(min(max(wait, _RETRY_DELAY), left))
        _raise_for(status, code)

    async def edit_response(self, token: str, data: Json, files: Sequence[Attachment]) -> None:
        """Fills in a deferred response, or replaces one (Edit Original Interaction Response).

        Possible within 15 minutes of the interaction. Raises InteractionExpired after that.
        """
        url = f"{self._base}/webhooks/{self.application}/{token}/messages/@original"
        wait = 0.0
        for attempt in range(4):
            if attempt:
                await asyncio.sleep(min(max(wait, _RETRY_DELAY * 4 ** (attempt - 1)), MAX_RETRY_AFTER))
            try:
                status, code, wait = await self._send_response("PATCH", url, data, files, EDIT_TIMEOUT)
            except (OSError, aiohttp.ClientError, TimeoutError):
                status, code, wait = 599, 0, 0.0
            if status < 500 and status != 429:
                break
        _raise_for(status, code)

    async def _send_response(
        self, method: str, url: str, body: Json, files: Sequence[Attachment], seconds: float
    ) -> tuple[int, int, float]:
        """(HTTP status, Discord's error code or 0, seconds that it asks to wait)."""
        data = _multipart(body, files) if files else _encode(body)
        headers = None if files else _JSON_CONTENT
        total = aiohttp.ClientTimeout(total=seconds)
        target = yarl.URL(url, encoded=True)
        async with self._session.request(method, target, data=data, headers=headers, timeout=total) as response:
            if response.status < 400:
                return response.status, 0, 0.0
            return response.status, _error_code(await response.text()), _retry_after(response.headers)


async def _within(seconds: float, attempt: Coroutine[Any, Any, T]) -> T:
    """The result of an attempt. Raises TimeoutError, but not where the result has arrived and only has to be read."""
    task = asyncio.create_task(attempt)
    try:
        for limit in (seconds, RESPONSE_GRACE):
            if task in (await asyncio.wait({task}, timeout=limit))[0]:
                return task.result()
        raise TimeoutError
    finally:
        task.cancel()


def _refusing_redirects() -> aiohttp.TraceConfig:
    """Makes a session refuse redirects: Discord's API sends none, and every request holds a token."""
    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(_refuse_redirect)
    return tracing


async def _refuse_redirect(_: object, __: object, redirect: aiohttp.TraceRequestRedirectParams) -> None:
    redirect.response.close()
    raise DiscordRedirected(f"{redirect.url.host} answered with a redirect ({redirect.response.status})")


def _encode(body: Json) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # half a surrogate pair, which JSON can carry and UTF-8 cannot
        return json.dumps(body).encode()


def _multipart(body: Json, files: Sequence[Attachment]) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", json.dumps(body), content_type="application/json")
    for index, file in enumerate(files):
        form.add_field(f"files[{index}]", file.content, filename=file.name, content_type=file.media_type)
    return form


def _error_code(text: str) -> int:
    error = _parse_error(text)
    code = error.get("code", 0) if isinstance(error, dict) else 0
    return code if isinstance(code, int) else 0


def _retry_after(headers: Mapping[str, str]) -> float:
    try:
        return float(headers.get("Retry-After", 0))
    except ValueError:
        return 0.0


def _parse_error(text: str) -> Json | str:
    """Discord's error object; the text itself where a proxy answered in another form."""
    try:
        error = json.loads(text)
    except ValueError:
        return text
    return error if isinstance(error, dict) else text


def _raise_for(status: int, code: int) -> None:
    if code == _ALREADY_ACKNOWLEDGED:
        raise AlreadyAcknowledged
    if status in {401, 404} or status >= 500 or code in _EXPIRED:
        raise InteractionExpired
    if status >= 400:
        raise RuntimeError(f"Discord refused an answer: {status}, code {code}")
