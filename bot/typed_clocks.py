"""The time of day in a date that people typed: every one that it can mean. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot import date_words as words
from bot.times import UnreadableTime

KINDS = ("clock", "noon", "midnight")
_HOUR = timedelta(hours=1)
_MINUTES = {
    "media": 30, "cuarto": 15, "half": 30, "quarter": 15,
    "cinco": 5, "diez": 10, "quince": 15, "veinte": 20, "veinticinco": 25, "treinta": 30,
    "five": 5, "ten": 10, "fifteen": 15, "twenty": 20, "twenty-five": 25, "thirty": 30, "forty-five": 45,
}  # fmt: skip


def clocks(found: Mapping[str, Sequence[re.Match[str]]], typed: str) -> set[timedelta]:
    """How long after the day's beginning it may be; raises UnreadableTime where nothing says it, or twice."""
    periods = [match["period"] for match in found["period"]]
    periods += [words.TODAY_IN[match["words"]] for match in found["today_in"]]
    given = [match for kind in KINDS for match in found[kind]]
    if not given and periods == ["mediodia"]:
        return {12 * _HOUR}
    if not given:
        raise UnreadableTime("clock", typed)
    if len(given) > 1 or len(set(periods)) > 1:
        raise UnreadableTime("form", typed)
    if found["noon"]:
        hours, minute = {12}, 0
    elif found["midnight"]:
        hours, minute = {0, 24}, 0  # as the day begins, or as it ends
    else:
        hours, minute = _read(given[0], periods[0] if periods else "")
    possible = {hour * _HOUR + timedelta(minutes=minute) for hour in hours if -1 <= hour <= 29}
    if not possible or not -60 < minute < 60:
        raise UnreadableTime("form", typed)
    return possible


def _read(match: re.Match[str], period: str) -> tuple[set[int], int]:
    """Each hour that may be meant, and the minutes to add; no hour where it is no time of day."""
    parts = match.groupdict()
    written = parts.get("hour") or ""
    hour = int(written) if written else words.HOURS[parts["word"]]
    minute = _minutes(parts)
    half = parts.get("half")
    if half:
        return ({hour % 12 + (12 if half[0] == "p" else 0)} if 1 <= hour <= 12 else set()), minute
    if period and 1 <= hour <= 12:
        return set(words.PERIODS[period].get(hour, ())), minute
    if hour == 0 or hour > 12:
        fits = not period or hour % 24 in {hour for several in words.PERIODS[period].values() for hour in several}
        return ({hour} if hour < 24 and fits else set()), minute
    on_24_hours = written.startswith("0") or (parts.get("minute") is not None and hour >= 10)
    return ({hour} if on_24_hours else {hour % 12, hour % 12 + 12}), minute


def _minutes(parts: Mapping[str, str | None]) -> int:
    """`6:30`, `las seis y media`, `las siete menos cuarto`, `half past six`; the hour before it begins, below zero."""
    if parts.get("minute"):
        return int(parts["minute"] or 0)
    if parts.get("past"):
        return _MINUTES[parts["past"] or ""]
    if parts.get("short"):
        return -_MINUTES[parts["short"] or ""]
    named = parts.get("named")
    if not named:
        return 0
    return -_MINUTES[named] if parts.get("way") == "to" else _MINUTES[named]
