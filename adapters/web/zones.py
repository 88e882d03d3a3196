"""Time zones as calendars are told of them: a yearly rule for the clocks going forward, and one for going back.

Where no such pair of rules says what a zone does, there is none, and times are given in UTC.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

CYCLE = 28
"""Years after which dates fall on the same weekdays again: a rule that holds for all of them holds."""
MARGIN = timedelta(hours=26)
"""Beside a change of clocks. Some readers take the offset of the day, or of the same clock time in UTC."""
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_STEP = timedelta(days=5)
"""Shorter than anything that a zone does between two changes."""


@dataclass(frozen=True, slots=True)
class _Change:
    """The clocks show `local` when they are changed."""

    local: datetime
    before: timedelta
    after: timedelta


@lru_cache(maxsize=256)
def rules(name: str, year: int) -> Timezone | None:
    """What a zone does from this year on, for good as far as is known; None where it is no pair of yearly rules."""
    zone = ZoneInfo(name)
    years = [_changes(zone, each) for each in range(year, year + CYCLE)]
    if any(len(each) != 2 for each in years):
        return None
    written = Timezone()
    written.add("TZID", name)
    for changes in zip(*years, strict=True):
        rule = _rule(changes)
        if rule is None:
            return None
        written.add_component(_observance(zone, changes[0], rule))
    return written


def is_plain(zone: ZoneInfo, start: datetime, end: datetime) -> bool:
    """Whether the clocks stay as they are from well before to well after: readers differ about the hours around."""
    return _offset(zone, start - MARGIN) == _offset(zone, end + MARGIN)


def _changes(zone: ZoneInfo, year: int) -> list[_Change]:
    found = []
    at, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while at < end:
        after = min(at + _STEP, end)
        if _offset(zone, at) != _offset(zone, after):
            instant = _instant(zone, at, after)
            before = _offset(zone, at)
            found.append(_Change((instant + before).replace(tzinfo=None), before, _offset(zone, instant)))
        at = after
    return found


def _instant(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """When the offset changes, to the second."""
    before = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def _rule(changes: tuple[_Change, ...]) -> dict[str, object] | None:
    """The yearly rule that gives all of these and no others: `the second Sunday of March`, at the same time of day."""
    first = changes[0]
    same = {(each.local.month, each.local.weekday(), each.local.time(), each.before, each.after) for each in changes}
    days = [each.local.day for each in changes]
    if len(same) != 1 or max(days) - min(days) != 6:
        return None
    month, weekday = first.local.month, _WEEKDAYS[first.local.weekday()]
    if month != 2 and max(days) == monthrange(first.local.year, month)[1]:
        return {"FREQ": "YEARLY", "BYMONTH": month, "BYDAY": f"-1{weekday}"}
    if min(days) % 7 == 1:
        return {"FREQ": "YEARLY", "BYMONTH": month, "BYDAY": f"{min(days) // 7 + 1}{weekday}"}
    # As `the Friday before the last Sunday`: which day of the week it is, in a week of days of the month.
    return {"FREQ": "YEARLY", "BYMONTH": month, "BYDAY": weekday, "BYMONTHDAY": list(range(min(days), max(days) + 1))}


def _observance(zone: ZoneInfo, first: _Change, rule: dict[str, object]) -> TimezoneStandard | TimezoneDaylight:
    """Named by the clock alone: where winter time counts as the exception (Dublin), readers expect no other names."""
    written = TimezoneDaylight() if first.after > first.before else TimezoneStandard()
    instant = (first.local - first.before).replace(tzinfo=UTC)
    written.add("DTSTART", first.local)
    written.add("TZOFFSETFROM", first.before)
    written.add("TZOFFSETTO", first.after)
    written.add("TZNAME", instant.astimezone(zone).tzname() or zone.key)
    written.add("RRULE", rule)
    return written
