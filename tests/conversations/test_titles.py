"""A title that is typed means the gathering with this title: found however it is spelt, and never taken for another."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conversations.conftest import SECRET, TONIGHT, Scenario

MINUTE = timedelta(minutes=1)
SPELT = [
    ("Letting Go, Gently", "letting go gently"),
    ("Letting Go, Gently", "letting-go gently"),
    ("Grief and Gratitude", "grief & gratitude"),
    ("Grief & Gratitude", "grief y gratitude"),
    ("Grief circle", "grief."),
    ("Grief circle", "GRIEF CIRCLE!"),
    ("Grief circle", "the grief circle"),
    ("Círculo de duelo: ¿y ahora?", "círculo de duelo: y ahora?"),
    ("Círculo de duelo", "en el círculo de duelo"),
    ("Women’s Circle", "womens circle"),
    ("Womens Circle", "the women's circle"),
    ("The art of rest", "the art of rest"),
    ("Grief circle", "me for grief"),
    ("Grief circle", "grief 🙏🏽"),
    ("Grief 💔 circle", "grief circle"),
    ("Grief circle", "grief circle, please"),
    ("Grief circle", "grief circle, thank you so much"),
    ("Grief circle at work", "grief at work"),
    ("Círculo de duelo", "circulo de duelo por favor"),
    ("Grief circle", "1."),
    ("Grief circle", "no. 1"),
    ("Grief circle", "https://gatherings.example.org/gatherings/1"),
]


@pytest.mark.parametrize(("title", "typed"), SPELT)
async def test_a_title_is_found_however_it_is_spelt(scenario: Scenario, title: str, typed: str) -> None:
    ada, frances = scenario.member("Ada"), scenario.facilitator()
    await scenario.gathering(title)
    await scenario.gathering("Something else", TONIGHT + timedelta(days=1))
    await ada.says(f"/htg register {typed}")
    ada.reads(f"You are registered for {title}")
    await frances.says(f"/htg-host roster {typed}")
    frances.reads(title, "Ada")
    await ada.says(f"/htg join {typed}")
    ada.reads("The doors of", title)
    await ada.says(f"/htg cancel {typed}")
    ada.reads("no longer registered", title)


@pytest.mark.parametrize(
    ("language", "day", "other"),
    [("en", "thursday", "sunday"), ("en", "the one on thursday", "tomorrow"), ("es", "la del jueves", "mañana")],
)
async def test_a_gathering_is_named_by_its_day(scenario: Scenario, language: str, day: str, other: str) -> None:
    ada = scenario.member("Ada", language=language)
    await scenario.gathering("Grief circle")
    await scenario.gathering("Letting go", TONIGHT + timedelta(days=1))
    await ada.says("/htg register letting go")
    await ada.says(f"/htg register {day}")
    ada.reads("You are registered for Grief circle" if language == "en" else "Te has inscrito en Grief circle")
    await ada.says(f"/htg join {day}")
    ada.reads("Grief circle")
    for typed in (other, "greif", "circel"):
        await ada.says(f"/htg unregister {typed}")
        shown = ada.reads("Which gathering?" if language == "en" else "¿Qué encuentro?")
        assert any(each.label.startswith("Grief circle") for each in shown.choices)
    await ada.says(f"/htg unregister {day}")
    ada.reads("no longer registered for Grief" if language == "en" else "Has anulado tu inscripción en Grief")


@pytest.mark.parametrize("typed", ["leave the grief circle", "cancel my registration for grief circle"])
async def test_one_leaves_the_one_that_is_named_in_a_sentence(scenario: Scenario, typed: str) -> None:
    ada = scenario.member("Ada")
    for days, title in enumerate(("Grief circle", "Alone together", "A mother’s day")):
        await scenario.gathering(title, TONIGHT + timedelta(days=days))
        await ada.says(f"/htg register {title}")
    for sentence in ("leave me alone", "I can’t come, my mother died"):
        await ada.says(f"/htg {sentence}")
        ada.reads("Which gathering?")
    await ada.says(f"/htg {typed}")
    ada.reads("no longer registered", "Grief circle")


async def test_the_nearest_title_is_meant_and_an_article_counts_where_it_tells_apart(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    for days, title in enumerate(("Grief at work", "The grief circle", "Circle 10")):
        await scenario.gathering(title, TONIGHT + timedelta(days=days))
    await ada.says("/htg register the grief")
    ada.reads("You are registered for The grief circle")


@pytest.mark.parametrize("typed", ["paste 1", "the paste 1!", "paste 1?"])
async def test_who_asks_for_one_is_never_let_into_another(scenario: Scenario, typed: str) -> None:
    bo = scenario.member("Bo")
    await scenario.gathering("paste 1", TONIGHT - 15 * MINUTE)
    for title in ("Listening Circle", "paste 10"):
        await scenario.gathering(title)
        await bo.says(f"/htg register {title}")
    scenario.clock.move_to(TONIGHT)
    await bo.says("/htg join Listening Circle")
    bo.reads("Welcome, the doors are open.", "Listening Circle")
    for word in ("join", "register"):
        await bo.says(f"/htg {word} {typed}")
        shown = bo.reads("The doors of paste 1 closed at")
        assert SECRET not in repr(shown)
    await bo.says(f"/htg cancel {typed}")
    bo.reads("You are not registered for paste 1,")
    await bo.says("/htg mine")
    bo.reads("paste 10", "Listening Circle")


async def test_an_unknown_title_opens_no_door_but_names_the_open_one(scenario: Scenario) -> None:
    bo = scenario.member("Bo")
    await scenario.gathering("Alpha")
    await scenario.gathering("Beta", TONIGHT + timedelta(days=1))
    await bo.says("/htg register alpha")
    scenario.clock.move_to(TONIGHT)
    for label, greeting in (("Join", "Welcome, the doors are open."), ("Come back in", "Welcome back.")):
        await bo.says("/htg join nothing like this")
        shown = bo.reads("I did not find a gathering called “nothing like this”.")
        assert "Welcome" not in shown.text
        assert SECRET not in repr(shown)
        await bo.presses(label)
        bo.reads(greeting, "Alpha")


@pytest.mark.parametrize(
    ("language", "thanks", "no_thanks"),
    [
        ("en", "is over. Thank you for having been there.", "is over. Thank you for thinking of it."),
        ("es", "ha terminado. Gracias por haber estado.", "ha terminado. Gracias por haberlo tenido presente."),
    ],
)
async def test_of_what_is_over_it_is_said_so(scenario: Scenario, language: str, thanks: str, no_thanks: str) -> None:
    ada, bo = scenario.member("Ada", language=language), scenario.member("Bo", language=language)
    gathering = await scenario.gathering("paste 2")
    await scenario.gathering("Something else", TONIGHT + timedelta(days=1))
    await ada.says("/htg register paste 2")
    scenario.clock.move_to(TONIGHT)
    await ada.says("/htg join")
    scenario.clock.move_to(TONIGHT + timedelta(hours=5))
    for typed in ("join paste 2", f"join {gathering.id}"):
        await ada.says(f"/htg {typed}")
        ada.reads("paste 2", thanks)
    for typed in ("join paste 2", "register paste 2"):
        await bo.says(f"/htg {typed}")
        bo.reads("paste 2", no_thanks)


PARTS = [
    "letting go part 2", "part 2 of letting go", "letting go 2", "letting go (2/3)", "parte 2 de letting go",
    "Letting go (part 2 of 3)", "letting go, part 2/3",
]  # fmt: skip


@pytest.mark.parametrize("typed", PARTS)
async def test_a_part_is_known_by_its_name(scenario: Scenario, typed: str) -> None:
    ada, frances = scenario.member("Ada"), scenario.facilitator()
    await scenario.series("Letting go", [TONIGHT + timedelta(days=7 * number) for number in range(3)])
    await ada.says(f"/htg register {typed}")
    ada.reads("You are registered for all three parts of Letting go", "Only part 2")
    await frances.says(f"/htg-host roster {typed}")
    frances.reads("Letting go (part 2 of 3)", "Ada")
    scenario.clock.move_to(TONIGHT + timedelta(days=7))
    await ada.says(f"/htg join {typed}")
    ada.reads("Welcome, the doors are open.", "Letting go (part 2 of 3)")


async def test_a_number_alone_is_a_part_only_after_the_whole_title(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await scenario.series("Letting go", [TONIGHT + timedelta(days=7 * number) for number in range(3)])
    await ada.says("/htg register go 2")
    ada.reads("I did not find a gathering called “go 2”.")
    scenario.clock.move_to(TONIGHT + timedelta(hours=5))
    await ada.says("/htg join letting go part 1")
    ada.reads("Letting go (part 1 of 3) is over.")
