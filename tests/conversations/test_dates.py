"""Dates as facilitators type them: what can mean two is asked about, what cannot be is said, and nothing is lost."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import SECRET, Scenario

LINK = f"https://zoom.us/j/{SECRET}?pwd={SECRET}\n{SECRET}-pass"


@pytest.mark.everywhere
async def test_one_press_says_which_time_was_meant(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")
    await frances.fills(title="Grief at work", description="Bring a candle.", starts="2/3/2027 6pm", zoom=LINK)
    frances.reads_an_error("starts", "Please choose the one you mean, or write it.")
    await frances.means("Tuesday 2 March 2027, 18:00 (Madrid time)")
    frances.reads("Grief at work", "Bring a candle.", "Tuesday 2 March 2027, 18:00")


@pytest.mark.everywhere
async def test_each_line_that_may_mean_two_is_asked_about(scenario: Scenario) -> None:
    frances = scenario.facilitator(language="es")
    await frances.says("/htg-host create")
    await frances.fills(title="Duelo", starts="2/3/2027 a las 18\nel 9 de marzo de 2027 a las 6", zoom=LINK)
    frances.reads_an_error("starts", "Elige cuál quieres decir, o escríbelo.")
    await frances.means("martes 2 de marzo de 2027, 18:00 (hora de Madrid)")
    await frances.means("martes 9 de marzo de 2027, 18:00 (hora de Madrid)")
    frances.reads("martes 2 de marzo de 2027, 18:00", "martes 9 de marzo de 2027, 18:00")


async def test_whoever_writes_another_time_instead_is_heard(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    gathering = await scenario.gathering()
    await frances.says(f"/htg-host edit {gathering.id}")
    await frances.fills(facilitators="Amal", starts="12/5/2027 7pm")
    await frances.fills(starts="Dec 5 7pm")
    frances.reads("to Saturday 5 December 2026, 19:00 (Madrid time), in 4 days.")


async def test_the_second_half_of_a_night_when_clocks_go_back(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")
    await frances.fills(title="Late circle", starts="Oct 31 2027 2:30", zoom=LINK)
    await frances.means("Sunday 31 October 2027, 02:30 (UTC+1) (Madrid time)")
    frances.reads("Late circle", "02:30 (UTC+1)")


@pytest.mark.parametrize(
    ("language", "typed", "said"),
    [
        ("en", "yesterday 6pm", "That is already past: Monday 30 November, 18:00 (Madrid time)."),
        ("es", "ayer a las 18", "Esa fecha ya ha pasado: lunes 30 de noviembre, 18:00 (hora de Madrid)."),
        ("en", "Thursdays at 6pm", "is on many days. Please write each date by itself, like 2026-12-08 18:00"),
        ("es", "los jueves a las 18", "son muchos días. Escribe cada fecha por separado, así: 2026-12-08 18:00"),
        ("en", "Dec 10 6pm, then weekly", "I could not read “then”. Try: 2026-12-08 18:00"),
        ("es", "10 dic 18:00, después semanal", "No he podido leer «después». Prueba así: 2026-12-08 18:00"),
        ("en", "the week of Thursday, at 6pm", "I could not read “week”."),
        ("en", "Dec 10, 17 and 24 at 6pm", "is on many days. Please write each date by itself"),
        ("es", "10, 17 y 24 de diciembre a las 18", "son muchos días. Escribe cada fecha por separado"),
        ("en", "Dec 10 6pm Madird", "I do not know the time zone “madird”. Is it Europe/Madrid?"),
        ("en", "tomorrow", "At what time is “tomorrow”? Try: tomorrow 18:00"),
        ("es", "mañana", "Prueba así: mañana 18:00"),
        ("en", "Dec 10 6pm, weekly 4 times", "A series has at most 3 parts."),
        ("es", "10 dic 18:00, semanal, 4 veces", "Una serie tiene 3 partes como máximo."),
        ("en", "31 Feb 6pm", "There is no such day as in “31 Feb 6pm”."),
        ("es", "31 de abril a las 18", "El día de «31 de abril a las 18» no existe."),
        ("en", "3 Dec 18:00 to 20:00", "would last 2 hours. Please write only when it begins"),
        ("es", "3 dic 18:00-20:00", "duraría 2 horas. Escribe solo cuándo empieza"),
    ],
)
async def test_what_cannot_be_is_said(scenario: Scenario, language: str, typed: str, said: str) -> None:
    frances = scenario.facilitator(language=language)
    await frances.says("/htg-host create")
    await frances.fills(title="Grief", starts=typed, zoom=LINK)
    frances.reads_an_error("starts", said)


async def test_an_end_that_is_its_own_is_read(scenario: Scenario) -> None:
    frances = scenario.facilitator()
    await frances.says("/htg-host create")
    await frances.fills(title="Grief", starts="3 Dec 18:00 to 19:30", zoom=LINK)
    frances.reads("It begins in 2 days: Thursday 3 December, 18:00 (Madrid time).")
