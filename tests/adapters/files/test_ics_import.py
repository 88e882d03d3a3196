"""iCalendar as calendar programs export it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.files.invitation_text import passcode, plain, without
from bot.admission.model import DoorRule
from bot.secrets import ZoomLink
from tests.adapters.files.programmes import NOW, problems, read

EXAMPLES = Path(__file__).parents[3] / "examples"
LINK = "https://us02web.zoom.us/j/81234567890?pwd=hunter2.1"
START = "https://us02web.zoom.us/s/81234567890?zak=eyJ0eXAi.abc.def"
OTHER_ROOM = "https://us02web.zoom.us/j/99912345678"
ROOM = ZoomLink(LINK, "hunter2")


def calendar(*entries: str, zone: str = "") -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", *([f"X-WR-TIMEZONE:{zone}"] if zone else [])]
    return "\r\n".join([*lines, *entries, "END:VCALENDAR", ""])


def entry(*lines: str, start: str = "DTSTART;TZID=Europe/Madrid:20270304T180000") -> str:
    return "\r\n".join(["BEGIN:VEVENT", "SUMMARY:Circle", *([start] if start else []), *lines, "END:VEVENT"])


def test_the_example_is_read_as_its_programs_meant_it() -> None:
    found = read("x.ics", (EXAMPLES / "calendar-export.ics").read_bytes())
    rows = [row for group in found.groups for row in group]
    assert [(row.plan.title, row.plan.zone) for row in rows] == [
        ("Grief and Gratitude", "Europe/Madrid"),
        ("Listening Circle", "Europe/Madrid"),
        ("Círculo de escucha 🌿", "America/Bogota"),
        ("Caring for Someone Who Is Ill", "America/New_York"),
    ]
    assert [row.plan.starts_at.isoformat() for row in rows] == [
        *("2027-05-06T16:00:00+00:00", "2027-04-08T17:00:00+00:00"),
        *("2027-04-16T00:00:00+00:00", "2027-05-19T16:00:00+00:00"),
    ]
    assert all(row.plan.duration == timedelta(minutes=90) for row in rows)
    assert all(row.plan.link is not None for row in rows)
    assert rows[0].plan.description == (
        "For anyone carrying a loss, old or new. You can speak; or simply be here and listen."
    )
    assert rows[1].plan.description == "An open circle: no theme, no advice.\nOne person speaks, and everyone listens."
    assert [remark.line for remark in found.remarks] == [rows[0].line, rows[1].line]
    assert "zoom.example" not in "".join(row.plan.description for row in rows)


def test_the_spreadsheet_example_is_whole_too() -> None:
    groups = read("x.csv", (EXAMPLES / "spring-programme.csv").read_bytes()).groups
    assert [len(group) for group in groups] == [1, 3, 1, 1, 1, 1]
    assert len({row.plan.zone for group in groups for row in group}) == 5
    assert all(row.plan.starts_at > NOW and row.plan.link for group in groups for row in group)


@pytest.mark.parametrize(
    ("start", "zone", "expected"),
    [
        ("DTSTART;TZID=Europe/Madrid:20270304T180000", "", ("Europe/Madrid", 17)),
        ("DTSTART;TZID=/citadel.org/1/America/Argentina/Buenos_Aires:20270304T180000", "",
         ("America/Argentina/Buenos_Aires", 21)),
        ("DTSTART;TZID=W. Europe Standard Time:20270304T180000", "", ("Europe/Berlin", 17)),
        ("DTSTART:20270304T180000Z", "America/Bogota", ("America/Bogota", 18)),
        ("DTSTART:20270304T180000Z", "", ("Europe/Madrid", 18)),
        ("DTSTART:20270304T180000Z", "Middle/Earth", ("Europe/Madrid", 18)),
        ("DTSTART:20270304T180000", "America/Bogota", ("America/Bogota", 23)),
    ],
)  # fmt: skip
def test_zones(start: str, zone: str, expected: tuple[str, int]) -> None:
    ((row,),) = read("x.ics", calendar(entry(start=start), zone=zone)).groups
    assert (row.plan.zone, row.plan.starts_at.hour) == expected


def test_a_floating_time_needs_somebody_to_say_its_zone() -> None:
    written = calendar(entry(start="DTSTART:20270304T180000"))
    assert problems("x.ics", written) == [
        "line 4: 'Circle': DTSTART names no time zone (set HTG_TIMEZONE to the one that is meant)"
    ]
    found = read("x.ics", written, floating="America/Bogota")
    assert found.groups[0][0].plan.starts_at == datetime(2027, 3, 4, 23, tzinfo=UTC)
    assert [str(each) for each in found.remarks] == [
        "line 4: 'Circle': its time names no zone; it was read in America/Bogota, HTG_TIMEZONE"
    ]


@pytest.mark.parametrize(
    ("lines", "length"),
    [
        ((), 90),
        (("DURATION:PT2H",), 120),
        (("DTEND;TZID=Europe/Madrid:20270304T190000",), 60),
        (("DTEND:20270304T190000Z",), 120),
    ],
)
def test_lengths(lines: tuple[str, ...], length: int) -> None:
    ((row,),) = read("x.ics", calendar(entry(*lines))).groups
    assert row.plan.duration == timedelta(minutes=length)


@pytest.mark.parametrize(
    ("lines", "start", "why"),
    [
        (("RRULE:FREQ=WEEKLY",), None, "it repeats (write each gathering as an entry of its own)"),
        (("RECURRENCE-ID:20270304T180000Z",), None, "it repeats"),
        ((), "DTSTART;VALUE=DATE:20270304", "DTSTART is a whole day (give it a time)"),
        (("DTEND;VALUE=DATE:20270305",), None, "DTEND is a whole day"),
        ((), "DTSTART;TZID=Europe/Madrid:20270328T023000", "DTSTART 2027-03-28 02:30 does not exist: clocks in Europe"),
        (
            (),
            "DTSTART;TZID=Europe/Madrid:20271031T023000",
            (
                "DTSTART 2027-10-31 02:30 happens twice in Europe/Madrid on that night"
                " (write DTSTART:20271031T003000Z or DTSTART:20271031T013000Z)"
            ),
        ),
        ((), "DTSTART;TZID=Customized Zone:20270304T180000", "its time zone 'Customized Zone' is not known"),
        ((), "DTSTART:yesterday", "DTSTART cannot be read"),
        ((), "", "DTSTART is missing"),
        (("DTSTART:20270304T180000Z",), None, "DTSTART is there twice"),
        (("DURATION:long",), None, "DURATION cannot be read"),
        (("this is no property",), None, "line 11 cannot be read (a line that goes on begins with a blank)"),
        (("DTEND:20270304T160000Z",), None, "DTEND is not after DTSTART"),
        (("X-HTG-SERIES:Circle", "X-HTG-PART:9"), None, "part '9' is not a number from 1 to 3"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_named(lines: tuple[str, ...], start: str | None, why: str) -> None:
    written = entry(*lines) if start is None else entry(*lines, start=start)
    (problem,) = problems("x.ics", calendar(entry(start="DTSTART:20270301T180000Z"), written))
    assert problem.startswith(f"line 8: 'Circle': {why}")


@pytest.mark.parametrize("content", ["", "hello", calendar(), calendar(entry()).replace("END:VCALENDAR", ""),
                                     calendar(entry()).replace("END:VEVENT", "")])  # fmt: skip
def test_what_is_no_whole_calendar(content: str) -> None:
    (problem,) = problems("x.ics", content)
    assert problem.startswith("it is not a whole calendar")


@pytest.mark.parametrize(
    ("status", "title"),
    [("CANCELLED", "Circle"), ("Canceled", "Circle"), ("CONFIRMED", "Canceled: Circle"), ("", "Cancelado: Círculo")],
)
def test_a_cancelled_entry_is_left_out_and_said(status: str, title: str) -> None:
    cancelled = entry(f"STATUS:{status}").replace("SUMMARY:Circle", f"SUMMARY:{title}")
    found = read("x.ics", calendar(cancelled, entry(start="DTSTART:20270301T180000Z")))
    assert len(found.groups) == 1
    assert [str(each) for each in found.remarks] == [f"line 4: '{title}': it is cancelled, and left out"]


@pytest.mark.parametrize(
    ("lines", "link"),
    [
        ((f"URL:{LINK}",), LINK),
        ((f"LOCATION:Zoom ({LINK})",), LINK),
        ((f"X-ZOOM-LINK:{LINK}", "URL:https://healing.example.org/circle"), LINK),
        (("URL:https://healing.example.org/circle", f"LOCATION:{LINK}"), LINK),
        (("LOCATION:https://meet.example.org/circle.",), "https://meet.example.org/circle"),
        (("LOCATION:The town hall",), None),
        ((f"DESCRIPTION:{LINK}",), LINK),
        ((f"DESCRIPTION:Host: {START}\\nEveryone: {LINK}",), LINK),
        ((f"LOCATION:{START}", f"DESCRIPTION:{LINK}"), LINK),
        (("URL:https://us02web.zoom.us/my/ada", f"DESCRIPTION:{LINK}"), LINK),
        (
            ("DESCRIPTION:https://us02web.zoom.us/u/kabc", "URL:https://meet.example.org/c"),
            "https://meet.example.org/c",
        ),
    ],
)
def test_where_the_link_is_looked_for(lines: tuple[str, ...], link: str | None) -> None:
    ((row,),) = read("x.ics", calendar(entry(*lines))).groups
    assert (row.plan.link and row.plan.link.reveal()) == link
    assert "hunter2" not in row.plan.description


def test_the_passcode_may_stand_beside_the_link() -> None:
    ((row,),) = read("x.ics", calendar(entry(f"LOCATION:{LINK} Passcode: 98qz77", "DESCRIPTION:Come."))).groups
    assert row.plan.link is not None
    assert row.plan.link.passcode() == "98qz77"


@pytest.mark.parametrize("elsewhere", ["", "URL:https://healing.example.org/circle"])
def test_the_link_of_the_host_alone_is_refused(elsewhere: str) -> None:
    (problem,) = problems("x.ics", calendar(entry(f"LOCATION:{START}", elsewhere or "PRIORITY:5")))
    assert "LOCATION: zoom_link is the host's own link, which is not for members (give the one with /j/" in problem


@pytest.mark.parametrize(
    ("lines", "remarked"),
    [
        ((f"LOCATION:{OTHER_ROOM}", f"URL:{LINK}"), "LOCATION"),
        ((f"DESCRIPTION:{OTHER_ROOM} or {LINK}",), "DESCRIPTION"),
        ((f"LOCATION:{LINK}", "URL:https://meet.google.com/abc-defg-hij"), "LOCATION"),
        ((f"LOCATION:{LINK}", "DESCRIPTION:https://zoom.us/wc/join/81234567890 https://zoom.us/u/kabc"), None),
        ((f"LOCATION:{LINK}", f"DESCRIPTION:Host: {START}", "URL:https://healing.example.org/circle"), None),
    ],
)
def test_another_room_is_not_passed_over_in_silence(lines: tuple[str, ...], remarked: str | None) -> None:
    said = [str(each) for each in read("x.ics", calendar(entry(*lines))).remarks]
    several = [each for each in said if "more than one room" in each]
    assert several == (
        [f"line 4: 'Circle': it names more than one room; the link from {remarked} was taken (see that it is right)"]
        if remarked
        else []
    )


def test_a_letter_folded_in_its_middle() -> None:
    written = calendar(entry("DESCRIPTION:Círculo")).encode()
    broken = written.replace("í".encode(), b"\xc3\r\n \xad")
    ((row,),) = read("x.ics", broken).groups
    assert row.plan.description == "Círculo"
    assert row.line == 4


INVITATION = f"""We sit together.

