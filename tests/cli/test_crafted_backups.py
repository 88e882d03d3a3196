"""A backup that somebody made or changed by hand, checksum and all, is refused as damaged, and nothing is written."""

from __future__ import annotations

import gzip
import hashlib
import json
import resource
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from bot.addresses import Address
from bot.members.model import Person
from storage.backup.reader import HIGHEST_ID, BackupDamaged
from storage.backup.restore import inspect_backup, restore_backup
from storage.backup.writer import write_backup
from storage.schema import REVISION
from tests.adapters.files.programmes import NOW
from tests.cli.conftest import KEY, Terminal
from tests.cli.test_backups import as_written, in_storage, live
from tests.databases import KINDS, Databases
from tests.each import each

pytestmark = pytest.mark.slow

Lines = list[Any]


def forged(file: Path, lines: Lines, *, ended: bool = True) -> None:
    """As a whole backup is written, whatever these lines are: text is taken as it is, all else as JSON."""
    content = b"".join(
        (each.encode() if isinstance(each, str) else json.dumps(each).encode()) + b"\n" for each in lines
    )
    end = json.dumps({"sha256": hashlib.sha256(content).hexdigest()}).encode() + b"\n" if ended else b""
    file.write_bytes(gzip.compress(content + end))


def table(lines: Lines, name: str) -> int:
    """Where its rows begin."""
    return next(place for place, each in enumerate(lines) if isinstance(each, dict) and each.get("table") == name) + 1


def cell(name: str, column: str, value: Any) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        place = table(lines, name)
        lines[place][lines[place - 1]["columns"].index(column)] = value

    return change


def head(**values: Any) -> Callable[[Lines], None]:
    return lambda lines: lines[0].update(values)


def within(name: str, **values: Any) -> Callable[[Lines], None]:
    return lambda lines: lines[0][name].update(values)


def twice(lines: Lines) -> None:
    start = table(lines, "members") - 1
    lines[start:start] = lines[start : start + 6]


def deep(lines: Lines) -> None:
    lines[table(lines, "members")] = "[" * 200_000 + "]" * 200_000


def longer(lines: Lines) -> None:
    cell("gatherings", "description", "x" * 2_000_000)(lines)


def more(lines: Lines) -> None:
    place = table(lines, "members")
    lines[place:place] = [lines[place]] * 5


MICROSECONDS = 10**6
CRAFTED: dict[str, Callable[[Lines], None]] = {
    "the last id there is": within("last", registrations=2**31 - 1),
    "a last id beyond all": within("last", registrations=2**70),
    "a last id just beyond what leaves room": within("last", gatherings=HIGHEST_ID + 1),
    "a negative last id": within("last", members=-1),
    "a last id that is text": within("last", members="5"),
    "a last id that is true": within("last", members=True),
    "a last id of no table": within("last", strangers=1),
    "a negative count": within("rows", votes=-1),
    "a count that is half": within("rows", votes=1.5),
    "rows that are a list": head(rows=[1, 2]),
    "last that is nothing": head(last=None),
    "a schema that is a list": head(schema=["0001"]),
    "a schema that is a path": head(schema="../../x"),
    "a date that is none": head(taken_at="2026-13-45T00:00:00+00:00"),
    "a date without a zone": head(taken_at="2026-12-03T12:00:00"),
    "a date that is a number": head(taken_at=5),
    "a row beyond the last id": within("last", members=2),
    "an id beyond what is kept": cell("members", "id", 2**31),
    "an id of nothing": cell("members", "id", 0),
    "a negative id": cell("members", "id", -1),
    "an id that is text": cell("members", "id", "one"),
    "a name that is a number": cell("members", "name", 5),
    "a name that is a list": cell("members", "name", ["Ada"]),
    "a name with a NUL": cell("members", "name", "A\0da"),
    "a name that is no text": cell("members", "name", "\ud800"),
    "a time beyond all calendars": cell("gatherings", "starts_at", 2**62),
    "a time before all calendars": cell("gatherings", "starts_at", -(2**62)),
    "a time that no zone can show": cell("gatherings", "starts_at", 253_402_300_799 * MICROSECONDS),
    "a time that is text": cell("members", "since", "yesterday"),
    "a time that is not a number": cell("members", "since", float("nan")),
    "a length beyond all": cell("gatherings", "duration", 2**50),
    "lengths that are words": cell("members", "muted", "soon"),
    "lengths beyond all": cell("members", "muted", "9" * 30),
    "a negative limit": cell("gatherings", "admission_limit", -5),
    "negative places": cell("gatherings", "admitted", -1),
    "a yes that is a number": cell("members", "by_direct_message", 7),
    "a secret that is no base64": cell("messages", "text", "%%%"),
    "nothing where something is needed": cell("members", "name", None),
    "a table twice": twice,
    "JSON that is very deep": deep,
    "a line that is very long": longer,
    "more rows than it says": more,
}


@pytest.fixture
def file(databases: Databases, tmp_path: Path) -> Path:
    url = databases.fresh("sqlite")
    in_storage(url, live)
    write_backup(url, tmp_path / "file", NOW)
    return tmp_path / "file"


@pytest.fixture
def lines(file: Path) -> Lines:
    return as_written(file)[:-1]


def test_put_together_again_as_it_was_it_is_whole(file: Path, lines: Lines) -> None:
    forged(file, lines)
    assert inspect_backup(file, [KEY]).schema == REVISION


@each("craft", CRAFTED)
def test_it_is_refused_as_damaged(file: Path, lines: Lines, craft: Callable[[Lines], None]) -> None:
    crafted = deepcopy(lines)
    craft(crafted)
    forged(file, crafted)
    with pytest.raises(BackupDamaged, match="take another backup"):
        inspect_backup(file, [KEY])


def test_and_nothing_of_it_is_restored(file: Path, lines: Lines, databases: Databases) -> None:
    more(lines)
    forged(file, lines)
    url = databases.fresh("sqlite")
    said = Terminal({"DATABASE_URL": url, "HTG_SECRET_KEY": KEY}).types("db", "restore", file)
    assert (said.code, said.out, len(said.sentences)) == (1, "", 1)
    assert said.err.startswith(f"{file} is damaged (")
    assert in_storage(url, lambda uow: uow.gatherings.hosted(NOW, limit=9)) == []


@pytest.mark.parametrize("into", KINDS)
def test_an_id_near_the_limit_leaves_room(file: Path, lines: Lines, databases: Databases, into: str) -> None:
    within("last", members=HIGHEST_ID, registrations=HIGHEST_ID)(lines)
    forged(file, lines)
    url = databases.empty(into)
    restore_backup(url, file)
    new = Person(Address("discord", "new"), "New")
    assert HIGHEST_ID < in_storage(url, lambda uow: uow.members.get_or_create(new, NOW).id) < 2**31 - 1


def test_a_file_that_unpacks_to_very_much_is_given_up_early(file: Path, lines: Lines) -> None:
    """A megabyte in each kilobyte, as its head announces it."""
    place = table(lines, "interactions")
    lines[place : place + 1] = [json.dumps([str(number) + "x" * 900_000, 0]) for number in range(400)]
    within("rows", interactions=400)(lines)
    forged(file, lines)
    assert file.stat().st_size < 1_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BackupDamaged, match="more comes out of it"):
        inspect_backup(file, [KEY])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100_000, "kB"
