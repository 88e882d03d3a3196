"""An evening from the first link to the last word, as Zoom tells of it; and with what gets lost on the way."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from adapters.sandbox.chat import SandboxChat
from adapters.sandbox.send import SandboxMessenger
from adapters.zoom.events import parse
from adapters.zoom.meetings import ZoomMeetings
from bot.addresses import Address
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.meetings.hear import hear, listen
from bot.meetings.model import Capture, Meeting, Pass
from bot.members.model import Person
from bot.notifications import live_meeting
from bot.notifications.deliver import Outbox
from bot.plain_text import plain
from bot.registrations.model import Registration
from tests.adapters.zoom.conftest import HOUSE, START, Scene
from tests.adapters.zoom.local_room import Event, LocalRoom, NotLetIn

MINUTE = timedelta(minutes=1)
BEGIN = START + timedelta(hours=2)
"""Links that were fetched first thing have lapsed by then."""


class Evening:
    def __init__(self, scene: Scene, gathering: Gathering, people: list[Registration]) -> None:
        self.scene, self.gathering, self.people = scene, gathering, people
        self.room = LocalRoom(scene.zoom, scene.zoom.only, scene.clock.now)

    async def link(self, person: int) -> str:
        entry = await self.scene.comes(self.people[person])
        assert entry.link is not None
        return entry.link.reveal()

    async def start_link(self) -> str:
        link = await ZoomMeetings(self.scene.client, HOUSE).start_link(str(self.room.meeting.id))
        self.room.note_links()
        return link.reveal()

    async def hears(self, events: list[Event]) -> None:
        now = self.scene.clock.now()
        for told in events:
            event = parse(told, now)
            assert event is not None
            await self.scene.storage.run(lambda uow, event=event: hear(uow, event, now, HOUSE))  # type: ignore[misc]

    async def meeting(self) -> Meeting:
        found = await self.scene.storage.run(lambda uow: uow.meetings.get(self.gathering.id))
        assert found is not None
        return found

    async def passes(self) -> list[Pass]:
        return await self.scene.storage.run(lambda uow: uow.meetings.passes(self.gathering.id))


async def evening(scene: Scene, count: int = 4) -> Evening:
    gathering = await scene.gathering(at=BEGIN)
    people = await scene.register(gathering, count)
    await scene.reconciler.tick()
    return Evening(scene, gathering, people)


async def whole_evening(made: Evening) -> list[Event]:
    """Three of four come, one of them too early; one steps out and comes back; it ends after 80 minutes."""
    scene, room = made.scene, made.room
    lapsed = await made.start_link()
    scene.clock.move_to(BEGIN - 10 * MINUTE)
    early = await made.link(0)
    with pytest.raises(NotLetIn, match="the host has not begun"):
        room.open(early)
    with pytest.raises(NotLetIn, match="lapsed"):
        room.start(lapsed)
    scene.clock.move_to(BEGIN - 5 * MINUTE)
    room.start(await made.start_link())
    scene.clock.move_to(BEGIN + MINUTE)
    for person in range(3):
        room.open(await made.link(person))
    scene.clock.advance(seconds=30)
    room.admit()
    with pytest.raises(NotLetIn, match="another device"):
        room.open(early)
    scene.clock.move_to(BEGIN + 20 * MINUTE)
    room.leave(early)
    scene.clock.move_to(BEGIN + 21 * MINUTE)
    room.open(early)
    room.admit()
    scene.clock.move_to(BEGIN + 80 * MINUTE)
    room.end()
    return room.told


def facts(meeting: Meeting, passes: list[Pass]) -> list[object]:
    holders = [(each.seen_at, each.logged_in_at, each.left_at) for each in passes]
    return [meeting.running, meeting.ended_at, meeting.captures, *holders]


EXPECTED = [
    False,
    BEGIN + 80 * MINUTE,
    frozenset[Capture](),
    *[(BEGIN + MINUTE, BEGIN + MINUTE + timedelta(seconds=30), BEGIN + 80 * MINUTE)] * 3,
    (None, None, None),
]


async def test_an_evening_from_the_first_link_to_the_end(scene: Scene) -> None:
    made = await evening(scene)
    await made.hears(await whole_evening(made))
    assert facts(await made.meeting(), await made.passes()) == EXPECTED
    assert (await made.meeting()).started_at == BEGIN - 5 * MINUTE


@pytest.mark.parametrize("seed", range(5))
async def test_the_same_evening_told_late_doubled_and_in_any_order(scene: Scene, seed: int) -> None:
    made = await evening(scene)
    told = await whole_evening(made)
    chance = random.Random(seed)
    shuffled = [*told, *chance.sample(told, 8)]
    chance.shuffle(shuffled)
    await made.hears(shuffled)
    assert facts(await made.meeting(), await made.passes()) == EXPECTED


async def test_a_cancelled_registrant_is_not_let_in_and_a_reinstated_one_is(scene: Scene) -> None:
    made = await evening(scene)
    scene.clock.move_to(BEGIN)
    made.room.start(await made.start_link())
    link = await made.link(1)
    zoom = ZoomMeetings(scene.client, HOUSE)
    theirs = [each for each in await made.passes() if each.registration == made.people[1].id]
    await zoom.withdraw(str(made.room.meeting.id), theirs)
    with pytest.raises(NotLetIn, match="not registered"):
        made.room.open(link)
    await zoom.reinstate(str(made.room.meeting.id), theirs)
    made.room.open(link)
    made.room.admit()
    await made.hears(made.room.told)
    assert [each.logged_in_at is not None for each in await made.passes()] == [False, True, False, False]


async def test_a_recording_that_the_account_forces_is_heard_as_the_host_begins(scene: Scene) -> None:
    scene.zoom.locked = {"auto_recording": "cloud"}
    made = await evening(scene)
    scene.clock.move_to(BEGIN)
    made.room.start(await made.start_link())
    await made.hears(made.room.told)
    meeting = await made.meeting()
    assert (meeting.running, meeting.captures) == (True, frozenset({Capture.RECORDING}))


# ---- the word afterwards


async def said_afterwards(made: Evening, begins: bool) -> list[str]:
    """To who took a place and waited for the host; with a beginning, and without one."""
    await _waits_for_the_host(made)
    if begins:
        made.room.start(await made.start_link())
    await made.hears(made.room.told)
    return await _is_told_afterwards(made)


async def _waits_for_the_host(made: Evening) -> None:
    made.scene.clock.move_to(BEGIN - 10 * MINUTE)
    link = await made.link(0)
    with pytest.raises(NotLetIn, match="the host has not begun"):
        made.room.open(link)


async def _is_told_afterwards(made: Evening) -> list[str]:
    scene = made.scene
    scene.clock.move_to(BEGIN + 95 * MINUTE)
    chat = SandboxChat(scene.clock)
    chat.add_guest(Person(Address("sandbox", "p0"), "Person0"))
    await Outbox(scene.storage, {"sandbox": SandboxMessenger(chat)}, scene.clock, HOUSE).tick()
    return [plain(Locale(), each.view) for each in chat.messages() if each.place.account == "p0"]


async def test_who_waited_for_what_nobody_began_is_not_thanked_for_being_present(scene: Scene) -> None:
    (said,) = await said_afterwards(await evening(scene), begins=False)
    assert "It seems that Grief could not begin. We are sorry that you waited." in said
    assert "Thank you" not in said


async def test_who_was_there_while_nothing_was_heard_is_thanked(scene: Scene) -> None:
    """Zoom told of the meeting a week before; the bot was down from before the beginning until after the end."""
    made = await evening(scene)
    await scene.storage.run(lambda uow: uow.meetings.heard(str(made.room.meeting.id), scene.clock.now()))
    scene.clock.move_to(BEGIN - 20 * MINUTE)
    await scene.storage.run(lambda uow: listen(uow, scene.clock.now()))
    await _waits_for_the_host(made)
    assert await scene.storage.run(lambda uow: live_meeting.never_began(uow, made.gathering)), "nothing was missed"
    scene.clock.move_to(BEGIN + 95 * MINUTE)
    await scene.storage.run(lambda uow: listen(uow, scene.clock.now()))
    (said,) = await _is_told_afterwards(made)
    assert "Thank you for being present." in said


async def test_who_was_there_is_thanked(scene: Scene) -> None:
    (said,) = await said_afterwards(await evening(scene), begins=True)
    assert "Thank you for being present." in said


async def test_where_zoom_tells_nothing_nobody_is_told_that_it_did_not_begin(scene: Scene) -> None:
    made = await evening(scene)
    assert not await scene.storage.run(lambda uow: live_meeting.never_began(uow, made.gathering))
    scene.clock.move_to(BEGIN - 5 * MINUTE)
    with pytest.raises(NotLetIn, match="the host has not begun"):
        made.room.open(await made.link(0))
    await made.hears(made.room.told)
    assert await scene.storage.run(lambda uow: live_meeting.never_began(uow, made.gathering))
