"""A draft is marked where it can be meant, and is not offered where it cannot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.gatherings.model import Gathering, Plan, Status
from bot.members.model import Person
from bot.request import Call, Request
from bot.secrets import ZoomLink
from tests.conversations.conftest import SECRET, TONIGHT, Scenario
from tests.conversations.harness import Persona


async def test_drafts_are_found_and_discarded_in_one_place(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host drafts")
    frances.reads("There are no drafts.")
    link = ZoomLink(f"https://zoom.example/j/{SECRET}")
    series = [Plan("Letting go", TONIGHT + timedelta(days=n), "Europe/Madrid", link=link) for n in (1, 8, 15)]
    alone = Plan("Grief at work", TONIGHT + timedelta(days=2), "Europe/Madrid", link=link)
    await scenario.books(lambda uow: uow.gatherings.add(series, Status.DRAFT))
    await scenario.books(lambda uow: uow.gatherings.add([alone], Status.DRAFT))
    await scenario.gathering("Silence")
    scenario.clock.move_to(TONIGHT + timedelta(days=1, hours=3))
    await frances.says("/htg-host drafts")
    shown = frances.reads("Letting go · part 1 of 3", "This time has passed.", "Grief at work").text
    assert "Silence" not in shown
    assert "part 2 of 3" not in shown
    await frances.presses("Preview")
    frances.reads("A preview.")
    await frances.presses("Discard")
    frances.reads("is gone. Nobody had seen it.")
    await frances.presses("Drafts")
    await frances.presses("Discard")
    await frances.presses("Drafts")
    frances.reads("There are no drafts.")


async def test_a_draft_whose_time_has_passed_gets_another(scenario: Scenario) -> None:
    """It says so, and what it offers works: it was never held, and its link need not be pasted again."""
    frances = scenario.facilitator()
    draft = Plan("Grief at work", TONIGHT, "Europe/Madrid", link=ZoomLink(f"https://zoom.example/j/{SECRET}"))
    await scenario.books(lambda uow: uow.gatherings.add([draft], Status.DRAFT))
    await frances.says("/htg-host drafts")
    await frances.presses("Preview")
    before = frances.reads("It begins in 2 days")
    publish = next(each for each in before.buttons if each.label == "Publish")
    scenario.clock.move_to(TONIGHT + timedelta(days=1))
    await frances.press(before, publish)
    frances.reads("That is already past: Thursday 3 December, 18:00")
    await frances.presses("Change")
    assert frances.window is not None
    await frances.fills(facilitators="Bea")
    frances.reads_an_error("starts", "That is already past")
    await frances.says("/htg-host drafts")
    await frances.presses("Preview")
    late = frances.reads("That is already past: Thursday 3 December, 18:00")
    assert [each.label for each in late.buttons] == ["Change", "Doors and length", "Discard"]
    await frances.presses("Doors and length")
    await frances.fills(limit="12")
    frances.reads("A preview.", "the first 12 to come in")
    await frances.presses("Change")
    await frances.fills(starts="2026-12-10 18:00")
    frances.reads("It begins in 6 days")
    await frances.presses("Publish")
    frances.reads("is published; members can register.")


def offered(who: Persona) -> list[str]:
    return [choice.label.partition(" Thursday")[0].partition("\n")[0] for choice in who.reads().choices]


async def test_drafts_are_told_apart_in_menus(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await scenario.gathering("Letting go")
    draft = Plan("Grief at work", TONIGHT, "Europe/Madrid", link=ZoomLink(f"https://zoom.example/j/{SECRET}"))
    await scenario.books(lambda uow: uow.gatherings.add([draft], Status.DRAFT))
    await frances.says("/htg-host edit")
    assert {"Draft: Grief at work", "Letting go"} == set(offered(frances))
    for command in ("announce", "message", "roster", "doors"):
        await frances.says(f"/htg-host {command}")
        assert offered(frances) == ["Letting go"], command
    await frances.says("/htg-host doors grief")
    frances.reads("draft")
    organises = scenario.bot.dispatcher.config.home.places(frances.address.platform)
    asker = Person(frances.address, organises=organises)
    for name, several in (("host-edit", 2), ("host-doors", 1)):  # while they type
        request = Request(asker, Call(name), scenario.clock.now())
        assert len(await scenario.bot.dispatcher.choices(request, "gathering", "")) == several, name


@pytest.mark.parametrize(
    ("language", "publish", "change", "said"),
    [
        ("en", "Publish", "Change", "This gathering was changed meanwhile. As it is now:"),
        ("es", "Publicar", "Cambiar", "Este encuentro cambió mientras tanto. Ahora queda así:"),
    ],
)
async def test_a_preview_from_before_a_change_publishes_nothing_that_it_did_not_show(
    scenario: Scenario, language: str, publish: str, change: str, said: str
) -> None:
    frances = scenario.facilitator(language=language)
    await frances.says("/htg-host create")
    await frances.fills(title="Letting go", starts="2026-12-10 18:00", zoom="https://zoom.example/j/7")
    preview = frances.reads()
    pressed = next(each for each in preview.buttons if each.label == publish)
    await frances.presses(change)
    await frances.fills(title="Letting be")
    await frances.press(preview, pressed)
    frances.reads(said, "Letting be")
    assert [each.status for each in await _stored(scenario)] == [Status.DRAFT]
    await frances.presses(publish)
    frances.reads("Letting be")
    assert [(each.title, each.status) for each in await _stored(scenario)] == [("Letting be", Status.PUBLISHED)]


async def test_a_preview_of_two_parts_does_not_publish_the_one_that_is_left(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")
    starts = "2026-12-10 18:00\n2026-12-17 18:00"
    await frances.fills(title="Letting go", starts=starts, zoom="https://zoom.example/j/7")
    await frances.presses("Change")
    await frances.fills(title="Letting be")
    preview = frances.reads("Part 2 of 2")
    pressed = next(each for each in preview.buttons if each.label == "Publish")
    await frances.presses("Change")
    await frances.fills(starts="2026-12-10 18:00")
    await frances.press(preview, pressed)
    frances.reads("This gathering was changed meanwhile. As it is now:")
    assert [each.status for each in await _stored(scenario)] == [Status.DRAFT]


async def _stored(scenario: Scenario) -> list[Gathering]:
    return await scenario.books(lambda uow: uow.gatherings.hosted(scenario.clock.now(), limit=9))


async def test_two_may_write_at_one_draft(scenario: Scenario) -> None:
    frances, grace = scenario.facilitator(), scenario.facilitator("Grace")
    await frances.says("/htg-host create")
    starts = "2026-12-10 18:00\n2026-12-17 18:00\n2026-12-24 18:00"
    await frances.fills(title="Letting go", starts=starts, zoom="https://zoom.example/j/7")
    before = await _stored(scenario)
    for each in (frances, grace):
        await each.says(f"/htg-host edit {before[0].id}")
    await grace.fills(starts="2026-12-10 18:00\n2026-12-17 18:00")
    grace.reads("Part 2 of 2")
    await frances.fills(facilitators="Amal")
    frances.reads_an_error("starts", "Somebody else has changed this meanwhile. This is how it stands now.")
    await frances.fills()
    frances.reads("Part 2 of 2", "Amal")
    kept = await _stored(scenario)
    assert [each.id for each in kept] == [each.id for each in before[:2]], "it keeps its number"
    await frances.says(f"/htg-host edit {kept[0].id}")
    await frances.fills(starts="2026-12-10 18:00")
    (alone,) = await _stored(scenario)
    assert (alone.id, alone.is_part) == (before[0].id, False)
    await frances.presses("Change")
    await frances.fills(starts="2026-12-10 18:00\n2026-12-17 18:00")
    frances.reads("Part 1 of 2", "Part 2 of 2", "Amal")
    numbers = [each.id for each in await _stored(scenario)]
    links = await scenario.books(lambda uow: uow.gatherings.zoom_links(numbers))
    assert {link.reveal() for link in links.values()} == {"https://zoom.example/j/7"}
    assert len(links) == 2
