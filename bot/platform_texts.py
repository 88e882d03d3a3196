"""What is said around a form where a platform cannot show it again by itself (Discord: a window opens on a press)."""

from __future__ import annotations

from bot.i18n import Locale, line
from bot.request import Call
from bot.views import Button, Buttons, Form, Item, Paragraph, Strong, Text, Tone, View


def form_mistaken(to: Locale, form: Form) -> View:
    """What needs another look, field by field. The button asks anew should the input be gone: it confirms nothing."""
    wrong = tuple((Strong(field.label), Text(f": {field.error}")) for field in form.fields if field.error)
    return View(
        (
            Paragraph(line(to.say("This needs another look. What you typed is kept for a while."))),
            Item(wrong),
            Buttons((Button(to.say("Try again"), form.call.without("sure"), Tone.NEXT),)),
        )
    )


def form_ready(to: Locale, again: Call) -> View:
    """The form took too long to open by itself."""
    return View(
        (
            Paragraph(line(to.say("That took longer than it should. The form is ready now."))),
            Buttons((Button(to.say("Open the form"), again, Tone.NEXT),)),
        )
    )


def failed_while_typing(to: Locale, reference: str) -> str:
    return to.say("Something went wrong on our side. Reference: {reference}").format(reference=reference)


def file_follows(to: Locale, name: str) -> str:
    """Where an answer cannot hold a file."""
    return to.say("I am sending you {name} as a direct message.").format(name=name)


def window_title(to: Locale) -> str:
    """At most 24 characters in every language (Slack, Views)."""
    return to.say("Gatherings")


def window_close(to: Locale) -> str:
    """At most 24 characters; without it Slack says it in its own language."""
    return to.say("Close")


def form_close(to: Locale) -> str:
    """At most 24 characters: leaves a form without sending it."""
    return to.say("Cancel")


def home_foot(to: Locale) -> Buttons:
    return Buttons((Button(to.say("My settings"), Call("settings")), Button(to.say("What I can do"), Call("help"))))


def more_choices(to: Locale) -> str:
    """The last of the choices offered while somebody types, where there are more than can be offered."""
    return to.say("There are more: type a part of the title")
