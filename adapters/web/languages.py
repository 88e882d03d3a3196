"""Which of our languages a browser asks for."""

from __future__ import annotations

from collections.abc import Iterable

from bot.words.reader import spoken

READ = 20
"""Preferences that are looked at: nobody has more, and a header can be long."""


def chosen(headers: Iterable[str]) -> str | None:
    """The language of ours that `Accept-Language` prefers; None when it names none."""
    wanted: dict[str, float] = {}
    for each in ",".join(headers).split(",")[:READ]:
        name, _, parameters = each.partition(";")
        language = spoken(name.strip())
        if language is not None:
            wanted[language] = max(wanted.get(language, 0.0), _weight(parameters))
    best = max(wanted, key=lambda language: wanted[language], default=None)
    return best if best is not None and wanted[best] > 0 else None


def _weight(parameters: str) -> float:
    name, mark, value = parameters.strip().partition("=")
    if not mark:
        return 1.0
    try:
        return min(1.0, max(0.0, float(value))) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
