"""Every sample in every language, for the contract suites and for a look at them all.

Every adapter must be able to show each of these within its platform's limits.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from unittest import mock

from bot.config import LANGUAGES
from bot.i18n import Locale
from bot.views import Answer, Form, View
from tests.samples import derived, gatherings, hosting, membership
from tests.samples.long_language import LONG, LongLanguage
from tests.samples.values import BARE, FULL


def all_views(today: date | None = None) -> dict[str, Answer]:
    """Each View or Form by its name: `es/registered-series`. `today`: of whoever reads them."""
    return {
        f"{language}/{name}": answer
        for language in LANGUAGES
        for name, answer in samples(Locale(language, "America/New_York", today=today))
    }


def long_views() -> dict[str, Answer]:
    """The same in a language longer than any of ours: what its translator could write, every platform must show."""
    ours = sys.modules["bot.i18n"]._catalogue
    with mock.patch("bot.i18n._catalogue", lambda language: LongLanguage() if language == LONG else ours(language)):
        return {f"{LONG}/{name}": answer for name, answer in samples(Locale(LONG, "America/New_York"))}


def samples(locale: Locale) -> Iterator[tuple[str, Answer]]:
    yield from gatherings.samples_with_links(locale, BARE)
    yield from ((f"{name}-linked", answer) for name, answer in gatherings.samples_with_links(locale, FULL))
    for feature in (gatherings, hosting, membership, derived):
        yield from feature.samples(locale)


ALL_VIEWS = all_views()
VIEWS = {name: answer for name, answer in ALL_VIEWS.items() if isinstance(answer, View)}
FORMS = {name: answer for name, answer in ALL_VIEWS.items() if isinstance(answer, Form)}
