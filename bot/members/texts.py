"""Help, settings, suggestions, and what is said when something is not as it should be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import time_texts, times
from bot.config import LANGUAGES, Config
from bot.dispatcher_texts import paragraphs
from bot.i18n import Locale, line, strong
from bot.members.model import Member
from bot.request import Call
from bot.views import Button, ChecksField, Choice, ChoiceField, Form, TextField, View

LANGUAGE_NAMES = {"en": "English", "es": "Español"}
AFTERWARDS = "afterwards"
"""The value that stands beside the reminders' lengths in the settings form."""


def settings_form(to: Locale, house: Config, member: Member, *, typed_zone: str | None = None, error: str = "") -> Form:
    settings = member.settings
    heard = [str(int(lead.total_seconds())) for lead in house.reminders if lead not in settings.muted]
    heard += [AFTERWARDS] if settings.afterwards else []
    reminders = tuple(
        Choice(str(int(lead.total_seconds())), to.say("{length} before").format(length=time_texts.length(to, lead)))
        for lead in house.reminders
    )
    known = to.say("{zone} (as your app says)").format(zone=member.zone) if member.zone else house.zone
    yes_no = (
        Choice("yes", to.say("Yes, by direct message")),
        Choice("no", to.say("Only if a gathering moves or is cancelled")),
    )
    return Form(
        to.say("My settings"),
        Call("settings"),
        (
            TextField(
                "zone",
                to.say("Time zone"),
                value=typed_zone if typed_zone is not None else (settings.zone or ""),
                hint=to.say("A city, like Madrid. Left empty: {zone}").format(zone=known),
                error=error,
                required=False,
                limit=60,
            ),
            ChoiceField(
                "language",
                to.say("Language"),
                tuple(Choice(each, LANGUAGE_NAMES[each]) for each in LANGUAGES),
                value=to.language,
            ),
            ChecksField(
                "reminders",
                to.say("Remind me"),
                (*reminders, Choice(AFTERWARDS, to.say("A word of thanks afterwards"))),
                value=",".join(heard),
            ),
            ChoiceField(
                "direct",
                to.say("Write to me"),
                yes_no,
                value="yes" if settings.by_direct_message else "no",
            ),
        ),
        to.say("Save"),
    )


def _together(to: Locale, several: Sequence[str]) -> str:
    """`24 hours, 1 hour and 10 minutes`."""
    if len(several) < 2:
        return "".join(several)
    return to.say("{several} and {last}").format(several=", ".join(several[:-1]), last=several[-1])


def unknown_zone(to: Locale, problem: times.UnreadableTime) -> str:
    return time_texts.which_zone(to, problem) or to.say(
        "I do not know that time zone. Try a city, like Madrid or New York."
    )


def settings_kept(to: Locale, house: Config, member: Member, now: datetime) -> View:
    settings = member.settings
    leads = [time_texts.length(to, lead) for lead in house.reminders if lead not in settings.muted]
    if not settings.by_direct_message:
        reminders = to.say(
            "I will only write if a gathering moves or is cancelled. /htg mine and /htg join work as ever."
        )
    elif leads:
        reminders = to.say("I will remind you {leads} before a gathering.").format(leads=_together(to, leads))
    else:
        reminders = to.say("I will not send reminders. /htg mine and /htg join work as ever.")
    return paragraphs(
        line(
            to.say("Saved. Times are shown for {zone}, and it is {time} there now."),
            zone=strong(to.zone)[0],
            time=time_texts.time(to, now),
        ),
        line(reminders),
        buttons=(Button(to.say("My gatherings"), Call("mine")),),
    )
