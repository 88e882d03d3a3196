"""Whom to write to, and help for now: they stand wherever a text sends somebody away."""

from __future__ import annotations

from bot.config import Config
from bot.i18n import Locale, line
from bot.views import Line, Link, Note, Paragraph, Part


def contact(locale: Locale, config: Config) -> Line:
    """One sentence; empty where no contact is set."""
    if config.contact is None:
        return ()
    return line(locale.t("Somebody reads what you write to {contact}."), contact=config.contact)


def contact_part(locale: Locale, config: Config) -> list[Part]:
    spans = contact(locale, config)
    return [Paragraph(spans)] if spans else []


def support(locale: Locale, config: Config) -> list[Part]:
    """The operator's own lines, as they wrote them."""
    lines = config.support_in(locale.language)
    if not lines:
        return []
    return [Note(line(locale.t("If you need somebody now:"))), *(Note(line("{line}", line=each)) for each in lines)]


def website(locale: Locale, config: Config) -> list[Part]:
    if config.website is None:
        return []
    home = Link(config.website.partition("://")[2], config.website)
    return [Note(line(locale.t("More about us: {website}"), website=home))]
