"""Sentences that name a command, for those who have pages and letters, and no line to type it into."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

from bot.catalogue import Command, listed
from bot.i18n import Locale
from bot.text import headline
from bot.view_lines import with_lines
from bot.views import LABEL_LIMIT, Line, Strong, Text, View

_COMMAND = re.compile(r"/htg(?: (mine|join|settings|suggest|list|privacy|help)|-host (\w+))\b")


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


def host_ways(locale: Locale) -> dict[str, str]:
    """The same for whoever facilitates by letter, and has no line to type anything into."""
    labels = {command.name: called(locale, command) for command in listed("htg-host") if command.name != "host-help"}
    return labels | {"host-team": locale.t("Who facilitates")}


def called(locale: Locale, command: Command) -> str:
    """As the label of a button that leads to it."""
    summary = locale.t(command.summary)
    return headline(summary[:1].upper() + summary[1:], LABEL_LIMIT)


def in_words_of_pages(locale: Locale, view: View) -> View:
    """The view with `/htg mine` said as what it is called on the page. What people wrote stays as it is."""
    return with_lines(view, partial(_line, locale))


def _line(locale: Locale, line: Line) -> Line:
    return tuple(
        replace(span, text=_said(locale, span.text))
        if isinstance(span, Text | Strong) and "/htg" in span.text
        else span
        for span in line
    )


def _said(locale: Locale, text: str) -> str:
    names = {
        **ways(locale),
        "join": locale.t("My private link"),
        "help": locale.t("What I can do"),
        **host_ways(locale),
    }

    def said(found: re.Match[str]) -> str:
        name = names.get(found[1] or f"host-{found[2]}")
        return locale.t("“{name}”").format(name=name) if name else found[0]

    return _COMMAND.sub(said, text)
