"""Spans as Discord's markdown. Pure. Text is escaped because it is text, wherever it stands.

Discord reads a backslash before any sign as that sign (developer docs, Message Formatting), so every sign
that could begin a format, a mention or a link gets one. Invisible signs that turn the reading direction are removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import assert_never
from urllib.parse import quote

from bot.views import Channel, Link, Moment, Span, Strong, Style, Text

_SIGNS = re.compile(r"([\\*_~`|<>\[\]()@#]|:(?=//))")
_LINE_START = re.compile(r"^(\s*)([-+=])", re.MULTILINE)
_NUMBERED_LINE = re.compile(r"^(\s*\d+)(\.)", re.MULTILINE)
_DIRECTION_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NEEDS_ESCAPING = re.compile(
    "[\\\\*_~`|<>\\[\\]()@#\r\u200e\u200f\u202a-\u202e\u2066-\u2069]|://|^\\s*(?:[-+=]|\\d+\\.)", re.MULTILINE
)
"""One search for all of these: most texts need nothing."""
_URL = re.compile(r"https?://[^\s<>\[\]()*|`\\\"']*[^\s<>\[\]()*|`\\\"'.,;:!?~_/]/?")
_TIMESTAMP_STYLES = {Style.LONG: "F", Style.TIME: "t"}


def escape(text: str) -> str:
    """Text that shows as itself: no format, no mention, no link under other words.

    A URL stays whole and can be followed: between angle brackets Discord reads nothing else into it.
    """
    return _escaped(text)


@lru_cache(maxsize=1024)  # most texts are the bot's own sentences
def _escaped(text: str) -> str:
    if not _NEEDS_ESCAPING.search(text):
        return text
    pieces, end = [], 0
    clean = _DIRECTION_MARKS.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    for url in _URL.finditer(clean):
        pieces += [_escape_signs(clean[end : url.start()]), f"<{url[0]}>"]
        end = url.end()
    escaped = "".join([*pieces, _escape_signs(clean[end:])])
    return _LINE_START.sub(r"\1\\\2", _NUMBERED_LINE.sub(r"\1\\\2", escaped))


def _escape_signs(text: str) -> str:
    return _SIGNS.sub(r"\\\1", text)


def one_line(text: str) -> str:
    """For labels, which are plain text: no line breaks, and nothing that turns the reading direction."""
    return " ".join(_DIRECTION_MARKS.sub("", text).split())


def render_spans(spans: Iterable[Span]) -> str:
    return "".join(_render_span(span) for span in spans)


def _render_span(span: Span) -> str:
    match span:
        case Text(text):
            return escape(text)
        case Strong(text):
            return f"**{escape(one_line(text))}**" if text.strip() else ""
        case Moment():
            # Discord shows it in the reader's own zone and language.
            return f"<t:{int(span.at.timestamp())}:{_TIMESTAMP_STYLES[span.style]}>"
        case Link(label, url) if url.startswith("mailto:"):
            return escape(one_line(label))  # Discord makes no link of it
        case Link(label, url):
            return f"[{escape(one_line(label))}](<{safe_url(url)}>)"
        case Channel(where):
            return f"<{where.account}>" if where.platform == "discord" else escape(span.spoken)
        case _:
            assert_never(span)


def safe_url(url: str) -> str:
    """A URL as it can stand in a masked link or a button; what is no web address leads nowhere."""
    if not url.lower().startswith(("https://", "http://")):
        return "https://invalid.invalid/"
    return quote(url, safe="%/:?#@!$&'*+,;=~-._")


def prefix_lines(prefix: str, text: str) -> str:
    """Every line with a prefix: a quote, small print."""
    return "\n".join(prefix + line for line in text.split("\n"))
