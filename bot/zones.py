"""From what people call a time zone to its IANA name: `Madrid`, `pacific time`, `hora de Bogotá`. Pure.

What could be meant in two ways is never guessed at: an abbreviation like EST, which knows no summer time, or a city of
which there are several, is asked about, with the zones that may be meant. CET is none of these: it is an IANA name in
full, and its clocks change in summer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from zoneinfo import available_timezones

from bot.text import folded, unadorned

NAME_LIMIT = 100
"""Characters of what is looked up."""
SHORTEST_MISSPELT = 3
"""Letters; what is no longer, like `dc`, is near to nearly anything."""
CHOICES_LIMIT = 4
"""Zones that are offered where several may be meant."""
_TABLES = Path(__file__).parent / "zone_names"
_WITH_SUMMER_TIME = {"cet", "eet", "met", "wet"}
"""Abbreviations that the time zone database has zones of, with summer time: none of them needs a question."""
_SAME_CLOCKS = {
    "EST": "Etc/GMT+5",
    "MST": "Etc/GMT+7",
    "HST": "Etc/GMT+10",
    "GMT": "Etc/GMT",
    "Factory": "Etc/UTC",
    "localtime": "Etc/UTC",
}
"""Names that earlier versions accepted, as names of zones with the same clocks, but for the last: what a machine was
set to is not written anywhere."""
_NO_ZONES = {"factory", "localtime", "posixrules", "leapseconds", "leap-seconds.list"}
"""Files among the zones that are a stand-in, or whatever this machine is set to."""
_COPIES = ("posix/", "right/")
"""Folders with copies of all zones; those of the second one count leap seconds, and are half a minute off."""

_HERE = {"here", "aqui", "local", "local time", "hora local", "my", "my local", "mine", "mi hora", "mi zona"}
"""Wherever somebody is: the name of no place, and like none."""
_OFFSET = re.compile(r"(?:utc|gmt)?\s?[+-]\s?\d{1,2}(?::?\d{2})?")
_AS_WINDOWS_SHOWS = re.compile(
    r"(?:\((?:utc|gmt)[^)]{0,12}\)\s*)?(?P<name>.*?)(?:\s*\((?:us & canada|us and canada|us|et|pt|ct|mt)\)?)?",
    re.DOTALL,
)
"""`(UTC-08:00) Pacific Time (US & Canada)`; what is within a longer text may lack its last sign."""
_BETWEEN_PLACES = re.compile(r"\s?[,(]\s?")
_WITH_TIME = (
    re.compile(r"(?:the\s)?(.+?)(?:'s)?\stime(?:\s?zone)?"),
    re.compile(r"(?:la\s)?hora\s(?:local\s)?(?:del?\s)?(?:la\s)?(.+)"),
    re.compile(r"(?:la\s)?hora\s(.+)"),
)
"""`Pacific time`, `hora del Pacífico`, `hora peninsular`."""


class Doubt(StrEnum):
    UNKNOWN = "unknown"
    NO_SUMMER = "no summer"
    """It says what the clocks show, and not whether that changes in summer."""
    SEVERAL = "several"


class UnknownZone(ValueError):
    """No single zone. `choices`: IANA names that may be meant; of a misspelt one, those that are near."""

    def __init__(self, typed: str, doubt: Doubt, choices: tuple[str, ...] = ()) -> None:
        super().__init__(f"{doubt}: {typed!r}")
        self.typed, self.doubt, self.choices = typed, doubt, choices


def hint(doubt: Doubt, choices: tuple[str, ...]) -> str:
    """For operators: what to write instead of a zone that is not known."""
    if not choices:
        return "write it like Europe/Madrid"
    listed = " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))
    if doubt is Doubt.NO_SUMMER:
        return f"it does not say whether clocks change in summer; is it {listed}?"
    return f"is it {listed}?"


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """The IANA names that stand for a place, or for UTC."""
    return frozenset(
        name for name in available_timezones() if name.lower() not in _NO_ZONES and not name.startswith(_COPIES)
    )


def resolve(typed: str) -> str:
    """The IANA name of what somebody typed; raises UnknownZone."""
    text = folded(unadorned(typed[: NAME_LIMIT + 1].replace("_", " ")))
    if not text or len(typed) > NAME_LIMIT:
        raise UnknownZone(typed[:NAME_LIMIT], Doubt.UNKNOWN)
    exact = _iana().get(text.replace(" ", "_"))
    in_full = "/" in (exact or "") or text in {"utc", *_WITH_SUMMER_TIME}
    if exact is not None and (in_full or (exact == typed.strip() and text not in _doubtful())):
        return exact
    if _OFFSET.fullmatch(text):
        raise UnknownZone(typed, Doubt.NO_SUMMER)
    if (there := _in_region(text)) is not None:
        return there
    for name in _variants(text):
        if name in _doubtful():
            zones = _doubtful()[name]
            raise UnknownZone(typed, Doubt.SEVERAL if len(zones) > 1 else Doubt.NO_SUMMER, zones)
        zones = _known().get(name, ())
        if len(zones) > 1:
            raise UnknownZone(typed, Doubt.SEVERAL, zones[:CHOICES_LIMIT])
        if zones:
            return zones[0]
    if exact is not None:
        return exact
    raise UnknownZone(typed, Doubt.UNKNOWN, () if _HERE.intersection(_variants(text)) else _similar(text))


def iana(name: str) -> str | None:
    """The IANA name that a name is in full, whatever its case; none where it says nothing of summer, like EST."""
    text = folded(name[:NAME_LIMIT])
    return None if text in _doubtful() else _iana().get(text)


def is_country(typed: str) -> bool:
    """Whether it names a country with several zones: `España`, `hora de México`."""
    return any(name in _countries() for name in _variants(folded(typed[:NAME_LIMIT])))


def of_windows(name: str) -> str | None:
    """The IANA name of a zone as Windows and Exchange call it, whether there is summer time or not."""
    zones = _windows().get(folded(name[:NAME_LIMIT]))
    return zones[0] if zones else None


def unquestioned(name: str) -> str:
    """A zone with the same clocks that `resolve` accepts, for a name that an earlier version accepted."""
    bare = name.removeprefix("posix/").removeprefix("right/")
    return _SAME_CLOCKS.get(bare, bare)


def _in_region(text: str) -> str | None:
    """`Paris, France`, `Portland ME`, and not `Paris, Texas`: the one zone that the city and the regions share."""
    for city, *regions in _places(text):
        shared = set(_known().get(city, ())).intersection(*map(_of_region, regions))
        if regions and len(shared) == 1:
            return shared.pop()
    return None


def _places(text: str) -> Iterator[Sequence[str]]:
    """A city and the regions that it is in: `cordoba, argentina`, `cordoba (argentina)`, `cordoba argentina`."""
    parts = _BETWEEN_PLACES.split(text.rstrip(")"))
    yield parts
    if len(parts) == 1:
        yield from ((text[: space.start()], text[space.end() :]) for space in re.finditer(" ", text))


def _of_region(name: str) -> tuple[str, ...]:
    return (*_countries().get(name, ()), *_regions().get(name, ()), *_known().get(name, ()))


def _variants(text: str) -> Iterator[str]:
    """What to look up, the whole text first: `pacific time`, `pacific`."""
    yield text
    windows = _AS_WINDOWS_SHOWS.fullmatch(text)
    bare = windows["name"].strip() if windows else text
    if bare != text:
        yield bare
    for pattern in _WITH_TIME:
        matched = pattern.fullmatch(bare)
        if matched is not None:
            yield f"{matched[1]} time"
            yield matched[1]


def _similar(text: str) -> tuple[str, ...]:
    """The zones of the region that it is said to be in, or of the city; else of the name whose spelling is nearest."""
    city, *regions = next(_places(text))
    for place in (*reversed(regions), city):
        if zones := _known().get(place) or _regions().get(place):
            return zones[:CHOICES_LIMIT]
    nearest = get_close_matches(text.replace(" ", "_"), _iana(), 1, 0.7)
    if nearest:
        return (_iana()[nearest[0]],)
    nearest = get_close_matches(text, _known(), 1, 0.8) if len(text) > SHORTEST_MISSPELT else []
    return _known()[nearest[0]][:CHOICES_LIMIT] if nearest else ()


@lru_cache(maxsize=1)
def _iana() -> Mapping[str, str]:
    return {folded(name): name for name in sorted(names())}


@lru_cache(maxsize=1)
def _known() -> Mapping[str, tuple[str, ...]]:
    """What people call a zone. The later tables overrule the earlier ones."""
    phrases = _table("time_phrases")
    with_time = {f"{name} time": zones for name, zones in phrases.items()}
    windows = {name: zones for name, zones in _windows().items() if name not in _doubtful()}
    return windows | phrases | _table("places") | _table("more_places") | with_time


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, tuple[str, ...]]:
    """All their zones, also those with the same clocks: `Córdoba, Argentina`."""
    return _table("countries")


@lru_cache(maxsize=1)
def _regions() -> Mapping[str, tuple[str, ...]]:
    return _table("regions")


@lru_cache(maxsize=1)
def _doubtful() -> Mapping[str, tuple[str, ...]]:
    short = {name: zones for name, zones in _table("abbreviations").items() if name not in _WITH_SUMMER_TIME}
    return short | {f"{name} time": zones for name, zones in short.items()}


@lru_cache(maxsize=1)
def _windows() -> Mapping[str, tuple[str, ...]]:
    return _table("windows")


def _table(name: str) -> dict[str, tuple[str, ...]]:
    """A file of `zone_names/`: by folded name, the IANA zones that it may mean."""
    zones_by_name: dict[str, tuple[str, ...]] = {}
    for line in (_TABLES / f"{name}.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        zones, *aliases = line.split("|")
        zones_by_name |= {folded(alias): tuple(zones.split(",")) for alias in aliases}
    return zones_by_name
