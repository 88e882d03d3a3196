"""Times in the zone that a reader chose, where their platform would show them in another, or twice alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never
from zoneinfo import ZoneInfo

from bot import time_texts
from bot.i18n import Locale
from bot.members.model import Member
from bot.platform import platform_of
from bot.views import (
    Attachment,
    Buttons,
    Heading,
    Item,
    Menu,
    Moment,
    Note,
    Paragraph,
    Part,
    Quote,
    Span,
    Style,
    Text,
    View,
)

Line = tuple[Span, ...]


def as_read_by(member: Member, locale: Locale, view: View) -> View:
    """The view in its member's own zone, where the platform would show another one, or the same time twice."""
    known = member.settings.zone or (member.zone if platform_of(member.address.platform).tells_zone else None)
    doubled = known is not None and any(
        isinstance(span, Moment) and time_texts.comes_twice(span.at.astimezone(ZoneInfo(known)))
        for line in _lines(view)
        for span in line
    )
    return in_own_zone(locale, view) if doubled or member.shows_another_zone else view


def in_own_zone(locale: Locale, view: View) -> View:
    """The view with its times written out and their zone named, instead of left to the platform.

    A full date names the zone, and the clock times beside it are then plain; where there is none, a line of
    clock times names it at its end.
    """
    dated = any(isinstance(span, Moment) and span.style is Style.LONG for line in _lines(view) for span in line)
    return replace(view, parts=tuple(_part(locale, part, name_zone=not dated) for part in view.parts))


def _lines(view: View) -> Iterator[Line]:
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


def _part(locale: Locale, part: Part, *, name_zone: bool) -> Part:
    match part:
        case Paragraph(spans) | Note(spans):
            return replace(part, spans=_line(locale, spans, name_zone=name_zone))
        case Item(lines):
            return replace(part, lines=tuple(_line(locale, line, name_zone=name_zone) for line in lines))
        case Heading() | Quote() | Buttons() | Menu() | Attachment():
            return part
        case _:
            assert_never(part)


def _line(locale: Locale, line: Line, *, name_zone: bool) -> Line:
    if not any(isinstance(span, Moment) for span in line):
        return line
    spans = tuple(Text(_written(locale, span)) if isinstance(span, Moment) else span for span in line)
    return (*spans, Text(f" ({time_texts.zone(locale)})")) if name_zone else spans


def _written(locale: Locale, moment: Moment) -> str:
    return time_texts.long(locale, moment.at) if moment.style is Style.LONG else time_texts.time(locale, moment.at)
