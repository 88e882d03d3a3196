"""Starts that repeat, in both languages: what is read, and what is asked about."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot import rhythm, typed_dates
from bot.times import UnreadableTime

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)  # a Tuesday
MADRID = "Europe/Madrid"


def days(*lines: str, most: int = 3, zone: str = MADRID, now: datetime = NOW) -> list[str]:
    def read(line: str) -> tuple[datetime, str]:
        return typed_dates.read(line, zone, now)

    found = rhythm.starts(lines, read, most)
    return [f"{at.astimezone(ZoneInfo(where)):%m-%d %H:%M}" for at, where in found]


WEEKLY = ["12-03 18:00", "12-10 18:00", "12-17 18:00"]


@pytest.mark.parametrize(
    "line",
    [
        "3 December 18:00, weekly",
        "Dec 3 6pm weekly",
        "Dec 3 6pm, weekly, 3 times",
        "Dec 3 6pm every week x3",
        "Dec 3 6pm each week ×3",
        "every Thursday 6pm, three times",
        "every Thursday at 18:00",
        "Thursday 6pm weekly for 3 weeks",
        "3 de diciembre a las 18:00, cada semana",
        "3 de diciembre 18:00 semanal, 3 veces",
        "cada jueves a las 18:00, 3 veces",
        "Todos los jueves 18:00, tres partes",
        "3 de diciembre 18:00, cada semana durante 3 semanas",
        "2026-12-03 18:00 Europe/Madrid, weekly",
    ],
)
def test_three_weeks_are_one_line(line: str) -> None:
    assert days(line) == WEEKLY


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Dec 3 6pm, every two weeks", ["12-03 18:00", "12-17 18:00", "12-31 18:00"]),
        ("every other Thursday 6pm, 2 times", ["12-03 18:00", "12-17 18:00"]),
        ("cada dos jueves 18:00, 2 veces", ["12-03 18:00", "12-17 18:00"]),
        ("3 de diciembre 18:00, cada quince días, 2 veces", ["12-03 18:00", "12-17 18:00"]),
        ("Dec 3 6pm daily", ["12-03 18:00", "12-04 18:00", "12-05 18:00"]),
        ("3 de diciembre 18:00 cada día, 2 veces", ["12-03 18:00", "12-04 18:00"]),
        ("Wednesdays: every wednesdays 6pm x2", []),
        ("Dec 3 6pm", ["12-03 18:00"]),
    ],
)
def test_other_rhythms(line: str, expected: list[str]) -> None:
    if expected:
        assert days(line) == expected
    else:
        with pytest.raises(UnreadableTime):
            days(line)


@pytest.mark.parametrize("line", ["weekly", "every Thursday, 3 times", "cada jueves"])
def test_a_line_of_its_own_continues_the_one_before(line: str) -> None:
    assert days("2026-12-03 18:00", line) == WEEKLY


@pytest.mark.parametrize(
    "line",
    [
        *("Dec 3 6pm, Dec 10 6pm, Dec 17 6pm", "Dec 3 6pm; Dec 10 6pm; Dec 17 6pm"),
        *("Dec 3 6pm, Dec 10 6pm and Dec 17 6pm", "3 dic 18:00, 10 dic 18:00 y 17 dic 18:00"),
    ],
)
def test_dates_that_are_whole_by_themselves_may_stand_in_one_line(line: str) -> None:
    assert days(line) == WEEKLY


@pytest.mark.parametrize(
    "line", ["Dec 3, 10 and 17 at 6pm", "Dec 3 18:00 and 19:30", "Dec 3 6pm, Dec 10 at 6", "3 y 10 dic 18h"]
)
def test_a_list_with_a_date_in_part_is_refused(line: str) -> None:
    with pytest.raises(UnreadableTime):
        days(line)


def test_a_rhythm_fills_what_is_left() -> None:
    assert days("Dec 1 6pm", "Dec 3 6pm, weekly") == ["12-01 18:00", "12-03 18:00", "12-10 18:00"]
    assert days("Dec 3 6pm, weekly", most=2) == WEEKLY[:2]
    assert days("Dec 3 6pm", "Dec 10 6pm", "Dec 17 6pm", "weekly, 2 times")[:3] == WEEKLY


def test_six_in_the_evening_stays_six_when_the_clocks_change() -> None:
    now = datetime(2027, 3, 1, tzinfo=UTC)
    assert days("March 20 18:00, weekly", now=now) == ["03-20 18:00", "03-27 18:00", "04-03 18:00"]


def test_an_hour_that_the_clocks_skip_is_pointed_out_with_its_day() -> None:
    with pytest.raises(UnreadableTime) as caught:
        days("March 14 2027 02:30, weekly")
    assert (caught.value.why, caught.value.typed) == ("gap", "2027-03-28 02:30")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("Dec 4 6pm, every Thursday",), "several"),
        (("2026-12-04 18:00", "every Thursday"), "several"),
        (("every Thursday, 3 times",), "clock"),
        (("weekly",), "form"),
        (("3/12 6pm weekly",), "several"),
        (("Dec 3 6pm biweekly",), "every"),
        (("Dec 3 6pm monthly",), "every"),
        (("Dec 3 6pm every two weeks for 4 weeks",), "every"),
    ],
)
def test_nothing_is_guessed(lines: tuple[str, ...], why: str) -> None:
    with pytest.raises(UnreadableTime) as caught:
        days(*lines)
    assert caught.value.why == why, caught.value
