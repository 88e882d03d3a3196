"""Connecting asks first, tells both, and can be undone: told as people live it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.addresses import Address
from bot.i18n import Locale
from bot.members.model import Person
from bot.plain_text import plain
from bot.request import Call, Request
from bot.unit_of_work import UnitOfWork
from bot.views import View
from tests.conversations.conftest import TONIGHT, Scenario
from tests.conversations.test_membership import code_of, connects


@pytest.mark.everywhere
async def test_typing_a_code_joins_nothing_and_names_whose_it_is(scenario: Scenario) -> None:
    """Mallory talks Frances into typing a code; Frances reads whose it is and leaves it."""
    frances, mallory = scenario.facilitator(), scenario.member("Mallory")
    gathering = await scenario.gathering()
    await mallory.says(f"/htg register {gathering.id}")
    await frances.says(f"/htg connect {await code_of(mallory)}")
    frances.reads("Become one member with this one?", "Mallory", mallory.address.account, "please don’t")
    await scenario.bot.tick()
    mallory.hears_nothing()
    await frances.says("/htg mine")
    frances.reads("You are not registered")
    await frances.presses("No, leave it")
    frances.reads("Nothing was joined. All is as it was.")
    await frances.presses("Yes, that is me")
    frances.reads("no longer open, and nothing was joined")
    await frances.says("/htg mine")
    frances.reads("You are not registered")


async def test_the_answer_is_in_the_language_of_where_the_code_was_typed(scenario: Scenario) -> None:
    ada, countess = scenario.member("Ada", zone=None), scenario.member("Countess", zone=None, language="es")
    await countess.says(f"/htg connect {await code_of(ada)}")
    await countess.presses("Sí, soy yo")
    countess.reads("Cada recordatorio llega una sola vez")
    await scenario.bot.tick()
    ada.hears_privately("Countess")


async def test_a_time_zone_that_only_one_of_them_knows_is_kept(scenario: Scenario) -> None:
    """On the other no zone is known: the one who typed the code had chosen one."""
    ada, countess = scenario.member("Ada", zone=None), scenario.member("Countess", zone="America/New_York")
    await scenario.gathering()
    await connects(scenario, ada, countess)
    for persona in (ada, countess):
        await persona.says("/htg settings")
        assert persona.window is not None
        assert persona.window.values["zone"] == "America/New_York"


async def test_facilitating_is_not_inherited_whichever_way_they_connect(scenario: Scenario) -> None:
    frances, mallory = scenario.facilitator(), scenario.member("Mallory")
    await scenario.bot.storage.run(lambda uow: uow.facilitators.add(frances.address))
    await connects(scenario, mallory, frances)
    await mallory.says("/htg-host topics")
    assert "facilitators" in mallory.reads().text
    await frances.says("/htg-host team")
    frances.reads("Who facilitates", str(frances.address))
    assert mallory.address.account not in frances.reads().text


@pytest.mark.everywhere
async def test_the_question_is_for_one_person_once_and_for_a_while(scenario: Scenario) -> None:
    here, there, eve = scenario.member("Ada"), scenario.member("Countess"), scenario.member("Eve")
    code = await code_of(here)
    await there.says(f"/htg connect {code}")
    asked = there.reads("Become one member")
    confirm = next(each for each in asked.buttons if each.label == "Yes, that is me")
    # Somebody else who sends what this button sends, however they come by it.
    token = re.search(r"token=([\w-]{16})", confirm.id + confirm.value)
    assert token is not None
    forged = Request(Person(eve.address, "Eve"), Call.of("connect-confirm", token=token[1]), scenario.clock.now())
    answer = await scenario.bot.dispatcher.answer(forged)
    assert isinstance(answer, View)
    assert "no longer open, and nothing was joined" in plain(Locale(), answer)
    await there.press(asked, confirm)
    there.reads("You are one member now")
    await there.press(asked, confirm)
    assert "nothing was joined" not in there.reads("was answered already").text
    await eve.says(f"/htg connect {await code_of(there)}")
    scenario.clock.advance(minutes=11)
    await eve.presses("Yes, that is me")
    eve.reads("no longer open")
    await eve.says(f"/htg connect {await code_of(there)}")
    await code_of(there)  # another code: the one that Eve typed is no longer theirs
    await eve.presses("Yes, that is me")
    eve.reads("no longer open")


@pytest.mark.everywhere
async def test_disconnecting_gives_each_registration_back_to_where_it_was_made(scenario: Scenario) -> None:
    here, there = scenario.member("Ada"), scenario.member("Countess")
    both = await scenario.gathering()
    mine = await scenario.gathering("Living with illness", TONIGHT + timedelta(days=1))
    theirs = await scenario.gathering("Losing a parent", TONIGHT + timedelta(days=2))
    for persona, chosen in ((here, (both, mine)), (there, (both, theirs))):
        for gathering in chosen:
            await persona.says(f"/htg register {gathering.id}")
    await connects(scenario, here, there)
    await here.says("/htg connect")
    here.reads("You are one member as", "Ada", "Countess", there.address.account)
    await here.says("/htg list")
    await scenario.bot.passes(hours=24, minutes=1)
    here.hears_privately("Grief and Gratitude begins in 24 hours")
    there.hears_nothing()
    await there.says("/htg connect")
    row = there.reads("You are one member as")
    await there.press(row, next(each for each in row.buttons if each.label.startswith("Disconnect")))
    there.reads("again", "went back to where it was made")
    await scenario.bot.tick()
    here.hears_privately("are two members again")
    there.hears_nothing()
    for persona, kept, gone in ((here, mine, theirs), (there, theirs, mine)):
        await persona.says("/htg mine")
        text = persona.reads(both.title, kept.title).text
        assert gone.title not in text
    await scenario.bot.passes(hours=23)
    for persona in (here, there):
        heard = [each.text for each in persona.seen() if each.where == "direct" and "begins in 1 hour" in each.text]
        assert len(heard) == 1, "each hears for itself again"
        assert not [each for each in persona.seen() if each.where == "direct" and "begins in 24 hours" in each.text][1:]


async def test_who_was_connected_without_knowing_undoes_it_in_one_press(scenario: Scenario) -> None:
    ada, mallory = scenario.member("Ada"), scenario.member("Mallory")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    await mallory.says(f"/htg connect {await code_of(ada)}")
    await mallory.presses("Yes, that is me")
    await scenario.bot.tick()
    ada.hears_privately("You are one member now with", "Mallory", "If this was not you, press Disconnect")
    await ada.presses("Disconnect")
    ada.reads("Mallory", "again")
    await scenario.bot.tick()
    mallory.hears_privately("are two members again")
    await mallory.says("/htg mine")
    mallory.reads("You are not registered")
    await ada.says("/htg mine")
    ada.reads("Grief and Gratitude")
    await ada.presses("Disconnect")
    ada.reads("not connected with you any more")


async def test_whoever_became_one_with_a_facilitator_cannot_take_that_from_them(scenario: Scenario) -> None:
    """Mallory got Frances' code, confirmed, and is forgotten before she can disconnect."""
    frances, mallory = scenario.facilitator(), scenario.member("Mallory")
    await scenario.bot.storage.run(lambda uow: uow.facilitators.add(frances.address))
    await scenario.bot.storage.run(lambda uow: uow.facilitators.add(mallory.address))
    await connects(scenario, frances, mallory)
    await mallory.says("/htg privacy")
    await mallory.presses("Forget me")
    asked = mallory.reads("Stays on the team of facilitators", str(frances.address))
    assert mallory.address.account not in asked.text
    await mallory.presses("Forget me for good")
    mallory.reads("You are forgotten.")
    assert await scenario.bot.storage.run(lambda uow: uow.facilitators.addresses()) == [frances.address]


async def test_who_became_one_with_many_finds_their_own_address_first(scenario: Scenario) -> None:
    """More selves than are shown at once: whoever is among them can part from all of them in one press."""
    ada, mallory = scenario.member("Ada"), scenario.member("Mallory")

    def others(uow: UnitOfWork) -> None:
        kept = uow.members.get_or_create(Person(mallory.address), scenario.clock.now()).id
        for number in range(12):
            other = Person(Address(mallory.address.platform, f"{mallory.address.account[:-1]}0{number}"), f"M{number}")
            uow.accounts.merge(kept, uow.members.get_or_create(other, scenario.clock.now()).id, scenario.clock.now())

    await scenario.bot.storage.run(others)
    await mallory.says(f"/htg connect {await code_of(ada)}")
    await mallory.presses("Yes, that is me")
    await ada.says("/htg connect")
    rows = ada.reads("You are one member as").text
    assert "This is where you are now." in rows.split("M0")[0].split("Mallory")[0]
    await ada.presses("Disconnect")
    ada.reads("a member of your own here again")
