"""Writes `bot/zone_names/` from the time zone database and CLDR, for all our languages.

`make messages` runs it; `test_zones.py` checks that it is up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global

from bot.config import LANGUAGES
from bot.text import folded

FOLDER = Path(__file__).parents[2] / "bot" / "zone_names"
LEGACY = ("US/", "Canada/", "Brazil/", "Chile/", "Mexico/", "Etc/", "SystemV/")
"""Links that are no places."""
REGIONS = {f"Australia/{name}" for name in ("ACT", "LHI", "NSW", "North", "Queensland", "South", "Tasmania", "Victoria",
                                            "West", "Yancowinna")}  # fmt: skip
NO_COUNTRIES = {"AQ", "UM"}
MOST = 4
"""Zones of a country that are offered; whoever lives in a large one knows the name of theirs."""
SAMPLES = [datetime(year, month, 15, tzinfo=UTC) for year in range(2027, 2033) for month in range(1, 13)]

HEADER = """\
# What {subject} the time zones, from {source}.
# Written by `make messages`; do not edit. Each line: the IANA zones, then the folded names for them.
"""


def _lines(name: str) -> list[list[str]]:
    text = files("tzdata.zoneinfo").joinpath(name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if line and line[0] != "#"]


@cache
def rules(zone: str) -> tuple[object, ...]:
    """Where clocks stand in the coming years: zones that agree in this are one to whoever plans ahead."""
    return tuple(at.astimezone(ZoneInfo(zone)).utcoffset() for at in SAMPLES)


def distinct(zones: Iterable[str]) -> tuple[str, ...]:
    """The first of each set of zones with the same rules, as many as are offered."""
    first: dict[object, str] = {}
    for zone in zones:
        first.setdefault(rules(zone), zone)
    return tuple(first.values())[:MOST]


def cities() -> dict[str, list[str]]:
    """Folded city names, with the zones that each may mean."""
    found: dict[str, list[str]] = {}
    zones = [fields[2] for fields in _lines("zone.tab")]
    links = {new: old for kind, old, new in _links() if kind == "L"}
    for zone in zones:
        names = {zone.rpartition("/")[2].replace("_", " ")}
        names |= {Locale(language).time_zones.get(zone, {}).get("city", "") for language in LANGUAGES}
        for name in names:
            _add(found, name, zone)
    for new, old in links.items():
        if "/" in new and new not in zones and not new.startswith(LEGACY) and new not in REGIONS and "/" in old:
            _add(found, new.rpartition("/")[2].replace("_", " "), old)
    return found


def _links() -> list[list[str]]:
    text = files("tzdata.zoneinfo").joinpath("tzdata.zi").read_text("utf-8")
    return [line.split(" ") for line in text.splitlines() if line.startswith("L ")]


def countries() -> dict[str, list[str]]:
    zones: dict[str, list[str]] = {}
    for code, _, zone, *_ in _lines("zone.tab"):
        if code not in NO_COUNTRIES:
            zones.setdefault(code, []).append(zone)
    found: dict[str, list[str]] = {}
    for code, several in zones.items():
        for language in LANGUAGES:
            for zone in several:
                _add(found, Locale(language).territories.get(code, ""), zone)
    return found


def _add(found: dict[str, list[str]], name: str, zone: str) -> None:
    if name and zone not in found.setdefault(folded(name), []):
        found[folded(name)].append(zone)


def windows() -> dict[str, list[str]]:
    links = {new: old for _, old, new in _links()}
    places = {fields[2] for fields in _lines("zone.tab")}
    mapping = get_global("windows_zone_mapping")
    return {folded(name): [links.get(zone, zone) if zone not in places else zone] for name, zone in mapping.items()}


def table(found: dict[str, list[str]], shorten: Callable[[Iterable[str]], Iterable[str]] = distinct) -> str:
    by_zones: dict[tuple[str, ...], list[str]] = {}
    for each, zones in sorted(found.items()):
        by_zones.setdefault(tuple(shorten(zones)), []).append(each)
    lines = [f"{','.join(zones)}|{'|'.join(names)}" for zones, names in sorted(by_zones.items())]
    short = [line for whole in lines for line in _wrapped(whole)]
    return "".join(f"{line}\n" for line in short)


def _wrapped(line: str) -> list[str]:
    zones, first, *names = line.split("|")
    lines = [f"{zones}|{first}"]
    for name in names:
        if len(lines[-1]) + len(name) > 118:
            lines.append(f"{zones}|{name}")
        else:
            lines[-1] += f"|{name}"
    return lines


def tables() -> dict[Path, str]:
    """The files, each with its content."""
    places = HEADER.format(subject="places call", source="the time zone database (zone.tab, links) and CLDR")
    in_full = HEADER.format(subject="countries with several zones call all of", source="zone.tab and CLDR")
    windows_zones = HEADER.format(subject="Windows calls", source="CLDR")
    return {
        FOLDER / "places.txt": places + table(countries() | cities()),
        FOLDER / "countries.txt": in_full + table({n: zones for n, zones in countries().items() if zones[1:]}, tuple),
        FOLDER / "windows.txt": windows_zones + table(windows()),
    }


def write() -> None:
    for path, content in tables().items():
        path.write_text(content, encoding="utf-8")
