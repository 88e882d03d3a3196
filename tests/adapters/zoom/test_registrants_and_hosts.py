"""Registrants whom somebody denied at Zoom; hosts who left, licences that were lost, limits that are reached."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.gatherings.model import Status
from bot.meetings.model import Deviation
from bot.request import Call
from tests.adapters.zoom.conftest import START, Scene
from tests.adapters.zoom.test_watch import begun, kept, told


@pytest.mark.parametrize("status", ["denied", "pending", "cancelled"])
async def test_a_registrant_whom_somebody_denied_at_zoom_gets_back_in(scene: Scene, status: str) -> None:
    gathering = await begun(scene)
    await scene.register(gathering, 3)
    await scene.reconciler.tick()
    second = list(scene.zoom.only.registrants.values())[1]
    second["status"] = status
    scene.clock.advance(minutes=11)
    await scene.reconciler.tick()
    assert list(scene.statuses().values()) == ["approved"] * 3
    assert set(scene.zoom.added.values()) == {1}, "nobody was added again"


async def test_a_registrant_whom_zoom_does_not_know_any_more_is_registered_anew(scene: Scene) -> None:
    gathering = await begun(scene)
    people = await scene.register(gathering, 3)
    await scene.reconciler.tick()
    del scene.zoom.only.registrants[f"guest-{people[1].id}@gatherings.example"]
    scene.clock.advance(minutes=11)
    for _ in range(2):
        await scene.reconciler.tick()
    assert sorted(scene.statuses().values()) == ["approved"] * 3
    scene.clock.move_to(START)
    entry = await scene.comes(people[1])
    assert entry.link is not None
    assert "/w/" in entry.link.reveal()


async def test_who_gave_up_stays_cancelled(scene: Scene) -> None:
    gathering = await begun(scene)
    await scene.register(gathering, 2)
    await scene.reconciler.tick()
    await scene.asks("p0", Call.of("unregister", gathering=gathering.id))
    for _ in range(3):
        await scene.reconciler.tick()
        scene.clock.advance(minutes=11)
    assert list(scene.statuses().values()) == ["cancelled", "approved"]


async def test_links_come_also_where_a_meeting_approves_by_hand(scene: Scene) -> None:
    """Locked in the account: Zoom then gives no link until a registrant is approved, so the bot approves them."""
    scene.zoom.locked = {"approval_type": 1}
    gathering = await begun(scene)
    people = await scene.register(gathering, 35)
    await scene.reconciler.tick()
    assert set(scene.statuses().values()) == {"approved"}
    scene.clock.move_to(START)
    entry = await scene.comes(people[34])
    assert entry.link is not None
    assert "/w/" in entry.link.reveal()
    assert (await kept(scene, gathering)).refused == {Deviation.REGISTRATION}


# ---- hosts, licences and limits


async def test_another_host_than_the_owner(scene: Scene) -> None:
    scene.zoom.hosts.add("circles@example.org")
    worker = scene.hosted_by("circles@example.org")
    await scene.gathering()
    await worker.tick()
    assert scene.zoom.only.host == "circles@example.org"


async def test_a_host_who_is_not_there_is_named_with_the_setting(scene: Scene) -> None:
    worker = scene.hosted_by("gone@example.org")
    await scene.gathering()
    await worker.tick()
    said = await scene.storage.run(lambda uow: uow.state.get("zoom trouble"))
    assert said is not None
    assert "check ZOOM_HOST" in said
    assert scene.zoom.meetings == {}


async def test_a_meeting_whose_host_left_is_kept_until_another_host_is_there(scene: Scene) -> None:
    await scene.asks("Fay", Call("mine"))
    scene.zoom.hosts.add("circles@example.org")
    gathering = await scene.gathering()
    people = await scene.register(gathering, 2)
    await scene.hosted_by("circles@example.org").tick()
    old = await kept(scene, gathering)
    scene.zoom.hosts.remove("circles@example.org")
    scene.clock.advance(minutes=11)
    await scene.hosted_by("circles@example.org").tick()
    assert await kept(scene, gathering) == old
    said = await scene.storage.run(lambda uow: uow.state.get("zoom trouble"))
    assert said is not None
    assert "check ZOOM_HOST" in said
    scene.clock.advance(minutes=6)
    await scene.hosted_by("me").tick()
    now = await kept(scene, gathering)
    assert now.number != old.number
    assert scene.zoom.meetings[int(now.number)].host == "me"
    scene.clock.move_to(START)
    entry = await scene.comes(people[0])
    assert entry.link is not None
    assert f"/w/{now.number}" in entry.link.reveal()


async def test_a_lost_licence_is_told_with_what_it_means(scene: Scene) -> None:
    gathering = await begun(scene)
    scene.zoom.user["type"] = 1
    scene.zoom.only.body["settings"]["approval_type"] = 2
    people = await scene.register(gathering, 1)
    scene.clock.advance(minutes=11)
    await scene.reconciler.tick()
    assert (await kept(scene, gathering)).refused == {Deviation.REGISTRATION}
    (message,) = await told(scene)
    assert "It takes no registration" in message
    scene.clock.move_to(START)
    entry = await scene.comes(people[0])
    assert entry.link is not None
    assert "/j/" in entry.link.reveal(), "the common link, and not a closed door"


async def test_the_limit_of_meetings_a_day_is_rested_out_until_midnight(scene: Scene) -> None:
    """Zoom says it with the code of an invalid field, and without a time."""
    await begun(scene)
    scene.zoom.daily_writes = scene.zoom.writes
    await scene.gathering("Later", START + timedelta(days=2))
    await scene.reconciler.tick()
    refused = scene.zoom.writes
    scene.clock.advance(hours=6)
    await scene.reconciler.tick()
    assert scene.zoom.writes == refused, "it is not midnight yet"
    scene.zoom.daily_writes = 1000
    scene.clock.move_to(START.replace(hour=0) + timedelta(days=1, minutes=1))
    await scene.anew().tick()
    assert len(scene.zoom.meetings) == 2


async def test_a_limit_of_changes_keeps_nobody_from_getting_a_link(scene: Scene) -> None:
    gathering = await begun(scene)
    scene.zoom.daily_writes = scene.zoom.writes
    await scene.change(gathering, title="Grief and Gratitude")
    await scene.register(gathering, 2)
    await scene.reconciler.tick()
    assert list(scene.statuses().values()) == ["approved"] * 2
    assert scene.zoom.only.body["topic"] == "Grief"
    assert await scene.storage.run(lambda uow: uow.state.get("zoom trouble")) == "Zoom's limit is reached"
    scene.clock.move_to(START - timedelta(minutes=5))
    scene.zoom.only.status = "started"
    await scene.reconciler.tick()
    assert (await kept(scene, gathering)).running, "and it is looked at"


async def test_a_registrant_who_was_added_too_often_today_keeps_no_other_from_a_link(scene: Scene) -> None:
    gathering = await begun(scene)
    people = await scene.register(gathering, 5)
    spent = f"guest-{people[2].id}@gatherings.example"
    scene.zoom.added[spent] = 3
    await scene.reconciler.tick()
    assert spent not in scene.zoom.only.registrants
    assert list(scene.statuses().values()) == ["approved"] * 4
    scene.clock.advance(minutes=6)
    await scene.reconciler.tick()
    scene.clock.move_to(START)
    links = [(await scene.comes(each)).link for each in people]
    assert ["/w/" in link.reveal() if link else None for link in links] == [True, True, False, True, True]
    scene.zoom.added[spent] = 0


async def test_what_cannot_be_put_back_for_a_limit_is_told_and_tried_again(scene: Scene) -> None:
    gathering = await begun(scene)
    scene.zoom.only.body["settings"]["auto_recording"] = "cloud"
    scene.zoom.daily_writes = scene.zoom.writes
    await scene.register(gathering, 1)
    scene.clock.advance(minutes=11)
    await scene.reconciler.tick()
    (message,) = await told(scene)
    assert "Zoom does not take everything" in message
    assert list(scene.statuses().values()) == ["approved"], "the rest goes on"
    scene.zoom.daily_writes = 1000
    scene.clock.advance(minutes=11)
    await scene.reconciler.tick()
    assert scene.zoom.only.body["settings"]["auto_recording"] == "cloud", "not before midnight"
    scene.reconciler._watch._retry_at[gathering.id] = scene.clock.now()
    scene.clock.advance(minutes=11)
    await scene.reconciler.tick()
    assert scene.zoom.only.body["settings"]["auto_recording"] == "none"
    assert (await kept(scene, gathering)).refused == frozenset()


async def test_a_meeting_that_runs_is_deleted_once_it_has_ended(scene: Scene) -> None:
    gathering = await begun(scene)
    scene.zoom.only.status = "started"
    await scene.change(gathering, status=Status.CANCELLED)
    await scene.reconciler.tick()
    assert len(scene.zoom.meetings) == 1
    scene.zoom.only.status = "waiting"
    scene.clock.advance(minutes=2)
    await scene.reconciler.tick()
    assert scene.zoom.meetings == {}
