"""Parses calendars as calendar programs export them: iCalendar, RFC 5545."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from adapters.files import door_rules, ics_parser, ics_timezones, invitation_text, meeting_links, rows
from adapters.files.ics_parser import Component, Property
from adapters.files.rows import ENTRY_LIMIT, CalendarEntry, Diagnostic, ImportRejected, ParsedRows, Row
from bot import times, zones
from bot.config import Config
from bot.gatherings.imports import source_of
from bot.gatherings.model import TITLE_LIMIT, Plan
from bot.redaction.detect import gives_away, holds_room
from bot.secrets import ZOOM, ZoomLink
from bot.text import prose, tidy

RECURRENCE_PROPERTIES = ("RRULE", "RDATE", "EXRULE", "EXDATE", "RECURRENCE-ID")
SINGLE_PROPERTIES = ("SUMMARY", "DESCRIPTION", "DTSTART", "DTEND", "DURATION", "UID", "SEQUENCE", "STATUS")
"""An entry has at most one of each; two that differ are ambiguous."""
LINK_PROPERTIES = (
    *("X-ZOOM-LINK", "X-GOOGLE-CONFERENCE", "CONFERENCE", "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK"),
    *("X-MICROSOFT-SKYPETEAMSMEETINGURL", "LOCATION", "URL"),
)
TEXT_LIMIT = 20_000
"""Characters of a description that are searched; a longer one is refused for its length."""
_DATE_TIME = re.compile(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})?(Z)?", re.IGNORECASE)
_CANCELLED = re.compile(r"(?:cancell?ed|cancelad[oa]|annul[eé]e?|abgesagt|annullat[oa])\s?:", re.IGNORECASE)
"""How Outlook begins the title of what is cancelled, in the file that it saves of it."""
_CAPITALS = re.compile(r"[A-Z0-9-]+")


def read(content: bytes, config: Config, floating: str | None) -> ParsedRows:
    """Each VEVENT as a Row, and its problems as one Diagnostic."""
    if (many := len(re.findall(rb"(?im)^begin:vevent", content))) > ENTRY_LIMIT:
        raise ImportRejected([Diagnostic(0, f"it has {many} entries, and {ENTRY_LIMIT} fit (split it)")])
    parsed = ParsedRows()
    entries = [
        _Entry(entry, _Calendar(calendar, config, floating))
        for calendar in ics_parser.read(content)
        for entry in calendar.walk("VEVENT")
    ]
    if not entries:
        raise ics_parser.not_whole("it has no entry")
    for entry in _newest(entries, parsed):
        entry.add_to(parsed)
    return parsed


def _newest(entries: Sequence[_Entry], parsed: ParsedRows) -> list[_Entry]:
    """The latest version of entries with the same UID. Entries that repeat share one too, and are all refused."""
    by_uid: dict[str, _Entry] = {}
    newest: list[_Entry] = []
    for entry in entries:
        other = by_uid.get(entry.uid) if entry.uid and not entry.repeats else None
        if other is None:
            newest.append(entry)
        elif entry.version > other.version:
            newest[newest.index(other)] = entry
        elif entry.version == other.version and entry.shown() != other.shown():
            why = f"it has the same UID and SEQUENCE as line {other.line}, and differs (give each its own)"
            parsed.problems.append(Diagnostic(entry.line, why))
            continue
        else:
            continue
        if entry.uid and not entry.repeats:
            by_uid[entry.uid] = entry
    return newest


class _Calendar:
    """What applies to all entries of a VCALENDAR."""

    def __init__(self, component: Component, config: Config, floating: str | None) -> None:
        self.config, self.floating = config, floating
        self.cancels = component.text("METHOD").strip().upper() == "CANCEL"
        self.zone = _iana(component.text("X-WR-TIMEZONE"))
        self._brought = {timezone.text("TZID").strip(): timezone for timezone in component.walk("VTIMEZONE")}

    def named(self, name: str, year: int) -> str:
        """The IANA name of a TZID; raises ValueError with the problem.

        Itself, Windows' own (Outlook), the end of /vendor/Europe/Madrid (Thunderbird); else what people call a
        zone, where the rules that the file brings are those of that place; else a place with these rules.
        """
        parts = name.strip("/ ").split("/")
        for candidate in (name, *("/".join(parts[at:]) for at in range(min(len(parts), 8)))):
            if (zone := _iana(candidate)) is not None:
                return zone
        if (windows := zones.of_windows(name)) is not None:
            return windows
        try:
            spoken, doubt = zones.resolve(name), None
        except zones.UnknownZone as problem:
            spoken, doubt = "", problem
        brought = self._brought.get(name.strip())
        if brought is None:
            if doubt is None:
                return spoken
            unknown = times.UnreadableTime("zone", name, choices=doubt.choices, doubt=doubt.doubt)
            raise ValueError(rows.unreadable(unknown, zone="its time zone"))
        guesses = (spoken, *(doubt.choices if doubt else ()), self.zone, self.config.zone)
        likely = [zone for zone in guesses if zone]
        try:
            place = ics_timezones.find_zone(ics_timezones.rules_of(brought), year, likely)
        except ics_timezones.UnsupportedRules:
            why = (
                f"its time zone '{rows.short(name)}' is not known, and its rules on line {brought.line} cannot be read"
            )
            raise ValueError(f"{why} (name a zone like Europe/Madrid)") from None
        if place is None:
            why = f"is not known, and no place has the rules of line {brought.line} (name a zone like Europe/Madrid)"
            raise ValueError(f"its time zone '{rows.short(name)}' {why}")
        return place


def _iana(name: str) -> str | None:
    """The zone that a name is in full, if it is one that stands for a place."""
    return zones.iana(name.strip().replace(" ", "_"))


class _Entry:
    """One VEVENT while it is parsed; problems and remarks are collected."""

    def __init__(self, entry: Component, calendar: _Calendar) -> None:
        self._entry, self._calendar, self._config = entry, calendar, calendar.config
        self.line = entry.line
        self.uid = entry.text("UID").strip()
        self.repeats = any(entry.get(name) for name in RECURRENCE_PROPERTIES)
        self.version = (_number(entry.text("SEQUENCE")), entry.text("LAST-MODIFIED") or entry.text("DTSTAMP"))
        self._ours = entry.get("X-HTG-TIMEZONE") is not None
        """Our own export: what looks like HTML in it is literal text."""
        self._title = tidy(self._readable_text("SUMMARY"))
        self._problems: list[str] = []
        self._remarks: list[str] = []
        self._seen_link: ZoomLink | None = None
        self._link_unreadable = False
        self._unnumbered = False

    def shown(self) -> list[tuple[str, str]]:
        """All that two versions of an entry may differ in."""
        ignored = {"DTSTAMP", "LAST-MODIFIED", "CREATED"}
        return sorted((prop.name, prop.value) for prop in self._entry.properties if prop.name not in ignored)

    def add_to(self, parsed: ParsedRows) -> None:
        series = tidy(self._entry.text("X-HTG-SERIES"))
        if self._is_cancelled():
            self._remarks.append("it is cancelled, and left out")
            if self.uid:
                parsed.cancelled.append(CalendarEntry(self.line, source_of(self.uid), self.version[0]))
        else:
            row = self._row(series)
            parsed.rows.append(row)
            if self._unnumbered:
                parsed.unnumbered.add(series)
            if self._problems:
                parsed.invalid_lines.add(row.line)
                parsed.incomplete.add(series)
        if self._problems:
            problems = "; ".join(dict.fromkeys(self._problems))
            parsed.problems.append(Diagnostic(self.line, self._with_title(problems)))
        parsed.remarks += [Diagnostic(self.line, self._with_title(remark)) for remark in self._remarks]

    def _is_cancelled(self) -> bool:
        status = self._entry.text("STATUS").strip().upper()
        return self._calendar.cancels or status in {"CANCELLED", "CANCELED"} or bool(_CANCELLED.match(self._title))

    def _with_title(self, why: str) -> str:
        shown = 0 < len(self._title) <= TITLE_LIMIT and not gives_away(self._title, self._seen_link)
        return f"'{self._title[:40]}': {why}" if shown else why

    def _row(self, series: str) -> Row:
        self._check_properties()
        part = 1
        try:
            part = rows.part(series, self._entry.text("X-HTG-PART"))
        except ValueError as problem:
            self._problems.append(str(problem))
            self._unnumbered = True
        plan = self._plan(series)
        self._seen_link = plan.link
        self._problems += rows.plan_problems(plan)
        entry = CalendarEntry(self.line, source_of(self.uid), self.version[0]) if self.uid else None
        ruled = door_rules.given(self._rule)
        tentative = self._entry.text("STATUS").strip().upper() == "TENTATIVE"
        unread = self._link_unreadable
        return Row(self.line, plan, series, part, entry, unread_link=unread, ruled=ruled, tentative=tentative)

    @property
    def _rule(self) -> list[str]:
        return [self._entry.text(name) for name in door_rules.PROPERTIES]

    def _check_properties(self) -> None:
        if self.repeats:
            self._problems.append("it repeats (write each gathering as an entry of its own)")
        broken = [*self._entry.broken, *(prop.line for prop in self._entry.properties if self._is_folding_error(prop))]
        for line in sorted(broken)[:3]:
            self._problems.append(f"line {line} cannot be read (a line that goes on begins with a blank)")
        for name in SINGLE_PROPERTIES:
            values = {prop.value for prop in self._entry.all(name)}
            if len(values) > 1:
                self._problems.append(f"{name} is there twice")

    def _is_folding_error(self, prop: Property) -> bool:
        """Whether it is not a property, but the rest of a text that was folded wrongly: `Passcode: 123`."""
        return not _CAPITALS.fullmatch(prop.spelt) and prop.name not in (
            *SINGLE_PROPERTIES,
            *LINK_PROPERTIES,
            *RECURRENCE_PROPERTIES,
        )

    def _readable_text(self, name: str) -> str:
        """A text without HTML; our own exports are taken literally."""
        text = self._entry.text(name)
        return text if self._ours or len(text) > TEXT_LIMIT else invitation_text.plain(text)

    def _described(self) -> str:
        described = self._readable_text("DESCRIPTION")
        if described.strip() or self._ours:
            return rows.description(described)
        return prose(self._readable_text("X-ALT-DESC"))

    def _plan(self, series: str) -> Plan:
        starts_at, zone = self._starts()
        described = self._described()
        link = self._link(described)
        duration = self._config.duration if starts_at is None else self._duration(starts_at)
        door_rule, wrong = door_rules.read(self._rule, door_rules.PROPERTIES, self._config.door_rule, duration)
        self._problems += wrong
        return Plan(
            title=self._title,
            starts_at=starts_at or rows.UNREADABLE_START,
            zone=zone,
            description=self._description(described, link),
            facilitators=tidy(self._entry.text("X-HTG-FACILITATORS")),
            duration=duration,
            door_rule=door_rule,
            link=link,
            series_name=series,
        )

    def _starts(self) -> tuple[datetime | None, str]:
        zone = self._calendar.zone or self._config.zone
        try:
            at, zone = self._instant("DTSTART")
        except ValueError as problem:
            self._problems.append(str(problem))
            return None, zone
        return at, _iana(self._entry.text("X-HTG-TIMEZONE")) or zone

    def _instant(self, name: str) -> tuple[datetime, str]:
        """A property as an instant, and its zone; raises ValueError with the problem."""
        prop = self._entry.get(name)
        if prop is None:
            raise ValueError(f"{name} is missing (write it like 20270304T180000Z)")
        value = prop.value.strip()
        if re.fullmatch(r"\d{8}", value):
            raise ValueError(f"{name} is a whole day (give it a time)")
        matched = _DATE_TIME.fullmatch(value)
        try:
            local = datetime(*(int(number or 0) for number in matched.groups()[:6])) if matched else None  # type: ignore[arg-type]  # noqa: DTZ001
        except ValueError:
            local = None
        if matched is None or local is None or not times.FIRST_YEAR <= local.year <= times.LAST_YEAR + 1:
            raise ValueError(f"{name} cannot be read (write it like 20270304T180000Z)")
        tzid = prop.params.get("TZID", "").strip()
        if matched[7]:
            return local.replace(tzinfo=UTC), self._calendar.zone or self._config.zone
        zone = self._calendar.named(tzid, local.year) if tzid else self._default_zone(name)
        try:
            return times.in_zone(local, zone), zone
        except times.UnreadableTime as problem:
            both = (datetime.fromisoformat(choice).astimezone(UTC) for choice in problem.choices)
            problem.choices = tuple(f"{name}:{at:%Y%m%dT%H%M%SZ}" for at in both)  # a calendar takes no offset
            raise ValueError(rows.unreadable(problem, name)) from None

    def _default_zone(self, name: str) -> str:
        """The zone of a time without one; raises ValueError where none is configured."""
        zone = self._calendar.zone or self._calendar.floating
        if zone is None:
            raise ValueError(f"{name} names no time zone (set HTG_TIMEZONE to the one that is meant)")
        if name == "DTSTART":
            said_by = "the calendar's own" if self._calendar.zone else "HTG_TIMEZONE"
            self._remarks.append(f"its time names no zone; it was read in {zone}, {said_by}")
        return zone

    def _duration(self, starts_at: datetime) -> timedelta:
        if (duration := self._entry.get("DURATION")) is not None:
            if (length := ics_parser.iso_duration(duration.value)) is not None:
                return length
            self._problems.append("DURATION cannot be read (write it like PT90M)")
            return self._config.duration
        if self._entry.get("DTEND") is None:
            return self._config.duration
        try:
            lasts = self._instant("DTEND")[0] - starts_at
        except ValueError as problem:
            self._problems.append(str(problem))
            return self._config.duration
        if lasts <= timedelta(0):
            self._problems.append("DTEND is not after DTSTART")
            return self._config.duration
        return lasts

    # ---- the link

    def _link(self, described: str) -> ZoomLink | None:
        """Prefers a Zoom link to another meeting service, and that to any other URL, such as the event's own page."""
        links = [*self._addresses()]
        if len(described) <= TEXT_LIMIT:
            formatted = invitation_text.plain(self._entry.text("X-ALT-DESC")[:TEXT_LIMIT])
            for where, text in (("DESCRIPTION", described), ("X-ALT-DESC", formatted)):
                links += [(url, where, text) for url in meeting_links.urls_in(text) if holds_room(url)]
        if not links:
            return None
        address, where, beside = min(links, key=lambda link: meeting_links.rank(link[0]))
        if meeting_links.rank(address) == meeting_links.OTHER:
            self._remarks.append(f"its link, from {where}, is of no service that is known; taken all the same")
        if meeting_links.lead_to_several_rooms(url for url, _, _ in links):
            self._remarks.append(f"it names more than one room; the link from {where} was taken (see that it is right)")
        passcodes = (invitation_text.passcode(text, address) for text in (beside, described[:TEXT_LIMIT]))
        try:
            return rows.link(address, next(filter(None, passcodes), ""))
        except ValueError as problem:
            self._problems.append(f"{where}: {problem}")
            self._link_unreadable = True
            return None

    def _addresses(self) -> Iterator[tuple[str, str, str]]:
        """Each with the property that it stands in, and the text of that."""
        for name in LINK_PROPERTIES:
            for prop in self._entry.all(name):
                text = invitation_text.plain(prop.text[:TEXT_LIMIT])
                yield from ((address, name, text) for address in meeting_links.urls_in(text))

    def _description(self, text: str, link: ZoomLink | None) -> str:
        if len(text) > TEXT_LIMIT:
            return text
        cleaned, removed = invitation_text.without(text, link)
        if removed:
            place = link.place if link else ZOOM
            self._remarks.append(f"what its description says about {place} was left out, since everyone would see it")
        return cleaned


def _number(value: str) -> int:
    return int(value) if re.fullmatch(r"[0-9]{1,9}", value.strip()) else 0
