"""What pickers show of a text, and the text that they come back as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import moments
from bot.moments import PickedLine
from bot.views import MomentsField


def field(value: str) -> MomentsField:
    return MomentsField("starts", "Date and time", "Europe/Madrid", "Day", "Time", "Or in words", "Further", value)


def picked(day: str, time: str) -> PickedLine:
    return PickedLine(day, time)


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ("", [PickedLine()]),
        ("2026-12-03 18:00", [picked("2026-12-03", "18:00")]),
        ("2026-12-03 18:00 Europe/Madrid", [picked("2026-12-03", "18:00")]),
        ("2026-12-03 18:00 Europe/London", [PickedLine(words="2026-12-03 18:00 Europe/London")]),
        ("2026-10-25 02:30+02:00", [PickedLine(words="2026-10-25 02:30+02:00")]),
        (
            "2026-12-03 18:00\nDec 10 6pm\n2026-12-17 18:00",
            [picked("2026-12-03", "18:00"), PickedLine(words="Dec 10 6pm"), picked("2026-12-17", "18:00")],
        ),
    ],
)
def test_pickers_show_the_lines_that_they_can(value: str, lines: list[PickedLine]) -> None:
    assert moments.lines(field(value)) == lines


LINES = st.sampled_from(
    ["2026-12-03 18:00", "2026-12-10 09:30 Europe/Madrid", "Dec 3 6pm", "2026-12-03 18:00 Asia/Tokyo"]
)


def sent(shown: MomentsField, **changed: str) -> dict[str, str]:
    """The form as it was shown, with what somebody changed in it: `day_1`, `words_2`, `more`."""
    values = {"title": "T", shown.name: "", moments.more(shown): changed.get("more", "")}
    for number, line in enumerate(moments.lines(shown), 1):
        for kind in ("day", "time", "words"):
            value = changed.get(f"{kind}_{number}", getattr(line, kind))
            values[moments.name(shown, kind, number)] = value
    return moments.merged(values)


@given(st.lists(LINES, max_size=3))
def test_what_was_not_touched_comes_back_as_it_was(lines: list[str]) -> None:
    merged = sent(field("\n".join(lines)))
    assert merged.keys() == {"title", "starts"}
    # Only the zone of the form itself is not written again.
    assert merged["starts"].replace(" Europe/Madrid", "") == "\n".join(lines).replace(" Europe/Madrid", "")


@given(st.lists(LINES, min_size=1, max_size=3), st.data())
def test_words_count_in_place_of_the_pickers_beside_them(lines: list[str], data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(lines)))
    before = sent(field("\n".join(lines)))["starts"].split("\n")
    after = sent(field("\n".join(lines)), **{f"words_{number}": "tomorrow 6pm"})["starts"].split("\n")
    assert after == [*before[: number - 1], "tomorrow 6pm", *before[number:]]


def test_a_rhythm_in_words_goes_with_the_date_that_is_picked() -> None:
    assert sent(field("2026-12-03 18:00"), words_1="weekly, 3 times")["starts"] == "2026-12-03 18:00\nweekly, 3 times"


def test_lines_are_added_below() -> None:
    shown = field("2026-12-03 18:00")
    assert sent(shown, more="Dec 10 6pm\nDec 17 6pm")["starts"] == "2026-12-03 18:00\nDec 10 6pm\nDec 17 6pm"


def test_a_picker_of_a_field_that_was_not_shown_is_left_as_it_is() -> None:
    assert moments.merged({"a": "1", "b.day.1": "2026-12-03"}) == {"a": "1", "b.day.1": "2026-12-03"}


def test_a_day_without_a_time_is_a_line_of_its_own() -> None:
    values = {"when": "", "when.day.1": "2026-12-03", "when.time.1": "", "when.day.2": "", "when.time.2": "18:00"}
    assert moments.merged(values) == {"when": "2026-12-03\n18:00"}
