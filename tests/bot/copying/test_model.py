"""The dates of a copy: the same weekday and hour, all to come, whatever the clocks do in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.copying.model import moved_on
from tests.samples.values import a_gathering

MADRID = ZoneInfo("Europe/Madrid")
EARLIEST, LATEST = datetime(2024, 1, 1), datetime(2027, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone


def test_six_in_the_evening_stays_six_in_the_evening_over_the_night_the_clocks_change() -> None:
    before = datetime(2026, 10, 21, 18, 0, tzinfo=MADRID)  # the clocks go back on the 25th
    (start,) = moved_on([a_gathering(starts_at=before.astimezone(UTC))], before.astimezone(UTC))
    assert start == datetime(2026, 10, 28, 18, 0, tzinfo=MADRID)


def test_a_series_that_still_runs_is_followed_by_its_copy() -> None:
    first = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
    parts = [a_gathering(n + 1, starts_at=first + timedelta(weeks=n), series=1, part=n + 1, parts=3) for n in range(3)]
    assert moved_on(parts, first)[0] == first + timedelta(weeks=3)


@given(
    start=st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC)),
    age=st.timedeltas(timedelta(days=-300), timedelta(days=300)),
    gaps=st.lists(st.integers(1, 30), max_size=2),
)
def test_every_part_is_to_come_on_its_own_weekday_and_as_far_from_the_others(
    start: datetime, age: timedelta, gaps: list[int]
) -> None:
    starts = [start]
    for gap in gaps:
        starts.append(starts[-1] + timedelta(days=gap))
    parts = [a_gathering(n + 1, starts_at=at) for n, at in enumerate(starts)]
    now = start + age
    copied = moved_on(parts, now)
    assert min(copied) > max(now, *starts)
    local = [(at.astimezone(MADRID), new.astimezone(MADRID)) for at, new in zip(starts, copied, strict=True)]
    assert all(old.weekday() == new.weekday() for old, new in local)
    weeks = {(new.date() - old.date()).days for old, new in local}
    assert len(weeks) == 1
