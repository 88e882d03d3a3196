"""Reads dates as people write them, in every language of ours: `next Thursday 6pm`, `3 de diciembre a las 18:00`. Pure.

Nothing is guessed. What could mean several instants (`3/12`, `at 6`, `next Thursday` on a Monday) is UnreadableTime
with each of them, and a word that is no part of a date has to be the time zone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot import times, typed_clocks, typed_days
from bot.date_patterns import PATTERNS
from bot.text import folded
from bot.times import TYPED_LIMIT, UnreadableTime
from bot.zones import Doubt

READINGS_LIMIT = 4
_RANGE = timedelta(hours=4)
_SHORT_YEAR = re.compile(r"'(\d\d)\b", re.ASCII)
"""`3 Dec '26`."""
Token = tuple[str, re.Match[str]]
_UNITS = {"minute": "minutes", "minuto": "minutes", "hour": "hours", "hora": "hours"}


def read(typed: str, zone_name: str, now: datetime, language: str = "en") -> tuple[datetime, str]:
    """The instant that somebody wrote, as UTC, and the zone it is meant in: the one written, or `zone_name`.

    Raises UnreadableTime as `times.instant` does; and `several` with all `readings`, or `day` or `clock` where that
    is missing.
    """
    text = _SHORT_YEAR.sub(r"20\1", folded(typed[:TYPED_LIMIT]))
    text = text.replace("medio dia", "mediodia").replace("media noche", "medianoche")
    tokens = list(_tokens(text)) if len(typed) <= TYPED_LIMIT else []
    found: dict[str, list[re.Match[str]]] = defaultdict(list)
    for kind, match in tokens:
        found[kind].append(match)
    if not any(found[kind] for kind in (*typed_days.KINDS, *typed_clocks.KINDS)):
        raise UnreadableTime("form", typed[:TYPED_LIMIT])
    try:
        zone = _zone(text, tokens, typed) or zone_name
    except UnreadableTime as problem:
        return _in_short_zone(
            problem, lambda zone: _instant(found, {zone, zone_name}, zone, now, language, typed), zone_name
        )
    at = _instant(found, {zone, zone_name}, zone, now, language, typed)
    return at, zone if "/" in zone else _own_name(zone, zone_name, at)


def _tokens(text: str) -> Iterator[Token]:
    """Each part of the text with what it is; nothing at all where a part is none of these."""
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        token = next(((kind, match) for kind, pattern in PATTERNS if (match := pattern.match(text, at))), None)
        if token is None:
            return iter(())
        tokens.append(token)
        at = token[1].end()
    return iter(tokens)


def _zone(text: str, tokens: Sequence[Token], typed: str) -> str | None:
    """The zone that the words name that are no part of a date; they stand together."""
    places = [number for number, (kind, _) in enumerate(tokens) if kind == "other"]
    if not places:
        return None
    first, last = places[0], places[-1]
    if any(tokens[number][0] not in {"other", "filler"} for number in range(first, last)):
        raise UnreadableTime("form", typed)
    starts = [first]
    while starts[-1] > 0 and tokens[starts[-1] - 1][0] == "filler":
        starts.append(starts[-1] - 1)
    end = tokens[last][1].end()
    problem = UnreadableTime("form", typed)
    for start in starts:  # `Paz`, `La Paz`, `en La Paz`
        try:
            return times.zone(text[tokens[start][1].start() : end].strip(" ,.;()@|*·•")).key
        except UnreadableTime as caught:
            problem = caught if start == first else problem
    raise problem


def _in_short_zone(problem: UnreadableTime, at: Callable[[str], datetime], zone_name: str) -> tuple[datetime, str]:
    """`6pm EST`: the reader's own zone, or the only one, where it is called that on that day; else the problem.

    `6pm GMT` is one instant, too, on a day when it is the same in all zones that may be meant.
    """
    if problem.why != "zone" or problem.doubt is Doubt.UNKNOWN or not problem.choices:
        raise problem
    own = zone_name in problem.choices
    zones = [zone_name] if own else problem.choices
    instants = {zone: at(zone) for zone in zones}
    names = {instant.astimezone(ZoneInfo(zone)).tzname() for zone, instant in instants.items()}
    if len(set(instants.values())) > 1 or problem.typed.upper() not in names:
        raise problem
    return instants[zones[0]], zones[0] if len(zones) == 1 else zone_name


def _own_name(zone: str, zone_name: str, at: datetime) -> str:
    """The reader's own zone where it is what was meant by `CET`; else that."""
    here = at.astimezone(ZoneInfo(zone_name))
    return (
        zone_name if here.tzname() == zone and here.utcoffset() == at.astimezone(ZoneInfo(zone)).utcoffset() else zone
    )


def _instant(
    found: dict[str, list[re.Match[str]]], zones: set[str], zone: str, now: datetime, language: str, typed: str
) -> datetime:
    if found["within"] and found["within"][0]["unit"] in _UNITS:
        return _from_now(found, now, typed)
    clocks = typed_clocks.clocks(found, typed)
    readings: set[datetime] = set()
    for name in zones:  # `tomorrow` may be another day there
        today = now.astimezone(ZoneInfo(name)).date()
        days = typed_days.days(found, today, language, typed)
        readings |= {datetime(day.year, day.month, day.day) + clock for day in days for clock in clocks}  # noqa: DTZ001
    if not typed_days.says_year(found):
        here = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        readings = {reading for reading in readings if reading > here} or readings
    if len(readings) > 1:
        raise UnreadableTime("several", typed, zone, readings=tuple(sorted(readings)[:READINGS_LIMIT]))
    (local,) = readings
    return _at(local, found["offset"], zone, typed)


def _from_now(found: dict[str, list[re.Match[str]]], now: datetime, typed: str) -> datetime:
    """`in 2 hours`, to the minute."""
    if sum(len(matches) for kind, matches in found.items() if kind not in {"filler", "other"}) > 1:
        raise UnreadableTime("form", typed)
    match = found["within"][0]
    length = timedelta(**{_UNITS[match["unit"]]: typed_days.count(match["count"])})
    return (now + length).replace(second=0, microsecond=0)


def _at(local: datetime, offsets: Sequence[re.Match[str]], zone: str, typed: str) -> datetime:
    if not offsets:
        return times.in_zone(local, zone, typed)
    if len(offsets) > 1:
        raise UnreadableTime("form", typed)
    offset = _offset(offsets[0], typed)
    place = ZoneInfo(zone)
    known = {local.replace(tzinfo=place, fold=fold).utcoffset() for fold in (0, 1)}
    end = -offset
    start = timedelta(hours=local.hour, minutes=local.minute)
    if offset not in known and "utc" not in typed.lower() and start < end <= start + _RANGE:
        raise UnreadableTime("form", typed)  # `18:00-19:30` says when it ends
    return (local - offset).replace(tzinfo=UTC)


def _offset(match: re.Match[str], typed: str) -> timedelta:
    """How far clocks are ahead, as they are somewhere on earth."""
    parts = match.groupdict()
    if not parts:
        return timedelta(0)
    size = timedelta(hours=int(parts["hours"]), minutes=int(parts["minutes"] or 0))
    if not size <= timedelta(hours=14) or size % timedelta(minutes=15):
        raise UnreadableTime("form", typed)
    return -size if parts["sign"] == "-" else size
