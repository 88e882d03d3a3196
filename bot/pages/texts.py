"""Every sentence of the door, and around every page. Templates place them and add none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot import time_texts
from bot.admission import model as admission_model
from bot.admission import texts as admission_texts
from bot.admission import waiting_texts
from bot.admission.enter import Entry
from bot.admission.model import Doors
from bot.admission.waiting import PlaceStanding, QueuePosition, WaitAct
from bot.config import Config
from bot.contact_texts import contact_part, website
from bot.gatherings import door_texts
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.registrations.model import DoorVisit, Following
from bot.secrets import StartLink, ZoomLink
from bot.views import Item, Line, Moment, Note, Paragraph, SecretLinkButton, Style, View


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page."""

    language: str
    organisation: str
    skip: str
    home: str
    foot: str
    contacts: tuple[Line, ...]
    """Whom to write to, and where more of the house is: where they are set."""
    time_sentence: str
    """`{day}, {time} ({place} time)`, for the script that shows times in the reader's own zone."""
    time_sentence_in_utc: str
    tonight: str
    places: Mapping[str, str]
    """For the same script: what is called otherwise in this language than in the name of its zone."""
    privacy: str


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
    """What the page says of itself while it waits: for the doors, where `opens_at` is set, or for a place."""
    opens_at: datetime | None
    following: Gathering | None
    details: str
    act_value: str = ""
    """What the button sends; empty: come in."""
    leave: str = ""
    """The label of a second button, which gives up waiting or a place."""
    waits: bool = False
    """For a place at a full house: the page looks again by itself."""
    facts: tuple[Line, ...] = ()
    """When and with whom, while it can be come to."""
    calendar: str = ""
    cannot_come: str = ""
    start: str = ""
    """To a facilitator: the label of the button that asks for their own way in."""
    doors: tuple[Line, ...] = ()
    """To a facilitator: the doors as they are."""
    follows: bool = False
    """To a facilitator, while the doors are open: the page looks again by itself."""


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A page that says how something ended. `back`: the label of the way to the events page."""

    title: str
    spoken: tuple[Line, ...]
    back: str


@dataclass(frozen=True, slots=True)
class InsidePage:
    title: str
    spoken: tuple[Line, ...]
    small: tuple[Line, ...]
    act: str
    link: ZoomLink | StartLink


_Page = TypeVar("_Page", DoorPage, InsidePage)


def frame(locale: Locale, config: Config) -> Frame:
    return Frame(
        language=locale.language,
        organisation=config.organisation,
        skip=locale.t("Skip to the content"),
        home=locale.t("Upcoming gatherings"),
        foot=plain_text(gathering_texts.terms(locale).spans),
        contacts=spoken_lines(View((*contact_part(locale, config), *website(locale, config)))),
        time_sentence=locale.t("{day}, {time} ({place} time)"),
        time_sentence_in_utc=locale.t("{day}, {time} (UTC)"),
        tonight=locale.t("tonight"),
        places=time_texts.renamed_cities(locale),
        privacy=locale.t("What is kept about you"),
    )


CANNOT_COME = "cannot-come"
"""What the button sends that gives the registration up."""


def door_page(
    locale: Locale,
    config: Config,
    visit: DoorVisit,
    following: Following | None,
    now: datetime,
    standing: PlaceStanding = PlaceStanding(),  # noqa: B008 - frozen
) -> DoorPage:
    """The door as it stands for this person. Looking at it takes no place."""
    gathering = visit.gathering
    state = gathering.doors(now)
    if visit.inside and standing.is_unused and gathering.is_still_on(now):
        page = _door(
            locale,
            visit,
            state,
            waiting_texts.place_kept_spoken(locale, visit.gathering, standing.kept_until),
            act=locale.t("Come in"),
            leave=locale.t("I can’t come"),
        )
        return replace(page, facts=_facts(locale, gathering))
    if standing.position is not None:
        return _full_house(locale, visit, standing.position)
    if visit.inside and gathering.is_still_on(now):
        page = _door(locale, visit, state, _open_again(locale, visit), act=locale.t("Come back in"))
        return replace(page, facts=_facts(locale, gathering))
    if state is Doors.EARLY:
        opens_at = admission_model.opens_at(gathering)
        return _ahead(locale, visit, _door(locale, visit, state, _early(locale, gathering, now), opens_at=opens_at))
    if state is Doors.OPEN:
        page = _door(locale, visit, state, _open(locale, gathering), act=locale.t("Come in"))
        return _ahead(locale, visit, page)
    return shut_page(locale, config, visit, state, following)


def _full_house(locale: Locale, visit: DoorVisit, position: QueuePosition) -> DoorPage:
    if position.ahead is None:
        spoken = waiting_texts.full_spoken(locale, visit.gathering, position)
        page = _door(locale, visit, Doors.FULL, spoken, act=waiting_texts.wait_label(locale), act_value=WaitAct.WAIT)
    else:
        spoken = waiting_texts.waiting_spoken(locale, visit.gathering, position)
        page = _door(locale, visit, Doors.FULL, spoken, leave=waiting_texts.stop_label(locale), waits=True)
    return replace(page, facts=_facts(locale, visit.gathering))


def shut_page(locale: Locale, config: Config, visit: DoorVisit, state: Doors, following: Following | None) -> DoorPage:
    shown = admission_texts.shut(locale, config, visit.gathering, state, following, inside=visit.inside)
    return _door(locale, visit, state, spoken_lines(shown), following=following.gathering if following else None)


def no_room_page(locale: Locale, visit: DoorVisit) -> DoorPage:
    shown = admission_texts.no_room_yet(locale, visit.gathering)
    return _door(locale, visit, Doors.OPEN, spoken_lines(shown), act=locale.t("Try again"))


def _door(
    locale: Locale,
    visit: DoorVisit,
    state: Doors,
    spoken: Sequence[Line],
    *,
    act: str = "",
    act_value: str = "",
    leave: str = "",
    opens_at: datetime | None = None,
    following: Gathering | None = None,
    waits: bool = False,
) -> DoorPage:
    hello = locale.t("The door for {name}").format(name=visit.first_name) if visit.first_name else locale.t("Your door")
    is_ahead = bool(act or opens_at or waits)
    small = [line(locale.t("This page is yours alone; please do not pass its address on."))] if is_ahead else []
    if act or opens_at:
        small.insert(0, gathering_texts.no_note_takers(locale).spans)
    if opens_at:
        small.insert(0, door_texts.door_rule(locale, visit.gathering).spans)
    return DoorPage(
        title=gathering_texts.named(locale, visit.gathering),
        state=state,
        hello=hello,
        spoken=tuple(spoken),
        small=tuple(small),
        act=act,
        waiting=_said_while_waiting(locale, opens=opens_at is not None, waits=waits),
        opens_at=opens_at,
        following=following,
        details=locale.t("About the next gathering"),
        act_value=act_value,
        leave=leave,
        waits=waits,
    )


def _said_while_waiting(locale: Locale, *, opens: bool, waits: bool) -> str:
    if opens:
        return locale.t("You can leave this page open: it opens the doors by itself.")
    return locale.t("You can leave this page open: it tells you the moment a place is yours.") if waits else ""


def _ahead(locale: Locale, visit: DoorVisit, page: DoorPage) -> DoorPage:
    """Of somebody who has no place yet: with all that they may do instead of coming in."""
    return replace(
        page,
        facts=_facts(locale, visit.gathering),
        calendar=locale.t("Add to calendar"),
        cannot_come=locale.t("I can’t come"),
    )


def _facts(locale: Locale, gathering: Gathering) -> tuple[Line, ...]:
    """When it is, in whose zone, and with whom."""
    when: Line = (gathering_texts.moment(gathering),)
    return (when, gathering_texts.with_facilitators(locale, gathering)) if gathering.facilitators else (when,)


def given_up_page(locale: Locale, gathering: Gathering, answer: View) -> MessagePage:
    """What the core answered to *I can't come*."""
    return MessagePage(
        gathering_texts.named(locale, gathering), spoken_lines(answer), locale.t("All upcoming gatherings")
    )


