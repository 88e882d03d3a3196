"""What people type alike is compared alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import folded, tidy


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Women's circle", "women’s circle"),
        ("Women's circle", "WOMENʼS  CIRCLE"),
        ("Women's circle", "Women`s\u00a0circle"),
        ("Women's circle", "Women´s circle"),
        ("“Enough”", '"enough"'),
        ("«Basta»", '"basta"'),
        ("Grief – a circle", "grief - a circle"),
        ("Grief—circle", "Grief-circle"),
        ("Grief\u2011circle", "Grief-circle"),
        ("Círculo de luto", "circulo de luto"),
        ("Ci\u0301rculo", "CÍRCULO"),
        ("Straße", "STRASSE"),
        ("Rest…", "rest..."),
        ("Rest\u200b\ufeff", "rest"),
        ("l’amour", "l'amour"),
        ("\ufb01re", "FIRE"),
    ],
)
def test_alike(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Grief", "Relief"), ("co-op", "coop"), ("Circle 1", "Circle 2"), ("ñ", "m")]
)
def test_not_alike(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize("typed", ["", " \u00a0", "\u200b", "\u3164\u2800", "\u202e\u061c"])
def test_what_nobody_sees_is_nothing(typed: str) -> None:
    assert tidy(typed) == ""
