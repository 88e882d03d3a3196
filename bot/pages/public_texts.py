"""Every sentence of the public pages: the events page and the page of each gathering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from bot import time_texts
from bot.admission import texts as admission_texts
from bot.admission.model import Doors
from bot.config import Config
from bot.gatherings import door_texts
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.pages.texts import plain_text
from bot.registrations.model import Following
from bot.registrations.texts import next_one
from bot.text import clip
from bot.views import Line, Link, Strong

SUMMARY = 160
"""Characters of a page's summary: what search engines and chats show of it."""


@dataclass(frozen=True, slots=True)
class EventListing:
    """A one-time gathering or a series, as the events page shows it, in the words of one of its parts."""

    id: int
    title: str
    description: str
    series: str
    times: tuple[Line, ...]
    pages: tuple[int, ...]
    """Of each of the times: the gathering whose page has words of its own; 0 where these are said here."""
    facilitators: Line
    terms: Line
    details: str
    next_at: datetime
    """When the next part begins that is not over; `near` says how soon that is, where it is soon."""
    near: str
    state: str
    """What is true of its doors now, where somebody who reads it should know."""


@dataclass(frozen=True, slots=True)
class Events:
    title: str
    summary: str
    heading: str
    welcome: str
    what: str
    what_lines: tuple[Line, ...]
    new_here: str
    new_lines: tuple[Line, ...]
    """For whom it is easier to register by e-mail, where that can be done."""
    invite_label: str
    topics: tuple[EventListing, ...]
    empty: str
    more: str
    """Where not all of them are shown: how to reach the others."""
    feed: str
    feed_file: str


@dataclass(frozen=True, slots=True)
class PrivacyPage:
    title: str
    summary: str
    home: str


@dataclass(frozen=True, slots=True)
class GatheringPage:
    title: str
    summary: str
    topic: EventListing
    over: Line
    """That it is cancelled or past; empty while it can be registered for."""
    note: str
    door_rule: Line
    full: Sequence[Line]
    """That one registers in order to wait; none where there is room."""
    how: tuple[Line, ...]
    enter_label: str
    feed: str
    back: str
    share: str
    copied: str
    printed: str
    """Beside the address, on paper."""
    following: Gathering | None
    following_line: Line


def events(
    locale: Locale,
    config: Config,
    groups: Sequence[Sequence[Gathering]],
    now: datetime,
    *,
    shown: int = 0,
    more: bool = False,
    by_mail: bool = False,
) -> Events:
    """`groups`: each gathering alone, each series together. `more`: others follow after the `shown` ones.

    `by_mail`: a page of a gathering registers by e-mail.
    """
    later = locale.t("These are the next {n} gatherings. Later ones are in the calendar.").format(n=shown)
    welcome = locale.t("A place to be listened to. Come as you are; say as much or as little as you like.")
    mail = locale.t("You need no account. Open one of the gatherings: a first name and an e-mail address are enough.")
    return Events(
        title=f"{heading(locale)} · {config.organisation}",
        summary=clip(f"{welcome} {plain_text(gathering_texts.terms(locale).spans)}", SUMMARY),
        heading=heading(locale),
        welcome=welcome,
        what=locale.t("What is a gathering?"),
        what_lines=what_it_is(locale, config),
        new_here=locale.t("New here?"),
        new_lines=(line(mail),) if by_mail else (),
        invite_label=locale.t("Join us on {platform}"),
        topics=tuple(topic(locale, parts, now) for parts in groups),
        empty=locale.t("No gatherings are planned just now. New ones appear here as they come."),
        more=later if more else "",
        feed=locale.t("Follow in your calendar"),
        feed_file=locale.t("Calendar file"),
    )


def heading(locale: Locale) -> str:
    return locale.t("Upcoming gatherings")


def privacy_page(locale: Locale, config: Config) -> PrivacyPage:
    title = locale.t("What is kept about you")
    says = locale.t("Nothing of what is said in a gathering is kept, and nothing that you write to others.")
    return PrivacyPage(
        title=f"{title} · {config.organisation}",
        summary=clip(says, SUMMARY),
        home=locale.t("Upcoming gatherings"),
    )


def what_it_is(locale: Locale, config: Config) -> tuple[Line, ...]:
    limit = config.door_rule.limit
    meets = locale.plural(
        "For {length} we meet online, {limit} person at most. Somebody holds the space; whoever wants to speaks and is"
        " listened to, and nobody has to.",
        "For {length} we meet online, up to {limit} of us. Somebody holds the space; whoever wants to speaks and is"
        " listened to, and nobody has to.",
        limit,
    )
    length = time_texts.length(locale, config.duration)
    return (
        line(meets, length=length, limit=limit),
        line(locale.t("You may come grieving, tired, curious or new. A camera and a story are both up to you.")),
        *_house(locale, config),
    )


def _house(locale: Locale, config: Config) -> list[Line]:
    """Who it is. Whom to write to stands at the foot of every page."""
    house = Link(config.organisation, config.website) if config.website else config.organisation
    return [line(locale.t("It is held by {organisation}."), organisation=house)]


