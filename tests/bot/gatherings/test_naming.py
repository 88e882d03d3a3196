"""Which gathering is named by what people type or paste."""

from __future__ import annotations

import pytest

from bot.gatherings.naming import number_in


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12", 12),
        ("#12", 12),
        ("12.", 12),
        ("¿12?", 12),
        ("no. 12", 12),
        ("nº 12", 12),
        ("n.º 12", 12),
        ("número 12", 12),
        ("1️⃣", 1),
        ("<https://gatherings.example.org/gatherings/12|Grief and Gratitude>", 12),
        ("https://gatherings.example.org/gatherings/12?utm_source=whatsapp", 12),
        ("12 steps", None),
        ("step 12", None),
        ("1 2", None),
        ("no 12 more", None),
        ("https://gatherings.example.org/", None),
        ("9999999999", None),
    ],
)
def test_a_number_is_read_as_people_write_it(typed: str, number: int | None) -> None:
    assert number_in(typed) == number
