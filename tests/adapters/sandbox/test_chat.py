"""The chat: who sees what, and the Messenger over it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.sandbox import chat as chats
from adapters.sandbox.chat import ADA, BO, FRANCES, GATHERINGS, GENERAL, SandboxChat, address
from adapters.sandbox.clock import MovableClock
from adapters.sandbox.send import SandboxMessenger
from bot.members.model import Person
from bot.ports import Messenger, Undeliverable
from bot.secrets import ZoomLink
from bot.views import Buttons, Paragraph, SecretLinkButton, Text, View
from tests.adapters.sandbox.conftest import NOON

SECRET = View((Buttons((SecretLinkButton("Enter", ZoomLink("https://zoom.example/j/1", "code")),)),))
OPEN = View((Paragraph((Text("Good evening"),)),), public=True)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOON)


@pytest.fixture
def chat(clock: MovableClock) -> SandboxChat:
    return SandboxChat(clock)


@pytest.fixture
def messenger(chat: SandboxChat) -> Messenger:
    return SandboxMessenger(chat)


def test_an_answer_in_a_channel_is_for_one_person(chat: SandboxChat) -> None:
    said = chat.reply(ADA, GENERAL, SECRET)
    assert chat.seen(ADA, GENERAL) == [said]
    assert chat.seen(BO) == []
    assert not chat.can_see(BO, said)


def test_a_private_line_is_for_one_person(chat: SandboxChat) -> None:
    said = chat.reply(ADA, ADA.address, SECRET)
    assert chat.seen(ADA) == [said]
    assert chat.seen(BO) == []


def test_a_secret_is_never_shown_to_a_channel(chat: SandboxChat) -> None:
    with pytest.raises(ValueError, match="never shown to a whole channel"):
        chat.post(GENERAL, SECRET, key="k", language="en", zone="UTC")
    standing = chat.post(GENERAL, OPEN, key="k", language="en", zone="UTC")
    with pytest.raises(ValueError, match="never shown to a whole channel"):
        chat.edit(standing, SECRET, language="en", zone="UTC")


def test_an_answer_takes_the_place_of_one_s_own_answer_alone(chat: SandboxChat) -> None:
    mine = chat.reply(ADA, GENERAL, OPEN)
    again = chat.reply(ADA, GENERAL, SECRET, replaces=mine.id)
    assert (again.id, chat.seen(ADA, GENERAL)) == (mine.id, [again])
    bos = chat.reply(BO, GENERAL, OPEN, replaces=again.id)
    assert bos.id != again.id
    announcement = chat.post(GENERAL, OPEN, key="k", language="en", zone="UTC")
    assert chat.reply(ADA, GENERAL, SECRET, replaces=announcement.id).id != announcement.id
    reminder = chat.post(ADA.address, SECRET, key="r", language="en", zone="UTC")
    assert chat.reply(ADA, ADA.address, SECRET, replaces=reminder.id).id != reminder.id


def test_only_one_s_own_answers_can_be_dismissed(chat: SandboxChat) -> None:
    mine = chat.reply(ADA, GENERAL, SECRET)
    talk = chat.say(BO, GENERAL, "hello")
    assert not chat.dismiss(BO, mine.id)
    assert not chat.dismiss(ADA, talk.id)
    assert not chat.dismiss(ADA, "m99")
    assert chat.dismiss(ADA, mine.id)
    assert chat.seen(ADA) == [talk]


def test_unread_counts_what_others_said_since_one_looked(chat: SandboxChat) -> None:
    chat.say(BO, GENERAL, "hello")
    chat.say(ADA, GENERAL, "hello Bo")
    assert (chat.unread(ADA, GENERAL), chat.unread(BO, GENERAL), chat.unread(FRANCES, GENERAL)) == (1, 1, 2)
    chat.mark_read(ADA, GENERAL)
    assert (chat.unread(ADA, GENERAL), chat.unread(FRANCES, GENERAL)) == (0, 2)
    assert chat.unread(ADA, GATHERINGS) == 0


def test_the_oldest_messages_go_first(chat: SandboxChat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chats, "MESSAGE_LIMIT", 3)
    said = [chat.say(ADA, GENERAL, str(number)) for number in range(5)]
    assert chat.seen(ADA) == said[2:]


def test_listeners_hear_of_each_change_until_they_stop(chat: SandboxChat) -> None:
    heard: list[int] = []

    def listener() -> None:
        heard.append(1)

    chat.listen(listener)
    chat.say(ADA, GENERAL, "hello")
    chat.stop_listening(listener)
    chat.say(ADA, GENERAL, "hello")
    assert heard == [1]


def test_the_clock_never_goes_back(clock: MovableClock) -> None:
    clock.move_to(NOON + timedelta(hours=1))
    with pytest.raises(ValueError, match="forward"):
        clock.move_to(NOON)


async def test_told_found_and_amended(chat: SandboxChat, messenger: Messenger, clock: MovableClock) -> None:
    told = await messenger.send(ADA.address, SECRET, key="reminder:1", language="es", zone="UTC")
    now, second = clock.now(), timedelta(seconds=1)
    assert await messenger.find(ADA.address, key="reminder:1", since=now, until=now + second) == told
    assert await messenger.find(ADA.address, key="reminder:1", since=now + second, until=now + 2 * second) is None
    assert await messenger.find(ADA.address, key="reminder:1", since=now - 2 * second, until=now - second) is None
    assert await messenger.find(ADA.address, key="reminder:2", since=now, until=now) is None
    assert await messenger.find(BO.address, key="reminder:1", since=now, until=now) is None
    assert await messenger.edit(ADA.address, told.message, OPEN, language="en", zone="UTC") == told
    (message,) = chat.seen(ADA)
    assert (message.view, message.edited, message.key) == (OPEN, True, "reminder:1")


async def test_what_cannot_be_told_says_so(chat: SandboxChat, messenger: Messenger) -> None:
    chat.close_direct_messages(ADA)
    with pytest.raises(Undeliverable, match="closed"):
        await messenger.send(ADA.address, OPEN, key="k", language="en", zone="UTC")
    chat.open_direct_messages(ADA)
    await messenger.send(ADA.address, OPEN, key="k", language="en", zone="UTC")
    for unknown in (address("nobody"), address("#nowhere")):
        with pytest.raises(Undeliverable, match="nobody of that name"):
            await messenger.send(unknown, OPEN, key="k", language="en", zone="UTC")
    with pytest.raises(Undeliverable, match="gone"):
        await messenger.edit(BO.address, "m1", OPEN, language="en", zone="UTC")


async def test_a_guest_can_be_told_though_nobody_speaks_as_them(chat: SandboxChat, messenger: Messenger) -> None:
    guest = Person(address("guest-1"), "Guest 1")
    chat.add_guest(guest)
    await messenger.send(guest.address, OPEN, key="k", language="en", zone="UTC")
    assert chat.person("guest-1") is None
