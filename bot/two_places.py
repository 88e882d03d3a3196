"""One time as clocks in two places show it: `6pm PT / 9pm ET`, `18:00 España (12:00 Colombia)`. Pure.

Where both say the same instant the first is meant; where they do not, nothing is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import times
from bot.date_patterns import HALVES
from bot.text import folded, unadorned
from bot.times import UnreadableTime
from bot.zones import Doubt

Read = Callable[[str, str], tuple[datetime, str]]
"""Reads a date in a zone, as `typed_dates.read` does."""
_CLOCK = rf"(?:(?:12\s)?(?:noon|midday|mediodia)|\d{{1,2}}(?:[:.h]\d\d)?(?:\s?(?:h|hs|hrs|horas)\b)?\s?(?:{HALVES})?)"
_THERE = re.compile(
    rf"(?P<first>.*\d.*?)\s?[/|(=;,]\s?(?P<clock>{_CLOCK})\s(?P<place>[a-z][a-z.]*(?:\s[a-z][a-z.]*){{0,3}}?)\)?"
    r"(?P<rest>(?:\s?[/|(=;,]|\s(?:on|el)\b).*)?",
    re.ASCII,
)


def read(typed: str, zone: str, read_one: Read) -> tuple[datetime, str] | None:
    """The first of the two, and its zone; None where there are not two, or they do not agree."""
    matched = _THERE.fullmatch(folded(unadorned(typed)))
    if matched is None:
        return None
    first = f"{matched['first']} {matched['rest'] or ''}"
    places = _zones(matched["place"])
    agreeing = [
        (at, here)
        for at, here in _first(first, zone, read_one)
        if any(at in _at(matched["clock"], at, place, read_one) for place in places)
    ]
    return agreeing[0] if len({at for at, _ in agreeing}) == 1 else None


def _first(text: str, zone: str, read_one: Read) -> Iterable[tuple[datetime, str]]:
    """What it says; where its place has several zones, in each of them."""
    try:
        return [read_one(text, zone)]
    except UnreadableTime as problem:
        place = folded(problem.typed)
        if problem.why != "zone" or problem.doubt is not Doubt.SEVERAL:
            return []
        in_each = [text.replace(place, choice) for choice in problem.choices]
    return [each for one in in_each for each in _first(one, zone, read_one)]


def _zones(place: str) -> Sequence[str]:
    try:
        return [times.zone(place).key]
    except UnreadableTime as problem:
        return problem.choices


def _at(clock: str, at: datetime, place: str, read_one: Read) -> Sequence[datetime]:
    """All that a clock there may mean on that day."""
    try:
        return [read_one(f"{at.astimezone(ZoneInfo(place)):%Y-%m-%d} {clock}", place)[0]]
    except UnreadableTime as problem:
        return problem.readings
