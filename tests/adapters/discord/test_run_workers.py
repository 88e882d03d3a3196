"""Several workers on one database: one gateway among them, taken over in time; what overlaps is answered once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.discord import respond
from adapters.discord.client import DiscordClient
from adapters.discord.run import GATEWAY_LEASE, DiscordBot
from bot.addresses import Address
from storage.engine.open import open_storage
from storage.repositories.members import SqlMemberRepository
from tests.adapters.discord.conftest import Scene
from tests.adapters.discord.fake_discord import TOKEN, FakeDiscord

pytestmark = pytest.mark.process

HOME = Path(__file__).parents[3]
KEY = "EdVSORskq_-ZpEh2M6i_W-zQOPhZpIuskjPOxTXbasU"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
TAKEOVER_TIMEOUT = 15.0
"""Seconds from a kill until another worker answers."""
BUSY = 30.0
"""Seconds more, on a machine that does much else. What a lease makes of the 15 is in `tests/bot/test_leases.py`."""


async def run_htg(
    fake: FakeDiscord, url: str, *words: str, token: str = TOKEN, **more: str
) -> asyncio.subprocess.Process:
    """`htg` with these words and the settings of this fake Discord, and `more`."""
    settings = {
        "DATABASE_URL": url,
        "HTG_SECRET_KEY": KEY,
        "DISCORD_TOKEN": token,
        "DISCORD_API_URL": fake.api_url,
        "HTG_LOG_FORMAT": "console",
        **more,
    }
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("HTG_", "SLACK_", "DISCORD_"))
    }
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, str(HOME / "htg.py"), *words, cwd=HOME, env=environment | settings, stdout=pipe, stderr=pipe
    )


@asynccontextmanager
async def worker(fake: FakeDiscord, url: str, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`htg worker`, as an operator runs it; ready when it is yielded."""
    process = await run_htg(fake, url, "worker", **more)
    try:
        await _ready(process)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _ready(process: asyncio.subprocess.Process) -> None:
    assert process.stderr is not None
    said = b""
    async with asyncio.timeout(180):
        while b"ready" not in said:
            line = await process.stderr.readline()
            assert line, said.decode()
            said += line


async def test_another_worker_takes_over_within_15_seconds_of_a_kill(fake: FakeDiscord, server_url: str) -> None:
    ada = fake.state.person("Ada")
    async with worker(fake, server_url) as first, worker(fake, server_url):
        await fake.gateway.until_connected()
        assert len(fake.gateway.connected) == 1, "the second stands by"
        first.kill()
        killed = asyncio.get_running_loop().time()
        await fake.gateway.until_connected(0)
        await fake.gateway.until_connected(1, TAKEOVER_TIMEOUT + BUSY)
        done = await fake.run_command(ada, fake.state.channel("general"), "htg", "list")
        assert done.answered
        assert asyncio.get_running_loop().time() - killed < TAKEOVER_TIMEOUT + BUSY
        assert len([each for each in fake.requests if each[0] == "PUT"]) == 1, "published once, not by each worker"


async def test_told_to_stop_it_finishes_its_answers_and_goes(fake: FakeDiscord, file_url: str) -> None:
    ada, general = fake.state.person("Ada"), fake.state.channel("general")

    answering, told = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        answering.set()
        await told.wait()
        await asyncio.sleep(0.5)

    async with worker(fake, file_url) as process:
        await fake.gateway.until_connected()
        fake.slow = slowly
        asking = asyncio.create_task(fake.run_command(ada, general, "htg", "list"))
        await answering.wait()
        process.send_signal(signal.SIGTERM)
        told.set()
        async with asyncio.timeout(180):
            assert await process.wait() == 0
        assert (await asking).answered
        fake.slow = None

    storage = await open_storage(file_url, [KEY])
    assert not await storage.run(lambda uow: uow.leases.held([GATEWAY_LEASE], LONG_AGO)), "given back: nobody waits"
    await storage.close()


async def test_a_worker_puts_up_what_is_announced(scene: Scene, file_url: str) -> None:
    """From the settings to the server's own list; within 20 seconds, at which workers look by themselves."""
    fake, state = scene.fake, scene.fake.state
    scene.clock.move_to(max(state.now(), scene.clock.now()))
    gathering = await scene.gathering()
    channel = Address("discord", f"#{scene.general.id}")
    await scene.storage.inner.run(
        lambda uow: uow.announcements.mark_posted(uow.announcements.add(gathering.id, channel).id, "4000/1")
    )
    async with worker(fake, file_url, HTG_PUBLIC_URL="https://gatherings.example.org"):
        async with asyncio.timeout(180):
            await state.event_created.wait()
    (event,) = state.events.values()
    assert event["entity_metadata"]["location"] == f"https://gatherings.example.org/gatherings/{gathering.id}"


async def test_the_command_line_invites_and_publishes(fake: FakeDiscord, file_url: str) -> None:
    async def said(*words: str, token: str = TOKEN) -> tuple[int | None, str, str]:
        process = await run_htg(fake, file_url, "discord", *words, token=token)
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()

    code, out, err = await said("invite")
    assert (code, err) == (0, "")
    assert out.startswith("https://discord.com/oauth2/authorize?client_id=1000&")
    assert out.endswith(f"permissions={1 << 10 | 1 << 11 | 1 << 16 | 1 << 33 | 1 << 44}\n")
    assert await said("sync") == (0, "Published everywhere.\n", "")
    assert len(fake.state.commands[""]) == 2
    code, out, err = await said("invite", token="wrong.wrong.wrong")
    assert (code, out) == (2, "")
    assert err == "Discord does not know DISCORD_TOKEN: copy it again from the bot's page.\n"


@asynccontextmanager
async def overlapping(scene: Scene) -> AsyncIterator[None]:
    """Two bots on one token, as while one deployment goes and the next comes: both hear everything."""
    other = DiscordClient(TOKEN, scene.fake.api_url)
    await other.open()
    bots = [DiscordBot(scene.dispatcher, client, scene.clock, TOKEN) for client in (scene.client, other)]
    running = [asyncio.create_task(each.run()) for each in bots]
    await scene.fake.gateway.until_connected(2)
    yield
    for bot, task in zip(bots, running, strict=True):
        await bot.close()
        await task
    await other.close()


FORM = {"title": "Grief at work", "starts": "2026-12-24 18:00", "zoom": "https://zoom.us/j/1?pwd=x"}


@pytest.mark.parametrize("guarded", [False, True])
async def test_what_two_workers_hear_is_acted_on_once(
    scene: Scene, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the interaction's id as a guard there would be two drafts."""
    if not guarded:
        monkeypatch.setattr(SqlMemberRepository, "claim_interaction", lambda *_: True)
    frances = scene.person("Frances", organiser=True)
    async with overlapping(scene):
        window = (await scene.fake.run_command(frances, scene.general, "htg-host", "create")).window
        assert window
        done = await scene.fake.submit(frances, scene.general, window, FORM)
        assert "A preview." in scene.says(done)
    drafts = await scene.storage.inner.run(lambda uow: uow.gatherings.hosted(scene.clock.now(), limit=10))
    assert len(drafts) == (1 if guarded else 2)


async def test_a_promise_by_the_one_is_kept_by_the_other(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both promise, one is refused; only one of them acts, whichever promised."""
    monkeypatch.setattr(respond, "DEFER_AFTER", 0.5)
    for _ in range(3):
        scene.storage.wait = respond.DEFER_AFTER + 0.3
        async with overlapping(scene):
            done = await scene.fake.run_command(scene.person(), scene.general, "htg", "suggest", topic="Joy")
            assert "Thank you." in scene.says(done)
