"""Nothing of the way in gets into what others read, by whatever door it comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.gatherings.model import Gathering, Plan, Status
from bot.i18n import Locale
from bot.plain_text import plain
from bot.redaction.detect import gives_away
from bot.secrets import ZoomLink
from bot.topics import texts as topic_texts
from bot.unit_of_work import UnitOfWork
from tests.conversations.conftest import SECRET, TONIGHT, Scenario

ROOM = f"https://us02web.zoom.us/j/81234567890?pwd={SECRET}"
PASSCODE = "98qz77"
REFUSED = "Please leave the link and passcode of the room out: everyone can read this."
WRAPPED = "https://www.google.com/url?q=https%3A%2F%2Fzoom.us%2Fj%2F81234567899"
LEAKS = ["Meeting 812 3456 7890", "the word is 98QZ77", WRAPPED, "zoom[.]us/j/81234567899"]


@pytest.mark.everywhere
@pytest.mark.parametrize("leak", LEAKS)
async def test_the_form_refuses_it_in_each_field(scenario: Scenario, leak: str) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")
    assert frances.window is not None
    # Where the platform has only its picker for people, nothing is written there.
    texts = dict.fromkeys(frances.window.labels.keys() & {"title", "description", "facilitators"}, leak)
    await frances.fills(starts="2026-12-04 18:00", zoom=f"{ROOM} {PASSCODE}", **texts)
    for name in texts:
        frances.reads_an_error(name, REFUSED)


async def test_a_change_refuses_it_though_the_link_is_not_typed_again(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    gathering = await scenario.gathering(link=ZoomLink(ROOM, PASSCODE))
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills(title="Grief 98qz77")
    frances.reads_an_error("title", REFUSED)


@pytest.mark.parametrize("leak", LEAKS)
async def test_a_note_and_a_message_are_refused_in_the_same_words(scenario: Scenario, leak: str) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    gathering = await scenario.gathering(link=ZoomLink(ROOM, PASSCODE))
    await ada.says(f"/htg register {gathering.id}")
    await frances.says(f"/htg-host message {gathering.id}")
    await frances.fills(text=leak)
    frances.reads_an_error("text", REFUSED)
    await frances.says(f"/htg-host cancel {gathering.id}")
    await frances.fills(note=leak, sure="yes")
    frances.reads_an_error("note", REFUSED)


@pytest.mark.parametrize("leak", [WRAPPED, "81234567890", "Meeting ID: 812 3456 7899", "Passcode: 11zz22"])
async def test_a_topic_is_refused(scenario: Scenario, leak: str) -> None:
    ada = scenario.member("Ada")
    await scenario.gathering(link=ZoomLink(ROOM, PASSCODE))
    await ada.says("/htg suggest")
    await ada.fills(topic=leak)
    ada.reads_an_error("topic", REFUSED)


async def test_whoever_suggests_topics_cannot_guess_a_passcode(scenario: Scenario) -> None:
    ada = scenario.member("Ada")
    await scenario.gathering(link=ZoomLink(ROOM, "482913"))
    await ada.says("/htg suggest 482913")
    ada.reads("Thank you.")


@pytest.mark.parametrize("leak", ["The passcode is 98qz77.", WRAPPED])
async def test_what_was_kept_before_is_not_published(scenario: Scenario, leak: str) -> None:
    frances, link = scenario.facilitator(), ZoomLink(ROOM, PASSCODE)
    await frances.says("/htg-host create")
    await frances.fills(title="Grief", starts="2026-12-04 18:00", zoom=f"{ROOM} {PASSCODE}")

    def before(uow: UnitOfWork) -> Gathering:
        (draft,) = (each for each in map(uow.gatherings.get, range(1, 9)) if each is not None)
        uow.gatherings.save(replace(draft, description=f"Come. {leak}"))
        plan = Plan("Joy", TONIGHT, "Europe/Madrid", description=f"Come. {leak}", link=link)
        return uow.gatherings.add([plan], Status.PUBLISHED)[0]

    published = await scenario.bot.storage.run(before)
    await frances.presses("Publish")
    frances.reads("This gathering was changed meanwhile.")
    await frances.presses("Publish")
    frances.reads("hold the link to a room", REFUSED)
    await frances.says(f"/htg-host announce {published.id}")
    frances.reads(f"The texts of gathering {published.id} hold the link to a room", REFUSED)
    shown = await scenario.bot.storage.run(lambda uow: uow.gatherings.get(published.id))
    assert shown is not None
    assert PASSCODE not in shown.description
    assert "google" not in shown.description


async def test_a_new_link_whose_number_a_text_holds_is_refused(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    gathering = await scenario.gathering("Circle 81234567890")
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills(zoom=f"{ROOM} {PASSCODE}")
    frances.reads_an_error("title", REFUSED)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (f"https://zoom.us@evil.example/j/{SECRET}", "There is an @ before the host"),
        (f"https://zооm.us/j/{SECRET}", "only looks like Zoom's"),
        (f"https://zoom.us\\j\\{SECRET}", "There is a backslash (\\)"),
        (f"https://zoom\u202e.us/j/{SECRET}", "signs in that link that nobody can see"),
        (f"https://us02web.zoom.us/s/81234567890?zak={SECRET}", "That is the host's own link"),
        (f"https://us02web.zoom.us/rec/play/{SECRET}", "That link leads to no meeting at Zoom"),
        (f"http://meet.example.org/{SECRET}", "begins with https, not http"),
    ],
)
async def test_a_link_that_leads_elsewhere_is_refused_with_a_reason(scenario: Scenario, typed: str, said: str) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")
    await frances.fills(title="Grief", starts="2026-12-04 18:00", zoom=typed)
    frances.reads_an_error("zoom", said)


async def test_a_whole_invitation_may_be_pasted(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    numbers = "".join(f"• +1 301 715 {each} US (Washington DC)\n" for each in range(1000, 1040))
    pasted = f"Join Zoom Meeting\n{ROOM}\n\nID de reunión: 812 3456 7890\nCódigo de acceso: {PASSCODE}\n\n{numbers}"
    assert len(pasted) > 1500
    await frances.says("/htg-host create")
    await frances.fills(title="Grief", starts="2026-12-03 20:00", zoom=pasted)
    frances.reads("A preview.", "on Zoom")
    await frances.presses("Publish")
    await ada.says("/htg register grief")
    ada.reads("You are registered for Grief")


@pytest.mark.everywhere
async def test_a_room_elsewhere_is_called_by_its_host(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada")
    await frances.says("/htg-host create")
    await frances.fills(title="Grief", starts="2026-12-04 18:00", zoom=f"https://meet.example.org/{SECRET}")
    shown = frances.reads("A preview.", "on meet.example.org")
    assert "Zoom" not in shown.text
    gathering = await scenario.gathering(link=ZoomLink(f"https://meet.example.org/{SECRET}", f"{SECRET}-code"))
    await ada.says(f"/htg register {gathering.id}")
    ada.reads("on meet.example.org")
    scenario.clock.move_to(TONIGHT)
    await ada.says(f"/htg join {gathering.id}")
    inside = ada.reads("If meet.example.org asks for a passcode")
    assert any(each.label == "Enter on meet.example.org" for each in inside.buttons)


async def test_nowhere_is_a_room_elsewhere_called_zoom(scenario: Scenario) -> None:
    frances, ada = scenario.facilitator(), scenario.member("Ada", language="es")
    gathering = await scenario.gathering(link=ZoomLink(f"https://meet.example.org/{SECRET}"))
    await ada.says("/htg list")
    assert "Zoom" not in ada.reads("Grief and Gratitude").text
    await ada.presses("Detalles")
    assert "Zoom" not in ada.reads("por meet.example.org").text
    await ada.says(f"/htg register {gathering.id}")
    assert "Zoom" not in ada.reads("por meet.example.org").text
    await ada.says("/htg mine")
    assert "Zoom" not in ada.reads("Grief and Gratitude").text
    await frances.says(f"/htg-host announce {gathering.id}")
    assert "Zoom" not in frances.reads("on meet.example.org").text
    taken = topic_texts.taken_up(Locale(), await _kept(scenario, gathering), [])
    assert "on meet.example.org" in plain(Locale(), taken)


@pytest.mark.parametrize("leak", LEAKS)
async def test_what_was_kept_before_is_shown_to_nobody(scenario: Scenario, leak: str) -> None:
    ada, frances = scenario.member("Ada"), scenario.facilitator()
    link = ZoomLink(ROOM, PASSCODE)
    one = await scenario.gathering(f"Grief {leak}", description=leak, facilitators=leak, link=link)
    for typed in (f"/htg register {one.id}", "/htg mine", "/htg privacy", "/htg list"):
        await ada.says(typed)
        assert leak not in ada.reads().text
    await ada.presses("Details")
    assert leak not in ada.reads("registering holds no place").text
    scenario.clock.move_to(TONIGHT - timedelta(hours=1))
    await scenario.bot.tick()
    assert all(leak not in each.text for each in ada.seen())
    await frances.says(f"/htg-host edit {one.id}")
    kept = await _kept(scenario, one)
    assert kept.withheld
    assert not any(gives_away(text, link) for text in (kept.title, kept.description, kept.facilitators))


async def _kept(scenario: Scenario, gathering: Gathering) -> Gathering:
    kept = await scenario.bot.storage.run(lambda uow: uow.gatherings.get(gathering.id))
    assert kept is not None
    return kept
