"""Somebody writes where nobody reads: told so kindly, once a day, with whom to write to."""

from __future__ import annotations

from tests.conversations.conftest import Scenario
from tests.conversations.harness import Persona

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
    assert [button.label for button in shown.buttons] == ["My gatherings", "What I can do"]
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
