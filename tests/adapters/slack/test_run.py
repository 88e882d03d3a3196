"""`htg run` itself, as an operator starts it, with Slack before it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.gatherings.model import Gathering, Plan, Status
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from storage.engine.open import open_storage
from tests.adapters.slack.fake_slack import FakeSlack
from tests.adapters.slack.fake_web_api import APP_TOKEN, BOT_TOKEN
from tests.adapters.slack.transport import SIGNING_SECRET, HttpTransport, SocketTransport
from tests.adapters.slack.user_client import UserClient
from tests.databases import Databases

pytestmark = pytest.mark.process

KEY = "le8qye4c2gGUxg6G0v1VnKQNZgWQUjvgqcu5rkfdKdg"
ROOT = Path(__file__).parents[3]


class Now:
    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the process under test has the machine's clock


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@asynccontextmanager
async def _running(folder: Path, settings: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HTG_SECRET_KEY": KEY} | dict(settings)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error::ResourceWarning", str(ROOT / "htg.py"), "run",
        cwd=folder, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _ready(process: asyncio.subprocess.Process, port: int) -> None:
    async with asyncio.timeout(180), aiohttp.ClientSession() as session:
        while process.returncode is None:
            try:
                if (await session.get(f"http://127.0.0.1:{port}/readyz")).status == 200:
                    return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.1)
    raise AssertionError((await process.communicate())[1].decode())


async def _soon(url: str, starts_in: timedelta) -> Gathering:
    storage = await open_storage(url, [KEY])
    try:
        plan = Plan("Grief", Now().now() + starts_in, "UTC", link=ZoomLink("https://zoom.us/j/1"))
        return (await storage.run(lambda uow: uow.gatherings.add([plan], Status.PUBLISHED)))[0]
    finally:
        await storage.close()


async def _registered(url: str, gathering: Gathering) -> int:
    def count(uow: UnitOfWork) -> int:
        return len(uow.registrations.registrants(gathering.id))

    storage = await open_storage(url, [KEY])
    try:
        return await storage.run(count)
    finally:
        await storage.close()


@pytest.mark.parametrize("by", ["http", "socket"])
async def test_it_runs_answers_reminds_and_ends(databases: Databases, tmp_path: Path, by: str) -> None:
    url, port = databases.fresh("sqlite"), _free_port()
    async with FakeSlack(Now()).running() as fake_slack, aiohttp.ClientSession() as session:
        settings = {
            "DATABASE_URL": url, "HOST": "127.0.0.1", "PORT": str(port), "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_API_URL": fake_slack.api_url, "HTG_REMINDERS": "1h", "HTG_CHANNEL_REMINDERS": "",
        }  # fmt: skip
        settings |= {"SLACK_APP_TOKEN": APP_TOKEN} if by == "socket" else {"SLACK_SIGNING_SECRET": SIGNING_SECRET}
        async with _running(tmp_path, settings) as process:
            await _ready(process, port)
            gathering = await _soon(url, timedelta(hours=1, seconds=20))
            delivery = (
                HttpTransport(f"http://127.0.0.1:{port}/slack/events", Now(), session)
                if by == "http"
                else SocketTransport(fake_slack)
            )
            ada = fake_slack.user("Ada", zone="Europe/Madrid")
            await UserClient(fake_slack, delivery).types_command(ada, f"/htg register {gathering.id}")
            assert "You are registered for Grief" in fake_slack.messages[-1].text
            if by == "socket":  # what is sent unasked is sent alike
                async with asyncio.timeout(180):
                    while not fake_slack.calls_of("chat.postMessage"):  # noqa: ASYNC110 - another process says it
                        await asyncio.sleep(0.1)
                assert "in 1 hour" in fake_slack.messages[-1].text
            process.send_signal(signal.SIGTERM)
            _, said = await asyncio.wait_for(process.communicate(), 180)
            assert process.returncode == 0, said
            assert b"Traceback" not in said
            assert b"xoxb" not in said


async def test_what_was_acknowledged_survives_a_kill(databases: Databases, tmp_path: Path) -> None:
    url, port = databases.fresh("sqlite"), _free_port()
    gathering = await _soon(url, timedelta(days=3))
    async with FakeSlack(Now()).running() as fake_slack, aiohttp.ClientSession() as session:
        settings = {
            "DATABASE_URL": url, "HOST": "127.0.0.1", "PORT": str(port), "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_API_URL": fake_slack.api_url, "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        }  # fmt: skip
        async with _running(tmp_path, settings) as process:
            await _ready(process, port)
            client = UserClient(fake_slack, HttpTransport(f"http://127.0.0.1:{port}/slack/events", Now(), session))
            people = [fake_slack.user(f"P{n}") for n in range(20)]
            await asyncio.gather(*(client.types_command(each, f"/htg register {gathering.id}") for each in people))
            process.kill()
            await process.wait()
    assert await _registered(url, gathering) == 20


async def test_a_token_that_slack_does_not_take_is_said_at_once(databases: Databases, tmp_path: Path) -> None:
    async with FakeSlack(Now()).running() as fake_slack:
        settings = {
            "DATABASE_URL": databases.fresh("sqlite"), "HOST": "127.0.0.1", "PORT": str(_free_port()),
            "SLACK_BOT_TOKEN": "xoxb-mistyped", "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": fake_slack.api_url,
        }  # fmt: skip
        async with _running(tmp_path, settings) as process:
            _, said = await asyncio.wait_for(process.communicate(), 180)
            assert process.returncode == 2, said
            assert b"SLACK_BOT_TOKEN" in said
            assert b"mistyped" not in said
            assert b"Traceback" not in said
