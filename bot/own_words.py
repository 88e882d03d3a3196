"""What somebody wrote in a form that came to nothing: they have it back, whatever the reason is."""

from __future__ import annotations

from bot import catalogue, dispatcher_texts
from bot.i18n import Locale, line
from bot.request import Call
from bot.views import Buttons, Note, Quote, View


def busy(locale: Locale, call: Call) -> View:
    """Where an adapter has to say so by itself."""
    return returned(locale, dispatcher_texts.busy(locale, call), call)


def returned(locale: Locale, view: View, call: Call) -> View:
    """A no, or a failure, with the words that came in the call, and the next steps last."""
    command = catalogue.find(call.name)
    options = command.options if command is not None else ()
    written = [text for option in options if option.own_words and (text := call[option.name].strip())]
    if not written:
        return view
    said = Note(line(locale.t("This is what you wrote, so that it is not lost:")))
    steps = tuple(part for part in view.parts if isinstance(part, Buttons))
    others = (part for part in view.parts if not isinstance(part, Buttons))
    return View((*others, said, Quote("\n\n".join(written)), *steps), view.public)
