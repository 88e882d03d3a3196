"""Somebody writes where nobody reads: told so kindly, once a day, with whom to write to."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Scenario
from tests.conversations.harness import Persona

pytestmark = pytest.mark.everywhere

NOBODY = "nobody reads this line"


def answers(who: Persona) -> list[str]:
    return [message.text for message in who.seen() if NOBODY in message.text]


async def test_words_in_the_private_line_are_met_once_a_day(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await ada.writes("My mother died. I need help")
    await ada.writes("STOP")
    (answer,) = answers(ada)
    assert "My mother died" not in answer
    shown = next(message for message in ada.seen() if NOBODY in message.text)
    assert [button.label for button in shown.buttons] == ["My gatherings", "Upcoming gatherings", "What I can do"]
    scenario.clock.advance(days=1)
    await ada.writes("hello?")
    assert len(answers(ada)) == 2


async def test_who_comes_somewhere_is_offered_to_say_that_they_cannot(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await scenario.gathering("Letting go")
    await ada.says("/htg register Letting go")
    await ada.writes("I am ill")
    await ada.presses("I can’t come")
    await ada.picks("Letting go")
    ada.reads("You are no longer registered for Letting go")


async def test_a_sentence_in_place_of_a_command_leads_to_what_it_asks_for(scenario: Scenario) -> None:
    ada, bob = scenario.member("Ada"), scenario.member("Bob", language="es")
    await scenario.gathering("Letting go")
    await ada.says("/htg where is the zoom link")
    labels = [each.label for each in ada.reads(NOBODY).buttons]
    assert labels == ["My private way in", "My gatherings", "Upcoming gatherings", "What I can do"]
    await ada.presses("My private way in")
    ada.reads("You are not registered for a gathering at the moment.")
    await bob.says("/htg cómo me inscribo")
    await bob.presses("Inscribirme en un encuentro o una serie")
    bob.reads("Letting go")
