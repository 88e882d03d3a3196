"""Speaks with Zoom's API as the account that connected it: one token, renewed in time, and no faster than allowed."""

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
NOTHING: Mapping[str, str] = MappingProxyType({})

API_URL = "https://api.zoom.us/v2"
OAUTH_URL = "https://zoom.us/oauth"
TIMEOUT = 10.0
"""Seconds for one request."""
ATTEMPTS = 4
LONGEST_WAIT = timedelta(seconds=20)
"""What Zoom asks to wait beyond this is waited outside: it is said to whoever asked, who comes back later."""
REFUSAL_REMEMBERED = timedelta(minutes=1)
"""How long after bad credentials Zoom is not asked again: whoever polls /readyz would have it asked each time."""
RENEW_BEFORE = timedelta(minutes=5)
PER_SECOND = 8
"""Below the heaviest limit of a Pro account (10 a second, for batches), whatever the request."""
ANSWER_LIMIT = 4 * 1024 * 1024


class Refused(Exception):
    """Zoom will not do it, however often it is asked. `code` is Zoom's own; `args[0]` a few words without secrets."""

    def __init__(self, status: int, code: int, what: str) -> None:
        super().__init__(f"Zoom refused to {what} (HTTP {status}, code {code})")
        self.status, self.code = status, code


class InDoubt(Exception):
    """The request may have been carried out, or not: look before asking again."""


