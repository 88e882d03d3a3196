"""Exports gatherings as `.csv` or `.ics`: all that an import reads, but for Zoom links and passcodes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePath
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vText

from adapters.calendars import vtimezone
from adapters.files import door_rules
from adapters.files.csv_import import COLUMNS
from bot import times, zones
from bot.gatherings.model import Gathering, Status, series_of
from bot.redaction.detect import without_rooms
from bot.text import inert


def export_gatherings(name: str, gatherings: Sequence[Gathering], now: datetime) -> bytes:
    """The content of a file of this name. Parts that are not among `gatherings` are not counted."""
    groups = series_of(gatherings)
    parts = [_with_series_name(part, groups) for group in groups for part in _renumbered(group)]
    return _ics(parts, now) if PurePath(name).suffix.lower() == ".ics" else _csv(parts)


def _renumbered(group: Sequence[Gathering]) -> Iterator[Gathering]:
    """Numbers the exported parts without gaps; a single part is no series."""
    in_order = sorted(group, key=lambda part: part.part)
    for number, gathering in enumerate(in_order, 1):
        yield replace(
            gathering,
            part=number,
            parts=len(group),
            series=gathering.series if len(group) > 1 else None,
            zone=zones.unquestioned(gathering.zone),
            description=without_rooms(gathering.description),
        )


def _with_series_name(part: Gathering, groups: Sequence[Sequence[Gathering]]) -> Gathering:
    """With a name of its series that no other series has: a number distinguishes series of the same name."""
    if not part.is_part:
        return part
    name = part.series_name or f"series {part.series}"
    namesakes = {other.series for group in groups for other in group if other.is_part and other.series_name == name}
    return replace(part, series_name=name if namesakes <= {part.series} else f"{name} ({part.series})")


def _series(gathering: Gathering) -> str:
    return gathering.series_name if gathering.is_part else ""


def _csv(gatherings: Sequence[Gathering]) -> bytes:
    output = io.StringIO(newline="")
    drafts = any(gathering.status is Status.DRAFT for gathering in gatherings)
    writer = csv.DictWriter(output, COLUMNS if drafts else COLUMNS[:-1], extrasaction="ignore")
    writer.writeheader()
    for gathering in gatherings:
        writer.writerow(
            {
                "title": inert(gathering.title),
                "starts_at": _local_start(gathering),
                "timezone": gathering.zone,
                "duration": times.brief(gathering.duration),
                "description": inert(gathering.description),
                "facilitators": inert(gathering.facilitators),
                "series": inert(_series(gathering)),
                "part": gathering.part if gathering.is_part else "",
                **_rule(gathering, door_rules.COLUMNS),
                "status": gathering.status.value,
            }
        )
    return output.getvalue().encode("utf-8-sig")  # Excel reads a file without a byte order mark as Latin-1


def _rule(gathering: Gathering, names: door_rules.Names) -> dict[str, str]:
    return dict(zip(names, door_rules.written(gathering.door_rule, gathering.duration), strict=True))


def _local_start(gathering: Gathering) -> str:
    """Wall-clock time; with its UTC offset in the hour that occurs twice."""
    local = gathering.starts_at.astimezone(ZoneInfo(gathering.zone))
    shown = local if _is_ambiguous(gathering) else local.replace(tzinfo=None)
    return shown.isoformat(timespec="seconds" if local.second else "minutes")


def _is_ambiguous(gathering: Gathering) -> bool:
    try:
        times.in_zone(gathering.starts_at.astimezone(ZoneInfo(gathering.zone)).replace(tzinfo=None), gathering.zone)
    except times.UnreadableTime:
        return True
    return False


def _ics(gatherings: Sequence[Gathering], now: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("PRODID", "-//Healing Together Gatherings//htg//EN")
    calendar.add("VERSION", "2.0")
    first_year = min((gathering.starts_at.year for gathering in gatherings), default=now.year) - 1
    events = [_event(gathering, now, first_year) for gathering in gatherings]
    for zone in sorted({str(event["DTSTART"].params.get("TZID", "")) for event in events}):
        rules = vtimezone.rules(zone, first_year) if zone else None
        if rules is not None:
            calendar.add_component(rules)
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(gathering: Gathering, now: datetime, first_year: int) -> Event:
    event = Event()
    event.add("UID", f"gathering-{gathering.id}@healing-together-gatherings")
    event.add("DTSTAMP", now.astimezone(UTC))
    event.add("SUMMARY", gathering.title)
    event.add("DTSTART", vtimezone.written_in(gathering.zone, gathering.starts_at, gathering.ends_at, first_year)[0])
    event.add("X-HTG-TIMEZONE", vText(gathering.zone))
    event.add("DURATION", gathering.duration)
    event.add("SEQUENCE", gathering.revision)
    event.add("STATUS", "TENTATIVE" if gathering.status is Status.DRAFT else "CONFIRMED")
    if gathering.description:
        event.add("DESCRIPTION", gathering.description)
    if gathering.facilitators:
        event.add("X-HTG-FACILITATORS", vText(gathering.facilitators))
    for name, value in _rule(gathering, door_rules.PROPERTIES).items():
        event.add(name, value)
    if gathering.is_part:
        event.add("X-HTG-SERIES", _series(gathering))
        event.add("X-HTG-PART", str(gathering.part))
    return event
