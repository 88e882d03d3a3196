"""Times and lengths of time as a person says them, for the places where a platform cannot do it natively."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot import times
from bot.i18n import N_, Locale
from bot.zones import Doubt

SHOWN = 40
"""Characters that are repeated of what somebody typed."""
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


def place(zone: str) -> str:
    """A zone's name as people read it: `Europe/Madrid` is Madrid, UTC is UTC."""
    return zone.rpartition("/")[2].replace("_", " ")


def city(to: Locale, zone: str) -> str:
    """The place as its reader calls it: America/New_York is Nueva York in Spanish."""
    return to.say(place(zone))


def which_zone(to: Locale, problem: times.UnreadableTime) -> str:
    """The question that a zone leaves open, with what to write; empty where nothing is near to what was typed."""
    asked = {"typed": problem.typed.strip()[:SHOWN], "choices": _either(to, problem.choices)}
    if problem.doubt is Doubt.SEVERAL:
        return to.say("“{typed}” can mean several times. Which is it: {choices}?").format(**asked)
    if problem.doubt is Doubt.NO_SUMMER and problem.choices:
        return to.say("“{typed}” does not say whether clocks change in summer. Is it {choices}?").format(**asked)
    if problem.doubt is Doubt.NO_SUMMER:
        return to.say("“{typed}” does not say whether clocks change in summer. Name a city, please.").format(**asked)
    if problem.choices:
        return to.say("I do not know the time zone “{typed}”. Is it {choices}?").format(**asked)
    return ""


def _either(to: Locale, choices: Sequence[str]) -> str:
    """`America/Chicago, Asia/Shanghai or America/Havana`."""
    if len(choices) < 2:
        return "".join(choices)
    return to.say("{several} or {last}").format(several=", ".join(choices[:-1]), last=choices[-1])


def day(to: Locale, at: datetime, zone: str | None = None) -> str:
    local = at.astimezone(ZoneInfo(zone or to.zone))
    return to.say("{weekday} {day} {month}").format(
        weekday=to.say(_WEEKDAYS[local.weekday()]), day=local.day, month=to.say(_MONTHS[local.month - 1])
    )


def time(to: Locale, at: datetime, zone: str | None = None) -> str:
    """`18:00`; in the hour that comes twice with its offset, `02:20 (UTC+1)`."""
    local = at.astimezone(ZoneInfo(zone or to.zone))
    written = f"{local:%H:%M}"
    return f"{written} ({offset(local)})" if comes_twice(local) else written


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


def zone(to: Locale) -> str:
    """`Madrid time`, or `UTC`: what the reader's zone is called after a time."""
    where = city(to, to.zone)
    return where if where == "UTC" else to.say("{place} time").format(place=where)


def long(to: Locale, at: datetime, zone: str | None = None) -> str:
    """`Thursday 3 December, 18:00 (Madrid time)`, in the reader's zone unless another is given."""
    return _long(to, at, zone or to.zone)


@lru_cache(maxsize=4096)
def _long(to: Locale, at: datetime, zone: str) -> str:
    where = city(to, zone)
    sentence = to.say("{day}, {time} (UTC)") if where == "UTC" else to.say("{day}, {time} ({place} time)")
    return sentence.format(day=day(to, at, zone), time=time(to, at, zone), place=where)


def length(to: Locale, size: timedelta) -> str:
    """`1 hour`, `90 minutes`, `2 days`: the largest unit that says it exactly, minutes at the least."""
    return _length(to, size)


@lru_cache(maxsize=1024)
def _length(to: Locale, size: timedelta) -> str:
    minutes = max(0, round(size.total_seconds() / 60))
    if minutes and minutes % (24 * 60) == 0 and minutes > 24 * 60:
        return to.count("{n} day", "{n} days", minutes // (24 * 60))
    if minutes and minutes % 60 == 0:
        return to.count("{n} hour", "{n} hours", minutes // 60)
    return to.count("{n} minute", "{n} minutes", minutes)


def left(to: Locale, until: timedelta) -> str:
    """The true time left, rounded as a person would: `in 1 hour`, `in 23 hours`, `now`."""
    seconds = until.total_seconds()
    if seconds < 30:
        return to.say("now")
    minutes = round(seconds / 60)
    if minutes >= 36 * 60:
        return to.say("in {length}").format(length=to.count("{n} day", "{n} days", round(minutes / (24 * 60))))
    if minutes >= 90:
        return to.say("in {length}").format(length=to.count("{n} hour", "{n} hours", round(minutes / 60)))
    return to.say("in {length}").format(length=length(to, timedelta(minutes=minutes)))
