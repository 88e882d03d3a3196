"""Letters of other scripts that look like Latin ones are read as those: a way in cannot hide behind them."""

from __future__ import annotations

import pytest

from bot.redaction.detect import holds_room

LOOKALIKES = {"z": "ᴢ", "o": "о", "m": "ᴍ", "u": "υ", "s": "ѕ", ".": "․", "/": "∕", "j": "ј"}


@pytest.mark.parametrize(("letter", "other"), LOOKALIKES.items())
def test_a_room_with_a_lookalike_in_it_is_one(letter: str, other: str) -> None:
    written = "zoom.us/j/81234567891".replace(letter, other)
    assert written != "zoom.us/j/81234567891"
    assert holds_room(f"Come: {written}")
