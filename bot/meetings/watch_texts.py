"""What facilitators read when a meeting at Zoom is not as it is to be."""

from __future__ import annotations

from collections.abc import Collection
from typing import assert_never

from bot import button_texts
from bot.gatherings import replies
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.meetings.model import Deviation
from bot.meetings.texts import start_button
from bot.request import Call
from bot.views import Button, Buttons, Note, Paragraph, Part, Tone, View


def put_back(locale: Locale, gathering: Gathering, deviations: Collection[Deviation]) -> View:
    """Somebody changed or deleted it at Zoom, and the bot made it good."""
    if Deviation.DELETED in deviations:
        sentence = locale.t(
            "The Zoom meeting of {topic} was deleted at Zoom. I have made another; start links from before no longer"
            " work. If there is to be no gathering, please cancel it here."
        )
        buttons = (start_button(locale, gathering, Tone.PLAIN), _cancel(locale, gathering))
        return View((Paragraph(replies.sentence(locale, gathering, sentence)), Buttons(buttons)))
    sentence = locale.t("The Zoom meeting of {topic} was changed at Zoom. I have put back:")
    parts: list[Part] = [Paragraph(replies.sentence(locale, gathering, sentence))]
    parts += [Paragraph(line("· " + _put_back(locale, each))) for each in sorted(deviations)]
    parts.append(Note(line(locale.t("What is to be different, please change here: Zoom then follows."))))
    return View((*parts, Buttons((button_texts.change(locale, gathering, Tone.PLAIN),))))


def refused(locale: Locale, gathering: Gathering, deviations: Collection[Deviation]) -> View:
    """Zoom keeps it so, whatever it is sent."""
    sentence = locale.t("Zoom does not take everything that I set in the meeting of {topic}:")
    parts: list[Part] = [Paragraph(replies.sentence(locale, gathering, sentence))]
    parts += [Paragraph(line("· " + _refused(locale, each))) for each in sorted(deviations)]
    note = locale.t(
        "Perhaps it is locked in the settings of your Zoom account, or its plan has none. Whoever looks after the bot"
        " can see which with htg doctor."
    )
    return View((*parts, Note(line(note))))


def _put_back(locale: Locale, deviation: Deviation) -> str:
    match deviation:
        case Deviation.CAPTURE:
            return locale.t("Nothing records, transcribes or summarises.")
        case Deviation.REGISTRATION:
            return locale.t("Everyone has a link of their own, and comes in with it at once.")
        case Deviation.ROOM:
            return locale.t("The waiting room is on, and nobody comes in before a host.")
        case Deviation.TIME:
            return locale.t("Its time and length are those of the gathering.")
        case Deviation.DELETED:
            return locale.t("It is there again.")
        case _:
            assert_never(deviation)


def _refused(locale: Locale, deviation: Deviation) -> str:
    match deviation:
        case Deviation.CAPTURE:
            return locale.t(
                "It may be recorded, transcribed or summarised by itself. Please stop that in Zoom as soon as you"
                " begin."
            )
        case Deviation.REGISTRATION:
            return locale.t(
                "It takes no registration, so people get its common link, which can be passed on. Please look at who is"
                " in the waiting room."
            )
        case Deviation.ROOM:
            return locale.t("It has no waiting room, or people can come in before you. Please begin early.")
        case Deviation.TIME:
            return locale.t("It has another time than the gathering. It can be begun all the same.")
        case Deviation.DELETED:
            return locale.t("It is gone. Please give a link of your own under Change.")
        case _:
            assert_never(deviation)


def _cancel(locale: Locale, gathering: Gathering) -> Button:
    return Button(locale.t("Cancel the gathering"), Call.of("host-cancel", gathering=gathering.id), Tone.FINAL)
