"""Ninety members register over Discord: when their reminders are due, nearly all conversations are open already."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.discord.run import DiscordBot
from adapters.discord.send import DiscordMessenger
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.notifications.deliver import Outbox
from bot.notifications.open_conversations import ConversationOpener
from bot.notifications.send_limits import burst
from bot.platform import platform_of
from tests.adapters.discord.conftest import Scene
from tests.adapters.discord.fake_state import FakeUser

HOUSE = Config(reminders=(timedelta(hours=1),), channel_reminders=(), per_minute={})
DM_CHANNELS = "/users/@me/channels"
PER_MINUTE = platform_of("discord").conversations_per_minute or 0


async def register(scene: Scene, gathering: Gathering, people: list[FakeUser]) -> None:
    for who in people:
        done = await scene.fake.run_command(who, scene.general, "htg", "register", gathering=str(gathering.id))
        assert "registered" in scene.says(done)


def opener(scene: Scene) -> ConversationOpener:
    """Of another process: it remembers nothing."""
    messengers = {"discord": DiscordMessenger(scene.client)}
    return ConversationOpener(scene.storage, messengers, scene.clock, HOUSE, jitter=lambda: 0.0)


async def run(scene: Scene, openers: list[ConversationOpener], seconds: int) -> None:
    for _ in range(seconds):
        await asyncio.gather(*(each.tick() for each in openers))
        scene.clock.advance(seconds=1)


@pytest.mark.parametrize(("ahead", "new"), [(True, 3), (False, 90)])
async def test_at_reminder_time_at_most_three_of_ninety_are_new(
    scene: Scene, bot: DiscordBot, ahead: bool, new: int
) -> None:
    gathering = await scene.gathering(days=1)
    people = [scene.person(f"P{number}") for number in range(90)]
    early, late = people[:87], people[87:]
    await register(scene, gathering, early)
    if ahead:
        await run(scene, [opener(scene), opener(scene)], seconds=60)
        assert scene.asked("POST", DM_CHANNELS) <= burst(PER_MINUTE) + PER_MINUTE, "never above the pace"
        await run(scene, [opener(scene), opener(scene)], seconds=60 * 87 // PER_MINUTE)  # both were restarted
    assert scene.asked("POST", DM_CHANNELS) == (87 if ahead else 0)
    scene.clock.move_to(gathering.starts_at - timedelta(hours=1, seconds=1))
    await register(scene, gathering, late)
    before = scene.asked("POST", DM_CHANNELS)

    outbox = Outbox(scene.storage, {"discord": DiscordMessenger(scene.client)}, scene.clock, HOUSE, jitter=lambda: 0.0)
    started = scene.clock.now()
    while scene.asked("POST", "/messages") < 90 and scene.clock.now() < started + timedelta(minutes=20):
        await outbox.tick()
        scene.clock.advance(seconds=1)
    await outbox.close()
    assert scene.asked("POST", "/messages") == 90
    assert scene.asked("POST", DM_CHANNELS) - before == new
    took = (scene.clock.now() - started) / timedelta(minutes=1)
    assert took < 0.5 if ahead else took > (90 - burst(PER_MINUTE)) / PER_MINUTE - 0.1
