"""Slack keeps the contract of messengers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest

from bot.addresses import Address
from bot.ports import Messenger
from tests.adapters.messenger_contract import MessengerContract, MessengerStage
from tests.adapters.slack.conftest import SlackEnvironment
from tests.adapters.slack.fake_workspace import TEAM


class SlackStage(MessengerStage):
    def __init__(self, env: SlackEnvironment) -> None:
        self._env, self._fake = env, env.fake_slack
        self._written = 0

    @property
    def messenger(self) -> Messenger:
        return self._env.bot.messenger

    def now(self) -> datetime:
        return self._env.clock.now()

    def person(self) -> Address:
        return Address("slack", f"{TEAM}/{self._fake.user(f'P{len(self._fake.users)}').id}")

    def channel(self) -> Address:
        return self._env.harness.channel("gatherings")

    def opened(self) -> int:
        return len(self._fake.calls_of("conversations.open"))

    def looked_up(self) -> int:
        return len(self._fake.calls_of("conversations.history"))

    def told(self) -> int:
        return len(self._fake.messages) - self._written

    def writes(self, to: Address, count: int) -> None:
        for number in range(count):
            self._fake.post(to.account.partition("/")[2], {"text": f"Hello {number}"}, author="U0OTHER")
        self._written += count

    def make_it_anothers(self) -> None:
        self._fake.messages[-1].author = "B0OTHER"

    def lose_conversation(self, to: Address) -> None:
        self._fake.users[to.account.partition("/")[2]].conversation += "X"

    def refuse_posting(self, seconds: int) -> None:
        self._fake.retry_after = seconds
        self._fake.fail("chat.postMessage", "429")

    def refuse_opening(self, seconds: int) -> None:
        self._fake.retry_after = seconds
        self._fake.fail("conversations.open", "429")

    @asynccontextmanager
    async def away(self) -> AsyncIterator[Messenger]:
        self._env.bot._client.web_client.base_url = "http://127.0.0.1:9/api/"
        yield self._env.bot.messenger


@pytest.fixture
def stage(env: SlackEnvironment) -> MessengerStage:
    return SlackStage(env)


class TestSlackMessenger(MessengerContract):
    pass
