"""Zoom's REST API with Server-to-Server OAuth: one cached token, retries, rate limit."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential
from tenacity.wait import wait_base

from bot.ports import Clock, TryLater

T = TypeVar("T")
NO_QUERY: Mapping[str, str] = MappingProxyType({})

API_URL = "https://api.zoom.us/v2"
OAUTH_URL = "https://zoom.us/oauth"
OWNER = "me"
"""The owner of the account, to an app of Server-to-Server OAuth."""
REQUEST_TIMEOUT = 10.0
"""Seconds for one HTTP request."""
MAX_ATTEMPTS = 4
MAX_RETRY_WAIT = timedelta(seconds=20)
"""A longer `Retry-After` is not waited for here: the caller gets TryLater and comes back."""
REFUSAL_CACHE_TTL = timedelta(minutes=1)
"""After bad credentials no token is requested for this long: each poll of /readyz would request one."""
TOKEN_RENEWAL_MARGIN = timedelta(minutes=5)
REQUESTS_PER_SECOND = 8
"""For requests of any kind: below the lowest limit of a Pro account (10 a second, for batch requests)."""
MAX_RESPONSE_BYTES = 4 * 1024 * 1024


class ZoomRefused(Exception):
    """Zoom refused; retrying is of no use. `code` is Zoom's error code; `args[0]` says what, without secrets."""

    def __init__(self, status: int, code: int, what: str) -> None:
        why = f": {_EXPLAINED[code]}" if code in _EXPLAINED else ""
        super().__init__(f"Zoom refused to {what} (HTTP {status}, code {code}){why}")
        self.status, self.code = status, code


_EXPLAINED: Mapping[int, str] = MappingProxyType(
    {
        200: "its plan does not include that; assign a licence to the host of the meetings",
        1001: "the host of the meetings is not in the account; check ZOOM_HOST",
        1010: "the host of the meetings is not in the account; check ZOOM_HOST",
        3161: "the host of the meetings may schedule none; assign a licence to them, or set ZOOM_HOST",
        4711: "the app has no scope for it; htg doctor names the one",
    }
)
"""By Zoom's error code (its API reference, Meetings and Errors), what to do."""


class ZoomOutcomeUnknown(Exception):
    """The request may have been carried out, or not: look it up before sending it again."""


