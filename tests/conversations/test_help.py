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
