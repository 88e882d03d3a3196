"""Short replies about one gathering: a sentence that names it and may say when it is, and what can be done."""

from __future__ import annotations

from bot.button_texts import paragraphs
from bot.gatherings.model import Gathering
from bot.gatherings.texts import moment, topic
from bot.i18n import Locale, line
from bot.views import AnyButton, Line, View


def sentence(locale: Locale, gathering: Gathering, text: str) -> Line:
    """The text with what the gathering is called for `{topic}`, and its start for `{when}`."""
    return line(text, topic=topic(locale, gathering), when=moment(gathering))


def short(locale: Locale, gathering: Gathering, text: str, *buttons: AnyButton) -> View:
    return paragraphs(sentence(locale, gathering, text), buttons=buttons)
