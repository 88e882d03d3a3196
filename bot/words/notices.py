"""What is said unasked, worded at delivery from what is true then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import doors
from bot.asks import Call
from bot.doors import Doors
from bot.gatherings import Gathering
from bot.house import House
from bot.registrations import Registration
from bot.views import AnyButton, Button, Buttons, Moment, Note, Paragraph, Part, Quote, Style, Tone, View, WayIn
from bot.words import clock, gatherings
from bot.words.reader import Reader, line, strong
from bot.words.registrations import next_yes


def reminder(to: Reader, house: House, gathering: Gathering, registration: Registration, now: datetime) -> View:
    """With the true time left, however late it goes out."""
    topic = strong(gatherings.named(to, gathering))[0]
    left = clock.left(to, gathering.starts_at - now)
    if now >= gathering.starts_at:
        spoken = line(
            to.say("{topic} has begun. You can still come in until {when}."), topic=topic, when=_closing(gathering)
        )
    else:
        sentence = to.say("{topic} begins {left}: {when}.")
        spoken = line(sentence, topic=topic, left=left, when=gatherings.moment(gathering))
    parts: list[Part] = [Paragraph(spoken)]
    if gathering.doors(now) is Doors.OPEN:
        parts.append(Paragraph(line(to.say("The doors are open."))))
    elif now < gathering.starts_at:
        opens = Moment(doors.opens_at(gathering), gathering.zone, Style.TIME)
        sentence = to.say("The doors open at {opens} and close at {closes}, or when {limit} people are in.")
        parts.append(
            Paragraph(line(sentence, opens=opens, closes=_closing(gathering), limit=gathering.door_rule.limit))
        )
    buttons: list[AnyButton] = []
    if house.ways is not None:
        buttons.append(WayIn(to.say("My private link"), house.ways.join(registration.key)))
    buttons.append(Button(to.say("Join"), Call.of("join", gathering=gathering.id), Tone.NEXT))
    buttons.append(Button(to.say("I can’t come"), Call.of("unregister", gathering=gathering.id)))
    return View((*parts, Buttons(tuple(buttons))))


def _closing(gathering: Gathering) -> Moment:
    return Moment(doors.closes_at(gathering), gathering.zone, Style.TIME)


def afterwards(to: Reader, following: Gathering | None, coming: Sequence[Gathering] = (), *, registered: bool) -> View:
    """One quiet message. `following`: the next part of the same series, or the next gathering."""
    parts: list[Part] = [Paragraph(line(to.say("Thank you for being present.")))]
    buttons: list[AnyButton] = []
    if following is not None:
        sentence = (
            to.say("You are registered for the next one: {topic}, {when}.")
            if registered
            else to.say("The next gathering is {topic}, {when}.")
        )
        topic = strong(gatherings.named(to, following))[0]
        parts.append(Paragraph(line(sentence, topic=topic, when=gatherings.moment(following))))
        if not registered:
            buttons.append(gatherings.register_button(to, following, coming))
    buttons.append(Button(to.say("Suggest a topic"), Call("suggest")))
    parts.append(Buttons(tuple(buttons)))
    parts.append(Note(line(to.say("You can turn this message off in /htg settings."))))
    return View(tuple(parts))


def moved(to: Reader, house: House, gathering: Gathering, registration: Registration) -> View:
    sentence = to.say("{topic} has moved. It now begins {when}. You are still registered.")
    spoken = line(sentence, topic=strong(gatherings.named(to, gathering))[0], when=gatherings.moment(gathering))
    buttons: list[AnyButton] = []
    if house.ways is not None:
        buttons.append(WayIn(to.say("My private link"), house.ways.join(registration.key)))
    buttons.append(Button(to.say("My gatherings"), Call("mine")))
    buttons.append(Button(to.say("I can’t come"), Call.of("unregister", gathering=gathering.id)))
    return View((Paragraph(spoken), Buttons(tuple(buttons))))


def room_changed(to: Reader, house: House, gathering: Gathering, registration: Registration) -> View:
    """To whoever was in: the link that they were shown leads nowhere any more."""
    sentence = to.say(
        "{topic} has a new Zoom room, and the link I gave you no longer works. Please come in again: your place is"
        " kept."
    )
    buttons: list[AnyButton] = [Button(to.say("Come in again"), Call.of("join", gathering=gathering.id), Tone.NEXT)]
    if house.ways is not None:
        buttons.append(WayIn(to.say("My private link"), house.ways.join(registration.key)))
    spoken = line(sentence, topic=strong(gatherings.named(to, gathering))[0])
    return View((Paragraph(spoken), Buttons(tuple(buttons))))


def cancelled(to: Reader, gathering: Gathering, following: Gathering | None, coming: Sequence[Gathering] = ()) -> View:
    sentence = to.say("{topic}, {when}, is cancelled. We are sorry.")
    spoken = line(sentence, topic=strong(gatherings.named(to, gathering))[0], when=gatherings.moment(gathering))
    parts: list[Part] = [Paragraph(spoken)]
    if gathering.note:
        parts.append(Paragraph(line(to.say("The facilitators write:"))))
        parts.append(Quote(gathering.note))
    return View((*parts, *next_yes(to, following, coming)))


def channel_reminder(to: Reader, gathering: Gathering, now: datetime, coming: Sequence[Gathering] = ()) -> View:
    """One public post where it was announced. The button answers each person privately."""
    topic = strong(gatherings.named(to, gathering))[0]
    sentence = to.say("{topic} begins {left}: {when}.")
    spoken = line(
        sentence, topic=topic, left=clock.left(to, gathering.starts_at - now), when=gatherings.moment(gathering)
    )
    return View(
        (
            Paragraph(spoken),
            Buttons(
                (
                    Button(to.say("My private link"), Call.of("join", gathering=gathering.id), Tone.NEXT),
                    gatherings.register_button(to, gathering, coming, tone=Tone.PLAIN),
                )
            ),
        ),
        public=True,
    )
