"""What members read when they enter. A refusal gives its reason and the next step; it counts nobody aloud."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot import contact_texts, time_texts
from bot.admission import model
from bot.admission.model import Doors
from bot.button_texts import paragraphs
from bot.config import Config
from bot.gatherings import door_texts, replies
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.registrations.model import Following, Registration
from bot.registrations.texts import offer_next, private_link
from bot.request import Call
from bot.secrets import ZoomLink
from bot.views import (
    LABEL_LIMIT,
    Button,
    Buttons,
    Line,
    Moment,
    Note,
    Paragraph,
    Part,
    SecretLinkButton,
    Strong,
    Style,
    Text,
    Tone,
    View,
)

HOST_SHOWN = LABEL_LIMIT - 15
"""Of a long host the end is shown: that is where it says whose it is."""


def welcome(
    locale: Locale, gathering: Gathering, link: ZoomLink, *, back: bool, unused_after: timedelta = timedelta(0)
) -> View:
    """The link to the room: the only place where it is revealed. `unused_after`: how long the place waits for them."""
    greeting = locale.t("Welcome back.") if back else locale.t("Welcome, the doors are open.")
    parts: list[Part] = [Paragraph((Strong(greeting), Text(" " + gathering_texts.named(locale, gathering))))]
    if link.passcode():
        parts.append(Paragraph(passcode(locale, link)))
    parts.append(Buttons((SecretLinkButton(enter(locale, link), link),)))
    sentence = locale.t(
        "This link is for you alone; please do not pass it on. If you step out, come back the same way."
    )
    parts.append(Note(line(sentence)))
    if unused_after and not back:
        kept = locale.t(
            "Please go in soon: a place that stays empty for {length} once we have begun goes to somebody who waits."
        )
        parts.append(Note(line(kept, length=time_texts.length(locale, unused_after))))
    parts.append(gathering_texts.no_note_takers(locale))
    return View(tuple(parts))


def being_called(locale: Locale) -> Note:
    """Shortly before the start, where nobody has begun the meeting."""
    sentence = locale.t(
        "Nobody has started the meeting yet, and the facilitators are being called. Please stay: Zoom lets you in once"
        " it begins."
    )
    return Note(line(sentence))


def passcode(locale: Locale, link: ZoomLink) -> Line:
    sentence = locale.t("If {place} asks for a passcode: {passcode}")
    return line(sentence, place=link.place, passcode=Strong(link.passcode()))


def enter(locale: Locale, link: ZoomLink) -> str:
    """The button says where it leads: not every room is Zoom's."""
    host = link.place
    return locale.t("Enter on {place}").format(place=host if len(host) <= HOST_SHOWN else f"…{host[-HOST_SHOWN:]}")


def early(locale: Locale, config: Config, gathering: Gathering, registration: Registration, now: datetime) -> View:
    opens = model.opens_at(gathering)
    today = time_texts.is_today(locale, opens, now, gathering.zone)
    spoken = line(
        locale.t("The doors of {topic} open at {when}, {left}.")
        if today
        else locale.t("The doors of {topic} open {left}: {when}."),
        topic=gathering_texts.topic(locale, gathering),
        when=Moment(opens, gathering.zone, Style.TIME if today else Style.LONG),
        left=time_texts.left(locale, opens - now),
    )
    at_door = Button(locale.t("Try the door"), Call.of("join", gathering=gathering.id))
    way_in = private_link(locale, config, registration) or (at_door,)
    return View((Paragraph(spoken), door_texts.door_times(locale, gathering, now), Buttons(way_in)))


def full_and_waiting(locale: Locale, gathering: Gathering) -> Line:
    """To somebody who has not registered, where places may return."""
    sentence = locale.t("{topic} is full at the moment. You can register now, and then wait for a place.")
    return replies.sentence(locale, gathering, sentence)


def full_among(locale: Locale, coming: Sequence[Gathering], now: datetime) -> list[Line]:
    """That sentence of the one of these that is full, if any is."""
    return [full_and_waiting(locale, part) for part in coming if part.doors(now) is Doors.FULL]


def register_first(locale: Locale, gathering: Gathering, now: datetime, coming: Sequence[Gathering] = ()) -> View:
    """At a full house it leads to waiting, so it is for one where places may return."""
    topic = gathering_texts.topic(locale, gathering)
    state = gathering.doors(now)
    if state is Doors.FULL:
        spoken = full_and_waiting(locale, gathering)
    elif state is Doors.OPEN:
        sentence = locale.t("{topic} is for people who have registered. You can do so now, and then come in.")
        spoken = line(sentence, topic=topic)
    else:
        sentence = locale.t("{topic} is for people who have registered. You can do so now; the doors open {when}.")
        spoken = line(sentence, topic=topic, when=Moment(model.opens_at(gathering), gathering.zone))
    return paragraphs(spoken, buttons=(gathering_texts.register_button(locale, gathering, coming),))


def shut(
    locale: Locale,
    config: Config,
    gathering: Gathering,
    state: Doors,
    following: Following | None,
    *,
    inside: bool = False,
) -> View:
    """Full, closed, over or cancelled, for someone who is not in, or would register. `inside`: they were let in."""
    topic = gathering_texts.topic(locale, gathering)
    if state is Doors.CANCELLED:
        spoken = line(locale.t("{topic} was cancelled. We are sorry."), topic=topic)
    elif state is Doors.OVER:
        over = (
            locale.t("{topic} is over. Thank you for having been there.")
            if inside
            else locale.t("{topic} is over. Thank you for thinking of it.")
        )
        spoken = line(over, topic=topic)
    elif state is Doors.FULL:
        spoken = full_house(locale, gathering)
    else:
        spoken = doors_closed(locale, gathering)
    parts: list[Part] = [Paragraph(spoken)]
    if state is Doors.CANCELLED and gathering.note:
        parts.append(Paragraph(line(locale.t("The facilitators write: {note}"), note=gathering.note)))
    somebody = (*contact_texts.contact_part(locale, config), *contact_texts.support(locale, config))
    return View((*parts, *offer_next(locale, following), *somebody))


def full_house(locale: Locale, gathering: Gathering) -> Line:
    limit = gathering.door_rule.limit
    sentence = locale.plural(
        "{topic} is full: the one place is taken. We keep the circle small enough to listen.",
        "{topic} is full: all {limit} places are taken. We keep the circle small enough to listen.",
        limit,
    )
    return line(sentence, topic=gathering_texts.topic(locale, gathering), limit=limit)


def doors_closed(locale: Locale, gathering: Gathering) -> Line:
    sentence = (
        locale.t("The doors of {topic} closed at {when}.")
        if gathering.closed_at is not None and gathering.closed_at < gathering.starts_at
        else locale.t("The doors of {topic} closed at {when}. We keep the circle undisturbed once it has begun.")
    )
    closed = Moment(gathering.closed_at or model.closes_at(gathering), gathering.zone, Style.TIME)
    return line(sentence, topic=gathering_texts.topic(locale, gathering), when=closed)


def no_room_yet(locale: Locale, gathering: Gathering) -> View:
    sentence = locale.t(
        "The doors of {topic} are open, but your way into its room is not ready yet. It takes a moment; you are"
        " still registered. Please try again in a minute."
    )
    return replies.short(
        locale, gathering, sentence, Button(locale.t("Try again"), Call.of("join", gathering=gathering.id), Tone.NEXT)
    )
