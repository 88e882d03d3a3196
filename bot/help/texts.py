"""Texts of the help."""

from __future__ import annotations

from collections.abc import Sequence

from bot.config import Config
from bot.dispatcher_texts import ways_on
from bot.i18n import Locale, line, strong
from bot.views import Buttons, Heading, Item, Note, Paragraph, Part, Span, Strong, Text, View


def help_page(
    locale: Locale,
    config: Config,
    group: str,
    commands: Sequence[tuple[str, str]],
    *,
    unknown: str = "",
    nearest: str = "",
) -> View:
    """`commands`: each one's usage and summary. `unknown`: the word typed that is no command, `nearest` to one."""
    parts: list[Part] = []
    if unknown and nearest:
        sentence = locale.t("I do not know “{word}”. Did you mean {nearest}?")
        parts.append(Paragraph(line(sentence, word=unknown, nearest=strong(f"/{group} {nearest}")[0])))
    elif unknown:
        parts.append(Paragraph(line(locale.t("I do not know “{word}”. This is what I can do."), word=unknown)))
    if group == "htg":
        parts.append(Heading(locale.t("Gatherings of {organisation}").format(organisation=config.organisation)))
        sentence = locale.t(
            "Free gatherings online where people are deeply listened to. Register, and I will remind you"
            " and open the door for you when it is time."
        )
        parts.append(Paragraph(line(sentence)))
    else:
        parts.append(Heading(locale.t("For facilitators")))
    parts.append(Item(tuple(_usage(locale, usage, summary) for usage, summary in commands)))
    if group == "htg" and locale.facilitates:
        parts.append(Note(line(locale.t("As a facilitator you also have /htg-host help."))))
    examples = (
        locale.t("For example: /htg register 12, or /htg register grief")
        if group == "htg"
        else locale.t("For example: /htg-host doors 12, or /htg-host announce grief")
    )
    parts.append(Note(line(examples)))
    if group == "htg":
        parts.append(Buttons(ways_on(locale)))
    return View(tuple(parts))


def _usage(locale: Locale, usage: str, summary: str) -> tuple[Span, ...]:
    return (Strong(usage), Text(f" – {locale.t(summary)}"))
