"""Discord's REST interface as the rest of this folder uses it. Every request has its timeout.

Messages and commands go through discord.py, which knows Discord's buckets and waits for them. The first answer
to an interaction does not: it is outside those limits, and discord.py would repeat it only after the 3 seconds
that Discord gives it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import aiohttp
import discord
import orjson
import yarl
from discord.http import Route

from adapters.discord.pace import Pace
from bot.views import Attachment

# At DEBUG discord.py writes whole payloads to the log, and a form's Zoom link with them.
logging.getLogger("discord").setLevel(logging.WARNING)
logging.getLogger("discord.state").setLevel(logging.ERROR)  # it warns of every intent that is not asked for
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nothing is spoken here


def _read(text: str | bytes | bytearray | memoryview) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # half a surrogate pair, which JSON can carry and orjson does not read
        return json.loads(text if isinstance(text, str) else bytes(text))


discord.utils._from_json = _read  # noqa: SLF001 - where orjson is there, discord.py uses it, and takes no other way


T = TypeVar("T")

PUBLIC_URL = "https://discord.com/api/v10"
TIMEOUT = 20.0
"""Seconds for one request with discord.py's own waiting in it; the outbox gives a send 30."""
ANSWER_TIMEOUT = 10.0
FIRST_ANSWER = 2.8
"""Seconds after which a first answer is too late: Discord gives 3, and it came a while ago."""
ATTEMPT = 1.2
"""Seconds for one attempt at it, where there is time for another. A file may take all there is."""
GRACE = 0.1
"""Seconds more in which what has arrived is read: after this process stood still, its timers are served first."""
LONGEST_WAIT = 60.0
"""Seconds that a 429 may ask for before an answer that was promised: nobody looks at it for longer."""
NOT_OURS = "Discord does not know DISCORD_TOKEN: copy it again from the bot's page."
_AGAIN = 0.15
_ALREADY = 40060
_USED_UP = {10062, 10015, 50027}
"""Unknown interaction, unknown webhook, invalid webhook token: an interaction's token lasts 15 minutes."""
_WHO = {"User-Agent": f"DiscordBot (https://github.com/Rapptz/discord.py, {discord.__version__})"}
_AS_JSON = {"Content-Type": "application/json"}

Json = dict[str, Any]


class Refused(Exception):
    """Discord does not let this bot in; `args[0]` is one plain sentence that says what to do."""


class TooLate(Exception):
    """Discord no longer takes an answer to this interaction."""


class Answered(Exception):
    """Somebody gave the first answer already: another worker, or an attempt of ours whose end we missed."""


def base_url(written: str | None) -> str:
    """DISCORD_API_URL as requests need it: with `/api/v10`, without a slash at the end."""
    if not written:
        return PUBLIC_URL
    url = written.rstrip("/")
    if re.search(r"/api/v\d+$", url):
        return url
    return f"{url}/v10" if url.endswith("/api") else f"{url}/api/v10"


class Unreachable(Exception):
    """Discord could not be reached to log in: nothing was sent."""


class Redirected(aiohttp.ClientError):
    """Discord's address leads elsewhere: another DISCORD_API_URL is needed, or somebody is between."""


