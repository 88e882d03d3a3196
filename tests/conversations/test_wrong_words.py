"""Whatever somebody types: what undoes is never taken for what it undoes, a sentence is met as words, and nobody who is
expected is left outside for want of the right one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.config import Config
from bot.views import Link
from tests.conversations.conftest import SECRET, TONIGHT, Scenario
from tests.conversations.harness import Harness, Persona

UNDOING = [
    "unsuscribe", "unsubscribe", "cancel", "cancel my registration", "desuscribir", "desapuntar",
    "anular mi inscripción",
]  # fmt: skip
NEARLY = ["unregster", "unsubcribe", "cancell", "desinscrbirme"]
SENTENCES = {
    "en": ["my mother died", "can you hear me", "I am lost", "hello? nobody listens"],
    "es": ["estoy muy triste hoy", "mis hijos murieron", "hola, estoy triste", "un amigo murió"],
}
WRONG = {
    "en": ["xyzzy", "let me tell you something", "gatehring", "where?"],
    "es": ["xyzzy", "déjame contarte algo", "encuetro", "¿dónde?"],
}
SAID = {
    "en": (
        "nobody reads this line",
        "Somebody reads what you write to",
        ["My gatherings", "Upcoming gatherings", "What I can do"],
    ),
    "es": (
        "nadie lee",
        "Alguien lee lo que escribas",
        ["Mis encuentros", "Próximos encuentros", "Qué puedo hacer por ti"],
    ),
}
DOORS = {"en": ("Join", "Come back in", "Welcome back."), "es": ("Entrar", "Volver a entrar", "Qué bien que vuelvas.")}
both_languages = pytest.mark.parametrize("language", ["en", "es"])


@pytest.fixture
def config(harness: Harness) -> Config:
    return Config(
        announcement_channels={harness.channel("gatherings"): "Gatherings"},
        per_minute={},
        contact=Link("ada@example.org", "mailto:ada@example.org"),
        support={"": ("A line of help: 116 123",)},
    )


@both_languages
@pytest.mark.parametrize("typed", UNDOING)
async def test_a_word_that_undoes_leads_to_unregistering(scenario: Scenario, typed: str, language: str) -> None:
    ada = scenario.member("Ada", language=language)
    await scenario.gathering("Letting go")
    await ada.says("/htg register Letting go")
    await ada.says(f"/htg {typed}")
    await ada.picks("Letting go")
    ada.reads("no longer registered" if language == "en" else "Has anulado tu inscripción", "Letting go")


@both_languages
async def test_one_that_is_nearly_such_a_word_never_suggests_to_register(scenario: Scenario, language: str) -> None:
    ada = scenario.member("Ada", language=language)
    for typed in NEARLY:
        await ada.says(f"/htg {typed}")
        ada.reads(f"“{typed}”" if language == "en" else f"«{typed}»", "/htg unregister")


@both_languages
async def test_a_sentence_is_met_like_words_in_the_private_line(scenario: Scenario, language: str) -> None:
    ada = scenario.member("Ada", language=language)
    nobody, contact, ways_on = SAID[language]
    for typed in SENTENCES[language]:
        await ada.says(f"/htg {typed}")
        answer = ada.reads(nobody, contact, "ada@example.org", "116 123")
        assert [button.label for button in answer.buttons] == ways_on
        assert typed not in answer.text, "what they wrote is not read back to them"


@pytest.mark.parametrize(
    ("language", "come", "leave"),
    [
        ("en", "hey, please register me for letting go", "hello cancel my registration for letting go, many thanks"),
        ("es", "hola, por favor inscríbeme en letting go", "cancela mi inscripción en letting go, muchas gracias"),
        ("es", "por favor apúntame a letting go", "anula mi plaza en letting go"),
    ],
)
async def test_politeness_hides_nothing(scenario: Scenario, language: str, come: str, leave: str) -> None:
    ada = scenario.member("Ada", language=language)
    await scenario.gathering("Letting go")
    await ada.says(f"/htg {come}")
    ada.reads("You are registered for Letting go" if language == "en" else "Te has inscrito en Letting go")
    await ada.says(f"/htg {leave}")
    ada.reads("no longer registered" if language == "en" else "Has anulado tu inscripción", "Letting go")
    await ada.says("/htg hola")
    ada.reads("Letting go")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["suicide", "Crisis!", "alone", "thanks", "human", "911"]),
        ("es", ["socorro", "morir", "gracias", "adiós"]),
    ],
)
async def test_a_word_for_a_person_is_met_like_a_sentence(scenario: Scenario, language: str, words: list[str]) -> None:
    ada = scenario.member("Ada", language=language)
    nobody, contact, _ = SAID[language]
    for typed in words:
        await ada.says(f"/htg {typed}")
        answer = ada.reads(nobody, contact, "ada@example.org", "116 123")
        assert typed not in answer.text


async def test_what_follows_a_command_may_be_a_sentence_too(scenario: Scenario) -> None:
    ada, bo = scenario.member("Ada"), scenario.member("Bo")
    await scenario.gathering("Letting go")
    await scenario.gathering("Grief at work", TONIGHT + timedelta(days=1))
    await ada.says("/htg register letting")
    for typed in ("I can’t come, my mother died", "leave me alone", "cancel it please", "unregister me now"):
        await ada.says(f"/htg {typed}")
        shown = ada.reads("Which gathering?")
        assert "nothing to undo" not in shown.text
        assert len(shown.choices) == 1
    await bo.says("/htg I can’t come, my mother died")
    bo.reads("You are not registered for a gathering at the moment.")
    await ada.says("/htg cancel grief at work")
    ada.reads("You are not registered for Grief at work")
    scenario.clock.move_to(TONIGHT - timedelta(minutes=5))
    for typed in ("let me in please", "zoom now"):
        await ada.says(f"/htg {typed}")
        ada.reads("Welcome")
    for typed in ("link doesn't work", "door where is it"):
        await ada.says(f"/htg {typed}")
        ada.reads("I did not find a gathering called")
        await ada.presses("Come back in")
        ada.reads("Welcome back.")


@pytest.mark.everywhere
@both_languages
async def test_with_nothing_but_wrong_words_one_reaches_the_door(scenario: Scenario, language: str) -> None:
    ada = scenario.member("Ada", language=language)
    await scenario.gathering("Letting go")
    join, back, welcome = DOORS[language]
    await ada.says("/htg sign me up for letting go")
    scenario.clock.move_to(TONIGHT - timedelta(minutes=5))
    for typed in WRONG[language]:
        await ada.says(f"/htg {typed}")
        await ada.presses(join)
        assert SECRET in ada.link_out()
        join = back
    ada.reads(welcome)
    scenario.clock.move_to(TONIGHT + timedelta(minutes=40))
    for typed in WRONG[language]:
        await ada.says(f"/htg {typed}")
        await _comes_back(ada, back, welcome)
    await ada.writes("where is it?")
    await _comes_back(ada, back, welcome)
    await ada.says("/htg hola")
    await _comes_back(ada, back, welcome)


async def _comes_back(who: Persona, back: str, welcome: str) -> None:
    await who.presses(back)
    who.reads(welcome)


@both_languages
async def test_the_help_of_facilitators_says_whom_to_write_to(scenario: Scenario, language: str) -> None:
    frances = scenario.facilitator(language=language)
    await frances.says("/htg-host help")
    frances.reads("/htg-host doors", SAID[language][1], "ada@example.org", "116 123")


@pytest.mark.everywhere
@pytest.mark.parametrize(("word", "said"), [("register", "I did not find a gathering called"), ("join", "Grief")])
async def test_a_long_sentence_after_a_command_is_no_old_button(scenario: Scenario, word: str, said: str) -> None:
    """Discord's own field takes no more than 200 characters; everywhere else as much is typed as somebody likes."""
    if scenario.harness.platform == "discord":
        return
    ada = scenario.member("Ada")
    await scenario.gathering()
    await ada.says("/htg register grief")
    await ada.says(f"/htg {word} {'I would like to come because my mother died in spring and ' * 6}")
    assert "from an earlier day" not in ada.reads(said).text
