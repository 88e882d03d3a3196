"""Losing the gateway lease: the connection is closed, and opened again when the lease is free."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters.discord import run
from adapters.discord.run import DiscordBot
from tests.adapters.discord.conftest import Scene, until
from tests.adapters.discord.fake_discord import TOKEN


class FakeLease:
    """A lease that another worker can take, and whose database can be out of reach."""

    def __init__(self) -> None:
        self.held = True
        self.broken = False

    async def hold(self) -> bool:
        if self.broken:
            raise ConnectionError("the database is away")
        return self.held

    async def give_back(self) -> None:
        self.held = False


@pytest.fixture
def lease() -> FakeLease:
    return FakeLease()


@pytest.fixture
async def bot(scene: Scene, lease: FakeLease, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordBot]:
    """Connected under `lease`."""
    monkeypatch.setattr(run, "RENEW_INTERVAL_SECONDS", 0.1)
    monkeypatch.setattr(run, "POLL_INTERVAL_SECONDS", 0.1)
    bot = DiscordBot(scene.dispatcher, scene.client, scene.clock, TOKEN, lease=lease)
    running = asyncio.create_task(bot.run())
    await scene.fake.gateway.until_connected()
    yield bot
    await bot.close()
    await running


async def test_a_lost_lease_ends_the_connection(scene: Scene, lease: FakeLease, bot: DiscordBot) -> None:
    lease.held = False
    await scene.fake.gateway.until_connected(0)
    await until(lambda: bot.standing_by and not bot.connected)
    lease.held = True
    await scene.fake.gateway.until_connected()
    await bot.close()
    assert not lease.held, "given back"


async def test_a_database_that_is_away_for_a_moment_ends_nothing(
    scene: Scene, lease: FakeLease, bot: DiscordBot
) -> None:
    lease.broken = True
    await asyncio.sleep(0.5)
    assert bot.connected
    lease.broken = False
    await asyncio.sleep(0.3)
    assert scene.fake.gateway.identified == 1


@pytest.mark.slow
async def test_a_database_that_stays_away_ends_the_connection(
    scene: Scene, lease: FakeLease, bot: DiscordBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then another worker, which reaches it, holds the lease."""
    monkeypatch.setattr(run, "LEASE_DURATION", timedelta(seconds=0.5))
    await asyncio.sleep(0.3)  # renewed for that length
    lease.broken = True
    await scene.fake.gateway.until_connected(0)
    await until(lambda: not bot.connected)
    assert not bot.standing_by