Frances Doe is inviting you to a scheduled Zoom meeting.

Topic: Circle
Time: Mar 4, 2027 06:00 PM Madrid

Join Zoom Meeting
{LINK}

Meeting ID: 812 3456 7890
Passcode: hunter2

---

One tap mobile
+34917873431,,81234567890#,,,,*123456# Spain

Dial by your location
• +34 917 873 431 Spain
Find your local number: https://us02web.zoom.us/u/kabc

Bring tea."""


def test_an_invitation_is_left_out_whole() -> None:
    assert without(INVITATION, ROOM) == ("We sit together.\n\nBring tea.", True)
    assert passcode(INVITATION) == "hunter2"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (f"Join here: {LINK}\nBring tea", "Bring tea"),
        (f"Come to {LINK} and bring tea", "Come to  and bring tea"),
        (f"Come in peace {LINK}", "Come in peace"),
        (f"Ven en paz {LINK}\nTrae té", "Ven en paz\nTrae té"),
        (f"Join Zoom Meeting {LINK}", ""),
        (f"Unirse a la reunión Zoom {LINK}", ""),
        ("Passcode: ask Frances\n--- \nTime: bring some", "Passcode: ask Frances\n--- \nTime: bring some"),
        ("Read https://healing.example.org first", "Read https://healing.example.org first"),
    ],
)
def test_the_rest_of_a_description_stays(written: str, kept: str) -> None:
    assert without(written, ROOM) == (kept, kept != written)


def test_html_becomes_text() -> None:
    written = '<p>Be <b>here</b> &amp; now.</p><a href="https://a.example/x">Read</a><br><a href="https://b.example">https://b.example</a>'
    assert plain(written) == "Be here & now.\nRead (https://a.example/x)\nhttps://b.example"
    assert without(plain(f'<a href="{LINK.replace("?", "?a=1&amp;")}">Come in</a>'), None) == ("", True)
    assert plain("a < b and b > c") == "a < b and b > c"


def test_a_calendar_gives_a_door_rule_of_its_own() -> None:
    rule = ("X-HTG-LIMIT:12", "X-HTG-LATE-ENTRY:PT5M", "X-HTG-DOORS-OPEN:1h", f"URL:{LINK}", "DURATION:PT1H")
    ((row,),) = read("x.ics", calendar(entry(*rule))).groups
    assert row.plan.door_rule == DoorRule(12, timedelta(minutes=5), timedelta(hours=1))
    assert row.ruled
    ((usual,),) = read("x.ics", calendar(entry(f"URL:{LINK}"))).groups
    assert (usual.plan.door_rule, usual.ruled) == (DoorRule(), False)


def test_a_door_rule_that_cannot_be_is_named_by_its_property() -> None:
    rule = ("X-HTG-LIMIT:many", "X-HTG-LATE-ENTRY:-PT5M", f"URL:{LINK}")
    (problem,) = problems("x.ics", calendar(entry(*rule)))
    assert "X-HTG-LIMIT 'many' is not a whole number from 1 to 1000" in problem
    assert "X-HTG-LATE-ENTRY '-PT5M' is not a length of time up to a day (write it like 10m)" in problem
