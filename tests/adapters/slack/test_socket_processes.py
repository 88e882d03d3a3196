"""Workers as processes of their own: one stands still, one is killed, and Slack's ten connections suffice."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from adapters.slack.run import SlackBot, SlackCredentials
from adapters.slack.socket_lease import CONNECTIONS, SHARED, SocketLease
from bot.config import Config
from bot.dispatcher import Dispatcher
from storage.engine.open import open_storage
from tests.adapters.slack.fake_slack import FakeSlack
from tests.adapters.slack.fake_web_api import APP_TOKEN, BOT_TOKEN, SOCKET_LIMIT
from tests.adapters.slack.test_run import KEY, ROOT, Now
from tests.databases import Databases

pytestmark = pytest.mark.process

TAKEOVER_TIMEOUT = 15.0
"""Seconds from a kill until another worker is connected."""
BUSY = 45.0
"""Seconds more, on a machine that does much else. What a lease makes of the 15 is in `tests/bot/test_leases.py`."""


@asynccontextmanager
async def _worker(folder: Path, url: str, fake_slack: FakeSlack) -> AsyncIterator[asyncio.subprocess.Process]:
    """`htg worker`, as an operator runs it; ready when it is yielded."""
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HTG_SECRET_KEY": KEY, "HTG_LOG_FORMAT": "console",
        "DATABASE_URL": url, "SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_URL": fake_slack.api_url,
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "htg.py"), "worker",
        cwd=folder, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        log = b""
        async with asyncio.timeout(180):
            while b"ready" not in log:
                line = await process.stderr.readline()
                assert line, log.decode()
                log += line
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _until(true: Callable[[], bool], seconds: float = TAKEOVER_TIMEOUT + BUSY) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.05)


async def test_a_worker_stands_still_and_another_is_killed(databases: Databases, tmp_path: Path) -> None:
    url = databases.fresh("sqlite")
    async with AsyncExitStack() as stack:
        fake_slack = await stack.enter_async_context(FakeSlack(Now()).running())
        storage = await open_storage(url, [KEY])
        stack.push_async_callback(storage.close)
        for _ in range(3):
            credentials = SlackCredentials(BOT_TOKEN, APP_TOKEN, api_url=fake_slack.api_url)
            lease = SocketLease(storage, Now())
            bot = SlackBot(Dispatcher(storage, Config()), Now(), credentials, socket_lease=lease)
            stack.push_async_callback(bot.close)
            await bot.open()
        sockets = fake_slack.sockets
        first = await stack.enter_async_context(_worker(tmp_path, url, fake_slack))
        await _until(lambda: len(sockets) == SHARED)
        second = await stack.enter_async_context(_worker(tmp_path, url, fake_slack))
        assert len(sockets) == SHARED, "the second stands by"

        first.send_signal(signal.SIGSTOP)
        await _until(lambda: len(sockets) == SOCKET_LIMIT)
        first.send_signal(signal.SIGCONT)
        await _until(lambda: len(sockets) == SHARED)

        second.kill()
        await _until(lambda: len(sockets) == SHARED - CONNECTIONS)
        await _until(lambda: len(sockets) == SHARED)

        first.send_signal(signal.SIGTERM)
        async with asyncio.timeout(180):
            assert await first.wait() == 0
        await _until(lambda: len(sockets) == SHARED - CONNECTIONS)
        assert (fake_slack.most_sockets, fake_slack.refused_sockets) == (SOCKET_LIMIT, 0)
