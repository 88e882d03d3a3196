"""Texts of cancelling a gathering."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import time_texts
from bot.button_texts import paragraphs
from bot.gatherings import replies
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import NOTE_LIMIT, Gathering
from bot.i18n import Locale, line
from bot.request import Call
from bot.views import Button, Choice, ChoiceField, Form, Note, Paragraph, Part, Strong, TextField, Tone, View


def cancel_form(
    locale: Locale, gathering: Gathering, told: int, *, told_all: int | None = None, error: str = "", note: str = ""
) -> Form:
    """Asks for confirmation, since it cannot be undone, and for a note. `told`: how many registered; `told_all`: for
    all its coming parts, where there are several.
    """
    people = [locale.plural("{n} person", "{n} people", count) for count in (told, told_all or 0)]
    about = gathering_texts.named_in_full(locale, gathering)
    if told_all is None:
        about += ". " + locale.plural("{n} person will be told.", "{n} people will be told.", told)
    fields: list[TextField | ChoiceField] = [
        TextField(
            "note",
            locale.t("A word to those who registered"),
            value=note,
            error=error,
            required=False,
            multiline=True,
            limit=NOTE_LIMIT,
        )
    ]
    if told_all is not None:
        day = time_texts.full_day(locale, gathering.starts_at, gathering.zone)
        only = locale.t("Only part {n}, {day} ({people})")
        all_parts = locale.t("All coming parts ({people})")
        choices = (
            Choice("this", only.format(n=gathering.part, day=day, people=people[0])),
            Choice("all", all_parts.format(people=people[1])),
        )
        fields.insert(0, ChoiceField("which", locale.t("What is cancelled?"), choices, value="this"))
    return Form(
        locale.t("Cancel this gathering?"),
        Call.of("host-cancel", gathering=gathering.id, sure="yes"),
        tuple(fields),
        locale.t("Cancel and tell everyone"),
        about,
    )


def cancelled(locale: Locale, gatherings: Sequence[Gathering], told: int, *, posted: bool) -> View:
    first = gatherings[0]
    name = gathering_texts.named(locale, first) if len(gatherings) == 1 else first.title
    parts: list[Part] = [Paragraph(line(locale.t("{topic} is cancelled."), topic=Strong(name)))]
    if told:
        sentence = locale.plural("{n} registrant is being told.", "{n} registrants are being told.", told)
        parts.append(Paragraph(line(sentence)))
    if posted:
        parts.append(Note(line(locale.t("Announcements that were posted are changed in place."))))
    return View(tuple(parts))


def cancelled_or_over(locale: Locale, gathering: Gathering) -> View:
    sentence = (
        locale.t("{topic} was cancelled already.") if gathering.cancelled else locale.t("{topic} is over already.")
    )
    like_it = like_it_button(locale, gathering)
    return replies.short(locale, gathering, sentence, like_it)


def like_it_button(locale: Locale, gathering: Gathering) -> Button:
    """What can still be done about one that was cancelled, or is over."""
    return Button(locale.t("A new one like it"), Call.of("host-copy", gathering=gathering.id))


def stays_as_it_is(locale: Locale, gathering: Gathering, parts: Sequence[Gathering], now: datetime) -> View:
    """Where something of it was to be changed. `parts`: all of its series, of which others may be still to come."""
    sentence = (
        locale.t("{topic}, {when}, was cancelled, so it stays as it is.")
        if gathering.cancelled
        else locale.t("{topic}, {when}, is over, so it stays as it is.")
    )
    said = line(
        sentence,
        topic=gathering_texts.topic(locale, gathering),
        when=time_texts.in_full(locale, gathering.starts_at, gathering.zone),
    )
    coming = next((part for part in parts if part.is_still_on(now)), None)
    buttons: list[Button] = []
    if coming is not None:
        edit = Call.of("host-edit", gathering=coming.id)
        buttons.append(Button(locale.t("Change the other parts"), edit, Tone.NEXT))
    buttons.append(like_it_button(locale, gathering))
    return paragraphs(said, buttons=tuple(buttons))
