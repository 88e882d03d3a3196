"""The sentences of letters that stand around what they say."""

from __future__ import annotations

from bot.config import Config
from bot.i18n import Locale, line
from bot.secrets import UnsubscribeLink
from bot.views import Buttons, Heading, LinkButton, Note, Paragraph, Part, SecretLinkButton, View


def foot(locale: Locale, config: Config, ends: UnsubscribeLink) -> tuple[Part, ...]:
    """Why it came, and how to have no more of them."""
    sentence = locale.t("You get this letter because you registered with {house}.")
    return (
        Note(line(sentence, house=config.organisation)),
        Buttons((SecretLinkButton(locale.t("No more reminders"), ends),)),
    )


def trial(locale: Locale, config: Config) -> View:
    """To an operator who tries the mail server."""
    parts: list[Part] = [
        Heading(locale.t("A letter to try it out")),
        Paragraph(line(locale.t("If you can read this, letters from {house} arrive."), house=config.organisation)),
        Note(line(locale.t("Nothing else happened: nobody was registered, and nobody else was written to."))),
    ]
    if config.public_url:
        parts.append(Buttons((LinkButton(locale.t("Upcoming gatherings"), config.public_url),)))
    return View(tuple(parts))
