"""The part that was pressed or named is the part that is meant: each part of two and of three, wherever it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.gatherings.model import Gathering, Status
from bot.members.model import Person
from bot.request import Call, Request, decode
from bot.unit_of_work import UnitOfWork
from bot.views import CHOICE_LIMIT
from tests.conversations.conftest import TONIGHT, Scenario
from tests.conversations.harness import Control, Persona, Seen

PARTS = [(2, 1), (2, 2), (3, 1), (3, 2), (3, 3)]
LABELS = {2: "Register for both coming parts", 3: "Register for all 3"}
DAYS = ["Monday 7 December", "Monday 14 December", "Monday 21 December"]
MONDAY = TONIGHT + timedelta(days=4)

parts_of_each = pytest.mark.parametrize(("many", "n"), PARTS)


async def _series(scenario: Scenario, many: int) -> list[Gathering]:
    return await scenario.series("Letting go", [MONDAY + timedelta(weeks=week) for week in range(many)])


def _label(many: int, coming: int) -> str:
    return "Register for both parts" if many == coming == 2 else LABELS[coming]


def _button(persona: Persona, name: str, gathering: Gathering, message: Seen | None = None) -> tuple[Seen, Control]:
    """The newest button whose Call is this one, whatever its label says."""
    for seen in [message] if message else reversed(persona.seen()):
        for button in seen.buttons:
            call = decode(button.id.partition("#")[0]) if button.id else Call("none")
            if (call.name, call["gathering"]) == (name, str(gathering.id)):
                return seen, button
    raise AssertionError(f"{persona.name} sees no {name} for {gathering.id}")


async def _press(persona: Persona, name: str, gathering: Gathering, message: Seen | None = None) -> str:
    seen, button = _button(persona, name, gathering, message)
    await persona.press(seen, button)
    return button.label.partition(": ")[0]  # in a list it says of what, too


async def _registered(scenario: Scenario, persona: Persona, parts: list[Gathering]) -> set[int]:
    """The numbers of the parts that this person is registered for."""

    def read(uow: UnitOfWork) -> set[int]:
        member = uow.members.get_or_create(Person(persona.address), scenario.clock.now())
        return uow.registrations.among(member.id, [each.id for each in parts])

    found = await scenario.bot.storage.run(read)
    return {each.part for each in parts if each.id in found}


async def _only(scenario: Scenario, ada: Persona, parts: list[Gathering], n: int) -> None:
    """From a confirmation of all: the part that was meant is kept alone, and named with its day."""
    everything = {each.part for each in parts}
    assert await _registered(scenario, ada, parts) == everything
    labels = [each.label for each in ada.reads("You are registered for").buttons]
    assert [each for each in labels if each.startswith("Only")] == [f"Only part {n}, {DAYS[n - 1]}"]
    await ada.presses("Only part")
    ada.reads(f"part {n} of {len(parts)}", "You are no longer registered for the other parts.")
    assert await _registered(scenario, ada, parts) == {n}
    await ada.presses(_label(len(parts), len(parts)))
    assert await _registered(scenario, ada, parts) == everything
    await ada.presses("Unregister from all parts")
    ada.reads("You are no longer registered for Letting go. You are welcome back any time.")
    assert await _registered(scenario, ada, parts) == set()


@pytest.mark.parametrize(
    "typed",
    [
        *("Letting go (part 2 of 3)", "Letting go · part 2 of 3", "letting go part 2", "letting go parte 2"),
        *("letting go, part 2, please", "the second part of letting go", "letting go: session two", "part 2"),
        *("segunda parte de letting go por favor", DAYS[1]),
    ],
)
async def test_a_part_is_found_by_the_name_that_the_bot_gives_it(scenario: Scenario, typed: str) -> None:
    ada = scenario.member("Ada")
    parts = await _series(scenario, 3)
    await ada.says(f"/htg register {typed}")
    await _only(scenario, ada, parts, 2)
    await ada.says(f"/htg register {typed}")
    await ada.says(f"/htg unregister {typed}")
    ada.reads("You are no longer registered for Letting go (part 2 of 3)")
    assert await _registered(scenario, ada, parts) == {1, 3}
    await ada.says("/htg register letting go part 7")
    ada.reads("letting go part 7")


@pytest.mark.parametrize("typed", ["only part 2 of letting go", "solo la segunda parte de letting go, gracias"])
async def test_who_says_only_is_registered_for_that_part_alone(scenario: Scenario, typed: str) -> None:
    ada = scenario.member("Ada")
    parts = await _series(scenario, 3)
    await ada.says(f"/htg register {typed}")
    ada.reads("You are registered for Letting go · part 2 of 3")
    assert await _registered(scenario, ada, parts) == {2}
    await ada.says("/htg unregister all three parts of letting go")
    ada.reads("no longer registered for Letting go (part 2 of 3)")


@parts_of_each
async def test_registering_beside_a_part(scenario: Scenario, many: int, n: int) -> None:
    """From the list, the details, by its number, and by the choice that is offered while one types."""
    ada = scenario.member("Ada")
    parts = await _series(scenario, many)
    await ada.says("/htg list")
    assert await _press(ada, "register", parts[n - 1]) == _label(many, many)
    await _only(scenario, ada, parts, n)
    await ada.says("/htg list")
    await _press(ada, "details", parts[n - 1])
    assert await _press(ada, "register", parts[n - 1], ada.reads("Letting go")) == _label(many, many)
    await _only(scenario, ada, parts, n)
    await ada.says(f"/htg register {parts[n - 1].id}")
    await _only(scenario, ada, parts, n)
    request = Request(Person(ada.address), Call("register"), scenario.clock.now())
    offered = await scenario.bot.dispatcher.choices(request, "gathering", "letting")
    await ada.says(f"/htg register {offered[n - 1].value}")
    await _only(scenario, ada, parts, n)


@parts_of_each
async def test_registering_for_the_series_names_no_part(scenario: Scenario, many: int, n: int) -> None:
    """From its announcement, the details there, and by its title: every part is offered alone, none by itself."""
    ada = scenario.member("Ada")
    parts = await _series(scenario, many)
    await scenario.announced(parts[n - 1])
    post = ada.sees_in("gatherings", "Letting go")
    for way in ("post", "details", "title"):
        if way == "title":
            await ada.says("/htg register letting go")
        else:
            if way == "details":
                await _press(ada, "details", parts[n - 1], post)
            where = post if way == "post" else ada.reads("Letting go")
            assert await _press(ada, "register", parts[n - 1], where) == _label(many, many)
        assert await _registered(scenario, ada, parts) == set(range(1, many + 1))
        labels = [each.label for each in ada.reads("You are registered for").buttons]
        offered = [each for each in labels if each.startswith("Only")]
        assert offered == [f"Only part {each}, {DAYS[each - 1]}" for each in range(1, many + 1)]
        await ada.presses(f"Only part {n}")
        assert await _registered(scenario, ada, parts) == {n}
        await ada.presses("Unregister")
        assert await _registered(scenario, ada, parts) == set()


@parts_of_each
async def test_unregistering_from_a_part(scenario: Scenario, many: int, n: int) -> None:
    """From the list, my gatherings, the details, by its number and by the choice that is offered."""
    ada = scenario.member("Ada")
    parts = await _series(scenario, many)
    meant, others = parts[n - 1], {each.part for each in parts} - {n}

    async def gone(again: str) -> None:
        ada.reads(f"You are no longer registered for Letting go (part {n} of {many})", "still registered for the other")
        assert await _registered(scenario, ada, parts) == others
        assert "Unregister from all parts" in [each.label for each in ada.reads().buttons]
        await ada.says(again)
        ada.reads(f"You are not registered for Letting go (part {n} of {many})")
        await ada.says(f"/htg unregister {meant.id}")
        await ada.says(f"/htg register {meant.id}")

    await ada.says(f"/htg register {meant.id}")
    for command in ("list", "mine"):
        await ada.says(f"/htg {command}")
        assert await _press(ada, "unregister", meant, ada.reads()) == "Unregister"
        await gone(f"/htg unregister {meant.id}")
    await ada.says("/htg list")
    await _press(ada, "details", meant, ada.reads())
    assert await _press(ada, "unregister", meant, ada.reads()) == "Unregister"
    await gone(f"/htg unregister #{meant.id}")
    request = Request(Person(ada.address), Call("unregister"), scenario.clock.now())
    offered = await scenario.bot.dispatcher.choices(request, "gathering", "letting")
    await ada.says(f"/htg unregister {offered[n - 1].value}")
    await gone(f"/htg unregister {meant.id}")
    await ada.says(f"/htg unregister {meant.id}")
    await ada.presses("Register again")
    assert await _registered(scenario, ada, parts) == others | {n}
    await ada.says(f"/htg unregister {meant.id}")
    await ada.presses("Unregister from all parts")
    assert await _registered(scenario, ada, parts) == set()
    await ada.says(f"/htg unregister {meant.id}")
    assert "still registered" not in ada.reads("You are not registered for").text


@parts_of_each
async def test_a_title_that_means_a_series_asks_which_part(scenario: Scenario, many: int, n: int) -> None:
    ada = scenario.member("Ada")
    parts = await _series(scenario, many)
    everything = {each.part for each in parts}
    await ada.says(f"/htg register {parts[0].id}")
    await ada.says("/htg unregister letting")
    asked = ada.reads("Which part of Letting go do you mean?")
    assert await _registered(scenario, ada, parts) == everything
    expected = [f"Part {each}, {DAYS[each - 1]}" for each in range(1, many + 1)]
    assert [each.label for each in asked.buttons] == [*expected, "All parts"]
    await ada.presses(f"Part {n}")
    assert await _registered(scenario, ada, parts) == everything - {n}
    await ada.says("/htg unregister letting")
    if many == 3:
        ada.reads("Which part")
        await ada.presses("All parts")
    ada.reads("You are no longer registered for Letting go")
    assert await _registered(scenario, ada, parts) == set()
    for typed in ("letting", "letting go", "Letting go"):
        await ada.says(f"/htg unregister {typed}")
        assert not ada.reads("You are not registered for Letting go").choices


@parts_of_each
async def test_a_reminder_is_about_its_own_part(scenario: Scenario, many: int, n: int) -> None:
    ada, bob = scenario.member("Ada"), scenario.member("Bob")
    parts = await _series(scenario, many)
    await scenario.announced(parts[0])
    await ada.says(f"/htg register {parts[0].id}")
    scenario.clock.move_to(parts[n - 1].starts_at - timedelta(hours=1))
    await scenario.bot.tick()
    post = bob.sees_in("gatherings", f"part {n} of {many}") if n == 1 else None
    ada.hears_privately(f"part {n} of {many}")
    await ada.presses("I can’t come")
    ada.reads(f"You are no longer registered for Letting go (part {n} of {many})")
    assert await _registered(scenario, ada, parts) == {each.part for each in parts} - {n}
    await ada.presses("Register again")
    assert await _registered(scenario, ada, parts) == {each.part for each in parts}
    if post is not None:
        assert await _press(bob, "register", parts[n - 1], post) == _label(many, many)
        await _only(scenario, bob, parts, n)


@pytest.mark.everywhere
async def test_what_is_past_or_cancelled_is_not_counted(scenario: Scenario) -> None:
    ada, bob = scenario.member("Ada"), scenario.member("Bob")
    parts = await _series(scenario, 3)
    await scenario.announced(parts[0])
    post = ada.sees_in("gatherings", "Letting go")
    await bob.says(f"/htg register {parts[0].id}")
    scenario.clock.move_to(parts[0].ends_at + timedelta(days=1))
    await ada.says("/htg list")
    assert await _press(ada, "register", parts[2]) == "Register for both coming parts"
    assert await _registered(scenario, ada, parts) == {2, 3}
    await ada.presses(f"Only part 3, {DAYS[2]}")
    assert await _registered(scenario, ada, parts) == {3}
    await ada.presses("Register for both coming parts")
    await ada.presses("Unregister from all parts")
    await ada.presses("Register again")
    assert await _registered(scenario, ada, parts) == {2, 3}
    await ada.says(f"/htg unregister {parts[1].id}")
    # What was posted before the first part was over leads to those that are still coming.
    await _press(ada, "register", parts[0], post)
    ada.reads("You are registered for the coming parts of Letting go")
    await ada.presses("Only part 2")
    assert await _registered(scenario, ada, parts) == {2}
    await bob.says(f"/htg unregister {parts[0].id}")
    bob.reads("Letting go (part 1 of 3) is over, so there is nothing to undo.")
    await scenario.books(lambda uow: uow.gatherings.save(replace(_fresh(uow, parts[1]), status=Status.CANCELLED)))
    await ada.says("/htg list")
    assert await _press(ada, "register", parts[2]) == "Register for part 3, Mon 21 Dec"
    labels = [each.label for each in ada.reads("You are registered for Letting go", "part 3 of 3").buttons]
    assert not [each for each in labels if each.startswith(("Only", "Register", "Unregister from"))]


def _fresh(uow: UnitOfWork, gathering: Gathering) -> Gathering:
    found = uow.gatherings.get(gathering.id)
    assert found is not None
    return found


async def test_only_one_part_gives_up_what_was_registered_before_and_says_so(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    parts = await _series(scenario, 3)
    await ada.says(f"/htg register {parts[0].id}")
    await ada.presses("Only part 1")
    await ada.says("/htg list")
    assert await _press(ada, "register", parts[1]) == "Register for all 3"
    await ada.presses("Only part 2")
    ada.reads("You are no longer registered for the other parts.")
    assert await _registered(scenario, ada, parts) == {2}
    await ada.says(f"/htg unregister {parts[1].id}")
    await ada.presses("Register again")
    assert await _registered(scenario, ada, parts) == {2}


async def test_buttons_of_the_version_before_mean_what_they_can(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    parts = await _series(scenario, 3)

    async def presses(written: str) -> None:
        await ada.says("/htg list")
        await ada.press(ada.reads(), Control("an old one", written))

    await presses(f"register?gathering={parts[1].id}")
    assert await _registered(scenario, ada, parts) == {1, 2, 3}
    await presses(f"register?gathering={parts[2].id}&only=yes")
    assert await _registered(scenario, ada, parts) == {3}
    await presses(f"register?gathering={parts[0].id}&only=add")
    assert await _registered(scenario, ada, parts) == {1, 3}
    await presses(f"unregister?gathering={parts[0].id}&only=yes")
    assert await _registered(scenario, ada, parts) == {3}
    await presses(f"register?gathering={parts[1].id}")
    await presses(f"unregister?gathering={parts[1].id}")
    ada.reads("no longer registered for Letting go (part 2 of 3)")
    assert await _registered(scenario, ada, parts) == {1, 3}


async def test_parts_with_titles_of_their_own_are_named_by_them(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    parts = await _series(scenario, 3)
    titles = ["Anger", "Sadness", "Joy"]
    for each, title in zip(parts, titles, strict=True):
        await scenario.books(lambda uow, each=each, title=title: uow.gatherings.save(replace(each, title=title)))  # type: ignore[misc]
    await ada.says("/htg register sad")
    ada.reads("You are registered for all three parts")
    assert [each.label for each in ada.reads().buttons if each.label.startswith("Only")] == [f"Only part 2, {DAYS[1]}"]
    await ada.says("/htg unregister joy")
    ada.reads("You are no longer registered for Joy (part 3 of 3)")
    assert await _registered(scenario, ada, parts) == {1, 2}
    await ada.says("/htg unregister joy")
    ada.reads("You are not registered for Joy")


@pytest.mark.parametrize("typed", ["4711", "#4711", "knitting"])
async def test_what_nobody_knows_is_not_registered_for_either(scenario: Scenario, typed: str) -> None:
    ada = scenario.member("Ada")
    gathering = await scenario.gathering()
    for _ in range(2):
        await ada.says(f"/htg unregister {typed}")
        answer = ada.reads(f"You are not registered for “{typed}”")
        assert "find" not in answer.text
        assert not answer.choices
        await ada.says(f"/htg register {gathering.id}")


@pytest.mark.parametrize(
    ("command", "done"),
    [
        ("/htg register", "You are registered for The last one"),
        ("/htg register circ", "You are registered for Circle 25"),
        ("/htg-host doors", "The last one"),
        ("/htg-host copy", ""),
        ("/htg-host edit circ", ""),
    ],
)
async def test_a_menu_that_does_not_hold_everything_says_so_and_is_turned(
    scenario: Scenario, command: str, done: str
) -> None:
    frances = scenario.facilitator()
    for n in range(CHOICE_LIMIT):
        await scenario.gathering(f"Circle {n:02}", _at(n))
    await frances.says(command)
    assert "25 of" not in frances.reads("Which gathering?").text
    for n in range(CHOICE_LIMIT, CHOICE_LIMIT + 5):
        await scenario.gathering(f"Circle {n:02}", _at(n))
    await scenario.gathering("The last one", _at(CHOICE_LIMIT + 5))
    await frances.says(command)
    count = 30 if "circ" in command else 31
    assert len(frances.reads("Which gathering?", f"1–25 of {count}").choices) == CHOICE_LIMIT
    await frances.presses("Later ones")
    shown = frances.reads("Which gathering?", f"26–{count} of {count}")
    assert [button.label for button in shown.buttons] == ["Earlier ones"]
    assert len(shown.choices) == count - CHOICE_LIMIT
    await frances.presses("Earlier ones")
    frances.reads(f"1–25 of {count}")
    if done:
        await frances.presses("Later ones")
        await frances.picks("Circle 25" if "circ" in command else "The last one")
        frances.reads(done)


async def test_the_menu_of_ones_own_is_turned_too(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    for n in range(CHOICE_LIMIT + 1):
        last = await scenario.gathering(f"Circle {n:02}", _at(n))
        await ada.says(f"/htg register {last.id}")
    await ada.says("/htg unregister")
    ada.reads("1–25 of 26")
    await ada.presses("Later ones")
    await ada.picks(last.title)
    ada.reads(f"You are no longer registered for {last.title}")


def _at(days: int) -> datetime:
    return TONIGHT + timedelta(days=days)


async def test_what_is_offered_while_typing_says_when_there_is_more(scenario: Scenario) -> None:
    ada = scenario.member("Ada", language="es")
    for n in range(CHOICE_LIMIT + 1):
        last = await scenario.gathering(f"Circle {n:02}", _at(n))

    async def offered(typed: str) -> list[str]:
        request = Request(Person(ada.address, language="es"), Call("register"), scenario.clock.now())
        return [each.label for each in await scenario.bot.dispatcher.choices(request, "gathering", typed)]

    found = await offered("")
    assert len(found) == CHOICE_LIMIT
    assert found[-1] == "24 de 26: escribe una parte del título, o elige esto para verlos todos"
    assert await offered("circle 1") == [f"Circle {n}" for n in range(10, 20)]
    assert (await offered(str(last.id)))[0] == last.title
    await ada.says("/htg register …")
    ada.reads("1–25 de 26")
