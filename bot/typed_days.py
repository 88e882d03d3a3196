"""The day in a date that people typed: every one that it can mean, seen from the day on which it is typed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from bot import date_words as words
from bot.times import FIRST_YEAR, LAST_YEAR, UnreadableTime

KINDS = ("numbers", "date", "month_first", "nth", "within", "today_in", "ahead", "weekday", "day")
_DATED = ("numbers", "date", "month_first", "nth", "year")
_NO_WEEKDAY = ("numbers", "date", "month_first", "nth", "within", "today_in", "ahead", "day")
_DAY = timedelta(days=1)
_MONDAY, _SUNDAY = 0, 6
_UNITS = {"day": 1, "dia": 1, "week": 7, "semana": 7, "fortnight": 14, "quincena": 15}
_CENTURY, _SOON = 2000, 2
_YEARS_AHEAD = 9
"""Until the next 29 February at the latest."""
Found = Mapping[str, Sequence[re.Match[str]]]


def count(text: str) -> int:
    return int(text) if text.isdigit() else words.COUNTS[text]


def days(found: Found, today: date, language: str, typed: str) -> set[date]:
    """Raises UnreadableTime where nothing says the day, there is none such, or two things do not agree in form."""
    given = [(kind, match) for kind in _NO_WEEKDAY for match in found[kind]]
    named = found["weekday"]
    weeks = [kind for kind in ("this_week", "next_week", "week_after_next") if found[kind]]
    years = [int(match["year"]) for match in found["year"]]
    if not given and not named:
        raise UnreadableTime("day", typed)
    if len(given) > 1 or len(named) > 1 or len(weeks) + len(years) > 1 or (weeks and (given or not named)):
        raise UnreadableTime("form", typed)
    weekday = named[0] if named else None
    numbered = weekday is not None and weekday["day"] is not None
    if (given or years) and numbered:
        raise UnreadableTime("form", typed)
    if weekday is not None and not given and not numbered:
        possible = {day + _DAY * _weeks_later(weekday) for day in _weekday(weekday, weeks, today, language)}
    else:
        kind, match = given[0] if given else ("day", weekday)
        assert match is not None  # noqa: S101 - one of the two was found
        possible = set(_dates(kind, match, years[0] if years else None, today, language))
        if weekday is not None:
            possible = _agreeing(possible, _number(weekday))
    if not possible:
        written = [int(match["year"]) for kind in _DATED for match in found[kind] if len(match["year"] or "") == 4]
        is_odd = any(not FIRST_YEAR <= year <= LAST_YEAR for year in written)
        raise UnreadableTime("form" if is_odd else "no-day", typed)
    return possible


def _number(weekday: re.Match[str]) -> int:
    return words.WEEKDAYS.get(weekday["weekday"], 1)  # what may be Tuesday or March stands for Tuesday here


def _agreeing(possible: set[date], weekday: int) -> set[date]:
    """The dates on that day of the week; where there is none, these dates, and those near them that are."""
    agreeing = {day for day in possible if day.weekday() == weekday}
    near = {day + _DAY * ((weekday - day.weekday() + 3) % 7 - 3) for day in possible}
    return agreeing or possible | near


def _dates(kind: str, match: re.Match[str], year: int | None, today: date, language: str) -> Iterator[date]:
    if kind == "numbers":
        yield from _numbers(match, year, today, language)
    elif kind in {"date", "month_first"}:
        day = _number_of(match["day"])
        month = _month(match)
        written = int(match["year"]) if match["year"] else year
        yield from _next(day, month, written if written is None or written > 99 else _CENTURY + written, today)
        if kind == "month_first" and match["month"] == words.TUESDAY_OR_MARCH and language == "es":
            yield from (each for each in _in_months(day, today) if each.weekday() == 1)
    elif kind == "nth":
        yield from _nth(match, int(match["year"]) if match["year"] else year, today)
    elif kind == "within":
        if match["unit"] in {"month", "mes"}:
            yield from _months_on(today, count(match["count"]))
            return
        ahead = _UNITS[match["unit"]] * count(match["count"])
        yield today + _DAY * ahead
        if match["unit"] in {"dia", "quincena"} and ahead in words.COLLOQUIAL:
            yield today + _DAY * words.COLLOQUIAL[ahead]
    elif kind == "today_in":
        yield today
    elif kind == "ahead":
        yield today + _DAY * (words.DAYS_AHEAD[match["words"]] + _weeks_later(match))
    else:
        yield from _numbered(match, today)


def _months_on(today: date, months: int) -> Iterator[date]:
    """That day some months later; where that month has none such, its last day, and the one after it."""
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    if year > LAST_YEAR:
        return
    last = date(year + month // 11, (month + 1) % 12 + 1, 1) - _DAY
    yield min(last, date(year, month + 1, 1) + _DAY * (today.day - 1))
    if today.day > last.day:
        yield last + _DAY


def _numbered(match: re.Match[str], today: date) -> Iterator[date]:
    """`the 3rd` is the next one, `the 3rd of this month` may be past."""
    day, of_month = _number_of(match["day"]), match.groupdict().get("of_month")
    if of_month is None:
        yield from [*_in_months(day, today)][:1]
        return
    months = today.year * 12 + today.month - 1 + (not of_month.startswith(("this", "este")))
    yield from _next(day, months % 12 + 1, months // 12, today)


def _number_of(day: str) -> int:
    return words.DAYS.get(day) or int(day)


def _weeks_later(match: re.Match[str]) -> int:
    """The days that `a week on`, `Thursday week` and `de hoy en ocho` add."""
    days = 0
    if match["ahead"]:
        days += _UNITS[match["ahead"]] * (count(match["count"]) if match["count"] else 1)
    if match["plus"]:
        days += 14 if re.search("fortnight|quince|15", match["plus"]) else 7
    return days


def _numbers(match: re.Match[str], year: int | None, today: date, language: str) -> Iterator[date]:
    """`3/12/2026` is 3 December here and 12 March there; `3.12.2026` and `2026/12/03` are written in one order."""
    first, second, written = int(match["first"]), int(match["second"]), match["year"] or ""
    if len(written) == 4 and match.start("year") == match.start():
        yield from _next(first, second, int(written), today)
        return
    if written:
        year = int(written) + (_CENTURY if len(written) == 2 else 0)
    usual = [*_next(first, second, year, today)]
    if match["mark"] in {"/", "-"} or second > 12:
        usual += _next(second, first, year, today)
    yield from usual
    is_ahead = any(day >= today for day in usual)
    if len(written) == 2 and 0 <= _CENTURY + first - today.year < _SOON and (language == "en" or not is_ahead):
        yield from _next(int(written), second, _CENTURY + first, today)


def _next(day: int, month: int, year: int | None, today: date) -> Iterator[date]:
    """That day of that year; without a year, the next such day."""
    years = range(today.year, today.year + _YEARS_AHEAD) if year is None else (year,)
    for each in years:
        if not FIRST_YEAR <= each <= LAST_YEAR:
            continue
        try:
            found = date(each, month, day)
        except ValueError:
            continue
        if year is not None or found >= today:
            yield found
            return


def _nth(match: re.Match[str], year: int | None, today: date) -> Iterator[date]:
    """`the first Thursday of December`: of that year, or the next such day; `the last Friday of the month`."""
    nth = words.NTH.get(match["nth"]) or int(match["nth"][0])
    of_month, this = match["of_month"], today.year * 12 + today.month - 1
    if of_month is None:
        years = (today.year, today.year + 1) if year is None else (year,)
        months = [each * 12 + _month(match) - 1 for each in years]
    elif of_month in {"the month", "month", "mes"}:
        months = [this, this + 1]
    else:
        months = [this + (not of_month.startswith(("this", "este")))]
    for each in months:
        dates = [day for number in range(1, 32) for day in _next(number, each % 12 + 1, each // 12, today)]
        named = [day for day in dates if day.weekday() == _number(match)]
        if nth <= len(named) and (len(months) == 1 or named[nth - (nth > 0)] >= today):
            yield named[nth - (nth > 0)]
            return


def _month(match: re.Match[str]) -> int:
    return words.MONTHS.get(match["month"], 3)  # what may be Tuesday or March stands for March here


def _in_months(day: int, today: date) -> Iterator[date]:
    """The coming days with that number, a month after the other."""
    for ahead in range(13):
        year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
        try:
            found = date(year, month + 1, day)
        except ValueError:
            continue
        if found >= today:
            yield found


def _weekday(match: re.Match[str], weeks: Sequence[str], today: date, language: str) -> set[date]:
    """`Thursday`, `this Thursday`, `next Thursday`, `Thursday next week`: where the week begins on Sundays for some,
    and where the coming one may be meant or the one after, all of them.
    """
    weekday = _number(match)
    ahead = (weekday - today.weekday()) % 7
    soon = today + _DAY * ahead
    first_days = (_MONDAY, _SUNDAY) if language == "en" else (_MONDAY,)
    begins = [today - _DAY * ((today.weekday() - first) % 7) for first in first_days]
    this_week = {begin + _DAY * ((weekday - begin.weekday()) % 7) for begin in begins}
    next_week = {day + 7 * _DAY for day in this_week}
    if "next_week" in weeks:
        return next_week
    if "week_after_next" in weeks:
        return {day + 7 * _DAY for day in next_week}
    if "this_week" in weeks:
        return {day for day in this_week if day >= today}
    if match["last"] or match["before"]:
        return {soon - 7 * _DAY}
    after_next = match["plus"] == "after next"  # it is a week after the next one, whichever that is
    if match["next"] or match["later"] or after_next:
        coming = soon if ahead else soon + 7 * _DAY
        is_doubtful = after_next or words.DOUBTFUL_NEXT in {match["next"], match["later"]}
        return next_week | {coming} if is_doubtful else {coming}
    if match["this"] or ahead:
        return {soon}
    return {soon, soon + 7 * _DAY}
