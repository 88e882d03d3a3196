"""From a suggestion to the gathering about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.addresses import Address
from bot.dispatcher import Dispatcher
from bot.i18n import Locale
from bot.members.model import Person
from bot.plain_text import plain
from bot.request import Call, Request
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from bot.views import View
from tests.conversations.conftest import Scenario
from tests.conversations.harness import Persona
from tests.conversations.test_host import LINK


@pytest.mark.everywhere
async def test_several_ask_for_it_and_hear_when_it_is_taken_up(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    ada, bob, cleo, dan = (scenario.member(name) for name in ("Ada", "Bob", "Cleo", "Dan"))
    await ada.says("/htg suggest Losing a parent")
    ada.reads("Thank you. The facilitators will read it: Losing a parent")
    await bob.says("/htg suggest losing  a Parent")
    bob.reads("Thank you.")
    await cleo.says("/htg suggest Silence")
    cleo.reads("Thank you.", "Would you like one of these too?", "Losing a parent")
    assert "Ada" not in cleo.reads().text
    await cleo.picks("Losing a parent")
    cleo.reads("one more person would like it: Losing a parent")
    await dan.says("/htg suggest Silence")
    await dan.picks("Losing a parent")
    await dan.presses("Take it back")
    dan.reads("Taken back: Losing a parent")

    await frances.says("/htg-host topics")
    shown = frances.reads("Losing a parent", "3 people would like it", "Silence", "2 people would like it").text
    assert shown.index("Losing a parent") < shown.index("Silence")
    await take_up(frances, "Losing a parent")
    frances.reads("A preview.", "Losing a parent")
    await scenario.bot.tick()
    ada.hears_nothing()
    await frances.presses("Change")
    await frances.fills(starts="2026-12-04 19:00")
    await frances.presses("Publish")
    frances.reads("Losing a parent is published", "3 people who asked for the topic are being told.")
    await scenario.bot.passes(seconds=30)  # a platform may want few conversations opened at a time
    for each in (ada, bob, cleo):
        each.hears_privately("A topic that you asked for was taken up: Losing a parent", "19:00")
    dan.hears_nothing()
    await ada.presses("Register")
    ada.reads("You are registered for Losing a parent")
    await frances.says("/htg-host topics")
    assert "Losing a parent" not in frances.reads("Silence").text
    await ada.says("/htg suggest Losing a parent")
    ada.reads("Thank you.")


async def take_up(frances: Persona, label: str) -> None:
    message = frances.reads(label)
    await frances.press(message, next(each for each in message.buttons if each.label.startswith("Take up")))
    assert frances.window is not None
    assert frances.window.values["title"] == label
    await frances.fills(starts="tomorow", zoom=LINK)
    frances.reads_an_error("starts", "I could not read")
    await frances.fills(starts="2026-12-03 18:00", zoom=LINK)


@pytest.mark.everywhere
async def test_the_form_offers_what_others_suggested(scenario: Scenario) -> None:
    ada, bob, frances = scenario.member("Ada"), scenario.member("Bob"), scenario.facilitator()
    await ada.says("/htg suggest Silence")
    await bob.says("/htg suggest")
    assert bob.window is not None
    await bob.fills(topic="")
    bob.reads_an_error("topic", "Please write a topic, or choose one.")
    found = await scenario.bot.storage.run(lambda uow: uow.topics.list_open(limit=5))
    await bob.fills(support=str(found[0].id))
    bob.reads("one more person would like it: Silence")
    await frances.says("/htg-host topics")
    frances.reads("Silence", "2 people would like it")


async def test_merging_counts_each_person_once(scenario: Scenario) -> None:
    ada, bob, frances = scenario.member("Ada"), scenario.member("Bob"), scenario.facilitator()
    await ada.says("/htg suggest Silence")
    await ada.says("/htg suggest Being silent")
    await bob.says("/htg suggest Being silent together")
    await frances.says("/htg-host topics")
    message = frances.reads("Being silent together")
    merges = [each for each in message.buttons if each.label.startswith("Merge")]
    await frances.press(message, merges[1])
    frances.reads("Its voices are counted", "Being silent")
    await frances.picks("Silence")
    frances.reads("Merged. 1 person would like it: Silence")
    await frances.press(message, merges[2])
    await frances.picks("Silence")
    frances.reads("Merged. 2 people would like it: Silence")
    await frances.press(message, merges[2])
    frances.reads("no longer open")


async def test_declining_is_quiet_and_can_be_undone(scenario: Scenario) -> None:
    ada, bob, frances = scenario.member("Ada"), scenario.member("Bob"), scenario.facilitator()
    await ada.says("/htg suggest Silence")
    await bob.says("/htg suggest Noise")
    await frances.says("/htg-host topics")
    message = frances.reads("Silence")
    await frances.press(message, next(each for each in message.buttons if each.label.startswith("Decline")))
    frances.reads("Put aside: Silence. Nobody is told.")
    await bob.picks("Silence")
    bob.reads("no longer on the list")
    await frances.presses("Put it back")
    frances.reads("It is on the list again: Silence")
    await frances.presses("Put it back")
    frances.reads("not put aside any more")
    await scenario.bot.tick()
    ada.hears_nothing()


async def test_pages_of_five(scenario: Scenario) -> None:
    ada, bob, frances = scenario.member("Ada"), scenario.member("Bob"), scenario.facilitator()
    await frances.says("/htg-host topics")
    frances.reads("No suggestions are waiting.")
    for number in range(1, 8):
        await (ada if number % 2 else bob).says(f"/htg suggest Topic number {number}")
        scenario.clock.advance(seconds=1)
    await frances.says("/htg-host topics")
    assert "Topic number 6" not in frances.reads("Topic number 1", "Topic number 5").text
    await frances.presses("Later ones")
    frances.reads("Topic number 6", "Topic number 7")


async def test_members_cannot_decline_whatever_they_press(scenario: Scenario) -> None:
    ada, frances = scenario.member("Ada"), scenario.facilitator()
    await ada.says("/htg suggest Silence")
    await frances.says("/htg-host topics", channel="general")
    message = frances.reads("Silence")
    for button in (each for each in message.buttons if each.label.startswith(("Merge", "Decline"))):
        await ada.press(message, button)
        ada.reads("That is for facilitators.")
        assert ada.window is None


async def many(scenario: Scenario, count: int) -> None:
    """So many topics, each with one vote, the first the oldest."""
    now = scenario.clock.now()

    def work(uow: UnitOfWork) -> None:
        member = uow.members.get_or_create(Person(Address("sandbox", "many")), now)
        for number in range(1, count + 1):
            uow.topics.suggest(member.id, f"Topic no. {number:02}", now + timedelta(minutes=number))

    await scenario.books(work)


@pytest.mark.everywhere
async def test_the_twenty_sixth_topic_can_be_merged_into(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await many(scenario, 28)
    await frances.says("/htg-host topics")
    await frances.presses("Merge")
    frances.reads("Merge it into which?", "the others are a button away")
    await frances.presses("Later ones")
    await frances.picks("Topic no. 28")
    frances.reads("Merged.", "Topic no. 28")


async def test_the_twenty_sixth_topic_can_be_voted_for(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await many(scenario, 28)
    await ada.says("/htg suggest")
    await ada.fills(topic="", support="more")
    ada.reads("Which topic would you like too?", "the others are a button away")
    await ada.presses("Later ones")
    await ada.picks("Topic no. 28")
    ada.reads("one more person would like it: Topic no. 28")
    await ada.says("/htg suggest A new one")
    ada.reads("Would you like one of these too?", "the others are a button away")
    await ada.presses("Later ones")
    await ada.picks("Topic no. 27")
    ada.reads("one more person would like it: Topic no. 27")


async def test_topics_are_searched_where_a_menu_can_be(scenario: Scenario) -> None:
    """What Slack's search box asks while somebody types; every page of it is one menu."""
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    await many(scenario, 30)
    now, config = scenario.clock.now(), scenario.config

    async def offered(who: Persona, call: Call, option: str, typed: str) -> list[str]:
        at_home = scenario.bot.dispatcher.config.home.places(frances.address.platform)
        person = Person(who.address, who.name, organises=at_home if who is frances else frozenset())
        found = await Dispatcher(scenario.bot.storage, config).choices(Request(person, call, now), option, typed)
        return [each.label for each in found]

    merge = Call.of("host-topic-merge", topic=1, page=1)
    assert await offered(frances, merge, "into", "NO. 29") == ["Topic no. 29"]
    assert len(await offered(frances, merge, "into", "")) == 25, "all but itself"
    assert (await offered(frances, merge.filled({"page": "2"}), "into", ""))[0] == "Topic no. 27"
    assert await offered(ada, merge, "into", "29") == [], "members do not look into it"
    assert await offered(ada, Call("support"), "topic", "no. 29") == ["Topic no. 29"]


async def test_what_names_no_topic_is_refused(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await many(scenario, 3)
    at_home = scenario.bot.dispatcher.config.home.places(frances.address.platform)
    who = Person(frances.address, frances.name, organises=at_home)
    for into in ("zzz", "…", "4711"):
        request = Request(who, Call.of("host-topic-merge", topic=1, into=into), scenario.clock.now())
        answer = await scenario.bot.dispatcher.answer(request)
        assert isinstance(answer, View)
        assert "no longer open" in plain(Locale(), answer)


async def test_a_suggestion_may_not_hold_the_room_and_finds_no_passcode_out(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await scenario.gathering(link=ZoomLink("https://zoom.us/j/81234567890?pwd=qz98hunter", "77hunter98"))
    for guessed in ("qz98hunter", "77hunter98"):  # if a right guess were refused, it could be found by guessing
        await ada.says(f"/htg suggest About {guessed}")
        ada.reads("Thank you", guessed)
    await ada.says("/htg suggest Meet at 812 3456 7890")
    kept = await scenario.bot.storage.run(lambda uow: uow.topics.list_open(limit=5))
    assert {topic.text for topic in kept} == {"About qz98hunter", "About 77hunter98"}
