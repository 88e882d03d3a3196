"""Discord keeps the contract of messengers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest

from adapters.discord.client import DiscordClient
from adapters.discord.send import DiscordMessenger
from bot.addresses import Address
from bot.ports import Messenger
from tests.adapters.discord.conftest import Scene
from tests.adapters.discord.fake_discord import Fault
from tests.adapters.messenger_contract import MessengerContract, MessengerStage

MESSAGES = "/channels/[0-9]+/messages"
OPENING = "/users/@me/channels"


class DiscordStage(MessengerStage):
    def __init__(self, scene: Scene) -> None:
        self._scene, self._state = scene, scene.fake.state
        self._messenger = scene.messenger
        self._written: set[int] = set()

    @property
    def messenger(self) -> Messenger:
        return self._messenger

    def now(self) -> datetime:
        return self._state.now()

    def person(self) -> Address:
        return Address("discord", str(self._scene.person(f"P{len(self._state.people)}").id))

    def channel(self) -> Address:
        return Address("discord", f"#{self._scene.general.id}")

    def opened(self) -> int:
        return self._scene.asked("POST", OPENING)

    def looked_up(self) -> int:
        return self._scene.asked("GET", "/messages")

    def told(self) -> int:
        return len(self._state.messages) - len(self._written)

    def writes(self, to: Address, count: int) -> None:
        for number in range(count):
            written = self._state.add(self._scene.general, {"content": f"Hello {number}"})
            written["author"] = {"id": str(self._scene.person("Zoe").id)}
            self._written.add(int(written["id"]))

    def make_it_anothers(self) -> None:
        self._state.messages[max(self._state.messages)]["author"] = {"id": str(self._scene.person("Mal").id)}

    def lose_conversation(self, to: Address) -> None:
        who = self._state.people[int(to.account)]
        del self._state.places[who.dm_channel_id]
        who.dm_channel_id = 0

    def refuse_posting(self, seconds: int) -> None:
        body = {"message": "You are being rate limited.", "retry_after": float(seconds), "global": True}
        self._scene.fake.faults.append(Fault("POST", MESSAGES, 429, body=body, headers={"Via": "1.1 google"}))

    def refuse_opening(self, seconds: int) -> None:
        body = {"message": "You are being rate limited.", "retry_after": float(seconds), "global": False}
        self._scene.fake.faults.append(Fault("POST", OPENING, 429, body=body, headers={"Via": "1.1 google"}))

    @asynccontextmanager
    async def away(self) -> AsyncIterator[Messenger]:
        client = DiscordClient("token", "http://127.0.0.1:9")
        await client.open()
        yield DiscordMessenger(client)
        await client.close()


@pytest.fixture
def stage(scene: Scene) -> MessengerStage:
    return DiscordStage(scene)


class TestDiscordMessenger(MessengerContract):
    pass
