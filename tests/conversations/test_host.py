"""A facilitator's story, and what others must not be able to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.notifications.model import Receipt
from tests.conversations.conftest import SECRET, TONIGHT, Scenario

LINK = f"https://zoom.us/j/{SECRET}?pwd={SECRET}\n{SECRET}-pass"


@pytest.mark.everywhere
async def test_from_the_form_to_the_post(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    await frances.says("/htg-host create", channel="general")
    await frances.fills(title="Grief at work", starts="tomorow 6", zoom="zoom", facilitators="Frances")
    frances.reads_an_error("starts", "I could not read “tomorow 6”. Try: 2026-12-08 18:00")
    frances.reads_an_error("zoom", "I could not read that link.")
    await frances.fills(starts="2026-12-03 18:00", zoom=LINK)
    frances.reads("A preview.", "It begins in 2 days: Thursday 3 December, 18:00 (Madrid time).", "Frances")
    await ada.says("/htg list")
    ada.reads("No gatherings are planned")
    await frances.presses("Publish")
    frances.reads("Grief at work is published", "Announce it now?")
    await frances.presses("Announce")
    frances.reads("A preview of the post.")
    await frances.picks("Gatherings")
    frances.reads("Grief at work is being posted in Gatherings.")
    await scenario.bot.tick()
    ada.sees_in("gatherings", "Grief at work", "register to attend")
    await ada.presses("Register")
    ada.reads("You are registered for Grief at work")


async def test_a_start_in_twelve_hours_and_in_a_zone_as_people_call_it(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")
    await frances.fills(title="Grief at work", starts="2026-12-03 18:00 CST", zoom=LINK)
    frances.reads_an_error("starts", "can mean several times. Which is it: America/Chicago, ")
    await frances.fills(starts="12/3 6pm")
    frances.reads_an_error("starts", "Thursday 3 December 2026, 18:00 (Madrid time) or Friday 12 March 2027, 18:00")
    await frances.fills(starts="Dec 3")
    frances.reads_an_error("starts", "At what time is “Dec 3”?")
    await frances.fills(starts="Dec 3 6pm")
    frances.reads("A preview.", "Thursday 3 December", "18:00")
    await frances.presses("Change")
    await frances.fills(starts="2026-12-03 6:00 PM new york")
    frances.reads("A preview.", "Friday 4 December", "00:00", "Thursday 3 December, 18:00 (New York time)")
    frances.reads("The time in New York now: 12:00")
    await frances.presses("Change")
    assert frances.window is not None
    assert frances.window.values["starts"] == "2026-12-03 18:00 America/New_York"


async def test_dates_in_spanish_and_what_they_can_mean(scenario: Scenario) -> None:
    frances = scenario.facilitator(language="es")
    await frances.says("/htg-host create")
    await frances.fills(title="Duelo", starts="3/12 a las 18", zoom=LINK)
    frances.reads_an_error("starts", "18:00 (hora de Madrid) o viernes 12 de marzo de 2027, 18:00")
    await frances.fills(starts="3 de diciembre a las 6")
    frances.reads_an_error("starts", "06:00 (hora de Madrid) o jueves 3 de diciembre de 2026, 18:00")
    await frances.fills(starts="3 de diciembre a las 18:00 en Birmingham")
    frances.reads_an_error("starts", "Europe/London o America/Chicago")
    await frances.fills(starts="el 28 de marzo de 2027 a las 02:30")
    frances.reads_an_error("starts", "se saltan esa hora")
    await frances.fills(starts="jueves 3 de diciembre de 2026, 18:00")
    frances.reads("jueves 3 de diciembre, 18:00 (hora de Madrid)", "dentro de 2 días")
    await frances.presses("Cambiar")
    await frances.fills(starts="el 3 de enero a las 6 de la tarde, hora de Nueva York")
    frances.reads("domingo 3 de enero de 2027, 18:00 (hora de Nueva York)", "dentro de 33 días")


async def test_a_series_is_three_lines(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")
    starts = "2026-12-10 18:00\n2026-12-17 18:00 Europe/London\n2026-12-24 18:00"
    await frances.fills(title="Letting go", starts=starts, zoom=LINK)
    frances.reads("Part 1 of 3", "Part 2 of 3", "19:00", "Part 3 of 3")
    await frances.presses("Change")
    await frances.fills(starts="2026-12-10 18:00\n2026-12-17 18:00")
    frances.reads("Part 2 of 2")
    await frances.presses("Discard")
    frances.reads("The draft of Letting go is gone.")


@pytest.mark.everywhere
async def test_a_moved_start_tells_everyone_and_plans_again(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await scenario.announced(gathering)
    await ada.says(f"/htg register {gathering.id}")
    await scenario.bot.passes(hours=25)
    ada.hears_privately("in 24 hours")
    await frances.says(f"/htg-host edit {gathering.id}")
    assert frances.window is not None
    assert SECRET not in str(frances.window.values)
    await frances.fills(starts="2027-12-05 19:00")
    frances.reads(
        "from Thursday 3 December 2026, 18:00 (Madrid time) to Sunday 5 December 2027, 19:00 (Madrid time), in ",
        "1 person will be told. Nobody has been told yet.",
    )
    await scenario.bot.tick()
    ada.hears_nothing()
    await frances.presses("Change")
    assert frances.window is not None
    assert frances.window.values["starts"] == "2027-12-05 19:00 Europe/Madrid"
    await frances.fills(starts="2026-12-05 19:00")
    await scenario.bot.tick()
    ada.hears_nothing()
    await frances.presses("Tell them")
    frances.reads("is changed", "1 registrant is being told", "Announcements that were posted are changed in place")
    await scenario.bot.tick()
    ada.hears_privately("Grief and Gratitude has moved", "Saturday 5 December", "19:00")
    ada.sees_in("gatherings", "Saturday 5 December")
    await scenario.bot.passes(hours=47)
    ada.hears_nothing()
    await scenario.bot.passes(hours=2)
    ada.hears_privately("in 24 hours", "19:00")


@pytest.mark.everywhere
async def test_cancelling_asks_once_more_and_tells_everyone(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await scenario.announced(gathering)
    await ada.says(f"/htg register {gathering.id}")
    await frances.says(f"/htg-host cancel {gathering.id}")
    await frances.fills(note="Frances is ill.")
    frances.reads("is cancelled", "1 registrant is being told", "Announcements that were posted are changed in place")
    await scenario.bot.tick()
    ada.hears_privately("is cancelled. We are sorry.", "Frances is ill.")
    ada.sees_in("gatherings", "This gathering is cancelled", "3 December")
    await ada.says(f"/htg join {gathering.id}")
    ada.reads("was cancelled")
    await scenario.bot.passes(days=3)
    ada.hears_nothing()
    await frances.says(f"/htg-host cancel {gathering.id}")
    frances.reads("was cancelled already")


async def test_yesterdays_register_button_on_a_cancelled_gathering(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says("/htg list")
    await frances.says(f"/htg-host cancel {gathering.id}")
    await frances.fills(note="")
    assert "Announcements" not in frances.reads("is cancelled").text
    await ada.presses("Register")
    ada.reads("was cancelled. We are sorry.")


@pytest.mark.everywhere
async def test_doors_are_live_and_in_the_facilitators_hands(scenario: Scenario) -> None:
    frances, ada, bob = scenario.facilitator(), scenario.member("Ada"), scenario.member("Bob")
    gathering = await scenario.gathering()
    for each in (ada, bob):
        await each.says(f"/htg register {gathering.id}")
    scenario.clock.move_to(TONIGHT - timedelta(minutes=20))
    await frances.says(f"/htg-host doors {gathering.id}")
    frances.reads("Not open yet", "2 registered", "0 in", "90 places left")
    await frances.presses("Open now")
    frances.reads("Open")
    await ada.says("/htg join")
    ada.reads("Welcome, the doors are open.")
    scenario.clock.advance(minutes=10)
    await frances.presses("Close now")
    frances.reads("Closed", "1 in")
    await bob.says("/htg join")
    bob.reads("The doors of Grief and Gratitude closed at")
    await ada.says("/htg join")
    ada.reads("Welcome back.")
    await frances.presses("Open now")
    scenario.clock.move_to(TONIGHT + timedelta(minutes=11))
    await frances.says(f"/htg-host doors {gathering.id}")
    frances.reads("Closed", "89 places left")


@pytest.mark.everywhere
async def test_the_roster_is_a_page_and_a_file(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await frances.says(f"/htg-host roster {gathering.id}")
    frances.reads("Nobody has registered yet.")
    await ada.says(f"/htg register {gathering.id}")
    await frances.says(f"/htg-host roster {gathering.id}")
    frances.reads("1 registered", "Ada")


@pytest.mark.parametrize(("language", "said"), [("en", "not needed"), ("es", "no hizo falta")])
async def test_a_reminder_for_who_is_in_already_was_not_needed(scenario: Scenario, language: str, said: str) -> None:
    frances, ada = scenario.facilitator(language=language), scenario.member("Ada")
    gathering = await scenario.gathering()
    scenario.clock.move_to(TONIGHT - timedelta(minutes=12))
    await ada.says(f"/htg register {gathering.id}")
    await ada.says("/htg join")
    await scenario.bot.passes(minutes=3)
    ada.hears_nothing()
    await frances.says(f"/htg-host roster {gathering.id}")
    frances.reads("Ada", said)
    (line,) = await scenario.bot.storage.run(lambda uow: uow.registrations.roster(gathering.id))
    assert [each for each in line.receipts if each[0] == "reminder"] == [("reminder", Receipt.DROPPED)]


@pytest.mark.everywhere
async def test_members_do_not_host_whatever_they_press(scenario: Scenario, caplog: pytest.LogCaptureFixture) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    for typed in ("create", f"cancel {gathering.id}", f"doors {gathering.id}", f"roster {gathering.id}", "help"):
        await ada.says(f"/htg-host {typed}")
        ada.reads("That is for facilitators.")
        assert ada.window is None
    await frances.says(f"/htg-host doors {gathering.id}")
    message = frances.reads("Not open yet")
    await ada.press(message, next(each for each in message.buttons if each.label.startswith("Open now")))
    ada.reads("That is for facilitators.")
    refused = [each.getMessage() for each in caplog.records if "no facilitator" in each.getMessage()]
    assert refused[2] == f"host-doors was refused to {ada.address}, who is no facilitator"
    assert len(refused) == 6


@pytest.mark.everywhere
async def test_a_forged_or_ancient_button_gets_a_kind_answer(scenario: Scenario) -> None:
    from tests.conversations.harness import Control

    ada = scenario.member("Ada")
    await scenario.gathering()
    await ada.says("/htg list")
    message = ada.reads("Upcoming")
    for forged in ("register?gathering=1&admin=yes", "explode", "host-publish?gathering=1&x=", "list?page=%00"):
        await ada.press(message, Control("forged", forged))
        assert ada.reads().text
    await ada.press(message, Control("forged", "explode"))
    ada.reads("That button is from an earlier day and no longer works.")


@pytest.mark.everywhere
async def test_the_channel_hears_once_and_each_finds_a_private_way_in(scenario: Scenario) -> None:
    ada, bob = scenario.member("Ada"), scenario.member("Bob")
    gathering = await scenario.gathering()
    await scenario.announced(gathering)
    await ada.says(f"/htg register {gathering.id}")
    await scenario.bot.passes(hours=47, minutes=1)
    ada.sees_in("gatherings", "Grief and Gratitude begins in 1 hour")
    scenario.clock.move_to(TONIGHT - timedelta(minutes=10))
    await ada.presses("My private link")
    ada.reads("Welcome, the doors are open.")
    await bob.presses("My private link")
    bob.reads("is for people who have registered")


async def test_a_link_that_changes_while_people_are_in_says_how_many_have_the_former(scenario: Scenario) -> None:
    ada, frances = scenario.member("Ada"), scenario.facilitator()
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    scenario.clock.move_to(TONIGHT - timedelta(minutes=10))
    for link, inside in (
        (f"https://zoom.example/j/1?pwd={SECRET}", False),
        (f"https://zoom.example/j/2?pwd={SECRET}", True),
    ):
        await frances.says(f"/htg-host edit {gathering.id}")
        await frances.fills(zoom=link)
        assert ("1 person has come in by the former link." in frances.reads("is changed.").text) is inside
        await ada.says("/htg join")
        assert ada.link_out() == link
    await frances.presses("Write to them")
    assert frances.window is not None


async def test_changing_one_part_leaves_the_others_their_own_words(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    first, second = await scenario.series("Letting go", [TONIGHT, TONIGHT + timedelta(weeks=1)])
    await scenario.bot.storage.run(lambda uow: uow.gatherings.save(replace(second, title="Growing")))
    await frances.says(f"/htg-host edit {first.id}")
    await frances.fills(facilitators="Amal", starts="2026-12-03 18:00\n2026-12-10 17:30")
    assert "Announcements" not in frances.reads("is changed").text
    kept = await scenario.bot.storage.run(lambda uow: uow.gatherings.parts(first))
    assert [each.title for each in kept] == ["Letting go", "Growing"]
    assert [each.facilitators for each in kept] == ["Amal", "Amal"]
