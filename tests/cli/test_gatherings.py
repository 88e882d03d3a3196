"""`htg gatherings`, `roster`, `log`, `facilitators` and `db`, on both databases."""

from __future__ import annotations

import asyncio
import csv
import errno
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from adapters.files.import_file import parse_programme
from adapters.files.save_import import ImportResult, save_programme
from bot.addresses import Address
from bot.audit.model import ActKind, Actor
from bot.config import Config
from bot.gatherings.model import Gathering, Status
from bot.members.model import Person
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage, open_storage
from storage.migrations.upgrade import newest_revision
from tests.adapters.files.test_csv_import import LINK, sheet
from tests.cli.conftest import KEY, CommandResult, StoppedClock, Terminal
from tests.cli.test_backups import ANOTHER, in_storage
from tests.databases import Databases, on_both, stored_bytes
from tests.storage.claims import claim

T = TypeVar("T")
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def programme(tmp_path: Path) -> Path:
    file = tmp_path / "programme.csv"
    file.write_text(
        sheet(
            f"Circle,2027-03-04T18:00,Europe/Madrid,,,Frances,,,{LINK},open",
            f"One,2027-03-05T18:00,UTC,,,,Letting go,1,{LINK},",
            f"Two,2027-03-12T18:00,UTC,,,,Letting go,2,{LINK},",
        ),
        encoding="utf-8",
    )
    return file


def look(terminal: Terminal, work: Callable[[UnitOfWork], T]) -> T:
    async def once() -> T:
        storage = await open_storage(terminal.environment["DATABASE_URL"], [KEY])
        try:
            return await storage.run(work)
        finally:
            await storage.close()

    return asyncio.run(once())


def kept(terminal: Terminal) -> list[tuple[str, int, int, str]]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return look(
        terminal, lambda uow: [(g.title, g.part, g.parts, g.status) for g in uow.gatherings.hosted(now, limit=99)]
    )


def test_importing_publishes_and_importing_again_changes_nothing(terminal: Terminal, programme: Path) -> None:
    said = terminal.types("gatherings", "import", programme)
    assert (said.code, said.out, said.err) == (0, "3 added, 0 already there.\n", "")
    before = kept(terminal)
    assert before == [("Circle", 1, 1, "published"), ("One", 1, 2, "published"), ("Two", 2, 2, "published")]
    link = look(
        terminal, lambda uow: uow.gatherings.zoom_link(uow.gatherings.hosted(terminal.clock.now(), limit=1)[0].id)
    )
    assert link is not None
    assert (link.reveal(), link.passcode()) == (LINK, "open")
    said = terminal.types("gatherings", "import", programme)
    assert (said.code, said.out) == (0, "0 added, 3 already there.\n")
    assert kept(terminal) == before


@on_both
async def test_of_two_who_import_the_same_file_at_once_one_adds_it(storage: OpenStorage) -> None:
    rows = [f"Circle {number},2027-04-{number:02}T18:00,UTC,{LINK}" for number in range(1, 29)]
    content = "\n".join(["title,starts_at,timezone,zoom_link", *rows]).encode()
    now = datetime(2026, 12, 3, tzinfo=UTC)

    def work(uow: UnitOfWork) -> ImportResult:
        return save_programme(parse_programme("x.csv", content, Config()), uow, Config(), now)

    results = await asyncio.gather(*(storage.run(work) for _ in range(4)))
    assert sorted(result.added for result in results) == [0, 0, 0, 28]


def test_a_programme_grows(terminal: Terminal, programme: Path) -> None:
    terminal.types("gatherings", "import", programme)
    programme.write_text(programme.read_text() + f"New,2027-04-01T18:00,UTC,,,,,,{LINK},\n", encoding="utf-8")
    assert terminal.types("gatherings", "import", programme).out == "1 added, 3 already there.\n"


def test_the_same_file_after_its_gatherings_are_over(terminal: Terminal, programme: Path) -> None:
    terminal.types("gatherings", "import", programme)
    terminal.clock = StoppedClock(datetime(2028, 1, 1, tzinfo=UTC))
    assert terminal.types("gatherings", "import", programme).out == "0 added, 3 already there.\n"


