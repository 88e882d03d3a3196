"""The evening as facilitators are told of it: half an hour before, when nobody begins, and afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.admission.model import DoorRule
from bot.meetings.events import MeetingEvent, MeetingEventKind
from bot.meetings.hear import hear
from bot.meetings.model import Capture, Meeting, MeetingState
from bot.unit_of_work import UnitOfWork
from tests.conversations.conftest import TONIGHT, Scenario
from tests.conversations.harness import Persona


async def _on_team(scenario: Scenario, name: str) -> Persona:
    persona = scenario.member(name)
    await persona.says("/htg help")
    await scenario.books(lambda uow: uow.facilitators.add(persona.address))
    return persona


async def _with_meeting(scenario: Scenario) -> int:
    gathering = await scenario.gathering()
    meeting = Meeting(gathering.id, "555", MeetingState.STANDS, gathering.revision)
    await scenario.books(lambda uow: uow.meetings.save(meeting))
    return gathering.id


@pytest.mark.everywhere
async def test_half_an_hour_before_and_afterwards_facilitators_hear_a_short_word(scenario: Scenario) -> None:
    frances, ada = await _on_team(scenario, "Frances"), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    await scenario.bot.passes(hours=47)
    frances.hears_nothing()
    await scenario.bot.passes(minutes=30)
    frances.hears_privately("Grief and Gratitude begins in 30 minutes", "1 registered", "close at")
    await frances.presses("Start the meeting")
    frances.reads("You take none of the places")
    await frances.presses("Doors")
    frances.reads("1 registered", "0 in")
    await scenario.bot.passes(minutes=20)
    await ada.says("/htg join")
    await scenario.bot.passes(minutes=104)
    frances.hears_nothing()
    await scenario.bot.passes(minutes=2)
    assert "logged in" not in frances.hears_privately("is over. Thank you for holding", "1 registered · 1 came in").text
    await scenario.bot.passes(hours=24)
    frances.hears_nothing()


async def test_somebody_who_left_the_team_hears_nothing(scenario: Scenario) -> None:
    frances = await _on_team(scenario, "Frances")
    await scenario.gathering()
    await scenario.bot.passes(hours=47)
    await scenario.books(lambda uow: uow.facilitators.remove(frances.address))
    await scenario.bot.passes(hours=4)
    frances.hears_nothing()


async def test_nobody_has_begun_and_everybody_on_the_team_is_called(scenario: Scenario) -> None:
    frances, gus = await _on_team(scenario, "Frances"), await _on_team(scenario, "Gus")
    gathering = await _with_meeting(scenario)
    await scenario.bot.passes(hours=47, minutes=31)
    for facilitator in (frances, gus):
        facilitator.hears_privately("Nobody can enter before one of you starts the meeting")
    await scenario.bot.passes(minutes=23)
    frances.hears_nothing()
    await scenario.bot.passes(minutes=2)
    for facilitator in (frances, gus):
        message = facilitator.hears_privately("as far as I can tell nobody has started the meeting")
        assert [button.label for button in message.buttons] == ["Start the meeting", "Doors"]
    ada = scenario.member("Ada")
    await ada.says(f"/htg register {gathering}")
    await scenario.books(lambda uow: uow.meetings.share_common_link(gathering, TONIGHT - timedelta(hours=1)))
    await ada.says("/htg join")
    ada.reads("Welcome, the doors are open.", "the facilitators are being called")
    await scenario.bot.passes(minutes=2)
    gus.hears_nothing()
    now = scenario.clock.now()
    await scenario.books(lambda uow: uow.meetings.record_started(gathering, now))
    await scenario.bot.passes(seconds=10)
    for facilitator in (frances, gus):
        facilitator.hears_privately("Grief and Gratitude has begun: somebody has started the meeting.")
    await ada.says("/htg join")
    assert "being called" not in ada.reads("Welcome back.").text
    await scenario.bot.passes(minutes=5)
    gus.hears_nothing()


async def test_who_is_turned_away_is_not_told_to_stay_for_zoom(scenario: Scenario) -> None:
    frances, gathering = await _on_team(scenario, "Frances"), await _with_meeting(scenario)
    people = {scenario.member("Ada"): "The doors of", scenario.member("Bo", language="es"): "Las puertas de"}
    for person in people:
        await person.says(f"/htg register {gathering}")
    await scenario.bot.passes(hours=47, minutes=56)
    await frances.says(f"/htg-host doors {gathering}")
    await frances.presses("Close now")
    for person, said in people.items():
        await person.says(f"/htg join {gathering}")
        assert "Zoom" not in person.reads(said).text


async def test_a_meeting_that_runs_calls_nobody(scenario: Scenario) -> None:
    frances = await _on_team(scenario, "Frances")
    gathering = await _with_meeting(scenario)
    await scenario.books(lambda uow: uow.meetings.record_started(gathering, TONIGHT - timedelta(minutes=12)))
    await scenario.bot.passes(hours=47, minutes=31)
    frances.hears_privately("begins in")
    await scenario.bot.passes(minutes=40)
    frances.hears_nothing()


async def test_a_trial_run_that_ended_counts_for_nothing(scenario: Scenario) -> None:
    frances = await _on_team(scenario, "Frances")
    gathering = await _with_meeting(scenario)

    def tried(uow: UnitOfWork) -> None:
        uow.meetings.record_started(gathering, TONIGHT - timedelta(hours=47))
        uow.meetings.record_ended(gathering, TONIGHT - timedelta(hours=46))

    await scenario.books(tried)
    await scenario.bot.passes(hours=47, minutes=31)
    frances.hears_privately("begins in")
    await scenario.bot.passes(minutes=25)
    frances.hears_privately("nobody has started the meeting")


async def test_what_keeps_the_words_is_told_at_once_and_each_time(scenario: Scenario) -> None:
    frances = await _on_team(scenario, "Frances")
    gathering = await _with_meeting(scenario)
    await scenario.books(lambda uow: uow.meetings.record_started(gathering, TONIGHT - timedelta(minutes=9)))
    scenario.clock.move_to(TONIGHT)
    await scenario.bot.tick()
    frances.hears_nothing()
    told = [
        (5, Capture.RECORDING, True, ": a recording."),
        (6, Capture.RECORDING, False, ""),
        (7, Capture.SUMMARY, False, ": a recording, an AI summary."),
        (9, Capture.RECORDING, True, ": a recording, an AI summary."),
    ]
    for minutes, capture, begins, said in told:
        at = TONIGHT + timedelta(minutes=minutes)
        scenario.clock.move_to(at)
        event = MeetingEvent(MeetingEventKind.CAPTURED, "555", at, capture=capture, begins=begins)
        for _ in range(2):  # Zoom sends an event again
            await scenario.books(lambda uow, event=event: hear(uow, event, scenario.clock.now(), scenario.config))  # type: ignore[misc]
            scenario.clock.advance(seconds=2)
        await scenario.bot.tick()
        if said:
            frances.hears_privately("Zoom reports of Grief and Gratitude", said, "promised that nothing is recorded")
        else:
            frances.hears_nothing()


@pytest.mark.everywhere
async def test_who_could_not_be_reached_at_all_is_counted_and_nobody_else(scenario: Scenario) -> None:
    frances, ada, bob = await _on_team(scenario, "Frances"), scenario.member("Ada"), scenario.member("Bob")
    gathering = await scenario.gathering()
    for member in (ada, bob):
        await member.says(f"/htg register {gathering.id}")
    await scenario.bot.passes(hours=25)
    for member in (ada, bob):
        member.hears_privately("in 24 hours")
    bob.close_direct_messages()
    await scenario.bot.passes(hours=22, minutes=20)
    await frances.says(f"/htg-host doors {gathering.id}")
    assert "could not be reached" not in frances.reads("2 registered").text, "Bob heard a day before"
    cleo = scenario.member("Cleo")
    await cleo.says(f"/htg register {gathering.id}")
    cleo.close_direct_messages()
    await scenario.bot.passes(minutes=31)
    await frances.says(f"/htg-host doors {gathering.id}")
    frances.reads("3 registered", "1 person could not be reached by direct message.")


async def test_whoever_came_and_was_never_let_in_is_counted_once(scenario: Scenario) -> None:
    frances = await _on_team(scenario, "Frances")
    ada, bob, cleo, dan = (scenario.member(name) for name in ("Ada", "Bob", "Cleo", "Dan"))
    gathering = await scenario.gathering(door_rule=DoorRule(limit=1))
    for member in (ada, bob, cleo, dan):
        await member.says(f"/htg register {gathering.id}")
    await scenario.bot.passes(hours=47, minutes=50)
    await ada.says("/htg join")
    for _ in range(2):
        await bob.says("/htg join")
        bob.reads("is full")
    await scenario.bot.passes(minutes=25)
    await cleo.says("/htg join")
    cleo.reads("closed at")
    await ada.says("/htg join")
    ada.reads("Welcome back.")
    await scenario.bot.passes(minutes=81)
    counts = [message.text for message in frances.seen() if message.where == "direct"][-1]
    assert "4 registered · 1 came in · 0 unreached · 2 turned away" in counts
