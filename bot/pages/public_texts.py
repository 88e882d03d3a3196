"""Every sentence of the public pages: the events page and the page of each gathering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import time_texts
from bot.admission.model import Doors
from bot.config import Config
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line, strong
from bot.pages.texts import Line, plain_text

SUMMARY = 160
"""Characters of a page's summary: what search engines and chats show of it."""


@dataclass(frozen=True, slots=True)
class EventListing:
    """A one-time gathering or a series, as the events page shows it."""

    id: int
    title: str
    description: str
    series: str
    times: tuple[Line, ...]
    facilitators: Line
    terms: Line
    details: str


@dataclass(frozen=True, slots=True)
class Events:
    title: str
    summary: str
    heading: str
    welcome: str
    topics: tuple[EventListing, ...]
    empty: str
    more: str
    """Where not all of them are shown: how to reach the others."""
    feed: str


@dataclass(frozen=True, slots=True)
class GatheringPage:
    title: str
    summary: str
    topic: EventListing
    over: Line
    """That it is cancelled or past; empty while it can be registered for."""
    note: str
    door_rule: Line
    how: tuple[Line, ...]
    enter_label: str
    feed: str
    back: str


def events(
    locale: Locale, config: Config, groups: Sequence[Sequence[Gathering]], *, shown: int = 0, more: bool = False
) -> Events:
    """`groups`: each gathering alone, each series together. `more`: others follow after the `shown` ones."""
    later = locale.t("These are the next {n} gatherings. Later ones are in the calendar.").format(n=shown)
    heading = locale.t("Upcoming gatherings")
    welcome = locale.t("A place to be listened to. Come as you are; say as much or as little as you like.")
    return Events(
        title=f"{heading} · {config.organisation}",
        summary=_cut(f"{welcome} {plain_text(gathering_texts.terms(locale).spans)}"),
        heading=heading,
        welcome=welcome,
        topics=tuple(topic(locale, parts) for parts in groups),
        empty=locale.t("No gatherings are planned just now. New ones appear here as they come."),
        more=later if more else "",
        feed=locale.t("Follow in your calendar"),
    )


def topic(locale: Locale, parts: Sequence[Gathering]) -> EventListing:
    first = parts[0]
    several = len(parts) > 1 or first.is_part
    return EventListing(
        id=first.id,
        title=first.title,
        description=first.description,
        series=locale.t("A series of {m} parts").format(m=first.parts) if several else "",
        times=tuple(_when(locale, part, several=several) for part in parts),
        facilitators=gathering_texts.with_facilitators(locale, first) if first.facilitators else (),
        terms=gathering_texts.terms(locale, first).spans,
        details=locale.t("Details and how to register"),
    )


def _when(locale: Locale, gathering: Gathering, *, several: bool) -> Line:
    if not several:
        return (gathering_texts.moment(gathering),)
    if gathering.cancelled:
        return line(locale.t("Part {n} of {m}: cancelled"), n=gathering.part, m=gathering.parts)
    sentence = locale.t("Part {n} of {m}: {when}")
    return line(sentence, n=gathering.part, m=gathering.parts, when=gathering_texts.moment(gathering))


def gathering_page(
    locale: Locale,
    config: Config,
    parts: Sequence[Gathering],
    platforms: Sequence[str],
    now: datetime,
    *,
    by_mail: bool = False,
) -> GatheringPage:
    """One gathering, or the series it is a part of. `platforms`: where registering is possible, by name.

    `by_mail`: also on the page itself.
    """
    first = parts[0]
    coming = [part for part in parts if part.open_to_registration(now)]
    shown = topic(locale, parts)
    when = time_texts.long(locale, (coming or list(parts))[0].starts_at, first.zone)
    return GatheringPage(
        title=f"{first.title} · {config.organisation}",
        summary=_cut(f"{when} · {plain_text(shown.terms)}"),
        topic=shown,
        over=() if coming else _over(locale, parts, now),
        note=first.note if not coming else "",
        door_rule=gathering_texts.door_rule(locale, coming[0]).spans if coming else (),
        how=tuple(how_to_register(locale, coming[0], platforms, by_mail=by_mail)) if coming else (),
        enter_label=locale.t("Register in {platform}"),
        feed=locale.t("Follow in your calendar"),
        back=locale.t("All upcoming gatherings"),
    )


def _over(locale: Locale, parts: Sequence[Gathering], now: datetime) -> Line:
    if all(part.cancelled for part in parts):
        return line(locale.t("This gathering is cancelled. We are sorry; whoever was registered has been told."))
    if any(part.doors(now) in {Doors.FULL, Doors.CLOSED} for part in parts):
        return line(locale.t("It has begun, and the doors are closed. We keep the circle undisturbed."))
    return line(locale.t("This gathering is over. New ones are announced as they come."))


def how_to_register(
    locale: Locale, gathering: Gathering, platforms: Sequence[str], *, by_mail: bool = False
) -> list[Line]:
    command = f"/htg register {gathering.id}"
    if not platforms and by_mail:
        return []
    if not platforms:
        return [line(locale.t("Registering opens soon."))]
    sentence = locale.t("To register, type {command} in {platforms}. Only you see the answer.")
    return [line(sentence, command=strong(command)[0], platforms=locale.t(" or ").join(platforms))]


def _cut(text: str) -> str:
    return text if len(text) <= SUMMARY else text[: SUMMARY - 1].rstrip() + "…"
