"""Every sentence of the web pages: events, gatherings and the door. Templates place them and add none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import time_texts
from bot.admission import model as admission_model
from bot.admission import texts as admission_texts
from bot.admission.enter import Entry
from bot.admission.model import Doors, may_return
from bot.config import Config
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line, strong
from bot.registrations.model import DoorVisit
from bot.secrets import ZoomLink
from bot.views import Moment, Note, Paragraph, Span, Style, View

Line = tuple[Span, ...]
SUMMARY = 160
"""Characters of a page's summary: what search engines and chats show of it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page."""

    language: str
    organisation: str
    skip: str
    home: str
    foot: str
    time_sentence: str
    """`{day}, {time} ({place} time)`, for the script that shows times in the reader's own zone."""


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


@dataclass(frozen=True, slots=True)
class DoorPage:
    """The door, seen from outside. `act`: the button's label, empty where nothing can be pressed."""

    title: str
    state: Doors
    hello: str
    spoken: tuple[Line, ...]
    small: tuple[Line, ...]
    act: str
    waiting: str
    """What the page says of itself while it waits for the doors; `opens_at` is set then alone."""
    opens_at: datetime | None
    following: Gathering | None
    details: str


@dataclass(frozen=True, slots=True)
class InsidePage:
    title: str
    spoken: tuple[Line, ...]
    small: tuple[Line, ...]
    act: str
    link: ZoomLink


@dataclass(frozen=True, slots=True)
class NoticePage:
    title: str
    spoken: str
    home: str


def frame(locale: Locale, config: Config) -> Frame:
    return Frame(
        language=locale.language,
        organisation=config.organisation,
        skip=locale.t("Skip to the content"),
        home=locale.t("Upcoming gatherings"),
        foot=plain_text(gathering_texts.terms(locale).spans),
        time_sentence=locale.t("{day}, {time} ({place} time)"),
    )


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


def door_page(locale: Locale, visit: DoorVisit, following: Gathering | None, now: datetime) -> DoorPage:
    """The door as it stands for this person. Looking at it takes no place."""
    gathering = visit.gathering
    state = gathering.doors(now)
    if visit.inside and may_return(gathering, now):
        return _door(locale, visit, state, _open_again(locale, visit), act=locale.t("Come back in"))
    if state is Doors.EARLY:
        return _door(locale, visit, state, _early(locale, gathering, now), opens_at=admission_model.opens_at(gathering))
    if state is Doors.OPEN:
        return _door(locale, visit, state, _open(locale, gathering), act=locale.t("Come in"))
    return shut_page(locale, visit, state, following)


def shut_page(locale: Locale, visit: DoorVisit, state: Doors, following: Gathering | None) -> DoorPage:
    shown = admission_texts.shut(locale, visit.gathering, state, following)
    return _door(locale, visit, state, _spoken(shown), following=following)


def no_room_page(locale: Locale, visit: DoorVisit) -> DoorPage:
    shown = admission_texts.no_room_yet(locale, visit.gathering)
    return _door(locale, visit, Doors.OPEN, _spoken(shown), act=locale.t("Try again"))


def _door(
    locale: Locale,
    visit: DoorVisit,
    state: Doors,
    spoken: tuple[Line, ...],
    *,
    act: str = "",
    opens_at: datetime | None = None,
    following: Gathering | None = None,
) -> DoorPage:
    hello = locale.t("The door for {name}").format(name=visit.first_name) if visit.first_name else locale.t("Your door")
    small = [line(locale.t("This page is yours alone; please do not pass its address on."))] if act or opens_at else []
    if opens_at:
        small.insert(0, gathering_texts.door_rule(locale, visit.gathering).spans)
    return DoorPage(
        title=gathering_texts.named(locale, visit.gathering),
        state=state,
        hello=hello,
        spoken=spoken,
        small=tuple(small),
        act=act,
        waiting=locale.t("You can leave this page open: it opens the doors by itself.") if opens_at else "",
        opens_at=opens_at,
        following=following,
        details=locale.t("About the next gathering"),
    )


