"""Gatherings as iCalendar (RFC 5545): one event for each part, with a permanent UID; SEQUENCE is its revision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from icalendar import Calendar, Event, Parameters, vDuration
from icalendar.enums import STATUS

from adapters.calendars import vtimezone
from bot.config import Config
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.pages import calendar_texts
from bot.secrets import JoinLink
from bot.views import Attachment

MEDIA_TYPE = "text/calendar"
LOOK_BACK = timedelta(days=30)
"""Past gatherings stay in the feed this long, so that calendars learn what was cancelled or moved."""
FEED_LIMIT = 500
"""Events of the public feed."""
REFRESH_INTERVAL = timedelta(hours=1)
Registered = tuple[Gathering, datetime, JoinLink | None]
"""What a member registered for, when, and their personal link to its door, if there is one."""
_UNKNOWN_CHANGE = datetime(2026, 1, 1, tzinfo=UTC)
"""Stands for the last change of a gathering whose last change was not recorded."""


def public_feed(locale: Locale, config: Config, gatherings: Sequence[Gathering]) -> bytes:
    """Holds no link to a room or a door: each event links to its public page, where there is one."""
    base, host = config.public_url, _host(config)
    first = _first_year(gatherings)
    entries = [
        _public_entry(locale, host, gathering, f"{base}/gatherings/{gathering.id}" if base else "", first)
        for gathering in gatherings
    ]
    return _calendar(locale, config, gatherings, entries, first, personal=False)


def personal_feed(locale: Locale, config: Config, registered: Sequence[Registered], *, once: bool = False) -> bytes:
    """`once`: a file that is not loaded again, and whose events join the reader's own calendar."""
    gatherings = [gathering for gathering, _, _ in registered]
    first, host = _first_year(gatherings), _host(config)
    entries = []
    for gathering, at, link in registered:
        stamp, url = max(at, changed_at(gathering)), link.reveal() if link is not None else ""
        entries.append(_entry(locale, host, gathering, stamp, url, first, personal=True))
    return _calendar(locale, config, gatherings, entries, first, personal=True, once=once)


class CalendarFiles:
    """The `bot.config.CalendarWriter`: the same events as in the member's feed, by the same UIDs."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def file(self, language: str, registered: Sequence[Registered]) -> Attachment:
        content = personal_feed(Locale(language), self._config, registered, once=True)
        return Attachment("gathering.ics", MEDIA_TYPE, content)


def changed_at(gathering: Gathering) -> datetime:
    return gathering.changed_at or _UNKNOWN_CHANGE


@lru_cache(maxsize=4 * FEED_LIMIT)
def _public_entry(locale: Locale, host: str, gathering: Gathering, url: str, first_year: int) -> bytes:
    """Cached: a change of one gathering leaves the events of the others as they are."""
    return _entry(locale, host, gathering, changed_at(gathering), url, first_year, personal=False)


def _entry(
    locale: Locale, host: str, gathering: Gathering, stamp: datetime, url: str, first_year: int, *, personal: bool
) -> bytes:
    start, end = vtimezone.written_in(gathering.zone, gathering.starts_at, gathering.ends_at, first_year)
    event = Event.new(
        uid=f"gathering-{gathering.id}@{host}",
        sequence=gathering.revision,
        stamp=stamp,
        start=start,
        end=end,
        summary=gathering_texts.named(locale, gathering),
        description=calendar_texts.calendar_text(locale, gathering, personal=personal, has_link=bool(url)),
        location=gathering.place or locale.t("Online"),
        status=STATUS.CANCELLED if gathering.cancelled else STATUS.CONFIRMED,
        last_modified=stamp,
    )
    if url and not (personal and gathering.cancelled):
        event.add("URL", url)
    return bytes(event.to_ical())


def _first_year(gatherings: Sequence[Gathering]) -> int:
    """Where the rules of time zones start: before any gathering does."""
    return min((gathering.starts_at.year for gathering in gatherings), default=_UNKNOWN_CHANGE.year) - 1


def _calendar(
    locale: Locale,
    config: Config,
    gatherings: Sequence[Gathering],
    entries: list[bytes],
    first_year: int,
    *,
    personal: bool,
    once: bool = False,
) -> bytes:
    prodid = f"-//{_host(config)}//Healing Together Gatherings//{locale.language.upper()}"
    if once:
        calendar = Calendar.new(prodid=prodid, method="PUBLISH")
    else:
        calendar = Calendar.new(
            prodid=prodid,
            name=config.organisation,
            method="PUBLISH",
            uid=f"{'mine' if personal else 'gatherings'}@{_host(config)}",
        )
        # How often to reload: RFC 7986, and its predecessor for older calendars.
        calendar.add("REFRESH-INTERVAL", vDuration(REFRESH_INTERVAL, params=Parameters({"VALUE": "DURATION"})))
        calendar.add("X-PUBLISHED-TTL", vDuration(REFRESH_INTERVAL))
    for name in sorted({gathering.zone for gathering in gatherings}):
        rules = vtimezone.rules(name, first_year)
        if rules is not None and any(f";TZID={name}:".encode() in entry for entry in entries):
            calendar.add_component(rules)
    head, end, _ = bytes(calendar.to_ical()).rpartition(b"END:VCALENDAR")
    return b"".join((head, *entries, end, b"\r\n"))


def _host(config: Config) -> str:
    """What makes UIDs globally unique; a reserved name where there is no HTG_PUBLIC_URL."""
    return config.host or "gatherings.invalid"
