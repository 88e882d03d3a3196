"""The agreement, as it is shown before the first registration."""

from __future__ import annotations

from bot.i18n import Locale
from bot.request import Call
from bot.views import Button, Buttons, Heading, Note, Paragraph, Part, Strong, Text, Tone, View


def agreement(locale: Locale, text: str, call: Call) -> View:
    """`call`: what agreeing goes on with. Of Markdown, headings are shown as such."""
    parts: list[Part] = [Heading(locale.t("Before you register"))]
    for paragraph in filter(None, (each.strip() for each in text.split("\n\n"))):
        words = paragraph.lstrip("#").strip()
        parts.append(Paragraph((Strong(words) if paragraph.startswith("#") else Text(words),)))
    parts.append(Note((Text(locale.t("You are asked once, and again only when this changes.")),)))
    return View((*parts, Buttons((Button(locale.t("I agree, register me"), call, Tone.NEXT),))))
