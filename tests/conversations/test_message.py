"""A word to everyone who registered: looked at twice, sent once, sealed at rest."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import TONIGHT, Scenario
from tests.conversations.harness import Control
from tests.databases import stored_bytes

WORDS = "Please bring a candle.\nWe begin in silence."


@pytest.mark.everywhere
async def test_everyone_who_registered_reads_it_once(scenario: Scenario, database_url: str) -> None:
    frances, ada, bob, cleo = scenario.facilitator(), *(scenario.member(name) for name in ("Ada", "Bob", "Cleo"))
    gathering = await scenario.gathering()
    for each in (ada, bob):
        await each.says(f"/htg register {gathering.id}")
    await frances.says(f"/htg-host message {gathering.id}")
    await frances.fills(text=WORDS)
    shown = frances.reads("A preview. 2 registrants will read it.", "bring a candle")
    assert b"bring a candle" not in await stored_bytes(database_url)
    await scenario.bot.tick()
    ada.hears_nothing()
    await frances.presses("Change")
    assert frances.window is not None
    assert "candle" in frances.window.values["text"]
    await frances.fills(text=WORDS.replace("candle", "stone"))
    frances.reads("bring a stone")
    await frances.presses("Send")
    frances.reads("It is on its way to 2 registrants.")
    await frances.presses("Send")
    frances.reads("That message was sent already.")
    await scenario.bot.tick()
    for each in (ada, bob):
        each.hears_privately("A word from the facilitators of Grief and Gratitude", "bring a stone", "silence")
    cleo.hears_nothing()
    await scenario.bot.tick()
    ada.hears_nothing()
    assert b"bring a stone" not in await stored_bytes(database_url)
    await frances.press(shown, next(each for each in shown.buttons if each.label.startswith("Send")))
    frances.reads("That draft is no longer kept.")
    await frances.says(f"/htg-host roster {gathering.id}")
    frances.reads("Ada", "last message: sent")


async def test_a_draft_can_be_discarded(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await frances.says(f"/htg-host message {gathering.id}")
    frances.reads("Nobody who could read it is registered for Grief and Gratitude.")
    await ada.says(f"/htg register {gathering.id}")
    await frances.says(f"/htg-host message {gathering.id}")
    await frances.fills(text=WORDS)
    await frances.presses("Discard")
    frances.reads("The draft is gone.")
    await frances.presses("Send")
    frances.reads("That draft is no longer kept.")
    await scenario.bot.tick()
    ada.hears_nothing()


async def test_who_wants_no_direct_messages_gets_none_and_who_left_reads_nothing(scenario: Scenario) -> None:
    frances, ada, bob, cleo = scenario.facilitator(), *(scenario.member(name) for name in ("Ada", "Bob", "Cleo"))
    gathering = await scenario.gathering()
    for each in (ada, bob, cleo):
        await each.says(f"/htg register {gathering.id}")
    await ada.says("/htg settings")
    await ada.fills(direct="no")
    await frances.says(f"/htg-host message {gathering.id}")
    await frances.fills(text=WORDS)
    frances.reads("2 registrants will read it.", "1 registrant does not wish for direct messages")
    await frances.presses("Send")
    await bob.says(f"/htg unregister {gathering.id}")
    await scenario.bot.tick()
    ada.hears_nothing()
    bob.hears_nothing()
    cleo.hears_privately("bring a candle")


async def test_it_is_true_of_a_gathering_that_moves_and_not_of_a_cancelled_one(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    await frances.says(f"/htg-host message {gathering.id}")
    await frances.fills(text=WORDS)
    await frances.presses("Send")
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills(starts="2026-12-05 19:00")
    await frances.presses("Tell them")
    await scenario.bot.tick()
    texts = [each.text for each in ada.seen() if each.where == "direct"]
    assert len(texts) == 2
    assert any("candle" in each and "Saturday 5 December" in each for each in texts)
    await frances.says(f"/htg-host message {gathering.id}")
    await frances.fills(text="Once more")
    await frances.presses("Send")
    await frances.says(f"/htg-host cancel {gathering.id}")
    await frances.fills(note="")
    await scenario.bot.tick()
    assert not any("Once more" in each.text for each in ada.seen())


@pytest.mark.everywhere
async def test_only_facilitators_write(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    await frances.says(f"/htg-host message {gathering.id}")
    await frances.fills(text=WORDS)
    message = frances.reads("A preview.")
    for button in message.buttons:
        await ada.press(message, button)
        await ada.press(message, Control("forged", button.id, button.value))
        assert ada.window is None or "text" not in ada.window.values
    await scenario.bot.tick()
    ada.hears_nothing()
    await frances.press(message, next(each for each in message.buttons if each.label.startswith("Send")))
    frances.reads("It is on its way to 1 registrant.")
    await ada.says(f"/htg-host message {gathering.id}")
    ada.reads("That is for facilitators.")
    assert scenario.clock.now() < TONIGHT
