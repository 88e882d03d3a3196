"""A View as plain text: for notifications, screen readers and wherever a platform shows no parts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from bot.views import (
    Attachment,
    Button,
    Buttons,
    Channel,
    Heading,
    Item,
    Link,
    Menu,
    Moment,
    Note,
    Paragraph,
    Part,
    Quote,
    Span,
    Strong,
    Style,
    Text,
    View,
    Visit,
    WayIn,
)
from bot.words import clock, places
from bot.words.reader import Reader


def plain(to: Reader, view: View, *, files_follow: bool = False) -> str:
    """One line for each thing said; buttons by their labels, never a secret's address.

    `files_follow`: files do not come with it, and it says so.
    """
    return "\n".join(said for part in view.parts for said in _lines(to, part, files_follow=files_follow))


def moment(to: Reader, at: Moment) -> str:
    match at.style:
        case Style.LONG:
            return clock.long(to, at.at)
        case Style.TIME:
            return clock.time(to, at.at)
        case _:
            assert_never(at.style)


def spans(to: Reader, found: Iterable[Span]) -> str:
    return "".join(_span(to, each) for each in found)


def _span(to: Reader, span: Span) -> str:
    match span:
        case Text(text) | Strong(text):
            return text
        case Moment():
            return moment(to, span)
        case Link(label, url):
            return f"{label} ({url})"
        case Channel(where):
            return str(where)
        case _:
            assert_never(span)


def _lines(to: Reader, part: Part, *, files_follow: bool) -> list[str]:
    match part:
        case Heading(text) | Quote(text):
            return [text]
        case Paragraph(found) | Note(found):
            return [spans(to, found)]
        case Item(lines, buttons):
            return [*(spans(to, each) for each in lines), *_labels(buttons)]
        case Buttons(buttons):
            return _labels(buttons)
        case Menu(label, _, _, choices):
            return [label, *(f"– {each.label} {each.description}".rstrip() for each in choices)]
        case Attachment(name):
            return [places.file_follows(to, name) if files_follow else name]
        case _:
            assert_never(part)


def _labels(buttons: Iterable[Button | WayIn | Visit]) -> list[str]:
    labels = " ".join(f"[{each.label}]" for each in buttons)
    return [labels] if labels else []
