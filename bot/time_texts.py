"""Times and lengths of time as a person says them, for the places where a platform cannot do it natively."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot import times, typed_dates
from bot.i18n import N_, Locale
from bot.views import Choice
from bot.zones import Doubt

SHOWN = 40
"""Characters that are repeated of what somebody typed."""
HALF_A_YEAR = timedelta(days=183)
_CITIES = (
    N_("Asuncion"), N_("Athens"), N_("Belgrade"), N_("Berlin"), N_("Bogota"), N_("Brussels"), N_("Bucharest"),
    N_("Cairo"), N_("Copenhagen"), N_("Havana"), N_("Jerusalem"), N_("Johannesburg"), N_("Lisbon"), N_("London"),
    N_("Los Angeles"), N_("Luxembourg"), N_("Merida"), N_("Mexico City"), N_("Moscow"), N_("New York"), N_("Panama"),
    N_("Paris"), N_("Prague"), N_("Rome"), N_("Sao Paulo"), N_("Singapore"), N_("Stockholm"), N_("Tokyo"),
    N_("Warsaw"), N_("Zurich"),
)  # fmt: skip
"""Zones whose city has another name, or other accents, in some language; every other city keeps its own."""
_WEEKDAYS = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
)  # fmt: skip
_MONTHS = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"), N_("August"),
    N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip


_FIXED = re.compile(r"Etc/GMT(?:(\+)|-)(\d+)")


def place(zone: str) -> str:
    """A zone's name as people read it: `Europe/Madrid` is Madrid, UTC is UTC. One that names its offset does so the
    other way round: `Etc/GMT+5` is UTC-5."""
    if fixed := _FIXED.fullmatch(zone):
        return f"UTC{'-' if fixed[1] else '+'}{fixed[2]}"
    return zone.rpartition("/")[2].replace("_", " ")


def city(locale: Locale, zone: str) -> str:
    """The place as its reader calls it: America/New_York is Nueva York in Spanish."""
    return locale.t(place(zone))


def renamed_cities(locale: Locale) -> dict[str, str]:
    """Of the places that are called otherwise in this language: what they are called there."""
    return {place: locale.t(place) for place in _CITIES if locale.t(place) != place}


def which_zone(locale: Locale, problem: times.UnreadableTime) -> str:
    """The question that a zone leaves open, with what to write; empty where nothing is near to what was typed."""
    asked = {"typed": problem.typed.strip()[:SHOWN], "choices": _either(locale, problem.choices)}
    if problem.doubt is Doubt.SEVERAL:
        return locale.t("“{typed}” can mean several times. Which is it: {choices}?").format(**asked)
    if problem.doubt is Doubt.NO_SUMMER and problem.choices:
        return locale.t("“{typed}” does not say whether clocks change in summer. Is it {choices}?").format(**asked)
    if problem.doubt is Doubt.NO_SUMMER:
        return locale.t("“{typed}” does not say whether clocks change in summer. Name a city, please.").format(**asked)
    if problem.choices:
        return locale.t("I do not know the time zone “{typed}”. Is it {choices}?").format(**asked)
    return ""


def _either(locale: Locale, choices: Sequence[str]) -> str:
    """`America/Chicago, Asia/Shanghai or America/Havana`."""
    if len(choices) < 2:
        return "".join(choices)
    return locale.t("{several} or {last}").format(several=", ".join(choices[:-1]), last=choices[-1])


def readings(locale: Locale, problem: times.UnreadableTime) -> str:
    """All that a time can mean, each in full and so that it reads back as itself."""
    return _either(locale, [in_full(locale, at, problem.zone) for at in problem.readings])


def completed(problem: times.UnreadableTime, example: str) -> str:
    """An example that keeps the day, where the hour alone is missing: `tomorrow 18:00`."""
    day = problem.typed.strip(" ,.;")
    return f"{day} {example.split()[1]}" if problem.why == "clock" and len(day) <= SHOWN else example


def reading_choices(locale: Locale, problem: times.UnreadableTime) -> tuple[Choice, ...]:
    """The same to choose from."""
    return tuple(Choice(typed_dates.written(at), in_full(locale, at, problem.zone)) for at in problem.readings)


def day(locale: Locale, at: datetime, zone: str | None = None) -> str:
    """`Thursday 3 December`, with its year where that is another one, or is half a year away."""
    local = at.astimezone(ZoneInfo(zone or locale.zone))
    today = locale.today
    if today and (local.year != today.year or abs(local.date() - today) > HALF_A_YEAR):
        return full_day(locale, at, zone)
    return _day(locale, local)


def short_day(locale: Locale, at: datetime) -> str:
    """`Thu 3 Dec`, for a button's label: our languages shorten both names to their first three letters."""
    return _day(locale, at.astimezone(ZoneInfo(locale.zone)), letters=3)


def _day(locale: Locale, local: datetime, letters: int | None = None) -> str:
    weekday, month = locale.t(_WEEKDAYS[local.weekday()]), locale.t(_MONTHS[local.month - 1])
    return locale.t("{weekday} {day} {month}").format(weekday=weekday[:letters], day=local.day, month=month[:letters])


