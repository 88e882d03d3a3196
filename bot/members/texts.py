"""Texts of a member's settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from bot import button_texts, time_texts, times
from bot.button_texts import paragraphs
from bot.config import LANGUAGES, Config
from bot.i18n import Locale, line
from bot.members.model import LetterUse, Member, MemberSettings
from bot.platform import platform_of
from bot.request import Call
from bot.views import Button, ChecksField, Choice, ChoiceField, Form, Strong, TextField, View

AFTERWARDS = "afterwards"
"""The value of this choice among the offsets, in seconds, of the form's reminders."""


class Write(StrEnum):
    """What the settings form answers to "Write to me"."""

    YES = "yes"
    CHAT = "chat"
    NO = "no"
    NEVER = "never"


def _ways(locale: Locale, settings: MemberSettings, letters: LetterUse) -> tuple[tuple[Choice, ...], Write]:
    """What can be chosen, and what is chosen now."""
    changes = Choice(Write.NO, locale.t("Only if a gathering moves or is cancelled"))
    now = Write.YES if settings.by_direct_message else Write.NO
    match letters:
        case LetterUse.NONE:
            return (Choice(Write.YES, locale.t("Yes, by direct message")), changes), now
        case LetterUse.ALSO:
            yes = Choice(Write.YES, locale.t("Yes; by e-mail where a direct message cannot reach me"))
            chat = Choice(Write.CHAT, locale.t("Yes, but never by e-mail"))
            never_by_letter = settings.by_direct_message and not settings.letters
            return (yes, chat, changes), Write.CHAT if never_by_letter else now
        case LetterUse.ALONE:
            yes = Choice(Write.YES, locale.t("Yes, by e-mail"))
            never = Choice(Write.NEVER, locale.t("Not at all"))
            return (yes, changes, never), now if settings.letters else Write.NEVER
        case _:
            assert_never(letters)


def settings_form(
    locale: Locale,
    config: Config,
    member: Member,
    letters: LetterUse = LetterUse.NONE,
    *,
    typed_zone: str | None = None,
    error: str = "",
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
    ways, way = _ways(locale, settings, letters)
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
                ways,
                value=way,
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


def settings_saved(
    locale: Locale, config: Config, member: Member, now: datetime, letters: LetterUse = LetterUse.NONE
) -> View:
    settings = member.settings
    offsets = [time_texts.length(locale, offset) for offset in config.reminders if offset not in settings.muted]
    if letters is LetterUse.ALONE and not settings.letters:
        reminders = locale.t("I will not write to you, also if a gathering moves or is cancelled. Your page shows it.")
    elif not settings.by_direct_message:
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
            zone=Strong(locale.zone),
            time=time_texts.time(locale, now),
        ),
        line(reminders),
        buttons=(button_texts.mine(locale),),
    )


def quiet(locale: Locale, *, in_chat: bool) -> View:
    """`in_chat`: what there was to say goes on there."""
    sentence = (
        locale.t("Nothing more comes by e-mail; direct messages go on. You stay registered, and welcome.")
        if in_chat
        else locale.t("I will only write if a gathering moves or is cancelled. You stay registered, and welcome.")
    )
    return paragraphs(
        line(sentence), buttons=(button_texts.mine(locale), Button(locale.t("My settings"), Call("settings")))
    )
