"""A calendar as a calendar program exports it: iCalendar, RFC 5545."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar, Component, vDDDTypes
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from adapters.files import invitations, rows
from adapters.files.rows import Finding, Misread, Reading, Row
from bot import times
from bot.gatherings import Plan
from bot.house import House
from bot.secrets import ZoomLink
from bot.topics import tidy
from bot.way_in import holds_room

REPEATS = ("RRULE", "RDATE", "RECURRENCE-ID")
READ = ("SUMMARY", "DESCRIPTION", "LOCATION", "URL", "DTSTART", "DTEND", "DURATION", *REPEATS)
"""The properties that matter here; in others a mistake does no harm."""
LINK_IN = ("X-ZOOM-LINK", "URL", "LOCATION")
_ADDRESS = re.compile(r"https://[^\s<>\"']+")


def unfolded(content: bytes) -> bytes:
    """With its long lines whole again. Some programs fold in the middle of a letter, so this is done to the bytes."""
    return re.sub(rb"\r?\n[ \t]", b"", content)


def begins(content: bytes) -> list[int]:
    """The lines, from 1, on which the entries of a calendar begin."""
    return [number for number, line in enumerate(content.split(b"\n"), 1) if line.strip().upper() == b"BEGIN:VEVENT"]


def read(text: str, lines: Sequence[int], house: House, floating: str | None) -> Reading:
    """Every VEVENT as a Row, or as a Finding with all that is wrong with it; `lines` are where they begin."""
    entries = [(calendar, entry) for calendar in _calendars(text) for entry in calendar.walk("VEVENT")]
    if not lines or len(entries) != len(lines):
        raise Misread([Finding(0, "it is not a whole calendar with gatherings in it (export it again, as .ics)")])
    found = Reading()
    for line, (calendar, entry) in zip(lines, entries, strict=True):
        zone = _zone_in(entry, "X-HTG-TIMEZONE") or _zone_in(calendar, "X-WR-TIMEZONE")
        _Entry(entry, house, zone, floating).take(line, found)
    return found


def _calendars(text: str) -> list[Component]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # guesses about zones; we make our own below, and say what we cannot tell
        try:
            return [each for each in Calendar.from_ical(text, multiple=True) if each.name == "VCALENDAR"]
        except ValueError:
            return []


def _zone_in(component: Component, name: str) -> str | None:
    """The zone that a property names, if it does. Google writes times in UTC and X-WR-TIMEZONE once beside them."""
    try:
        return times.zone(_text(component, name)).key
    except times.UnreadableTime:
        return None


def _zone(name: str) -> str:
    """The IANA name of a TZID: itself, Windows' own (Outlook), or the end of /vendor/Europe/Madrid (Thunderbird)."""
    parts = name.strip("/").split("/")
    for candidate in (name, WINDOWS_TO_OLSON.get(name, ""), *("/".join(parts[at:]) for at in range(len(parts)))):
        try:
            return times.zone(candidate).key
        except times.UnreadableTime:
            continue
    raise ValueError(rows.unreadable(times.UnreadableTime("zone", name), zone="its time zone"))


def _text(component: Component, name: str) -> str:
    value = component.get(name)
    text = str((value[0] if isinstance(value, list) else value) or "")
    # The library leaves X- properties as they were written, with their escapes (RFC 5545, 3.3.11).
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text) if name[:2] == "X-" else text