def test_all_or_nothing_each_bad_row_named(terminal: Terminal, programme: Path) -> None:
    rows = programme.read_text()
    programme.write_text(f"{rows}Past,2026-01-01T18:00,UTC,,,,,,{LINK},\nNo link,2027-05-01T18:00,UTC,,,,,,,\n")
    said = terminal.types("gatherings", "import", programme)
    assert (said.code, said.out) == (1, "")
    assert said.sentences == [
        f"{programme}: line 5: it is past",
        (
            f"{programme}: line 6: it has no Zoom link (zoom_link; in a calendar URL, LOCATION, CONFERENCE, X-ZOOM-LINK"
            " or the description)"
        ),
        "Nothing was imported.",
    ]
    assert kept(terminal) == []


@pytest.mark.parametrize("start", ["1927-03-04T18:00", "1970-01-01T00:00", "0227-03-04T18:00", "0001-01-01T00:00"])
def test_a_mistyped_year_is_past_however_long(terminal: Terminal, programme: Path, start: str) -> None:
    programme.write_text(f"title,starts_at,timezone,zoom_link\nCircle,{start},UTC,{LINK}\n")
    said = terminal.types("gatherings", "import", programme)
    assert (said.code, said.sentences[0]) == (1, f"{programme}: line 2: it is past")
    assert kept(terminal) == []


def test_a_series_that_is_there_in_part(terminal: Terminal, programme: Path) -> None:
    terminal.types("gatherings", "import", programme)
    programme.write_text(programme.read_text() + f"Three,2027-03-19T18:00,UTC,,,,Letting go,3,{LINK},\n")
    said = terminal.types("gatherings", "import", programme)
    assert said.code == 1
    assert "line 5: part 3 is new, and other parts of its series are there already" in said.sentences[0]
    assert len(kept(terminal)) == 3


def test_without_a_key_no_link_can_be_kept(terminal: Terminal, programme: Path) -> None:
    del terminal.environment["HTG_SECRET_KEY"]
    said = terminal.types("gatherings", "import", programme)
    assert (said.code, len(said.sentences)) == (2, 1)
    assert said.err.startswith("HTG_SECRET_KEY: it is missing")
    assert kept(terminal) == []


@pytest.mark.parametrize("name", ["out.csv", "out.ics"])
def test_an_export_imports_as_no_change_and_holds_no_secret(terminal: Terminal, programme: Path, name: str) -> None:
    terminal.types("gatherings", "import", programme)
    before, out = kept(terminal), Path(name)
    assert terminal.types("gatherings", "export", name).out == f"3 exported to {name}, without Zoom links.\n"
    assert not {
        each for each in ("hunter2", "zoom.us", "open") if each in out.read_text("utf-8").replace("doors_open", "")
    }
    assert terminal.types("gatherings", "import", name).out == "0 added, 3 already there.\n"
    assert kept(terminal) == before
    refused = terminal.types("gatherings", "export", name)
    assert refused.code == 1
    assert "--force" in refused.err
    assert terminal.types("gatherings", "export", name, "--force").code == 0


