"""Texts of the help."""

from __future__ import annotations

from collections.abc import Sequence

from bot import button_texts, contact_texts
from bot.button_texts import paragraphs
from bot.catalogue import Command
from bot.config import Config
from bot.dispatcher_texts import ways_on
from bot.i18n import Locale, line
from bot.page_words import called
from bot.request import Call
from bot.views import (
    Button,
    Buttons,
    Heading,
    Item,
    Line,
    Note,
    Paragraph,
    Part,
    Strong,
    Text,
    Tone,
    View,
)


def unknown_word(
    locale: Locale, unknown: str, nearest: Command | None, first: Call, way_in: Button | None = None
) -> View:
    """One line and two buttons: what was probably meant, or the `first` thing to do; and the help.

    `way_in`: to the door that is open for them now, which is what was most likely meant.
    """
    if nearest is None:
        said = line(locale.t("I do not know “{word}”."), word=unknown)
        way_on = way_in or button_texts.upcoming(locale, Tone.NEXT)
    else:
        sentence = locale.t("I do not know “{word}”. Did you mean {nearest}?")
        said = line(sentence, word=unknown, nearest=Strong(f"/{nearest.group} {nearest.word}"))
        way_on = Button(called(locale, nearest), Call(nearest.name), Tone.NEXT)
    what_else = Button(locale.t("What I can do"), first)
    if nearest is not None and (way_in is not None or nearest.name == first.name):
        what_else = way_in or button_texts.upcoming(locale)
    return paragraphs(said, buttons=(way_on, what_else))


def nobody_reads(
    locale: Locale, config: Config, *, comes: bool, way_in: Button | None = None, asked_for: Command | None = None
) -> View:
    """To words in the private line, or in place of a command. `comes`: they are registered for something.

    `asked_for`: what the words in place of a command seem to be about.
    """
    first = way_in
    if asked_for is not None:
        first = Button(called(locale, asked_for), Call(asked_for.name), Tone.NEXT)
    buttons = [first] if first is not None else []
    buttons.append(Button(locale.t("My gatherings"), Call("mine"), Tone.PLAIN if first else Tone.NEXT))
    if comes:
        buttons.append(Button(locale.t("I can’t come"), Call("unregister")))
    elif first is None or first.call != Call("list"):
        buttons.append(button_texts.upcoming(locale))
    buttons.append(Button(locale.t("What I can do"), Call("help")))
    said = locale.t("Thank you for writing. I am only the doorkeeper here, a program: nobody reads this line.")
    parts: list[Part] = [Paragraph(line(said))]
    parts += contact_texts.contact_part(locale, config)
    parts += contact_texts.support(locale, config)
    return View((*parts, Buttons(tuple(buttons))))


def help_page(
    locale: Locale,
    config: Config,
    group: str,
    commands: Sequence[tuple[str, str]],
    example: str = "",
    *,
    typed: bool = True,
) -> View:
    """`commands`: each one's usage and summary; `example`: the title of a gathering. `typed`: not on a page."""
    parts: list[Part] = []
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
    if group == "htg" and locale.facilitates and typed:
        parts.append(Note(line(locale.t("As a facilitator you also have /htg-host help."))))
    if example:
        first = f"/htg register {example}" if group == "htg" else f"/htg-host doors {example}"
        parts.append(Note(line(locale.t("For example: {typed}"), typed=first)))
    parts += contact_texts.contact_part(locale, config)
    parts += contact_texts.support(locale, config)
    if group == "htg":
        parts += contact_texts.website(locale, config)
        parts.append(Buttons(ways_on(locale)))
    return View(tuple(parts))


def _usage(locale: Locale, usage: str, summary: str) -> Line:
    return (Strong(usage), Text(f" – {locale.t(summary)}"))
