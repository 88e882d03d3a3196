"""One person with two selves, and what is kept about anyone: told as they live it."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from bot.accounts import model as account_model
from bot.members.model import Person
from bot.notifications import schedule
from bot.unit_of_work import UnitOfWork
from tests.conversations.conftest import TONIGHT, Scenario
from tests.conversations.harness import Persona
from tests.databases import stored_bytes
from tests.storage.claims import claim

CODE = re.compile(r"/htg connect ([A-Z0-9]{5}-[A-Z0-9]{5})")


async def code_of(persona: Persona) -> str:
    await persona.says("/htg connect")
    found = CODE.search(persona.reads("Type this", "within 10 minutes").text)
    assert found is not None
    return found[1]


async def connects(scenario: Scenario, here: Persona, there: Persona) -> None:
    """`there` types the code of `here`, reads whose it is, and confirms; `here` is told."""
    await there.says(f"/htg connect {await code_of(here)}")
    there.reads("Become one member with this one?", here.name, here.address.account)
    await there.presses("Yes, that is me")
    there.reads("You are one member now")
    await scenario.bot.tick()
    here.hears_privately("You are one member now with", there.name, there.address.account)


@pytest.mark.everywhere
async def test_two_selves_become_one_and_hear_each_reminder_once(scenario: Scenario, database_url: str) -> None:
    here, there, bob = scenario.member("Ada"), scenario.member("Countess"), scenario.member("Bob")
    first = await scenario.gathering()
    second = await scenario.gathering("Living with illness", TONIGHT + timedelta(days=1))
    for each in (here, there, bob):
        await each.says(f"/htg register {first.id}")
    await there.says(f"/htg register {second.id}")

    code = await code_of(here)
    assert code.encode() not in await stored_bytes(database_url)
    await there.says(f"/htg connect {code.lower().replace('-', ' ')}")
    there.reads("Become one member with this one?", "Ada")
    await there.presses("Yes, that is me")
    there.reads("You are one member now", "Your registrations are together.")
    await scenario.bot.tick()
    here.hears_privately("You are one member now with", "Countess")
    await there.presses("My gatherings")
    there.reads("Grief and Gratitude", "Living with illness")
    await here.says("/htg mine")
    here.reads("Grief and Gratitude", "Living with illness")
    roster = await scenario.bot.storage.run(lambda uow: uow.registrations.roster(first.id))
    assert len(roster) == 2

    await there.says("/htg list")
    await scenario.bot.passes(hours=24, minutes=1)
    there.hears_privately("Grief and Gratitude begins in 24 hours")
    here.hears_nothing()
    bob.hears_privately("Grief and Gratitude begins in 24 hours")


async def test_reminders_that_wait_when_two_become_one_are_told_once(scenario: Scenario) -> None:
    here, there = scenario.member("Ada"), scenario.member("Countess")
    gathering = await scenario.gathering()
    for each in (here, there):
        await each.says(f"/htg register {gathering.id}")
    code = await code_of(here)
    scenario.clock.move_to(TONIGHT - timedelta(hours=24))
    await scenario.bot.storage.run(lambda uow: schedule.plan(uow, scenario.config, scenario.clock.now()))
    code = await code_of(here)  # the former one is old by now
    await there.says(f"/htg connect {code}")
    await there.presses("Yes, that is me")
    there.reads("You are one member now")
    await scenario.bot.passes(minutes=1)
    heard = [each.text for persona in (here, there) for each in persona.seen() if each.where == "direct"]
    assert len([each for each in heard if "begins in 24 hours" in each]) == 1
    assert len(heard) == 2, "and that they were connected"


async def test_who_was_told_as_one_self_is_not_told_again_as_the_other(scenario: Scenario) -> None:
    here, there = scenario.member("Ada"), scenario.member("Countess")
    gathering = await scenario.gathering()
    await here.says(f"/htg register {gathering.id}")
    await scenario.bot.passes(hours=24, minutes=1)
    here.hears_privately("in 24 hours")
    await there.says(f"/htg register {gathering.id}")
    await connects(scenario, here, there)
    await scenario.bot.passes(hours=22)
    here.hears_nothing()
    there.hears_nothing()
    await scenario.bot.passes(hours=1)
    there.hears_privately("in 1 hour")
    here.hears_nothing()


async def test_the_place_of_one_person_is_one_place(scenario: Scenario) -> None:
    here, there = scenario.member("Ada"), scenario.member("Countess")
    gathering = await scenario.gathering()
    for each in (here, there):
        await each.says(f"/htg register {gathering.id}")
    scenario.clock.move_to(TONIGHT)
    for each in (here, there):
        await each.says("/htg join")
        each.reads("Welcome, the doors are open.")
    await connects(scenario, here, there)
    kept = await scenario.bot.storage.run(lambda uow: uow.gatherings.get(gathering.id))
    assert kept is not None
    assert kept.admitted == 1
    for each in (here, there):
        await each.says("/htg join")
        each.reads("Welcome back.")


async def test_codes_work_once_for_ten_minutes_and_not_here(scenario: Scenario) -> None:
    here, there, eve = scenario.member("Ada"), scenario.member("Countess"), scenario.member("Eve")
    old = await code_of(here)
    code = await code_of(here)
    await here.says(f"/htg connect {code}")
    here.reads("That is the code I gave you here.")
    await there.says(f"/htg connect {old}")
    there.reads("That code does not work.")
    scenario.clock.advance(minutes=10)
    await there.says(f"/htg connect {code}")
    there.reads("That code does not work.")
    code = await code_of(here)
    await there.says(f"/htg connect {code}")
    await there.presses("Yes, that is me")
    there.reads("You are one member now")
    await eve.says(f"/htg connect {code}")
    eve.reads("That code does not work.")


async def test_codes_cannot_be_guessed_at_leisure(scenario: Scenario, caplog: pytest.LogCaptureFixture) -> None:
    here, eve = scenario.member("Ada"), scenario.member("Eve")
    code = await code_of(here)
    for number in range(5):
        await eve.says(f"/htg connect BBBBB-BBBB{number}")
        eve.reads("That code does not work.")
    await eve.says(f"/htg connect {code}")
    eve.reads("Those were several codes", "wait 10 minutes")
    said = [each.getMessage() for each in caplog.records if "connect code" in each.getMessage()]
    assert said == [f"a connect code that nobody has was typed by {eve.address}"] * 5
    scenario.clock.advance(minutes=10, seconds=1)
    await eve.says(f"/htg connect {await code_of(here)}")
    eve.reads("Become one member with this one?", "Ada")


async def test_settings_of_the_one_who_gave_the_code_stay(scenario: Scenario) -> None:
    here, there = scenario.member("Ada"), scenario.member("Countess")
    for each, zone in ((here, "America/New_York"), (there, "Asia/Tokyo")):
        await each.says("/htg settings")
        await each.fills(zone=zone)
    await connects(scenario, here, there)
    await there.says("/htg settings")
    assert there.window is not None
    assert there.window.values["zone"] == "America/New_York"


@pytest.mark.everywhere
async def test_privacy_says_what_is_kept_and_exports_it(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    await ada.says("/htg suggest Losing a parent")
    await scenario.bot.passes(hours=24, minutes=1)
    await ada.says("/htg privacy")
    ada.reads("What is kept about you", ada.address.account, "until 365 days after each has ended")
    await ada.presses("Export")
    ada.reads("This file holds everything that is kept about you.")

    def exported(uow: UnitOfWork) -> str:
        member = uow.members.get_or_create(Person(ada.address), scenario.clock.now())
        return account_model.export_json(uow.accounts.export(member.id)).decode()

    kept = json.loads(await scenario.bot.storage.run(exported))
    assert kept["addresses"] == [str(ada.address)]
    assert kept["gatherings"][0]["title"] == "Grief and Gratitude"
    assert kept["messages"][-1] | {"due_at": ""} == {
        "kind": "reminder", "gathering": "Grief and Gratitude", "due_at": "", "receipt": "sent",
    }  # fmt: skip
    assert kept["topics"][0]["topic"] == "Losing a parent"


@pytest.mark.everywhere
async def test_forget_me_asks_once_more_and_forgets(scenario: Scenario) -> None:
    ada, bob, frances = scenario.member("Ada"), scenario.member("Bob"), scenario.facilitator()
    gathering = await scenario.gathering()
    for each in (ada, bob):
        await each.says(f"/htg register {gathering.id}")
    await ada.says("/htg privacy")
    await ada.presses("Forget me")
    asked = ada.reads("This cannot be undone.", "registered for 1 gathering that is still to come")
    forget = next(each for each in asked.buttons if each.label.startswith("Forget me for good"))
    scenario.clock.advance(minutes=11)
    await ada.press(asked, forget)
    ada.reads("This cannot be undone.")  # an old button asks again
    await ada.presses("Forget me for good")
    ada.reads("You are forgotten.", "welcome back any time")
    await scenario.bot.passes(hours=24, minutes=1)
    ada.hears_nothing()
    bob.hears_privately("in 24 hours")
    await frances.says(f"/htg-host roster {gathering.id}")
    assert "Ada" not in frances.reads("1 registered", "Bob").text
    await ada.says("/htg mine")
    ada.reads("You are not registered for a gathering at the moment.")
    await ada.says(f"/htg register {gathering.id}")
    ada.reads("You are registered for Grief and Gratitude")


async def test_after_the_retention_names_are_gone_and_counts_stay(scenario: Scenario) -> None:
    ada, frances = scenario.member("Ada"), scenario.facilitator()
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    scenario.clock.move_to(TONIGHT)
    await ada.says("/htg join")
    ada.reads("Welcome, the doors are open.")
    scenario.clock.move_to(gathering.ends_at + timedelta(days=365))
    await scenario.bot.tick()
    await frances.says(f"/htg-host roster {gathering.id}")
    frances.reads("1 registered", "1 in", "Ada")
    scenario.clock.advance(seconds=1)
    await scenario.bot.tick()
    await frances.says(f"/htg-host roster {gathering.id}")
    assert "Ada" not in frances.reads("1 registered", "1 in", "no longer named").text


async def test_what_was_under_way_for_the_self_that_left_still_arrives_once(scenario: Scenario) -> None:
    """A worker began to send it just before the two became one, and died."""
    here, there = scenario.member("Ada"), scenario.member("Countess")
    gathering = await scenario.gathering()
    await there.says(f"/htg register {gathering.id}")
    await here.says("/htg list")
    scenario.clock.move_to(TONIGHT - timedelta(hours=1))
    now = scenario.clock.now()

    def claimed(uow: UnitOfWork) -> int:
        schedule.plan(uow, scenario.config, now)
        return len([each for each in claim(uow, now) if each.notification.member])

    assert await scenario.bot.storage.run(claimed) == 1
    await there.says(f"/htg connect {await code_of(here)}")
    await there.presses("Yes, that is me")
    there.reads("You are one member now")
    await scenario.bot.tick()
    here.hears_privately("You are one member now with")
    there.hears_nothing()
    await scenario.bot.passes(minutes=3)
    there.hears_privately("begins in 58 minutes")
    await scenario.bot.passes(minutes=45)
    here.hears_nothing()
    there.hears_nothing()