class _Retryable(Exception):
    """Not done, and worth a retry; `after`: what Zoom asked to wait, if it said."""

    def __init__(self, why: str, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.after = after


class _RetryWait(wait_base):
    """tenacity's wait: what Zoom asked for, else exponential backoff, with jitter."""

    _backoff = wait_random_exponential(multiplier=0.5, max=8)

    def __call__(self, retry_state: Any) -> float:
        failure = retry_state.outcome.exception() if retry_state.outcome else None
        after = getattr(failure, "after", None)
        jitter = float(self._backoff(retry_state))
        return after.total_seconds() + jitter / 4 if after is not None else jitter


@dataclass(frozen=True, slots=True)
class ZoomCredentials:
    """Of a Server-to-Server OAuth app."""

    account: str
    client: str
    secret: str = field(repr=False)
    api_url: str = API_URL
    oauth_url: str = OAUTH_URL
    host: str = OWNER
    """The user under whom meetings are made, by e-mail or id."""


def token_url(url: str) -> str:
    """The URL of the token endpoint, from the host, the base URL or the whole URL."""
    base = url.strip().rstrip("/").removesuffix("/token")
    return f"{base}/token" if urlsplit(base).path else f"{base}/oauth/token"


def api_base(url: str) -> str:
    """The base URL with a version, which Zoom's documents write in each path, and without a trailing slash."""
    base = url.strip().rstrip("/")
    return base if re.search(r"/v\d+$", base) else f"{base}/v2"


class ZoomClient:
    """One per process. Call `close` at the end."""

    def __init__(self, credentials: ZoomCredentials, clock: Clock) -> None:
        self._credentials, self._clock = credentials, clock
        self._token_url, self._api = token_url(credentials.oauth_url), api_base(credentials.api_url)
        self._session: aiohttp.ClientSession | None = None
        self._token, self._until = "", datetime.min.replace(tzinfo=UTC)
        self.scopes: frozenset[str] = frozenset()
        """Scopes of the last token, where Zoom names them."""
        self._refusal: tuple[int, str, datetime] | None = None
        self._renewing = asyncio.Lock()
        self._rate_limiter = ZoomRateLimiter(REQUESTS_PER_SECOND)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def request(
        self,
        method: str,
        path: str,
        what: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] = NO_QUERY,
    ) -> dict[str, Any]:
        """Zoom's response body. `what` completes "Zoom refused to …" in errors.

        Raises ZoomRefused, TryLater (with what Zoom asked to wait), or ZoomOutcomeUnknown: a POST that may have been
        carried out is not sent twice.
        """
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception(_is_worth_retrying),
                wait=_RetryWait(),
                stop=stop_after_attempt(MAX_ATTEMPTS),
                reraise=True,
            ):
                with attempt:
                    return await self._send_once(method, path, what, body, query)
        except _Retryable as again:
            raise TryLater(str(again), again.after) from None
        raise AssertionError("unreachable")

    async def token(self) -> str:
        """An access token that is valid for TOKEN_RENEWAL_MARGIN at least."""
        async with self._renewing:
            if self._refusal is not None and self._clock.now() < self._refusal[2]:
                raise ZoomRefused(self._refusal[0], 0, self._refusal[1])
            if self._clock.now() + TOKEN_RENEWAL_MARGIN >= self._until:
                await self._renew()
            return self._token

    async def _renew(self) -> None:
        credentials = self._credentials
        status, headers, answer = await self._send(
            "POST",
            self._token_url,
            data={"grant_type": "account_credentials", "account_id": credentials.account},
            headers={"Authorization": aiohttp.encode_basic_auth(credentials.client, credentials.secret)},
        )
        token = answer.get("access_token")
        if status in {400, 401, 403}:
            raise self._refused(status, "let us in: check ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET")
        if status in {404, 405}:
            raise self._refused(status, "give a token at this address: check ZOOM_OAUTH_URL")
        if status != 200 or not isinstance(token, str) or not token:
            raise _Retryable(f"Zoom gave no token (HTTP {status})", retry_after(headers, self._clock.now()))
        expires_in = answer.get("expires_in")
        self._token = token
        self.scopes = frozenset(str(answer.get("scope") or "").split())
        self._until = self._clock.now() + timedelta(seconds=expires_in if isinstance(expires_in, int) else 3600)

    def _refused(self, status: int, what: str) -> ZoomRefused:
        """The refusal, cached for REFUSAL_CACHE_TTL."""
        self._refusal = status, what, self._clock.now() + REFUSAL_CACHE_TTL
        return ZoomRefused(status, 0, what)

    async def _send_once(
        self, method: str, path: str, what: str, body: Mapping[str, Any] | None, query: Mapping[str, str]
    ) -> dict[str, Any]:
        token = await self._retryable(self.token(), safe_to_retry=True)
        await self._rate_limiter.wait()
        status, headers, answer = await self._retryable(
            self._send(
                method,
                self._api + path,
                json=body,
                params=query,
                headers={"Authorization": f"Bearer {token}"},
            ),
            safe_to_retry=method != "POST",
        )
        if status in {200, 201, 204}:
            return answer
        if status == 401 and self._token == token:
            self._until = datetime.min.replace(tzinfo=UTC)  # revoked early: the next attempt renews it
            raise _Retryable("Zoom no longer takes our token")
        if status == 429 or _is_daily_limit(answer):
            after = retry_after(headers, self._clock.now())
            if after is None and _is_daily_limit(answer):
                after = _until_midnight(self._clock.now())
            raise _Retryable("Zoom's limit is reached", after)
        if status >= 500:
            if method == "POST":
                raise ZoomOutcomeUnknown(f"Zoom has trouble (HTTP {status})")
            raise _Retryable(f"Zoom has trouble (HTTP {status})", retry_after(headers, self._clock.now()))
        code = answer.get("code")
        raise ZoomRefused(status, code if isinstance(code, int) else 0, what)

    async def _retryable(self, response: Awaitable[T], *, safe_to_retry: bool) -> T:
        """Maps network errors. `safe_to_retry`: the request is idempotent."""
        try:
            return await response
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            why = f"Zoom does not answer ({type(problem).__name__})"
            if safe_to_retry or isinstance(problem, aiohttp.ClientConnectorError):
                raise _Retryable(why) from None
            raise ZoomOutcomeUnknown(why) from None

    async def _send(self, method: str, url: str, **more: Any) -> tuple[int, Mapping[str, str], dict[str, Any]]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT))
        async with self._session.request(method, url, allow_redirects=False, **more) as response:
            raw = await response.content.read(MAX_RESPONSE_BYTES)
            try:
                answer = json.loads(raw) if raw else {}
            except ValueError:
                answer = {}
            return response.status, response.headers, answer if isinstance(answer, dict) else {}


def _is_daily_limit(answer: Mapping[str, Any]) -> bool:
    """Zoom tells of limits that end at 00:00 UTC by words alone: as 429, or as 400 or 300 with the code 300."""
    message = str(answer.get("message") or "").lower()
    return "daily rate limit" in message or "in one day" in message


def _until_midnight(now: datetime) -> timedelta:
    return (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0) - now


def _is_worth_retrying(failure: BaseException) -> bool:
    return isinstance(failure, _Retryable) and (failure.after is None or failure.after <= MAX_RETRY_WAIT)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """`Retry-After` as a duration: seconds, or an instant (Zoom's daily limits write it in ISO 8601)."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdecimal():
        return timedelta(seconds=min(int(value), 7 * 86_400))
    for read in _INSTANTS:
        try:
            at = read(value)
        except ValueError:
            continue
        return max(timedelta(0), (at if at.tzinfo else at.replace(tzinfo=UTC)) - now)
    return None


_INSTANTS: tuple[Callable[[str], datetime], ...] = (datetime.fromisoformat, parsedate_to_datetime)


class ZoomRateLimiter:
    """Spaces requests evenly, first come first served. `wait` returns when the caller may send."""

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._next = 0.0

    async def wait(self) -> None:
        now = asyncio.get_running_loop().time()
        self._next = max(self._next + self._interval, now)
        if self._next > now:
            await asyncio.sleep(self._next - now)
