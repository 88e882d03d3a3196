"""Spans as HTML. Text is escaped because it is text; a moment carries its instant, for the reader's own zone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import assert_never

from markupsafe import Markup, escape

from bot.views import Channel, Link, Moment, Span, Strong, Style, Text
from bot.words import clock
from bot.words.reader import Reader


def spans(to: Reader, found: Iterable[Span]) -> Markup:
    return Markup("").join(_span(to, each) for each in found)


def _span(to: Reader, span: Span) -> Markup:
    match span:
        case Text(text):
            return escape(text)
        case Strong(text):
            return Markup("<strong>{}</strong>").format(text)
        case Moment():
            return moment(to, span)
        case Link(label, url):
            return Markup('<a href="{}" rel="noreferrer">{}</a>').format(url, label)
        case Channel(where):
            return escape(where)
        case _:
            assert_never(span)


def moment(to: Reader, at: Moment) -> Markup:
    """Without JavaScript: in the reader's zone where it is known, else in the gathering's, and named."""
    zone = to.zone or at.zone
    match at.style:
        case Style.LONG:
            said = clock.long(to, at.at, zone)
        case Style.TIME:
            said = to.say("{time} ({place} time)").format(time=clock.time(to, at.at, zone), place=clock.place(zone))
        case _:
            assert_never(at.style)
    return Markup('<time datetime="{}" data-style="{}">{}</time>').format(machine(at.at), at.style.value, said)


def machine(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def paragraphs(text: str) -> Markup:
    """What a person wrote, with the lines they made."""
    found = [each.strip() for each in text.replace("\r\n", "\n").split("\n\n") if each.strip()]
    return Markup("").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(escape(each) for each in one.split("\n"))) for one in found
    )
