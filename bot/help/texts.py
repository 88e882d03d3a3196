"""Help, settings, suggestions, and what is said when something is not as it should be."""

from __future__ import annotations

from collections.abc import Sequence

from bot.config import Config
from bot.dispatcher_texts import ways_on
from bot.i18n import Locale, line, strong
from bot.views import Buttons, Heading, Item, Note, Paragraph, Part, Span, Strong, Text, View


def help_page(
    to: Locale, house: Config, group: str, found: Sequence[tuple[str, str]], *, unknown: str = "", nearest: str = ""
) -> View:
    parts: list[Part] = []
    if unknown and nearest:
        sentence = to.say("I do not know “{word}”. Did you mean {nearest}?")
        parts.append(Paragraph(line(sentence, word=unknown, nearest=strong(f"/{group} {nearest}")[0])))
    elif unknown:
        parts.append(Paragraph(line(to.say("I do not know “{word}”. This is what I can do."), word=unknown)))
    if group == "htg":
        parts.append(Heading(to.say("Gatherings of {organisation}").format(organisation=house.organisation)))
        sentence = to.say(
            "Free gatherings online where people are deeply listened to. Register, and I will remind you"
            " and open the door for you when it is time."
        )
        parts.append(Paragraph(line(sentence)))
    else:
        parts.append(Heading(to.say("For facilitators")))
    parts.append(Item(tuple(_usage(to, usage, summary) for usage, summary in found)))
    if group == "htg" and to.facilitates:
        parts.append(Note(line(to.say("As a facilitator you also have /htg-host help."))))
    examples = (
        to.say("For example: /htg register 12, or /htg register grief")
        if group == "htg"
        else to.say("For example: /htg-host doors 12, or /htg-host announce grief")
    )
    parts.append(Note(line(examples)))
    if group == "htg":
        parts.append(Buttons(ways_on(to)))
    return View(tuple(parts))


def _usage(to: Locale, usage: str, summary: str) -> tuple[Span, ...]:
    return (Strong(usage), Text(f" – {to.say(summary)}"))
