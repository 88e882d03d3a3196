"""Finds the IANA zone of a VTIMEZONE by its rules, for zone names that are not known otherwise."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from adapters.files.ics_parser import Component
from bot import times, zones

NAME_LIMIT = 200
COMMON_ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"),
    *("America/Anchorage", "Pacific/Honolulu", "America/Halifax", "America/Bogota", "America/Mexico_City"),
    *("America/Lima", "America/Caracas", "America/Santiago", "America/Sao_Paulo", "America/Argentina/Buenos_Aires"),
    *("Europe/London", "Europe/Lisbon", "Europe/Madrid", "Europe/Paris", "Europe/Berlin", "Europe/Athens"),
    *("Europe/Istanbul", "Europe/Moscow", "Africa/Lagos", "Africa/Johannesburg", "Africa/Nairobi", "Asia/Jerusalem"),
    *("Asia/Dubai", "Asia/Karachi", "Asia/Kolkata", "Asia/Dhaka", "Asia/Bangkok", "Asia/Singapore", "Asia/Shanghai"),
    *("Asia/Tokyo", "Australia/Perth", "Australia/Brisbane", "Australia/Adelaide", "Australia/Sydney"),
    *("Pacific/Auckland", "UTC"),
)
"""Tried first, so that a gathering's zone is one that people know."""
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?")
_LOCAL = re.compile(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z?")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NTH = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")


@dataclass(frozen=True, slots=True)
class _Observance:
    """A STANDARD or DAYLIGHT part: from each onset on, the UTC offset is `to`."""

    first: datetime
    before: timedelta
    to: timedelta
    rule: tuple[tuple[str, str], ...]
    dates: tuple[datetime, ...]

    def onset(self, year: int) -> Iterator[datetime]:
        """Its onsets in a year, in local time before the change."""
        yield from (onset for onset in (self.first, *self.dates) if onset.year == year)
        if not self.rule or year < self.first.year:
            return
        until = _local(dict(self.rule).get("UNTIL", ""))
        onset = self._by_rule(year)
        if onset is not None and onset >= self.first and (until is None or onset <= until + timedelta(days=1)):
            yield onset

    def _by_rule(self, year: int) -> datetime | None:
        rule = dict(self.rule)
        month = int(rule.get("BYMONTH", self.first.month))
        days = [date(year, month, 1) + timedelta(days=day) for day in range(31)]
        days = [day for day in days if day.month == month]
        if "BYDAY" in rule:
            matched = _NTH.fullmatch(rule["BYDAY"])
            if matched is None:
                return None
            days = [day for day in days if day.weekday() == _DAYS.index(matched[2])]
            if matched[1]:
                nth = int(matched[1])
                days = days[nth - 1 : nth] if nth > 0 else days[nth : len(days) + nth + 1]
        if "BYMONTHDAY" in rule:
            wanted = {int(day) for day in rule["BYMONTHDAY"].split(",")}
            days = [day for day in days if day.day in wanted]
        elif "BYDAY" not in rule:
            days = [day for day in days if day.day == self.first.day]
        return datetime.combine(days[0], self.first.time()) if days else None


class UnsupportedRules(ValueError):
    """A VTIMEZONE with rules that calendar programs do not write."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one VTIMEZONE."""

    observances: tuple[_Observance, ...]

    def offset(self, local: datetime) -> timedelta:
        """The UTC offset at a local time."""
        onsets = sorted(
            (onset, observance.to)
            for observance in self.observances
            for year in (local.year - 1, local.year)
            for onset in observance.onset(year)
        )
        at = bisect_right([onset for onset, _ in onsets], local)
        if at:
            return onsets[at - 1][1]
        earlier = [observance for observance in self.observances if observance.first <= local]
        if earlier:
            return max(earlier, key=lambda observance: observance.first).to
        return min(self.observances, key=lambda observance: observance.first).before

    def fits(self, zone: str, year: int) -> bool:
        """Whether the zone has the same offset at noon on every second day of a year."""
        noon, place = datetime(year, 1, 1, 12), ZoneInfo(zone)  # noqa: DTZ001 - the zones come next
        days = [noon + timedelta(days=day) for day in range(0, 366, 2)]
        return all(self.offset(day) == day.replace(tzinfo=place).utcoffset() for day in _spread(days))


def _spread(days: Sequence[datetime]) -> Iterator[datetime]:
    """Reorders days across the year: most zones differ on one of the first days tried."""
    for start in range(40):
        yield from days[start::40]


def rules_of(component: Component) -> Rules:
    """Raises UnsupportedRules."""
    observances = [_observance(part) for part in component.parts if part.name in {"STANDARD", "DAYLIGHT"}]
    if not observances or len(observances) > 200:
        raise UnsupportedRules
    return Rules(tuple(observances))


def _observance(component: Component) -> _Observance:
    first = _local(component.text("DTSTART"))
    before, to = (_offset(component.text(name)) for name in ("TZOFFSETFROM", "TZOFFSETTO"))
    if first is None or to is None or component.broken:
        raise UnsupportedRules
    rule = dict(part.partition("=")[::2] for part in component.text("RRULE").upper().split(";") if "=" in part)
    known = {"FREQ", "BYMONTH", "BYDAY", "BYMONTHDAY", "UNTIL", "WKST", "INTERVAL"}
    numbers = [*rule.get("BYMONTH", "1").split(","), *rule.get("BYMONTHDAY", "1").split(",")]
    if rule and (
        rule.get("FREQ") != "YEARLY"
        or set(rule) - known
        or rule.get("INTERVAL", "1") != "1"
        or not all(re.fullmatch(r"[0-9]{1,2}", number) for number in numbers)
        or not 1 <= int(rule.get("BYMONTH", "1")) <= 12
        or ("BYDAY" in rule and not _NTH.fullmatch(rule["BYDAY"]))
    ):
        raise UnsupportedRules
    dates = [_local(start) for prop in component.all("RDATE") for start in prop.value.split(",")]
    return _Observance(first, to if before is None else before, to, tuple(rule.items()), tuple(filter(None, dates)))


def _local(value: str) -> datetime | None:
    matched = _LOCAL.match(value.strip())
    try:
        local = datetime(*map(int, matched.groups())) if matched else None  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None
    return local if local is None or 1 < local.year < 9990 else None


def _offset(value: str) -> timedelta | None:
    matched = _OFFSET.fullmatch(value.strip())
    if matched is None or int(matched[2]) > 23:
        return None
    size = timedelta(hours=int(matched[2]), minutes=int(matched[3]), seconds=int(matched[4] or 0))
    return -size if matched[1] == "-" else size


def find_zone(rules: Rules, year: int, likely: Sequence[str]) -> str | None:
    """An IANA zone with these rules, one of the `likely` ones if possible."""
    if not times.FIRST_YEAR <= year <= times.LAST_YEAR:
        return None
    return _find_zone(rules, year, tuple(likely))


@lru_cache(maxsize=256)
def _find_zone(rules: Rules, year: int, likely: tuple[str, ...]) -> str | None:
    others = sorted(zone for zone in zones.names() if "/" in zone and not zone.startswith("Etc/"))
    return next((zone for zone in (*likely, *COMMON_ZONES, *others) if rules.fits(zone, year)), None)
