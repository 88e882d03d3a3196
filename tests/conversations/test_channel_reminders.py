"""What stands in a channel before a gathering is true, whatever comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.admission.model import DoorRule
from bot.config import Config
from tests.conversations.conftest import TONIGHT, Scenario

pytestmark = pytest.mark.everywhere

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, reminders=(), channel_reminders=(TEN_MINUTES,))


@pytest.mark.parametrize("what", ["moved", "cancelled"])
async def test_a_reminder_in_the_channel_says_what_came_of_it(scenario: Scenario, what: str) -> None:
    frances, ada, bob = scenario.facilitator(), scenario.member("Ada"), scenario.member("Bob")
    gathering = await scenario.gathering()
    await scenario.announced(gathering)
    await bob.says(f"/htg register {gathering.id}")
    await scenario.bot.passes(days=1, hours=23, minutes=50)
    reminder = ada.sees_in("gatherings", "Grief and Gratitude begins in 10 minutes", "18:00")
    if what == "moved":
        await frances.says(f"/htg-host edit {gathering.id}")
        await frances.fills(starts="2026-12-03 18:30")
        await frances.presses("Tell them")
        says = ("Grief and Gratitude has moved: it now begins", "18:30")
    else:
        await frances.says(f"/htg-host cancel {gathering.id}")
        await frances.fills(note="")
        says = ("Grief and Gratitude, ", "is cancelled. We are sorry.")
    await scenario.bot.tick()
    changed = ada.sees_in("gatherings", *says)
    assert changed.id == reminder.id
    assert "in 10 minutes" not in changed.text
    if what == "moved":
        await ada.presses("Register")
        ada.reads("You are registered for Grief and Gratitude", "18:30")
        await scenario.bot.passes(minutes=30)
        assert ada.sees_in("gatherings", "begins in 10 minutes", "18:30").id != reminder.id
    else:
        await ada.presses("Upcoming gatherings")
        ada.reads("No gatherings are planned")


async def test_a_reminder_in_the_channel_says_that_the_doors_closed_early(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await scenario.announced(gathering)
    await scenario.bot.passes(days=1, hours=23, minutes=50)
    await frances.says(f"/htg-host doors {gathering.id}")
    await frances.presses("Close now")
    await scenario.bot.tick()
    ada.sees_in("gatherings", "The doors of Grief and Gratitude closed at", "17:50")
    scenario.clock.move_to(TONIGHT - timedelta(minutes=5))
    await frances.says(f"/htg-host doors {gathering.id}")
    await frances.presses("Open now")
    await scenario.bot.tick()
    ada.sees_in("gatherings", "Grief and Gratitude begins in 5 minutes", "18:00")


async def test_a_reminder_in_the_channel_says_that_the_doors_have_closed_by_themselves(scenario: Scenario) -> None:
    ada, bob = scenario.member("Ada"), scenario.member("Bob")
    gathering = await scenario.gathering()
    await scenario.announced(gathering)
    await ada.says("/htg register grief")
    await scenario.bot.passes(days=1, hours=23, minutes=50)
    reminder = bob.sees_in("gatherings", "begins in 10 minutes")
    await ada.says("/htg join")
    await scenario.bot.passes(minutes=19)
    bob.sees_in("gatherings", "begins in 10 minutes")
    await scenario.bot.passes(minutes=1)
    closed = bob.sees_in(
        "gatherings", "The doors of Grief and Gratitude closed at", "18:10", "Whoever was in may", "19:30"
    )
    assert closed.id == reminder.id
    assert [each.label for each in closed.buttons] == ["Upcoming gatherings"]


async def test_a_reminder_in_the_channel_says_that_the_house_is_full(scenario: Scenario) -> None:
    frances, ada, bob = scenario.facilitator(), scenario.member("Ada"), scenario.member("Bob")
    gathering = await scenario.gathering(door_rule=DoorRule(limit=1))
    await scenario.announced(gathering)
    await ada.says("/htg register grief")
    await scenario.bot.passes(days=1, hours=23, minutes=50)
    reminder = bob.sees_in("gatherings", "begins in 10 minutes")
    await ada.says("/htg join")
    await scenario.bot.tick()
    full = bob.sees_in("gatherings", "Grief and Gratitude is full: the one place is taken.")
    assert full.id == reminder.id
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills()
    await frances.presses("Doors and length")
    await frances.fills(limit="2")
    await scenario.bot.tick()
    bob.sees_in("gatherings", "begins in 10 minutes")
    await bob.presses("Register")
    await bob.says("/htg join")
    await scenario.bot.tick()
    bob.sees_in("gatherings", "is full: all 2 places are taken.")


async def test_a_post_offers_no_registration_once_it_is_over(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    gathering = await scenario.gathering()
    await scenario.announced(gathering)
    post = ada.sees_in("gatherings", "Grief and Gratitude")
    assert [each.label for each in post.buttons] == ["Register", "Details"]
    scenario.clock.move_to(gathering.ends_at)
    await scenario.bot.tick()
    over = ada.sees_in("gatherings", "Grief and Gratitude")
    assert (over.id, [each.label for each in over.buttons]) == (post.id, ["Details"])


async def test_what_was_never_reminded_of_is_not_changed(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    gathering = await scenario.gathering()
    await scenario.announced(gathering)
    await scenario.bot.passes(days=1, hours=23)
    await frances.says(f"/htg-host cancel {gathering.id}")
    await frances.fills(note="")
    await scenario.bot.passes(hours=2)
    posts = [each for each in frances.seen() if each.where == "channel"]
    assert [each.text.count("This gathering is cancelled") for each in posts] == [1]
