"""Gatherings as iCalendar: one entry for each part, the same UID for good, SEQUENCE as the gathering's revision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Parameters, vDuration
from icalendar.enums import STATUS

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
ZONE_MARGIN = timedelta(days=400)


def public_feed(to: Reader, house: House, found: Sequence[Gathering], now: datetime) -> bytes:
    """Without a link to any room or door: each entry points to its public page, where the web half has one."""
    base = house.public_url
    entries = [
        _entry(to, house, each, now, personal=False, url=f"{base.rstrip('/')}/gatherings/{each.id}" if base else "")
        for each in found
    ]
    return _written(to, house, found, entries, personal=False)


def personal_feed(to: Reader, house: House, found: Sequence[tuple[Gathering, JoinLink]], now: datetime) -> bytes:
    """With the member's own way to each door."""
    entries = [_entry(to, house, each, now, personal=True, url=link.reveal()) for each, link in found]
    return _written(to, house, [each for each, _ in found], entries, personal=True)


def _entry(to: Reader, house: House, gathering: Gathering, now: datetime, *, personal: bool, url: str) -> Event:
    zone = ZoneInfo(gathering.zone)
    entry = Event.new(
        uid=f"gathering-{gathering.id}@{_name(house)}",
        sequence=gathering.revision,
        stamp=now,
        start=gathering.starts_at.astimezone(zone),
        end=gathering.ends_at.astimezone(zone),
        summary=words.calendar_summary(to, gathering),
        description=words.calendar_text(to, gathering, personal=personal and not gathering.cancelled),
        location=gathering.place or to.say("Online"),
        status=STATUS.CANCELLED if gathering.cancelled else STATUS.CONFIRMED,
    )
    if url and not (personal and gathering.cancelled):
        entry.add("URL", url)
    return entry


def _written(to: Reader, house: House, found: Sequence[Gathering], entries: list[Event], *, personal: bool) -> bytes:
    calendar = Calendar.new(
        prodid=f"-//{_name(house)}//Healing Together Gatherings//{to.language.upper()}",
        name=words.calendar_name(house),
        method="PUBLISH",
        uid=f"{'mine' if personal else 'gatherings'}@{_name(house)}",
        subcomponents=entries,
    )
    # RFC 7986 says when to look again; older calendars read the second.
    calendar.add("REFRESH-INTERVAL", vDuration(REFRESH, params=Parameters({"VALUE": "DURATION"})))
    calendar.add("X-PUBLISHED-TTL", vDuration(REFRESH))
    if found:
        # The rules of each zone for the years around, so that a calendar needs no table of its own.
        starts = [each.starts_at.date() for each in found]
        calendar.add_missing_timezones(min(starts) - ZONE_MARGIN, max(starts) + ZONE_MARGIN)
    return bytes(calendar.to_ical())


def _name(house: House) -> str:
    """Where the numbers of gatherings are unique: the deployment's own host, if it has one."""
    without_scheme = (house.public_url or "").partition("://")[2]
    return without_scheme.partition("/")[0].partition(":")[0] or "gatherings.invalid"
