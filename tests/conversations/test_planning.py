"""A facilitator plans: with whom, on which days, with hardly a word typed."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import SECRET, Scenario

pytestmark = pytest.mark.everywhere

LINK = f"https://zoom.example/j/{SECRET}"


async def test_a_colleague_is_picked_and_everyone_reads_a_name(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    await ada.says("/htg list")
    await frances.says("/htg-host create")
    assert frances.window is not None
    fields = {"title": "Letting go", "starts": "2026-12-10 18:00", "zoom": LINK}
    frances.window.values.update(fields)
    await frances.picks_people("facilitators", frances, ada)
    frances.reads("A preview.", "with Frances, Ada")
    await frances.presses("Change")
    assert frances.window.values["facilitators"] == "Frances, Ada"
    frances.window.values.update({"zoom": LINK})
    await frances.fills(facilitators=f"Bo, Frances, {ada.address}")
    frances.reads("A preview.", "with Bo, Frances, Ada")
    await frances.presses("Change")
    await frances.fills(facilitators="discord:999")
    frances.reads_an_error("facilitators", "I do not know what “discord:999” is called. Please write their name.")


async def test_whom_a_facilitator_picked_stays_picked_where_the_form_comes_back(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    await ada.says("/htg list")
    await frances.says("/htg-host create")
    assert frances.window is not None
    frances.window.values.update({"title": "Letting go", "starts": "tomorow", "zoom": LINK})
    await frances.picks_people("facilitators", ada)
    frances.reads_an_error("starts", "I could not read “tomorow”")
    await frances.fills(starts="2026-12-10 18:00", zoom=LINK)
    assert "Frances" not in frances.reads("A preview.", "with Ada").text


async def test_where_two_talk_alone_there_are_only_words(scenario: Scenario) -> None:
    """In a direct message Discord's picker would show nobody but the two who talk there."""
    frances = scenario.member("Frances")
    await scenario.books(lambda uow: uow.facilitators.add(frances.address))
    await frances.says("/htg-host create")
    assert frances.window is not None
    assert ("facilitators.people" in frances.window.labels) is (scenario.harness.platform == "slack")
    await frances.fills(title="Letting go", starts="2026-12-10 18:00", zoom=LINK, facilitators="Bo, and Cleo")
    frances.reads("A preview.", "with Bo, and Cleo")


@pytest.mark.parametrize(("language", "written"), [("en", "weekly"), ("es", "cada semana, 3 veces")])
async def test_a_series_is_one_date_and_a_rhythm(scenario: Scenario, language: str, written: str) -> None:
    """Where the platform has pickers, the date is picked and the rhythm stands below; elsewhere it is one line."""
    frances = scenario.facilitator(language=language)
    await frances.says("/htg-host create")
    assert frances.window is not None
    if "starts.day.1" in frances.window.labels:
        frances.window.values.update({"starts.day.1": "2027-03-20", "starts.time.1": "18:00"})
        await frances.fills(title="Letting go", starts=written, zoom=LINK)
    else:
        await frances.fills(title="Letting go", starts=f"2027-03-20 18:00 {written}", zoom=LINK)
    days = ("20 March", "27 March", "3 April") if language == "en" else ("20 de marzo", "27 de marzo", "3 de abril")
    for day in days:
        frances.reads(day)
    said = frances.reads().text
    assert said.count("18:00") >= 3, "the hour stays though the clocks change between"


async def test_a_rhythm_that_does_not_fit_is_asked_about(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")
    await frances.fills(title="Letting go", starts="Dec 10 6pm, weekly, 4 times", zoom=LINK)
    frances.reads_an_error("starts", "A series has at most 3 parts.")
    await frances.fills(starts="Dec 11 6pm, every Thursday", zoom=LINK)
    frances.reads_an_error("starts", "“Dec 11 6pm, every Thursday” can mean")
    await frances.fills(starts="Dec 10 6pm, every Thursday, 2 times", zoom=LINK)
    frances.reads("Part 1 of 2", "Part 2 of 2")
    await frances.presses("Change")
    await frances.fills(starts="Dec 10 6pm, every two weeks", zoom=LINK)
    frances.reads("Thursday 7 January 2027")


async def test_a_three_part_series_is_planned_and_announced_with_little_typing(scenario: Scenario) -> None:
    """What is typed by hand: the command, the topic and the dates; the link is pasted, the rest is pressed."""
    frances = scenario.facilitator()
    command, title, starts = "/htg-host create", "Grief and Gratitude", "Dec 10 6pm weekly"
    typed = command + title + starts
    await frances.says(command)
    await frances.fills(title=title, starts=starts, zoom=LINK)
    await frances.presses("Publish")
    await frances.presses("Announce")
    await frances.picks("Gatherings")
    await scenario.bot.tick()
    frances.sees_in("gatherings", "Grief and Gratitude", "Part 3 of 3")
    assert len(typed) <= 60, "at 40 words a minute, 200 strokes, that is 18 seconds"
