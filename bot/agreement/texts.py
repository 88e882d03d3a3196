"""The agreement, as it is shown before the first registration."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.i18n import Locale
from bot.request import Call
from bot.views import Button, Buttons, Heading, Note, Paragraph, Span, Strong, Text, Tone, View

_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n\s*\n")
_PARAGRAPHS = 12
"""Parts of the View for all of it: a message of many more paragraphs than a platform takes would not be shown."""


def agreement(locale: Locale, text: str, call: Call) -> View:
    """`call`: what agreeing goes on with. Of Markdown, headings are shown as such."""
    return View(
        (
            Heading(locale.t("Before you register")),
            *(Paragraph(tuple(_spans(each))) for each in _paragraphs(text)),
            Note((Text(locale.t("You are asked once, and again only when this changes.")),)),
            Buttons((Button(locale.t("I agree, register me"), call, Tone.NEXT),)),
        )
    )


def _paragraphs(text: str) -> Iterator[str]:
    """Neighbours together where there are too many."""
    paragraphs = _EMPTY_LINES.split(text.strip())
    together = -(-len(paragraphs) // _PARAGRAPHS)
    for start in range(0, len(paragraphs), together):
        yield "\n\n".join(paragraphs[start : start + together])


def _spans(paragraph: str) -> Iterator[Span]:
    for index, piece in enumerate(_HEADING.split(paragraph)):
        if piece:
            yield Strong(piece) if index % 2 else Text(piece)
