"""From what people call a time zone to the one that they mean, or to a question; never to another hour."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import times, zones
from bot.zones import Doubt, UnknownZone
from tests.bot import zone_names


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/Madrid", "Europe/Madrid"),
        ("europe/MADRID", "Europe/Madrid"),
        ("america/new york", "America/New_York"),
        ("Madrid", "Europe/Madrid"),
        ("London", "Europe/London"),
        ("Los Angeles", "America/Los_Angeles"),
        ("los_angeles", "America/Los_Angeles"),
        ("new york", "America/New_York"),
        ("Nueva York", "America/New_York"),
        ("New York City", "America/New_York"),
        ("Austin, Texas", "America/Chicago"),
        ("Bogotá", "America/Bogota"),
        ("bogota", "America/Bogota"),
        ("Ciudad de México", "America/Mexico_City"),
        ("São Paulo", "America/Sao_Paulo"),
        ("Barcelona", "Europe/Madrid"),
        ("San Francisco", "America/Los_Angeles"),
        ("Kiev", "Europe/Kyiv"),
        ("Madrid, Spain", "Europe/Madrid"),
        ("Pacific time", "America/Los_Angeles"),
        ("eastern time", "America/New_York"),
        ("Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("(UTC-08:00) Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("the Pacific time zone", "America/Los_Angeles"),
        ("Hawaiian Standard Time Zone", "Pacific/Honolulu"),
        ("Madrid time", "Europe/Madrid"),
        ("hora de Madrid", "Europe/Madrid"),
        ("hora del Pacífico", "America/Los_Angeles"),
        ("Hora de Europa central", "Europe/Berlin"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("India Standard Time", "Asia/Kolkata"),
        ("Germany", "Europe/Berlin"),
        ("utc", "UTC"),
        ("Los Angeles, CA", "America/Los_Angeles"),
        ("New York, NY, USA", "America/New_York"),
        ("Portland, ME", "America/New_York"),
        ("Portland, OR", "America/Los_Angeles"),
        ("San Jose, CA", "America/Los_Angeles"),
        ("Toronto, ON", "America/Toronto"),
        ("Córdoba, Argentina", "America/Argentina/Cordoba"),
        ("Córdoba (Argentina)", "America/Argentina/Cordoba"),
        ("Cordoba Argentina", "America/Argentina/Cordoba"),
        ("Córdoba, España", "Europe/Madrid"),
        ("Mérida, México", "America/Merida"),
        ("Mérida, Venezuela", "America/Caracas"),
        ("Guadalajara, Jalisco", "America/Mexico_City"),
        ("Birmingham, Alabama", "America/Chicago"),
        ("Phoenix, Arizona, USA", "America/Phoenix"),
        ("Melbourne, Australia", "Australia/Melbourne"),
        ("Victoria, BC", "America/Vancouver"),
        ("Pacific Time (US and Canada)", "America/Los_Angeles"),
        ("L.A.", "America/Los_Angeles"),
        ("SF", "America/Los_Angeles"),
        ("Mallorca", "Europe/Madrid"),
        ("hora canaria", "Atlantic/Canary"),
        ("hora chilena", "America/Santiago"),
        ("Madrid 🇪🇸", "Europe/Madrid"),
        ("¿Madrid?", "Europe/Madrid"),
        *((each, each) for each in ("CET", "EET", "MET", "WET", "EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT")),
        ("cet", "CET"),
    ],
)
def test_what_people_call_a_zone(typed: str, zone: str) -> None:
    assert zones.resolve(typed) == zone
    assert times.zone(f"  {typed} ").key == zone


@pytest.mark.parametrize(
    ("typed", "doubt", "choices"),
    [
        ("EST", Doubt.NO_SUMMER, ("America/New_York",)),
        ("est", Doubt.NO_SUMMER, ("America/New_York",)),
        ("PST", Doubt.NO_SUMMER, ("America/Los_Angeles",)),
        ("PDT", Doubt.NO_SUMMER, ("America/Los_Angeles",)),
        ("Pacific Standard Time", Doubt.NO_SUMMER, ("America/Los_Angeles",)),
        ("HST", Doubt.NO_SUMMER, ("Pacific/Honolulu",)),
        ("MST", Doubt.SEVERAL, ("America/Denver", "America/Phoenix")),
        ("IST", Doubt.SEVERAL, ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem")),
        ("CST", Doubt.SEVERAL, ("America/Chicago", "America/Mexico_City", "Asia/Shanghai", "America/Havana")),
        ("GMT", Doubt.SEVERAL, ("Europe/London", "UTC")),
        ("CEST", Doubt.SEVERAL, ("Europe/Madrid", "Europe/Paris", "Europe/Berlin")),
        ("Spain", Doubt.SEVERAL, ("Europe/Madrid", "Atlantic/Canary")),
        ("Córdoba", Doubt.SEVERAL, ("Europe/Madrid", "America/Argentina/Cordoba")),
        ("texas", Doubt.SEVERAL, ("America/Chicago", "America/Denver")),
        *((each, Doubt.UNKNOWN, ()) for each in ("here", "aquí", "local", "my time", "local time", "hora local")),
        ("UTC+2", Doubt.NO_SUMMER, ()),
        ("GMT-05:00", Doubt.NO_SUMMER, ()),
        ("Madird", Doubt.UNKNOWN, ("Europe/Madrid",)),
        ("Europe/Madird", Doubt.UNKNOWN, ("Europe/Madrid",)),
        ("London, Ontario", Doubt.UNKNOWN, ("America/Toronto", "America/Winnipeg")),
        ("Paris, Texas", Doubt.UNKNOWN, ("America/Chicago", "America/Denver")),
        ("Barcelona, Venezuela", Doubt.UNKNOWN, ("America/Caracas",)),
        ("Mérida, Badajoz, Narnia", Doubt.UNKNOWN, ("Europe/Madrid",)),
        ("Trujillo", Doubt.SEVERAL, ("America/Lima", "Europe/Madrid", "America/Tegucigalpa", "America/Caracas")),
        ("Middle Earth", Doubt.UNKNOWN, ()),
        ("localtime", Doubt.UNKNOWN, ()),
        ("Factory", Doubt.UNKNOWN, ()),
        ("posixrules", Doubt.UNKNOWN, ()),
        ("posix/Europe/Madrid", Doubt.UNKNOWN, ("Europe/Madrid",)),
        ("right/Europe/Madrid", Doubt.UNKNOWN, ("Europe/Madrid",)),
        ("", Doubt.UNKNOWN, ()),
        ("../etc/passwd", Doubt.UNKNOWN, ()),
        ("x" * 200_000, Doubt.UNKNOWN, ()),
        ("time " * 40_000, Doubt.UNKNOWN, ()),
    ],
)
def test_what_names_no_zone_for_certain_is_asked_about(typed: str, doubt: Doubt, choices: tuple[str, ...]) -> None:
    with pytest.raises(UnknownZone) as problem:
        zones.resolve(typed)
    assert (problem.value.doubt, problem.value.choices) == (doubt, choices)
    assert len(problem.value.typed) <= max(zones.NAME_LIMIT, len(typed) if len(typed) < 200 else 0)


def test_windows_names_are_known_to_calendars_whatever_the_season() -> None:
    assert zones.of_windows("Pacific Standard Time") == "America/Los_Angeles"
    assert zones.of_windows("Romance Standard Time") == "Europe/Paris"
    assert zones.of_windows("Pacific time") is None


def test_names_that_know_summer_time_are_taken_as_before_by_calendars_too() -> None:
    assert [zones.iana(each) for each in ("CET", "EET", "MET", "WET", "EST", "GMT")] == [
        *("CET", "EET", "MET", "WET"),
        *(None, None),
    ]


def test_every_zone_that_was_ever_taken_is_written_so_that_it_reads_back() -> None:
    for name in available_timezones():
        written = zones.unquestioned(name)
        assert zones.resolve(written) == written
        if name not in {"localtime", "Factory"}:
            for at in (datetime(2027, 1, 10, tzinfo=UTC), datetime(2027, 7, 10, tzinfo=UTC)):
                assert at.astimezone(ZoneInfo(written)).utcoffset() == at.astimezone(ZoneInfo(name)).utcoffset()


def test_every_name_in_the_tables_leads_to_a_zone() -> None:
    for table in (zones._known(), zones._doubtful(), zones._regions(), zones._countries()):
        assert {zone for several in table.values() for zone in several} <= zones.names()


def test_a_name_of_several_words_is_no_city_in_a_region() -> None:
    for name, several in zones._known().items():
        assert zones._in_region(name) in {None, *several}


def test_an_iana_name_in_full_is_always_itself() -> None:
    for name in zones.names():
        if "/" in name:
            assert zones.resolve(name) == name
            assert zones.resolve(name.lower().replace("_", " ")) == name


@given(st.text(max_size=150))
def test_whatever_is_typed_is_a_zone_or_a_question(typed: str) -> None:
    try:
        found: tuple[str, ...] = (zones.resolve(typed),)
    except UnknownZone as problem:
        found = problem.choices
    assert set(found) <= zones.names()


def test_the_table_is_what_the_time_zone_database_and_cldr_say() -> None:
    for path, content in zone_names.tables().items():
        assert path.read_text("utf-8") == content, "make messages"
