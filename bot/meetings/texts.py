"""What facilitators read when they host."""

from __future__ import annotations

from datetime import datetime

from bot import button_texts
from bot.admission.texts import enter, passcode
from bot.editing import cancel_texts
from bot.gatherings import replies
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.request import Call
from bot.secrets import StartLink, ZoomLink
from bot.views import Button, Buttons, Note, Paragraph, Part, SecretLinkButton, Tone, View


def start_button(locale: Locale, gathering: Gathering, tone: Tone = Tone.NEXT) -> Button:
    """The link itself is fetched when it is pressed."""
    return Button(locale.t("Start the meeting"), Call.of("host-start", gathering=gathering.id), tone)


def start(locale: Locale, gathering: Gathering, link: StartLink, now: datetime, *, running: bool = False) -> View:
    """The one place where the start link is shown. `running`: somebody has begun already."""
    if running:
        sentence = locale.t("{topic} has begun. With this link you come in as a host.")
    elif now < gathering.starts_at:
        sentence = locale.t("{topic} begins {when}. Whoever opens this link first begins the meeting, and is the host.")
    else:
        sentence = locale.t(
            "{topic} was to begin {when}. Whoever opens this link first begins the meeting, and is the host."
        )
    parts: list[Part] = [Paragraph(replies.sentence(locale, gathering, sentence))]
    if running:
        taken_over = locale.t("Zoom may ask whether you take over from whoever hosts now; please settle it first.")
        parts.append(Paragraph(line(taken_over)))
    label = locale.t("Come in as a host") if running else locale.t("Start the meeting")
    parts.append(Buttons((SecretLinkButton(label, link), button_texts.doors(locale, gathering))))
    sentence = locale.t(
        "You take none of the places. The link lapses within two hours; ask again for a fresh one. Whoever holds it is"
        " the host, so please pass it on to nobody: everyone on the team can ask for their own."
    )
    return View((*parts, Note(line(sentence))))


def start_pasted(locale: Locale, gathering: Gathering, pasted: ZoomLink, link: StartLink, now: datetime) -> View:
    """`link`: the same address, as what a facilitator is shown."""
    sentence = (
        locale.t("{topic} begins {when}. This is the link that was given for it.")
        if now < gathering.starts_at
        else locale.t("{topic} has begun. This is the link that was given for it.")
    )
    parts: list[Part] = [Paragraph(replies.sentence(locale, gathering, sentence))]
    if pasted.passcode():
        parts.append(Paragraph(passcode(locale, pasted)))
    parts.append(Buttons((SecretLinkButton(enter(locale, pasted), link), button_texts.doors(locale, gathering))))
    note = locale.t(
        "You take none of the places here. Who hosts is settled where the meeting was made: sign in there first. Please"
        " pass the link on to nobody; members get it at the door."
    )
    return View((*parts, Note(line(note))))


def no_start_link(locale: Locale, gathering: Gathering) -> View:
    sentence = locale.t(
        "Zoom gave no start link for {topic} just now. Please try again in a moment. Whoever can sign in to the Zoom"
        " account can begin the meeting there, too."
    )
    return replies.short(
        locale,
        gathering,
        sentence,
        Button(locale.t("Try again"), Call.of("host-start", gathering=gathering.id), Tone.NEXT),
    )


def no_room(locale: Locale, gathering: Gathering, *, is_being_made: bool) -> View:
    sentence = (
        locale.t("The Zoom meeting of {topic} is not made yet. It takes a moment; please try again in a minute.")
        if is_being_made
        else locale.t("Nobody has given a link for {topic} yet.")
    )
    again = Button(locale.t("Try again"), Call.of("host-start", gathering=gathering.id), Tone.NEXT)
    edit = button_texts.change(locale, gathering)
    return replies.short(locale, gathering, sentence, again if is_being_made else edit)


def nothing_to_start(locale: Locale, gathering: Gathering) -> View:
    sentence = (
        locale.t("{topic} was cancelled, so there is nothing to start.")
        if gathering.cancelled
        else locale.t("{topic} is over, so there is nothing to start.")
    )
    return replies.short(locale, gathering, sentence, cancel_texts.like_it_button(locale, gathering))
