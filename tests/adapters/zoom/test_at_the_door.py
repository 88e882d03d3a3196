"""Who comes before their pass is made; and meetings that somebody deleted at Zoom."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.sandbox.chat import SandboxChat
from adapters.sandbox.send import SandboxMessenger
from adapters.web.admission_queue import AdmissionQueue
from adapters.zoom.meetings import ZoomMeetings
from adapters.zoom.passes import ZoomPassIssuer
from bot.addresses import Address
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.leases import StoredLease
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.plain_text import plain
from bot.registrations.model import Registration
from bot.request import Call, Request
from bot.views import Answer, Buttons, SecretLinkButton, View
from tests.adapters.zoom.conftest import HOUSE, START, Scene
from tests.adapters.zoom.local_zoom import refuses
from tests.databases import on_both

TOMORROW = "2026-12-04T00:00:00Z"


def maker(scene: Scene) -> ZoomPassIssuer:
    return ZoomPassIssuer(scene.storage, ZoomMeetings(scene.client, HOUSE), scene.clock)


def dispatcher(scene: Scene) -> Dispatcher:
    """Of a process of its own, like `htg web`: it has nothing of the reconciler's."""
    made = Dispatcher(scene.storage, HOUSE)
    made.passes = maker(scene)
    return made


async def joins(scene: Scene, at: Dispatcher, name: str, gathering: Gathering) -> Answer:
    who = Person(Address("sandbox", name), name)
    return await at.answer(Request(who, Call.of("join", gathering=gathering.id), scene.clock.now()))


def leads_to(answer: Answer) -> str:
    assert isinstance(answer, View)
    buttons = [each for part in answer.parts if isinstance(part, Buttons) for each in part.buttons]
    return next((each.link.reveal() for each in buttons if isinstance(each, SecretLinkButton)), "")


async def late(scene: Scene, count: int = 1) -> tuple[Gathering, list[Registration]]:
    """A gathering whose doors are open, and people who registered at the door itself."""
    gathering = await scene.gathering()
    await scene.reconciler.tick()
    scene.clock.move_to(START)
    return gathering, await scene.register(gathering, count)


async def test_who_comes_before_their_pass_gets_it_on_the_spot(scene: Scene) -> None:
    gathering, _ = await late(scene)
    link = leads_to(await joins(scene, dispatcher(scene), "p0", gathering))
    (own,) = scene.zoom.only.registrants.values()
    assert link == own["join_url"]
    await scene.reconciler.tick()
    assert set(scene.zoom.added.values()) == {1}


async def test_without_a_maker_nobody_gets_the_common_link(scene: Scene) -> None:
    """As it is while Zoom is slower than people can wait: no place is taken, and they are told how to go on."""
    gathering, (one,) = await late(scene)
    entry = await scene.comes(one)
    assert entry.lacks_link
    answer = await scene.asks("p0", Call.of("join", gathering=gathering.id))
    assert isinstance(answer, View)
    assert leads_to(answer) == ""
    assert "It takes a moment" in plain(Locale(), answer)
    assert "Try again" in plain(Locale(), answer)
    kept = await scene.storage.run(lambda uow: uow.gatherings.get(gathering.id))
    assert kept is not None
    assert kept.admitted == 0


async def test_a_rush_at_the_page_is_registered_together(scene: Scene) -> None:
    _, people = await late(scene, 40)
    queue = AdmissionQueue(scene.storage, HOUSE, scene.clock, maker(scene))
    outcomes = await asyncio.gather(*(queue.enter(each.key) for each in people))
    links = [outcome[1].link for outcome in outcomes if outcome is not None]
    assert len({link.reveal() for link in links if link is not None}) == 40
    assert set(scene.zoom.added.values()) == {1}
    assert scene.zoom.calls("/batch_registrants") <= 4


@on_both
async def test_two_processes_add_nobody_twice(scene: Scene) -> None:
    gathering, _ = await late(scene, 8)
    answers = await asyncio.gather(
        scene.reconciler.tick(), *(joins(scene, dispatcher(scene), f"p{number}", gathering) for number in range(8))
    )
    assert {leads_to(each) for each in answers[1:]} == {  # type: ignore[arg-type]
        each["join_url"] for each in scene.zoom.only.registrants.values()
    }
    assert set(scene.zoom.added.values()) == {1}


