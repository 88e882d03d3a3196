"""Starts that repeat, as people write them: `3 December 18:00, weekly`, `cada jueves 18:00, 3 veces`. Pure.

What repeats keeps its hour on the clocks of its zone. A rhythm on a line of its own continues the line before it, as
where a picker wrote that one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot import date_words as words
from bot import times, typed_dates
from bot.text import folded

Start = tuple[datetime, str]
"""An instant, and the zone that it is meant in."""
_COUNT = rf"(?:\d|{words.either(words.SMALL_NUMBERS)})"
_WEEKDAYS = words.either([*words.WEEKDAYS, *(f"{name}s" for name in words.WEEKDAYS)])
_WEEKS = r"(?:weeks|semanas)"
_RHYTHMS: tuple[tuple[int, re.Pattern[str]], ...] = tuple(
    (days, re.compile(rf"\b(?:{pattern})\b"))
    for days, pattern in (
        (14, rf"(?:every (?:other|second)|cada (?:dos|2)) (?P<weekday>{_WEEKDAYS})"),
        (14, r"every (?:other|second|two|2) weeks?|fortnightly|every fortnight"),
        (14, r"cada (?:dos|2) semanas|cada (?:quince|15) dias|quincenal(?:mente)?|quincenales"),
        (7, rf"(?:every|each|cada|todos los) (?P<weekday>{_WEEKDAYS})"),
        (7, r"weekly|(?:every|each) week|cada semana|todas las semanas|semanal(?:mente)?|semanales"),
        (1, r"daily|(?:every|each) day|cada dia|todos los dias|a diario"),
    )
)
_TIMES = re.compile(
    rf"\b(?P<count>{_COUNT})\s?(?:x|times|veces|parts|partes)\b|[x×]\s?(?P<crossed>{_COUNT})\b"
    rf"|\b(?:for|durante)\s(?P<weeks>{_COUNT})\s{_WEEKS}\b"
)
_NEXT_DATE = re.compile(r"\s*[,;]\s+(?:(?:and|y)\s+)?|\s+(?:and|y|&)\s+", re.IGNORECASE)
_ALONE = re.compile(rf"(?:{_WEEKDAYS}|[\s,.;])*")


@dataclass(frozen=True, slots=True)
class _Repeating:
    first: str
    """What says when it begins."""
    days: int
    count: int | None


def starts(lines: Sequence[str], read: Callable[[str], Start], most: int) -> list[Start]:
    """Each start that these lines mean; where a rhythm has no number, as many as make `most` with those before it.

    `read`: reads one date. Raises UnreadableTime, as that does, of the whole line or of a word.
    """
    found: list[Start] = []
    for line in _continued(lines):
        repeating = _repeating(line)
        try:
            first = read(line if repeating is None else repeating.first)
        except times.UnreadableTime as problem:
            if repeating is None and (listed := _listed(line, read)):
                found += listed
                continue
            if repeating is not None and problem.why == "word":
                problem.typed = typed_dates.as_written(problem.typed, line)
            elif repeating is not None and problem.why != "zone":
                problem.typed = line
            raise
        found.append(first)
        if repeating is not None:
            count = repeating.count or max(most - len(found) + 1, 1)
            found += [_later(first, number * repeating.days) for number in range(1, count)]
    return found


def _listed(line: str, read: Callable[[str], Start]) -> list[Start]:
    """`Dec 3 6pm, Dec 10 6pm and Dec 17 6pm`: each, where each is whole by itself."""
    parts = _NEXT_DATE.split(line)
    try:
        return [read(part) for part in parts] if len(parts) > 1 else []
    except times.UnreadableTime:
        return []


def continues(line: str) -> bool:
    """Whether it is a rhythm alone, of the date before it."""
    repeating = _repeating(line)
    return repeating is not None and _ALONE.fullmatch(repeating.first) is not None


def _continued(lines: Sequence[str]) -> list[str]:
    joined: list[str] = []
    for line in lines:
        if joined and continues(line):
            joined[-1] = f"{joined[-1]}, {line.strip()}"
        else:
            joined.append(line)
    return joined


def _repeating(line: str) -> _Repeating | None:
    text = folded(line)
    for days, pattern in _RHYTHMS:
        matched = pattern.search(text)
        if matched is None:
            continue
        weekday = matched.groupdict().get("weekday") or ""
        named = weekday if weekday in words.WEEKDAYS else weekday.removesuffix("s")
        rest = f"{text[: matched.start()]}{named}{text[matched.end() :]}"
        counted = _TIMES.search(rest)
        if counted is None:
            return _Repeating(rest.strip(" ,;"), days, None)
        if counted["weeks"] and days != 7:
            continue  # so many weeks of another rhythm: it is not guessed how many that makes
        number = counted["count"] or counted["crossed"] or counted["weeks"]
        first = f"{rest[: counted.start()]} {rest[counted.end() :]}".strip(" ,;")
        return _Repeating(first, days, int(number) if number.isdigit() else words.SMALL_NUMBERS[number])
    return None


def _later(first: Start, days: int) -> Start:
    at, zone = first
    local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) + timedelta(days=days)
    return times.in_zone(local, zone), zone
