"""One time as clocks in two places show it: `6pm PT / 9pm ET`, `18:00 España (12:00 Colombia)`. Pure.

Where both say the same instant the first is meant; where they do not, nothing is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import times
from bot.date_patterns import HALVES
from bot.text import folded
from bot.times import UnreadableTime
from bot.zones import Doubt

Read = Callable[[str, str], tuple[datetime, str]]
"""Reads a date in a zone, as `typed_dates.read` does."""
_CLOCK = rf"(?:(?:12\s)?(?:noon|midday|mediodia)|\d{{1,2}}(?:[:.h]\d\d)?(?:\s?(?:h|hs|hrs|horas)\b)?\s?(?:{HALVES})?)"
_THERE = re.compile(
    rf"(?P<first>.*\d.*?)(?:\s?[/|(=;]\s?|,\s)(?P<clock>{_CLOCK})\s(?P<place>[a-z][a-z.]*(?:\s[a-z][a-z.]*){{0,3}}?)\)?"
    r"(?P<rest>(?:\s?[/|(=;,]|\s(?:on|el)\b).*)?",
    re.ASCII,
)


def read(typed: str, zone: str, read_one: Read) -> tuple[datetime, str] | None:
    """The first of the two, and its zone; None where there are not two, or they do not agree. `typed`: folded."""
    matched = _THERE.fullmatch(typed)
    if matched is None:
        return None
    first = f"{matched['first']} {matched['rest'] or ''}"
    place = _zone(matched["place"])
    found = _first(first, zone, read_one)
    return found if found and place and found[0] in _at(matched["clock"], found[0], place, read_one) else None


def _first(text: str, zone: str, read_one: Read) -> tuple[datetime, str] | None:
    """What it says; of a country by the clocks of its capital, since another part of it might agree by mistake."""
    try:
        return read_one(text, zone)
    except UnreadableTime as problem:
        place = folded(problem.typed)
        if problem.why != "zone" or problem.doubt is not Doubt.SEVERAL or problem.choices[0] in text:
            return None
        return _first(text.replace(place, problem.choices[0]), zone, read_one)


def _zone(place: str) -> str | None:
    try:
        return times.zone(place).key
    except UnreadableTime as problem:
        return problem.choices[0] if problem.choices else None


def _at(clock: str, at: datetime, place: str, read_one: Read) -> Sequence[datetime]:
    """All that a clock there may mean on that day."""
    try:
        return [read_one(f"{at.astimezone(ZoneInfo(place)):%Y-%m-%d} {clock}", place)[0]]
    except UnreadableTime as problem:
        return problem.readings
