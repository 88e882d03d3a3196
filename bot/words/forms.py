"""What is said around a form where a platform cannot show it again by itself (Discord: a window opens on a press)."""

from __future__ import annotations

from bot.asks import Call
from bot.views import Button, Buttons, Form, Item, Paragraph, Strong, Text, Tone, View
from bot.words.reader import Reader, line


def form_mistaken(to: Reader, form: Form) -> View:
    """What needs another look, field by field. The button asks anew should the input be gone: it confirms nothing."""
    wrong = tuple((Strong(field.label), Text(f": {field.error}")) for field in form.fields if field.error)
    return View(
        (
            Paragraph(line(to.say("This needs another look. What you typed is kept for a while."))),
            Item(wrong),
            Buttons((Button(to.say("Try again"), form.call.without("sure"), Tone.NEXT),)),
        )
    )


def form_ready(to: Reader, again: Call) -> View:
    """The form took too long to open by itself."""
    return View(
        (
            Paragraph(line(to.say("That took longer than it should. The form is ready now."))),
            Buttons((Button(to.say("Open the form"), again, Tone.NEXT),)),
        )
    )


def failed_while_typing(to: Reader, reference: str) -> str:
    return to.say("Something went wrong on our side. Reference: {reference}").format(reference=reference)
