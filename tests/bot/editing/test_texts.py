"""What is said of a time that cannot be read: the reason, and what to write instead."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot import times, typed_dates
from bot.editing import cancel_texts, move_texts, texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.views import ChoiceField, Strong, Text

WRITE = "Please choose the one you mean, or write it."
ESCRIBE = "Elige cuál quieres decir, o escríbelo."
NOW = datetime(2026, 9, 1, tzinfo=UTC)
EXAMPLE = datetime(2026, 12, 8, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("tomorow 6", "I could not read “tomorow 6”. Try: 2026-12-08 18:00"),
        (
            "2026-03-29 02:30",
            "“2026-03-29 02:30” does not exist: clocks in Europe/Madrid skip that hour then. Please write another.",
        ),
        (
            "2026-12-03 18:00 EST",
            "“EST” does not say whether clocks change in summer. Is it America/New_York?",
        ),
        (
            "2026-12-03 18:00 Middle Earth",
            "I do not know the time zone “Middle Earth”. Try: 2026-12-08 18:00 Europe/Madrid",
        ),
    ],
)
def test_the_reason_and_what_to_write(typed: str, said: str) -> None:
    with pytest.raises(times.UnreadableTime) as problem:
        times.moment(typed, "Europe/Madrid")
    assert texts.unreadable_time(Locale(zone="Europe/Madrid"), problem.value, EXAMPLE) == said


@pytest.mark.parametrize(
    ("typed", "language", "said"),
    [
        (
            "12/3 6pm",
            "en",
            "“12/3 6pm” can mean Thursday 3 December 2026, 18:00 (Madrid time)"
            " or Friday 12 March 2027, 18:00 (Madrid time). " + WRITE,
        ),
        (
            "3/12 a las 18",
            "es",
            "«3/12 a las 18» puede ser jueves 3 de diciembre de 2026, 18:00 (hora de Madrid)"
            " o viernes 12 de marzo de 2027, 18:00 (hora de Madrid). " + ESCRIBE,
        ),
        (
            "31 Feb",
            "en",
            "There is no such day as in “31 Feb”. Try: 2026-12-08 18:00",
        ),
        (
            "todos los jueves",
            "es",
            "«todos los jueves» son muchos días. Escribe cada fecha por separado, así: 2026-12-08 18:00",
        ),
        ("Dec 3", "en", "At what time is “Dec 3”? Try: Dec 3 18:00"),
        ("a las 18", "es", "¿Qué día es «a las 18»? Prueba así: 2026-12-08 18:00"),
        (
            "Nov 1 2026 1:30 am New York",
            "en",
            "“Nov 1 2026 1:30 am New York” can mean Sunday 1 November 2026, 01:30 (UTC-4) (New York time)"
            " or Sunday 1 November 2026, 01:30 (UTC-5) (New York time). " + WRITE,
        ),
    ],
)
def test_what_is_asked_about_names_what_can_be_meant(typed: str, language: str, said: str) -> None:
    with pytest.raises(times.UnreadableTime) as problem:
        typed_dates.read(typed, "Europe/Madrid", NOW)
    assert texts.unreadable_time(Locale(language, "Europe/Madrid"), problem.value, EXAMPLE) == said


def test_a_cancellation_names_what_it_cancels_and_how_many_are_told() -> None:
    gathering = Gathering(12, "Letting go", EXAMPLE, "Europe/Madrid", series=1, part=2, parts=3)
    alone, part = (cancel_texts.cancel_form(Locale(), gathering, 1, told_all=each) for each in (None, 63))
    assert (
        part.about
        == "Letting go (part 2 of 3) · Tuesday 8 December 2026, 18:00 (Madrid time); for you: Tuesday 8 December 2026,"
        " 17:00 (UTC)"
    )
    assert alone.about == f"{part.about}. 1 person will be told."
    which = part.fields[0]
    assert isinstance(which, ChoiceField)
    assert [choice.label for choice in which.choices] == [
        "Only part 2, Tuesday 8 December 2026 (1 person)",
        "All coming parts (63 people)",
    ]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("17:00 (London time)", "19:00 (London time)")),
        ("es", ("17:00 (hora de Londres)", "19:00 (hora de Londres)")),
    ],
)
def test_a_move_is_said_in_one_zone_and_in_the_readers_own(language: str, said: tuple[str, str]) -> None:
    gathering, later = Gathering(12, "Letting go", EXAMPLE, "Europe/Madrid"), EXAMPLE.replace(hour=19)
    for zone, lines in (("America/New_York", 2), ("Europe/London", 1)):
        moved = move_texts.lines(Locale(language, zone), [(gathering, later, "Europe/London")], NOW)
        text = ["".join(span.text for span in line if isinstance(span, Text | Strong)) for line in moved]
        assert len(text) == lines
        assert all(each in text[0] for each in said)
    there = move_texts.lines(Locale(language, "America/New_York"), [(gathering, later, "Europe/London")], NOW)[1]
    own = "".join(span.text for span in there if isinstance(span, Text | Strong))
    assert "12:00" in own
    assert "14:00" in own
