"""What platforms show around a View: titles of windows, what closes a form, what stands where a list was cut."""

from __future__ import annotations

from bot.button_texts import paragraphs
from bot.i18n import Locale, line
from bot.request import Call
from bot.views import Button, Buttons, Form, Item, Menu, MomentsField, Paragraph, Strong, Text, Tone, View


def form_mistaken(locale: Locale, form: Form) -> View:
    """What needs another look, field by field. The button asks anew should the input be gone: it confirms nothing."""
    wrong = tuple((Strong(field.label), Text(f": {field.error}")) for field in form.fields if field.error)
    again = form.call.without("sure")
    which = (
        Menu(field.which, again, field.reading, field.readings)
        for field in form.fields
        if isinstance(field, MomentsField) and field.readings
    )
    return View(
        (
            Paragraph(line(locale.t("This needs another look. What you typed is kept for a while."))),
            Item(wrong),
            *which,
            Buttons((Button(locale.t("Try again"), again, Tone.NEXT),)),
        )
    )


def form_ready(locale: Locale, again: Call) -> View:
    """The form took too long to open by itself."""
    return paragraphs(
        line(locale.t("That took longer than it should. The form is ready now.")),
        buttons=(Button(locale.t("Open the form"), again, Tone.NEXT),),
    )


def failed_while_typing(locale: Locale, reference: str) -> str:
    return locale.t("Something went wrong on our side. Reference: {reference}").format(reference=reference)


def file_follows(locale: Locale, name: str) -> str:
    """Where an answer cannot hold a file."""
    return locale.t("I am sending you {name} as a direct message.").format(name=name)


def window_title(locale: Locale) -> str:
    """At most 24 characters in every language (Slack, Views)."""
    return locale.t("Gatherings")


def window_close(locale: Locale) -> str:
    """At most 24 characters; without it Slack says it in its own language."""
    return locale.t("Close")


def form_close(locale: Locale) -> str:
    """At most 24 characters: leaves a form without sending it."""
    return locale.t("Cancel")


def home_foot(locale: Locale) -> Buttons:
    return Buttons((Button(locale.t("My settings"), Call("settings")), Button(locale.t("What I can do"), Call("help"))))


def not_of_this_workspace(locale: Locale, name: str, is_app: bool) -> str:
    """Of whom somebody picked in a form, where the platform offers more than the people of its workspace."""
    if is_app:
        return locale.t("{name} is an app, and I can only name people. Please take it out above.").format(name=name)
    sentence = locale.t(
        "{name} is from another workspace, and I would take them for somebody of this one. "
        "Please take them out above; you can write here who it is."
    )
    return sentence.format(name=name)


def more_choices(locale: Locale) -> str:
    """The last of the choices offered while somebody types, where a platform has no room for the others."""
    return locale.t("There are more: type a part of the title")


def more_of(locale: Locale, shown: int, count: int) -> str:
    """The last of the choices offered while somebody types: chosen, it leads to a menu of all."""
    sentence = locale.t("{shown} of {count}: type a part of the title, or choose this for all")
    return sentence.format(shown=shown, count=count)
