"""Lists that are longer than one message: every entry can be reached, and no page leads nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.views import ITEM_LIMIT
from tests.conversations.conftest import TONIGHT, Scenario
from tests.conversations.harness import Persona

pytestmark = pytest.mark.everywhere

LATER, EARLIER = "Later ones", "Earlier ones"


async def fill(scenario: Scenario, count: int) -> list[str]:
    titles = [f"Evening no. {number:02}" for number in range(1, count + 1)]
    for number, title in enumerate(titles):
        await scenario.gathering(title, TONIGHT + timedelta(days=number))
    return titles


def shown(person: Persona, titles: Sequence[str]) -> list[str]:
    text = person.reads().text
    return [title for title in titles if title in text]


def leads_to(person: Persona) -> set[str]:
    return {button.label for button in person.reads().buttons} & {LATER, EARLIER}


@pytest.mark.parametrize("command", ["list", "mine"])
async def test_what_does_not_fit_is_on_the_next_page(scenario: Scenario, command: str) -> None:
    ada = scenario.member("Ada")
    titles = await fill(scenario, ITEM_LIMIT)
    for number in range(1, ITEM_LIMIT + 1):
        await ada.says(f"/htg register {number}")
    await ada.says(f"/htg {command}")
    assert shown(ada, titles) == titles
    assert leads_to(ada) == set(), "all of them fit"

    await scenario.gathering("One more evening", TONIGHT + timedelta(days=ITEM_LIMIT))
    await ada.says(f"/htg register {ITEM_LIMIT + 1}")
    titles.append("One more evening")
    await ada.says(f"/htg {command}")
    assert shown(ada, titles) == titles[:ITEM_LIMIT]
    assert leads_to(ada) == {LATER}
    await ada.presses(LATER)
    assert shown(ada, titles) == titles[ITEM_LIMIT:]
    assert leads_to(ada) == {EARLIER}
    await ada.presses(EARLIER)
    assert shown(ada, titles) == titles[:ITEM_LIMIT]


@pytest.mark.parametrize("command", ["list", "mine"])
async def test_a_page_that_is_empty_by_now_is_the_first(scenario: Scenario, command: str) -> None:
    ada = scenario.member("Ada")
    titles = await fill(scenario, ITEM_LIMIT + 1)
    for number in range(1, ITEM_LIMIT + 2):
        await ada.says(f"/htg register {number}")
    await ada.says(f"/htg {command}")
    scenario.clock.move_to(TONIGHT + timedelta(hours=2))  # the first is over, so all that are left fit one page
    await ada.presses(LATER)
    assert shown(ada, titles) == titles[1:]
