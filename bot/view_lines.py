"""The lines of a View that hold spans: read, or changed one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import assert_never

from bot.views import Attachment, Buttons, Heading, Item, Line, Menu, Note, Paragraph, Part, Quote, View


def lines_of(view: View) -> Iterator[Line]:
    for part in view.parts:
        match part:
            case Paragraph(spans) | Note(spans):
                yield spans
            case Item(lines):
                yield from lines
            case Heading() | Quote() | Buttons() | Menu() | Attachment():
                pass
            case _:
                assert_never(part)


def with_lines(view: View, change: Callable[[Line], Line]) -> View:
    return replace(view, parts=tuple(_part(part, change) for part in view.parts))


def _part(part: Part, change: Callable[[Line], Line]) -> Part:
    match part:
        case Paragraph(spans) | Note(spans):
            return replace(part, spans=change(spans))
        case Item(lines):
            return replace(part, lines=tuple(change(line) for line in lines))
        case Heading() | Quote() | Buttons() | Menu() | Attachment():
            return part
        case _:
            assert_never(part)
