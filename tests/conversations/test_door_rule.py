"""A gathering's own door rule and length: drafted, changed, read by members, and changed while people come in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.admission.model import DoorRule
from bot.gatherings.model import Gathering
from bot.unit_of_work import UnitOfWork
from tests.conversations.conftest import SECRET, TONIGHT, Scenario

LINK = f"https://zoom.us/j/{SECRET}?pwd={SECRET}\n{SECRET}-pass"


async def now_of(scenario: Scenario, gathering: Gathering) -> Gathering:
    def read(uow: UnitOfWork) -> Gathering | None:
        return uow.gatherings.get(gathering.id)

    stored = await scenario.bot.storage.run(read)
    assert stored is not None
    return stored


async def test_a_draft_gets_a_rule_of_its_own_and_keeps_it(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    await frances.says("/htg-host create")
    await frances.fills(title="Grief at work", starts="2026-12-03 18:00", zoom=LINK)
    frances.reads("or once 90 people are in", "90 minutes")
    await frances.presses("Doors and length")
    assert frances.window is not None
    assert frances.window.values == {"limit": "90", "doors_open": "15m", "late_entry": "10m", "duration": "90m"}
    await frances.fills(limit="many", doors_open="soon", late_entry="3 hours", duration="1 min")
    frances.reads_an_error("limit", "a whole number from 1 to 1000")
    frances.reads_an_error("doors_open", "like 15m")
    frances.reads_an_error("duration", "a length from 5 minutes to 24 hours")
    await frances.fills(limit="12", doors_open="half past", late_entry="3 hours", duration="1 hour")
    frances.reads_an_error("late_entry", "It lasts 1 hour, so the doors cannot stay open for longer")
    await frances.fills(doors_open="0", late_entry="0")
    frances.reads_an_error("doors_open", "The doors would never be open.")
    await frances.fills(doors_open="30 minutes", late_entry="5")
    frances.reads("A preview.", "or once 12 people are in", "1 hour")
    await frances.presses("Change")
    await frances.fills(title="Grief at the office")
    frances.reads("Grief at the office", "or once 12 people are in", "1 hour")
    await frances.presses("Publish")
    await ada.says("/htg register office")
    ada.reads("or once 12 people are in", "Free, 1 hour on Zoom")


async def test_a_series_takes_it_for_one_part_or_for_all(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    parts = await scenario.series("Letting go", [TONIGHT + timedelta(days=7 * n) for n in range(3)])
    await frances.says(f"/htg-host doors {parts[1].id}")
    await frances.presses("Doors and length")
    await frances.fills(limit="40", which="this")
    frances.reads("Letting go (part 2 of 3) is changed.", "the first 40")
    assert [(await now_of(scenario, part)).door_rule.limit for part in parts] == [90, 40, 90]
    await ada.says(f"/htg register {parts[0].id}")
    ada.reads(
        "doors from 17:45 to 18:10, for the first 40",
        "doors from 17:45 to 18:10, for the first 90",
        "once all are taken",
    )
    await frances.says(f"/htg-host doors {parts[0].id}")
    await frances.presses("Doors and length")
    await frances.fills(duration="2h", which="all")
    frances.reads("Letting go is changed.", "2 hours", "not told of this by itself")
    stored = [await now_of(scenario, part) for part in parts]
    assert [part.duration for part in stored] == [timedelta(hours=2)] * 3
    assert [part.door_rule.limit for part in stored] == [90, 40, 90], "what was not changed stays as each part has it"


async def test_a_longer_part_does_not_run_into_the_next_one(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    parts = await scenario.series("Letting go", [TONIGHT, TONIGHT + timedelta(hours=2)])
    await frances.says(f"/htg-host doors {parts[0].id}")
    await frances.presses("Doors and length")
    await frances.fills(duration="3h", which="this")
    frances.reads_an_error("duration", "A part would still go on when the next one begins.")
    await frances.fills(duration="2h")
    frances.reads("is changed.")


async def test_changed_while_people_come_in_nobody_is_dropped(scenario: Scenario) -> None:
    frances, ada, bob = scenario.facilitator(), scenario.member("Ada"), scenario.member("Bob")
    gathering = await scenario.gathering()
    for each in (ada, bob):
        await each.says(f"/htg register {gathering.id}")
    scenario.clock.move_to(TONIGHT - timedelta(minutes=10))
    await ada.says("/htg join")
    ada.reads("Welcome, the doors are open.")
    await frances.says(f"/htg-host doors {gathering.id}")
    await frances.presses("Doors and length")
    await frances.fills(limit="1", doors_open="5m")
    frances.reads("is changed", "Whoever is in already stays in.")
    await ada.says("/htg join")
    ada.reads("Welcome back.")
    await bob.says("/htg join")
    bob.reads("is full")
    assert (await now_of(scenario, gathering)).admitted == 1
    await frances.presses("See the doors")
    await frances.presses("Doors and length")
    await frances.fills(limit="2")
    await bob.says("/htg join")
    bob.reads("The doors of Grief and Gratitude open at")
    scenario.clock.move_to(TONIGHT - timedelta(minutes=4))
    await bob.says("/htg join")
    bob.reads("Welcome, the doors are open.")
    scenario.clock.move_to(TONIGHT + timedelta(minutes=40))
    await frances.presses("See the doors")
    await frances.presses("Doors and length")
    await frances.fills(duration="30m")
    frances.reads_an_error("duration", "It would be over already.")
    await frances.fills(duration="50m", late_entry="0")
    frances.reads("the doors close when we begin")
    await ada.says("/htg join")
    ada.reads("Welcome back.")


@pytest.mark.parametrize("who", ["Ada", "Mallory"])
async def test_it_is_the_facilitators_alone(scenario: Scenario, who: str) -> None:
    frances, other = scenario.facilitator(), scenario.member(who)
    gathering = await scenario.gathering(door_rule=DoorRule(5))
    await other.says(f"/htg-host doors {gathering.id}")
    assert "Doors and length" not in [button.label for seen in other.seen() for button in seen.buttons]
    await frances.says(f"/htg-host doors {gathering.id}")
    await frances.presses("Doors and length")
    await frances.fills()
    frances.reads("stays as it was", "the first 5 to come in")