def gave_up_page(locale: Locale) -> MessagePage:
    """To a second press, which another process received: nothing is left that says of what it was."""
    spoken = line(locale.t("You are no longer registered for this gathering. You are welcome back any time."))
    return MessagePage(locale.t("Goodbye"), (spoken,), locale.t("All upcoming gatherings"))


def _early(locale: Locale, gathering: Gathering, now: datetime) -> tuple[Line, ...]:
    opens = admission_model.opens_at(gathering)
    if time_texts.is_today(locale, opens, now, gathering.zone):
        return (line(locale.t("The doors open at {when}."), when=Moment(opens, gathering.zone, Style.TIME)),)
    return (line(locale.t("The doors open on {when}."), when=Moment(opens, gathering.zone)),)


def _open(locale: Locale, gathering: Gathering) -> tuple[Line, ...]:
    limit = gathering.door_rule.limit
    closing = locale.plural(
        "They close at {closes}, or when {limit} person is in.",
        "They close at {closes}, or when {limit} people are in.",
        limit,
    )
    return (
        line(locale.t("The doors are open. Come in when you are ready.")),
        line(closing, closes=door_texts.closes(gathering), limit=limit),
    )


def _open_again(locale: Locale, visit: DoorVisit) -> tuple[Line, ...]:
    ends = Moment(visit.gathering.ends_at, visit.gathering.zone, Style.TIME)
    return (line(locale.t("Your place is kept. You can come back in until {ends}."), ends=ends),)