def full_day(locale: Locale, at: datetime, zone: str | None) -> str:
    """The day with its year."""
    local = at.astimezone(ZoneInfo(zone or locale.zone))
    return locale.t("{day} {year}").format(day=_day(locale, local), year=local.year)


def month(locale: Locale, at: datetime) -> str:
    """`November 2026`."""
    local = at.astimezone(ZoneInfo(locale.zone))
    return locale.t("{month} {year}").format(month=locale.t(_MONTHS[local.month - 1]), year=local.year)


def is_today(locale: Locale, at: datetime, now: datetime, zone: str) -> bool:
    """On the reader's calendar; on that of `zone` where theirs is not known."""
    place = ZoneInfo(locale.zone or zone)
    return at.astimezone(place).date() == now.astimezone(place).date()


def time(locale: Locale, at: datetime, zone: str | None = None) -> str:
    """`18:00`; in the hour that comes twice with its offset, `02:20 (UTC+1)`."""
    local = at.astimezone(ZoneInfo(zone or locale.zone))
    clock = f"{local:%H:%M}"
    return f"{clock} ({offset(local)})" if comes_twice(local) else clock


def has_articles(locale: Locale) -> bool:
    """Whether what stands before a clock time depends on the time."""
    return locale.language == "es"


def before(locale: Locale, text: str, at: datetime) -> str:
    """What stands before a clock time: Spanish says `a las 18:00`, and `a la 1:00`."""
    one = has_articles(locale) and at.astimezone(ZoneInfo(locale.zone)).hour == 1
    return re.sub(r"\b(l)as $", r"\1a ", text, flags=re.IGNORECASE) if one else text


def stamp(at: datetime, zone: str) -> str:
    """`2027-03-04 18:00 Europe/Madrid`, in any language; in the hour that comes twice `02:20 (UTC+1)`."""
    local = at.astimezone(ZoneInfo(zone))
    told_apart = f" ({offset(local)})" if comes_twice(local) else ""
    return f"{local:%Y-%m-%d %H:%M}{told_apart} {zone}"


def comes_twice(local: datetime) -> bool:
    """Whether clocks there show this time once more, on the night they go back."""
    first, second = (local.replace(fold=fold).utcoffset() or timedelta(0) for fold in (0, 1))
    return first > second


def offset(local: datetime) -> str:
    """`UTC+1`, `UTC-3:30`, `UTC`."""
    minutes = (local.utcoffset() or timedelta(0)) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    size = f"{hours}:{rest:02}" if rest else str(hours)
    return f"UTC{'-' if minutes < 0 else '+'}{size}" if minutes else "UTC"


def zone(locale: Locale, zone: str | None = None) -> str:
    """`Madrid time`, or `UTC`: what a zone is called after a time, the reader's unless another is given."""
    where = city(locale, zone or locale.zone)
    return where if where == "UTC" else locale.t("{place} time").format(place=where)


def long(locale: Locale, at: datetime, zone: str | None = None) -> str:
    """`Thursday 3 December, 18:00 (Madrid time)`, in the reader's zone unless another is given."""
    return _long(locale, at, zone or locale.zone)


def in_full(locale: Locale, at: datetime, zone: str) -> str:
    """Like `long`, with the year whatever it is."""
    return _written_out(locale, full_day(locale, at, zone), at, zone)


@lru_cache(maxsize=4096)
def _long(locale: Locale, at: datetime, zone: str) -> str:
    return _written_out(locale, day(locale, at, zone), at, zone)


def _written_out(locale: Locale, day: str, at: datetime, zone: str) -> str:
    where = city(locale, zone)
    sentence = locale.t("{day}, {time} (UTC)") if where == "UTC" else locale.t("{day}, {time} ({place} time)")
    return sentence.format(day=day, time=time(locale, at, zone), place=where)


def length(locale: Locale, size: timedelta) -> str:
    """`1 hour`, `90 minutes`, `2 days`: the largest unit that says it exactly; under a minute, seconds."""
    return _length(locale, size)


@lru_cache(maxsize=1024)
def _length(locale: Locale, size: timedelta) -> str:
    seconds = max(0, round(size.total_seconds()))
    if 0 < seconds < 60:
        return locale.plural("{n} second", "{n} seconds", seconds)
    minutes = round(seconds / 60)
    if minutes and minutes % (24 * 60) == 0 and minutes > 24 * 60:
        return locale.plural("{n} day", "{n} days", minutes // (24 * 60))
    if minutes and minutes % 60 == 0:
        return locale.plural("{n} hour", "{n} hours", minutes // 60)
    return locale.plural("{n} minute", "{n} minutes", minutes)


def left(locale: Locale, until: timedelta) -> str:
    """The true time left, rounded as a person would: `in 1 hour`, `in 23 hours`, `now`."""
    seconds = until.total_seconds()
    if seconds <= 30:
        return locale.t("now")
    minutes = round(seconds / 60)
    if minutes >= 36 * 60:
        return locale.t("in {length}").format(length=locale.plural("{n} day", "{n} days", round(minutes / (24 * 60))))
    if minutes >= 90:
        return locale.t("in {length}").format(length=locale.plural("{n} hour", "{n} hours", round(minutes / 60)))
    return locale.t("in {length}").format(length=length(locale, timedelta(minutes=minutes)))
