"""Spans as Discord's markdown. Pure. Text is made inert because it is text, wherever it stands.

Discord reads a backslash before any sign as that sign (developer docs, Message Formatting), so every sign
that could begin a format, a mention or a link gets one. Invisible signs that turn the reading direction go.
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
_NUMBER = re.compile(r"^(\s*\d+)(\.)", re.MULTILINE)
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ANYTHING = re.compile(
    "[\\\\*_~`|<>\\[\\]()@#\r\u200e\u200f\u202a-\u202e\u2066-\u2069]|://|^\\s*(?:[-+=]|\\d+\\.)", re.MULTILINE
)
"""Whether there is anything to do: mostly there is not."""
_ADDRESS = re.compile(r"https?://[^\s<>\[\]()*|`\\\"']*[^\s<>\[\]()*|`\\\"'.,;:!?~_/]/?")
_STYLES = {Style.LONG: "F", Style.TIME: "t"}


def escape(text: str) -> str:
    """Text that shows as itself: no format, no mention, no link under other words.

    An address stays whole and can be followed: between angle brackets Discord reads nothing else into it.
    """
    return _escaped(text)


@lru_cache(maxsize=1024)  # most of what is said are our own sentences
def _escaped(text: str) -> str:
    if not _ANYTHING.search(text):
        return text
    shown, end = [], 0
    clean = _TURNING.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    for found in _ADDRESS.finditer(clean):
        shown += [_signs(clean[end : found.start()]), f"<{found[0]}>"]
        end = found.end()
    whole = "".join([*shown, _signs(clean[end:])])
    return _LINE_START.sub(r"\1\\\2", _NUMBER.sub(r"\1\\\2", whole))


def _signs(text: str) -> str:
    return _SIGNS.sub(r"\\\1", text)


def one_line(text: str) -> str:
    """For labels, which are plain text: no line breaks, and nothing that turns the reading direction."""
    return " ".join(_TURNING.sub("", text).split())


def spans(said: Iterable[Span]) -> str:
    return "".join(_span(each) for each in said)


def _span(span: Span) -> str:
    match span:
        case Text(text):
            return escape(text)
        case Strong(text):
            return f"**{escape(one_line(text))}**" if text.strip() else ""
        case Moment():
            return moment(span)
        case Link(label, url):
            return f"[{escape(one_line(label))}](<{address(url)}>)"
        case Channel(where):
            return f"<{where.account}>" if where.platform == "discord" else escape(span.spoken)
        case _:
            assert_never(span)


def moment(at: Moment) -> str:
    """Discord shows it in the reader's own zone and language."""
    return f"<t:{int(at.at.timestamp())}:{_STYLES[at.style]}>"


def address(url: str) -> str:
    """An address as it can stand in a masked link or a button; what is no web address leads nowhere."""
    if not url.lower().startswith(("https://", "http://")):
        return "https://invalid.invalid/"
    return quote(url, safe="%/:?#@!$&'*+,;=~-._")


def clip(text: str, limit: int) -> str:
    """Plain text, cut to what fits; a cut shows."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def prefixed(prefix: str, text: str) -> str:
    """Every line with a prefix: a quote, small print."""
    return "\n".join(prefix + line for line in text.split("\n"))
