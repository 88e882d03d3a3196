"""A draft is marked where it can be meant, and is not offered where it cannot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.gatherings.model import Plan, Status
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


@pytest.mark.parametrize(
    ("language", "publish", "change", "said", "drafts"),
    [
        ("en", "Publish", "Change", "There is no gathering with the number", "Drafts"),
        ("es", "Publicar", "Cambiar", "Ahora no hay ningún encuentro con el número", "Borradores"),
    ],
)
async def test_a_preview_from_before_a_change_leads_to_the_drafts(
    scenario: Scenario, language: str, publish: str, change: str, said: str, drafts: str
) -> None:
    frances = scenario.facilitator(language=language)
    await frances.says("/htg-host create")
    await frances.fills(title="Letting go", starts="2026-12-10 18:00", zoom="https://zoom.example/j/7")
    preview = frances.reads()
    pressed = next(each for each in preview.buttons if each.label == publish)
    await frances.presses(change)
    await frances.fills(title="Letting be")
    await frances.press(preview, pressed)
    frances.reads(said)
    await frances.presses(drafts)
    frances.reads("Letting be")
