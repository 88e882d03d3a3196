"""A planted bug: a small patch of the product's text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Bug:
    """`breaks`: which promise of the contract."""

    name: str
    breaks: str
    changes: tuple[Change, ...]


def bug(name: str, breaks: str, file: str, *texts: str) -> Bug:
    """`texts`: old, new, old, new … in one file."""
    return Bug(name, breaks, tuple(Change(file, old, new) for old, new in zip(texts[::2], texts[1::2], strict=True)))
