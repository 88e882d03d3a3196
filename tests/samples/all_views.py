"""Every sample in every language, for the contract suites and for a look at them all.

Every adapter must be able to show each of these within its platform's limits.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.config import LANGUAGES
from bot.i18n import Locale
from bot.views import Answer
from tests.samples import derived, gatherings, hosting, membership
from tests.samples.values import BARE, FULL


def all_views() -> list[tuple[str, Answer]]:
    """(name, View or Form) pairs, names unique: `es/registered-series`."""
    return [
        (f"{language}/{name}", answer)
        for language in LANGUAGES
        for name, answer in _in_one_language(Locale(language, "America/New_York"))
    ]


def _in_one_language(locale: Locale) -> Iterator[tuple[str, Answer]]:
    yield from gatherings.samples_with_links(locale, BARE)
    yield from ((f"{name}-linked", answer) for name, answer in gatherings.samples_with_links(locale, FULL))
    for feature in (gatherings, hosting, membership, derived):
        yield from feature.samples(locale)
