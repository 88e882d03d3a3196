"""The doors follow by themselves in a facilitator's private line, on every platform."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.notifications.follow_doors import INTERVAL, DoorsFollower
from bot.notifications.to_facilitators import follow_doors_again
from bot.unit_of_work import UnitOfWork
from tests.conversations.conftest import TONIGHT, Scenario
from tests.conversations.harness import Persona

pytestmark = pytest.mark.everywhere


def _follower(scenario: Scenario) -> DoorsFollower:
    return DoorsFollower(scenario.bot.storage, scenario.harness.messengers, scenario.clock, scenario.config)


def _live(persona: Persona) -> str:
    direct = [message for message in persona.seen() if message.where == "direct"]
    assert direct
    return direct[-1].text


async def test_the_message_of_half_an_hour_before_follows_the_doors_to_the_end(scenario: Scenario) -> None:
    frances, ada, bob = scenario.member("Frances"), scenario.member("Ada"), scenario.member("Bob")
    await frances.says("/htg help")
    await scenario.books(lambda uow: uow.facilitators.add(frances.address))
    gathering = await scenario.gathering()
    for member in (ada, bob):
        await member.says(f"/htg register {gathering.id}")
    await scenario.bot.passes(hours=47, minutes=31)
    frances.hears_privately("begins in", "2 registered")
    follower = _follower(scenario)
    look_again_at = await follower.tick()
    assert look_again_at is not None
    assert look_again_at <= scenario.clock.now() + INTERVAL, "somebody may open them ahead of time in another process"
    assert "begins in" in _live(frances)
    scenario.clock.move_to(TONIGHT - timedelta(minutes=15))
    for said, happens in (
        ("Open · 2 registered · 0 in", None),
        ("1 in · 89 places left", "/htg join"),
        ("Closed · 2 registered · 1 in", f"/htg-host doors {gathering.id}"),
    ):
        if happens:
            await (ada if "join" in happens else frances).says(happens)
        if "Closed" in said:
            await frances.presses("Close now")
        due = await follower.tick()
        assert due is not None
        assert due - scenario.clock.now() <= timedelta(seconds=5)
        assert said in _live(frances)
        scenario.clock.advance(seconds=10)
    scenario.clock.move_to(TONIGHT + timedelta(minutes=90))
    await follower.tick()
    assert "Over · 2 registered · 1 in" in _live(frances)
    frances.hears_nothing()
    scenario.clock.advance(minutes=3)
    assert await follower.tick() is None


async def test_who_asks_for_the_doors_by_a_right_of_the_platform_is_followed_too(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    scenario.clock.move_to(TONIGHT - timedelta(minutes=14))
    for _ in range(2):
        await frances.says(f"/htg-host doors {gathering.id}")
        frances.reads("1 registered", "0 in", "In our private line it follows by itself")
        await scenario.bot.tick()
    direct = [message.text for message in frances.seen() if message.where == "direct" and "0 in" in message.text]
    assert len(direct) == 1, "one message follows"
    await ada.says("/htg join")
    await _follower(scenario).tick()
    assert "1 in · 89 places left" in _live(frances)
    await frances.presses("Close now")
    frances.reads("Closed")


@pytest.mark.parametrize(
    ("language", "follows"), [("en", "In our private line it follows"), ("es", "En nuestra conversación privada")]
)
async def test_whoever_deleted_both_messages_is_told_of_none(scenario: Scenario, language: str, follows: str) -> None:
    frances = scenario.facilitator(language=language)
    gathering = await scenario.gathering()
    scenario.clock.move_to(TONIGHT - timedelta(minutes=14))
    for _ in range(2):
        await frances.says(f"/htg-host doors {gathering.id}")
        frances.reads(follows)
        await scenario.bot.tick()

        def delete(uow: UnitOfWork) -> None:
            live = uow.notifications.live_messages([gathering.id])
            assert live
            for message in live:
                follow_doors_again(uow, message, frances.address, scenario.clock.now())

        await scenario.books(delete)
    await frances.says(f"/htg-host doors {gathering.id}")
    assert follows not in frances.reads("0 in" if language == "en" else "0 ").text


async def test_a_day_ahead_the_doors_are_only_answered(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    gathering = await scenario.gathering()
    await frances.says(f"/htg-host doors {gathering.id}")
    assert "private line" not in frances.reads("Not open yet").text
    await scenario.bot.tick()
    frances.hears_nothing()


async def test_who_left_the_team_sees_no_more(scenario: Scenario) -> None:
    frances, ada = scenario.member("Frances"), scenario.member("Ada")
    await frances.says("/htg help")
    await scenario.books(lambda uow: uow.facilitators.add(frances.address))
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    await scenario.bot.passes(hours=47, minutes=46)
    follower = _follower(scenario)
    await follower.tick()
    assert "0 in" in _live(frances)
    await scenario.books(lambda uow: uow.facilitators.remove(frances.address))
    await ada.says("/htg join")
    scenario.clock.advance(seconds=5)
    await follower.tick()
    assert "0 in" in _live(frances)


async def test_an_older_button_opens_no_doors_of_what_a_colleague_cancelled(scenario: Scenario) -> None:
    frances, gus = scenario.facilitator(), scenario.facilitator("Gus")
    gathering = await scenario.gathering()
    await frances.says(f"/htg-host doors {gathering.id}")
    await gus.says(f"/htg-host cancel {gathering.id}")
    await gus.fills(note="")
    await frances.presses("Open now")
    assert "past" not in frances.reads("Cancelled").text
