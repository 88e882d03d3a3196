"""A facilitator begins the meeting: with the link that was pasted; with Zoom, see tests/adapters/zoom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.admission.model import DoorRule
from tests.conversations.conftest import SECRET, TONIGHT, Scenario

pytestmark = pytest.mark.everywhere


async def test_a_facilitator_gets_the_link_that_was_pasted_and_takes_no_place(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await scenario.gathering("Letting go", TONIGHT + timedelta(days=1))
    await ada.says(f"/htg register {gathering.id}")
    scenario.clock.move_to(TONIGHT - timedelta(minutes=20))
    await frances.says("/htg-host start", channel="general")
    frances.reads("Grief and Gratitude begins", f"{SECRET}-code", "You take none of the places")
    assert f"{SECRET}-Gri-1" in frances.link_out()
    await frances.presses("Doors")
    frances.reads("1 registered", "0 in", "90 places left")
    scenario.clock.move_to(TONIGHT + timedelta(minutes=20))
    await frances.says("/htg-host start")
    assert "begins" not in frances.reads("Grief and Gratitude has begun.", f"{SECRET}-code").text
    await frances.says("/htg-host start letting")
    assert f"{SECRET}-Let-1" in frances.link_out()
    await frances.says(f"/htg-host log {gathering.id}")
    frances.reads("Frances took the start link of Grief and Gratitude.")


async def test_a_member_is_told_nothing_whatever_they_type_or_press(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    scenario.clock.move_to(TONIGHT - timedelta(minutes=20))
    await ada.says(f"/htg-host start {gathering.id}")
    ada.reads("That is for facilitators.")
    await ada.says(f"/htg start {gathering.id}")
    await frances.says(f"/htg-host doors {gathering.id}")
    for message in ada.seen():
        assert SECRET not in message.text
        assert not any(SECRET in button.url for button in message.buttons)


async def test_there_may_be_nothing_to_start(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host start")
    frances.reads("There is no gathering to choose from yet.")
    bare = await scenario.gathering("Bare", link=None)
    await frances.says("/htg-host start")
    frances.reads("Nobody has given a link for Bare yet.")
    await frances.says(f"/htg-host cancel {bare.id}")
    await frances.fills(note="")
    await frances.says(f"/htg-host start {bare.id}")
    frances.reads("Bare was cancelled, so there is nothing to start.")
    gathering = await scenario.gathering()
    scenario.clock.move_to(TONIGHT + timedelta(minutes=90))
    await frances.says(f"/htg-host start {gathering.id}")
    frances.reads("is over, so there is nothing to start.")


async def test_a_facilitator_who_joins_takes_none_of_the_places(scenario: Scenario) -> None:
    frances, ada, bo = scenario.facilitator(), scenario.member("Ada"), scenario.member("Bo")
    gathering = await scenario.gathering(door_rule=DoorRule(limit=1))
    for person in (frances, ada, bo):
        await person.says(f"/htg register {gathering.id}")
    await frances.says("/htg join")
    assert "The doors of" in frances.reads().text, "before they open, the facilitators' way in is /htg-host start"
    scenario.clock.move_to(TONIGHT - timedelta(minutes=9))
    await frances.says("/htg join")
    frances.reads("Welcome, the doors are open.")
    await ada.says("/htg join")
    ada.reads("Welcome, the doors are open.")
    await bo.says("/htg join")
    bo.reads("is full")
    await frances.says("/htg join")
    frances.reads("Welcome")
    scenario.clock.move_to(TONIGHT + timedelta(minutes=30))
    await frances.says("/htg join")
    frances.reads("Welcome")
