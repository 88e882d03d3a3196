"""Time zones as VTIMEZONE components: one yearly rule for the start of daylight saving time, and one for its end.

A zone that no such pair of rules describes has no component, and its times are given in UTC.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

CYCLE = 28
"""Years after which dates fall on the same weekdays again: a rule that holds in all of them holds for good."""
MARGIN = timedelta(hours=26)
"""Around a change of offset: some calendars use the offset of the day, or of the same clock time in UTC."""
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_STEP = timedelta(days=5)
"""Shorter than the time between any two changes of a zone's offset."""


@dataclass(frozen=True, slots=True)
class _Transition:
    """A change of the offset from UTC, when clocks show `local`."""

    local: datetime
    before: timedelta
    after: timedelta


@lru_cache(maxsize=256)
def rules(name: str, year: int) -> Timezone | None:
    """The rules of a zone from this year on, as far as is known; None where no pair of yearly rules describes it."""
    zone = ZoneInfo(name)
    years = [_transitions(zone, y) for y in range(year, year + CYCLE)]
    if any(len(transitions) != 2 for transitions in years):
        return None
    component = Timezone()
    component.add("TZID", name)
    for transitions in zip(*years, strict=True):
        rule = _rule(transitions)
        if rule is None:
            return None
        component.add_component(_observance(zone, transitions[0], rule))
    return component


def written_in(name: str, start: datetime, end: datetime, first_year: int) -> tuple[datetime, datetime]:
    """An event's times in its zone; in UTC where the zone has no rules, or calendars differ about the hours around."""
    zone = ZoneInfo(name)
    if rules(name, first_year) is None or not _is_plain(zone, start, end):
        zone = ZoneInfo("UTC")
    return start.astimezone(zone), end.astimezone(zone)


def _is_plain(zone: ZoneInfo, start: datetime, end: datetime) -> bool:
    """Whether the offset stays the same from MARGIN before to MARGIN after; calendars differ about the hours around."""
    return _offset(zone, start - MARGIN) == _offset(zone, end + MARGIN)


def _transitions(zone: ZoneInfo, year: int) -> list[_Transition]:
    transitions = []
    at, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while at < end:
        after = min(at + _STEP, end)
        if _offset(zone, at) != _offset(zone, after):
            instant = _instant(zone, at, after)
            before = _offset(zone, at)
            transitions.append(_Transition((instant + before).replace(tzinfo=None), before, _offset(zone, instant)))
        at = after
    return transitions


def _instant(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """When the offset changes, to the second."""
    before = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def _rule(transitions: tuple[_Transition, ...]) -> dict[str, object] | None:
    """The RRULE of exactly these: `the second Sunday of March`, at the same time of day."""
    first = transitions[0]
    patterns = {(t.local.month, t.local.weekday(), t.local.time(), t.before, t.after) for t in transitions}
    days = [t.local.day for t in transitions]
    if len(patterns) != 1 or max(days) - min(days) != 6:
        return None
    month, weekday = first.local.month, _WEEKDAYS[first.local.weekday()]
    if month != 2 and max(days) == monthrange(first.local.year, month)[1]:
        return {"FREQ": "YEARLY", "BYMONTH": month, "BYDAY": f"-1{weekday}"}
    if min(days) % 7 == 1:
        return {"FREQ": "YEARLY", "BYMONTH": month, "BYDAY": f"{min(days) // 7 + 1}{weekday}"}
    # Such as `the Friday before the last Sunday`: a weekday within seven days of the month.
    return {"FREQ": "YEARLY", "BYMONTH": month, "BYDAY": weekday, "BYMONTHDAY": list(range(min(days), max(days) + 1))}


def _observance(zone: ZoneInfo, first: _Transition, rule: dict[str, object]) -> TimezoneStandard | TimezoneDaylight:
    """DAYLIGHT is where clocks go forward, also in Dublin, whose law makes winter time the exception."""
    observance = TimezoneDaylight() if first.after > first.before else TimezoneStandard()
    instant = (first.local - first.before).replace(tzinfo=UTC)
    observance.add("DTSTART", first.local)
    observance.add("TZOFFSETFROM", first.before)
    observance.add("TZOFFSETTO", first.after)
    observance.add("TZNAME", instant.astimezone(zone).tzname() or zone.key)
    observance.add("RRULE", rule)
    return observance
