"""A season in numbers, as facilitators read it."""

from __future__ import annotations

from datetime import timedelta

from tests.conversations.conftest import TONIGHT, Scenario


async def test_a_season_by_month_and_by_topic(scenario: Scenario) -> None:
    frances, ada, bo = scenario.facilitator(), scenario.member("Ada"), scenario.member("Bo")
    await frances.says("/htg-host season")
    frances.reads("No gathering has taken place yet.")
    evenings = [
        ("Letting go", TONIGHT),
        ("Letting go", TONIGHT + timedelta(days=7)),
        ("Silence", TONIGHT.replace(year=2027)),
    ]
    for number, (title, at) in enumerate(evenings, start=1):
        await scenario.gathering(title, at)
        await ada.says(f"/htg register {number}")
        if number > 1:
            await bo.says(f"/htg register {number}")
        scenario.clock.move_to(at)
        await ada.says(f"/htg join {number}")
        await scenario.bot.passes(hours=3)
    await frances.says("/htg-host season")
    read = frances.reads(
        "The season by month",
        "December 2026",
        "2 gatherings · 3 registered · 2 came in · 1 for the first time · 1 came again",
        "December 2027",
        "1 gathering · 2 registered · 1 came in",
    ).text
    assert read.index("December 2027") < read.index("December 2026"), "the latest first"
    assert "Ada" not in read
    assert "logged in" not in read, "nobody says so without Zoom"
    await frances.presses("By topic")
    frances.reads("The season by topic", "Letting go", "2 gatherings · 3 registered", "Silence")
    scenario.clock.move_to(scenario.clock.now() + timedelta(days=399))
    await scenario.bot.passes(days=1)
    await frances.says("/htg-host stats")
    frances.reads("2 gatherings · 3 registered · 2 came in · 1 for the first time · 1 came again")


async def test_who_is_forgotten_the_same_evening_stays_counted(scenario: Scenario) -> None:
    frances, ada, bo = scenario.facilitator(), scenario.member("Ada"), scenario.member("Bo")
    for number, (title, at) in enumerate([("Silence", TONIGHT - timedelta(hours=3)), ("Letting go", TONIGHT)], start=1):
        await scenario.gathering(title, at)
        for persona in (ada, bo):
            await persona.says(f"/htg register {number}")
    for number, at in ((1, TONIGHT - timedelta(hours=3)), (2, TONIGHT)):
        scenario.clock.move_to(at)
        for persona in (ada, bo):
            await persona.says(f"/htg join {number}")
    scenario.clock.move_to(TONIGHT + timedelta(hours=2))
    await ada.says("/htg privacy")
    await ada.presses("Forget me")
    await ada.presses("Forget me for good")
    for _ in range(2):
        await frances.says("/htg-host season")
        frances.reads("2 gatherings · 4 registered · 4 came in · 2 for the first time · 2 came again")
        await scenario.bot.passes(days=2)


async def test_the_season_is_for_facilitators_alone(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await ada.says("/htg-host season")
    ada.reads("That is for facilitators")
