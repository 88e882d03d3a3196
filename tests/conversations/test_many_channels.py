"""Announcing where the operator named more channels than a menu holds."""

from __future__ import annotations

import pytest

from bot.config import Config
from bot.members.model import Person
from bot.request import Call, Request
from bot.views import CHOICE_LIMIT, ChoiceField, Form
from tests.conversations.conftest import Scenario
from tests.conversations.harness import Harness

pytestmark = pytest.mark.everywhere

LAST = f"room{CHOICE_LIMIT + 1}"


@pytest.fixture
def config(harness: Harness) -> Config:
    rooms = [f"room{number}" for number in range(1, CHOICE_LIMIT + 2)]
    return Config(
        organisation="Healing Together",
        announcement_channels={harness.channel(room): room for room in rooms},
        per_minute={},
    )


async def test_a_channel_that_the_menu_does_not_hold_can_be_announced_in(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    gathering = await scenario.gathering()
    await frances.says(f"/htg-host announce {gathering.id}")
    preview = frances.reads("The menu holds the first 25 channels. For another one, use this command there.")
    assert len(preview.choices) == CHOICE_LIMIT
    await frances.says(f"/htg-host announce {gathering.id}", channel=LAST)
    await frances.picks("This channel")
    frances.reads("is being posted in this channel")


async def test_a_form_that_keeps_the_chosen_channel_fits_too(scenario: Scenario) -> None:
    """Discord takes no form with a menu of more than 25."""
    frances = scenario.facilitator()
    gathering = await scenario.gathering()
    await scenario.books(lambda uow: uow.facilitators.add(frances.address))
    chosen = str(scenario.harness.channel(LAST))
    call = Call.of("host-announce-at", gathering=gathering.id, channel=chosen, when="tomorow")
    form = await scenario.bot.dispatcher.answer(Request(Person(frances.address), call, scenario.clock.now()))
    assert isinstance(form, Form)
    (field,) = [each for each in form.fields if isinstance(each, ChoiceField)]
    assert field.value == chosen
    assert chosen in {choice.value for choice in field.choices}
    assert len(field.choices) == CHOICE_LIMIT
