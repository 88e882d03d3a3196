"""What members read while they wait at a full house, and when a place is theirs. Numbers are told to nobody else."""

from __future__ import annotations

from datetime import datetime

from bot import button_texts
from bot.admission.waiting import QueuePosition
from bot.gatherings import door_texts, replies
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.registrations.model import Following
from bot.registrations.texts import offer_next
from bot.request import Call
from bot.views import Button, Buttons, Line, Moment, Paragraph, Style, Tone, View

FEW_AHEAD = 9
"""Up to so many it helps to know how many wait before one."""


def at_full_house(locale: Locale, gathering: Gathering, position: QueuePosition) -> View:
    if position.ahead is None:
        return full(locale, gathering, position)
    return waiting(locale, gathering, position)


def full(locale: Locale, gathering: Gathering, position: QueuePosition) -> View:
    """The house is full, and they may wait."""
    parts = [Paragraph(spoken) for spoken in full_spoken(locale, gathering, position)]
    wait = Button(wait_label(locale), Call.of("wait", gathering=gathering.id), Tone.NEXT)
    return View((*parts, Buttons((wait, button_texts.upcoming(locale)))))


def full_spoken(locale: Locale, gathering: Gathering, position: QueuePosition) -> list[Line]:
    sentence = (
        locale.t("You had not come in yet, so your place in {topic} went to somebody who was waiting. It is full now.")
        if position.was_returned
        else locale.plural(
            "{topic} is full at the moment: the one place is taken.",
            "{topic} is full at the moment: all {limit} places are taken.",
            gathering.door_rule.limit,
        )
    )
    then = locale.t(
        "Places may still come free until {closes}. You can wait for one, in the order in which people ask."
    )
    return [
        line(sentence, topic=gathering_texts.topic(locale, gathering), limit=gathering.door_rule.limit),
        line(then, closes=door_texts.closes(gathering)),
    ]


def wait_label(locale: Locale) -> str:
    return locale.t("Wait for a place")


def stop_label(locale: Locale) -> str:
    return locale.t("Stop waiting")


def waiting(locale: Locale, gathering: Gathering, position: QueuePosition) -> View:
    told = line(locale.t("I write to you the moment one is yours; until then there is nothing for you to do."))
    parts = [Paragraph(spoken) for spoken in (*waiting_spoken(locale, gathering, position), told)]
    return View((*parts, Buttons(waiting_buttons(locale, gathering))))


def waiting_buttons(locale: Locale, gathering: Gathering) -> tuple[Button, ...]:
    return (
        Button(locale.t("Look again"), Call.of("wait", gathering=gathering.id)),
        Button(stop_label(locale), Call.of("wait", gathering=gathering.id, act="leave")),
    )


def waiting_spoken(locale: Locale, gathering: Gathering, position: QueuePosition) -> list[Line]:
    first = locale.t("You are waiting for a place in {topic}. Places may still come free until {closes}.")
    return [
        line(first, topic=gathering_texts.topic(locale, gathering), closes=door_texts.closes(gathering)),
        _ahead(locale, position.ahead or 0),
    ]


def _ahead(locale: Locale, ahead: int) -> Line:
    if not ahead:
        return line(locale.t("You are next."))
    if ahead <= FEW_AHEAD:
        return line(locale.plural("{n} person is before you.", "{n} people are before you.", ahead))
    return line(locale.t("Many people wait before you, so it may not come to you this time."))


def place_freed(locale: Locale, gathering: Gathering, until: datetime | None, *, returns: bool) -> View:
    """`until`: for how long it is kept, where that is known; `returns`: unused places go to whoever waits."""
    spoken = [replies.sentence(locale, gathering, locale.t("A place in {topic} is free, and it is yours."))]
    spoken += _kept(locale, gathering, until)
    if until is None and returns:
        spoken.append(line(locale.t("Please come in soon: a place that stays empty goes to whoever waits next.")))
    join = Button(locale.t("Join"), Call.of("join", gathering=gathering.id), Tone.NEXT)
    leave = Button(locale.t("I can’t come"), Call.of("wait", gathering=gathering.id, act="leave"))
    return View((*(Paragraph(spans) for spans in spoken), Buttons((join, leave))))


def place_kept_spoken(locale: Locale, gathering: Gathering, until: datetime | None) -> list[Line]:
    return [line(locale.t("A place is yours. Come in when you are ready.")), *_kept(locale, gathering, until)]


def _kept(locale: Locale, gathering: Gathering, until: datetime | None) -> list[Line]:
    if until is None:
        return []
    sentence = locale.t("It is kept for you until {until}; then it goes to whoever waits next.")
    return [line(sentence, until=Moment(until, gathering.zone, Style.TIME))]


def ended(locale: Locale, gathering: Gathering, following: Following | None) -> View:
    sentence = locale.t("The doors of {topic} have closed, and no place came free for you this time. We are sorry.")
    thanks = locale.t("Thank you for waiting.")
    spoken = Paragraph(replies.sentence(locale, gathering, sentence))
    return View((spoken, Paragraph(line(thanks)), *offer_next(locale, following)))


def left(locale: Locale, gathering: Gathering, *, waited: bool) -> View:
    """They do not wait any more, or gave up the place that they had."""
    sentence = (
        locale.t("You are no longer waiting for a place in {topic}. You are welcome back any time.")
        if waited
        else locale.t("Your place in {topic} goes to somebody who waits for one. Thank you for telling us.")
    )
    spoken = Paragraph(replies.sentence(locale, gathering, sentence))
    return View((spoken, Buttons((button_texts.upcoming(locale),))))
