"""What is said of a time that cannot be read: the reason, and what to write instead."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot import times
from bot.editing import texts
from bot.i18n import Locale

TWICE = "2026-10-25 02:30"
EXAMPLE = datetime(2026, 12, 8, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("tomorow 6", "I could not read “tomorow 6”. Try: 2026-12-08 18:00"),
        (
            TWICE,
            f"“{TWICE}” happens twice in Europe/Madrid on that night. Write {TWICE}+02:00 or {TWICE}+01:00.",
        ),
        (
            "2026-03-29 02:30",
            "“2026-03-29 02:30” does not exist: clocks in Europe/Madrid skip that hour on that night.",
        ),
        (
            "2026-12-03 18:00 EST",
            "“EST” does not say whether clocks change in summer. Is it America/New_York?",
        ),
        (
            "2026-12-03 18:00 Middle Earth",
            "I do not know the time zone “Middle Earth”. Try: 2026-12-08 18:00 Europe/Madrid",
        ),
    ],
)
def test_the_reason_and_what_to_write(typed: str, said: str) -> None:
    with pytest.raises(times.UnreadableTime) as problem:
        times.moment(typed, "Europe/Madrid")
    assert texts.unreadable_time(Locale(zone="Europe/Madrid"), problem.value, EXAMPLE) == said
