"""A date that is not of this year, or half a year away, says its year, in whatever text it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.i18n import Locale
from bot.plain_text import plain
from bot.views import Answer, Form, View
from tests.samples.all_views import all_views
from tests.samples.values import NOW

WEEKDAYS = {
    "en": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    "es": "lunes|martes|miércoles|jueves|viernes|sábado|domingo",
}
YEAR_AGO = (NOW - timedelta(days=400)).date()


@pytest.fixture(scope="module")
def far() -> dict[str, Answer]:
    """Every sample as somebody read it then."""
    return all_views(YEAR_AGO)


def said(language: str, answer: Answer) -> Iterator[str]:
    match answer:
        case View():
            yield plain(Locale(language, "America/New_York", today=YEAR_AGO), answer)
        case Form():
            yield answer.about
            for field in answer.fields:
                yield from (field.error, field.hint, *(each.label for each in getattr(field, "choices", ())))


@pytest.mark.parametrize("language", WEEKDAYS)
def test_every_date_says_its_year(far: dict[str, Answer], language: str) -> None:
    of = " de" if language == "es" else ""
    undated = re.compile(rf"\b(?:{WEEKDAYS[language]}) \d{{1,2}}{of} [a-zA-Z]+\b(?!{of} \d{{4}})")
    said_far = {name: list(said(language, answer)) for name, answer in far.items() if name.startswith(language)}
    undated_in = {name: undated.findall("\n".join(texts)) for name, texts in said_far.items()}
    assert {name: found for name, found in undated_in.items() if found} == {}


def test_many_texts_show_a_date(far: dict[str, Answer]) -> None:
    dated = [name for name, answer in far.items() if any("2026" in text for text in said(name[:2], answer))]
    assert len(dated) > 100
