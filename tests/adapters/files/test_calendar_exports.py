"""A file of each shape that calendars write, made for this, and damaged ones: read as meant or named, never a crash."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from adapters.files.export_file import export_gatherings
from adapters.files.import_file import ParsedProgramme, parse_programme
from adapters.files.rows import ENTRY_LIMIT, ImportRejected
from bot.gatherings.model import Gathering
from bot.redaction.detect import gives_away
from tests.adapters.files.programmes import HOUSE

FOLDER = Path(__file__).parent / "calendars"
LINK = "https://us02web.zoom.us/j/81234567890?pwd=hunter22"
MEET = "https://meet.google.com/abc-defg-hij"
TEAMS = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc%40thread.v2/0"
LOS_ANGELES = ("2027-03-05T02:00", "America/Los_Angeles")
MADRID = ("2027-03-04T17:00", "Europe/Madrid")
SHAPES = {
    "apple": (*MADRID, "Circle", "Come.", LINK, ""),
    "calendly": (
        *MADRID,
        "Circle",
        (
            "Event Name: Circle\n\nLocation: This is a Zoom web conference. \n"
            "You can join this meeting from your computer, tablet, or smartphone."
        ),
        LINK,
        "98qz77",
    ),
    "eventbrite": (
        *MADRID,
        "Circle",
        "For details, click here: https://www.eventbrite.com/e/circle-99",
        LINK,
        "",
    ),
    "exchange-custom-zone": (*LOS_ANGELES, "Circle", "Come.", TEAMS, "Ab3xY9"),
    "exchange-display-name": (*LOS_ANGELES, "Circle", "", LINK, ""),
    "google": (*MADRID, "Circle", "Come as you are & rest.", LINK, "98qz77"),
    "google-meet": ("2027-03-04T17:00", "America/Bogota", "Circle", "Come.", MEET, ""),
    "luma": (*MADRID, "Circle", "Get up-to-date information at: https://lu.ma/circle\n\nCome.", LINK, ""),
    "meetup": (
        "2027-03-04T17:00",
        "America/New_York",
        "Circle",
        "Healing\nThursday, March 4 at 12:00 PM\n\nCome.\n\nhttps://www.meetup.com/healing/events/99/",
        LINK,
        "",
    ),
    "nextcloud": (*MADRID, "Circle", "Come.", LINK, ""),
    "notion": (*MADRID, "Circle", "Come.\n\nPowered by Notion Calendar", LINK, ""),
    "outlook": (*LOS_ANGELES, "Circle", "", LINK, "98qz77"),
    "proton": (*MADRID, "Circle", "Come.", LINK, "98qz77"),
    "teamup": (*MADRID, "Circle", "Come.\n\nPosted by: Frances", LINK, ""),
    "the-events-calendar": (*LOS_ANGELES, "Grief – Circle & Tea", "Come & sit.", LINK, "98qz77"),
    "thunderbird": (*MADRID, "Circle", "Come, please.", LINK, ""),
    "zoom": (*MADRID, "Circle", "", LINK, "98qz77"),
}
DAMAGED = {
    "all-day": "line 4: 'Circle': DTSTART is a whole day (give it a time)",
    "broken-zone": "line 10: 'Circle': its time zone 'Ours' is not known, and its rules on line 3 cannot be read",
    "card": "it is not a whole calendar with gatherings in it: it has no entry",
    "cut-off": "it is not a whole calendar with gatherings in it: what begins on line 4 does not end",
    "cut-off-in-an-entry": "it is not a whole calendar with gatherings in it: what begins on line 4 does not end",
    "empty": "it is not a whole calendar with gatherings in it: it has no entry",
    "ends-before": "line 4: 'Circle': DTEND is not after DTSTART",
    "floating": "line 4: 'Circle': DTSTART names no time zone (set HTG_TIMEZONE to the one that is meant)",
    "nested": "it is not a whole calendar with gatherings in it: on line 13 something ends that did not begin",
    "no-entry": "it is not a whole calendar with gatherings in it: it has no entry",
    "not-a-calendar": "line 1: it is not UTF-8 text (export it again, or save it as UTF-8)",
    "recurrence-id": "line 4: 'Circle': it repeats (write each gathering as an entry of its own)",
    "recurring": "line 4: 'Circle': it repeats (write each gathering as an entry of its own)",
    "twice": "line 4: 'Circle': SUMMARY is there twice; DTSTART is there twice",
    "unknown-zone": "line 4: 'Circle': its time zone 'Middle Earth' is not known (write it like Europe/Madrid)",
    "web-page": "it is not a whole calendar with gatherings in it: there is something outside of it",
    "wrong-folding": "line 4: 'Circle': line 12 cannot be read (a line that goes on begins with a blank); line 13",
}
HARMLESS = {"byte-order-mark", "cr-only", "folded-in-a-letter", "lf-only", "no-uid", "utf-16", "windows-1252"}
FILES = sorted(FOLDER.rglob("*.ics"))


def look(content: bytes) -> ParsedProgramme:
    return parse_programme("x.ics", content, HOUSE)


def test_every_file_has_its_right_value() -> None:
    assert {each.stem for each in FILES} == {*SHAPES, *DAMAGED, *HARMLESS}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_calendar_of_each_shape_is_read_as_it_was_meant(shape: str) -> None:
    found = look((FOLDER / f"{shape}.ics").read_bytes())
    assert found.problems == []
    ((row,),) = found.groups
    plan = row.plan
    assert plan.link is not None
    read = (plan.starts_at.isoformat()[:16], plan.zone, plan.title, plan.description, plan.link.reveal())
    assert (*read, plan.link.passcode()) == SHAPES[shape]
    assert plan.duration == HOUSE.duration


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_named_with_its_line_and_what_to_do(name: str) -> None:
    content = (FOLDER / "damaged" / f"{name}.ics").read_bytes()
    try:
        said = [str(each) for each in look(content).problems]
    except ImportRejected as rejected:
        said = [str(each) for each in rejected.problems]
    assert len(said) == 1
    assert said[0].startswith(DAMAGED[name])


@pytest.mark.parametrize("name", sorted(HARMLESS))
def test_what_does_no_harm_is_read(name: str) -> None:
    found = look((FOLDER / "damaged" / f"{name}.ics").read_bytes())
    assert found.problems == []
    ((row,),) = found.groups
    assert row.plan.title == "Circle"


def safe(content: bytes) -> None:
    """Read, or refused with a sentence; and nothing that is published gives the way in away."""
    try:
        found = look(content)
    except ImportRejected as rejected:
        found = ParsedProgramme((), problems=rejected.problems)
    assert all(each.why for each in found.problems)
    for row in (row for group in found.groups for row in group):
        for text in (row.plan.title, row.plan.description, row.plan.facilitators):
            assert not gives_away(text, row.plan.link)
    for each in (*found.problems, *found.remarks):
        assert not gives_away(str(each))


@pytest.mark.parametrize("name", ["the-events-calendar", "damaged/broken-zone"])
def test_the_library_that_we_write_with_fails_on_one_zone_that_is_damaged(name: str) -> None:
    """When this no longer holds, `adapters.files.ics_parser` may give way to it."""
    with pytest.raises((AttributeError, ValueError)):
        Calendar.from_ical((FOLDER / f"{name}.ics").read_bytes(), multiple=True)


@pytest.mark.parametrize("name", ["cut-off", "cut-off-in-an-entry", "nested", "cr-only"])
def test_the_library_that_we_write_with_takes_these_for_empty(name: str) -> None:
    """Likewise: to import nothing, and to say so of a file that is whole, would be untrue."""
    found = Calendar.from_ical((FOLDER / "damaged" / f"{name}.ics").read_bytes(), multiple=True)
    assert [entry for calendar in found for entry in calendar.walk("VEVENT")] == []


LINES = [line for file in FILES for line in file.read_bytes().splitlines(keepends=True)]


@given(
    st.sampled_from(FILES),
    st.lists(
        st.tuples(
            st.sampled_from(["cut", "drop", "double", "insert", "replace"]),
            st.floats(0, 1),
            st.one_of(st.binary(max_size=6), st.sampled_from(LINES)),
        ),
        max_size=4,
    ),
)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_however_a_file_is_damaged_it_is_read_or_refused(file: Path, damages: list[tuple[str, float, bytes]]) -> None:
    content = file.read_bytes()
    for how, where, what in damages:
        at = int(where * len(content))
        end = content.find(b"\n", at) + 1 or len(content)
        match how:
            case "cut":
                content = content[:at]
            case "drop":
                content = content[:at] + content[end:]
            case "double":
                content = content[:end] + content[at:]
            case "insert":
                content = content[:end] + what + content[end:]
            case _:
                content = content[:at] + what + content[at + len(what) :]
    safe(content)


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_whatever_a_file_holds_it_is_read_or_refused(content: bytes) -> None:
    safe(content)
    safe(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + content + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")


@pytest.mark.parametrize(
    "letter", ["a", " ", "<", "&", "\\", ":", ";", "=", '"', "-", "\n ", "<a href=", "zoom.us/", "%25"]
)
@pytest.mark.parametrize("name", ["SUMMARY", "DESCRIPTION", "LOCATION", "DTSTART", "DTSTART;TZID=", "RRULE", "X-A"])
def test_two_hundred_thousand_of_a_letter_are_read_or_refused(name: str, letter: str) -> None:
    written = letter * (200_000 // len(letter))
    line = f"{name}{written}:1" if name.endswith("=") else f"{name}:{written}"
    entry = f"BEGIN:VEVENT\r\nDTSTART:20270304T180000Z\r\nURL:{LINK}\r\n{line}\r\nEND:VEVENT\r\n"
    safe(f"BEGIN:VCALENDAR\r\n{entry}END:VCALENDAR\r\n".encode())


def test_too_many_entries_and_too_deep_ones_are_refused_at_once() -> None:
    many = b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 40_000 + b"END:VCALENDAR\n"
    with pytest.raises(ImportRejected, match=rf"it has 40000 entries, and {ENTRY_LIMIT} fit \(split it\)"):
        look(many)
    with pytest.raises(ImportRejected, match="stands inside too many others"):
        look(b"BEGIN:VCALENDAR\n" * 50_000)
    with pytest.raises(ImportRejected, match="larger than 1 MiB"):
        look(b"x" * (1024 * 1024 + 1))


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Europe/Madrid", "Europe/Dublin"])
def test_an_export_holds_the_rules_of_its_zones(zone: str) -> None:
    """RFC 5545, 3.6.5: the onset is local time as it was before it; a reader that knows no RDATE needs an RRULE."""
    place = ZoneInfo(zone)
    at = datetime(2027, 7, 14, 18, tzinfo=place).astimezone(UTC)
    written: Any = Calendar.from_ical(export_gatherings("x.ics", [Gathering(1, "Circle", at, zone)], at))
    (rules,) = written.walk("VTIMEZONE")
    assert {each.name for each in rules.subcomponents} == {"STANDARD", "DAYLIGHT"}
    for each in rules.subcomponents:
        onset = (each["DTSTART"].dt - each["TZOFFSETFROM"].td).replace(tzinfo=UTC)
        assert (onset - timedelta(seconds=1)).astimezone(place).utcoffset() == each["TZOFFSETFROM"].td
        assert onset.astimezone(place).utcoffset() == each["TZOFFSETTO"].td
        assert ("RRULE" in each, "RDATE" in each) == (True, False)
    (event,) = written.walk("VEVENT")
    assert (event["DTSTART"].params["TZID"], event["DTSTART"].dt.astimezone(UTC)) == (zone, at)


@pytest.mark.parametrize("local", ["2027-10-31T02:20+02:00", "2027-10-31T02:20+01:00", "2027-03-28T01:30+01:00"])
def test_an_export_is_in_utc_around_the_hour_in_which_clocks_change(local: str) -> None:
    at = datetime.fromisoformat(local).astimezone(UTC)
    written: Any = Calendar.from_ical(export_gatherings("x.ics", [Gathering(1, "Circle", at, "Europe/Madrid")], at))
    (event,) = written.walk("VEVENT")
    assert event["DTSTART"].to_ical() == f"{at:%Y%m%dT%H%M%SZ}".encode()
