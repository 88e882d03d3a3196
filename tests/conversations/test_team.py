"""Who facilitates; and announcing at a time."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from tests.conversations.conftest import TONIGHT, Scenario
from tests.storage.claims import claim


@pytest.mark.everywhere
async def test_a_facilitator_is_added_and_removed(scenario: Scenario, caplog: pytest.LogCaptureFixture) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    await ada.says("/htg list")
    await ada.says("/htg-host team")
    ada.reads("That is for facilitators.")
    await frances.says("/htg-host team")
    frances.reads("Who facilitates", "Nobody has been added yet.", "Owners and admins of our own Slack workspace")
    await frances.presses("Add somebody")
    await frances.fills(who="nobody at all")
    frances.reads_an_error("who", "I could not find a person in “nobody at all”.")
    await frances.fills(who=str(scenario.harness.channel("gatherings")))
    frances.reads_an_error("who", "I could not find a person")
    with caplog.at_level(logging.INFO):
        await frances.fills(who=f"  {ada.address} ")
    frances.reads("From now on, Ada", "can use /htg-host")
    assert f"team: {ada.address} was added by {frances.address}" in caplog.text
    await ada.says("/htg-host topics")
    ada.reads("No suggestions are waiting.")
    await frances.says("/htg-host team")
    frances.reads("Ada", str(ada.address))
    await frances.presses("Remove")
    frances.reads("was removed from the facilitators.", "Nobody who was added is left.", "Owners and admins")
    await ada.says("/htg-host team")
    ada.reads("That is for facilitators.")
    await frances.presses("Add again")
    frances.reads("From now on, Ada")


@pytest.mark.everywhere
async def test_somebody_is_picked_who_never_wrote(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    await frances.says("/htg-host team")
    await frances.presses("Add somebody")
    assert frances.window is not None
    has_picker = "who.people" in frances.window.labels
    await frances.picks_people("who", ada)
    frances.reads("From now on, ", "Ada" if has_picker else str(ada.address), "I have not met them yet.")
    assert await scenario.books(lambda uow: uow.facilitators.addresses()) == [ada.address]


@pytest.mark.everywhere
async def test_an_id_means_somebody_on_ones_own_platform(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    await ada.says("/htg list")
    bare = ada.address.account.rpartition("/")[2]
    await frances.says("/htg-host team")
    await frances.presses("Add somebody")
    await frances.fills(who=f"<@{bare}>")
    frances.reads("From now on, Ada")
    assert await scenario.bot.storage.run(lambda uow: uow.facilitators.addresses()) == [ada.address]


async def test_the_last_facilitator_stays_unless_an_organiser_says_so(scenario: Scenario) -> None:
    ada, bob = scenario.member("Ada"), scenario.member("Bob")
    for each in (ada, bob):
        await scenario.bot.storage.run(lambda uow, who=each: uow.facilitators.add(who.address))  # type: ignore[misc]
    await ada.says("/htg-host team")
    message = ada.reads("Who facilitates")
    removes = [each for each in message.buttons if each.label.startswith("Remove")]
    assert len(removes) == 2
    at = sorted([ada.address, bob.address]).index(bob.address)
    await ada.press(message, removes[at])
    ada.reads("was removed from the facilitators.")
    await ada.press(message, removes[at])
    ada.reads("had been removed already.")
    await ada.press(message, removes[1 - at])
    ada.reads("That is the last facilitator.")
    await ada.says("/htg-host team")
    ada.reads("Ada")


@pytest.mark.everywhere
async def test_it_is_posted_at_the_time_that_was_said(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    channel = str(scenario.harness.channel("gatherings"))
    await frances.says(f"/htg-host announce {gathering.id}")
    await frances.presses("At a time…")
    await frances.fills(channel=channel, when="tomorow")
    frances.reads_an_error("when", "I could not read “tomorow”. Try: 2026-12-02 09:00")
    await frances.fills(when="2026-11-01 09:00")
    frances.reads_an_error("when", "That is already past")
    await frances.fills(when="2026-12-03 18:00")
    frances.reads_an_error("when", "It has begun by then")
    await frances.fills(when="Dec 2 at 9 in the morning")
    frances.reads("will be announced in", "Wednesday 2 December", "09:00")
    await scenario.bot.tick()
    assert not [each for each in ada.seen() if each.where == "channel"]
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills(title="Grief and Joy")
    await scenario.bot.passes(hours=15, minutes=1)
    ada.sees_in("gatherings", "Grief and Joy", "register to attend")
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills(title="Grief and Hope")
    await scenario.bot.tick()
    ada.sees_in("gatherings", "Grief and Hope")
    assert len([each for each in ada.seen() if each.where == "channel"]) == 1


async def test_what_is_planned_can_be_taken_back_moved_or_posted_now(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()

    async def plan(when: str) -> None:
        await frances.says(f"/htg-host announce {gathering.id}")
        await frances.presses("At a time…")
        await frances.fills(channel=str(scenario.harness.channel("gatherings")), when=when)
        frances.reads("will be announced in")

    await plan("2026-12-02 09:00")
    await plan("2026-12-02 10:00")
    await frances.says(f"/htg-host announce {gathering.id}")
    assert "09:00" not in frances.reads("Planned in", "10:00").text
    await frances.presses("Don’t post it")
    frances.reads("It will not be posted.")
    await frances.presses("Don’t post it")
    frances.reads("no longer planned")
    await scenario.bot.passes(hours=18)
    assert not [each for each in ada.seen() if each.where == "channel"]
    await plan("2026-12-03 09:00")
    await frances.says(f"/htg-host announce {gathering.id}")
    await frances.picks("Gatherings")
    frances.reads("is being posted in")
    await scenario.bot.passes(hours=18)
    assert len([each for each in ada.seen() if "register to attend" in each.text]) == 1


async def test_what_is_under_way_cannot_be_put_off(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    gathering = await scenario.gathering()
    await frances.says(f"/htg-host announce {gathering.id}")
    await frances.picks("Gatherings")
    assert await scenario.books(lambda uow: claim(uow, scenario.clock.now()))
    await frances.says(f"/htg-host announce {gathering.id}")
    await frances.presses("At a time…")
    await frances.fills(channel=str(scenario.harness.channel("gatherings")), when="2026-12-02 09:00")
    frances.reads("is being posted in Gatherings.")


async def test_what_is_cancelled_is_not_announced_later(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await frances.says(f"/htg-host announce {gathering.id}")
    await frances.presses("At a time…")
    await frances.fills(channel=str(scenario.harness.channel("gatherings")), when="2026-12-02 09:00")
    await frances.says(f"/htg-host cancel {gathering.id}")
    await frances.fills(note="")
    await scenario.bot.passes(hours=40)
    assert not [each for each in ada.seen() if each.where == "channel"]
    assert scenario.clock.now() < TONIGHT + timedelta(days=1)
