"""Gatherings as iCalendar: one entry for each part, the same UID for good, SEQUENCE as the gathering's revision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Parameters, vDuration
from icalendar.enums import STATUS

from adapters.web import zones
from bot.gatherings import Gathering
from bot.house import House
from bot.secrets import JoinLink
from bot.words import pages as words
from bot.words.reader import Reader

MEDIA_TYPE = "text/calendar"
LOOK_BACK = timedelta(days=30)
"""What is past stays in the feed for a while, so that a calendar learns what was cancelled or moved."""
LONGEST = 500
"""Entries of the public feed."""
REFRESH = timedelta(hours=1)
_NOBODY_SAID = datetime(2026, 1, 1, tzinfo=UTC)
"""When a gathering was changed of which that is not known."""


def public_feed(to: Reader, house: House, found: Sequence[Gathering]) -> bytes:
    """Without a link to any room or door: each entry points to its public page, where the web half has one."""
    base, host = (house.public_url or "").rstrip("/"), _name(house)
    first = _first_year(found)
    entries = [_public_entry(to, host, each, f"{base}/gatherings/{each.id}" if base else "", first) for each in found]
    return _written(to, house, found, entries, first, personal=False)


def personal_feed(to: Reader, house: House, found: Sequence[tuple[Gathering, datetime, JoinLink]]) -> bytes:
    """With the member's own way to each door, and when they registered."""
    mine = [gathering for gathering, _, _ in found]
    first = _first_year(mine)
    entries = [
        _entry(to, _name(house), gathering, max(at, changed_at(gathering)), link.reveal(), first, personal=True)
        for gathering, at, link in found
    ]
    return _written(to, house, mine, entries, first, personal=True)


def changed_at(gathering: Gathering) -> datetime:
    return gathering.changed_at or _NOBODY_SAID


@lru_cache(maxsize=4 * LONGEST)
def _public_entry(to: Reader, host: str, gathering: Gathering, url: str, first_year: int) -> bytes:
    """Where one gathering is changed, the others are written already."""
    return _entry(to, host, gathering, changed_at(gathering), url, first_year, personal=False)


def _entry(
    to: Reader, host: str, gathering: Gathering, stamp: datetime, url: str, first_year: int, *, personal: bool
) -> bytes:
    start, end = gathering.starts_at, gathering.ends_at
    zone = ZoneInfo(gathering.zone)
    if zones.rules(gathering.zone, first_year) is not None and zones.is_plain(zone, start, end):
        start, end = start.astimezone(zone), end.astimezone(zone)
    entry = Event.new(
        uid=f"gathering-{gathering.id}@{host}",
        sequence=gathering.revision,
        stamp=stamp,
        start=start,
        end=end,
        summary=words.calendar_summary(to, gathering),
        description=words.calendar_text(to, gathering, personal=personal and not gathering.cancelled),
        location=gathering.place or to.say("Online"),
        status=STATUS.CANCELLED if gathering.cancelled else STATUS.CONFIRMED,
        last_modified=stamp,
    )
    if url and not (personal and gathering.cancelled):
        entry.add("URL", url)
    return bytes(entry.to_ical())


def _first_year(found: Sequence[Gathering]) -> int:
    """From which the rules of zones are written: they have begun before any gathering does."""
    return min((each.starts_at.year for each in found), default=_NOBODY_SAID.year) - 1


def _written(
    to: Reader, house: House, found: Sequence[Gathering], entries: list[bytes], first_year: int, *, personal: bool
) -> bytes:
    calendar = Calendar.new(
        prodid=f"-//{_name(house)}//Healing Together Gatherings//{to.language.upper()}",
        name=words.calendar_name(house),
        method="PUBLISH",
        uid=f"{'mine' if personal else 'gatherings'}@{_name(house)}",
    )
    # RFC 7986 says when to look again; older calendars read the second.
    calendar.add("REFRESH-INTERVAL", vDuration(REFRESH, params=Parameters({"VALUE": "DURATION"})))
    calendar.add("X-PUBLISHED-TTL", vDuration(REFRESH))
    for name in sorted({each.zone for each in found}):
        rules = zones.rules(name, first_year)
        if rules is not None and any(f";TZID={name}:".encode() in each for each in entries):
            calendar.add_component(rules)
    begins, ends, _ = bytes(calendar.to_ical()).rpartition(b"END:VCALENDAR")
    return b"".join((begins, *entries, ends, b"\r\n"))


def _name(house: House) -> str:
    """Where the numbers of gatherings are unique: the deployment's own host, if it has one."""
    without_scheme = (house.public_url or "").partition("://")[2]
    return without_scheme.partition("/")[0].partition(":")[0] or "gatherings.invalid"
