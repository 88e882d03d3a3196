"""Meetings that somebody changed at Zoom, that Zoom does not take as they are sent, and whether they have begun."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest

from adapters.sandbox.chat import SandboxChat
from adapters.sandbox.send import SandboxMessenger
from bot.addresses import Address
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.meetings.events import MeetingEvent, MeetingEventKind
from bot.meetings.hear import hear
from bot.meetings.model import LEFT_OUT, Deviation, Meeting
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.plain_text import plain
from bot.request import Call
from tests.adapters.zoom.conftest import HOUSE, START, Scene
from tests.adapters.zoom.local_zoom import refuses

FAY = Address("sandbox", "fay")


async def kept(scene: Scene, gathering: Gathering) -> Meeting:
    found = await scene.storage.run(lambda uow: uow.meetings.get(gathering.id))
    assert found is not None
    return found


async def begun(scene: Scene) -> Gathering:
    """A gathering whose meeting stands as it was sent, and a facilitator whom the bot knows."""
    await scene.asks("Fay", Call("mine"))
    gathering = await scene.gathering()
    await scene.reconciler.tick()
    return gathering


async def told(scene: Scene) -> list[str]:
    """What Fay is sent from now on about a meeting that is not as it is to be."""
    room = SandboxChat(scene.clock)
    room.add_guest(Person(FAY, "Fay"))
    await Outbox(scene.storage, {"sandbox": SandboxMessenger(room)}, scene.clock, HOUSE).tick()
    said = [plain(Locale(), each.view) for each in room.messages() if each.place == FAY]
    return [each for each in said if re.search("(changed|deleted) at Zoom|Zoom does not take", each)]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"settings": {"auto_recording": "cloud"}}, "Nothing records, transcribes or summarises."),
        ({"settings": {"auto_start_meeting_summary": True}}, "Nothing records"),
        ({"settings": {"allow_participants_to_transcribe_meetings_with_my_notes": True}}, "Nothing records"),
        ({"settings": {"approval_type": 1}}, "comes in with it at once"),
        ({"settings": {"approval_type": 2}}, "comes in with it at once"),
        ({"settings": {"waiting_room": False}}, "The waiting room is on"),
        ({"settings": {"join_before_host": True}}, "nobody comes in before a host"),
        ({"start_time": "2026-12-03T19:00:00Z"}, "Its time and length"),
        ({"duration": 40}, "Its time and length"),
    ],
)
async def test_what_was_changed_by_hand_is_put_back_and_told(
    scene: Scene, changed: dict[str, object], said: str
) -> None:
    gathering = await begun(scene)
    made = scene.zoom.only
    before = {**made.body, "settings": dict(made.body["settings"])}
    settings = changed.get("settings", {})
    assert isinstance(settings, dict)
    made.body |= {name: value for name, value in changed.items() if name != "settings"}
    made.body["settings"] |= settings
    scene.clock.advance(minutes=11)
    await scene.reconciler.tick()
    assert {**made.body, "settings": dict(made.body["settings"])} == before
    assert (await kept(scene, gathering)).refused == frozenset()
    (message,) = await told(scene)
    assert said in message
    assert "changed at Zoom" in message
    scene.clock.advance(minutes=11)
    await scene.reconciler.tick()
    assert await told(scene) == [], "once"


async def test_an_event_has_it_looked_at_at_once(scene: Scene) -> None:
    gathering = await begun(scene)
    scene.zoom.only.body["settings"]["auto_recording"] = "cloud"
    scene.clock.advance(seconds=20)
    await scene.reconciler.tick()
    assert scene.zoom.only.body["settings"]["auto_recording"] == "cloud", "ten minutes have not gone by"
    event = MeetingEvent(MeetingEventKind.CHANGED, str(scene.zoom.only.id), scene.clock.now())
    await scene.storage.run(lambda uow: hear(uow, event, scene.clock.now(), HOUSE))
    await scene.reconciler.tick()
    assert scene.zoom.only.body["settings"]["auto_recording"] == "none"
    assert (await kept(scene, gathering)).put_back == {Deviation.CAPTURE}


async def test_its_own_change_is_heard_too_and_leads_to_no_other(scene: Scene) -> None:
    """Zoom tells of every change, and does not say by whom."""
    await begun(scene)
    event = MeetingEvent(MeetingEventKind.CHANGED, str(scene.zoom.only.id), scene.clock.now())
    for _ in range(3):
        await scene.storage.run(lambda uow: hear(uow, event, scene.clock.now(), HOUSE))
        await scene.reconciler.tick()
    assert scene.zoom.calls(f"PATCH /v2/meetings/{scene.zoom.only.id}") == 0
    assert await told(scene) == []


@pytest.mark.parametrize(
    ("locked", "deviation", "said"),
    [
        ({"auto_recording": "cloud"}, Deviation.CAPTURE, "Please stop that in Zoom as soon as you begin."),
        ({"auto_start_meeting_summary": True}, Deviation.CAPTURE, "summarised by itself"),
        ({"waiting_room": False}, Deviation.ROOM, "It has no waiting room"),
    ],
)
async def test_what_the_account_has_locked_is_told_once_and_not_sent_again(
    scene: Scene, locked: dict[str, object], deviation: Deviation, said: str
) -> None:
    scene.zoom.locked = locked
    gathering = await begun(scene)
    assert (await kept(scene, gathering)).refused == {deviation}
    (message,) = await told(scene)
    assert said in message
    assert "locked in the settings" in message
    for _ in range(3):
        scene.clock.advance(minutes=11)
        await scene.reconciler.tick()
    assert scene.zoom.calls(f"PATCH /v2/meetings/{scene.zoom.only.id}") == 0
    assert await told(scene) == []
    scene.zoom.locked = {}
    scene.zoom.only.body["settings"] |= {"auto_recording": "none", "auto_start_meeting_summary": False}
    scene.zoom.only.body["settings"]["waiting_room"] = True
    scene.clock.advance(minutes=11)
    await scene.reconciler.tick()
    assert (await kept(scene, gathering)).refused == frozenset(), "it was mended at Zoom"


async def test_something_that_sets_it_again_and_again_is_told_of(scene: Scene) -> None:
    gathering = await begun(scene)
    scene.clock.move_to(START - timedelta(minutes=20))
    for _ in range(4):
        scene.zoom.only.body["settings"]["auto_recording"] = "cloud"
        scene.clock.advance(minutes=2)
        await scene.reconciler.tick()
    assert scene.zoom.calls(f"PATCH /v2/meetings/{scene.zoom.only.id}") == 1, "no duel with it"
    assert (await kept(scene, gathering)).refused == {Deviation.CAPTURE}
    assert len(await told(scene)) == 2


async def test_a_meeting_that_runs_is_not_changed_and_what_is_wrong_is_told(scene: Scene) -> None:
    gathering = await begun(scene)
    scene.clock.move_to(START)
    scene.zoom.only.status = "started"
    scene.zoom.only.body["settings"]["auto_recording"] = "cloud"
    await scene.reconciler.tick()
    assert (await kept(scene, gathering)).running
    assert (await kept(scene, gathering)).refused == {Deviation.CAPTURE}
    (message,) = await told(scene)
    assert "as soon as you begin" in message
    assert await scene.storage.run(lambda uow: uow.state.get("zoom trouble")) in {None, ""}


async def test_a_meeting_that_was_deleted_is_made_again_and_told(scene: Scene) -> None:
    gathering = await begun(scene)
    old = scene.zoom.only.id
    scene.zoom.meetings.clear()
    scene.clock.advance(minutes=11)
    await scene.reconciler.tick()
    assert scene.zoom.only.id != old
    assert (await kept(scene, gathering)).number == str(scene.zoom.only.id)
    (message,) = await told(scene)
    assert "was deleted at Zoom" in message


async def test_meetings_of_earlier_versions_are_put_right_once(scene: Scene) -> None:
    """Each was sent less than a meeting is sent now; those far ahead wait, for Zoom takes 100 changes a day."""
    near, far = await begun(scene), await scene.gathering("Later", START + timedelta(days=20))
    await scene.reconciler.tick()
    for meeting in scene.zoom.meetings.values():
        meeting.body["settings"] |= {"auto_start_meeting_summary": True, "watermark": True}

    def forget(uow: object) -> None:
        uow.connection.exec_driver_sql("UPDATE meetings SET settings_version = 0")  # type: ignore[attr-defined]

    await scene.storage.run(forget)
    worker = scene.anew()
    for _ in range(2):
        await worker.tick()
    first, second = scene.zoom.meetings.values()
    assert (first.body["settings"]["watermark"], second.body["settings"]["watermark"]) == (False, True)
    assert scene.zoom.calls(f"PATCH /v2/meetings/{first.id}") == 1
    assert [(await kept(scene, each)).settings_version for each in (near, far)] == [1, 0]
    assert await told(scene) == [], "nobody changed it"
    scene.clock.move_to(START + timedelta(days=7))
    await scene.anew().tick()
    assert second.body["settings"]["auto_start_meeting_summary"] is False


async def test_a_setting_that_the_account_does_not_know_keeps_no_meeting_from_being_made(scene: Scene) -> None:
    scene.zoom.unknown = {"summary_template_id"}
    gathering = await begun(scene)
    assert (await kept(scene, gathering)).number == str(scene.zoom.only.id)
    assert scene.zoom.only.body["settings"]["auto_recording"] == "none"
    assert (await kept(scene, gathering)).refused == frozenset()
    assert "watermark" in await left_out(scene), "the operator is told what is left out with it"
    scene.zoom.unknown.add("support_participants_receive_summary")
    other = await scene.gathering("Other", START + timedelta(hours=3))
    await scene.reconciler.tick()
    assert (await kept(scene, other)).refused == {Deviation.CAPTURE}, "the account's default stays, and is told"
    assert "support_participants_receive_summary" in await left_out(scene)


async def test_what_a_worker_before_was_refused_stays_known_until_zoom_takes_all(scene: Scene) -> None:
    await scene.storage.run(lambda uow: uow.state.set(LEFT_OUT, "watermark"))
    await scene.reconciler.tick()
    assert await left_out(scene) == "watermark", "nothing was sent yet"
    await begun(scene)
    assert await left_out(scene) == ""


async def left_out(scene: Scene) -> str:
    return await scene.storage.run(lambda uow: uow.state.get(LEFT_OUT)) or ""


async def test_nothing_is_remembered_of_what_is_over(scene: Scene) -> None:
    await begun(scene)
    scene.zoom.only.body["settings"]["approval_type"] = 1
    scene.clock.advance(minutes=20)
    await scene.reconciler.tick()
    assert {"_looked_at", "_audited_at", "_put_back_at"} <= remembered(scene)
    scene.clock.move_to(START + timedelta(days=2))
    await scene.reconciler.tick()
    assert remembered(scene) == set()


def remembered(scene: Scene) -> set[str]:
    of_either = {**vars(scene.reconciler), **vars(scene.reconciler._watch)}
    return {name for name, value in of_either.items() if isinstance(value, dict) and value}


# ---- whether it has begun


async def test_where_zoom_tells_nothing_it_is_asked_until_somebody_has_begun(scene: Scene) -> None:
    gathering = await begun(scene)
    asked = f"GET /v2/meetings/{scene.zoom.only.id}"
    scene.clock.move_to(START - timedelta(minutes=6))
    before = scene.zoom.calls(asked)
    for _ in range(12):
        await scene.reconciler.tick()
        scene.clock.advance(seconds=5)
    assert scene.zoom.calls(asked) - before == 6, "every ten seconds"
    scene.zoom.only.status = "started"
    scene.clock.advance(seconds=5)
    await scene.reconciler.tick()
    assert (await kept(scene, gathering)).started_at == scene.clock.now()
    before = scene.zoom.calls(asked)
    for _ in range(12):
        scene.clock.advance(seconds=5)
        await scene.reconciler.tick()
    assert scene.zoom.calls(asked) - before == 1, "once a minute, since it runs"


async def test_where_zoom_tells_of_meetings_it_is_asked_less(scene: Scene) -> None:
    await begun(scene)
    number = str(scene.zoom.only.id)
    scene.clock.move_to(START - timedelta(minutes=6))
    event = MeetingEvent(MeetingEventKind.SEEN, number, scene.clock.now())
    await scene.storage.run(lambda uow: hear(uow, event, scene.clock.now(), HOUSE))
    before = scene.zoom.calls(f"GET /v2/meetings/{number}")
    for _ in range(12):
        await scene.reconciler.tick()
        scene.clock.advance(seconds=5)
    assert scene.zoom.calls(f"GET /v2/meetings/{number}") - before == 2


async def test_a_meeting_that_ended_unheard_has_ended(scene: Scene) -> None:
    """But an answer that comes late, in the first two minutes, ends nothing."""
    gathering = await begun(scene)
    scene.clock.move_to(START)
    event = MeetingEvent(MeetingEventKind.STARTED, str(scene.zoom.only.id), scene.clock.now())
    await scene.storage.run(lambda uow: hear(uow, event, scene.clock.now(), HOUSE))
    scene.clock.advance(seconds=61)
    await scene.reconciler.tick()
    assert (await kept(scene, gathering)).running
    scene.clock.advance(seconds=61)
    await scene.reconciler.tick()
    assert not (await kept(scene, gathering)).running


@pytest.mark.parametrize("trouble", [refuses(500), refuses(404), refuses(429, Retry_After="60")])
async def test_a_meeting_that_cannot_be_looked_at_is_taken_to_be_as_it_was(
    scene: Scene, trouble: object, caplog: pytest.LogCaptureFixture
) -> None:
    gathering = await begun(scene)
    scene.clock.advance(minutes=11)
    scene.zoom.trouble = [trouble] * 4  # type: ignore[list-item]
    with caplog.at_level(logging.WARNING):
        await scene.reconciler.tick()
    assert (await kept(scene, gathering)).number == str(scene.zoom.only.id)
    assert await told(scene) == []
