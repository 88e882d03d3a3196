"""From what people type to instants, and back to lengths of time. Pure: `now` is never asked for here.

Inside the bot every instant is an aware datetime in UTC; a zone name says how it was meant.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot import zones
from bot.zones import Doubt, UnknownZone

FIRST_YEAR, LAST_YEAR = 1970, 2100
_TYPED = re.compile(
    r"""(\d{4})-(\d{1,2})-(\d{1,2})[T ,]+(?P<hour>\d{1,2})
        (?: [:.h](?P<minute>\d{2})(?::[0-5]\d)? )?
        (?: \s?(?P<half>[ap])\.?\s?m\b\.? | \s?(?P<hours>h|hs|hrs)\b\.? )?
        (?! [\d:] )""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
"""`2026-12-03 18:00`, and the other ways to write that hour: `6:00 PM`, `6 p.m.`, `18h`, `18h30`, `18.00`.

Seconds are left out: nothing begins on one.
"""
TYPED_LIMIT = 200
_LENGTH = re.compile(r"(\d{1,6})\s*(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class UnreadableTime(ValueError):
    """What was typed names no single instant. `why` is one of `form`, `day`, `no-day`, `clock`, `zone`, `gap`, `twice`,
    `several`, `every`, `length`, `word`; of a zone, `doubt` and `choices` say what may be meant, of several times
    `readings`; `length` is how long it would last.
    """

    def __init__(
        self,
        why: str,
        typed: str,
        zone: str = "",
        choices: tuple[str, ...] = (),
        doubt: Doubt = Doubt.UNKNOWN,
        readings: tuple[datetime, ...] = (),
        length: timedelta = timedelta(0),
    ) -> None:
        super().__init__(f"{why}: {typed!r} {zone}")
        self.why, self.typed, self.zone, self.choices, self.doubt = why, typed, zone, choices, doubt
        self.readings, self.length = readings, length


def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name, a city or a common name, whatever its case; raises UnreadableTime('zone')."""
    try:
        return ZoneInfo(zones.resolve(name))
    except UnknownZone as problem:
        raise UnreadableTime("zone", name, choices=problem.choices, doubt=problem.doubt) from None


def instant(typed: str, zone_name: str) -> datetime:
    """`2026-12-03 18:00`, meant in `zone_name` unless a zone or an offset follows, as UTC.

    Raises UnreadableTime: `form` when it is no such text, `zone` when the zone is unknown, `gap` when clocks
    skip that time on that night, `twice` when they show it twice (`choices` then gives both, with offsets).
    """
    return moment(typed, zone_name)[0]


def moment(typed: str, zone_name: str) -> tuple[datetime, str]:
    """Like `instant`, with the zone that it is meant in: the one that was typed, or `zone_name`."""
    text = typed.strip()
    matched = _TYPED.match(text) if len(text) <= TYPED_LIMIT else None
    if matched is None:
        raise UnreadableTime("form", typed[:TYPED_LIMIT])
    try:
        year, month, day = (int(group) for group in matched.groups()[:3])
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise UnreadableTime("form", typed)
        local = datetime(year, month, day, *_clock(matched))  # noqa: DTZ001 - the zone comes next
    except ValueError:
        raise UnreadableTime("form", typed) from None
    rest = text[matched.end() :].strip(" ,()")
    if rest:
        offset = _offset(rest)
        if offset is not None:
            return _at_offset(local, offset, typed), zone_name
        zone_name = zone(rest).key
    return in_zone(local, zone_name, typed), zone_name


def _clock(matched: re.Match[str]) -> tuple[int, int]:
    """Hour and minute; raises ValueError where they are no time of day."""
    hour, half = int(matched["hour"]), (matched["half"] or "").lower()
    if matched["minute"] is None and not (half or matched["hours"]):
        raise ValueError("an hour alone may be meant in the morning or in the evening")
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("no hour of the twelve")
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, int(matched["minute"] or 0)


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
    """The instant at which clocks in a zone (an IANA name) show `local` (naive), as UTC; raises UnreadableTime."""
    place, typed = ZoneInfo(zone_name), typed or f"{local:%Y-%m-%d %H:%M}"
    first, second = (local.replace(tzinfo=place, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return _at_offset(local, first.utcoffset() or timedelta(0), typed)
    if first.astimezone(UTC).astimezone(place).replace(tzinfo=None) != local:
        raise UnreadableTime("gap", typed, place.key)
    raise UnreadableTime("twice", typed, place.key, (_written(first), _written(second)))


def _written(at: datetime) -> str:
    offset = at.strftime("%z")
    return f"{at:%Y-%m-%d %H:%M}{offset[:3]}:{offset[3:]}"


def days_later(at: datetime, zone_name: str, days: int) -> datetime:
    """On the clocks of the zone, so that six in the evening stays six in the evening.

    An hour that does not exist on the night when the clocks go forward is the one that they then show.
    """
    return (at.astimezone(ZoneInfo(zone_name)) + timedelta(days=days)).astimezone(UTC)


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


def length(text: str) -> timedelta:
    """`10m`, `24h`, `365d`, `90s`, and `0`, which needs no unit; raises ValueError with a sentence."""
    if text.strip() == "0":
        return timedelta(0)
    matched = _LENGTH.fullmatch(text.strip())
    if matched is None:
        raise ValueError(f"'{text.strip()}' is not a length of time; write a number and s, m, h or d, like 10m")
    return timedelta(**{_UNITS[matched[2]]: int(matched[1])})


def brief(length: timedelta) -> str:
    """A length of time as `length` reads it, in the largest unit that leaves no rest: `90m`, `24h`, `2d`."""
    seconds = int(length.total_seconds())
    for unit, size, least in (("d", 86400, 2), ("h", 3600, 1), ("m", 60, 0)):
        if seconds % size == 0 and seconds >= least * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
