"""Letters of other scripts that look like Latin ones are read as those: a way in cannot hide behind them."""

from __future__ import annotations

import pytest

from bot.redaction.detect import holds_room

ROOM = "zoom.us/my/ourcircle"
LOOKALIKES = {"z": "ᴢ", "o": "о", "m": "ᴍ", "u": "υ", "s": "ѕ", ".": "․", "/": "∕"}


def test_an_ordinary_address_is_no_room() -> None:
    assert holds_room(ROOM)
    assert not holds_room(ROOM.replace("m", "w"))


@pytest.mark.parametrize(("letter", "other"), LOOKALIKES.items())
def test_a_room_with_a_lookalike_in_it_is_one(letter: str, other: str) -> None:
    written = ROOM.replace(letter, other)
    assert written != ROOM
    assert holds_room(f"Come: {written}")
