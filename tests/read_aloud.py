"""Writes every sample of what the bot says as it is read aloud: `make messages` runs it.

For people: to read a language whole, in the order of a screen reader, and to see in a change what it says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bot.config import LANGUAGES
from bot.i18n import Locale
from bot.plain_text import plain
from bot.views import Answer, Form, View
from tests.samples.all_views import ALL_VIEWS
from tests.samples.values import HOSTILE

FOLDER = Path(__file__).parent / "samples" / "read_aloud"
_TRIALS = [
    (re.compile(re.escape(HOSTILE) + "W*…?"), "Being heard"),
    (re.compile(re.escape(HOSTILE[:10]) + r"[^\n…»”]*…?"), "Being"),
    (re.compile(r"(?:\bw ){9,}w?"), "And so on. "),
    (re.compile(r"(?:Wilhelmina ?){2,}"), "Wilhelmina"),
    (re.compile(r"W{9,}"), "W"),
]
"""What stands in the samples to try a platform's limits, and what a person reads here in its place."""


@cache
def written(language: str) -> str:
    """All samples of a language; those that read like an earlier one are left out."""
    locale = Locale(language, "America/New_York")
    pages: dict[str, str] = {}
    for name, answer in ALL_VIEWS.items():
        spoken, _, sample = name.partition("/")
        if spoken == language:
            pages.setdefault(_calm("\n".join(_lines(locale, answer))), sample)
    return "\n".join(f"── {sample}\n{text}\n" for text, sample in pages.items())


def _calm(text: str) -> str:
    for trial, instead in _TRIALS:
        text = trial.sub(instead, text)
    return text


def _lines(locale: Locale, answer: Answer) -> Iterator[str]:
    match answer:
        case View():
            yield plain(locale, answer, files_follow=True)
        case Form():
            yield from (answer.title, *filter(None, [answer.about]))
            for field in answer.fields:
                offered = (*getattr(field, "choices", ()), *getattr(field, "readings", ()))
                choices = ", ".join(each.label for each in offered)
                yield " · ".join(filter(None, (field.label, field.error, field.hint, choices)))
            yield f"[{answer.submit}]"


def write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for language in LANGUAGES:
        (FOLDER / f"{language}.txt").write_text(written(language), "utf-8")
