"""From what people type to instants, and back to lengths of time. Pure: `now` is never asked for here.

Inside the bot every instant is an aware datetime in UTC; a zone name says how it was meant.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

FIRST_YEAR, LAST_YEAR = 1970, 2100
_TYPED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[T ,]+(\d{1,2})[:.h](\d{2})(?::00)?")
_LENGTH = re.compile(r"(\d{1,6})\s*(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class UnreadableTime(ValueError):
    """What was typed names no single instant. `why` is one of `form`, `zone`, `gap`, `twice`."""

    def __init__(self, why: str, typed: str, zone: str = "", choices: tuple[str, ...] = ()) -> None:
        super().__init__(f"{why}: {typed!r} {zone}")
        self.why, self.typed, self.zone, self.choices = why, typed, zone, choices


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if not name.startswith("posix"))


def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name, whatever its case; raises UnreadableTime('zone')."""
    known = {each.lower(): each for each in zones()}
    found = known.get(name.strip().lower().replace(" ", "_"))
    if found is None:
        raise UnreadableTime("zone", name)
    return ZoneInfo(found)


def instant(typed: str, zone_name: str) -> datetime:
    """`2026-12-03 18:00`, meant in `zone_name` unless a zone or an offset follows, as UTC.

    Raises UnreadableTime: `form` when it is no such text, `zone` when the zone is unknown, `gap` when clocks
    skip that time on that night, `twice` when they show it twice (`choices` then gives both, with offsets).
    """
    text = typed.strip()
    matched = _TYPED.match(text)
    if matched is None:
        raise UnreadableTime("form", typed)
    try:
        year, month, day, hour, minute = (int(group) for group in matched.groups())
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise UnreadableTime("form", typed)
        local = datetime(year, month, day, hour, minute)  # noqa: DTZ001 - the zone comes next
    except ValueError:
        raise UnreadableTime("form", typed) from None
    rest = text[matched.end() :].strip()
    if rest:
        offset = _offset(rest)
        if offset is not None:
            return _at_offset(local, offset, typed)
        zone_name = rest
    return in_zone(local, zone_name, typed)


def _at_offset(local: datetime, offset: timedelta, typed: str) -> datetime:
    try:
        return (local - offset).replace(tzinfo=UTC)
    except OverflowError:  # in the first hours of the year 1, or the last of 9999
        raise UnreadableTime("form", typed) from None


def _offset(text: str) -> timedelta | None:
    if text in {"Z", "z"}:
        return timedelta(0)
    matched = re.fullmatch(r"([+-])(\d{2}):?(\d{2})", text)
    if matched is None:
        return None
    size = timedelta(hours=int(matched[2]), minutes=int(matched[3]))
    return -size if matched[1] == "-" else size


def in_zone(local: datetime, zone_name: str, typed: str = "") -> datetime:
    """The instant at which clocks in that zone show `local` (naive), as UTC; raises UnreadableTime as above."""
    place, typed = zone(zone_name), typed or f"{local:%Y-%m-%d %H:%M}"
    first, second = (local.replace(tzinfo=place, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return _at_offset(local, first.utcoffset() or timedelta(0), typed)
    if first.astimezone(UTC).astimezone(place).replace(tzinfo=None) != local:
        raise UnreadableTime("gap", typed, place.key)
    raise UnreadableTime("twice", typed, place.key, (_written(first), _written(second)))


def _written(at: datetime) -> str:
    offset = at.strftime("%z")
    return f"{at:%Y-%m-%d %H:%M}{offset[:3]}:{offset[3:]}"


def typed(at: datetime, zone_name: str) -> str:
    """An instant as a person would type it back into a form: `2026-12-03 18:00 Europe/Madrid`.

    On the hour that happens twice the offset is written instead, so that it reads back as itself.
    """
    local = at.astimezone(ZoneInfo(zone_name))
    text = f"{local:%Y-%m-%d %H:%M} {zone_name}"
    try:
        instant(text, zone_name)
    except UnreadableTime:
        return _written(local)
    return text


def length(written: str) -> timedelta:
    """`10m`, `24h`, `365d`, `90s`; raises ValueError with a sentence."""
    matched = _LENGTH.fullmatch(written.strip())
    if matched is None:
        raise ValueError(f"'{written.strip()}' is not a length of time; write a number and s, m, h or d, like 10m")
    return timedelta(**{_UNITS[matched[2]]: int(matched[1])})


def brief(length: timedelta) -> str:
    """A length of time as `length` reads it, in the largest unit that leaves no rest: `90m`, `24h`, `2d`."""
    seconds = int(length.total_seconds())
    for unit, size, least in (("d", 86400, 2), ("h", 3600, 1), ("m", 60, 0)):
        if seconds % size == 0 and seconds >= least * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