class _Entry:
    """One VEVENT, while it is read."""

    def __init__(self, entry: Component, house: House, zone: str | None, floating: str | None) -> None:
        self._entry, self._house, self._calendar_zone, self._floating = entry, house, zone, floating
        self._title = tidy(_text(entry, "SUMMARY"))
        self._wrong: list[str] = []
        self._remarks: list[str] = []

    def take(self, line: int, found: Reading) -> None:
        series = tidy(_text(self._entry, "X-HTG-SERIES"))
        if _text(self._entry, "STATUS").upper() == "CANCELLED":
            self._remarks.append("it is cancelled, and left out")
        elif (row := self._row(line, series)) is not None:
            found.rows.append(row)
        else:
            found.incomplete.add(series)
        found.problems += [Finding(line, self._said("; ".join(dict.fromkeys(self._wrong))))] if self._wrong else []
        found.remarks += [Finding(line, self._said(each)) for each in self._remarks]

    def _said(self, why: str) -> str:
        return f"'{self._title[:40]}': {why}" if self._title and not holds_room(self._title) else why

    def _row(self, line: int, series: str) -> Row | None:
        self._sound()
        part = 1
        try:
            part = rows.part(series, _text(self._entry, "X-HTG-PART"))
        except ValueError as problem:
            self._wrong.append(str(problem))
        plan = self._plan()
        self._wrong += rows.flaws(plan)
        return None if self._wrong else Row(line, plan, series, part)

    def _sound(self) -> None:
        if any(name in self._entry for name in REPEATS):
            self._wrong.append("it repeats (write each gathering as an entry of its own)")
        for name, _ in self._entry.errors:
            if name is None or name in READ:
                self._wrong.append(f"{name or 'one of its lines'} cannot be read")

    def _plan(self) -> Plan:
        starts_at, zone = self._starts()
        link = self._link()
        return Plan(
            title=self._title,
            starts_at=starts_at or rows.NEVER,
            zone=zone,
            description=self._description(link),
            facilitators=tidy(_text(self._entry, "X-HTG-FACILITATORS")),
            duration=self._house.duration if starts_at is None else self._lasts(starts_at),
            door_rule=self._house.door_rule,
            link=link,
        )

    def _starts(self) -> tuple[datetime | None, str]:
        zone = self._calendar_zone or self._house.zone
        try:
            return self._instant("DTSTART")
        except ValueError as problem:
            self._wrong.append(str(problem))
        return None, zone

    def _instant(self, name: str) -> tuple[datetime, str]:
        """A property as an instant, with the zone it is meant in; ValueError says why not."""
        value: Any = self._entry.get(name)
        at = value.dt if isinstance(value, vDDDTypes) else None
        if at is None:
            wrong = "is there twice" if isinstance(value, list) else "cannot be read" if value else "is missing"
            raise ValueError(f"{name} {wrong}")
        if type(at) is not datetime:
            raise ValueError(f"{name} is a whole day (give it a time)")
        named = value.params.get("TZID")
        if at.tzinfo is not None and not named:
            return at.astimezone(UTC), self._calendar_zone or self._house.zone
        zone = _zone(named) if named else self._assumed(name)
        try:
            return times.in_zone(at.replace(tzinfo=None), zone), zone
        except times.UnreadableTime as problem:
            raise ValueError(rows.unreadable(problem, name)) from None

    def _assumed(self, name: str) -> str:
        """The zone of a time that names none."""
        zone = self._calendar_zone or self._floating
        if zone is None:
            raise ValueError(f"{name} names no time zone (set HTG_TIMEZONE to the one that is meant)")
        if name == "DTSTART":
            said_by = "the calendar's own" if self._calendar_zone else "HTG_TIMEZONE"
            self._remarks.append(f"its time names no zone; it was read in {zone}, {said_by}")
        return zone

    def _lasts(self, starts_at: datetime) -> timedelta:
        length: Any = self._entry.get("DURATION")
        if isinstance(length, vDDDTypes) and isinstance(length.dt, timedelta):
            return length.dt
        if "DTEND" not in self._entry:
            return self._house.duration
        try:
            return self._instant("DTEND")[0] - starts_at
        except ValueError as problem:
            self._wrong.append(str(problem))
            return self._house.duration

    def _link(self) -> ZoomLink | None:
        """The first that looks like a room; else the first at all: not every room is Zoom's."""
        found = [each for name in LINK_IN for each in _ADDRESS.findall(_text(self._entry, name))]
        address = next(filter(holds_room, found), found[0] if found else "").rstrip(".,;)")
        try:
            return rows.link(address, invitations.passcode(_text(self._entry, "DESCRIPTION")) if address else "")
        except ValueError as problem:
            self._wrong.append(str(problem))
            return None

    def _description(self, link: ZoomLink | None) -> str:
        written = rows.prose(invitations.plain(_text(self._entry, "DESCRIPTION")))
        kept, removed = invitations.without(written, link.reveal() if link else "")
        if removed:
            self._remarks.append("what its description says about Zoom was left out, since everyone would see it")
        return kept
