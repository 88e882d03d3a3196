"""Texts of what was cancelled or is over."""

from __future__ import annotations

from collections.abc import Sequence

from bot import button_texts
from bot.gatherings import texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.views import Buttons, Paragraph, Quote, View


def details(locale: Locale, gathering: Gathering, parts: Sequence[Gathering], coming: Sequence[Gathering]) -> View:
    """Nothing is said of doors, and what it leads to are others."""
    topic = texts.topic(locale, gathering)
    if gathering.cancelled:
        sentence = locale.t("{topic}, {when}, is cancelled. We are sorry.")
        said = line(sentence, topic=topic, when=texts.moment(gathering))
    else:
        said = line(locale.t("{topic} is over. Thank you for thinking of it."), topic=topic)
    view_parts = [*texts.about(locale, gathering, parts), Paragraph(said)]
    if gathering.note:
        view_parts += [Paragraph(line(locale.t("The facilitators write:"))), Quote(gathering.note)]
    register = [texts.register_button(locale, coming[0], coming, whole=True)] if coming else []
    return View((*view_parts, Buttons((*register, button_texts.upcoming(locale)))))
