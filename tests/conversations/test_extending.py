"""A part is added to what is published: whoever takes all parts is asked, once, and takes it or leaves it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.gatherings.model import Gathering
from bot.unit_of_work import UnitOfWork
from tests.conversations.conftest import TONIGHT, Scenario
from tests.conversations.harness import Persona

WEEK = timedelta(days=7)


async def two_parts(scenario: Scenario) -> list[Gathering]:
    return await scenario.series("Letting go", [TONIGHT, TONIGHT + WEEK])


async def extend(frances: Persona, words: str = "letting") -> None:
    await frances.says(f"/htg-host extend {words}")
    await frances.fills()


async def registered(scenario: Scenario, part: Gathering) -> int:
    def read(uow: UnitOfWork) -> int:
        return len(uow.registrations.roster(uow.gatherings.parts(part)[-1].id))

    found = await scenario.books(read)
    assert isinstance(found, int)
    return found


async def test_those_who_take_all_parts_are_asked_once(scenario: Scenario) -> None:
    frances, ada, bob = scenario.facilitator(), scenario.member("Ada"), scenario.member("Bob")
    parts = await two_parts(scenario)
    await scenario.announced(parts[0])
    await ada.says("/htg register letting")
    await bob.says("/htg register letting")
    await bob.presses(f"Only part 1, {TONIGHT:%A} {TONIGHT.day}")
    await frances.says("/htg-host extend letting")
    assert frances.window is not None
    assert "2026-12-17 18:00" in frances.window.values["starts"]
    await frances.fills(starts="Dec 18 6pm")
    frances.reads(
        "Letting go, part 3 of 3: Friday 18 December 2026, 18:00 (Madrid time), in 17 days",
        "1 person who takes all parts will be asked whether they want it. Nobody has been asked yet.",
    )
    await scenario.bot.tick()
    ada.hears_nothing()
    await frances.presses("Add it and ask them")
    frances.reads("Letting go (part 3 of 3)", "is added", "1 person is being asked", "changed in place")
    assert await registered(scenario, parts[0]) == 0
    await scenario.bot.tick()
    ada.hears_privately(
        "Letting go goes on with part 3 of 3: Friday 18 December", "You are registered for the other parts"
    )
    ada.sees_in("gatherings", "Friday 18 December")
    bob.hears_nothing()
    await frances.presses("Add it and ask them")
    frances.reads("is there already. Nobody is asked again.")
    await scenario.bot.tick()
    ada.hears_nothing()
    await ada.presses("Register for part 3")
    ada.reads("You are registered for Letting go · part 3 of 3, Friday 18 December")
    assert await registered(scenario, parts[0]) == 1
    await bob.says("/htg list")
    bob.reads("part 3 of 3")


async def test_the_new_part_is_left_out_and_taken_after_all(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada", language="es")
    parts = await two_parts(scenario)
    await ada.says("/htg register letting")
    await extend(frances)
    await frances.presses("Add it and ask them")
    await scenario.bot.tick()
    ada.hears_privately("Letting go continúa con la parte 3 de 3: jueves 17 de diciembre")
    await ada.presses("Sin la parte 3")
    ada.reads("No tienes inscripción en Letting go (parte 3 de 3)", "tus otras partes siguen")
    assert await registered(scenario, parts[0]) == 0
    await ada.presses("Inscribirme en la parte 3")
    assert await registered(scenario, parts[0]) == 1
    await ada.presses("Sin la parte 3")
    ada.reads("Tienes tu inscripción")
    assert await registered(scenario, parts[0]) == 1


async def test_one_evening_becomes_a_series_and_no_more_than_three(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    first = await scenario.gathering("Letting go")
    await ada.says("/htg register letting")
    await frances.says("/htg-host extend letting")
    await frances.fills(starts="2026-12-03 19:00")
    frances.reads_an_error("starts", "It has to begin after the last part has ended: Thursday 3 December 2026, 19:30")
    await frances.fills(starts="tomorow")
    frances.reads_an_error("starts", "I could not read “tomorow”")
    await frances.fills(starts="1/2/2027 6pm")
    frances.reads_an_error("starts", "Please choose the one you mean, or write it.")
    await frances.fills(starts="2026-12-10 18:00")
    frances.reads("part 2 of 2")
    await frances.presses("Change")
    assert frances.window is not None
    assert "2026-12-10 18:00" in frances.window.values["starts"]
    await frances.fills()
    await frances.presses("Add it and ask them")
    await scenario.bot.tick()
    ada.hears_privately("part 2 of 2")
    await ada.says("/htg mine")
    ada.reads("Letting go · part 1 of 2")
    await extend(frances)
    frances.reads("part 3 of 3")
    await frances.presses("Add the part")
    await extend_refused(frances)

    def links(uow: UnitOfWork) -> list[str]:
        stored = uow.gatherings.get(first.id)
        assert stored is not None
        found = uow.gatherings.zoom_links([part.id for part in uow.gatherings.parts(stored)])
        return [link.reveal() for link in found.values()]

    found = await scenario.books(links)
    assert isinstance(found, list)
    assert (len(found), len(set(found))) == (3, 1), "each part has the link that was pasted"


async def extend_refused(frances: Persona) -> None:
    await frances.says("/htg-host extend letting")
    frances.reads("Letting go has 3 parts, and that is as many as a series can have.")


async def test_what_was_cancelled_or_left_meanwhile_asks_nobody(scenario: Scenario) -> None:
    frances, ada, bob = scenario.facilitator(), scenario.member("Ada"), scenario.member("Bob")
    parts = await two_parts(scenario)
    for each in (ada, bob):
        await each.says("/htg register letting")
    await extend(frances)
    await frances.presses("Add it and ask them")
    await ada.says("/htg unregister letting")
    await ada.presses("All parts")
    ada.reads("You are no longer registered")
    await scenario.bot.tick()
    ada.hears_nothing()
    bob.hears_privately("part 3 of 3")

    def newest(uow: UnitOfWork) -> int:
        return uow.gatherings.parts(parts[0])[-1].id

    new = await scenario.books(newest)
    await frances.says(f"/htg-host cancel {new}")
    await frances.fills(note="", which="this")
    await bob.presses("Register for part 3")
    bob.reads("was cancelled")
    await bob.presses("Leave part 3 out")
    bob.reads("You are not registered for Letting go (part 3 of 3)")


async def test_who_has_left_the_other_parts_meanwhile_reads_nothing_of_them(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    await two_parts(scenario)
    await ada.says("/htg register letting")
    await extend(frances)
    await frances.presses("Add it and ask them")
    await scenario.bot.tick()
    ada.hears_privately("part 3 of 3")
    await ada.says("/htg unregister letting")
    await ada.presses("All parts")
    await ada.presses("Leave part 3 out")
    assert "your other parts" not in ada.reads("You are not registered for Letting go (part 3 of 3).").text


async def test_who_gave_up_one_of_the_coming_parts_is_not_asked(scenario: Scenario) -> None:
    frances, ada, bob = scenario.facilitator(), scenario.member("Ada"), scenario.member("Bob")
    parts = await two_parts(scenario)
    for each in (ada, bob):
        await each.says("/htg register letting")
    await extend(frances)
    await frances.presses("Add it and ask them")
    await ada.says(f"/htg unregister {parts[1].id}")
    await ada.presses("Only part 2")
    await scenario.bot.tick()
    ada.hears_nothing()
    bob.hears_privately("part 3 of 3")


@pytest.mark.parametrize("change", ["edit", "cancel"])
async def test_a_series_that_was_changed_meanwhile_is_shown_again(scenario: Scenario, change: str) -> None:
    frances, gina, ada = scenario.facilitator(), scenario.facilitator("Gina"), scenario.member("Ada")
    parts = await two_parts(scenario)
    await ada.says("/htg register letting")
    await extend(frances)
    await gina.says(f"/htg-host {change} {parts[1].id}")
    await gina.fills(**({"title": "Letting be"} if change == "edit" else {"note": "", "which": "all"}))
    await frances.presses("Add it and ask them")
    if change == "edit":
        frances.reads("This gathering was changed meanwhile.", "Letting be, part 3 of 3")
        await frances.presses("Add it and ask them")
        frances.reads("is added")
    else:
        frances.reads("Letting go was cancelled, so no part can be added to it.")


async def test_a_draft_is_not_extended_but_changed(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")
    await frances.fills(title="Letting go", starts="2026-12-10 18:00", zoom="https://zoom.example/j/7")
    await frances.says("/htg-host extend letting")
    frances.reads("is still a draft. Publish it first.")


@pytest.mark.parametrize(("language", "asked"), [("en", "Letting go, part 3 of 3"), ("es", "Letting go, parte 3 de 3")])
async def test_the_evening_of_a_cancelled_part_is_free_again(scenario: Scenario, language: str, asked: str) -> None:
    frances = scenario.facilitator(language=language)
    parts = await two_parts(scenario)
    await frances.says(f"/htg-host cancel {parts[1].id}")
    await frances.fills(note="", which="this")
    await frances.says("/htg-host extend letting")
    assert frances.window is not None
    assert "2026-12-10 18:00" in frances.window.values["starts"]
    await frances.fills(starts="2026-12-03 19:00")
    frances.reads_an_error("starts", "19:30 (")
    await frances.fills(starts="2026-12-10 18:00")
    frances.reads(asked)
    label = "Add the part" if language == "en" else "Añadir la parte"
    await frances.presses(label)
    frances.reads("3", "10")
    await frances.presses(label)
    frances.reads("is there already" if language == "en" else "ya está")
