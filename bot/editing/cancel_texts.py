"""Announcing and cancelling, as facilitators read it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import NOTE_LIMIT, Gathering
from bot.i18n import Locale, line, strong
from bot.request import Call
from bot.views import Choice, ChoiceField, Form, Note, Paragraph, Part, Strong, TextField, View


def cancel_form(
    locale: Locale, gathering: Gathering, told: int, *, several: bool, error: str = "", note: str = ""
) -> Form:
    """Asks once more, since it cannot be undone, and for a note."""
    hint = locale.plural("{n} registrant reads it.", "{n} registrants read it.", told)
    fields: list[TextField | ChoiceField] = [
        TextField(
            "note",
            locale.t("A word to those who registered"),
            value=note,
            hint=hint,
            error=error,
            required=False,
            multiline=True,
            limit=NOTE_LIMIT,
        )
    ]
    if several:
        this = locale.t("Only {part}").format(part=gathering_texts.part(locale, gathering))
        choices = (Choice("this", this), Choice("all", locale.t("All coming parts")))
        fields.insert(0, ChoiceField("which", locale.t("What is cancelled?"), choices, value="this"))
    title = locale.t("Cancel this gathering?")
    return Form(
        title,
        Call.of("host-cancel", gathering=gathering.id, sure="yes"),
        tuple(fields),
        locale.t("Cancel and tell everyone"),
    )


def cancelled(locale: Locale, found: Sequence[Gathering], told: int, *, posted: bool) -> View:
    name = gathering_texts.named(locale, found[0]) if len(found) == 1 else found[0].title
    parts: list[Part] = [Paragraph(line(locale.t("{topic} is cancelled."), topic=strong(name)[0]))]
    if told:
        parts.append(
            Paragraph(line(locale.plural("{n} registrant is being told.", "{n} registrants are being told.", told)))
        )
    if posted:
        parts.append(Note(line(locale.t("Announcements that were posted are changed in place."))))
    return View(tuple(parts))


def cannot_be_cancelled(locale: Locale, gathering: Gathering) -> View:
    sentence = (
        locale.t("{topic} was cancelled already.") if gathering.cancelled else locale.t("{topic} is over already.")
    )
    return View((Paragraph(line(sentence, topic=Strong(gathering_texts.named(locale, gathering)))),))
