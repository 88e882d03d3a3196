"""What pickers show of a text, and the text that they come back as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import moments
from bot.views import MomentsField


def field(value: str) -> MomentsField:
    return MomentsField("starts", "Date and time", "Europe/Madrid", "Day", "Time", "In words", value)


@pytest.mark.parametrize(
    ("value", "pairs", "words"),
    [
        ("", [("", "")], ""),
        ("2026-12-03 18:00", [("2026-12-03", "18:00")], ""),
        ("2026-12-03 18:00 Europe/Madrid", [("2026-12-03", "18:00")], ""),
        ("2026-12-03 18:00 Europe/London", [("", "")], "2026-12-03 18:00 Europe/London"),
        ("2026-10-25 02:30+02:00", [("", "")], "2026-10-25 02:30+02:00"),
        ("Dec 3 6pm", [("", "")], "Dec 3 6pm"),
        ("2026-12-03 18:00\nDec 10 6pm\n2026-12-17 18:00", [("2026-12-03", "18:00")], "Dec 10 6pm\n2026-12-17 18:00"),
    ],
)
def test_pickers_show_the_first_lines_that_they_can(value: str, pairs: list[moments.Pair], words: str) -> None:
    assert (moments.pairs(field(value)), moments.in_words(field(value))) == (pairs, words)


LINES = st.sampled_from(
    ["2026-12-03 18:00", "2026-12-10 09:30 Europe/Madrid", "Dec 3 6pm", "2026-12-03 18:00 Asia/Tokyo"]
)


@given(st.lists(LINES, max_size=3))
def test_what_was_not_touched_comes_back_as_it_was(lines: list[str]) -> None:
    shown = field("\n".join(lines))
    values = {"title": "T", "starts": moments.in_words(shown)}
    for number, (day, time) in enumerate(moments.pairs(shown), 1):
        values |= {moments.picker(shown, "day", number): day, moments.picker(shown, "time", number): time}
    merged = moments.merged(values)
    assert merged.keys() == {"title", "starts"}
    # Only the zone of the form itself is not written again.
    assert merged["starts"].replace(" Europe/Madrid", "") == "\n".join(lines).replace(" Europe/Madrid", "")


def test_a_picker_of_a_field_that_was_not_shown_is_left_as_it_is() -> None:
    assert moments.merged({"a": "1", "b.day.1": "2026-12-03"}) == {"a": "1", "b.day.1": "2026-12-03"}


def test_a_day_without_a_time_is_a_line_of_its_own() -> None:
    values = {"when": "", "when.day.1": "2026-12-03", "when.time.1": "", "when.day.2": "", "when.time.2": "18:00"}
    assert moments.merged(values) == {"when": "2026-12-03\n18:00"}
