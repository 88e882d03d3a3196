"""Announcing and cancelling, as facilitators read it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import NOTE_LIMIT, Gathering
from bot.i18n import Locale, line, strong
from bot.request import Call
from bot.views import Choice, ChoiceField, Form, Note, Paragraph, Part, Strong, TextField, View


def cancel_form(to: Locale, gathering: Gathering, told: int, *, several: bool, error: str = "", note: str = "") -> Form:
    """Asks once more, since it cannot be undone, and for a note."""
    hint = to.count("{n} registrant reads it.", "{n} registrants read it.", told)
    fields: list[TextField | ChoiceField] = [
        TextField(
            "note",
            to.say("A word to those who registered"),
            value=note,
            hint=hint,
            error=error,
            required=False,
            multiline=True,
            limit=NOTE_LIMIT,
        )
    ]
    if several:
        this = to.say("Only {part}").format(part=gathering_texts.part(to, gathering))
        choices = (Choice("this", this), Choice("all", to.say("All coming parts")))
        fields.insert(0, ChoiceField("which", to.say("What is cancelled?"), choices, value="this"))
    title = to.say("Cancel this gathering?")
    return Form(
        title,
        Call.of("host-cancel", gathering=gathering.id, sure="yes"),
        tuple(fields),
        to.say("Cancel and tell everyone"),
    )


def cancelled(to: Locale, found: Sequence[Gathering], told: int, *, posted: bool) -> View:
    name = gathering_texts.named(to, found[0]) if len(found) == 1 else found[0].title
    parts: list[Part] = [Paragraph(line(to.say("{topic} is cancelled."), topic=strong(name)[0]))]
    if told:
        parts.append(
            Paragraph(line(to.count("{n} registrant is being told.", "{n} registrants are being told.", told)))
        )
    if posted:
        parts.append(Note(line(to.say("Announcements that were posted are changed in place."))))
    return View(tuple(parts))


def cannot_be_cancelled(to: Locale, gathering: Gathering) -> View:
    sentence = to.say("{topic} was cancelled already.") if gathering.cancelled else to.say("{topic} is over already.")
    return View((Paragraph(line(sentence, topic=Strong(gathering_texts.named(to, gathering)))),))
