"""Texts of a member's settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import time_texts, times
from bot.config import LANGUAGES, Config
from bot.dispatcher_texts import paragraphs
from bot.i18n import Locale, line, strong
from bot.members.model import Member
from bot.platform import platform_of
from bot.request import Call
from bot.views import Button, ChecksField, Choice, ChoiceField, Form, TextField, View

AFTERWARDS = "afterwards"
"""The value of this choice among the offsets, in seconds, of the form's reminders."""


def settings_form(
    locale: Locale, config: Config, member: Member, *, typed_zone: str | None = None, error: str = ""
) -> Form:
    settings = member.settings
    wanted = [str(int(offset.total_seconds())) for offset in config.reminders if offset not in settings.muted]
    wanted += [AFTERWARDS] if settings.afterwards else []
    reminders = tuple(
        Choice(
            str(int(offset.total_seconds())),
            locale.t("{length} before").format(length=time_texts.length(locale, offset)),
        )
        for offset in config.reminders
    )
    by_letter = platform_of(member.address.platform).by_letter
    known_zone = locale.t("{zone} (as your browser said)") if by_letter else locale.t("{zone} (as your app says)")
    default_zone = known_zone.format(zone=member.zone) if member.zone else config.zone
    yes_no = (
        Choice("yes", locale.t("Yes, by letter") if by_letter else locale.t("Yes, by direct message")),
        Choice("no", locale.t("Only if a gathering moves or is cancelled")),
    )
    return Form(
        locale.t("My settings"),
        Call("settings"),
        (
            TextField(
                "zone",
                locale.t("Time zone"),
                value=typed_zone if typed_zone is not None else (settings.zone or member.zone or ""),
                hint=locale.t("A city, like Madrid. Left empty: {zone}").format(zone=default_zone),
                error=error,
                required=False,
                limit=60,
            ),
            ChoiceField(
                "language",
                locale.t("Language"),
                tuple(Choice(code, name) for code, name in LANGUAGES.items()),
                value=locale.language,
            ),
            ChecksField(
                "reminders",
                locale.t("Remind me"),
                (*reminders, Choice(AFTERWARDS, locale.t("A word of thanks afterwards"))),
                value=",".join(wanted),
            ),
            ChoiceField(
                "direct",
                locale.t("Write to me"),
                yes_no,
                value="yes" if settings.by_direct_message else "no",
            ),
        ),
        locale.t("Save"),
    )


def _enumerated(locale: Locale, several: Sequence[str]) -> str:
    """`24 hours, 1 hour and 10 minutes`."""
    if len(several) < 2:
        return "".join(several)
    return locale.t("{several} and {last}").format(several=", ".join(several[:-1]), last=several[-1])


def unknown_zone(locale: Locale, problem: times.UnreadableTime) -> str:
    return time_texts.which_zone(locale, problem) or locale.t(
        "I do not know that time zone. Try a city, like Madrid or New York."
    )


def settings_saved(locale: Locale, config: Config, member: Member, now: datetime) -> View:
    settings = member.settings
    offsets = [time_texts.length(locale, offset) for offset in config.reminders if offset not in settings.muted]
    if not settings.by_direct_message:
        reminders = locale.t(
            "I will only write if a gathering moves or is cancelled. /htg mine and /htg join work as ever."
        )
    elif offsets:
        reminders = locale.t("I will remind you {leads} before a gathering.").format(leads=_enumerated(locale, offsets))
    else:
        reminders = locale.t("I will not send reminders. /htg mine and /htg join work as ever.")
    return paragraphs(
        line(
            locale.t("Saved. Times are shown for {zone}, and it is {time} there now."),
            zone=strong(locale.zone)[0],
            time=time_texts.time(locale, now),
        ),
        line(reminders),
        buttons=(Button(locale.t("My gatherings"), Call("mine")),),
    )


def quiet(locale: Locale) -> View:
    return paragraphs(
        line(locale.t("I will only write if a gathering moves or is cancelled. You stay registered, and welcome.")),
        buttons=(Button(locale.t("My gatherings"), Call("mine")), Button(locale.t("My settings"), Call("settings"))),
    )
