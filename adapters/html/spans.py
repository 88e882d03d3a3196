"""Spans as HTML for one reader. Text is escaped because it fills a template, never by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

from markupsafe import Markup, escape

from adapters.html.markup import fill
from bot import time_texts
from bot.i18n import Locale
from bot.views import Channel, Link, Moment, Span, Strong, Style, Text

_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")

_NEW_TAB = Markup('target="_blank" rel="noopener noreferrer"')
_SAME_TAB = Markup('rel="noreferrer"')


@dataclass(frozen=True, slots=True)
class SpanRenderer:
    """Renders spans in the reader's language and zone; without a zone, times are in the gathering's own.

    `platform`: channels of this platform are shown by their own names.
    `new_tabs`: links open in a tab of their own.
    `names_zone`: a clock time is followed by its zone, as a full date is.
    `local_times`: a script of the page shows each time in the browser's zone.
    """

    locale: Locale
    platform: str = ""
    new_tabs: bool = False
    names_zone: bool = False
    local_times: bool = False

    @property
    def link_attributes(self) -> Markup:
        return _NEW_TAB if self.new_tabs else _SAME_TAB

    def render(self, spans: Iterable[Span]) -> Markup:
        return Markup("").join(self._span(span) for span in spans)

    def _span(self, span: Span) -> Markup:
        match span:
            case Text(text):
                return lines(text)
            case Strong(text):
                return fill("<strong>{}</strong>", lines(text))
            case Moment():
                return self._moment(span)
            case Link(label, url):
                return fill('<a href="{}" {}>{}</a>', web_address(url), self.link_attributes, label)
            case Channel(where):
                return escape(where.account if where.platform == self.platform else span.spoken)
            case _ as unreachable:
                assert_never(unreachable)

    def _moment(self, moment: Moment) -> Markup:
        zone = self.locale.zone or moment.zone
        match moment.style:
            case Style.LONG:
                text = time_texts.long(self.locale, moment.at, zone)
            case Style.TIME:
                text = time_texts.time(self.locale, moment.at, zone)
                if self.names_zone:
                    text = f"{text} ({time_texts.zone(self.locale, zone)})"
            case _ as unreachable:
                assert_never(unreachable)
        if not self.local_times:
            return fill('<time datetime="{}">{}</time>', iso_minutes(moment.at), text)
        return fill('<time datetime="{}" data-style="{}">{}</time>', iso_seconds(moment.at), moment.style.value, text)


def iso_minutes(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def iso_seconds(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def lines(text: str) -> Markup:
    """Escaped text with its line breaks, isolated where it holds characters that change the writing direction."""
    broken = Markup("<br>").join(text.split("\n"))
    return fill("<bdi>{}</bdi>", broken) if _BIDI_CONTROLS.search(text) else broken


def paragraphs(text: str) -> Markup:
    """Text that a person wrote: an empty line begins a new paragraph."""
    blocks = [block.strip() for block in text.replace("\r\n", "\n").split("\n\n")]
    return Markup("").join(fill("<p>{}</p>", lines(block)) for block in blocks if block)


def web_address(url: str) -> str:
    """The URL, or an empty one where it is no page and no mailbox: `javascript:` and `data:` are never followed."""
    return url if url.lower().startswith(("https://", "http://", "mailto:")) else ""