class Rest:
    """One for a process. Logs in when it is first needed; several requests at a time."""

    def __init__(self, token: str, api_url: str | None = None) -> None:
        self._token = token
        self._base = base_url(api_url)
        self._pace = Pace()
        self._logging_in = asyncio.Lock()
        self._client: discord.Client | None = None
        self.application = self.me = 0
        """Ids of the application and of its account, once logged in."""

    async def open(self) -> None:
        Route.BASE = self._base
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=256),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_WHO,
            trace_configs=[_without_redirects()],
        )

    async def close(self) -> None:
        await self._session.close()
        if self._client is not None:
            await self._client.close()

    async def log_in(self) -> discord.Client:
        """Once; again only after a failure. Raises Refused for a wrong token, and Unreachable."""
        async with self._logging_in:
            if self._client is None:
                self._client = await self._logged_in()
            return self._client

    async def _logged_in(self) -> discord.Client:
        # Paced where a request leaves, behind discord.py's own queues and for its repetitions, too.
        paced = _without_redirects()
        paced.on_request_start.append(self._in_turn)
        client = discord.Client(intents=discord.Intents.none(), max_ratelimit_timeout=30, http_trace=paced)
        try:
            async with asyncio.timeout(TIMEOUT):
                await client.login(self._token)
        except BaseException as problem:
            await client.close()
            if isinstance(problem, discord.LoginFailure):
                raise Refused(NOT_OURS) from None
            if isinstance(problem, OSError | TimeoutError | aiohttp.ClientError | discord.DiscordException):
                raise Unreachable(type(problem).__name__) from None
            raise
        self.application = int(client.application_id or 0)
        self.me = int(client.user.id if client.user else 0)
        return client

    async def _in_turn(self, *_: object) -> None:
        await self._pace.wait()

    async def request(self, method: str, path: str, **more: Any) -> Any:
        """One request. Raises discord.HTTPException, discord.RateLimited, OSError or TimeoutError, and as `log_in`.

        `more`: `json`, `params`, and the parts of the path (`channel_id=4000`).
        """
        body = {name: more.pop(name) for name in ("json", "params") if name in more}
        client = self._client or await self.log_in()
        async with asyncio.timeout(TIMEOUT):
            return await client.http.request(Route(method, path, **more), **body)

    async def once(self, method: str, path: str, body: Json) -> Any:
        """One request that is never repeated: discord.py asks again after a 502, though it may have been done.

        For what Discord would make twice, having no nonce to know it by. Raises as `request` does.
        """
        await self.log_in()
        async with asyncio.timeout(TIMEOUT):
            await self._pace.wait()
            authorised = {"Authorization": f"Bot {self._token}"}
            async with self._session.request(method, self._base + path, json=body, headers=authorised) as response:
                text = await response.text()
                if response.status >= 400:
                    raise discord.HTTPException(response, _said(text))
                return json.loads(text)

    # ---- answers to interactions

    async def answer(
        self, interaction: int, token: str, kind: int, data: Json | None, files: Sequence[Attachment], since: float
    ) -> None:
        """The first answer. `since`: the loop's time at which the interaction came.

        Repeated while there is time, when the connection or Discord fails. Raises Answered and TooLate.
        """
        url = f"{self._base}/interactions/{interaction}/{token}/callback"
        body = {"type": kind, **({"data": data} if data is not None else {})}
        deadline = since + FIRST_ANSWER
        while True:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                raise TooLate
            try:
                attempt = self._send("POST", url, body, files, left + GRACE)
                status, code, wait = await _within(left if files else min(left, ATTEMPT), attempt)
            except TimeoutError:
                continue
            except (OSError, aiohttp.ClientError):
                status, code, wait = 599, 0, 0.0
            if status < 500 and status != 429:
                break
            await asyncio.sleep(min(max(wait, _AGAIN), left))
        _checked(status, code)

    async def edit_answer(self, token: str, data: Json, files: Sequence[Attachment]) -> None:
        """Puts words into an answer that was promised, or given. Within 15 minutes of the interaction."""
        url = f"{self._base}/webhooks/{self.application}/{token}/messages/@original"
        wait = 0.0
        for attempt in range(4):
            if attempt:
                await asyncio.sleep(min(max(wait, _AGAIN * 4 ** (attempt - 1)), LONGEST_WAIT))
            try:
                status, code, wait = await self._send("PATCH", url, data, files, ANSWER_TIMEOUT)
            except (OSError, aiohttp.ClientError, TimeoutError):
                status, code, wait = 599, 0, 0.0
            if status < 500 and status != 429:
                break
        _checked(status, code)

    async def _send(
        self, method: str, url: str, body: Json, files: Sequence[Attachment], seconds: float
    ) -> tuple[int, int, float]:
        """(HTTP status, Discord's error code or 0, seconds that it asks to wait)."""
        data = _form(body, files) if files else _written(body)
        headers = None if files else _AS_JSON
        limit = aiohttp.ClientTimeout(total=seconds)
        where = yarl.URL(url, encoded=True)
        async with self._session.request(method, where, data=data, headers=headers, timeout=limit) as response:
            if response.status < 400:
                return response.status, 0, 0.0
            return response.status, _code(await response.text()), _wait(response.headers)


async def _within(seconds: float, attempt: Coroutine[Any, Any, T]) -> T:
    """What an attempt came to. Raises TimeoutError, but not where the answer is there and only has to be read."""
    attempting = asyncio.create_task(attempt)
    try:
        for limit in (seconds, GRACE):
            if attempting in (await asyncio.wait({attempting}, timeout=limit))[0]:
                return attempting.result()
        raise TimeoutError
    finally:
        attempting.cancel()


def _without_redirects() -> aiohttp.TraceConfig:
    """For a session that follows none: Discord's API answers with none, and what is sent holds a token."""
    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(_refuse_redirect)
    return tracing


async def _refuse_redirect(_: object, __: object, redirect: aiohttp.TraceRequestRedirectParams) -> None:
    redirect.response.close()
    raise Redirected(f"{redirect.url.host} answered with a redirect ({redirect.response.status})")


def _written(body: Json) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # half a surrogate pair, which JSON can carry and UTF-8 cannot
        return json.dumps(body).encode()


def _form(body: Json, files: Sequence[Attachment]) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", json.dumps(body), content_type="application/json")
    for place, each in enumerate(files):
        form.add_field(f"files[{place}]", each.content, filename=each.name, content_type=each.media_type)
    return form


def _code(text: str) -> int:
    found = _said(text)
    return found.get("code", 0) if isinstance(found, dict) and isinstance(found.get("code", 0), int) else 0


def _wait(headers: Mapping[str, str]) -> float:
    try:
        return float(headers.get("Retry-After", 0))
    except ValueError:
        return 0.0


def _said(text: str) -> Json | str:
    """What Discord says is wrong; what stands between it and us may say it in another form."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, dict) else text


def _checked(status: int, code: int) -> None:
    if code == _ALREADY:
        raise Answered
    if status in {401, 404} or status >= 500 or code in _USED_UP:
        raise TooLate
    if status >= 400:
        raise RuntimeError(f"Discord refused an answer: {status}, code {code}")
