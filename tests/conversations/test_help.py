"""What the help offers: each what they may use."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Scenario

ALSO = "As a facilitator you also have /htg-host help."


@pytest.mark.everywhere
async def test_facilitators_are_told_that_they_have_more(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    await frances.says("/htg help")
    frances.reads("Gatherings of Healing Together", ALSO)
    await ada.says("/htg help")
    assert ALSO not in ada.reads("Gatherings of Healing Together").text
    await frances.says("/htg-host help")
    assert ALSO not in frances.reads("For facilitators").text


@pytest.mark.everywhere
async def test_the_example_is_a_gathering_that_is_there(scenario: Scenario) -> None:
    ada, frances = scenario.member("Ada"), scenario.facilitator()
    await ada.says("/htg help")
    assert "For example" not in ada.reads("Gatherings of Healing Together").text
    await scenario.gathering("Letting go")
    await ada.says("/htg help")
    ada.reads("For example: /htg register Letting go")
    await frances.says("/htg-host help")
    frances.reads("For example: /htg-host doors Letting go")
    await ada.says("/htg register Letting go")
    ada.reads("You are registered")


@pytest.mark.everywhere
async def test_an_unknown_word_costs_one_line_and_two_buttons(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await scenario.gathering("Letting go")
    await ada.says("/htg regsterr")
    answer = ada.reads("I do not know “regsterr”. Did you mean /htg register?")
    assert [button.label for button in answer.buttons] == ["Register for a gathering or a series", "What I can do"]
    await ada.presses("Register for a gathering or a series")
    ada.reads("Which gathering?")
    await ada.says("/htg xyzzy")
    answer = ada.reads("I do not know “xyzzy”.")
    assert [button.label for button in answer.buttons] == ["Upcoming gatherings", "What I can do"]
    await ada.presses("What I can do")
    ada.reads("Gatherings of Healing Together")


async def test_a_facilitators_word_is_offered_to_facilitators_alone(scenario: Scenario) -> None:
    ada, frances = scenario.member("Ada"), scenario.facilitator()
    await ada.says("/htg create")
    assert "htg-host" not in ada.reads("I do not know “create”.").text
    await frances.says("/htg create")
    frances.reads("Did you mean /htg-host create?")


async def test_the_list_offers_to_leave_what_one_is_registered_for_and_to_come_to_the_rest(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    for title in ("Grief at work", "Letting go"):
        await scenario.gathering(title)
    await ada.says("/htg register 1")
    await ada.says("/htg list")
    shown = ada.reads("Grief at work", "You are registered.", "Letting go")
    assert [button.label.partition(":")[0] for button in shown.buttons] == [
        "Unregister",
        "Details",
        "Register",
        "Details",
    ]


async def test_reminders_are_enumerated_as_one_speaks(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await ada.says("/htg settings")
    await ada.fills()
    assert "24 hours, 1 hour and 10 minutes" in ada.reads().text