def topic(locale: Locale, parts: Sequence[Gathering], now: datetime, shown: Gathering | None = None) -> EventListing:
    """In the words of the `shown` part, or else of the next: parts may have words of their own."""
    several = len(parts) > 1 or parts[0].is_part
    upcoming = next((part for part in parts if part.is_still_on(now)), parts[0])
    shown = shown or upcoming
    return EventListing(
        id=shown.id,
        title=shown.title,
        description=shown.description,
        series=locale.t("A series of {m} parts").format(m=shown.parts) if several else "",
        times=gathering_texts.part_lines(locale, parts).lines if several else ((gathering_texts.moment(shown),),),
        pages=tuple(0 if part.cancelled or _words(part) == _words(shown) else part.id for part in parts),
        facilitators=gathering_texts.with_facilitators(locale, shown) if shown.facilitators else (),
        terms=gathering_texts.terms(locale, shown).spans,
        details=locale.t("Details and how to register"),
        next_at=upcoming.starts_at,
        near=near(locale, upcoming, now),
        state=state(locale, upcoming.doors(now)),
    )


def _words(gathering: Gathering) -> tuple[str, str, str]:
    return gathering.title, gathering.description, gathering.facilitators


SOON = 13
"""Days: what is further away is said by its date alone."""
EVENING = 17


def near(locale: Locale, gathering: Gathering, now: datetime) -> str:
    """`tonight`, `tomorrow`, `in 3 days`, by the calendar of the gathering's own zone; empty where it is not soon."""
    zone = ZoneInfo(gathering.zone)
    starts, today = gathering.starts_at.astimezone(zone), now.astimezone(zone).date()
    days = (starts.date() - today).days
    if days == 0:
        return locale.t("tonight") if starts.hour >= EVENING else locale.t("today")
    if days == 1:
        return locale.t("tomorrow")
    if 1 < days <= SOON:
        return locale.t("in {length}").format(length=locale.plural("{n} day", "{n} days", days))
    return ""


def state(locale: Locale, doors: Doors) -> str:
    match doors:
        case Doors.OPEN:
            return locale.t("The doors are open")
        case Doors.FULL:
            return locale.t("Full: all places are taken")
        case Doors.CLOSED:
            return locale.t("It has begun, and the doors are closed")
        case Doors.CANCELLED:
            return locale.t("Cancelled")
        case Doors.OVER:
            return locale.t("Over")
        case Doors.EARLY:
            return ""
        case _:
            assert_never(doors)


def gathering_page(
    locale: Locale,
    config: Config,
    parts: Sequence[Gathering],
    coming: Sequence[Gathering],
    gathering: Gathering,
    platforms: Sequence[str],
    now: datetime,
    *,
    by_mail: bool,
    following: Gathering | None,
) -> GatheringPage:
    """One gathering, and the series it is a part of. `coming`: of the parts, those that can be registered for.

    `platforms`: where registering is possible, by name.

    `by_mail`: also on the page itself. `following`: the next one, where this one can no longer be registered for.
    """
    shown = topic(locale, parts, now, gathering)
    meant = gathering if gathering in coming or not coming else coming[0]
    when = time_texts.long(locale, meant.starts_at, meant.zone)
    return GatheringPage(
        title=f"{gathering.title} · {config.organisation}",
        summary=clip(f"{when} · {plain_text(shown.terms)}", SUMMARY),
        topic=shown,
        over=() if coming else over(locale, parts, now),
        note=gathering.note if not coming else "",
        door_rule=door_texts.door_rule(locale, meant).spans if coming else (),
        full=admission_texts.full_among(locale, coming, now),
        how=tuple(how_to_register(locale, meant, platforms, by_mail=by_mail)) if coming else (),
        enter_label=locale.t("Register in {platform}"),
        feed=locale.t("Follow in your calendar"),
        back=locale.t("All upcoming gatherings"),
        share=locale.t("Share"),
        copied=locale.t("The address is copied."),
        printed=locale.t("Register at"),
        following=following,
        following_line=next_one(locale, Following(following)) if following is not None else (),
    )


def over(locale: Locale, parts: Sequence[Gathering], now: datetime) -> Line:
    """Why it can no longer be registered for."""
    if all(part.cancelled for part in parts):
        return line(locale.t("This gathering is cancelled. We are sorry; whoever was registered has been told."))
    if any(part.doors(now) is Doors.FULL for part in parts):
        return line(locale.t("All places are taken. We keep the circle small enough to listen."))
    if any(part.doors(now) is Doors.CLOSED for part in parts):
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
    sentence = (
        locale.t("Already in {platforms}? Type {command} there. Only you see the answer.")
        if by_mail
        else locale.t("To register, type {command} in {platforms}. Only you see the answer.")
    )
    return [line(sentence, command=Strong(command), platforms=locale.t(" or ").join(platforms))]
