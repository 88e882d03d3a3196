"""What every messenger promises of conversations, look-ups and pauses: one suite, subclassed for each platform."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

import pytest

from bot.addresses import Address
from bot.ports import (
    ConversationGone,
    Messenger,
    OpeningTooFast,
    SentMessage,
    Throttled,
)
from bot.request import Call
from bot.views import Button, Buttons, Paragraph, Text, View

KEY = "reminder:17:12:1764784800:3600"
SECONDS = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def view(*, public: bool = False, buttons: bool = True) -> View:
    words = Paragraph((Text("It begins in 1 hour."),))
    return View((words, Buttons((Button("Join", Call.of("join", gathering=12)),))) if buttons else (words,), public)


class MessengerStage(ABC):
    """A messenger on the fake of its platform, and what the fake saw of it."""

    @property
    @abstractmethod
    def messenger(self) -> Messenger: ...

    @abstractmethod
    def now(self) -> datetime:
        """By the platform's clock."""

    @abstractmethod
    def person(self) -> Address:
        """Somebody who can be written to, with whom no conversation was opened."""

    @abstractmethod
    def channel(self) -> Address: ...

    @abstractmethod
    def opened(self) -> int:
        """How often the bot asked for a conversation."""

    @abstractmethod
    def looked_up(self) -> int:
        """How often the bot read back what was written in a conversation."""

    @abstractmethod
    def told(self) -> int:
        """Messages that were sent."""

    @abstractmethod
    def writes(self, to: Address, count: int) -> None:
        """Others write in that place."""

    @abstractmethod
    def make_it_anothers(self) -> None:
        """The latest message becomes one of somebody else, down to the last byte but its author."""

    @abstractmethod
    def lose_conversation(self, to: Address) -> None:
        """The platform no longer knows the id of the conversation, and will give it another."""

    @abstractmethod
    def refuse_posting(self, seconds: int) -> None:
        """The next post meets the limit of everything that the bot posts."""

    @abstractmethod
    def refuse_opening(self, seconds: int) -> None:
        """The next opening meets a rate limit."""

    @abstractmethod
    def away(self) -> AbstractAsyncContextManager[Messenger]:
        """A messenger for whom nobody listens at the platform's address."""

    async def send(self, to: Address, conversation: str = "", key: str = KEY, *, buttons: bool = True) -> SentMessage:
        words = view(public=to.is_channel, buttons=buttons)
        return await self.messenger.send(to, words, key=key, language="en", zone="UTC", conversation=conversation)

    async def find(self, to: Address, since: datetime, conversation: str = "", key: str = KEY) -> SentMessage | None:
        until = since + 30 * SECONDS
        return await self.messenger.find(to, key=key, since=since, until=until, conversation=conversation)


