"""A facilitator makes a gathering like an earlier one, with hardly a word typed."""

from __future__ import annotations

from datetime import timedelta

from bot.admission.model import DoorRule
from bot.unit_of_work import UnitOfWork
from tests.conversations.conftest import TONIGHT, Scenario

LINK = "https://zoom.example/j/77?pwd=abc"


async def test_a_past_series_is_copied_with_its_dates_moved_on_and_its_doors(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    rule = DoorRule(limit=40)
    await scenario.series(
        "Letting go", [TONIGHT + timedelta(days=7 * n) for n in range(3)], description="Gently.", door_rule=rule
    )
    scenario.clock.move_to(TONIGHT + timedelta(days=20))
    await frances.says("/htg-host copy letting")
    assert frances.window is not None
    assert frances.window.values["title"] == "Letting go"
    assert frances.window.values["description"] == "Gently."
    assert "2026-12-24 18:00" in frances.window.values["starts"]
    assert "2027-01-07 18:00" in frances.window.values["starts"]
    await frances.fills(zoom=LINK)
    frances.reads("A preview.", "Thursday 24 December", "40")
    await frances.presses("Publish")
    await ada.says("/htg register letting")
    ada.reads("You are registered for all three parts of Letting go")

    def read(uow: UnitOfWork) -> object:
        return [part.door_rule.limit for part in uow.gatherings.upcoming(scenario.clock.now(), limit=9)]

    assert await scenario.books(read) == [40, 40, 40]


async def test_without_a_title_the_newest_come_first(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host copy")
    frances.reads("There is no gathering to choose from yet.")
    await scenario.gathering("Grief at work")
    await scenario.gathering("Letting go", TONIGHT + timedelta(days=2))
    scenario.clock.move_to(TONIGHT + timedelta(days=9))
    await frances.says("/htg-host copy")
    assert [choice.label.partition(" ")[0] for choice in frances.reads().choices][:2] == ["Letting", "Grief"]
    await frances.picks("Grief at work")
    assert frances.window is not None
    assert frances.window.values["title"] == "Grief at work"
