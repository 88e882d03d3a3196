"""Who chose a language and a zone of their own reads in them, whatever their platform would have said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.i18n import Locale
from bot.members.model import Person
from bot.ports import Overloaded
from bot.request import Call, Request
from tests.conversations.conftest import TONIGHT, Scenario
from tests.conversations.harness import Persona

pytestmark = pytest.mark.everywhere


async def _chooses(scenario: Scenario, **settings: str) -> Persona:
    ada = scenario.member("Ada", zone="America/New_York")
    await ada.says("/htg settings")
    await ada.fills(**settings)
    return ada


async def test_a_chosen_zone_counts_where_the_platform_shows_another(scenario: Scenario) -> None:
    ada = await _chooses(scenario, zone="Asia/Tokyo")
    gathering = await scenario.gathering()
    await scenario.announced(gathering)
    tokyo = "Friday 4 December, 02:00 (Tokyo time)"
    for command in ("list", f"register {gathering.id}", "mine"):
        await ada.says(f"/htg {command}")
        ada.reads(tokyo)
    scenario.clock.move_to(TONIGHT - timedelta(hours=1))
    await ada.says("/htg join")
    ada.reads("01:45", "(Tokyo time)")
    await scenario.bot.tick()
    ada.hears_privately(tokyo, "open at 01:45 and close at 02:10")
    scenario.clock.move_to(TONIGHT + timedelta(minutes=20))
    await scenario.member("Bob").says(f"/htg join {gathering.id}")
    await ada.says(f"/htg register {gathering.id}")
    assert "America" not in ada.reads().text


async def test_the_two_hours_of_the_night_the_clocks_change_are_told_apart(scenario: Scenario) -> None:
    """Also where the platform shows the reader's own zone, and would show 02:20 twice."""
    ada = scenario.member("Ada", zone="Europe/Madrid")
    await ada.says("/htg settings")
    await ada.fills(zone="Europe/Madrid")
    for hour in range(2):
        await scenario.gathering(f"Late {hour}", datetime(2027, 10, 31, hour, 20, tzinfo=UTC))
    await ada.says("/htg list")
    for offset in ("UTC+2", "UTC+1"):
        ada.reads(f"Sunday 31 October 2027, 02:20 ({offset}) (Madrid time)")


async def test_posts_for_everybody_stay_as_the_platform_shows_them(scenario: Scenario) -> None:
    ada = await _chooses(scenario, zone="Asia/Tokyo")
    gathering = await scenario.gathering()
    await scenario.announced(gathering)
    assert "Tokyo" not in ada.sees_in("gatherings", gathering.title).text


async def test_a_chosen_language_is_the_language_of_what_goes_wrong(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await _chooses(scenario, language="es")
    ada.reads("Guardado.")
    gathering = await scenario.gathering()

    async def busy(*_: object) -> None:
        raise Overloaded

    monkeypatch.setattr(scenario.bot.dispatcher, "_storage", type("Full", (), {"run": busy})())
    await ada.says(f"/htg register {gathering.id}")
    spanish = Locale("es").t("Many people are here at this moment. Nothing was changed; please try again shortly.")
    assert spanish in ada.reads().text


async def test_nothing_is_remembered_of_whoever_asked_to_be_forgotten(scenario: Scenario) -> None:
    ada = await _chooses(scenario, language="es")
    who = Person(ada.address)
    assert scenario.bot.dispatcher.guess_locale(who).language == "es"
    await ada.says("/htg privacy")
    sure = str(int(scenario.clock.now().timestamp()))
    await scenario.bot.dispatcher.answer(Request(who, Call.of("forget", sure=sure), scenario.clock.now()))
    assert scenario.bot.dispatcher.guess_locale(who).language == "en"
