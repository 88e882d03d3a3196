"""Lengths as people write them, and what a changed door rule does to whoever is in or comes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import times
from bot.editing.rule_form import length


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        *(("10", 10), ("0", 0), (" 10m ", 10), ("10 min", 10), ("10 Minutes", 10), ("10 minutos", 10)),
        *(("1h", 60), ("1 hour", 60), ("2 horas", 120), ("1h30m", 90), ("1 h 30 min", 90), ("1 hora y 30 minutos", 90)),
        *(("1 hour and 30 minutes", 90), ("1:30", 90), ("1 día", 1440), ("90s", 1.5), ("1 hr., 5 mins.", 65)),
    ],
)
def test_a_length_as_people_write_it(typed: str, minutes: float) -> None:
    assert length(typed) == timedelta(minutes=minutes)


@pytest.mark.parametrize("typed", ["", "soon", "-5m", "10 or 15 m", "10m later", "1:75", "m10", "1.5 x", "5 3m", "²m"])
def test_what_is_no_length(typed: str) -> None:
    with pytest.raises(ValueError, match="is not a length of time"):
        length(typed)


@given(st.integers(0, 24 * 60 * 60).map(lambda seconds: timedelta(seconds=seconds)))
def test_what_the_form_shows_reads_as_itself(size: timedelta) -> None:
    assert length(times.brief(size)) == size
