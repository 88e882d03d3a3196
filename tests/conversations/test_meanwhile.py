"""Two facilitators at once, and forms that stood open: nobody undoes what the other did, and nobody is told nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.gatherings.model import Gathering
from bot.ports import Overloaded
from tests.conversations.conftest import SECRET, TONIGHT, Scenario
from tests.conversations.harness import Persona


async def _as_stored(scenario: Scenario, gathering: Gathering) -> Gathering:
    found = await scenario.bot.storage.run(lambda uow: uow.gatherings.get(gathering.id))
    assert found is not None
    return found


@pytest.mark.everywhere
async def test_a_form_that_stood_open_undoes_nothing_of_a_colleague(scenario: Scenario) -> None:
    frances, grace = scenario.facilitator(), scenario.facilitator("Grace")
    gathering = await scenario.gathering()
    await frances.says(f"/htg-host edit {gathering.id}")
    await grace.says(f"/htg-host edit {gathering.id}")
    await grace.fills(title="Grief and Hope", starts="2026-12-04 19:00", description="Bring a photograph.")
    grace.reads("Grief and Hope is changed")
    await frances.fills(facilitators="Amal", description="Bring a candle.")
    for name in ("title", "starts"):
        frances.reads_an_error(name, "Somebody else has changed this meanwhile. This is how it stands now.")
    frances.reads_an_error("description", "meanwhile, to “Bring a photograph.”. Save again to put yours in its place.")
    kept = await _as_stored(scenario, gathering)
    assert (kept.facilitators, kept.description) == ("Frances", "Bring a photograph.")
    assert frances.window is not None
    shown = frances.window.values
    assert (shown["title"], shown["facilitators"], shown["description"]) == (
        "Grief and Hope",
        "Amal",
        "Bring a candle.",
    )
    assert shown["starts"].removesuffix(" Europe/Madrid") == "2026-12-04 19:00"
    await frances.fills()
    frances.reads("Grief and Hope is changed")
    kept = await _as_stored(scenario, gathering)
    assert (kept.title, kept.facilitators, kept.description) == ("Grief and Hope", "Amal", "Bring a candle.")
    assert kept.starts_at == TONIGHT + timedelta(days=1, hours=1)


async def test_a_colleague_may_have_corrected_the_zone_alone(scenario: Scenario) -> None:
    frances, grace = scenario.facilitator(), scenario.facilitator("Grace")
    gathering = await scenario.gathering()
    for each in (frances, grace):
        await each.says(f"/htg-host edit {gathering.id}")
    await grace.fills(starts="2026-12-03 18:00 America/Lima")
    grace.reads("is changed")
    await frances.fills(title="Grief and Hope")
    frances.reads_an_error("starts", "Somebody else has changed this meanwhile. This is how it stands now.")
    await frances.fills()
    kept = await _as_stored(scenario, gathering)
    assert (kept.title, kept.zone, kept.starts_at) == ("Grief and Hope", "America/Lima", TONIGHT + timedelta(hours=6))


async def test_both_may_change_the_same_to_the_same(scenario: Scenario) -> None:
    frances, grace = scenario.facilitator(), scenario.facilitator("Grace")
    gathering = await scenario.gathering()
    await frances.says(f"/htg-host edit {gathering.id}")
    await grace.says(f"/htg-host edit {gathering.id}")
    for each in (grace, frances):
        await each.fills(facilitators="Amal")
        each.reads("is changed")


async def test_what_a_colleague_did_is_said_in_spanish(scenario: Scenario) -> None:
    frances, grace = scenario.facilitator(language="es"), scenario.facilitator("Grace")
    gathering = await scenario.gathering()
    await frances.says(f"/htg-host edit {gathering.id}")
    await grace.says(f"/htg-host edit {gathering.id}")
    await grace.fills(facilitators="Amal")
    await frances.fills(facilitators="Bea")
    frances.reads_an_error("facilitators", "Mientras tanto, otra persona cambió esto por «Amal».")


async def test_a_door_rule_that_stood_open_undoes_none_of_a_colleagues(scenario: Scenario) -> None:
    frances, grace = scenario.facilitator(), scenario.facilitator("Grace")
    gathering = await scenario.gathering()
    for each in (frances, grace):
        await each.says(f"/htg-host edit {gathering.id}")
        await each.fills()
        await each.presses("Doors and length")
    await grace.fills(limit="40")
    grace.reads("is changed")
    await frances.fills(late_entry="20m")
    frances.reads_an_error("limit", "This is how it stands now.")
    await frances.fills()
    kept = await _as_stored(scenario, gathering)
    assert (kept.door_rule.limit, kept.door_rule.late_entry) == (40, timedelta(minutes=20))


async def test_what_was_cancelled_is_neither_changed_nor_moved(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills(starts="2026-12-04 19:00")
    asked = frances.reads("1 person will be told.")
    await frances.says(f"/htg-host edit {gathering.id}")
    form = frances.window
    assert form is not None
    await _cancel(scenario, gathering)
    await frances.fills(title="Grief and Hope")
    frances.reads(
        "Grief and Gratitude, Thursday 3 December 2026, 18:00 (Madrid time), was cancelled, so it stays as it is."
    )
    await frances.press(asked, next(each for each in asked.buttons if each.label.startswith("Tell them")))
    frances.reads("was cancelled, so it stays as it is.")
    assert (await _as_stored(scenario, gathering)).title == "Grief and Gratitude"
    await frances.presses("A new one like it")
    assert frances.window is not None
    assert frances.window.values["title"] == "Grief and Gratitude"


async def test_a_cancelled_part_stays_while_the_others_move(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    parts = await scenario.series("Letting go", [TONIGHT + timedelta(weeks=week) for week in range(3)])
    await ada.says(f"/htg register {parts[0].id}")
    await _cancel(scenario, parts[1])
    await frances.says(f"/htg-host edit {parts[1].id}")
    frances.reads("Letting go (part 2 of 3), Thursday 10 December 2026, 18:00 (Madrid time), was cancelled")
    await frances.presses("Change the other parts")
    assert frances.window is not None
    lines = [line.removesuffix(" Europe/Madrid") for line in frances.window.values["starts"].splitlines()]
    assert lines == ["2026-12-03 18:00", "2026-12-17 18:00"]
    await frances.fills(starts="2026-12-03 18:00\n2026-12-18 18:00")
    frances.reads("to Friday 18 December 2026, 18:00 (Madrid time)")
    await frances.presses("Tell them")
    frances.reads("1 registrant is being told")
    assert (await _as_stored(scenario, parts[1])).starts_at == parts[1].starts_at


async def test_details_of_a_cancelled_part_speak_of_no_doors(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    parts = await scenario.series("Letting go", [TONIGHT + timedelta(weeks=week) for week in range(2)])
    await ada.says(f"/htg register {parts[0].id}")
    await ada.says("/htg list")
    listed = ada.reads("part 2 of 2")
    about_second = [each for each in listed.buttons if each.label.startswith("Details")][1]
    await _cancel(scenario, parts[1])
    await ada.press(listed, about_second)
    seen = ada.reads("Letting go (part 2 of 2)", "is cancelled. We are sorry.")
    assert "doors" not in seen.text
    assert not any(each.label.startswith("Unregister") for each in seen.buttons)


async def test_a_move_that_nobody_is_told_of_is_read_back_in_full(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    gathering = await scenario.gathering()
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills(starts="Dec 6 7pm")
    frances.reads(
        "Grief and Gratitude: from Thursday 3 December 2026, 18:00 (Madrid time)"
        " to Sunday 6 December 2026, 19:00 (Madrid time), in 5 days."
    )


async def test_a_move_is_read_back_in_spanish_once_it_is_made(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(language="es"), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills(starts="6 de diciembre a las 7 de la tarde")
    await frances.presses("Avisar")
    frances.reads(
        "del jueves 3 de diciembre de 2026, 18:00", "al domingo 6 de diciembre de 2026, 19:00", "dentro de 5 días"
    )


@pytest.mark.everywhere
async def test_a_move_says_from_when_on_each_ones_own_clock(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    ada, bob = scenario.member("Ada"), scenario.member("Bob", zone="America/New_York", language="es")
    gathering = await scenario.gathering()
    await scenario.announced(gathering)
    for each in (ada, bob):
        await each.says(f"/htg register {gathering.id}")
    await _moves(frances, gathering, "2026-12-05 19:00")
    await scenario.bot.tick()
    ada.hears_privately(
        "it now begins Saturday 5 December, 19:00", "Before, it was to begin Thursday 3 December, 18:00"
    )
    bob.hears_privately("jueves 3 de diciembre", "12:00", "sábado 5 de diciembre", "13:00")
    ada.sees_in("gatherings", "Saturday 5 December", "It has moved. Before, it was to begin", "Thursday 3 December")
    await _moves(frances, gathering, "2026-12-06 19:00")
    await scenario.bot.tick()
    ada.hears_privately("it now begins Sunday 6 December", "Before, it was to begin Saturday 5 December")
    ada.sees_in("gatherings", "Sunday 6 December", "It has moved. Before, it was to begin", "Thursday 3 December")


async def test_two_moves_before_anybody_hears_are_one_from_when_they_know(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    await scenario.bot.tick()
    await _moves(frances, gathering, "2026-12-05 19:00")
    await _moves(frances, gathering, "2026-12-06 19:00")
    await scenario.bot.tick()
    heard = ada.hears_privately("it now begins Sunday 6 December", "Before, it was to begin Thursday 3 December")
    assert "Saturday" not in heard.text


async def test_moved_and_back_before_anybody_hears_is_said_to_be_as_it_was(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says(f"/htg register {gathering.id}")
    await _moves(frances, gathering, "2026-12-05 19:00")
    await _moves(frances, gathering, "2026-12-03 18:00")
    await scenario.bot.tick()
    ada.hears_privately("was moved, and is back at its time: Thursday 3 December")


async def _moves(who: Persona, gathering: Gathering, to: str) -> None:
    await who.says(f"/htg-host edit {gathering.id}")
    await who.fills(starts=to)
    await who.presses("Tell them")
    who.reads("being told of the new time")


async def _cancel(scenario: Scenario, gathering: Gathering) -> None:
    grace = scenario.facilitator("Grace")
    await grace.says(f"/htg-host cancel {gathering.id}")
    await grace.fills(note="", **({"which": "this"} if gathering.is_part else {}))
    grace.reads("is cancelled")


async def test_a_no_to_a_facilitator_leads_on(scenario: Scenario) -> None:
    """Old buttons and open forms of what a colleague cancelled meanwhile, and a message that was sent already."""
    frances, greta, ada = scenario.facilitator(), scenario.facilitator("Greta"), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says("/htg register grief")
    await frances.says(f"/htg-host message {gathering.id}")
    await frances.fills(text="Bring a candle.")
    written = frances.reads("A preview.")
    send = next(each for each in written.buttons if each.label == "Send")
    await frances.press(written, send)
    await frances.press(written, send)
    frances.reads("That message was sent already.")
    await frances.presses("See whom it reaches")
    frances.reads("1 registered")
    await frances.says(f"/htg-host announce {gathering.id}")
    offered = frances.reads("Post it in which channel?")
    await frances.says(f"/htg-host message {gathering.id}")
    await greta.says(f"/htg-host cancel {gathering.id}")
    await greta.fills(note="")
    await frances.fills(text="See you tonight.")
    refused = frances.reads("was cancelled already.")
    assert [each.label for each in refused.buttons] == ["A new one like it"]
    await frances.choose(offered, offered.choices[0])
    assert frances.reads("was cancelled already.").buttons
    await frances.says(f"/htg-host start {gathering.id}")
    frances.reads("there is nothing to start.")
    await frances.presses("A new one like it")
    assert frances.window is not None
    assert frances.window.values["title"] == "Grief and Gratitude"


async def test_words_come_back_where_the_draft_was_discarded_meanwhile(scenario: Scenario) -> None:
    frances, grace = scenario.facilitator(), scenario.facilitator("Grace")
    await frances.says("/htg-host create")
    await frances.fills(title="Grief at work", starts="2026-12-10 18:00", zoom=f"https://zoom.example/j/{SECRET}")
    preview = frances.reads("A preview.")
    await frances.presses("Change")
    await grace.says("/htg-host drafts")
    await grace.presses("Discard")
    await frances.fills(title="Grief at work, and after", description="Bring a photograph.\n\nOr a candle.")
    said = frances.reads("was changed or discarded since", "This is what you wrote", "Grief at work, and after")
    assert "Bring a photograph.\n\nOr a candle." in said.text
    assert SECRET not in said.text
    assert [each.label for each in said.buttons] == ["Drafts"]
    await frances.press(preview, next(each for each in preview.buttons if each.label == "Publish"))
    assert "This is what you wrote" not in frances.reads("was changed or discarded since").text


async def test_words_come_back_where_the_topic_was_declined_meanwhile(scenario: Scenario) -> None:
    ada, frances, grace = scenario.member("Ada"), scenario.facilitator(language="es"), scenario.facilitator("Grace")
    await ada.says("/htg suggest Grief at work")
    for each in (frances, grace):
        await each.says("/htg-host topics")
    await frances.presses("Llevar adelante")
    await grace.presses("Decline")
    await frances.fills(
        starts="2026-12-10 18:00", description="Trae una foto.", zoom=f"https://zoom.example/j/{SECRET}"
    )
    said = frances.reads("Ese tema ya no está abierto", "Esto es lo que escribiste, para que no se pierda:")
    assert "Trae una foto." in said.text


async def test_words_to_registrants_come_back_where_it_was_cancelled_meanwhile(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await ada.says("/htg register grief")
    await frances.says(f"/htg-host message {gathering.id}")
    await _cancel(scenario, gathering)
    await frances.fills(text="See you tonight. Bring a candle.")
    frances.reads("was cancelled already.", "This is what you wrote", "See you tonight. Bring a candle.")


@pytest.mark.everywhere
async def test_words_come_back_where_nothing_could_be_done(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")

    async def busy(*_: object) -> None:
        raise Overloaded

    monkeypatch.setattr(scenario.bot.dispatcher, "_storage", type("Full", (), {"run": busy})())
    await frances.fills(title="Grief at work", starts="Dec 10 6pm", zoom=f"https://zoom.example/j/{SECRET}")
    said = frances.reads("Nothing was changed", "This is what you wrote", "Grief at work", "Dec 10 6pm")
    assert SECRET not in said.text


async def test_a_form_that_is_sent_as_it_opened_changes_nothing_and_says_so(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering()
    await scenario.announced(gathering)
    await ada.says("/htg register grief")
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills()
    answer = frances.reads("Grief and Gratitude stays as it was.")
    assert "Announcements" not in answer.text
    await frances.presses("Doors and length")
    assert frances.window is not None
