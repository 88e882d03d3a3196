"""Ninety members register over Slack: when their reminders are due, the ids of nearly all conversations are known."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.config import Config
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.notifications.open_conversations import ConversationOpener
from bot.ports import TryLater
from bot.unit_of_work import UnitOfWork
from tests.adapters.slack.conftest import SlackEnvironment
from tests.adapters.slack.fake_web_api import BOT_TOKEN
from tests.adapters.slack.harness import SlackPersona

HOUSE = Config(reminders=(timedelta(hours=1),), channel_reminders=(), per_minute={"slack": 200})
TIER_3 = 50
"""Calls of conversations.open a minute in a workspace."""


async def register(env: SlackEnvironment, gathering: int, people: list[SlackPersona]) -> None:
    def work(uow: UnitOfWork) -> None:
        for each in people:
            member = uow.members.get_or_create(Person(each.address, each.user.name), env.clock.now())
            uow.registrations.add(member.id, [gathering], env.clock.now())

    await env.storage.run(work)


async def run(env: SlackEnvironment, seconds: int) -> None:
    """Two workers, restarted."""
    messengers = {"slack": env.bot.messenger}
    workers = [ConversationOpener(env.storage, messengers, env.clock, HOUSE, jitter=lambda: 0.0) for _ in range(2)]
    for _ in range(seconds):
        await asyncio.gather(*(each.tick() for each in workers))
        env.clock.advance(seconds=1)


@pytest.mark.parametrize(("ahead", "new"), [(True, 3), (False, 90)])
async def test_at_reminder_time_at_most_three_of_ninety_are_new(env: SlackEnvironment, ahead: bool, new: int) -> None:
    """Whoever is new is not kept waiting, since Slack opens a conversation with its first message."""
    gathering = await env.gathering(hours=24)
    people = [env.harness.person(f"P{number}") for number in range(90)]
    early, late = people[:87], people[87:]
    await register(env, gathering.id, early)
    if ahead:
        await run(env, seconds=60)
        assert 0 < len(env.fake_slack.calls_of("conversations.open")) <= TIER_3
        await run(env, seconds=120)
    opened = 87 if ahead else 0
    assert len(env.fake_slack.calls_of("conversations.open")) == opened
    env.clock.move_to(gathering.starts_at - timedelta(hours=1, seconds=1))
    await register(env, gathering.id, late)

    outbox = Outbox(env.storage, {"slack": env.bot.messenger}, env.clock, HOUSE, jitter=lambda: 0.0)
    started = env.clock.now()
    while len(env.fake_slack.calls_of("chat.postMessage")) < 90 and env.clock.now() < started + timedelta(minutes=5):
        await outbox.tick()
        env.clock.advance(seconds=1)
    await outbox.close()
    readers = [str(call["channel"]) for call in env.fake_slack.calls_of("chat.postMessage")]
    assert len(set(readers)) == 90
    assert len([reader for reader in readers if not reader.startswith("D")]) == new
    assert len(env.fake_slack.calls_of("conversations.open")) == opened
    assert env.clock.now() - started < timedelta(minutes=1), "the pace of messages alone"


async def test_without_its_scope_each_is_tried_once_a_day_and_one_warning_says_so(
    env: SlackEnvironment, caplog: pytest.LogCaptureFixture
) -> None:
    gathering = await env.gathering(hours=48)
    people = [env.harness.person(f"P{number}") for number in range(5)]
    await register(env, gathering.id, people)
    env.fake_slack.tokens[BOT_TOKEN][1].discard("im:write")
    await run(env, seconds=900)
    assert len(env.fake_slack.calls_of("conversations.open")) <= 2 * len(people), "each worker tries by itself"
    assert [each.message for each in caplog.records if each.levelname == "WARNING"] == [
        "Slack refused conversations.open: missing_scope"
    ]
    now = env.clock.now()
    with pytest.raises(TryLater, match="missing_scope"):
        await env.bot.messenger.find(people[0].address, key="k", since=now, until=now)
    roster = await env.storage.run(lambda uow: uow.registrations.roster(gathering.id))
    assert all(not line.receipts for line in roster), "nobody is unreached"
