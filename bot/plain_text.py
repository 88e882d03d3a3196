"""A View as plain text: for notifications, screen readers and wherever a platform shows no parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from bot import platform_texts, time_texts
from bot.i18n import Locale
from bot.text import headline
from bot.views import (
    Attachment,
    Button,
    Buttons,
    Channel,
    Heading,
    Item,
    Line,
    Link,
    LinkButton,
    Menu,
    Moment,
    Note,
    Paragraph,
    Part,
    Quote,
    SecretLinkButton,
    Span,
    Strong,
    Style,
    Text,
    View,
)


def plain(locale: Locale, view: View, *, files_follow: bool = False) -> str:
    """One line for each thing said; buttons by their labels, never a secret's address.

    `files_follow`: files do not come with it, and it says so.
    """
    return "\n".join(line for part in view.parts for line in _lines(locale, part, files_follow=files_follow))


def moment(locale: Locale, at: Moment) -> str:
    match at.style:
        case Style.LONG:
            return time_texts.long(locale, at.at, locale.zone or at.zone)
        case Style.TIME:
            return time_texts.time(locale, at.at, locale.zone or at.zone)
        case _:
            assert_never(at.style)


def spans(locale: Locale, parts: Iterable[Span]) -> str:
    return "".join(_span(locale, span) for span in parts)


def _span(locale: Locale, span: Span) -> str:
    match span:
        case Text(text) | Strong(text):
            return text
        case Moment():
            return moment(locale, span)
        case Link(label, url) if url == f"mailto:{label}":
            return label
        case Link(label, url):
            return f"{label} ({url})"
        case Channel():
            return span.spoken
        case _:
            assert_never(span)


def alone(label: str, lines: Sequence[Line], limit: int) -> str:
    """A button's label where it is read by itself: `Register: Grief and Gratitude · part 2 of 3`.

    `lines`: the row that it belongs to, whose first line says what it is about. A title that is too long is cut
    between words; what follows it, the part of a series, stays, since it alone may tell two rows apart.
    """
    first = (Strong(span.spoken) if isinstance(span, Channel) else span for span in (lines[0] if lines else ()))
    spans = [span for span in first if isinstance(span, Text | Strong)]
    at = next((index for index, span in enumerate(spans) if isinstance(span, Strong)), 0)
    title, rest = (
        "".join(span.text for span in spans[: at + 1]),
        "".join(span.text for span in spans[at + 1 :]).rstrip(" :,"),
    )
    room = limit - len(f"{label}: {rest}")
    if room < min(len(title), _LEAST):
        room, rest = limit - len(f"{label}: "), ""
    if not title.strip() or room < min(len(title), _LEAST):
        return label
    return f"{label}: {headline(' '.join(title.split()), room)}{rest}"


_LEAST = 6
"""Characters of a title that still say which one it is."""


def _lines(locale: Locale, part: Part, *, files_follow: bool) -> list[str]:
    match part:
        case Heading(text) | Quote(text):
            return [text]
        case Paragraph(found) | Note(found):
            return [spans(locale, found)]
        case Item(lines, buttons):
            return [*(spans(locale, line) for line in lines), *_labels(buttons)]
        case Buttons(buttons):
            return _labels(buttons)
        case Menu(label, _, _, choices):
            return [label, *(f"– {choice.label} {choice.description}".rstrip() for choice in choices)]
        case Attachment(name):
            return [platform_texts.file_follows(locale, name) if files_follow else name]
        case _:
            assert_never(part)


def _labels(buttons: Iterable[Button | SecretLinkButton | LinkButton]) -> list[str]:
    labels = " ".join(f"[{button.label}]" for button in buttons)
    return [labels] if labels else []