def _early(locale: Locale, gathering: Gathering, now: datetime) -> tuple[Line, ...]:
    opens = admission_model.opens_at(gathering)
    style = Style.LONG if (opens - now).days >= 1 else Style.TIME
    return (line(locale.t("The doors open at {when}."), when=Moment(opens, gathering.zone, style)),)


def _open(locale: Locale, gathering: Gathering) -> tuple[Line, ...]:
    closes = Moment(admission_model.closes_at(gathering), gathering.zone, Style.TIME)
    limit = gathering.door_rule.limit
    return (
        line(locale.t("The doors are open. Come in when you are ready.")),
        line(locale.t("They close at {closes}, or when {limit} people are in."), closes=closes, limit=limit),
    )


def _open_again(locale: Locale, visit: DoorVisit) -> tuple[Line, ...]:
    ends = Moment(visit.gathering.ends_at, visit.gathering.zone, Style.TIME)
    return (line(locale.t("Your place is kept. You can come back in until {ends}."), ends=ends),)


def inside_page(locale: Locale, visit: DoorVisit, entry: Entry, link: ZoomLink) -> InsidePage:
    """The one page that reveals the link: the answer to pressing the button, and to nothing else."""
    spoken = [line(locale.t("Welcome back.") if entry.back else locale.t("Welcome, the doors are open."))]
    if link.passcode():
        spoken.append(admission_texts.passcode(locale, link))
    shown = admission_texts.welcome(locale, visit.gathering, link, back=entry.back)
    return InsidePage(
        title=gathering_texts.named(locale, visit.gathering),
        spoken=tuple(spoken),
        small=tuple(part.spans for part in shown.parts if isinstance(part, Note)),
        act=admission_texts.enter(locale, link),
        link=link,
    )


NO_SUCH_LINK = "link"


def notice(locale: Locale, about: int | str) -> NoticePage:
    """An error page, by HTTP status; NO_SUCH_LINK for a personal link that names no registration."""
    sentences = {
        NO_SUCH_LINK: (
            locale.t("This link leads nowhere any more"),
            locale.t(
                "It belongs to no registration: it may have been copied in part, or the registration was given up."
                " Your own links are always under /htg mine."
            ),
        ),
        403: (locale.t("That does not work here"), locale.t("Another page sent this. Please begin on our own page.")),
        404: (locale.t("There is nothing here"), locale.t("The address may have been mistyped, or the page is gone.")),
        405: (locale.t("That does not work here"), locale.t("This address cannot be used in that way.")),
        408: (locale.t("That took too long"), locale.t("The request did not arrive whole. Please try once more.")),
        413: (locale.t("That is too large"), locale.t("What was sent is larger than anything this page takes.")),
        415: (locale.t("That does not work here"), locale.t("What was sent is not of a kind that this page takes.")),
        429: (
            locale.t("One moment, please"),
            locale.t("Many requests came from your network. Please try in a minute."),
        ),
        503: (locale.t("One moment, please"), locale.t("It is busy at the door. Please try again in a few seconds.")),
    }
    otherwise = (locale.t("Something went wrong"), locale.t("It is not your doing. Please try again in a moment."))
    title, spoken = sentences.get(about, otherwise)
    return NoticePage(title, spoken, locale.t("Upcoming gatherings"))


def reference(locale: Locale, code: str) -> str:
    return locale.t("If you write to us about it, give the reference {reference}.").format(reference=code)


def _spoken(view: View) -> tuple[Line, ...]:
    return tuple(part.spans for part in view.parts if isinstance(part, Paragraph))


def plain_text(spans: Line) -> str:
    """Spans that hold no moment, as text."""
    return "".join(getattr(span, "text", "") for span in spans)


def _cut(text: str) -> str:
    return text if len(text) <= SUMMARY else text[: SUMMARY - 1].rstrip() + "…"
