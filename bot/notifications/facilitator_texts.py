"""The sentences that are sent to facilitators, unasked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from bot import button_texts, time_texts
from bot.addresses import Address
from bot.button_texts import paragraphs
from bot.gatherings import door_texts, replies
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.meetings.model import Capture
from bot.meetings.texts import start_button
from bot.platform import shown_name
from bot.views import AnyButton, Button, Buttons, Item, Moment, Note, Strong, Style, Text, View


def briefed(
    locale: Locale, gathering: Gathering, now: datetime, *, registered: int, unreached: int, waits_for_host: bool
) -> View:
    """Half an hour before. `waits_for_host`: nobody can enter before a host does."""
    sentence = locale.t("{topic} begins {left}: {when}.")
    spoken = line(
        sentence,
        topic=gathering_texts.topic(locale, gathering),
        left=time_texts.left(locale, gathering.starts_at - now),
        when=gathering_texts.moment(gathering),
    )
    facts = locale.plural("{n} registered", "{n} registered", registered)
    if unreached:
        facts += " · " + locale.plural("{n} unreached", "{n} unreached", unreached)
    lines = [spoken, (Text(facts),), door_texts.hours(locale, gathering)]
    if waits_for_host:
        lines.append(
            line(locale.t("Nobody can enter before one of you starts the meeting; whoever is first is the host."))
        )
    return View((Item(tuple(lines)), Buttons((start_button(locale, gathering), button_texts.doors(locale, gathering)))))


def not_begun(locale: Locale, gathering: Gathering, now: datetime) -> View:
    if now < gathering.starts_at:
        left = time_texts.left(locale, gathering.starts_at - now)
        spoken = line(
            locale.t("{topic} begins {left}, and as far as I can tell nobody has started the meeting."),
            topic=gathering_texts.topic(locale, gathering),
            left=left,
        )
    else:
        spoken = line(
            locale.t("{topic} was to begin at {when}, and as far as I can tell nobody has started the meeting."),
            topic=gathering_texts.topic(locale, gathering),
            when=Moment(gathering.starts_at, gathering.zone, Style.TIME),
        )
    sentence = locale.t(
        "People wait outside until then, and read that you are being called. I am telling everyone on the team: whoever"
        " presses first is the host."
    )
    return paragraphs(
        spoken, line(sentence), buttons=(start_button(locale, gathering), button_texts.doors(locale, gathering))
    )


def begun_after_all(locale: Locale, gathering: Gathering) -> View:
    sentence = locale.t("{topic} has begun: somebody has started the meeting. Thank you.")
    return replies.short(locale, gathering, sentence, button_texts.doors(locale, gathering))


def recording_started(locale: Locale, gathering: Gathering, captures: Sequence[Capture]) -> View:
    """`captures`: what has kept what was said, so far."""
    named = ", ".join(_capture(locale, capture) for capture in captures) or _capture(locale, Capture.RECORDING)
    sentence = locale.t("Zoom reports of {topic}: {what}. Everybody was promised that nothing is recorded.")
    advice = locale.t("Please stop it in Zoom now, tell the circle, and delete afterwards what was kept.")
    return paragraphs(
        line(sentence, topic=gathering_texts.topic(locale, gathering), what=Strong(named)),
        line(advice),
        buttons=(start_button(locale, gathering), button_texts.doors(locale, gathering)),
    )


def _capture(locale: Locale, capture: Capture) -> str:
    match capture:
        case Capture.RECORDING:
            return locale.t("a recording")
        case Capture.TRANSCRIPT:
            return locale.t("a transcript")
        case Capture.SUMMARY:
            return locale.t("an AI summary")
        case Capture.COMPANION:
            return locale.t("AI Companion is listening")
        case Capture.NOTES:
            return locale.t("somebody’s AI notes")
        case Capture.STREAM:
            return locale.t("a live stream")
        case Capture.ARCHIVE:
            return locale.t("an archive")
        case _:
            assert_never(capture)


def counted(
    locale: Locale,
    gathering: Gathering,
    *,
    registered: int,
    logged_in: int | None,
    unreached: int,
    turned_away: int,
) -> View:
    """Once it is over. `logged_in`: None where Zoom does not report it."""
    facts = [locale.plural("{n} registered", "{n} registered", registered + gathering.former_registrants)]
    facts.append(locale.plural("{n} came in", "{n} came in", gathering.admitted))
    if logged_in is not None:
        facts.append(locale.plural("{n} logged in", "{n} logged in", logged_in))
    facts.append(locale.plural("{n} unreached", "{n} unreached", unreached))
    if turned_away:
        facts.append(locale.plural("{n} turned away", "{n} turned away", turned_away))
    sentence = locale.t("{topic} is over. Thank you for holding the space.")
    return View(
        (
            Item((replies.sentence(locale, gathering, sentence), (Text(" · ".join(facts)),))),
            Buttons((button_texts.roster(locale, gathering),)),
        )
    )


def from_elsewhere(locale: Locale, view: View, hosts_at: Sequence[Address]) -> View:
    """The same for an address that may not use /htg-host: buttons for facilitators would be refused there."""
    parts = [
        replace(part, buttons=tuple(button for button in part.buttons if not _is_hosting(button)))
        if isinstance(part, Buttons | Item)
        else part
        for part in view.parts
    ]
    platforms = ", ".join(dict.fromkeys(locale.t(shown_name(address.platform)) for address in hosts_at))
    sentence = locale.t("You facilitate from {platform}: the buttons are there, in the same message.")
    kept = (part for part in parts if not (isinstance(part, Buttons) and not part.buttons))
    return View((*kept, Note(line(sentence, platform=platforms))))


def _is_hosting(button: AnyButton) -> bool:
    return isinstance(button, Button) and button.call.name.startswith("host-")