async def test_somebody_elses_passes_are_waited_for_only_so_long(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.zoom.passes.DOOR_TIMEOUT", 0.3)
    gathering, _ = await late(scene)
    assert await StoredLease(scene.storage, scene.clock, f"zoom passes {gathering.id}").hold()
    assert "It takes a moment" in plain(Locale(), await joins(scene, dispatcher(scene), "p0", gathering))  # type: ignore[arg-type]
    assert scene.zoom.added == {}


async def test_trouble_that_lasts_opens_the_common_link_and_ends_with_it(scene: Scene) -> None:
    gathering, _ = await late(scene, 3)
    scene.zoom.trouble = [refuses(429, Retry_After=TOMORROW)] * 2
    door = dispatcher(scene)
    assert leads_to(await joins(scene, door, "p0", gathering)) == ""
    scene.clock.advance(minutes=4)
    assert leads_to(await joins(scene, door, "p0", gathering)) == ""
    scene.clock.advance(minutes=1)
    assert "/j/" in leads_to(await joins(scene, door, "p0", gathering))
    await scene.reconciler.tick()
    await scene.register(gathering, 1, first=3)
    answer = await scene.asks("p3", Call.of("join", gathering=gathering.id))
    assert leads_to(answer) == "", "passes are made again: no common link any more"


async def test_registration_that_zoom_drops_is_said_and_people_come_in(scene: Scene) -> None:
    gathering = await scene.gathering()
    people = await scene.register(gathering, 2)
    scene.zoom.registers = False
    await scene.reconciler.tick()
    said = await scene.storage.run(lambda uow: uow.state.get("zoom trouble"))
    assert said is not None
    assert "its plan or the account's settings allow no registration" in said
    for _ in range(5):
        scene.clock.advance(minutes=5)
        await scene.reconciler.tick()
    assert scene.zoom.calls("/batch_registrants") == 1, "each try would count against Zoom's limit"
    scene.clock.move_to(START)
    link = (await scene.comes(people[0])).link
    assert link is not None
    assert "/j/" in link.reveal()


async def test_a_meeting_that_was_deleted_is_made_again_and_who_was_in_is_told(scene: Scene) -> None:
    room = SandboxChat(scene.clock)
    for number in range(3):
        room.add_guest(Person(Address("sandbox", f"p{number}"), f"p{number}"))
    outbox = Outbox(scene.storage, {"sandbox": SandboxMessenger(room)}, scene.clock, HOUSE)
    gathering = await scene.gathering()
    people = await scene.register(gathering, 2)
    await scene.reconciler.tick()
    scene.clock.move_to(START)
    before = (await scene.comes(people[0])).link
    assert before is not None
    gone = scene.zoom.only.id
    scene.zoom.meetings.clear()
    await scene.register(gathering, 1, first=2)
    door = dispatcher(scene)
    assert leads_to(await joins(scene, door, "p2", gathering)) == "", "and nobody is led to a room that is gone"
    assert leads_to(await joins(scene, door, "p0", gathering)) == ""
    await scene.reconciler.tick()
    await outbox.tick()
    assert scene.zoom.only.id != gone
    for name in ("p0", "p1", "p2"):
        link = leads_to(await joins(scene, door, name, gathering))
        assert f"/w/{scene.zoom.only.id}" in link
    told = {
        name: [each for each in room.messages() if each.place == Address("sandbox", name)
               and "The link I gave you no longer works" in plain(Locale(), each.view)]
        for name in ("p0", "p1", "p2")
    }  # fmt: skip
    assert [len(each) for each in told.values()] == [1, 0, 0], "whoever was told a link, once"
    kept = await scene.storage.run(lambda uow: uow.gatherings.get(gathering.id))
    assert kept is not None
    assert kept.admitted == 3, "nobody takes a second place"


async def test_a_deleted_meeting_is_noticed_though_nobody_new_comes(scene: Scene) -> None:
    gathering = await scene.gathering()
    people = await scene.register(gathering, 2)
    await scene.reconciler.tick()
    scene.zoom.meetings.clear()
    scene.clock.move_to(START)
    await scene.reconciler.tick()
    link = (await scene.comes(people[0])).link
    assert link is not None
    assert f"/w/{scene.zoom.only.id}" in link.reveal()


async def test_a_deleted_meeting_is_noticed_when_its_gathering_moves(scene: Scene) -> None:
    gathering = await scene.gathering(at=START + timedelta(days=5))
    await scene.reconciler.tick()
    scene.zoom.meetings.clear()
    await scene.change(gathering, starts_at=START + timedelta(days=6))
    await scene.reconciler.tick()
    assert scene.zoom.only.body["start_time"] == "2026-12-09T17:00:00Z"


async def test_publishing_says_that_the_meeting_is_still_to_come(scene: Scene) -> None:
    async def published(number: int) -> str:
        form = await scene.asks("Fay", Call("host-create"))
        typed = {"title": f"Grief {number}", "starts": "2026-12-04 18:00 Europe/Madrid", "zoom": "", "description": ""}
        await scene.asks("Fay", form.call.filled(typed | {"facilitators": "Fay"}))  # type: ignore[union-attr]
        answer = await scene.asks("Fay", Call.of("host-publish", gathering=number))
        assert isinstance(answer, View)
        return plain(Locale(), answer)

    assert "I am making its meeting at Zoom now." in await published(1)
    scene.zoom.token_trouble = [refuses(503)] * 8
    await scene.reconciler.tick()
    said = await published(2)
    assert "could not be made yet (Zoom gave no token (HTTP 503))" in said
    assert "tell you when it lasts and when it is mended" in said


async def test_trouble_that_lasted_is_said_to_be_mended(scene: Scene) -> None:
    room = SandboxChat(scene.clock)
    room.add_guest(Person(Address("sandbox", "fay"), "Fay"))
    outbox = Outbox(scene.storage, {"sandbox": SandboxMessenger(room)}, scene.clock, HOUSE)
    await scene.asks("Fay", Call("mine"))
    await scene.gathering()
    scene.zoom.token_trouble = [refuses(503)] * 8
    for _ in range(2):
        await scene.reconciler.tick()
        await outbox.tick()
        scene.clock.advance(minutes=6)
    scene.zoom.token_trouble = []
    for _ in range(2):
        await scene.reconciler.tick()
        await outbox.tick()
    heard = [plain(Locale(), each.view) for each in room.messages() if each.place == Address("sandbox", "fay")]
    assert sum("Zoom gave no token" in each for each in heard) == 1
    assert sum("Zoom does again what it should" in each for each in heard) == 1
