"""A full house, with Zoom connected: one waits in order, and is told when a place is free, or that none will be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.admission import waiting
from bot.admission.model import DoorRule
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.meetings.model import Meeting, MeetingState
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from bot.views import Link
from tests.conversations.conftest import SECRET, TONIGHT, Scenario
from tests.conversations.harness import Control, Persona

NUMBER = "81234567890"


async def full_house(
    scenario: Scenario, *names: str, parts: int = 1, language: str = "en"
) -> tuple[Gathering, list[Persona]]:
    """One place; all have registered and have links of their own. The first one took the place; it has begun."""
    starts = [TONIGHT + timedelta(weeks=week) for week in range(parts)]
    gathering = (await scenario.series("Grief and Gratitude", starts, link=None, door_rule=DoorRule(limit=1)))[0]
    await scenario.gathering("Letting go", TONIGHT + timedelta(days=1))
    people = [scenario.member(name, language=language) for name in names]
    for person in people:
        await person.says(f"/htg register {gathering.id}")

    def at_zoom(uow: UnitOfWork) -> None:
        uow.meetings.save(Meeting(gathering.id, NUMBER, MeetingState.STANDS, gathering.revision))
        numbers = [pass_.registration for pass_ in uow.meetings.passes(gathering.id)]
        links = {one: (f"R{one}", ZoomLink(f"https://zoom.example/w/{NUMBER}?tk={SECRET}-{one}")) for one in numbers}
        uow.meetings.issue_passes(gathering.id, links)
        uow.meetings.record_started(gathering.id, TONIGHT)
        uow.meetings.heard(NUMBER, TONIGHT)

    scenario.clock.move_to(TONIGHT)
    await scenario.books(at_zoom)
    await people[0].says(f"/htg join {gathering.id}")
    assert SECRET in people[0].link_out()
    return gathering, people


async def passes(scenario: Scenario, gathering: Gathering, **length: float) -> None:
    """Time goes by; what the reconciler does at Zoom is done, and what is due is told."""
    scenario.clock.advance(**length)
    now = scenario.clock.now()

    def work(uow: UnitOfWork) -> None:
        meeting = uow.meetings.get(gathering.id)
        assert meeting is not None
        waiting.update_places(uow, meeting, scenario.config.unused_places, now)
        ended = [one for one in uow.meetings.passes(gathering.id) if one.returning or not one.registered]
        uow.meetings.end_passes([one.registration for one in ended])

    await scenario.books(work)
    await scenario.bot.tick()


@pytest.fixture
def unused_places() -> timedelta:
    return timedelta(minutes=3)


@pytest.fixture
def config(unused_places: timedelta) -> Config:
    return Config(
        per_minute={},
        unused_places=unused_places,
        contact=Link("ada@example.org", "mailto:ada@example.org"),
        support={"": ("A line of help: 116 123",)},
    )


@pytest.mark.parametrize("unused_places", [timedelta(0)])
async def test_where_no_place_returns_nobody_is_asked_to_wait(scenario: Scenario) -> None:
    gathering, (ada, bo) = await full_house(scenario, "Ada", "Bo")
    for typed in ("/htg join", f"/htg join {gathering.id}"):
        await bo.says(typed)
        shown = bo.reads("Grief and Gratitude is full", "The next gathering is Letting go")
        assert not [button for button in shown.buttons if "Wait" in button.label]
    await bo.press(shown, Control("an old one", f"wait?gathering={gathering.id}"))
    bo.reads("Grief and Gratitude is full", "The next gathering is Letting go")
    assert not await scenario.books(lambda uow: uow.places.waiting(gathering.id))
    await bo.says("/htg list")
    assert "Join" not in [button.label.partition(":")[0] for button in bo.reads("It is full.").buttons]
    await ada.says("/htg join")
    ada.reads("Welcome back.")


async def test_waiting_by_a_title_that_somebody_wrote_asks_which_one_is_meant(scenario: Scenario) -> None:
    """No button of ours does: an id can be forged."""
    ada = scenario.member("Ada")
    await scenario.gathering(title="Grief and Gratitude")
    await ada.says("/htg list")
    for act in ("", "&act=leave"):
        await ada.press(ada.reads(), Control("forged", f"wait?gathering=tomorrow{act}"))
        assert "reference" not in ada.reads("Grief and Gratitude").text


FULL = {
    "en": ("You can register now, and then wait for a place.", "You are registered for", "is full at the moment"),
    "es": (
        "Puedes inscribirte ahora, y después esperar una plaza.",
        "Te has inscrito",
        "completo en este momento",
    ),
}


@pytest.mark.everywhere
@pytest.mark.parametrize(("language", "way"), [("en", "register"), ("es", "join"), ("en", "list")])
async def test_a_newcomer_registers_at_a_full_house_and_waits(scenario: Scenario, language: str, way: str) -> None:
    offered, registered, full = FULL[language]
    wait, register = ("Wait", "Register") if language == "en" else ("Esperar", "Inscribirme")
    gathering, _ = await full_house(scenario, "Ada")
    dee = scenario.member("Dee", language=language)
    if way == "list":
        await dee.says("/htg list")
        await dee.presses(register)
    elif way == "join":
        await dee.says(f"/htg join {gathering.id}")
        dee.reads(offered)
        await dee.presses(register)
    else:
        await dee.says(f"/htg register {gathering.id}")
    dee.reads(registered, full)
    await dee.presses(wait)
    queue = await scenario.bot.storage.run(lambda uow: uow.places.waiting(gathering.id))
    assert len(queue) == 1
    await dee.says(f"/htg register {gathering.id}")
    assert full not in dee.reads(registered).text, "who waits already reads how it stands"


@pytest.mark.parametrize("unused_places", [timedelta(0)])
@pytest.mark.parametrize("language", ["en", "es"])
async def test_where_no_place_returns_a_newcomer_gets_the_no_of_the_door(scenario: Scenario, language: str) -> None:
    gathering, _ = await full_house(scenario, "Ada")
    dee = scenario.member("Dee", language=language)
    said = {"en": ("is full: the one place is taken", "The next gathering is Letting go")}
    said["es"] = ("la única plaza está ocupada", "Letting go")
    answers = []
    for word in ("register", "join"):
        await dee.says(f"/htg {word} {gathering.id}")
        answers.append(dee.reads(*said[language], "ada@example.org", "116 123").text)
    assert answers[0] == answers[1]


@pytest.mark.everywhere
async def test_the_place_of_who_does_not_come_goes_to_who_waits(scenario: Scenario) -> None:
    gathering, (ada, bo, cy) = await full_house(scenario, "Ada", "Bo", "Cy")
    await bo.says("/htg join")
    bo.reads("Grief and Gratitude is full at the moment: the one place is taken.", "You can wait for one")
    await bo.presses("Wait for a place")
    bo.reads("You are waiting for a place in Grief and Gratitude.", "You are next.")
    await cy.says(f"/htg join {gathering.id}")
    await cy.presses("Wait for a place")
    cy.reads("1 person is before you.")
    for looks in ("/htg list", "/htg mine"):
        await cy.says(looks)
        cy.reads("You are waiting for a place.")
    await cy.presses("Look again")
    cy.reads("1 person is before you.")
    await bo.says("/htg join")
    bo.reads("You are next.")
    frances = scenario.facilitator()
    await frances.says(f"/htg-host doors {gathering.id}")
    frances.reads("Full", "2 waiting for a place")
    for seconds in (180, 5, 35):
        await passes(scenario, gathering, seconds=seconds)
    bo.hears_privately("A place in Grief and Gratitude is free, and it is yours.", "It is kept for you until")
    await bo.presses("Join")
    bo.reads("Welcome")
    assert SECRET in bo.link_out()
    await ada.says("/htg join")
    ada.reads("your place in Grief and Gratitude went to somebody who was waiting")
    await ada.presses("Wait for a place")
    ada.reads("1 person is before you.")
    await ada.presses("Stop waiting")
    ada.reads("You are no longer waiting for a place")


@pytest.mark.everywhere
@pytest.mark.parametrize("language", ["en", "es"])
async def test_whose_turn_comes_is_met_as_somebody_new(scenario: Scenario, language: str) -> None:
    said = {
        "en": ("and a place is yours", "Join", "Welcome, the doors are open.", "Please go in soon", "already in"),
        "es": ("y una plaza es tuya", "Entrar", "las puertas están abiertas", "Entra pronto", "ya habías entrado"),
    }
    has_place, join, welcome, soon, was_in = said[language]
    gathering, (_, bo) = await full_house(scenario, "Ada", "Bo", language=language)
    await bo.says(f"/htg join {gathering.id}")
    await bo.presses("Wait for a place" if language == "en" else "Esperar una plaza")
    for seconds in (180, 5, 35):
        await passes(scenario, gathering, seconds=seconds)
    await bo.says(f"/htg register {gathering.id}")
    assert [button.label for button in bo.reads(has_place).buttons] == [join]
    for looks in ("list", "mine"):
        await bo.says(f"/htg {looks}")
        assert bo.reads().buttons[0].label.startswith(join)
    await bo.says("/htg join")
    bo.reads(welcome, soon)
    await scenario.books(lambda uow: uow.meetings.record_seen(NUMBER, _registrant(uow, gathering), TONIGHT))
    await bo.says(f"/htg register {gathering.id}")
    bo.reads(was_in)


async def test_a_place_that_was_freed_can_be_passed_on_at_once(scenario: Scenario) -> None:
    gathering, (ada, bo, cy) = await full_house(scenario, "Ada", "Bo", "Cy")
    for person in (bo, cy):
        await person.says(f"/htg join {gathering.id}")
        await person.presses("Wait for a place")
    await ada.says(f"/htg unregister {gathering.id}")
    for seconds in (5, 5, 35):
        await passes(scenario, gathering, seconds=seconds)
    bo.hears_privately("is free, and it is yours")
    await bo.presses("I can’t come")
    bo.reads("Your place in Grief and Gratitude goes to somebody who waits for one.")
    for seconds in (5, 5, 35):
        await passes(scenario, gathering, seconds=seconds)
    cy.hears_privately("is free, and it is yours")


async def test_only_one_part_of_a_series_gives_up_a_turn_at_another_that_is_full(scenario: Scenario) -> None:
    gathering, (ada, bo) = await full_house(scenario, "Ada", "Bo", parts=3)
    await bo.says(f"/htg join {gathering.id}")
    await bo.presses("Wait for a place")
    dee = scenario.member("Dee")
    await dee.says(f"/htg register {gathering.id}")
    shown = dee.reads("You are registered for all three parts", "is full at the moment")
    assert [each.label for each in shown.buttons if each.label.startswith(("Only", "Unregister"))] == [
        "Only part 1, Thursday 3 December",
        "Unregister from all parts",
    ]
    await dee.presses("Only part 1")
    dee.reads("You are no longer registered for the other parts.", "is full at the moment")
    assert "Unregister" in [each.label for each in dee.reads().buttons]
    await dee.presses("Wait for a place")
    for persona in (ada, bo, dee):
        await persona.press(
            persona.seen()[-1], Control("an old one", f"register?gathering={gathering.id + 1}&only=yes")
        )
        persona.reads("part 2 of 3", "You are no longer registered for the other parts.")
    assert not await scenario.books(lambda uow: uow.places.waiting(gathering.id))
    await bo.says("/htg mine")
    assert "part 1 of 3" not in bo.reads("part 2 of 3").text
    await ada.says("/htg join")
    assert SECRET in ada.link_out(), "who is inside stays registered there"


@pytest.mark.everywhere
async def test_as_the_doors_close_whoever_waits_hears_of_the_next(scenario: Scenario) -> None:
    gathering, (_, bo) = await full_house(scenario, "Ada", "Bo")
    await bo.says(f"/htg join {gathering.id}")
    await bo.presses("Wait for a place")
    await scenario.books(lambda uow: uow.meetings.record_seen(NUMBER, _registrant(uow, gathering), TONIGHT))
    await passes(scenario, gathering, minutes=10)
    bo.hears_privately("The doors of Grief and Gratitude have closed", "Thank you for waiting.", "Letting go")
    await bo.says(f"/htg join {gathering.id}")
    bo.reads("We keep the circle undisturbed")


def _registrant(uow: UnitOfWork, gathering: Gathering) -> str:
    return min(one.registrant for one in uow.meetings.passes(gathering.id) if one.admitted)
