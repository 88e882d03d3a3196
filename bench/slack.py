"""Slack: throughput beside a bare Bolt app that only acknowledges, and the slowest acknowledgement in a rush.

Two servers in processes of their own, on the same machine, measured in turn: the whole bot (signature, parsing,
Bolt, the transaction on SQLite with synchronous=FULL, the answer as blocks), and a Bolt app that only acknowledges.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web

from adapters.slack.run import SlackBot, SlackCredentials
from bench.load import Answered, Http
from bench.measure import Row, at_least
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Plan, Status
from bot.secrets import ZoomLink
from cli import event_loop
from storage.engine.open import open_storage
from storage.migrations.upgrade import upgrade

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105 - of the measurement alone
KEY = "a-key-for-the-bench-alone"
CONNECTIONS = 64
ROUNDS = 15
REQUESTS = 500
"""In each round, to each server."""
MEMBERS = 400
GATHERINGS = 40
RUSH = 1000
LIMIT = 3.0
"""Seconds in which Slack wants an acknowledgement."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


# ---- the servers, each in a process of its own


async def serve_bot(url: str, api_url: str) -> None:
    storage = await open_storage(url, [KEY])
    slack = SlackBot(
        Dispatcher(storage, Config()), SystemClock(), SlackCredentials("xoxb-bench", "", SECRET, api_url=api_url)
    )
    await slack.open()
    event_loop.freeze_long_lived_objects()
    app = web.Application()
    app.add_routes(slack.routes())
    await _serve(app)


async def serve_bare(_: str, api_url: str) -> None:
    """Bolt as its documentation begins: signature checked, workspace authorised once, the command acknowledged."""
    from slack_bolt.async_app import AsyncApp, AsyncBoltContext
    from slack_sdk.web.async_client import AsyncWebClient

    app = AsyncApp(client=AsyncWebClient("xoxb-bench", base_url=api_url), signing_secret=SECRET)

    @app.command("/htg")
    async def acknowledge(context: AsyncBoltContext) -> None:
        await context.ack("ok")

    await _serve(app.web_app())


async def _serve(app: web.Application) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


@asynccontextmanager
async def _server(which: str, url: str, api_url: str) -> AsyncIterator[int]:
    command = [sys.executable, "-m", "bench.slack", which, url, api_url]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            port = int(await process.stdout.readline())
        yield port
    finally:
        process.terminate()
        await process.wait()


async def _api() -> tuple[web.AppRunner, str]:
    """The methods of Slack's Web API that the two call."""

    async def method(request: web.Request) -> web.Response:
        if request.match_info["method"] == "auth.test":
            return web.json_response({"ok": True, "team_id": "T1", "user_id": "U0", "bot_id": "B0"})
        user = {"id": request.query.get("user"), "team_id": "T1", "tz": "Europe/Madrid", "locale": "en-GB"}
        return web.json_response({"ok": True, "user": user | {"profile": {"display_name": "Ada"}}})

    app = web.Application()
    app.router.add_route("*", "/api/{method}", method)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/api/"


# ---- what is sent


def _command(member: int, gathering: int, number: int) -> bytes:
    """`/htg register 12`, signed, as it goes over the wire."""
    form = {
        "team_id": "T1", "team_domain": "bench", "channel_id": "C1", "channel_name": "general",
        "user_id": f"U{member:06}", "user_name": "ada", "command": "/htg", "text": f"register {gathering}",
        "api_app_id": "A1", "is_enterprise_install": "false", "response_url": "http://127.0.0.1:9/none",
        "trigger_id": f"{number}.{time.time_ns()}",
    }  # fmt: skip
    body = urlencode(form).encode()
    timestamp = str(int(time.time())).encode()
    digest = hmac.new(SECRET.encode(), b"v0:" + timestamp + b":" + body, hashlib.sha256).hexdigest().encode()
    return b"\r\n".join(
        (
            b"POST /slack/events HTTP/1.1",
            b"Host: 127.0.0.1",
            b"Content-Type: application/x-www-form-urlencoded",
            b"X-Slack-Request-Timestamp: " + timestamp,
            b"X-Slack-Signature: v0=" + digest,
            b"Content-Length: " + str(len(body)).encode(),
            b"",
            body,
        )
    )


