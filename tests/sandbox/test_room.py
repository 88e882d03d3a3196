"""The room: who sees what, and the Messenger over it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.sandbox import room as rooms
from adapters.sandbox.clock import MovableClock
from adapters.sandbox.room import ADA, BO, FRANCES, GATHERINGS, GENERAL, Room, address
from adapters.sandbox.tell import RoomMessenger
from bot.members import Person
from bot.ports import Messenger, Undeliverable
from bot.secrets import ZoomLink
from bot.views import Buttons, Paragraph, Text, View, WayIn
from tests.sandbox.conftest import NOON

SECRET = View((Buttons((WayIn("Enter", ZoomLink("https://zoom.example/j/1", "code")),)),))
OPEN = View((Paragraph((Text("Good evening"),)),), public=True)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOON)


@pytest.fixture
def room(clock: MovableClock) -> Room:
    return Room(clock)


@pytest.fixture
def messenger(room: Room) -> Messenger:
    return RoomMessenger(room)


def test_an_answer_in_a_channel_is_for_one_person(room: Room) -> None:
    said = room.answer(ADA, GENERAL, SECRET)
    assert room.seen(ADA, GENERAL) == [said]
    assert room.seen(BO) == []
    assert not room.can_see(BO, said)


def test_a_private_line_is_for_one_person(room: Room) -> None:
    said = room.answer(ADA, ADA.address, SECRET)
    assert room.seen(ADA) == [said]
    assert room.seen(BO) == []


def test_a_secret_is_never_shown_to_a_channel(room: Room) -> None:
    with pytest.raises(ValueError, match="never shown to a whole channel"):
        room.post(GENERAL, SECRET, key="k", language="en", zone="UTC")
    standing = room.post(GENERAL, OPEN, key="k", language="en", zone="UTC")
    with pytest.raises(ValueError, match="never shown to a whole channel"):
        room.amend(standing, SECRET, language="en", zone="UTC")


def test_an_answer_takes_the_place_of_one_s_own_answer_alone(room: Room) -> None:
    mine = room.answer(ADA, GENERAL, OPEN)
    again = room.answer(ADA, GENERAL, SECRET, instead_of=mine.id)
    assert (again.id, room.seen(ADA, GENERAL)) == (mine.id, [again])
    bos = room.answer(BO, GENERAL, OPEN, instead_of=again.id)
    assert bos.id != again.id
    announcement = room.post(GENERAL, OPEN, key="k", language="en", zone="UTC")
    assert room.answer(ADA, GENERAL, SECRET, instead_of=announcement.id).id != announcement.id
    reminder = room.post(ADA.address, SECRET, key="r", language="en", zone="UTC")
    assert room.answer(ADA, ADA.address, SECRET, instead_of=reminder.id).id != reminder.id


def test_only_one_s_own_answers_can_be_dismissed(room: Room) -> None:
    mine = room.answer(ADA, GENERAL, SECRET)
    talk = room.say(BO, GENERAL, "hello")
    assert not room.dismiss(BO, mine.id)
    assert not room.dismiss(ADA, talk.id)
    assert not room.dismiss(ADA, "m99")
    assert room.dismiss(ADA, mine.id)
    assert room.seen(ADA) == [talk]


def test_unread_counts_what_others_said_since_one_looked(room: Room) -> None:
    room.say(BO, GENERAL, "hello")
    room.say(ADA, GENERAL, "hello Bo")
    assert (room.unread(ADA, GENERAL), room.unread(BO, GENERAL), room.unread(FRANCES, GENERAL)) == (1, 1, 2)
    room.read(ADA, GENERAL)
    assert (room.unread(ADA, GENERAL), room.unread(FRANCES, GENERAL)) == (0, 2)
    assert room.unread(ADA, GATHERINGS) == 0


def test_the_oldest_messages_go_first(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "MESSAGE_LIMIT", 3)
    said = [room.say(ADA, GENERAL, str(number)) for number in range(5)]
    assert room.seen(ADA) == said[2:]


def test_listeners_hear_of_each_change_until_they_stop(room: Room) -> None:
    heard: list[int] = []

    def listener() -> None:
        heard.append(1)

    room.listen(listener)
    room.say(ADA, GENERAL, "hello")
    room.stop_listening(listener)
    room.say(ADA, GENERAL, "hello")
    assert heard == [1]


def test_the_clock_never_goes_back(clock: MovableClock) -> None:
    clock.move_to(NOON + timedelta(hours=1))
    with pytest.raises(ValueError, match="forward"):
        clock.move_to(NOON)


async def test_told_found_and_amended(room: Room, messenger: Messenger, clock: MovableClock) -> None:
    told = await messenger.tell(ADA.address, SECRET, key="reminder:1", language="es", zone="UTC")
    assert await messenger.find(ADA.address, key="reminder:1", since=clock.now()) == told
    assert await messenger.find(ADA.address, key="reminder:1", since=clock.now() + timedelta(seconds=1)) is None
    assert await messenger.find(ADA.address, key="reminder:2", since=clock.now()) is None
    assert await messenger.find(BO.address, key="reminder:1", since=clock.now()) is None
    assert await messenger.amend(ADA.address, told.message, OPEN, language="en", zone="UTC") == told
    (message,) = room.seen(ADA)
    assert (message.view, message.amended, message.key) == (OPEN, True, "reminder:1")


async def test_what_cannot_be_told_says_so(room: Room, messenger: Messenger) -> None:
    room.close_line(ADA)
    with pytest.raises(Undeliverable, match="closed"):
        await messenger.tell(ADA.address, OPEN, key="k", language="en", zone="UTC")
    room.open_line(ADA)
    await messenger.tell(ADA.address, OPEN, key="k", language="en", zone="UTC")
    for unknown in (address("nobody"), address("#nowhere")):
        with pytest.raises(Undeliverable, match="nobody of that name"):
            await messenger.tell(unknown, OPEN, key="k", language="en", zone="UTC")
    with pytest.raises(Undeliverable, match="gone"):
        await messenger.amend(BO.address, "m1", OPEN, language="en", zone="UTC")


async def test_a_guest_can_be_told_though_nobody_speaks_as_them(room: Room, messenger: Messenger) -> None:
    guest = Person(address("guest-1"), "Guest 1")
    room.invite(guest)
    await messenger.tell(guest.address, OPEN, key="k", language="en", zone="UTC")
    assert room.person("guest-1") is None
