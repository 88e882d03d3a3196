"""Gatherings as a file: everything that `read` takes, but for the Zoom link and passcode, which stay inside."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePath
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vText

from adapters.files.csv_import import COLUMNS
from bot import times, zones
from bot.gatherings import Gathering, Status, series_of
from bot.way_in import without_rooms


def export_gatherings(name: str, gatherings: Sequence[Gathering], now: datetime) -> bytes:
    """The content of a `.csv` or `.ics` file. Parts that are not among `gatherings` are not counted."""
    groups = series_of(gatherings)
    parts = [_named(part, groups) for group in groups for part in _numbered(group)]
    return _calendar(parts, now) if PurePath(name).suffix.lower() == ".ics" else _sheet(parts)


def _numbered(group: Sequence[Gathering]) -> Iterator[Gathering]:
    """Numbered among themselves: a part that was cancelled or is over leaves no gap, and one alone is no series."""
    in_order = sorted(group, key=lambda each: each.part)
    for part, each in enumerate(in_order, 1):
        yield replace(
            each,
            part=part,
            parts=len(group),
            series=each.series if len(group) > 1 else None,
            zone=zones.unquestioned(each.zone),
            description=without_rooms(each.description),
        )


def _named(part: Gathering, groups: Sequence[Sequence[Gathering]]) -> Gathering:
    """With the name of its series; one that several series have is told apart by number, so that they stay several."""
    if not part.is_part:
        return part
    name = part.series_name or f"series {part.series}"
    alike = {each.series for group in groups for each in group if each.is_part and each.series_name == name}
    return replace(part, series_name=name if alike <= {part.series} else f"{name} ({part.series})")


def _series(gathering: Gathering) -> str:
    return gathering.series_name if gathering.is_part else ""


def _sheet(gatherings: Sequence[Gathering]) -> bytes:
    written = io.StringIO(newline="")
    rows = csv.DictWriter(written, COLUMNS)
    rows.writeheader()
    for each in gatherings:
        rows.writerow(
            {
                "title": each.title,
                "starts_at": _local(each),
                "timezone": each.zone,
                "duration": times.brief(each.duration),
                "description": each.description,
                "facilitators": each.facilitators,
                "series": _series(each),
                "part": each.part if each.is_part else "",
                "limit": each.door_rule.limit,
                "late_entry": times.brief(each.door_rule.late_entry),
                "doors_open": times.brief(each.door_rule.opens_before),
            }
        )
    return written.getvalue().encode("utf-8-sig")  # Excel takes a file without the mark for Latin-1


def _local(gathering: Gathering) -> str:
    """As the wall clock has it; with its offset in the hour that happens twice."""
    local = gathering.starts_at.astimezone(ZoneInfo(gathering.zone))
    shown = local if _happens_twice(gathering) else local.replace(tzinfo=None)
    return shown.isoformat(timespec="seconds" if local.second else "minutes")


def _happens_twice(gathering: Gathering) -> bool:
    try:
        times.in_zone(gathering.starts_at.astimezone(ZoneInfo(gathering.zone)).replace(tzinfo=None), gathering.zone)
    except times.UnreadableTime:
        return True
    return False


def _calendar(gatherings: Sequence[Gathering], now: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("PRODID", "-//Healing Together Gatherings//htg//EN")
    calendar.add("VERSION", "2.0")
    for each in gatherings:
        calendar.add_component(_entry(each, now))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _entry(gathering: Gathering, now: datetime) -> Event:
    entry = Event()
    entry.add("UID", f"gathering-{gathering.id}@healing-together-gatherings")
    entry.add("DTSTAMP", now.astimezone(UTC))
    entry.add("SUMMARY", gathering.title)
    # In UTC where iCalendar has no other way to say which of two hours is meant.
    shown_in = "UTC" if _happens_twice(gathering) else gathering.zone
    entry.add("DTSTART", gathering.starts_at.astimezone(ZoneInfo(shown_in)))
    entry.add("X-HTG-TIMEZONE", vText(gathering.zone))
    entry.add("DURATION", gathering.duration)
    entry.add("SEQUENCE", gathering.revision)
    entry.add("STATUS", "TENTATIVE" if gathering.status is Status.DRAFT else "CONFIRMED")
    if gathering.description:
        entry.add("DESCRIPTION", gathering.description)
    if gathering.facilitators:
        entry.add("X-HTG-FACILITATORS", vText(gathering.facilitators))
    if gathering.is_part:
        entry.add("X-HTG-SERIES", _series(gathering))
        entry.add("X-HTG-PART", str(gathering.part))
    return entry
