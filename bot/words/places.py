"""What is said only because of where it is shown: a window's title, the foot of a home page, a file on its way."""

from __future__ import annotations

from bot.asks import Call
from bot.views import Button, Buttons
from bot.words.reader import Reader


def file_follows(to: Reader, name: str) -> str:
    """Where an answer cannot hold a file."""
    return to.say("I am sending you {name} as a direct message.").format(name=name)


def window_title(to: Reader) -> str:
    """At most 24 characters in every language (Slack, Views)."""
    return to.say("Gatherings")


def window_close(to: Reader) -> str:
    """At most 24 characters; without it Slack says it in its own language."""
    return to.say("Close")


def form_close(to: Reader) -> str:
    """At most 24 characters: leaves a form without sending it."""
    return to.say("Cancel")


def home_foot(to: Reader) -> Buttons:
    return Buttons((Button(to.say("My settings"), Call("settings")), Button(to.say("What I can do"), Call("help"))))


def more_choices(to: Reader) -> str:
    """The last of the choices offered while somebody types, where there are more than can be offered."""
    return to.say("There are more: type a part of the title")
