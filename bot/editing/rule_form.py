"""The form of a door rule and a length: what it opens with, and what was submitted, with all errors at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import TypeVar

from bot import times
from bot.admission.model import DoorRule
from bot.arguments import Option
from bot.context import Context
from bot.editing import rule_texts
from bot.gatherings.model import LONGEST, PLACES_LIMIT, SHORTEST, Gathering, Status

T = TypeVar("T")
LIMIT = Option("limit", str, limit=20)
OPENS = Option("doors_open", str, limit=40)
LATE = Option("late_entry", str, limit=40)
LENGTH = Option("duration", str, limit=40)
FIELDS = (LIMIT, OPENS, LATE, LENGTH)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_PIECE = re.compile(r"(\d{1,4})\s*([mhd])[a-zí]*\.?", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,]*(?:(?:and|y)\b)?\s*", re.IGNORECASE)


@dataclass(slots=True)
class RuleDraft:
    rule: DoorRule
    duration: timedelta
    errors: dict[str, str] = field(default_factory=dict)

    def applied(self, part: Gathering, opened: Gathering) -> Gathering:
        """The part with what was changed in the form that was opened for `opened`; the rest stays as it is there."""
        before = opened.door_rule
        names = ("limit", "late_entry", "opens_before")
        new = {name: getattr(self.rule, name) for name in names if getattr(self.rule, name) != getattr(before, name)}
        duration = part.duration if self.duration == opened.duration else self.duration
        return replace(part, door_rule=replace(part.door_rule, **new), duration=duration)


def length(text: str) -> timedelta:
    """`10`, `10m`, `10 minutes`, `1h 30m`, `1:30`, `2 horas`; a number alone is minutes. Raises ValueError."""
    typed = text.strip()
    if re.fullmatch(r"\d{1,5}", typed):
        return timedelta(minutes=int(typed))
    if clock := re.fullmatch(r"(\d{1,2}):([0-5]\d)", typed):
        return timedelta(hours=int(clock[1]), minutes=int(clock[2]))
    pieces = _PIECE.findall(typed)
    if pieces and all(_BETWEEN.fullmatch(rest) for rest in _PIECE.split(typed)[::3]):
        return sum((timedelta(**{_UNITS[unit.lower()]: int(count)}) for count, unit in pieces), timedelta(0))
    return times.length(typed)


def values(gathering: Gathering) -> dict[str, str]:
    rule = gathering.door_rule
    return {
        LIMIT.name: str(rule.limit),
        OPENS.name: times.brief(rule.opens_before),
        LATE.name: times.brief(min(rule.late_entry, gathering.duration)),
        LENGTH.name: times.brief(gathering.duration),
    }


def read(ctx: Context, gathering: Gathering) -> RuleDraft:
    """Validates every field; one that was left empty stays as it is."""
    locale, errors = ctx.locale, dict[str, str]()
    rule, stored = gathering.door_rule, values(gathering)

    def take(option: Option[str], convert: Callable[[str], T], stands: T, error: str) -> T:
        typed = ctx.args[option].strip()
        if not typed or typed == stored[option.name]:
            return stands
        try:
            return convert(typed)
        except (ValueError, OverflowError):
            errors[option.name] = error
            return stands

    draft = RuleDraft(
        DoorRule(
            take(LIMIT, _places, rule.limit, rule_texts.limit_unreadable(locale)),
            take(
                LATE,
                _up_to_a_day,
                min(rule.late_entry, gathering.duration),
                rule_texts.length_unreadable(locale, timedelta(minutes=10)),
            ),
            take(OPENS, _up_to_a_day, rule.opens_before, rule_texts.length_unreadable(locale, timedelta(minutes=15))),
        ),
        take(LENGTH, _length_of_a_gathering, gathering.duration, rule_texts.duration_unreadable(locale)),
        errors,
    )
    if LATE.name not in errors and LENGTH.name not in errors and draft.rule.late_entry > draft.duration:
        errors[LATE.name] = rule_texts.late_past_end(locale, draft.duration)
    return draft


def errors_of_parts(ctx: Context, changed: Sequence[Gathering], parts: Sequence[Gathering]) -> dict[str, str]:
    """What is wrong with `changed` among all `parts` of the series as they would be; by field."""
    if any(part.ends_at <= ctx.now and part.status is not Status.DRAFT for part in changed):
        return {LENGTH.name: rule_texts.over_by_then(ctx.locale)}
    standing = [part for part in parts if not part.cancelled]
    if any(later.starts_at < earlier.ends_at for earlier, later in pairwise(standing)):
        return {LENGTH.name: rule_texts.parts_overlap(ctx.locale)}
    if any(not part.door_rule.late_entry and not part.door_rule.opens_before for part in changed):
        return {OPENS.name: rule_texts.never_open(ctx.locale)}
    return {}


def _places(typed: str) -> int:
    places = int(typed) if re.fullmatch(r"[0-9]{1,4}", typed) else 0
    if not 1 <= places <= PLACES_LIMIT:
        raise ValueError(typed)
    return places


def _length_of_a_gathering(typed: str) -> timedelta:
    return _up_to_a_day(typed, SHORTEST)


def _up_to_a_day(typed: str, shortest: timedelta = timedelta(0)) -> timedelta:
    duration = length(typed)
    if not shortest <= duration <= LONGEST:
        raise ValueError(typed)
    return duration
