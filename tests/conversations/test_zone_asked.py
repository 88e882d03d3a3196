"""Somebody whose app does not say their time zone is asked for it once, where times are shown."""

from __future__ import annotations

import pytest

from bot.platform import platform_of
from tests.conversations.conftest import Scenario

pytestmark = pytest.mark.everywhere

ASKED = {"en": "I take your time zone to be UTC.", "es": "Doy por hecho que tu zona horaria es UTC."}
SET = {"en": "Set my time zone", "es": "Indicar mi zona horaria"}
both_languages = pytest.mark.parametrize("language", ["en", "es"])


@both_languages
async def test_who_answers_is_not_asked_again(scenario: Scenario, language: str) -> None:
    ada = scenario.member("Ada", zone=None, language=language)
    await scenario.gathering("Letting go")
    await ada.says("/htg help")
    assert ASKED[language] not in ada.reads().text, "no times are shown there"
    await ada.says("/htg list")
    ada.reads("Letting go", ASKED[language])
    await ada.presses(SET[language])
    assert ada.window is not None
    assert ada.window.values["zone"] in {"", "UTC"}
    await ada.fills(zone="New York")
    ada.reads("America/New_York")
    await ada.says("/htg list")
    assert SET[language] not in [button.label for button in ada.reads("Letting go").buttons]
    await ada.says("/htg settings")
    assert ada.window.values["zone"] == "America/New_York"


@both_languages
async def test_who_lets_it_be_is_not_asked_again_either(scenario: Scenario, language: str) -> None:
    ada = scenario.member("Ada", zone=None, language=language)
    await scenario.gathering("Letting go")
    await ada.says("/htg register letting")
    ada.reads("Letting go", ASKED[language])
    for typed in ("/htg list", "/htg mine", "/htg register letting"):
        await ada.says(typed)
        assert ASKED[language] not in ada.reads("Letting go").text


async def test_an_app_that_says_utc_was_most_likely_never_told(scenario: Scenario) -> None:
    if not platform_of(scenario.harness.platform).tells_zone:
        return  # there nobody's zone is told at all
    ada, bo = scenario.member("Ada", zone="UTC"), scenario.member("Bo")
    await scenario.gathering("Letting go")
    for person in (ada, bo):
        await person.says("/htg list")
    ada.reads(ASKED["en"])
    assert ASKED["en"] not in bo.reads("Letting go").text
