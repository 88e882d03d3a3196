"""A facilitator plans: with whom, on which days, with hardly a word typed."""

from __future__ import annotations

from tests.conversations.conftest import SECRET, Scenario

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
