"""From what people type to instants, on ordinary days and on the nights when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import time_texts, times
from bot.i18n import Locale
from bot.times import UnreadableTime

ZONES = ["Europe/Madrid", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("typed", "zone", "expected"),
    [
        ("2026-12-03 18:00", "Europe/Madrid", datetime(2026, 12, 3, 17, 0, tzinfo=UTC)),
        ("2026-12-03T18:00", "Europe/Madrid", datetime(2026, 12, 3, 17, 0, tzinfo=UTC)),
        (" 2026-12-3, 18.00 ", "Europe/Madrid", datetime(2026, 12, 3, 17, 0, tzinfo=UTC)),
        ("2026-12-03 18:00 america/new york", "Europe/Madrid", datetime(2026, 12, 3, 23, 0, tzinfo=UTC)),
        ("2026-12-03 18:00+05:45", "Europe/Madrid", datetime(2026, 12, 3, 12, 15, tzinfo=UTC)),
        ("2026-12-03 18:00Z", "Europe/Madrid", datetime(2026, 12, 3, 18, 0, tzinfo=UTC)),
        ("2026-10-25 02:30 +02:00", "Europe/Madrid", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-12-03 6:00 PM", "Europe/Madrid", datetime(2026, 12, 3, 17, 0, tzinfo=UTC)),
        ("2026-12-03 6pm", "Europe/Madrid", datetime(2026, 12, 3, 17, 0, tzinfo=UTC)),
        ("2026-12-03 6:00 p. m.", "Europe/Madrid", datetime(2026, 12, 3, 17, 0, tzinfo=UTC)),
        ("2026-12-03 12:30 AM", "UTC", datetime(2026, 12, 3, 0, 30, tzinfo=UTC)),
        ("2026-12-03 12 PM", "UTC", datetime(2026, 12, 3, 12, 0, tzinfo=UTC)),
        ("2026-12-03 18h", "Europe/Madrid", datetime(2026, 12, 3, 17, 0, tzinfo=UTC)),
        ("2026-12-03 18h30", "Europe/Madrid", datetime(2026, 12, 3, 17, 30, tzinfo=UTC)),
        ("2026-12-03 18:00 h", "Europe/Madrid", datetime(2026, 12, 3, 17, 0, tzinfo=UTC)),
        ("2026-12-03 18:00:00", "Europe/Madrid", datetime(2026, 12, 3, 17, 0, tzinfo=UTC)),
        ("2026-12-03T18:00:30", "Europe/Madrid", datetime(2026, 12, 3, 17, 0, tzinfo=UTC)),
        ("2026-12-03 6:00 PM Pacific time", "Europe/Madrid", datetime(2026, 12, 4, 2, 0, tzinfo=UTC)),
        ("2026-12-03 18:00 (hora de Madrid)", "UTC", datetime(2026, 12, 3, 17, 0, tzinfo=UTC)),
    ],
)
def test_what_people_type(typed: str, zone: str, expected: datetime) -> None:
    assert times.instant(typed, zone) == expected


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("tomorow 6", "form"),
        ("", "form"),
        ("2026-13-03 18:00", "form"),
        ("2026-02-30 18:00", "form"),
        ("2026-12-03 25:00", "form"),
        ("2026-12-03 18", "form"),
        ("2026-12-03 13:00 PM", "form"),
        ("2026-12-03 0:30 am", "form"),
        ("2026-12-03 18:0", "form"),
        ("٢٠٢٦-12-03 18:00", "form"),
        ("2026-12-03 18:00" + " " * 200_000 + "x", "form"),
        ("2026-12-03 18:00 EST", "zone"),
        ("2026-12-03 18:00 Middle Earth", "zone"),
        ("2027-03-28 02:30", "gap"),
        ("2026-10-25 02:30", "twice"),
    ],
)
def test_what_names_no_single_instant(typed: str, why: str) -> None:
    with pytest.raises(UnreadableTime) as problem:
        times.instant(typed, "Europe/Madrid")
    assert problem.value.why == why


def test_an_hour_that_happens_twice_says_how_to_write_each() -> None:
    with pytest.raises(UnreadableTime) as problem:
        times.instant("2026-10-25 02:30", "Europe/Madrid")
    first, second = (times.instant(each, "UTC") for each in problem.value.choices)
    assert second - first == timedelta(hours=1)


def test_the_zone_that_was_typed_is_the_one_that_is_meant() -> None:
    assert times.moment("2026-12-03 6pm new york", "Europe/Madrid")[1] == "America/New_York"
    assert times.moment("2026-12-03 18:00", "Europe/Madrid")[1] == "Europe/Madrid"
    assert times.moment("2026-12-03 18:00+05:45", "Europe/Madrid")[1] == "Europe/Madrid"


@given(at=INSTANTS, zone=st.sampled_from(ZONES))
def test_a_time_written_back_reads_as_itself(at: datetime, zone: str) -> None:
    at = at.replace(second=0, microsecond=0)
    # Offsets of whole minutes only, as every zone has had them since 1972.
    assert times.instant(times.typed(at, zone), "UTC") == at


@given(at=INSTANTS, zone=st.sampled_from(ZONES))
def test_every_local_time_is_read_right_or_refused(at: datetime, zone: str) -> None:
    local = at.replace(second=0, microsecond=0).astimezone(ZoneInfo(zone))
    written = f"{local:%Y-%m-%d %H:%M}"
    if local.utcoffset() == local.replace(fold=1 - local.fold).utcoffset():
        assert times.instant(written, zone) == at.replace(second=0, microsecond=0)
    else:
        with pytest.raises(UnreadableTime, match="twice"):
            times.instant(written, zone)


@pytest.mark.parametrize(
    ("written", "expected"), [("10m", 600), ("24h", 86400), ("90s", 90), ("0", 0), ("365d", 31536000)]
)
def test_lengths(written: str, expected: int) -> None:
    assert times.length(written).total_seconds() == expected


@pytest.mark.parametrize("written", ["", "10", "m", "-5m", "1w", "ten minutes"])
def test_lengths_that_are_none(written: str) -> None:
    with pytest.raises(ValueError, match="like 10m"):
        times.length(written)


@pytest.mark.parametrize(
    ("instant", "zone", "said"),
    [
        (datetime(2027, 10, 31, 0, 20, tzinfo=UTC), "Europe/Madrid", "02:20 (UTC+2)"),
        (datetime(2027, 10, 31, 1, 20, tzinfo=UTC), "Europe/Madrid", "02:20 (UTC+1)"),
        (datetime(2027, 10, 31, 2, 20, tzinfo=UTC), "Europe/Madrid", "03:20"),
        (datetime(2027, 3, 28, 1, 20, tzinfo=UTC), "Europe/Madrid", "03:20"),
        (datetime(2027, 11, 7, 9, 30, tzinfo=UTC), "America/Los_Angeles", "01:30 (UTC-8)"),
        (datetime(2027, 11, 7, 4, 30, tzinfo=UTC), "America/St_Johns", "01:00 (UTC-3:30)"),
        (datetime(2027, 4, 3, 15, 15, tzinfo=UTC), "Australia/Lord_Howe", "01:45 (UTC+10:30)"),
        (datetime(2027, 10, 31, 1, 20, tzinfo=UTC), "Europe/London", "01:20 (UTC)"),
        (datetime(2027, 10, 31, 1, 20, tzinfo=UTC), "UTC", "01:20"),
    ],
)
def test_a_time_that_comes_twice_is_said_with_its_offset(instant: datetime, zone: str, said: str) -> None:
    assert time_texts.time(Locale(), instant, zone) == said
    assert said in time_texts.long(Locale(), instant, zone)
    assert said in time_texts.long(Locale("es"), instant, zone)