class MessengerContract:
    """A subclass brings the fixture `stage`."""

    async def test_who_is_written_to_first_gets_a_conversation_whose_id_is_told(self, stage: MessengerStage) -> None:
        ada = stage.person()
        sent = await stage.send(ada)
        assert sent.conversation
        assert await stage.messenger.open_conversation(ada) == sent.conversation

    async def test_a_conversation_that_is_known_is_not_opened_again(self, stage: MessengerStage) -> None:
        ada = stage.person()
        conversation = await stage.messenger.open_conversation(ada)
        opened = stage.opened()
        assert opened == 1
        for number in range(3):
            sent = await stage.send(ada, conversation, key=f"{KEY}{number}")
            assert sent.conversation == conversation
        assert stage.opened() == opened
        assert stage.told() == 3

    async def test_a_channel_has_no_conversation(self, stage: MessengerStage) -> None:
        channel, began = stage.channel(), stage.now()
        sent = await stage.send(channel)
        assert sent.conversation == ""
        assert await stage.find(channel, began) == sent
        assert await stage.messenger.open_conversation(channel) == ""
        assert stage.opened() == 0

    @pytest.mark.parametrize("buttons", [True, False])
    async def test_a_doubt_is_settled_in_one_call(self, stage: MessengerStage, buttons: bool) -> None:
        ada, began = stage.person(), stage.now()
        sent = await stage.send(ada, buttons=buttons)
        opened = stage.opened()
        assert await stage.find(ada, began, sent.conversation) == sent
        assert stage.looked_up() == 1
        assert await stage.find(ada, began, sent.conversation, key=f"{KEY}0") is None
        assert stage.looked_up() == 2
        assert stage.opened() == opened

    async def test_a_doubt_where_nothing_was_ever_sent(self, stage: MessengerStage) -> None:
        ada = stage.person()
        assert await stage.find(ada, stage.now()) is None
        sent = await stage.send(ada)
        assert await stage.find(ada, stage.now()) == sent, "the conversation is opened where it is not known"
        assert sent.conversation

    async def test_only_the_time_in_which_it_was_sent_is_searched(self, stage: MessengerStage) -> None:
        ada, began = stage.person(), stage.now()
        sent = await stage.send(ada)
        for clocks_apart in (-MINUTE, MINUTE):
            assert await stage.find(ada, began + clocks_apart, sent.conversation) == sent
        for another_time in (-15 * MINUTE, 15 * MINUTE):
            assert await stage.find(ada, began + another_time, sent.conversation) is None

    async def test_the_author_is_compared(self, stage: MessengerStage) -> None:
        ada, began = stage.person(), stage.now()
        sent = await stage.send(ada)
        stage.make_it_anothers()
        assert await stage.find(ada, began, sent.conversation) is None

    async def test_it_is_found_among_what_others_write(self, stage: MessengerStage) -> None:
        channel, began = stage.channel(), stage.now()
        stage.writes(channel, 150)
        sent = await stage.send(channel)
        stage.writes(channel, 150)
        assert await stage.find(channel, began) == sent
        assert await stage.find(channel, began, key=f"{KEY}0") is None

    async def test_an_id_that_the_platform_forgot_is_dead_and_another_is_opened(self, stage: MessengerStage) -> None:
        ada, began = stage.person(), stage.now()
        dead = (await stage.send(ada)).conversation
        stage.lose_conversation(ada)
        with pytest.raises(ConversationGone):
            await stage.send(ada, dead, key=f"{KEY}0")
        with pytest.raises(ConversationGone):
            await stage.find(ada, began, dead)
        anew = await stage.send(ada, key=f"{KEY}0")
        assert anew.conversation not in {"", dead}

    async def test_a_limit_of_all_posting_concerns_everything(self, stage: MessengerStage) -> None:
        ada = stage.person()
        conversation = await stage.messenger.open_conversation(ada)
        stage.refuse_posting(7)
        with pytest.raises(Throttled) as refused:
            await stage.send(ada, conversation)
        assert refused.value.after == 7 * SECONDS
        assert stage.told() == 0

    async def test_a_limit_of_opening_concerns_opening_alone(self, stage: MessengerStage) -> None:
        ada, bob = stage.person(), stage.person()
        conversation = await stage.messenger.open_conversation(ada)
        stage.refuse_opening(7)
        with pytest.raises(OpeningTooFast) as refused:
            await stage.messenger.open_conversation(bob)
        assert refused.value.after is not None
        assert refused.value.after >= 7 * SECONDS
        await stage.send(ada, conversation)

    async def test_while_nobody_listens_nothing_is_in_doubt(self, stage: MessengerStage) -> None:
        ada, now = stage.person(), stage.now()
        async with stage.away() as messenger:
            with pytest.raises(Throttled):
                await messenger.send(ada, view(), key=KEY, language="en", zone="UTC", conversation="42")
            with pytest.raises(Throttled):
                await messenger.find(ada, key=KEY, since=now, until=now + 30 * SECONDS, conversation="42")
            with pytest.raises(Throttled):
                await messenger.open_conversation(ada)
