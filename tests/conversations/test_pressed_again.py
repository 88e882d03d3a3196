"""Buttons that were pressed before, forms that are short, and settings that hold at once."""

from __future__ import annotations

import pytest

from bot.gatherings.model import Status
from bot.members.model import Person
from tests.conversations.conftest import SECRET, TONIGHT, Scenario

LINK = f"https://zoom.us/j/{SECRET}?pwd={SECRET}\n{SECRET}-pass"


async def test_publishing_again_brings_no_cancelled_part_back(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")
    await frances.fills(title="Letting go", starts="2026-12-10 18:00\n2026-12-17 18:00", zoom=LINK)
    preview = frances.reads("A preview.")
    publish = next(each for each in preview.buttons if each.label == "Publish")
    await frances.press(preview, publish)
    await frances.says("/htg-host cancel 2")
    await frances.fills(note="")
    frances.reads("is cancelled")
    await frances.press(preview, publish)
    parts = await scenario.bot.storage.run(lambda uow: [uow.gatherings.get(number) for number in (1, 2)])
    assert [part and part.status for part in parts] == [Status.PUBLISHED, Status.CANCELLED]
    acts = await scenario.bot.storage.run(lambda uow: uow.audit.entries())
    assert [entry.act.kind.value for entry in acts].count("published") == 1


async def test_a_title_of_one_letter_is_a_title(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")
    await frances.fills(title="Ω", starts="2026-12-10 18:00", zoom=LINK)
    frances.reads("A preview.", "Ω")


async def test_one_gathering_is_left_with_one_button(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await scenario.gathering()
    await ada.says("/htg register 1")
    labels = [each.label for each in ada.reads("You are registered for Grief and Gratitude").buttons if not each.url]
    assert labels == ["Unregister"]


async def test_what_names_no_gathering_is_answered_kindly(scenario: Scenario) -> None:
    ada, frances = scenario.member("Ada"), scenario.facilitator()
    await frances.says("/htg-host create")
    await frances.fills(title="Secret plan", starts="2026-12-10 18:00", zoom=LINK)
    for number in (1, 99):  # a draft is nobody's business
        await ada.says(f"/htg unregister {number}")
        assert "Secret plan" not in ada.reads("You are not registered for").text


async def test_cancelling_the_rest_of_a_series_leaves_what_was(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    first, second, third = await scenario.series("Letting go", [TONIGHT.replace(day=day) for day in (3, 10, 17)])
    scenario.clock.move_to(second.starts_at.replace(hour=9))
    await frances.says(f"/htg-host cancel {third.id}")
    await frances.fills(note="Frances is ill.", which="all")
    frances.reads("cancelled")
    parts = await scenario.bot.storage.run(lambda uow: uow.gatherings.parts(first))
    assert [part.status for part in parts] == [Status.PUBLISHED, Status.CANCELLED, Status.CANCELLED]


@pytest.mark.everywhere
async def test_a_language_that_was_chosen_is_known_at_once(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await ada.says("/htg settings")
    await ada.fills(language="es")
    reader = scenario.bot.dispatcher.guess_locale(Person(ada.address, language="en"))
    assert reader.language == "es"
