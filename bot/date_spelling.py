"""Dates that people typed, with what can be spelt in several ways in one of them. Pure."""

from __future__ import annotations

import re

from bot import date_words as words
from bot.text import folded, unadorned
from bot.times import TYPED_LIMIT

_REWRITTEN = tuple(
    (re.compile(pattern, re.ASCII), replacement)
    for pattern, replacement in (
        (r"\b(\d\d?)'([0-5]\d)\b", r"\1:\2"),  # `18'30`
        (r"\b(\d\d?),([0-5]\d)(?=\s?(?:h|hs|hrs|horas)\b)", r"\1:\2"),
        (
            rf"(?<![:.])\b(\d\d?)\s?h\s([0-5]\d)\b(?![/.:-]|\sdel?\s(?!la\s)|\s(?:{words.either(words.MONTHS)})\b)",
            r"\1:\2",
        ),
        (r"'(\d\d)\b", r"20\1"),  # `3 Dec '26`
        (r"\b(in|en|dentro de) (?:half an hour|media hora)\b", r"\1 30 minutes"),
        (r"\b(in|en|dentro de) (?:an hour and a half|(?:una )?hora y media)\b", r"\1 90 minutes"),
        *((rf"\b{name}\b", day) for name, day in words.HOLIDAYS.items()),
        (r"\b(20\d\d)(\d\d)(\d\d)(?=t\d|[\s,]|$)", r"\1-\2-\3"),  # `20261203`, ISO 8601 without its marks
        (r"(?<=-\d\d)t(\d\d)(\d\d)(?:[0-5]\d)?(?=z\b|[+-]\d|\s|$)", r"t\1:\2"),  # `T180000Z`
        (r"\b(twenty|thirty|forty|fifty)\s(?=(?:first|second|third|four|fif|six|seven|eigh|nin|five)\w*\b)", r"\1-"),
        (r"\b(half|quarter)-(?=past|to)", r"\1 "),
        (r"(?<=\d)\s(?=(?:st|nd|rd|th)\b)", ""),  # `5 th`
        (r"(?<=\d[snrt][tdh])\s-\s(?=\d)", ", "),  # `3rd - 6pm`
        (r"\best[ae]\s(?=mediodia\b|medianoche\b)", "hoy a "),
        ("\\bmedio dia\\b", "mediodia"),
        ("\\bmedia noche\\b", "medianoche"),
    )
)
"""Written in one way, whatever it is in."""


def normal(typed: str) -> str:
    """Folded, and each thing written in one way."""
    text = folded(unadorned(typed[:TYPED_LIMIT]))
    for pattern, replacement in _REWRITTEN:
        text = pattern.sub(replacement, text)
    return text
