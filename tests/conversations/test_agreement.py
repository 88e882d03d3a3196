"""What everybody agrees to before they register: shown once, and again when it changes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.accounts.model import export_json
from bot.config import Config
from tests.conversations.conftest import TONIGHT, Scenario
from tests.conversations.harness import Harness

WORDS = "# We listen\n\nWhat is said here stays here.\n\nNobody is advised unasked."


@pytest.fixture
def config(harness: Harness) -> Config:
    agreement = {"en": WORDS, "es": "# Escuchamos\n\nLo que aquí se dice, aquí se queda."}
    channels = {harness.channel("gatherings"): "Gatherings"}
    return Config(announcement_channels=channels, per_minute={}, agreement=agreement)


@pytest.mark.everywhere
async def test_it_is_shown_once_and_what_was_asked_for_goes_on(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await scenario.gathering()
    await scenario.gathering("Silence", TONIGHT.replace(day=5))
    await ada.says("/htg register grief")
    shown = ada.reads("Before you register", "We listen", "What is said here stays here.", "Nobody is advised unasked.")
    assert "#" not in shown.text
    assert [button.label for button in shown.buttons] == ["I agree, register me"]
    await ada.says("/htg mine")
    ada.reads("You are not registered")
    await ada.says("/htg register grief")
    await ada.presses("I agree, register me")
    ada.reads("You are registered for Grief and Gratitude")
    await ada.says("/htg register silence")
    ada.reads("You are registered for Silence")


async def test_it_is_shown_in_ones_own_language(scenario: Scenario) -> None:
    ada = scenario.member("Ada", language="es")
    await scenario.gathering()
    await ada.says("/htg register grief")
    ada.reads("Antes de inscribirte", "Lo que aquí se dice, aquí se queda.")
    await ada.presses("Estoy de acuerdo")
    ada.reads("Te has inscrito")


async def test_who_has_not_agreed_is_asked_from_every_button(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await scenario.series("Letting go", [TONIGHT.replace(day=day) for day in (5, 12, 19)])
    await ada.says("/htg list")
    await ada.presses("Register")
    ada.reads("What is said here stays here.")
    await ada.presses("I agree, register me")
    ada.reads("You are registered for all three parts of Letting go")


async def test_when_it_changes_it_is_shown_again(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await scenario.gathering()
    await scenario.gathering("Silence", TONIGHT.replace(day=5))
    await ada.says("/htg register grief")
    await ada.presses("I agree, register me")
    changed = replace(scenario.config, agreement={"en": f"{WORDS}\n\nNo recordings."})
    scenario.bot.dispatcher._config = changed
    await ada.says("/htg register silence")
    ada.reads("No recordings.")


async def test_when_somebody_agreed_is_in_their_export(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await scenario.gathering()
    await ada.says("/htg register grief")
    await ada.presses("I agree, register me")

    def agreed_at(uow: object) -> object:
        member = uow.members.at(ada.address)  # type: ignore[attr-defined]
        return json.loads(export_json(uow.accounts.export(member.id)))["agreed_at"]  # type: ignore[attr-defined]

    await ada.says("/htg privacy")
    ada.reads("When you agreed to what is asked of everybody.")
    assert await scenario.books(agreed_at) == scenario.clock.now().isoformat(timespec="seconds")


@pytest.mark.everywhere
async def test_a_long_one_is_read_whole(harness: Harness, scenario: Scenario) -> None:
    """A line each, as such rules are written: more of them than a message has parts."""
    rules = [f"# {number}. Of listening\nWe *listen*, @everyone, to the end." for number in range(1, 41)]
    scenario.bot.dispatcher._config = replace(scenario.config, agreement={"en": "\n\n".join(rules)})
    ada = scenario.member("Ada")
    await scenario.gathering()
    await ada.says("/htg register grief")
    ada.reads("1. Of listening\nWe *listen*, @everyone, to the end.", "40. Of listening\nWe *listen*")
    await ada.presses("I agree, register me")
    ada.reads("You are registered for Grief and Gratitude")
