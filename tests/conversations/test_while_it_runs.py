"""What is offered while a gathering is near, runs, or is full: what works, first; and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.admission.model import DoorRule
from tests.conversations.conftest import TONIGHT, Scenario
from tests.conversations.harness import Persona


def offered(who: Persona) -> list[str]:
    return [button.label.partition(":")[0] for button in who.reads().buttons if not button.url]


async def test_join_comes_first_while_it_can_work_and_not_after(scenario: Scenario) -> None:
    ada, bo = scenario.member("Ada"), scenario.member("Bo")
    await scenario.gathering("Grief and Gratitude")
    for member in (ada, bo):
        await member.says("/htg register grief")
        member.reads("The doors open at", "or once 90 people are in")
    await ada.says("/htg list")
    assert offered(ada) == ["Unregister", "Details"]
    scenario.clock.move_to(TONIGHT - timedelta(minutes=9))
    await ada.says("/htg list")
    ada.reads("Begins in 9 minutes.")
    assert offered(ada) == ["Join", "Unregister", "Details"]
    await ada.presses("Details")
    ada.reads("The doors are open until")
    assert offered(ada) == ["Join", "Unregister"]
    await ada.says("/htg join")
    await ada.says("/htg register grief")
    ada.reads("You are registered for Grief and Gratitude, and were already in.")

    scenario.clock.move_to(TONIGHT + timedelta(minutes=15))
    await bo.says("/htg mine")
    bo.reads("The doors are closed.", "It has begun.")
    assert offered(bo) == ["Unregister"]
    await ada.says("/htg mine")
    assert offered(ada) == ["Come back in", "Unregister"]
    await ada.says("/htg list")
    ada.reads("You are registered.", "It has begun.")
    assert offered(ada) == ["Come back in", "Unregister", "Details"]
    await ada.presses("Come back in")
    ada.reads("Welcome back.")
    await bo.says("/htg list")
    assert "Grief and Gratitude" not in bo.reads("No gatherings are planned just now.").text
    await ada.says("/htg register grief")
    await ada.presses("Come back in")
    ada.reads("Welcome back.")


async def test_nothing_says_that_doors_are_open_which_are_shut(scenario: Scenario) -> None:
    """Closed by hand, full, or since the time is over: in the list, and in the details that were opened before."""
    ada, bo, frances = scenario.member("Ada"), scenario.member("Bo"), scenario.facilitator()
    gathering = await scenario.gathering("Grief and Gratitude", door_rule=DoorRule(limit=1))
    await ada.says("/htg register grief")
    scenario.clock.move_to(TONIGHT - timedelta(minutes=9))
    await bo.says("/htg list")
    bo.reads("Begins in 9 minutes.")
    await frances.says(f"/htg-host doors {gathering.id}")
    await frances.presses("Close now")
    await bo.presses("Details")
    assert "are open" not in bo.reads("The doors are closed.").text
    await bo.says("/htg list")
    bo.reads("The doors are closed.")
    await frances.presses("Open now")
    await ada.says("/htg join")
    await bo.presses("Details")
    assert "are open" not in bo.reads("It is full.").text
    await bo.says("/htg list")
    bo.reads("It is full.")
    scenario.clock.move_to(TONIGHT + timedelta(minutes=15))
    await bo.presses("Details")
    assert "are open" not in bo.reads("The doors are closed.").text
    await ada.says("/htg list")
    await ada.presses("Details")
    assert "The doors are" not in ada.reads("Grief and Gratitude").text
    assert offered(ada) == ["Come back in", "Unregister"]


async def test_who_was_in_and_unregistered_by_mistake_comes_back(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await scenario.series("Letting go", [TONIGHT, TONIGHT + timedelta(days=7)])
    await ada.says("/htg register letting go")
    scenario.clock.move_to(TONIGHT)
    await ada.says("/htg join")
    scenario.clock.move_to(TONIGHT + timedelta(minutes=30))
    await ada.says("/htg mine")
    await ada.presses("Unregister")
    ada.reads("You are no longer registered for Letting go (part 1 of 2)")
    await ada.presses("Register again")
    ada.reads("You are registered for Letting go (part 1 of 2), and were already in.")
    await ada.presses("Come back in")
    ada.reads("Welcome back.")
    scenario.clock.move_to(TONIGHT + timedelta(minutes=31))
    await ada.says("/htg unregister letting go")
    await ada.presses("All parts")
    await ada.presses("Register again")
    ada.reads("You are registered for Letting go", "part 2 of 2")
    await ada.says("/htg join")
    ada.reads("Welcome back.")


@pytest.mark.parametrize("minutes_late", [11, 45])
async def test_who_comes_late_hears_of_tonight_and_not_of_next_week_alone(
    scenario: Scenario, minutes_late: int
) -> None:
    ada = scenario.member("Ada")
    await scenario.series("Letting go", [TONIGHT, TONIGHT + timedelta(days=7)])
    await ada.says("/htg register letting go")
    scenario.clock.move_to(TONIGHT + timedelta(minutes=minutes_late))
    await ada.says("/htg join")
    ada.reads(
        "The doors of Letting go (part 1 of 2) closed at 18:10.",
        "You are registered for the next one: Letting go (part 2 of 2), Thursday 10 December",
    )


async def test_of_two_in_one_evening_the_nearer_door_is_meant(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await scenario.gathering()
    await scenario.gathering("Silence", TONIGHT + timedelta(minutes=90))
    for title in ("grief", "silence"):
        await ada.says(f"/htg register {title}")
    scenario.clock.move_to(TONIGHT + timedelta(minutes=20))
    await ada.says("/htg join")
    ada.reads("The doors of Grief and Gratitude closed at 18:10.", "You are registered for the next one: Silence")
    scenario.clock.move_to(TONIGHT + timedelta(minutes=70))
    await ada.says("/htg join")
    ada.reads("The doors of Silence open at 19:15, in 5 minutes.")


async def test_joining_before_registering_says_when_the_doors_open(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    gathering = await scenario.gathering("Grief and Gratitude")
    scenario.clock.move_to(TONIGHT - timedelta(hours=6))
    await ada.says(f"/htg join {gathering.id}")
    early = ada.reads("You can do so now; the doors open", "17:45").text
    assert "come in" not in early
    scenario.clock.move_to(TONIGHT - timedelta(minutes=6))
    await ada.says(f"/htg join {gathering.id}")
    ada.reads("You can do so now, and then come in.")
    await ada.presses("Register")
    ada.reads("The doors are open until", "You can come in now.")
    assert offered(ada)[0] == "Join"


async def test_each_part_of_a_series_has_its_own_times(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    starts = [TONIGHT + timedelta(days=7 * number) for number in range(3)]
    first = (await scenario.series("Letting go", starts))[0]
    await ada.says(f"/htg register {first.id}")
    shown = ada.reads("all three parts of Letting go", "once 90 people are in, the doors close").text
    assert shown.count("doors from") == 3
    assert shown.count("17:45") == shown.count("18:10") == 3


async def test_a_long_list_says_how_many_there_are(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    for days in range(7):
        await scenario.gathering(f"Circle {days}", TONIGHT + timedelta(days=days))
    await ada.says("/htg register 1")
    await ada.says("/htg join 1")
    scenario.clock.move_to(TONIGHT)
    await ada.says("/htg join")
    scenario.clock.move_to(TONIGHT + timedelta(minutes=20))
    await ada.says("/htg list")
    ada.reads("Circle 0", "Circle 4", "1–5 of 7")
    await ada.presses("Later ones")
    ada.reads("Circle 5", "Circle 6", "6–7 of 7")
    await ada.presses("Earlier ones")
    ada.reads("Circle 0", "1–5 of 7")


async def test_what_is_called_the_same_is_told_apart_by_its_day(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    for days in (0, 7):
        await scenario.gathering("Circle", TONIGHT + timedelta(days=days))
    await scenario.gathering("Letting go", TONIGHT + timedelta(days=8))
    for typed in ("/htg list", "/htg register 1", "/htg register 2", "/htg mine"):
        await ada.says(typed)
    ada.reads("Circle · Thu 3 Dec", "Circle · Thu 10 Dec")
    await ada.says("/htg list")
    assert "Letting go ·" not in ada.reads("Circle · Thu 3 Dec").text


async def test_a_no_by_title_is_as_kind_as_by_number(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    gathering = await scenario.gathering("Grief and Gratitude")
    await scenario.gathering("Letting go", TONIGHT + timedelta(days=1))
    scenario.clock.move_to(TONIGHT + timedelta(minutes=15))
    answers = []
    for typed in (str(gathering.id), "grief"):
        await ada.says(f"/htg register {typed}")
        answers.append(
            ada.reads("The doors of Grief and Gratitude closed at 18:10", "The next gathering is Letting go").text
        )
        assert offered(ada) == ["Register", "Upcoming gatherings"]
    assert answers[0] == answers[1]


async def test_a_full_house_is_said_in_the_list_and_takes_no_registration(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    bo = scenario.member("Bo")
    await scenario.gathering("Grief and Gratitude", door_rule=DoorRule(limit=1))
    scenario.clock.move_to(TONIGHT - timedelta(minutes=9))
    await bo.says("/htg register grief")
    await bo.says("/htg join")
    await ada.says("/htg list")
    ada.reads("It is full.")
    assert offered(ada) == ["Details"]


async def test_who_did_not_hear_of_a_cancellation_reads_of_it_where_they_ask(scenario: Scenario) -> None:
    ada, frances = scenario.member("Ada"), scenario.facilitator()
    tonight = await scenario.gathering("Grief and Gratitude")
    await ada.says(f"/htg register {tonight.id}")
    ada.close_direct_messages()
    scenario.clock.move_to(TONIGHT - timedelta(hours=2))
    await frances.says(f"/htg-host cancel {tonight.id}")
    await frances.fills(note="Frances is ill.")
    await ada.says("/htg mine")
    ada.reads("Grief and Gratitude was cancelled. We are sorry.", "You are not registered for a gathering")
    await ada.says("/htg join")
    ada.reads("Grief and Gratitude was cancelled. We are sorry.", "Frances is ill.")

    later = await scenario.gathering("Letting go", TONIGHT + timedelta(days=7))
    await ada.says(f"/htg register {later.id}")
    await ada.says("/htg join")
    ada.reads("The doors of Letting go open")
    scenario.clock.move_to(TONIGHT - timedelta(minutes=5))
    await ada.says("/htg join")
    ada.reads("Grief and Gratitude was cancelled. We are sorry.", "Letting go")
    scenario.clock.move_to(TONIGHT + timedelta(minutes=90))
    await ada.says("/htg join")
    ada.reads("The doors of Letting go open")
