"""What is written reads back as itself, in both formats, and never with a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings

from adapters.files.export_file import export_gatherings
from bot import zones
from bot.gatherings.model import Gathering
from tests.adapters.files.programmes import HOUSE, NOW, gatherings, read


def _back(name: str, found: Sequence[Gathering]) -> None:
    groups = read(name, export_gatherings(name, found, NOW), HOUSE).groups
    rows = list(chain.from_iterable(groups))
    assert [(row.plan.title, row.plan.starts_at, row.plan.zone) for row in rows] == [
        (each.title, each.starts_at, each.zone) for each in found
    ]
    assert [(row.plan.duration, row.plan.description, row.plan.facilitators) for row in rows] == [
        (each.duration, each.description, each.facilitators) for each in found
    ]
    assert [row.plan.door_rule for row in rows] == [
        replace(each.door_rule, late_entry=min(each.door_rule.late_entry, each.duration)) for each in found
    ]
    assert [row.part for row in rows] == [each.part for each in found]
    assert sorted(len(group) for group in groups) == sorted([each.parts for each in found if each.part == each.parts])
    assert all(row.plan.link is None for row in rows)


@pytest.mark.slow
@given(gatherings())
@settings(max_examples=50)
def test_a_sheet_reads_back_as_itself(found: Sequence[Gathering]) -> None:
    _back("programme.csv", found)


# Without what calendars write HTML with, and without `\\N`, which the library takes for a new line.
@pytest.mark.slow
@given(gatherings(without="<\\"))
@settings(max_examples=50)
def test_a_calendar_reads_back_as_itself(found: Sequence[Gathering]) -> None:
    _back("programme.ics", found)


@pytest.mark.parametrize("name", ["programme.csv", "programme.ics"])
def test_no_room_leaves_the_house(name: str) -> None:
    told = "Come in: https://zoom.us/j/1?pwd=hunter2 or zoom.us/j/2"
    written = export_gatherings(name, [Gathering(1, "Circle", NOW, "UTC", description=told)], NOW)
    assert b"hunter2" not in written
    assert b"zoom.us/j" not in written


def test_a_series_that_lost_a_part_is_still_a_series() -> None:
    parts = [Gathering(each, f"Part {each}", NOW.replace(day=each), "UTC", series=4, part=each) for each in (4, 5, 6)]
    left = read("x.csv", export_gatherings("x.csv", [parts[0], parts[2]], NOW), HOUSE).groups
    assert [[row.part for row in group] for group in left] == [[1, 2]]
    alone = read("x.csv", export_gatherings("x.csv", [parts[1]], NOW), HOUSE).groups
    assert [[(row.part, row.series) for row in group] for group in alone] == [[(1, "")]]


@pytest.mark.parametrize("name", ["x.csv", "x.ics"])
@pytest.mark.parametrize("zone", sorted(available_timezones() - zones.names() | {"EST", "MST", "HST", "GMT", "CET"}))
def test_a_zone_that_was_taken_before_it_was_asked_about_goes_out_and_in(name: str, zone: str) -> None:
    gathering = Gathering(1, "Circle", NOW.replace(year=2027, month=7), zone)
    ((row,),) = read(name, export_gatherings(name, [gathering], NOW), HOUSE).groups
    assert row.plan.starts_at == gathering.starts_at
    assert row.plan.zone == zones.unquestioned(zone)