async def _prepared(folder: Path) -> str:
    url = f"sqlite:///{folder / 'bench.db'}"
    await upgrade(url)
    storage = await open_storage(url, [KEY])
    start = datetime.now(UTC) + timedelta(days=3)
    link = ZoomLink("https://zoom.example/j/1")
    plans = [Plan(f"Gathering {n}", start, "Europe/Madrid", link=link) for n in range(GATHERINGS)]
    for plan in plans:
        await storage.run(lambda uow, plan=plan: uow.gatherings.add([plan], Status.PUBLISHED))  # type: ignore[misc]
    await storage.close()
    return url


async def measure() -> list[Row]:
    numbers = itertools.count()

    def commands() -> Callable[[int], list[bytes]]:
        """Gives the next `count` requests: every member for one gathering after another, except the last."""
        pairs = itertools.product(range(1, GATHERINGS), range(MEMBERS))
        return lambda count: [_command(who, what, next(numbers)) for what, who in itertools.islice(pairs, count)]

    runner, api_url = await _api()
    try:
        with tempfile.TemporaryDirectory() as folder:
            url = await _prepared(Path(folder))
            async with _server("bot", url, api_url) as bot, _server("bare", url, api_url) as bare:
                # Warm-up: every member once, which looks up the users and finishes the imports.
                servers = {bot: commands(), bare: commands()}
                for port, requests in servers.items():
                    await Http(port, CONNECTIONS).send(requests(MEMBERS))
                rates = [[await _rate(*server) for server in servers.items()] for _ in range(ROUNDS)]
                rush = await Http(bot, RUSH).send(
                    [_command(10_000 + n, GATHERINGS, next(numbers)) for n in range(RUSH)]
                )
            lost = RUSH - await _registered(url, GATHERINGS)
    finally:
        await runner.cleanup()
    _check_all_ok(rush)
    bots, bares = [list(column) for column in zip(*rates, strict=True)]
    return [
        at_least(
            f"`/htg register` over signed HTTP, {CONNECTIONS} connections, beside a bare Bolt app", bots, bares, 0.5
        ),
        _row(sorted(answer.seconds for answer in rush), lost),
    ]


def _row(seconds: list[float], lost: int) -> Row:
    worst = seconds[-1]
    return Row(
        f"{RUSH:,} members registering at the same instant: the slowest acknowledgement, and how many were lost",
        f"{worst:.2f} s, {lost} lost",
        f"{LIMIT:.0f} s",
        worst / LIMIT,
        "at most 1, none lost",
        worst < LIMIT and not lost,
    )


async def _rate(port: int, commands: Callable[[int], list[bytes]]) -> float:
    """Requests a second."""
    requests = commands(REQUESTS)
    started = time.perf_counter()
    answers = await Http(port, CONNECTIONS).send(requests)
    took = time.perf_counter() - started
    assert len(answers) == REQUESTS
    _check_all_ok(answers)
    return REQUESTS / took


def _check_all_ok(answers: list[Answered]) -> None:
    failed = [answer for answer in answers if answer.status != 200]
    assert not failed, f"{len(failed)} of {len(answers)} failed: {failed[0].status} {failed[0].body[:200]!r}"


async def _registered(url: str, gathering: int) -> int:
    storage = await open_storage(url, [KEY])
    try:
        return await storage.run(lambda uow: len(uow.registrations.registrants(gathering)))
    finally:
        await storage.close()


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    _, which, *arguments = sys.argv
    # The bot as `htg run` runs it.
    event_loop.run(serve_bot(*arguments)) if which == "bot" else asyncio.run(serve_bare(*arguments))