def inside_page(locale: Locale, visit: DoorVisit, entry: Entry, link: ZoomLink, unused_after: timedelta) -> InsidePage:
    """The one page that reveals the link: the answer to pressing the button, and to nothing else."""
    spoken = [line(locale.t("Welcome back.") if entry.back else locale.t("Welcome, the doors are open."))]
    if link.passcode():
        spoken.append(admission_texts.passcode(locale, link))
    shown = admission_texts.welcome(
        locale,
        visit.gathering,
        link,
        back=entry.back,
        unused_after=unused_after if entry.returns else timedelta(0),
    )
    return InsidePage(
        title=gathering_texts.named(locale, visit.gathering),
        spoken=tuple(spoken),
        small=tuple(part.spans for part in shown.parts if isinstance(part, Note)),
        act=admission_texts.enter(locale, link),
        link=link,
    )


def being_called(locale: Locale, page: _Page) -> _Page:
    """The page, with a word that facilitators are being called."""
    return replace(page, spoken=(*page.spoken, admission_texts.being_called(locale).spans))


def for_facilitator(locale: Locale, page: DoorPage, doors: View, *, follows: bool) -> DoorPage:
    """A facilitator's own door. `doors`: as `doors` answers."""
    facts = tuple(spoken for part in doors.parts if isinstance(part, Item) for spoken in part.lines[1:])
    return replace(page, start=locale.t("Start the meeting"), doors=facts, follows=follows)


def start_page(locale: Locale, visit: DoorVisit, answer: View) -> InsidePage | DoorPage:
    """What `start` answered, as a page: with the link, or why there is none."""
    buttons = (button for button in answer.buttons() if isinstance(button, SecretLinkButton))
    secret = next((button for button in buttons if isinstance(button.link, StartLink)), None)
    if secret is None or not isinstance(secret.link, StartLink):
        return _door(locale, visit, Doors.EARLY, spoken_lines(answer))
    return InsidePage(
        title=gathering_texts.named(locale, visit.gathering),
        spoken=tuple(part.spans for part in answer.parts if isinstance(part, Paragraph)),
        small=tuple(part.spans for part in answer.parts if isinstance(part, Note)),
        act=secret.label,
        link=secret.link,
    )


def spoken_lines(view: View) -> tuple[Line, ...]:
    return tuple(part.spans for part in view.parts if isinstance(part, Paragraph | Note))


def plain_text(spans: Line) -> str:
    """Spans that hold no moment, as text."""
    return "".join(getattr(span, "text", "") for span in spans)
