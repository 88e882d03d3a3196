"""The sentences of notifications, from what is true when they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import button_texts, contact_texts, time_texts
from bot.admission import texts as admission_texts
from bot.admission.model import Doors
from bot.button_texts import paragraphs
from bot.config import Config
from bot.gatherings import door_texts, replies
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.platform import shown_name
from bot.registrations.model import Following, Registration
from bot.registrations.texts import next_one, offer_next, private_link
from bot.request import Call
from bot.views import (
    AnyButton,
    Button,
    Buttons,
    Line,
    Moment,
    Note,
    Paragraph,
    Part,
    Quote,
    Style,
    Tone,
    View,
)


def reminder(locale: Locale, config: Config, gathering: Gathering, registration: Registration, now: datetime) -> View:
    """With the true time left, however late it goes out."""
    parts: list[Part] = [Paragraph(_begins(locale, gathering, now))]
    if gathering.doors(now) is Doors.OPEN:
        parts.append(Paragraph(line(locale.t("The doors are open."))))
    elif now < gathering.starts_at:
        parts.append(Paragraph(door_texts.hours(locale, gathering)))
    join = Button(locale.t("Join"), Call.of("join", gathering=gathering.id), Tone.NEXT)
    leave = button_texts.cannot_come(locale, gathering)
    return View((*parts, Buttons((*private_link(locale, config, registration), join, leave))))


def _begins(locale: Locale, gathering: Gathering, now: datetime) -> Line:
    topic = gathering_texts.topic(locale, gathering)
    if now >= gathering.starts_at:
        sentence = locale.t("{topic} has begun. You can still come in until {when}.")
        return line(sentence, topic=topic, when=door_texts.closes(gathering))
    left = time_texts.left(locale, gathering.starts_at - now)
    return line(
        locale.t("{topic} begins {left}: {when}."), topic=topic, left=left, when=gathering_texts.moment(gathering)
    )


def afterwards(locale: Locale, config: Config, following: Following | None, missed: Gathering | None = None) -> View:
    """One quiet message. `following`: the next part of the same series, or the next gathering.

    `missed`: what they came for, where nobody began it.
    """
    thanks = line(locale.t("Thank you for being present."))
    if missed is not None:
        sentence = locale.t("It seems that {topic} could not begin. We are sorry that you waited.")
        thanks = replies.sentence(locale, missed, sentence)
    parts: list[Part] = [Paragraph(thanks)]
    buttons: list[AnyButton] = []
    if following is not None:
        parts.append(Paragraph(next_one(locale, following)))
        if not following.registered:
            buttons.append(gathering_texts.register_button(locale, following.gathering, following.coming))
    buttons.append(button_texts.suggest(locale))
    parts.append(Buttons(tuple(buttons)))
    parts += contact_texts.support(locale, config)
    parts.append(Note(line(locale.t("You can turn this message off in /htg settings."))))
    return View(tuple(parts))


def moved(
    locale: Locale,
    config: Config,
    gathering: Gathering,
    registration: Registration,
    moved_from: datetime | None = None,
) -> View:
    """`moved_from`: when it was to begin as they know it; None where no older version kept that."""
    # The new time alone comes first: of a letter and of a phone's notice that is all that is seen at first.
    spoken = [Paragraph(_begins_now_at(locale, gathering, is_back=moved_from == gathering.starts_at))]
    if moved_from is None or moved_from == gathering.starts_at:
        spoken.append(Paragraph(line(locale.t("You are still registered."))))
    else:
        before = Moment(moved_from, gathering.zone)
        known = locale.t("Before, it was to begin {before}. You are still registered.")
        spoken.append(Paragraph(line(known, before=before)))
    leave = button_texts.cannot_come(locale, gathering)
    return View((*spoken, Buttons((*private_link(locale, config, registration), button_texts.mine(locale), leave))))


def _begins_now_at(locale: Locale, gathering: Gathering, *, is_back: bool = False) -> Line:
    sentence = (
        locale.t("{topic} was moved, and is back at its time: {when}.")
        if is_back
        else locale.t("{topic} has moved: it now begins {when}.")
    )
    return replies.sentence(locale, gathering, sentence)


def room_changed(locale: Locale, config: Config, gathering: Gathering, registration: Registration) -> View:
    """To whoever was in: the link that they were shown leads nowhere any more."""
    sentence = locale.t("{topic} has a new Zoom room. Please come in again: your place is kept.")
    again = Button(locale.t("Come in again"), Call.of("join", gathering=gathering.id), Tone.NEXT)
    return paragraphs(
        replies.sentence(locale, gathering, sentence),
        line(locale.t("The link I gave you no longer works.")),
        buttons=(again, *private_link(locale, config, registration)),
    )


def cancelled(locale: Locale, gathering: Gathering, following: Following | None, *, rest: bool = False) -> View:
    """`rest`: they are registered for other parts of its series."""
    parts: list[Part] = [Paragraph(_cancelled_line(locale, gathering))]
    if gathering.note:
        parts.append(Paragraph(line(locale.t("The facilitators write:"))))
        parts.append(Quote(gathering.note))
    if rest:
        parts.append(Paragraph(line(locale.t("You are still registered for the other parts."))))
    return View((*parts, *offer_next(locale, following)))


def _cancelled_line(locale: Locale, gathering: Gathering) -> Line:
    topic = gathering_texts.topic(locale, gathering)
    sentence = locale.t("{topic}, {when}, is cancelled. We are sorry.")
    return line(sentence, topic=topic, when=gathering_texts.moment(gathering))


def channel_reminder(
    locale: Locale,
    gathering: Gathering,
    now: datetime,
    coming: Sequence[Gathering] = (),
    moved_from: datetime | None = None,
) -> View:
    """One public post where it was announced. The button answers each person privately.

    `moved_from`: the start that it reminded of, where it stands already and that is another now.
    """
    buttons = (
        Button(locale.t("My private link"), Call.of("join", gathering=gathering.id), Tone.NEXT),
        gathering_texts.register_button(locale, gathering, coming, tone=Tone.PLAIN),
    )
    spoken = _begins(locale, gathering, now) if moved_from is None else _begins_now_at(locale, gathering)
    return View((Paragraph(spoken), Buttons(buttons)), public=True)


def channel_reminder_withdrawn(locale: Locale, gathering: Gathering, doors: Doors) -> View:
    """In place of it, where nobody else can come in any more: cancelled, full, or the doors have closed."""
    if doors is Doors.CANCELLED:
        spoken = [_cancelled_line(locale, gathering)]
    elif doors is Doors.FULL:
        spoken = [admission_texts.full_house(locale, gathering)]
    else:
        spoken = [admission_texts.doors_closed(locale, gathering)]
    if gathering.admitted and doors in {Doors.FULL, Doors.CLOSED}:
        sentence = locale.t("Whoever was in may come back until {when}, with /htg join.")
        spoken.append(line(sentence, when=Moment(gathering.ends_at, gathering.zone, Style.TIME)))
    return View((*map(Paragraph, spoken), Buttons((button_texts.upcoming(locale),))), public=True)


def sender_restricted(locale: Locale, platforms: Sequence[str]) -> View:
    """To facilitators on another platform, when a platform begins to refuse the bot."""
    return paragraphs(
        held_back(locale, platforms),
        line(
            locale.t(
                "Nobody is to blame for it, and nobody is marked as unreached. Where a gathering was announced,"
                " a reminder goes to the channel instead. I keep trying carefully, and go on by myself once it"
                " is over."
            )
        ),
        buttons=(button_texts.upcoming(locale),),
    )


def held_back(locale: Locale, platforms: Sequence[str]) -> Line:
    """The same in one sentence, for the doors and the roster."""
    sentence = locale.t("{platform} holds back my direct messages at the moment; reminders wait.")
    return line(sentence, platform=", ".join(locale.t(shown_name(platform)) for platform in dict.fromkeys(platforms)))
