"""Our calendars as three independent readers understand them: `icalendar`, and by Node ical.js and node-ical.

ical.js goes by the zones' rules in the file alone, node-ical by its own table; all must name the same instants.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Timezone

from adapters.calendars import vtimezone
from adapters.web import calendar
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.secrets import JoinLink

pytestmark = pytest.mark.process

READERS = Path(__file__).parents[2] / "calendars"
NODE = shutil.which("node")
HOUSE = Config(organisation="Healing Together", public_url="https://gatherings.example")
NINETY = timedelta(minutes=90)
RULED = (
    "America/Los_Angeles", "America/New_York", "America/St_Johns", "America/Santiago", "America/Nuuk", "America/Havana",
    "Europe/Madrid", "Europe/London", "Europe/Dublin", "Europe/Kyiv", "Asia/Jerusalem", "Asia/Beirut",
    "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Easter",
    "Antarctica/Troll",
)  # fmt: skip
UNRULED = ("UTC", "Asia/Kathmandu", "Asia/Kolkata", "America/Sao_Paulo", "Africa/Casablanca", "Africa/El_Aaiun")
"""Without summer time; or with one that follows the moon."""

Read = dict[str, tuple[datetime, datetime]]


def instants(zone: str) -> list[datetime]:
    """The middle of each month of two years, and every half hour of the nights in which the clocks change."""
    place, found = ZoneInfo(zone), []
    day = datetime(2026, 12, 1, 12, tzinfo=UTC)
    for _ in range(760):
        if day.day == 15:
            found.append(day.astimezone(place).replace(hour=18).astimezone(UTC))
        after = day + timedelta(days=1)
        if day.astimezone(place).utcoffset() != after.astimezone(place).utcoffset():
            found += [day + timedelta(minutes=30 * step) for step in range(49)]
        day = after
    return found


def gatherings(zone: str, length: timedelta = NINETY) -> list[Gathering]:
    return [Gathering(number, "Circle", at, zone, length) for number, at in enumerate(instants(zone), start=1)]


def by_icalendar(written: bytes) -> Read:
    events: list[Any] = list(Calendar.from_ical(written).events)
    return {str(each["UID"]): (each["DTSTART"].dt.astimezone(UTC), each["DTEND"].dt.astimezone(UTC)) for each in events}


def read_by_three(*files: bytes) -> list[dict[str, Read]]:
    """What each reader makes of each file."""
    if NODE is None or not (READERS / "node_modules").is_dir():
        pytest.skip("no Node here, or not its readers of calendars; `make test` brings those")
    written = json.dumps([file.decode() for file in files]).encode()
    said = subprocess.run([NODE, "read.mjs"], input=written, cwd=READERS, capture_output=True, check=True).stdout  # noqa: S603
    by_node: list[dict[str, dict[str, list[str]]]] = json.loads(said)
    return [
        {"icalendar": by_icalendar(file)}
        | {
            reader: {
                uid: (datetime.fromisoformat(start), datetime.fromisoformat(end)) for uid, (start, end) in read.items()
            }
            for reader, read in readers.items()
        }
        for file, readers in zip(files, by_node, strict=True)
    ]


def meant(found: list[Gathering]) -> Read:
    return {f"gathering-{each.id}@gatherings.example": (each.starts_at, each.ends_at) for each in found}


def test_three_readers_read_every_instant_as_it_was_meant() -> None:
    found = {zone: gatherings(zone) for zone in RULED + UNRULED}
    written = [calendar.public_feed(Locale(), HOUSE, each) for each in found.values()]
    for (zone, each), read in zip(found.items(), read_by_three(*written), strict=True):
        assert set(read) == {"icalendar", "ical.js", "node-ical"}
        assert [reader for reader, instants_read in read.items() if instants_read != meant(each)] == [], zone
    assert {zone for zone, file in zip(found, written, strict=True) if b"BEGIN:VTIMEZONE" in file} == {*RULED}


def test_a_personal_calendar_is_read_alike() -> None:
    found = gatherings("America/Los_Angeles")
    link = JoinLink("https://gatherings.example/join/x")
    written = calendar.personal_feed(Locale("es"), HOUSE, [(each, each.starts_at - NINETY, link) for each in found])
    (read,) = read_by_three(written)
    for reader, instants_read in read.items():
        assert instants_read == meant(found), reader


def test_zones_of_all_kinds_stand_in_one_file() -> None:
    several = [each for zone in RULED + UNRULED for each in gatherings(zone)[::20]]
    found = [Gathering(n, "Circle", each.starts_at, each.zone, NINETY) for n, each in enumerate(several, start=1)]
    written = calendar.public_feed(Locale(), HOUSE, found)
    (read,) = read_by_three(written)
    for reader, instants_read in read.items():
        assert instants_read == meant(found), reader


def test_the_cases_that_were_an_hour_off() -> None:
    cases = {
        "2027-07-14T18:00-07:00": datetime(2027, 7, 15, 1, tzinfo=UTC),
        "2027-11-07T01:30-08:00": datetime(2027, 11, 7, 9, 30, tzinfo=UTC),  # the second half past one of that night
        "2027-11-07T00:30-07:00": datetime(2027, 11, 7, 7, 30, tzinfo=UTC),  # it ends as the hour begins once more
    }
    starts = [datetime.fromisoformat(local).astimezone(UTC) for local in cases]
    written = [
        calendar.public_feed(Locale(), HOUSE, [Gathering(1, "Circle", at, "America/Los_Angeles", NINETY)])
        for at in starts
    ]
    for (local, instant), read in zip(cases.items(), read_by_three(*written), strict=True):
        for reader, instants_read in read.items():
            assert instants_read == {"gathering-1@gatherings.example": (instant, instant + NINETY)}, (local, reader)


@pytest.mark.parametrize("zone", RULED)
def test_each_observance_begins_when_the_zone_really_goes_over(zone: str) -> None:
    """RFC 5545, 3.6.5: the onset is local time as it was before it. For the file's first year, and 25 more."""
    place = ZoneInfo(zone)
    for year in (2025, 2026, 2031):
        rules = vtimezone.rules(zone, year)
        assert rules is not None
        assert {each.name for each in rules.subcomponents} == {"STANDARD", "DAYLIGHT"}
        for each in rules.subcomponents:
            before, after = each.TZOFFSETFROM, each.TZOFFSETTO
            onset = (each.DTSTART - before).replace(tzinfo=UTC)
            assert (onset - timedelta(seconds=1)).astimezone(place).utcoffset() == before
            assert onset.astimezone(place).utcoffset() == after
            assert ("RRULE" in each, "RDATE" in each) == (True, False)
            assert (each.name == "DAYLIGHT") == (after > before)
        own = Timezone.from_ical(rules.to_ical())
        assert isinstance(own, Timezone)
        read, now = own.to_tz(lookup_tzid=False), datetime(year + 1, 1, 1, tzinfo=UTC)
        while now.year < min(year + 26, 2037):
            assert now.astimezone(read).utcoffset() == now.astimezone(place).utcoffset(), now
            now += timedelta(days=3, hours=5)


def test_los_angeles_goes_over_at_two() -> None:
    rules = vtimezone.rules("America/Los_Angeles", 2026)
    assert rules is not None
    written = rules.to_ical().decode()
    assert "BEGIN:DAYLIGHT\r\nDTSTART:20260308T020000\r\nRRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3" in written
    assert "BEGIN:STANDARD\r\nDTSTART:20261101T020000\r\nRRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11" in written


def test_a_zone_that_gives_its_summer_time_up_has_no_rule_before_that() -> None:
    assert vtimezone.rules("America/Sao_Paulo", 2015) is None
    assert vtimezone.rules("Europe/Istanbul", 2010) is None
