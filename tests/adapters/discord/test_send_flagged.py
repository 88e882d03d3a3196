"""A fan-out on Discord that is flagged in the middle: the real client, the real outbox, a fake Discord."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.addresses import Address
from bot.config import Config
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.notifications.model import Receipt
from bot.notifications.turn import MAX_DIRECT_IN_FLIGHT
from bot.unit_of_work import UnitOfWork
from tests.adapters.discord.conftest import Scene
from tests.adapters.discord.fake_discord import Fault

HOUSE = Config(reminders=(timedelta(hours=1),), channel_reminders=(), per_minute={})
MESSAGES, DM_CHANNELS = "/channels/[0-9]+/messages", "/users/@me/channels"


async def receipts(scene: Scene, gathering: int) -> list[Receipt]:
    kept = await scene.storage.inner.run(lambda uow: uow.registrations.roster(gathering))
    return [receipt for each in kept for _, receipt in each.receipts]


@pytest.mark.parametrize(("path", "code"), [(MESSAGES, 20026), (DM_CHANNELS, 20026), (DM_CHANNELS, 40003)])
async def test_a_flag_in_the_middle_of_a_fan_out(scene: Scene, path: str, code: int) -> None:
    gathering = await scene.gathering(days=1 / 24)
    people = [scene.person(f"P{number}") for number in range(12)]

    def register(uow: UnitOfWork) -> None:
        for who in people:
            member = uow.members.get_or_create(Person(Address("discord", str(who.id)), who.name), scene.clock.now())
            uow.registrations.add(member.id, [gathering.id], scene.clock.now() - timedelta(days=1))

    await scene.storage.inner.run(register)
    outbox = Outbox(scene.storage, {"discord": scene.messenger}, scene.clock, HOUSE, jitter=lambda: 0.0)
    before = len(scene.fake.requests)
    scene.fake.faults.append(Fault("POST", path, 403, body={"code": code, "message": "no"}, times=99))
    await outbox.tick()
    for _ in range(3):
        scene.clock.advance(seconds=30)
        await outbox.tick()
    refused = sum(1 for each in scene.fake.requests[before:] if each[2] == 403)
    assert 1 <= refused <= MAX_DIRECT_IN_FLIGHT
    assert set(await receipts(scene, gathering.id)) == {Receipt.WAITING}
    scene.fake.faults.clear()
    members = await scene.storage.inner.run(
        lambda uow: [
            uow.members.get_or_create(Person(Address("discord", str(who.id)), who.name), scene.clock.now())
            for who in people
        ]
    )
    assert not any(each.unreached for each in members)
    if code == 20026:  # the pause after 40003 is by Discord's own clock
        for _ in range(20):
            scene.clock.advance(seconds=30)
            await outbox.tick()
        assert await receipts(scene, gathering.id) == [Receipt.SENT] * len(people)
    await outbox.close()
