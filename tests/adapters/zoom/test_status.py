"""What Zoom says of a meeting now, and the start links that it gives."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.zoom.meetings import ZoomMeetings
from bot.meetings.model import Deviation
from bot.meetings.ports import MeetingGone
from bot.secrets import redacted
from tests.adapters.zoom.conftest import HOUSE, START, Scene


async def test_what_was_made_stands_as_it_was_sent(scene: Scene) -> None:
    zoom = ZoomMeetings(scene.client, HOUSE)
    await scene.gathering()
    await scene.reconciler.tick()
    number = str(scene.zoom.only.id)
    status = await zoom.status(number)
    assert (status.started, status.starts_at, status.duration) == (False, START, timedelta(minutes=90))
    assert status.wrong == frozenset()
    scene.zoom.only.status = "started"
    scene.zoom.only.body["settings"] |= {"auto_recording": "cloud", "approval_type": 2}
    scene.zoom.only.body["settings"]["question_and_answer"] = {"enable": True}
    status = await zoom.status(number)
    assert status.started
    assert status.wrong == {Deviation.CAPTURE, Deviation.REGISTRATION}


async def test_a_start_link_is_another_each_time_and_shows_itself_to_nobody(scene: Scene) -> None:
    zoom = ZoomMeetings(scene.client, HOUSE)
    await scene.gathering()
    await scene.reconciler.tick()
    number = str(scene.zoom.only.id)
    first, second = await zoom.start_link(number), await zoom.start_link(number)
    assert [first.reveal(), second.reveal()] == scene.zoom.start_links
    assert first != second
    assert f"{first}{first!r}" == f"StartLink({redacted})" * 2


async def test_of_a_meeting_that_is_gone_there_is_neither(scene: Scene) -> None:
    zoom = ZoomMeetings(scene.client, HOUSE)
    with pytest.raises(MeetingGone):
        await zoom.status("123")
    with pytest.raises(MeetingGone):
        await zoom.start_link("123")
