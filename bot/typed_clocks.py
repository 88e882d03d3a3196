"""The time of day in a date that people typed: every one that it can mean. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot import date_words as words
from bot.times import UnreadableTime

KINDS = ("clock", "noon", "midnight")
_HOUR = timedelta(hours=1)


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
    written = parts.get("hour") or parts.get("early") or ""
    hour = int(written) if written else words.HOURS[parts["word"]]
    minute = _minutes(parts)
    half = parts.get("half")
    if half:
        hours = _in_half(hour, hour % 12 + (12 if half[0] == "p" else 0), period) if 1 <= hour <= 12 else set()
        # `quarter to twelve am` is before the midnight with which the day begins, or before the next one.
        return hours | {24} if minute < 0 and 0 in hours else hours, minute
    if period and 1 <= hour <= 12:
        return set(words.PERIODS[period].get(hour, ())), minute
    if hour == 0 or hour > 12:
        fits = not period or hour % 24 in {hour % 24 for several in words.PERIODS[period].values() for hour in several}
        ends_the_day = (hour, minute) == (24, 0)
        return ({hour} if (hour < 24 or ends_the_day) and fits else set()), minute
    on_24_hours = written.startswith("0") or (parts.get("minute") is not None and hour >= 10)
    return ({hour} if on_24_hours else {hour % 12, hour % 12 + 12}), minute


def _in_half(hour: int, meant: int, period: str) -> set[int]:
    """`meant`: by `am` or `pm`. `1 am tonight` is after midnight; `6 pm in the morning` is no time of day."""
    if not period:
        return {meant}
    named = words.PERIODS[period]
    exact = {each for each in named.get(hour, ()) if each % 24 == meant}
    halves = {each % 24 // 12 for written, several in named.items() for each in several if written < 12}
    return exact or ({meant} if meant // 12 in halves else set())


def _minutes(parts: Mapping[str, str | None]) -> int:
    """`6:30`, `las seis y media`, `las siete menos cuarto`, `half past six`; the hour before it begins, below zero."""
    if parts.get("minute"):
        return int(parts["minute"] or 0)
    past, short = parts.get("past"), parts.get("short")
    if past or short:
        return _count(past) if past else -_count(short or "")
    return 0


def _count(text: str) -> int:
    return int(text) if text.isdigit() else words.MINUTES[text]
