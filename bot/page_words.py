"""Sentences that name a command, for those who have pages and letters, and no line to type it into."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

from bot.i18n import Locale
from bot.view_lines import with_lines
from bot.views import Line, Strong, Text, View

_COMMAND = re.compile(r"/htg (mine|join|settings|suggest|list|privacy|help)\b")


def ways(locale: Locale) -> dict[str, str]:
    """What can be asked for on a personal page, by its command: what its button is called."""
    return {
        "mine": locale.t("My gatherings"),
        "list": locale.t("Upcoming gatherings"),
        "settings": locale.t("My settings"),
        "suggest": locale.t("Suggest a topic"),
        "connect": locale.t("My connections"),
        "privacy": locale.t("What is kept about me"),
    }


def in_words_of_pages(locale: Locale, view: View) -> View:
    """The view with `/htg mine` said as what it is called on the page. What people wrote stays as it is."""
    return with_lines(view, partial(_line, locale))


def _line(locale: Locale, line: Line) -> Line:
    return tuple(
        replace(span, text=_said(locale, span.text))
        if isinstance(span, Text | Strong) and "/htg " in span.text
        else span
        for span in line
    )


def _said(locale: Locale, text: str) -> str:
    names = {**ways(locale), "join": locale.t("My private link"), "help": locale.t("What I can do")}
    return _COMMAND.sub(lambda found: locale.t("“{name}”").format(name=names[found[1]]), text)
