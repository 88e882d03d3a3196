"""CSV as people and spreadsheets write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.files.rows import ENTRY_LIMIT, ImportRejected
from bot.admission.model import DoorRule
from bot.config import Config
from tests.adapters.files.programmes import HOUSE, problems, read

HEADER = "title,starts_at,timezone,duration,description,facilitators,series,part,zoom_link,passcode"
LINK = "https://zoom.us/j/1?pwd=hunter2"


def sheet(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


def plain(starts_at: str = "2027-03-04T18:00", zone: str = "Europe/Madrid", more: str = "") -> str:
    return sheet(f"Circle,{starts_at},{zone},,{more},,,,{LINK},")


def test_a_whole_row() -> None:
    rule = DoorRule(40, timedelta(minutes=5), timedelta(minutes=20))
    written = sheet(
        f'"Grief,  and Gratitude",2027-03-04T18:00,europe/madrid,2h,"Be here.\nListen.",Frances,,,{LINK},open'
    )
    ((row,),) = read("x.CSV", written.encode(), Config(door_rule=rule)).groups
    plan = row.plan
    assert (row.line, plan.title, plan.zone, plan.facilitators) == (
        2,
        "Grief, and Gratitude",
        "Europe/Madrid",
        "Frances",
    )
    assert plan.starts_at == datetime(2027, 3, 4, 17, 0, tzinfo=UTC)
    assert (plan.duration, plan.description, plan.door_rule) == (timedelta(hours=2), "Be here.\nListen.", rule)
    assert plan.link is not None
    assert (plan.link.reveal(), plan.link.passcode()) == (LINK, "open")


def test_nothing_turns_the_direction_of_a_description() -> None:
    ((row,),) = read("x.csv", plain(more="Be here\u202e.\u2066 Listen.")).groups
    assert row.plan.description == "Be here. Listen."


def test_of_a_file_with_too_many_the_rest_is_not_looked_at() -> None:
    """Ten thousand rows took most of a minute to be refused."""
    row = f"Circle,2027-03-04T18:00,Nowhere,,,,,,{LINK},"
    wrong = problems("x.csv", sheet(*[row] * (ENTRY_LIMIT + 20)))
    assert wrong[0] == f"it has {ENTRY_LIMIT + 20} gatherings, and {ENTRY_LIMIT} fit (split it)"
    assert len(wrong) == 1 + ENTRY_LIMIT


@pytest.mark.parametrize("title", ["", "\u200b", "\u3164", "\u2800\u00ad", "\u202e"])
def test_a_title_that_nobody_sees_is_none(title: str) -> None:
    (problem,) = problems("x.csv", plain().replace("Circle", title))
    assert problem.endswith("title is missing")


def test_the_four_columns_that_must_be_there_are_enough_in_any_order() -> None:
    ((row,),) = read("x.csv", f"zoom_link,Timezone ,title,STARTS_AT\n{LINK},UTC,Circle,2027-03-04 18:00\n").groups
    assert (row.plan.title, row.plan.duration) == ("Circle", HOUSE.duration)


@pytest.mark.parametrize(
    ("starts_at", "zone", "hour"),
    [
        ("2027-03-04T18:00", "Europe/Madrid", 17),
        ("2027-07-04T18:00", "Europe/Madrid", 16),
        ("2027-03-04T18:00:00", "Europe/Madrid", 17),
        ("2027-03-04 18:00", "Europe/Madrid", 17),
        ("2027-03-04\u00a018:00", "Europe/Madrid", 17),
        ("2027-03-04T18:00Z", "Europe/Madrid", 18),
        ("2027-03-04T18:00+05:00", "Europe/Madrid", 13),
        ("20270304T1800", "America/New_York", 23),
        ("2027-10-31T02:30+02:00", "Europe/Madrid", 0),
        ("2027-10-31T02:30+01:00", "Europe/Madrid", 1),
    ],
)
def test_iso_8601_local_unless_it_has_an_offset(starts_at: str, zone: str, hour: int) -> None:
    ((row,),) = read("x.csv", plain(starts_at, zone)).groups
    assert row.plan.starts_at.hour == hour
    assert row.plan.zone == zone


@pytest.mark.parametrize(
    ("starts_at", "zone", "why"),
    [
        ("2027-03-28T02:30", "Europe/Madrid", "does not exist: clocks in Europe/Madrid skip that hour"),
        (
            "2027-10-31T02:30",
            "Europe/Madrid",
            "happens twice in Europe/Madrid on that night (write 2027-10-31T02:30+02:00",
        ),
        ("03/04/2027 18:00", "Europe/Madrid", "not a date and time (write it like 2027-03-04T18:00)"),
        ("2027-03-04", "Europe/Madrid", "not a date and time"),
        ("2027-02-30T18:00", "Europe/Madrid", "not a date and time"),
        ("2027-03-04T18:00:00.5", "Europe/Madrid", "not a date and time"),
        ("٢٠٢٧-03-04T18:00", "Europe/Madrid", "not a date and time"),
        ("0001-01-01T00:00+10:00", "Europe/Madrid", "not a date and time"),
        ("9999-12-31T23:59-10:00", "Europe/Madrid", "not a date and time"),
        ("2207-03-04T18:00", "Europe/Madrid", "the year 2207"),
        ("", "Europe/Madrid", "starts_at is missing"),
        ("2027-03-04T18:00", "Europe/Madird", "timezone 'Europe/Madird' is not known (is it Europe/Madrid?)"),
        ("2027-03-04T18:00", "", "timezone is missing"),
        (
            "2027-07-08T18:00",
            "EST",
            "timezone 'EST' is not known (it does not say whether clocks change in summer; is it",
        ),
        ("2027-07-08T18:00", "IST", "is it Asia/Kolkata, Europe/Dublin or Asia/Jerusalem?"),
        ("2027-07-08T18:00", "localtime", "timezone 'localtime' is not known (write it like Europe/Madrid)"),
    ],
)
def test_a_time_that_names_no_instant_says_why(starts_at: str, zone: str, why: str) -> None:
    (problem,) = problems("x.csv", plain(starts_at, zone))
    assert problem.startswith("line 2: ")
    assert why in problem


def test_every_bad_row_is_named_at_once_with_all_that_is_wrong() -> None:
    written = sheet(
        f',tomorrow,Nowhere,soon,"two\nlines",,,,{LINK},',
        f"Fine,2027-03-04T18:00,UTC,,,,,,{LINK},",
        f"Part,2027-03-05T18:00,UTC,,,,Circle,four,{LINK},",
        f"Part 2,2027-03-06T18:00,UTC,,,,Circle,2,{LINK},",
        f"Alone,2027-03-07T18:00,UTC,,,,Other,1,{LINK},",
        f"{'x' * 91},2027-03-08T18:00,UTC,3m,,,,2,not-a-link-hunter2,",
    )
    said = {each.partition(": ")[0]: each.partition(": ")[2].split("; ") for each in problems("x.csv", written)}
    assert said == {
        "line 2": [
            "timezone 'Nowhere' is not known (write it like Europe/Madrid)",
            "starts_at 'tomorrow' is not a date and time (write it like 2027-03-04T18:00)",
            "duration 'soon' is not a length of time (write it like 90m)",
            "title is missing",
        ],
        "line 5": ["part 'four' is not a number from 1 to 3"],
        "line 7": ["series 'Other' has this row alone (leave series and part empty)"],
        "line 8": [
            "part is given, but series is empty (name the series, or leave both empty)",
            "zoom_link is not a link (paste it whole, from https:// on)",
            "title has 91 characters, and 90 fit",
            "duration is not between 5m and 24h",
        ],
    }


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ([("1", 4), ("3", 6)], "has the parts 1, 3; they are numbered 1, 2 and 3"),
        ([("1", 4), ("1", 6)], "has the parts 1, 1"),
        ([("2", 4), ("3", 6)], "has the parts 2, 3"),
        ([("1", 6), ("2", 4)], "part 2 begins before part 1 has ended"),
    ],
)
def test_parts_are_numbered_and_in_order(parts: list[tuple[str, int]], why: str) -> None:
    rows = [f"P{day},2027-03-0{day}T18:00,UTC,,,,Circle,{part},{LINK}," for part, day in parts]
    (problem,) = problems("x.csv", sheet(*rows))
    assert why in problem


def test_what_is_wrong_between_rows_is_named_with_what_is_wrong_within_them() -> None:
    rows = [
        f"P1,2027-03-04T18:00,UTC,90,,,Circle,3,{LINK},",
        f"P2,2027-03-06T18:00,UTC,soon,,,Circle,3,{LINK},",
        f"P3,2027-03-08T18:00,UTC,,,,Other,1,{LINK},",
        f"P4,not a day,UTC,,,,Other,two,{LINK},",
        f"P5,not a day,UTC,,,,Third,1,{LINK},",
        f"P6,2027-03-08T18:00,UTC,,,,Third,2,{LINK},",
    ]
    no_day = "starts_at 'not a day' is not a date and time (write it like 2027-03-04T18:00)"
    assert problems("x.csv", sheet(*rows)) == [
        "line 2: series 'Circle' has the parts 3, 3; they are numbered 1, 2 and 3",
        "line 3: duration 'soon' is not a length of time (write it like 90m)",
        f"line 5: part 'two' is not a number from 1 to 3; {no_day}",
        f"line 6: {no_day}",
    ]


@pytest.mark.parametrize(("written", "minutes"), [("90", 90), (" 45 ", 45), ("90m", 90), ("2h", 120)])
def test_a_length_is_a_number_of_minutes_or_has_its_unit(written: str, minutes: int) -> None:
    (group,) = read("x.csv", sheet(f"Circle,2027-03-04T18:00,UTC,{written},,,,,{LINK},")).groups
    assert group[0].plan.duration == timedelta(minutes=minutes)


def test_parts_need_not_stand_together() -> None:
    rows = [
        f"P{part},2027-03-0{part}T18:00,UTC,,,,{series},{part},{LINK},"
        for part, series in ((2, "A"), (1, "A"), (3, "A"))
    ]
    rows.insert(1, f"Other,2027-04-01T18:00,UTC,,,,,,{LINK},")
    assert [[row.plan.title for row in group] for group in read("x.csv", sheet(*rows)).groups] == [
        ["P1", "P2", "P3"],
        ["Other"],
    ]


def test_the_same_gathering_twice_in_one_file() -> None:
    row = f"Circle,2027-03-04T18:00,UTC,,,,,,{LINK},"
    assert problems("x.csv", sheet(row, row)) == ["line 3: it has the same title and start as line 2"]


@pytest.mark.parametrize("column", ["title", "description", "facilitators"])
def test_a_link_where_everyone_would_see_it(column: str) -> None:
    written = "title,starts_at,timezone,zoom_link,description,facilitators\n"
    cells = {"title": "Circle", "description": "", "facilitators": ""} | {column: f"Come: {LINK}"}
    written += f"{cells['title']},2027-03-04T18:00,UTC,https://other.example/room,{cells['description']},{cells['facilitators']}"
    assert problems("x.csv", written) == [
        f"line 2: {column} holds the Zoom link, its number or its passcode, which everyone would see (leave it out)"
    ]
    hidden = written.replace(LINK, "https://other.example/room")
    assert problems("x.csv", hidden) == [
        f"line 2: {column} holds the Zoom link, its number or its passcode, which everyone would see (leave it out)"
    ]


@pytest.mark.parametrize("said", ["say 98qz77", "ring 812 3456 7890"])
def test_the_link_of_another_part_where_everyone_would_see_it(said: str) -> None:
    written = sheet(
        "A,2027-03-04T18:00,UTC,,,,S,1,https://zoom.us/j/81234567890,98qz77",
        f"B,2027-03-11T18:00,UTC,,{said},,S,2,https://zoom.us/j/89999999999,",
    )
    assert problems("x.csv", written) == [
        "line 3: description holds the Zoom link, its number or its passcode, which everyone would see (leave it out)"
    ]


@pytest.mark.parametrize("link", ["ftp://zoom.us/j/hunter2", "https://[hunter2", "https://hunter2", "x" * 1100])
def test_a_link_is_never_quoted(link: str) -> None:
    said = " ".join(problems("x.csv", sheet(f"Circle,2027-03-04T18:00,UTC,,,,,,{link},hunter2")))
    assert "zoom_link" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("cell", "why"),
    [("hunter2 {0} secret", "more than a link"), ("{0} https://zoom.us/j/82222222222", "more than one")],
)
def test_words_beside_a_link_become_no_passcode(cell: str, why: str) -> None:
    (problem,) = problems("x.csv", sheet(f"Circle,2027-03-04T18:00,UTC,,,,,,{cell.format(LINK)},"))
    assert f"zoom_link holds {why}" in problem
    ((row,),) = read("x.csv", sheet(f"Circle,2027-03-04T18:00,UTC,,,,,,Zoom: {LINK} (link for members),")).groups
    assert row.plan.link is not None
    assert (row.plan.link.reveal(), row.plan.link.passcode()) == (LINK, "")


@pytest.mark.parametrize("link", ["https://us02web.zoom.us/s/81234567890?zak=abc", "https://zoom.us/j/8?zak=abc"])
def test_the_link_of_the_host_is_refused(link: str) -> None:
    (problem,) = problems("x.csv", sheet(f"Circle,2027-03-04T18:00,UTC,,,,,,{link},"))
    assert problem.startswith("line 2: zoom_link is the host's own link, which is not for members")


def test_what_is_wrong_with_the_columns_and_the_rows_is_named_in_one_round() -> None:
    header = "title,starts_at,timezone,zoom_lnk,limt"
    assert problems("x.csv", sheet("A,never,UTC,https://zoom.us/j/1,many", header=header)) == [
        "line 1: the column zoom_link must be there",
        "line 1: there is no column 'limt' (is it limit?)",
        "line 1: there is no column 'zoom_lnk' (is it zoom_link?)",
        (
            "line 2: starts_at 'never' is not a date and time (write it like 2027-03-04T18:00); "
            "limit 'many' is not a whole number from 1 to 1000"
        ),
    ]


def test_a_passcode_alone_is_not_enough() -> None:
    (problem,) = problems("x.csv", sheet("Circle,2027-03-04T18:00,UTC,,,,,,,hunter2"))
    assert problem == "line 2: passcode is given, but zoom_link is empty"


def test_as_excel_saves_it_in_spain() -> None:
    written = "sep=;\r\n" + sheet(
        f'Círculo;2027-03-04T18:00;Europe/Madrid;;"Hablar; escuchar.\r\nDescansar.";;;;{LINK};',
        ";;;;;;;;;",
        header=HEADER.replace(",", ";"),
    ).replace("\n", "\r\n").replace("\r\r", "\r")
    ((row,),) = read("x.csv", b"\xef\xbb\xbf" + written.encode()).groups
    assert (row.line, row.plan.title, row.plan.description) == (3, "Círculo", "Hablar; escuchar.\nDescansar.")


def test_line_numbers_count_quoted_new_lines_and_blank_lines() -> None:
    written = sheet(f'A,2027-03-04T18:00,UTC,,"one\n\nthree",,,,{LINK},', "", "B,never,UTC,,,,,,,")
    (problem,) = problems("x.csv", written)
    assert problem.startswith("line 6: starts_at 'never'")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "line 1: the first line must name the columns: title,starts_at"),
        (b"Circle,2027-03-04T18:00,UTC\n", "line 1: the first line must name the columns"),
        (HEADER.encode(), "there is no gathering in it"),
        ("título,x\n".encode("latin-1"), "line 1: the first line must name the columns"),
        ("титул,x\n".encode("windows-1251"), "line 1: it is not UTF-8 text (in Excel, save it as 'CSV UTF-8'"),
        (sheet("x").encode("utf-16-le"), "line 1: it is not UTF-8 text"),
        (b"x" * (1024 * 1024 + 1), "it is larger than 1 MiB"),
        (sheet(*(f"C{n},2027-03-04T18:00,UTC,,,,,,{LINK}," for n in range(1001))).encode(), "it has 1001 gatherings"),
        (b"title,starts_at,timezone\n", "line 1: the column zoom_link must be there"),
        (b"title,starts_at,timezone,zoom_link,descripton\n", "there is no column 'descripton' (is it description?)"),
        (b"title,title,starts_at,timezone,zoom_link\n", "the column title is there twice"),
        (sheet('"Circle,2027-03-04T18:00,UTC').encode(), "line 2: the quotes cannot be read from here on"),
        (sheet('"Cir"cle,2027-03-04T18:00,UTC').encode(), "line 2: the quotes cannot be read from here on"),
        (plain(more="one, two").encode(), "line 2: it has 11 cells for 10 columns (quote a"),
        (plain(more="bell \x07").encode(), "line 2: description holds a control character"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_taken_says_why(content: bytes, why: str) -> None:
    with pytest.raises(ImportRejected) as rejected:
        read("x.csv", content, HOUSE)
    assert any(str(each).startswith(why) or why in str(each) for each in rejected.value.problems), rejected.value


def test_what_is_a_draft_or_cancelled_says_so() -> None:
    header = f"{HEADER},status"
    rows = [
        f"{status or 'None'},2027-03-04T18:00,UTC,,,,,,{LINK},,{status}"
        for status in ("", "Draft", "published", "cancelled", "Canceled", "tentative")
    ]
    found = read("x.csv", sheet(*rows, header=header))
    kept = {row.plan.title: row.tentative for (row,) in found.groups}
    assert kept == {"None": False, "Draft": True, "published": False, "tentative": True}
    assert [str(each) for each in found.remarks] == [f"line {n}: it is cancelled, and left out" for n in (5, 6)]
    said = problems("x.csv", sheet(f"A,2027-03-04T18:00,UTC,,,,,,{LINK},,maybe", header=header))
    assert said == ["line 2: status 'maybe' is none of draft, published and cancelled"]


def test_each_gathering_may_have_a_door_rule_of_its_own() -> None:
    header = f"{HEADER},limit,late_entry,doors_open"
    usual = DoorRule(40, timedelta(minutes=5), timedelta(minutes=20))
    first, second = f"A,2027-03-04T18:00,UTC,,,,,,{LINK},,12,0m,30m", f"B,2027-03-04T18:00,UTC,,,,,,{LINK},,,,"
    found = read("x.csv", sheet(first, second, header=header).encode(), Config(door_rule=usual)).groups
    assert [row.plan.door_rule for (row,) in found] == [DoorRule(12, timedelta(0), timedelta(minutes=30)), usual]
    said = problems("x.csv", sheet(f"A,2027-03-04T18:00,UTC,,,,,,{LINK},,many,90m,soon", header=header))
    assert "; ".join(said) == (
        "line 2: limit 'many' is not a whole number from 1 to 1000; "
        "doors_open 'soon' is not a length of time up to a day (write it like 10m)"
    )


WORD = "Círculo de duelo – «día»"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_with_a_mark_of_its_encoding_is_read(encoding: str) -> None:
    written = plain().replace("Circle", WORD).replace("\n", "\r\n").replace(",", ";")
    found = read("x.csv", written.encode(encoding), HOUSE)
    assert ([row.plan.title for (row,) in found.groups], list(found.remarks)) == ([WORD], [])


def test_text_in_windows_1252_is_read_with_a_remark() -> None:
    found = read("x.csv", plain().replace("Circle", WORD).encode("windows-1252"), HOUSE)
    assert [row.plan.title for (row,) in found.groups] == [WORD]
    assert "".join(str(each) for each in found.remarks) == (
        "it is not UTF-8 text; it was read as Windows-1252, so that a word in it is 'Círculo'"
        " (if that is wrong, save it as UTF-8)"
    )


@pytest.mark.parametrize(
    ("title", "encoding"),
    [
        *(("Círculo de duelo", "mac-roman"), ("Canción del año", "mac-roman"), ("Круг скорби", "windows-1251")),
        *(
            ("Krąg żałoby", "windows-1250"),
            ("悲しみの輪", "shift-jis"),
            ("哀悼的圈子", "gbk"),
            ("Κύκλος", "windows-1253"),
        ),
    ],
)
def test_text_in_another_encoding_is_refused_with_its_line_and_what_to_do(title: str, encoding: str) -> None:
    assert problems("x.csv", plain().replace("Circle", title).encode(encoding)) == [
        "line 2: it is not UTF-8 text (in Excel, save it as 'CSV UTF-8'; in Google Sheets, download it as CSV)"
    ]


RULED = "title,starts_at,timezone,duration,zoom_link,limit,late_entry,doors_open"


def ruled(duration: str = "", limit: str = "", late_entry: str = "", doors_open: str = "") -> str:
    return sheet(f"Circle,2027-03-04T18:00,UTC,{duration},{LINK},{limit},{late_entry},{doors_open}", header=RULED)


@pytest.mark.parametrize(
    ("cells", "rule", "minutes"),
    [
        ({}, DoorRule(), 90),
        ({"limit": "12", "late_entry": "0m", "doors_open": "1h", "duration": "2h"},
         DoorRule(12, timedelta(0), timedelta(hours=1)), 120),
        ({"limit": " 1000 ", "late_entry": "PT5M"}, DoorRule(1000, timedelta(minutes=5)), 90),
        ({"duration": "5m"}, DoorRule(late_entry=timedelta(minutes=5)), 5),
        ({"late_entry": "90m"}, DoorRule(late_entry=timedelta(minutes=90)), 90),
    ],
)  # fmt: skip
def test_a_row_has_a_door_rule_of_its_own(cells: dict[str, str], rule: DoorRule, minutes: int) -> None:
    ((row,),) = read("x.csv", ruled(**cells)).groups
    assert (row.plan.door_rule, row.plan.duration) == (rule, timedelta(minutes=minutes))
    assert row.ruled is bool({"limit", "late_entry", "doors_open"} & set(cells))


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"limit": "0"}, "limit '0' is not a whole number from 1 to 1000"),
        ({"limit": "90 people"}, "limit '90 people' is not a whole number from 1 to 1000"),
        ({"late_entry": "soon"}, "late_entry 'soon' is not a length of time up to a day (write it like 10m)"),
        ({"doors_open": "2d"}, "doors_open '2d' is not a length of time up to a day (write it like 10m)"),
        ({"late_entry": "0m", "doors_open": "0m"},
         "with neither late_entry nor doors_open the doors would never be open"),
        ({"late_entry": "2h"}, "late_entry 2h is longer than the gathering itself (90m; give at most that)"),
    ],
)  # fmt: skip
def test_a_door_rule_that_cannot_be_says_what_to_write(cells: dict[str, str], why: str) -> None:
    assert problems("x.csv", ruled(**cells)) == [f"line 2: {why}"]


def test_the_link_may_be_left_out_where_zoom_makes_the_meeting() -> None:
    written = sheet("Circle,2027-03-04T18:00,UTC", header="title,starts_at,timezone")
    ((row,),) = read("x.csv", written, Config(meetings=True)).groups
    assert row.plan.link is None
    assert problems("x.csv", written) == ["line 1: the column zoom_link must be there"]