def test_an_export_holds_no_formula_and_is_read_back_as_it_was(terminal: Terminal, programme: Path) -> None:
    title, description = '=HYPERLINK("http://x.example")', "- Bring a candle\n- or nothing"
    with programme.open("w", newline="") as file:
        columns = ("title", "starts_at", "timezone", "zoom_link", "description")
        csv.writer(file).writerows([columns, (title, "2027-03-04T18:00", "UTC", LINK, description)])
    assert terminal.types("gatherings", "import", programme).out.startswith("1 added")
    terminal.types("gatherings", "export", "out.csv")
    with Path("out.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["title"], row["description"]) == (f"'{title}", "'- Bring a candle\n'- or nothing")
    assert terminal.types("gatherings", "import", "out.csv").out == "0 added, 1 already there.\n"
    with Path("later.csv").open("w", newline="") as file:
        csv.writer(file).writerows([row, {**row, "starts_at": "2027-03-05T18:00", "zoom_link": LINK}.values()])
    assert terminal.types("gatherings", "import", "later.csv").out.startswith("1 added")
    public = look(terminal, lambda uow: uow.gatherings.public_since(datetime(2026, 1, 1, tzinfo=UTC), limit=9))
    assert [(each.title, each.description) for each in public] == [(title, description)] * 2


def test_an_export_that_cannot_be_written_says_so(terminal: Terminal) -> None:
    said = terminal.types("gatherings", "export", "no/such/folder/out.csv")
    assert (said.code, said.sentences) == (1, ["no/such/folder/out.csv cannot be written: No such file or directory."])


def test_the_examples_import(terminal: Terminal) -> None:
    assert terminal.types("gatherings", "import", EXAMPLES / "spring-programme.csv").out.startswith("8 added")
    said = terminal.types("gatherings", "import", EXAMPLES / "calendar-export.ics")
    assert said.out == "4 added, 0 already there.\n"
    assert said.err.count("what its description says about Zoom was left out") == 2
    stored = asyncio.run(stored_bytes(terminal.environment["DATABASE_URL"]))
    assert b"zoom.example" not in stored
    assert b"made-up" not in stored


def test_a_floating_calendar_takes_the_zone_that_was_chosen(terminal: Terminal, tmp_path: Path) -> None:
    entry = "BEGIN:VEVENT\nSUMMARY:Circle\nDTSTART:20270304T180000\nURL:https://zoom.us/j/1\nEND:VEVENT\n"
    (tmp_path / "x.ics").write_text(f"BEGIN:VCALENDAR\n{entry}END:VCALENDAR\n", encoding="utf-8")
    assert "set HTG_TIMEZONE" in terminal.types("gatherings", "import", "x.ics").err
    terminal.environment["HTG_TIMEZONE"] = "America/Bogota"
    said = terminal.types("gatherings", "import", "x.ics")
    assert said.out == "1 added, 0 already there.\n"
    assert "read in America/Bogota, HTG_TIMEZONE" in said.err


LOCATION = f"LOCATION:{LINK}"


def calendar(*entries: str, method: str = "PUBLISH") -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", f"METHOD:{method}", *entries, "END:VCALENDAR", ""])


def entry(*lines: str, uid: str = "9@x", at: str = "20270304T180000Z", title: str = "Circle", sequence: int = 0) -> str:
    begun = ("BEGIN:VEVENT", f"UID:{uid}", f"SEQUENCE:{sequence}", f"SUMMARY:{title}", f"DTSTART:{at}", LOCATION)
    return "\r\n".join([*begun, *lines, "END:VEVENT"])


def imports(terminal: Terminal, *entries: str, method: str = "PUBLISH") -> CommandResult:
    Path("x.ics").write_text(calendar(*entries, method=method), encoding="utf-8")
    return terminal.types("gatherings", "import", "x.ics")


def only(terminal: Terminal) -> Gathering:
    (gathering,) = look(terminal, lambda uow: uow.gatherings.public_since(datetime(2026, 1, 1, tzinfo=UTC), limit=9))
    return gathering


def test_of_an_entry_that_is_there_twice_the_last_version_is_taken(terminal: Terminal) -> None:
    said = imports(
        terminal, entry(), entry(at="20270304T190000Z", sequence=2), entry(at="20270304T170000Z", sequence=1)
    )
    assert said.out == "1 added, 0 already there.\n"
    assert only(terminal).starts_at == datetime(2027, 3, 4, 19, tzinfo=UTC)
    twice = imports(terminal, entry(uid="8@x"), entry(uid="8@x", title="Other"))
    assert "line 10: it has the same UID and SEQUENCE as line 3, and differs" in twice.sentences[0]


def test_a_later_version_moves_what_stands_and_tells_whoever_registered(terminal: Terminal) -> None:
    imports(terminal, entry())

    def register(uow: UnitOfWork) -> int:
        ada = uow.members.get_or_create(Person(Address("discord", "42"), "Ada"), terminal.clock.now())
        uow.registrations.add(ada.id, [only_id], terminal.clock.now())
        channel = uow.announcements.add(only_id, Address("discord", "#4000"))
        uow.announcements.mark_posted(channel.id, "77")
        return ada.id

    only_id = only(terminal).id
    look(terminal, register)
    said = imports(terminal, entry(at="20270305T180000Z", title="Círculo", sequence=1))
    assert said.out == "0 added, 1 changed, 0 already there.\n"
    assert "is moved from 2027-03-04 18:00 UTC to 2027-03-05 18:00 UTC; registrants told: 1" in said.err
    now = only(terminal)
    assert (now.id, now.title, now.starts_at.day) == (only_id, "Círculo", 5)
    due = look(terminal, lambda uow: claim(uow, terminal.clock.now()))
    assert sorted(each.notification.kind for each in due) == ["amendment", "moved"]
    again = imports(terminal, entry(at="20270305T180000Z", title="Círculo", sequence=1))
    assert (again.out, again.err) == ("0 added, 0 changed, 1 already there.\n".replace("0 changed, ", ""), "")
    older = imports(terminal, entry(at="20270304T180000Z"))
    assert older.out == "0 added, 1 already there.\n"
    assert "its SEQUENCE is lower; left as it is" in older.err
    assert only(terminal) == now


@pytest.mark.parametrize(
    ("later", "recorded"),
    [
        (entry(sequence=1).replace(LINK, LINK.replace("/j/", "/j/9")), [(ActKind.EDITED, ("zoom",))]),
        (entry("DURATION:PT2H", sequence=1), [(ActKind.EDITED, ("duration",))]),
        (entry("DURATION:PT2H", sequence=1).replace(LINK, LINK.replace("/j/", "/j/9")),
         [(ActKind.EDITED, ("duration", "zoom"))]),
        (entry("DESCRIPTION:Come.", sequence=1, title="Other", at="20270305T180000Z"),
         [(ActKind.MOVED, ()), (ActKind.EDITED, ("title", "description"))]),
    ],
)  # fmt: skip
def test_whatever_an_import_changes_stands_in_the_log_of_acts(
    terminal: Terminal, later: str, recorded: list[tuple[ActKind, tuple[str, ...]]]
) -> None:
    """Also another way in alone: who replaces it leads everybody somewhere else."""
    imports(terminal, entry())
    assert imports(terminal, later).out == "0 added, 1 changed, 0 already there.\n"
    *done, first = look(terminal, lambda uow: uow.audit.entries())
    assert first.act.kind is ActKind.IMPORTED
    assert [(each.act.kind, each.act.fields) for each in reversed(done)] == recorded
    assert {(each.act.by, each.act.gathering) for each in done} == {(Actor.OPERATOR, only(terminal).id)}


def test_the_same_sequence_with_another_content_changes_nothing_and_says_so(terminal: Terminal) -> None:
    imports(terminal, entry())
    said = imports(terminal, entry(at="20270305T180000Z"))
    assert said.out == "0 added, 1 already there.\n"
    assert "it differs from what was imported before, and its SEQUENCE is not higher; left as it is" in said.err
    assert only(terminal).starts_at.day == 4


def test_another_link_is_not_passed_over_in_silence(terminal: Terminal, programme: Path) -> None:
    terminal.types("gatherings", "import", programme)
    assert terminal.types("gatherings", "import", programme).err == ""
    programme.write_text(programme.read_text().replace("/j/", "/j/9"))
    said = terminal.types("gatherings", "import", programme)
    assert (said.code, said.out) == (0, "0 added, 3 already there.\n")
    assert f"{programme}: line 2: its link or passcode is another than here; left as it is (number " in said.err
    assert "/htg-host edit changes it" in said.err


def test_another_link_with_the_same_sequence_is_said_too(terminal: Terminal) -> None:
    imports(terminal, entry())
    assert imports(terminal, entry()).err == ""
    said = imports(terminal, entry().replace(LINK, LINK.replace("/j/", "/j/9")))
    assert "its link or passcode is another than here, and its SEQUENCE is not higher; left as it is" in said.err


def test_what_is_tentative_is_kept_as_a_draft(terminal: Terminal) -> None:
    said = imports(terminal, entry("STATUS:TENTATIVE"))
    assert said.out == "1 added, 0 already there.\n"
    assert "line 3: it is tentative, and kept as a draft (/htg-host drafts publishes it)" in said.err
    assert kept(terminal) == [("Circle", 1, 1, Status.DRAFT)]
    assert imports(terminal, entry("STATUS:TENTATIVE")).err == ""
    said = imports(terminal, entry("STATUS:CONFIRMED", sequence=1))
    assert "line 3: here it is still a draft (/htg-host drafts publishes it)" in said.err
    assert kept(terminal) == [("Circle", 1, 1, Status.DRAFT)]


def test_a_draft_is_a_draft_in_a_spreadsheet_too(terminal: Terminal) -> None:
    imports(terminal, entry())
    terminal.types("gatherings", "export", "published.csv")
    assert "status" not in Path("published.csv").read_text(encoding="utf-8-sig")
    published = only(terminal)
    look(terminal, lambda uow: uow.gatherings.save(replace(published, status=Status.DRAFT)))
    terminal.types("gatherings", "export", "out.csv")
    header, row = Path("out.csv").read_text(encoding="utf-8-sig").splitlines()
    assert (header.rpartition(",")[2], row.rpartition(",")[2]) == ("status", "draft")
    assert terminal.types("gatherings", "import", "out.csv").out == "0 added, 1 already there.\n"


def test_what_was_changed_or_cancelled_here_is_not_brought_back(terminal: Terminal) -> None:
    imports(terminal, entry())
    kept = only(terminal)
    look(terminal, lambda uow: uow.gatherings.save(replace(kept, title="Rest")))
    assert imports(terminal, entry()).err == ""
    said = imports(terminal, entry(at="20270305T180000Z", sequence=1))
    assert "it was changed here since; left as it is" in said.err
    edited = only(terminal)
    look(terminal, lambda uow: uow.gatherings.save(replace(edited, status=Status.CANCELLED)))
    said = imports(terminal, entry(at="20270305T180000Z", sequence=2))
    assert "it was cancelled here since; left as it is" in said.err
    assert (only(terminal).title, only(terminal).status) == ("Rest", Status.CANCELLED)


@pytest.mark.parametrize(("lines", "method"), [((), "CANCEL"), (("STATUS:CANCELLED",), "PUBLISH")])
def test_a_cancelled_entry_is_left_out(terminal: Terminal, lines: tuple[str, ...], method: str) -> None:
    said = imports(terminal, entry(*lines), method=method)
    assert (said.code, said.out) == (0, "0 added, 0 already there.\n")
    assert "it is cancelled, and left out" in said.err
    assert kept(terminal) == []
    imports(terminal, entry())
    said = imports(terminal, entry(*lines, sequence=1), method=method)
    number = only(terminal).id
    assert f"here it still stands, as number {number}: /htg-host cancel {number} cancels it" in said.err
    assert only(terminal).status is Status.PUBLISHED


def test_a_move_to_the_past_is_refused_with_everything_else(terminal: Terminal) -> None:
    imports(terminal, entry())
    said = imports(terminal, entry(at="20260101T180000Z", sequence=1), entry(uid="new@x", title="New"))
    assert (said.code, said.out) == (1, "")
    assert "it is moved to a time that is past" in said.err
    assert only(terminal).starts_at.day == 4


def test_everything_that_is_wrong_is_named_in_one_round(terminal: Terminal) -> None:
    recurring = entry("RRULE:FREQ=WEEKLY", uid="2@x", at="20260101T180000Z")
    lost = entry(uid="3@x", at="20270306T180000Z").replace(f"{LOCATION}\r\n", "")
    nowhere = entry(uid="5@x", title="Nowhere").replace("DTSTART:", "DTSTART;TZID=Middle Earth:").replace("00Z", "00")
    said = imports(terminal, entry(uid="1@x", at="20260101T180000Z"), recurring, lost, nowhere, entry(uid="4@x"))
    told = [each.removeprefix("x.ics: ").partition(" (")[0] for each in said.sentences]
    assert told == [
        "line 3: it is past",
        "line 10: 'Circle': it repeats",
        "line 10: it is past",
        "line 18: it has no Zoom link",
        "line 24: 'Nowhere': its time zone 'Middle Earth' is not known",
        "Nothing was imported.",
    ]
    assert kept(terminal) == []


def test_a_later_version_that_gives_the_way_in_away_is_refused(terminal: Terminal) -> None:
    imports(terminal, entry())
    said = imports(terminal, entry("DESCRIPTION:Come to hunter2 soon", sequence=1).replace(f"{LOCATION}\r\n", ""))
    assert "description holds the Zoom link, its number or its passcode" in said.err
    assert only(terminal).description == ""


@pytest.mark.parametrize("name", ["out.csv", "out.ics"])
def test_a_series_keeps_its_name(terminal: Terminal, programme: Path, name: str) -> None:
    rows = [f"P{n},2027-04-0{n}T18:00,UTC,,,,letting go,{n},{LINK}," for n in (1, 2)]
    programme.write_text(programme.read_text() + "\n".join(rows).replace("letting go", "Other ways") + "\n")
    terminal.types("gatherings", "import", programme)
    terminal.types("gatherings", "export", name)
    written = Path(name).read_text("utf-8")
    assert (written.count("Letting go"), written.count("Other ways")) == (2, 2)
    assert terminal.types("gatherings", "import", name).out == "0 added, 5 already there.\n"


@pytest.mark.parametrize("before", ["", "what was there"])
def test_an_export_is_written_whole_or_not_at_all(
    terminal: Terminal, programme: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    terminal.types("gatherings", "import", programme)
    if before:
        Path("out.csv").write_text(before)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        said = terminal.types("gatherings", "export", "out.csv", "--force")
    assert (said.code, said.sentences) == (1, ["out.csv cannot be written: No space left on device."])
    assert [each.name for each in Path().iterdir() if "out.csv" in each.name] == (["out.csv"] if before else [])
    assert not before or Path("out.csv").read_text() == before


def test_the_list(terminal: Terminal, programme: Path) -> None:
    assert terminal.types("gatherings", "list").out.startswith("No gathering is planned.")
    terminal.types("gatherings", "import", programme)
    lines = terminal.types("gatherings", "list").out.splitlines()
    assert [each.split(maxsplit=1)[1] for each in lines] == [
        "Thu 2027-03-04 18:00 Europe/Madrid  Circle",
        "Fri 2027-03-05 18:00 UTC  One (1 of 2)",
        "Fri 2027-03-12 18:00 UTC  Two (2 of 2)",
    ]


def test_the_two_hours_of_the_night_the_clocks_change_are_told_apart(terminal: Terminal, programme: Path) -> None:
    rows = [f"Late,2027-10-31T02:20{offset},Europe/Madrid,,,,,,{LINK}," for offset in ("+02:00", "+01:00")]
    programme.write_text(sheet(*rows), encoding="utf-8")
    terminal.types("gatherings", "import", programme)
    assert [each.split(maxsplit=1)[1] for each in terminal.types("gatherings", "list").out.splitlines()] == [
        "Sun 2027-10-31 02:20 (UTC+2) Europe/Madrid  Late",
        "Sun 2027-10-31 02:20 (UTC+1) Europe/Madrid  Late",
    ]


def test_a_move_within_that_hour_says_from_where_to_where(terminal: Terminal) -> None:
    zone = "X-HTG-TIMEZONE:Europe/Madrid"
    imports(terminal, entry(zone, at="20271031T002000Z"))
    said = imports(terminal, entry(zone, at="20271031T012000Z", sequence=1))
    assert "from 2027-10-31 02:20 (UTC+2) Europe/Madrid to 2027-10-31 02:20 (UTC+1) Europe/Madrid;" in said.err


def test_the_roster_is_csv_that_runs_nothing(terminal: Terminal, programme: Path) -> None:
    terminal.types("gatherings", "import", programme)
    ada = Person(Address("discord", "42"), "=HYPERLINK(1) Ada")

    def register(uow: UnitOfWork) -> int:
        gathering = uow.gatherings.hosted(terminal.clock.now(), limit=1)[0]
        uow.registrations.add(
            uow.members.get_or_create(ada, terminal.clock.now()).id, [gathering.id], terminal.clock.now()
        )
        return gathering.id

    number = look(terminal, register)
    said = terminal.types("roster", f"#{number}")
    (row,) = csv.DictReader(said.out.splitlines())
    assert (row["name"], row["platform"], row["admitted_at"]) == ("'=HYPERLINK(1) Ada", "discord", "")
    assert (said.code, said.err) == (0, "")
    gone = terminal.types("roster", "999")
    assert (gone.code, gone.sentences) == (
        1,
        ["There is no gathering 999. `htg gatherings list` shows those to come."],
    )


def test_what_is_no_number_is_usage(terminal: Terminal) -> None:
    said = terminal.types("roster", "abc")
    assert (said.code, said.out) == (2, "")
    assert "'abc' is not the number of a gathering" in said.err


@pytest.mark.parametrize("name", ["spring.csv", "spring.ics"])
def test_with_another_key_nothing_is_exported(terminal: Terminal, programme: Path, name: str) -> None:
    terminal.types("gatherings", "import", programme)
    terminal.environment["HTG_SECRET_KEY"] = ANOTHER
    said = terminal.types("gatherings", "export", name)
    assert (said.code, said.out, len(said.sentences)) == (1, "", 1)
    assert "HTG_SECRET_KEY opens none" in said.err
    assert not Path(name).exists()


def test_the_team(terminal: Terminal) -> None:
    terminal.environment["HTG_FACILITATORS"] = "discord:7"
    assert terminal.types("facilitators", "add", "slack:T1/U2").out == "slack:T1/U2 may use /htg-host now.\n"
    assert terminal.types("facilitators", "add", "slack:T1/U2").out == "slack:T1/U2 could use /htg-host already.\n"
    listed = terminal.types("facilitators", "list").out
    assert listed == "discord:7  (HTG_FACILITATORS)\nslack:T1/U2\n"
    assert terminal.types("facilitators", "remove", "slack:T1/U2").out == "slack:T1/U2 is no longer on the team.\n"
    said = terminal.types("facilitators", "remove", "discord:7")
    assert said.out == "discord:7 was not on the team.\n"
    assert "HTG_FACILITATORS names it" in said.err
    del terminal.environment["HTG_FACILITATORS"]
    assert terminal.types("facilitators", "list").out.startswith("Nobody yet.")


def test_what_the_command_line_does_is_in_the_log(terminal: Terminal, programme: Path) -> None:
    terminal.types("gatherings", "import", programme)
    terminal.types("gatherings", "import", programme)  # changes nothing
    terminal.types("gatherings", "list")
    terminal.types("gatherings", "export", "out.csv")
    number = look(terminal, lambda uow: uow.gatherings.hosted(terminal.clock.now(), limit=1)[0].id)
    terminal.types("roster", str(number))
    terminal.types("roster", "999")  # there is none
    terminal.types("facilitators", "add", "slack:T1/U2")
    terminal.types("facilitators", "add", "slack:T1/U2")
    terminal.types("facilitators", "remove", "slack:T1/U2")
    terminal.types("facilitators", "remove", "slack:T1/U2")
    said = terminal.types("log")
    assert (said.code, said.err) == (0, "")
    found = list(csv.DictReader(said.out.splitlines()))
    assert [(each["kind"], each["about"], each["detail"], each["title"]) for each in found] == [
        ("team removed", "slack:T1/U2", "", ""),
        ("team added", "slack:T1/U2", "", ""),
        ("roster taken", "", "", "Circle"),
        ("exported", "", "count 3", ""),
        ("imported", "", "count 3", ""),
    ]
    assert {each["by"] for each in found} == {"command line"}
    (first, *_) = csv.DictReader(terminal.types("log").out.splitlines())
    assert first["kind"] == "log read"


def test_the_log_takes_no_word(terminal: Terminal) -> None:
    said = terminal.types("log", "everything")
    assert (said.code, said.out, len(said.sentences)) == (2, "", 1)


@on_both
def test_the_tables(bare: Terminal, databases: Databases, database_kind: str) -> None:
    bare.environment = {"DATABASE_URL": databases.empty(database_kind)}
    assert "no tables yet: run `htg db upgrade`" in bare.types("db", "current").out
    assert "htg db upgrade" in bare.types("gatherings", "list").err
    assert bare.types("db", "upgrade").out == f"The database is at schema {newest_revision()} now.\n"
    assert bare.types("db", "upgrade").out == f"Nothing to do: the database is at schema {newest_revision()}.\n"
    assert (
        bare.types("db", "current").out == f"The database is at schema {newest_revision()}, as this version needs it.\n"
    )
    assert bare.types("gatherings", "list").code == 0


def test_the_workspace_may_be_left_out_where_there_is_one(terminal: Terminal, database_url: str) -> None:
    """The bot has remembered which it is; before its first start, that start fills it in."""
    assert terminal.types("facilitators", "add", "slack:U1").out == "slack:U1 may use /htg-host now.\n"
    in_storage(database_url, lambda uow: uow.state.set("home:slack", "T0HTG"))
    assert terminal.types("facilitators", "add", "slack:U2").out == "slack:T0HTG/U2 may use /htg-host now.\n"
    assert terminal.types("facilitators", "remove", "slack:U2").out == "slack:T0HTG/U2 is no longer on the team.\n"
    several = {
        "SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "12345678", "SLACK_SIGNING_SECRET": "12345678",
        "HTG_PUBLIC_URL": "https://gatherings.example.org", "SLACK_TEAM_IDS": "T0HTG",
    }  # fmt: skip
    said = Terminal(terminal.environment | several).types("facilitators", "add", "slack:U3")
    assert said.code == 1
    assert "slack:U3 is somebody in some workspace: add its id, like slack:T123/U3." in said.err
