"""People change their minds, press old buttons and repair mistakes: what they then read and hear stays true."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.addresses import Address
from bot.members.model import Person
from bot.notifications.model import Receipt
from bot.unit_of_work import UnitOfWork
from tests.conversations.conftest import SECRET, TONIGHT, Scenario
from tests.storage.claims import claim

LINK = f"https://zoom.us/j/{SECRET}?pwd={SECRET}\n{SECRET}-pass"


async def test_registering_again_for_one_part_leaves_the_others(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    parts = await scenario.series("Letting go", [TONIGHT + timedelta(weeks=week) for week in range(3)])
    await ada.says(f"/htg register {parts[0].id}")
    await scenario.bot.passes(hours=25)
    ada.hears_privately("part 1 of 3", "in 24 hours")
    await ada.presses("I can’t come")
    ada.reads("You are still registered for the other parts.")
    await ada.presses("Register again")
    ada.reads("You are registered for Letting go", "part 1 of 3")
    await ada.says("/htg mine")
    ada.reads("part 1 of 3", "part 2 of 3", "part 3 of 3")


async def test_who_wants_to_hear_of_moves_alone_gets_no_word_afterwards(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    assert "asked for no reminders" not in ada.reads("You are registered").text
    await ada.says("/htg settings")
    await ada.fills(direct="no")
    ada.reads("I will only write if a gathering moves or is cancelled.")
    await ada.says(f"/htg register {gathering.id}")
    assert "comes with the reminder" not in ada.reads("You are registered", "You asked for no reminders.").text
    scenario.clock.move_to(TONIGHT)
    await ada.says("/htg join")
    ada.reads("Welcome")
    await scenario.bot.passes(hours=3)
    ada.hears_nothing()


async def test_moved_there_and_back_and_there_again_is_told_each_time(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    for hour in (19, 18, 19):
        await frances.says(f"/htg-host edit {gathering.id}")
        await frances.fills(starts=f"2026-12-03 {hour}:00")
        await frances.presses("Tell them")
        frances.reads("1 registrant is being told")
        await scenario.bot.tick()
        ada.hears_privately("has moved", f"{hour}:00")


async def test_who_was_in_before_it_was_put_off_hears_the_new_reminders(scenario: Scenario) -> None:
    """Zoom is out, so everyone meets a week later: for that evening nobody is in yet."""
    frances, ada, bob = scenario.facilitator(), scenario.member("Ada"), scenario.member("Bob")
    gathering = await scenario.gathering()
    for each in (ada, bob):
        await each.says(f"/htg register {gathering.id}")
    scenario.clock.move_to(TONIGHT)
    await ada.says("/htg join")
    ada.reads("Welcome")
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills(starts="2026-12-10 18:00")
    await frances.presses("Tell them")
    frances.reads("2 registrants are being told")
    await scenario.bot.tick()
    ada.hears_privately("has moved")
    await frances.says(f"/htg-host doors {gathering.id}")
    frances.reads("Not open yet", "0 in", "90 places left")
    await ada.says("/htg join")
    ada.reads("The doors of Grief and Gratitude open")
    await scenario.bot.passes(days=6, minutes=1)
    ada.hears_privately("in 24 hours")


async def test_put_off_by_a_moment_everyone_stays_in(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    scenario.clock.move_to(TONIGHT)
    await ada.says("/htg join")
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills(starts="2026-12-03 18:05")
    await frances.presses("Tell them")
    await frances.says(f"/htg-host doors {gathering.id}")
    frances.reads("Open", "1 in", "89 places left")
    await ada.says("/htg join")
    ada.reads("Welcome back.")


@pytest.mark.everywhere
async def test_a_channel_that_refused_the_post_can_be_chosen_again(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()

    def refuse(uow: UnitOfWork) -> None:
        """As a channel does that the bot was not let into."""
        (claimed,) = claim(uow, scenario.clock.now())
        uow.deliveries.settle(claimed, Receipt.BLOCKED, scenario.clock.now(), "not in the channel")

    await frances.says(f"/htg-host announce {gathering.id}")
    await frances.picks("Gatherings")
    frances.reads("is being posted in")
    await scenario.books(refuse)
    await frances.says(f"/htg-host announce {gathering.id}")
    frances.reads("does not stand in Gatherings yet")
    await frances.picks("Gatherings")
    frances.reads("is being posted in")
    await scenario.bot.tick()
    ada.sees_in("gatherings", "Grief and Gratitude", "register to attend")
    await frances.says(f"/htg-host announce {gathering.id}")
    assert "does not stand in" not in frances.reads("A preview of the post.").text
    await frances.picks("Gatherings")
    frances.reads("is announced in")


async def test_what_was_deleted_in_its_channel_is_posted_again_once(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    gathering = await scenario.gathering()

    def posts() -> int:
        return sum("Grief and Gratitude" in each.text for each in frances.seen() if each.where == "channel")

    for _ in range(2):
        await frances.says(f"/htg-host announce {gathering.id}")
        await frances.picks("Gatherings")
        await scenario.bot.tick()
    answer = frances.reads("is announced in")
    assert posts() == 1
    (again,) = (button for button in answer.buttons if button.label == "It was deleted: post again")
    for _ in range(2):
        await frances.press(answer, again)
    frances.reads("is being posted in")
    await scenario.bot.tick()
    assert posts() == 2
    await frances.press(answer, again)
    frances.reads("is announced in")
    await scenario.bot.tick()
    assert posts() == 2


async def test_a_room_elsewhere_changes_the_post_and_the_calendar(scenario: Scenario) -> None:
    """Both name its host; with another room of the same one, nothing that anybody reads has changed."""
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await scenario.announced(gathering)
    ada.sees_in("gatherings", "on Zoom")
    for link, said, sequence in (
        (LINK, "on Zoom", 0),
        (f"https://meet.example.org/{SECRET}", "on meet.example.org", 1),
        (f"https://meet.example.org/{SECRET}-2", "on meet.example.org", 1),
    ):
        await frances.says(f"/htg-host edit {gathering.id}")
        await frances.fills(zoom=link)
        await scenario.bot.tick()
        ada.sees_in("gatherings", said)
        changed = await scenario.books(lambda uow: uow.gatherings.get(gathering.id))
        assert changed is not None
        assert changed.revision == sequence


async def test_what_cannot_be_seen_does_not_get_into_a_title(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")
    await frances.fills(
        title="Grief \u202egnol\u202c\x07 ago", description="One\u2066\nTwo\x1b", starts="2026-12-03 18:00", zoom=LINK
    )
    frances.reads("A preview.")
    kept = await scenario.bot.storage.run(lambda uow: uow.gatherings.hosted(scenario.clock.now(), limit=9)[0])
    assert (kept.title, kept.description) == ("Grief gnol ago", "One\nTwo")


async def test_publishing_what_was_cancelled_meanwhile_is_not_said_to_have_happened(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")
    await frances.fills(title="Grief at work", starts="2026-12-03 18:00", zoom=LINK)
    await frances.presses("Publish")
    frances.reads("is published")
    await frances.says("/htg-host cancel grief")
    await frances.picks("Grief at work") if frances.window is None else None
    await frances.fills(note="")
    frances.reads("is cancelled")
    await frances.presses("Publish")
    frances.reads("was cancelled already")


async def test_doors_opened_by_mistake_open_by_themselves_all_the_same(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await frances.says(f"/htg-host doors {gathering.id}")
    await frances.presses("Open now")
    frances.reads("Open")
    await frances.presses("Close now")
    frances.reads("Not open yet")
    await ada.says(f"/htg register {gathering.id}")
    ada.reads("You are registered")
    await scenario.bot.passes(hours=25)
    ada.hears_privately("in 24 hours")
    scenario.clock.move_to(TONIGHT)
    await ada.says("/htg join")
    ada.reads("Welcome, the doors are open.")


async def test_who_came_in_by_such_a_mistake_may_come_back(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    await frances.says(f"/htg-host doors {gathering.id}")
    await frances.presses("Open now")
    await ada.says("/htg join")
    ada.reads("Welcome, the doors are open.")
    await frances.presses("Close now")
    await ada.says("/htg join")
    ada.reads("Welcome back.")


async def test_too_late_says_why(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    scenario.clock.move_to(TONIGHT - timedelta(minutes=5))
    await frances.says(f"/htg-host doors {gathering.id}")
    await frances.presses("Close now")
    await ada.says(f"/htg register {gathering.id}")
    answer = ada.reads("The doors of Grief and Gratitude closed at")
    assert "begun" not in answer.text
    await frances.presses("Open now")
    await scenario.books(lambda uow: [uow.admission.admit(_met(uow, n), gathering.id, TONIGHT) for n in range(90)])
    await ada.says(f"/htg register {gathering.id}")
    ada.reads("is full")
    scenario.clock.move_to(TONIGHT + timedelta(hours=2))
    await ada.says(f"/htg register {gathering.id}")
    ada.reads("is over")


def _met(uow: UnitOfWork, number: int) -> int:
    return uow.members.get_or_create(Person(Address("sandbox", f"guest-{number}"), f"Guest {number}"), TONIGHT).id


async def test_a_move_is_shown_again_where_the_gathering_was_changed_meanwhile(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills(facilitators="Amal", starts="Dec 5 7pm")
    asked = frances.reads("to Saturday 5 December 2026, 19:00", "What else you changed is saved.")
    tell = next(each for each in asked.buttons if each.label.startswith("Tell them"))
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills(facilitators="Bea")
    await frances.press(asked, tell)
    frances.reads("This gathering was changed meanwhile.", "1 person will be told.")
    await scenario.bot.tick()
    ada.hears_nothing()
    await frances.presses("Tell them")
    moved = frances.reads("1 registrant is being told")
    await scenario.bot.tick()
    ada.hears_privately("has moved", "Saturday 5 December")
    await frances.press(moved, tell)
    frances.reads("is at that time already. Nobody is told again.")
    await scenario.bot.tick()
    ada.hears_nothing()
    kept = await scenario.bot.storage.run(lambda uow: uow.gatherings.get(gathering.id))
    assert kept is not None
    assert kept.facilitators == "Bea"


async def test_a_move_that_has_passed_meanwhile_is_not_made(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills(starts=f"{scenario.clock.now() + timedelta(minutes=5):%Y-%m-%d %H:%M}Z")
    frances.reads("1 person will be told.")
    scenario.clock.advance(minutes=6)
    await frances.presses("Tell them")
    frances.reads("can no longer be moved like that. Nobody has been told.")
    await scenario.bot.tick()
    ada.hears_nothing()


async def test_what_is_over_is_not_moved_by_a_button_of_before(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills(starts="Dec 5 7pm")
    frances.reads("1 person will be told.")
    scenario.clock.move_to(gathering.ends_at)
    await scenario.bot.tick()
    heard = len(ada.seen())
    await frances.presses("Tell them")
    frances.reads("is over, so it stays as it is.")
    await scenario.bot.tick()
    assert len(ada.seen()) == heard


async def test_a_part_that_is_over_stays_while_the_others_move(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    parts = await scenario.series("Letting go", [TONIGHT + timedelta(weeks=week) for week in range(3)])
    await ada.says(f"/htg register {parts[0].id}")
    await frances.says(f"/htg-host edit {parts[1].id}")
    await frances.fills(starts="2026-12-04 18:00\n2026-12-11 18:00\n2026-12-17 18:00")
    asked = frances.reads("1 person will be told.")
    scenario.clock.move_to(parts[0].ends_at)
    await frances.press(asked, next(each for each in asked.buttons if each.label.startswith("Tell them")))
    frances.reads("can no longer be moved like that. Nobody has been told.")
    await frances.presses("Change")
    await frances.fills(starts="2026-12-04 18:00\n2026-12-11 18:00\n2026-12-17 18:00")
    frances.reads_an_error("starts", "Part 1 is over, so its time stays.")
    await frances.fills(starts="2026-12-03 18:00\n2026-12-11 18:00\n2026-12-17 18:00")
    frances.reads("part 2 of 3", "1 person will be told.")


@pytest.mark.parametrize("gone", ["over", "cancelled"])
async def test_a_series_whose_first_part_is_gone_goes_on(scenario: Scenario, gone: str) -> None:
    frances = scenario.facilitator()
    parts = await scenario.series("Letting go", [TONIGHT + timedelta(weeks=week) for week in range(3)])
    if gone == "over":
        scenario.clock.move_to(parts[0].ends_at)
    else:
        await frances.says(f"/htg-host cancel {parts[0].id}")
        await frances.fills(note="")
    await frances.says(f"/htg-host announce {parts[1].id}")
    preview = frances.reads("A preview of the post.")
    assert preview.buttons[0].label == "Register for both coming parts"
    await frances.presses("At a time")
    await frances.fills(when="2026-12-05 09:00")
    frances.reads("Letting go will be announced in")
    await frances.press(preview, next(each for each in preview.buttons if each.label.startswith("At a time")))
    await frances.fills(when="2026-12-10 19:00")
    frances.reads_an_error("when", "It has begun by then: Thursday 10 December, 18:00")
    await frances.choose(preview, preview.choices[-1])
    frances.reads("is being posted in Gatherings")
    await scenario.bot.tick()
    frances.sees_in("gatherings", "Letting go", "Part 2 of 3")
    await frances.says(f"/htg-host edit {parts[1].id}")
    await frances.fills(description="Bring a candle.")
    await frances.presses("Doors and length")
    assert frances.window is not None
    assert frances.window.values["limit"] == "90"


async def test_a_post_offers_no_part_that_is_past(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    parts = await scenario.series("Letting go", [TONIGHT + timedelta(weeks=week) for week in range(2)])
    await scenario.announced(parts[0])
    labels = [each.label for each in frances.sees_in("gatherings").buttons]
    assert labels == ["Register for both parts", "Details"]
    scenario.clock.move_to(parts[0].ends_at)
    await frances.says(f"/htg-host cancel {parts[1].id}")
    await frances.fills(note="Frances is ill.")
    await scenario.bot.tick()
    post = frances.sees_in("gatherings", "Part 1 of 2: Thursday 3 December, 18:00", "Part 2 of 2: cancelled")
    assert [each.label for each in post.buttons] == ["Details"]


async def test_what_is_cancelled_or_written_about_is_named_in_the_form(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    named = "Grief and Gratitude · Thursday 3 December 2026, 18:00 (Madrid time)"
    await frances.says(f"/htg-host cancel {gathering.id}")
    assert frances.window is not None
    assert f"{named}. 1 person will be told." in frances.window.about
    await frances.says(f"/htg-host message {gathering.id}")
    assert frances.window is not None
    assert named in frances.window.about


async def test_one_person_in_three_parts_is_one_who_is_told(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    parts = await scenario.series("Letting go", [TONIGHT + timedelta(weeks=week) for week in range(3)])
    await ada.says(f"/htg register {parts[0].id}")
    await frances.says(f"/htg-host edit {parts[0].id}")
    await frances.fills(starts="2026-12-03 19:00\n2026-12-10 19:00\n2026-12-17 19:00")
    frances.reads("1 person will be told.")
    await frances.presses("Tell them")
    frances.reads("1 registrant is being told")
    await frances.says(f"/htg-host cancel {parts[0].id}")
    await frances.fills(note="", which="all")
    frances.reads("1 registrant is being told")


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_cancelled_part_offers_nothing_that_one_has(scenario: Scenario, language: str) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada", language=language)
    parts = await scenario.series("Breathing", [TONIGHT + timedelta(days=7 * week) for week in range(3)])
    await ada.says(f"/htg register {parts[0].id}")
    await frances.says(f"/htg-host cancel {parts[0].id}")
    await frances.fills(note="")
    await scenario.bot.tick()
    other, following, act = {
        "en": ("still registered for the other parts", "You are registered for the next one: Breathing", "Register"),
        "es": ("en las demás partes sigue en pie", "Ya te has inscrito en el próximo: Breathing", "Inscri"),
    }[language]
    told = ada.hears_privately(other)
    assert following in told.text
    assert not [button for button in told.buttons if button.label.startswith(act)]
    await ada.says(f"/htg join {parts[0].id}")
    refused = ada.reads(following)
    assert not [button for button in refused.buttons if button.label.startswith(act)]


async def test_a_change_of_words_moves_nothing(scenario: Scenario) -> None:
    """What an import brought, half an hour long and to the second, stands as it is."""
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    starts = [TONIGHT + timedelta(seconds=20), TONIGHT + timedelta(minutes=31)]
    parts = await scenario.series("Breathing", starts, duration=timedelta(minutes=30))
    await ada.says(f"/htg register {parts[0].id}")
    await frances.says(f"/htg-host edit {parts[0].id}")
    await frances.fills(title="Breathing out")
    assert "being told" not in frances.reads("Breathing out is changed").text
    kept = await scenario.bot.storage.run(lambda uow: uow.gatherings.parts(parts[0]))
    assert [each.starts_at for each in kept] == starts


@pytest.mark.parametrize("starts", ["9999-12-31 23:59", "0001-01-01 00:00 America/New_York", "2150-01-01 18:00"])
async def test_a_year_that_nobody_means_is_said_to_be_unreadable(scenario: Scenario, starts: str) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")
    await frances.fills(title="Grief", starts=starts, zoom=LINK)
    frances.reads_an_error("starts", "I could not read")
