"""When a letter is written, and what a name holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.addresses import Address
from bot.signups.model import LETTER_EVERY, LETTERS_PER_DAY, SIGNUP_NAME_LIMIT, Signup, clean_name, is_letter_due

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def signup(written_at: datetime | None) -> Signup:
    return Signup(1, Address("mail", "ada@example.org"), "Ada", 3, "en", None, NOW, written_at, "nonce")


@pytest.mark.parametrize(
    ("written_before", "letters", "due"),
    [
        (None, 0, True),
        (None, LETTERS_PER_DAY - 1, True),
        (None, LETTERS_PER_DAY, False),
        (timedelta(0), 1, False),
        (LETTER_EVERY - timedelta(seconds=1), 1, False),
        (LETTER_EVERY, 1, True),
        (LETTER_EVERY, LETTERS_PER_DAY, False),
    ],
)
def test_a_letter_is_written_once_and_to_no_address_too_often(
    written_before: timedelta | None, letters: int, due: bool
) -> None:
    written_at = None if written_before is None else NOW - written_before
    assert is_letter_due(signup(written_at), letters, NOW) is due


def test_a_signup_does_not_show_its_nonce() -> None:
    assert "nonce" not in repr(signup(None))


@given(st.text())
def test_a_name_is_one_short_printable_line(typed: str) -> None:
    name = clean_name(typed)
    assert len(name) <= SIGNUP_NAME_LIMIT
    assert name == name.strip()
    assert name.isprintable()
