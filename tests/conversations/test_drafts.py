"""A draft is marked where it can be meant, and is not offered where it cannot."""

from __future__ import annotations

from bot.gatherings.model import Plan, Status
from bot.secrets import ZoomLink
from tests.conversations.conftest import SECRET, TONIGHT, Scenario
from tests.conversations.harness import Persona


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
