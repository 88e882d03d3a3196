"""How long something is, and how long it is until then: said as a person would, and never wrongly."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import time_texts
from bot.addresses import Address
from bot.i18n import Locale
from bot.members.model import Member
from bot.plain_text import plain
from bot.reader_zone import as_read_by
from bot.views import Moment, Paragraph, Style, Text, View


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (-5, "0 minutes"),
        (0, "0 minutes"),
        (1, "1 minute"),
        (59, "59 minutes"),
        (60, "1 hour"),
        (90, "90 minutes"),
        (120, "2 hours"),
        (23 * 60, "23 hours"),
        (24 * 60, "24 hours"),
        (24 * 60 + 30, "1470 minutes"),
        (25 * 60, "25 hours"),
        (36 * 60, "36 hours"),
        (48 * 60, "2 days"),
        (50 * 60, "50 hours"),
        (7 * 24 * 60, "7 days"),
    ],
)
def test_a_length_is_exact_in_the_largest_unit(minutes: int, said: str) -> None:
    assert time_texts.length(Locale(), timedelta(minutes=minutes)) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-60, "now"),
        (29, "now"),
        (30, "now"),
        (31, "in 1 minute"),
        (60 * 60, "in 1 hour"),
        (60 * 60 + 20, "in 1 hour"),
        (89 * 60, "in 89 minutes"),
        (90 * 60, "in 2 hours"),
        (23 * 3600 + 20 * 60, "in 23 hours"),
        (24 * 3600, "in 24 hours"),
        (36 * 3600 - 60, "in 36 hours"),
        (36 * 3600, "in 2 days"),
        (7 * 24 * 3600 - 3600, "in 7 days"),
    ],
)
def test_what_is_left_is_rounded_as_a_person_would(seconds: int, said: str) -> None:
    assert time_texts.left(Locale(), timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Europe/Madrid", "UTC+1"),
        ("America/New_York", "UTC-5"),
        ("America/St_Johns", "UTC-3:30"),
        ("Asia/Kathmandu", "UTC+5:45"),
        ("UTC", "UTC"),
    ],
)
def test_an_offset_has_its_sign_and_its_minutes(zone: str, said: str) -> None:
    assert time_texts.offset(datetime(2026, 12, 3, 17, 0, tzinfo=UTC).astimezone(ZoneInfo(zone))) == said


def test_a_moment_is_told_in_the_zone_that_is_given_with_its_day() -> None:
    at = datetime(2026, 12, 3, 23, 30, tzinfo=UTC)
    reader = Locale(zone="America/New_York")
    assert time_texts.long(reader, at) == "Thursday 3 December, 18:30 (New York time)"
    assert time_texts.long(reader, at, "Europe/Madrid") == "Friday 4 December, 00:30 (Madrid time)"
    # Whose name has the sign turned round.
    assert time_texts.long(reader, at, "Etc/GMT+5") == "Thursday 3 December, 18:30 (UTC-5 time)"
    assert time_texts.long(reader, at, "Etc/GMT-2") == "Friday 4 December, 01:30 (UTC+2 time)"
    assert time_texts.long(reader, at, "UTC") == "Thursday 3 December, 23:30 (UTC)"


@pytest.mark.parametrize(
    ("today", "at", "said", "dicho"),
    [
        (date(2026, 11, 29), "2026-12-03T17:00Z", "Thursday 3 December", "jueves 3 de diciembre"),
        (date(2026, 11, 29), "2027-01-03T17:00Z", "Sunday 3 January 2027", "domingo 3 de enero de 2027"),
        (date(2026, 11, 29), "2027-11-28T17:00Z", "Sunday 28 November 2027", "domingo 28 de noviembre de 2027"),
        (date(2026, 2, 1), "2026-09-03T17:00Z", "Thursday 3 September 2026", "jueves 3 de septiembre de 2026"),
        (date(2026, 12, 31), "2026-12-31T23:30Z", "Friday 1 January 2027", "viernes 1 de enero de 2027"),
        (None, "2027-01-03T17:00Z", "Sunday 3 January", "domingo 3 de enero"),
    ],
)
def test_the_year_is_said_where_it_is_not_plain(today: date | None, at: str, said: str, dicho: str) -> None:
    """Nobody notices a slip of the year that is not shown."""
    for language, expected in (("en", said), ("es", dicho)):
        locale = Locale(language, "Europe/Madrid", today=today)
        assert time_texts.day(locale, datetime.fromisoformat(at)) == expected
        assert time_texts.long(locale, datetime.fromisoformat(at)).startswith(expected + ", ")


def test_spanish_has_another_article_for_one_o_clock_on_the_readers_own_clock() -> None:
    member = Member(5, "Ada", Address("slack", "T1/U1"), zone="Europe/Madrid")
    locale = Locale("es", "Europe/Madrid")

    def said(hour: int) -> str:
        opens = Moment(datetime(2026, 12, 3, hour, 0, tzinfo=UTC), "Europe/Madrid", Style.TIME)
        view = View((Paragraph((Text("Las puertas se abren a las "), opens, Text("."))),))
        return plain(locale, as_read_by(member, locale, view))

    assert said(0) == "Las puertas se abren a la 01:00."
    assert said(17) == "Las puertas se abren a las 18:00."
