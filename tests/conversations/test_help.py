"""What the help offers: each what they may use."""

from __future__ import annotations

from tests.conversations.conftest import Scenario

ALSO = "As a facilitator you also have /htg-host help."


async def test_facilitators_are_told_that_they_have_more(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    await frances.says("/htg help")
    frances.reads("Gatherings of Healing Together", ALSO, "For example: /htg register 12")
    await ada.says("/htg help")
    assert ALSO not in ada.reads("Gatherings of Healing Together").text
    await frances.says("/htg-host help")
    assert ALSO not in frances.reads("For facilitators", "For example: /htg-host doors 12").text


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
