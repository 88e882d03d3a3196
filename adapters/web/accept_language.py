"""Parses the header Accept-Language (RFC 9110, 12.5.4)."""

from __future__ import annotations

from collections.abc import Iterable

from bot.i18n import supported_language

MAX_PREFERENCES = 20
"""Preferences that are read: browsers send fewer, and the header may be long."""


def preferred_language(headers: Iterable[str]) -> str | None:
    """Which of our languages the browser prefers; None when it names none of them."""
    weights: dict[str, float] = {}
    for preference in ",".join(headers).split(",")[:MAX_PREFERENCES]:
        name, _, parameters = preference.partition(";")
        language = supported_language(name.strip())
        if language is not None:
            weights[language] = max(weights.get(language, 0.0), _weight(parameters))
    best = max(weights, key=lambda language: weights[language], default=None)
    return best if best is not None and weights[best] > 0 else None


def _weight(parameters: str) -> float:
    name, equals, value = parameters.strip().partition("=")
    if not equals:
        return 1.0
    try:
        return min(1.0, max(0.0, float(value))) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
