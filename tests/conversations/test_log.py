"""The log of acts as facilitators read it: who did what and when, in sentences, without anybody's words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.audit.model import Act, ActKind
from bot.members.model import Person
from bot.unit_of_work import UnitOfWork
from tests.conversations.conftest import SECRET, TONIGHT, Scenario

LINK = f"https://zoom.us/j/{SECRET}?pwd={SECRET}\n{SECRET}-pass"


@pytest.mark.everywhere
async def test_an_evening_in_the_log(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    await frances.says("/htg-host log")
    frances.reads("Nothing has been done yet that is kept here.")
    await frances.says("/htg-host create")
    await frances.fills(title="Grief at work", starts="2026-12-03 18:00", zoom=LINK)
    await frances.presses("Publish")
    await frances.presses("Announce")
    await frances.picks("Gatherings")
    await scenario.bot.tick()
    await ada.presses("Register")
    await frances.says("/htg-host message grief")
    await frances.fills(text="Bring the word marmalade.")
    await frances.presses("Send")
    await frances.says("/htg-host roster grief")
    await frances.says("/htg-host doors grief")
    await frances.presses("Open now")
    await frances.presses("Close now")
    await frances.says("/htg-host cancel grief")
    await frances.fills(note="I caught a marmalade cold.")
    await frances.says("/htg-host log")
    first = frances.reads(
        "What was done",
        "Frances cancelled Grief at work.",
        "1 person told",
        "Frances closed the doors of Grief at work.",
        "Frances opened the doors of Grief at work.",
        "Frances read the roster of Grief at work and took its file.",
        "Frances sent a message to those registered for Grief at work.",
        "Frances wrote a message to those registered for Grief at work, not sent yet.",
        "Frances announced Grief at work in Gatherings.",
        "Frances published Grief at work.",
        "Frances drafted Grief at work.",
        "Frances read this log.",
    ).text
    assert first.index("cancelled") < first.index("opened the doors") < first.index("published"), "newest first"
    assert "marmalade" not in first


async def test_a_choice_that_names_no_gathering_is_asked_about(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await scenario.gathering()
    await frances.says("/htg-host log …")
    frances.reads("Which gathering?")
    await frances.picks("Grief and Gratitude")
    frances.reads("Nothing has been done yet that is kept here.")


async def test_a_log_of_several_pages_stands_still_while_it_is_read(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    gathering = await scenario.gathering()
    now = scenario.clock.now()

    def work(uow: UnitOfWork) -> None:
        for n in range(25):
            uow.audit.add(Act(ActKind.MOVED, now, frances.address, gathering.id, count=n))

    await scenario.books(work)
    await frances.says("/htg-host log")
    frances.reads("24 people told", "15 people told")
    await frances.presses("Older ones")
    frances.reads("14 people told", "5 people told")
    await frances.presses("Older ones")
    frances.reads("4 people told", "0 people told")
    await frances.presses("Newer ones")
    await frances.presses("Newer ones")
    frances.reads("24 people told", "15 people told")


async def test_the_log_of_one_gathering(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    gathering, other = await scenario.gathering(), await scenario.gathering("Silence", TONIGHT + timedelta(days=1))
    for each in (gathering, other):
        await frances.says(f"/htg-host roster {each.id}")
    await frances.says("/htg-host log silence")
    assert "Grief" not in frances.reads("What was done: Silence", "read the roster of Silence.").text


async def test_two_of_one_name_are_told_apart(scenario: Scenario) -> None:
    frances, other = scenario.facilitator(), scenario.facilitator("Frances Two")
    gathering = await scenario.gathering()
    for each in (frances, other):
        await each.says(f"/htg-host roster {gathering.id}")

    def same_name(uow: UnitOfWork) -> None:

        uow.members.get_or_create(Person(other.address, "Frances", zone="Europe/Madrid"), scenario.clock.now())

    await scenario.books(same_name)
    await frances.says("/htg-host log")
    frances.reads(f"Frances ({frances.address}) read the roster", f"Frances ({other.address}) read the roster")


async def test_a_forgotten_facilitator_leaves_what_was_done(scenario: Scenario) -> None:
    frances, amal = scenario.facilitator(), scenario.facilitator("Amal")
    gathering = await scenario.gathering()
    await amal.says(f"/htg-host roster {gathering.id}")
    await amal.says("/htg privacy")
    amal.reads("What you do as a facilitator, and when, but not your words")
    await amal.presses("Forget me")
    await amal.presses("Forget me for good")
    await frances.says("/htg-host log")
    assert "Amal" not in frances.reads("Somebody who has left read the roster of Grief and Gratitude.").text


async def test_members_do_not_read_the_log(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await ada.says("/htg-host log")
    ada.reads("That is for facilitators.")