class _Again(Exception):
    """It was not done, and may work in a moment; `after`, if Zoom said how long that is."""

    def __init__(self, why: str, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.after = after


class _Patience(wait_base):
    """As long as Zoom asked for, or twice as long each time, with jitter."""

    _otherwise = wait_random_exponential(multiplier=0.5, max=8)

    def __call__(self, retry_state: Any) -> float:
        failure = retry_state.outcome.exception() if retry_state.outcome else None
        after = getattr(failure, "after", None)
        jitter = float(self._otherwise(retry_state))
        return after.total_seconds() + jitter / 4 if after is not None else jitter


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of a Server-to-Server OAuth app."""

    account: str
    client: str
    secret: str = field(repr=False)
    api_url: str = API_URL
    oauth_url: str = OAUTH_URL


def token_url(written: str) -> str:
    """Where tokens are asked for, whether the base or the whole address was copied, or the host alone."""
    base = written.strip().rstrip("/").removesuffix("/token")
    return f"{base}/token" if urlsplit(base).path else f"{base}/oauth/token"


def api_base(written: str) -> str:
    """With the version, which Zoom's documents write with each path, and without the slash that those begin with."""
    base = written.strip().rstrip("/")
    return base if re.search(r"/v\d+$", base) else f"{base}/v2"


class Account:
    """One per process. `close` it in the end."""

    def __init__(self, credentials: Credentials, clock: Clock) -> None:
        self._credentials, self._clock = credentials, clock
        self._token_url, self._api = token_url(credentials.oauth_url), api_base(credentials.api_url)
        self._session: aiohttp.ClientSession | None = None
        self._token, self._until = "", datetime.min.replace(tzinfo=UTC)
        self.scopes: frozenset[str] = frozenset()
        """What the last token may do, where Zoom says so."""
        self._refusal: tuple[int, str, datetime] | None = None
        self._renewing = asyncio.Lock()
        self._pace = Pace(PER_SECOND)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(
        self,
        method: str,
        path: str,
        what: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] = NOTHING,
    ) -> dict[str, Any]:
        """Zoom's answer. Raises Refused, TryLater (with what Zoom asked to wait), or InDoubt: a POST that may
        have been carried out is not sent twice.
        """
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception(_is_worth_waiting),
                wait=_Patience(),
                stop=stop_after_attempt(ATTEMPTS),
                reraise=True,
            ):
                with attempt:
                    return await self._once(method, path, what, body, query)
        except _Again as again:
            raise TryLater(str(again), again.after) from None
        raise AssertionError("unreachable")

    async def token(self) -> str:
        """A token that lives for some minutes at least."""
        async with self._renewing:
            if self._refusal is not None and self._clock.now() < self._refusal[2]:
                raise Refused(self._refusal[0], 0, self._refusal[1])
            if self._clock.now() + RENEW_BEFORE >= self._until:
                await self._renew()
            return self._token

    async def _renew(self) -> None:
        mine = self._credentials
        status, headers, answer = await self._send(
            "POST",
            self._token_url,
            data={"grant_type": "account_credentials", "account_id": mine.account},
            headers={"Authorization": aiohttp.encode_basic_auth(mine.client, mine.secret)},
        )
        token = answer.get("access_token")
        if status in {400, 401, 403}:
            raise self._refused(status, "let us in: check ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET")
        if status in {404, 405}:
            raise self._refused(status, "give a token at this address: check ZOOM_OAUTH_URL")
        if status != 200 or not isinstance(token, str) or not token:
            raise _Again(f"Zoom gave no token (HTTP {status})", retry_after(headers, self._clock.now()))
        lives = answer.get("expires_in")
        self._token = token
        self.scopes = frozenset(str(answer.get("scope") or "").split())
        self._until = self._clock.now() + timedelta(seconds=lives if isinstance(lives, int) else 3600)

    def _refused(self, status: int, what: str) -> Refused:
        """Remembered for a while, in which no token is asked for."""
        self._refusal = status, what, self._clock.now() + REFUSAL_REMEMBERED
        return Refused(status, 0, what)

    async def _once(
        self, method: str, path: str, what: str, body: Mapping[str, Any] | None, query: Mapping[str, str]
    ) -> dict[str, Any]:
        token = await self._or_again(self.token(), sure=True)
        await self._pace.step()
        status, headers, answer = await self._or_again(
            self._send(
                method,
                self._api + path,
                json=body,
                params=query,
                headers={"Authorization": f"Bearer {token}"},
            ),
            sure=method != "POST",
        )
        if status in {200, 201, 204}:
            return answer
        if status == 401 and self._token == token:
            self._until = datetime.min.replace(tzinfo=UTC)  # revoked before its time: the next attempt renews it
            raise _Again("Zoom no longer takes our token")
        if status == 429:
            raise _Again("Zoom's limit is reached", retry_after(headers, self._clock.now()))
        if status >= 500:
            if method == "POST":
                raise InDoubt(f"Zoom has trouble (HTTP {status})")
            raise _Again(f"Zoom has trouble (HTTP {status})", retry_after(headers, self._clock.now()))
        code = answer.get("code")
        raise Refused(status, code if isinstance(code, int) else 0, what)

    async def _or_again(self, asking: Awaitable[T], *, sure: bool) -> T:
        """Trouble on the way; `sure`: asking again does no harm."""
        try:
            return await asking
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            why = f"Zoom does not answer ({type(problem).__name__})"
            if sure or isinstance(problem, aiohttp.ClientConnectorError):
                raise _Again(why) from None
            raise InDoubt(why) from None

    async def _send(self, method: str, url: str, **more: Any) -> tuple[int, Mapping[str, str], dict[str, Any]]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))
        async with self._session.request(method, url, allow_redirects=False, **more) as response:
            raw = await response.content.read(ANSWER_LIMIT)
            try:
                answer = json.loads(raw) if raw else {}
            except ValueError:
                answer = {}
            return response.status, response.headers, answer if isinstance(answer, dict) else {}


def _is_worth_waiting(failure: BaseException) -> bool:
    return isinstance(failure, _Again) and (failure.after is None or failure.after <= LONGEST_WAIT)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """What `Retry-After` asks for: seconds, or an instant (Zoom's daily limits write it in ISO 8601)."""
    written = headers.get("Retry-After", "").strip()
    if written.isascii() and written.isdecimal():
        return timedelta(seconds=min(int(written), 7 * 86_400))
    for read in _INSTANTS:
        try:
            at = read(written)
        except ValueError:
            continue
        return max(timedelta(0), (at if at.tzinfo else at.replace(tzinfo=UTC)) - now)
    return None


_INSTANTS: tuple[Callable[[str], datetime], ...] = (datetime.fromisoformat, parsedate_to_datetime)


class Pace:
    """Lets through so many a second, evenly, those who came first first."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second
        self._next = 0.0

    async def step(self) -> None:
        now = asyncio.get_running_loop().time()
        self._next = max(self._next + self._gap, now)
        if self._next > now:
            await asyncio.sleep(self._next - now)
