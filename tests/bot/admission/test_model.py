"""The door rule, to the second."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.admission.model import DoorRule, Doors
from bot.gatherings.model import Gathering, Status

START = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
GATHERING = Gathering(1, "Grief", START, "Europe/Madrid")


@pytest.mark.parametrize(
    ("seconds", "admitted", "expected"),
    [
        (-15 * 60 - 1, 0, Doors.EARLY),
        (-15 * 60, 0, Doors.OPEN),
        (0, 89, Doors.OPEN),
        (0, 90, Doors.FULL),
        (10 * 60 - 1, 0, Doors.OPEN),
        (10 * 60, 0, Doors.CLOSED),
        (10 * 60, 90, Doors.CLOSED),
        (90 * 60 - 1, 5, Doors.CLOSED),
        (90 * 60, 5, Doors.OVER),
        (-86400, 90, Doors.FULL),
    ],
)
def test_the_rule(seconds: int, admitted: int, expected: Doors) -> None:
    gathering = replace(GATHERING, admitted=admitted)
    assert gathering.doors(START + timedelta(seconds=seconds)) is expected


def test_a_cancelled_gathering_lets_nobody_in() -> None:
    cancelled = replace(GATHERING, status=Status.CANCELLED, admitted=5)
    assert cancelled.doors(START) is Doors.CANCELLED
    assert not cancelled.is_still_on(START)


def test_open_now_and_close_now() -> None:
    opened = replace(GATHERING, opened_at=START - timedelta(hours=1))
    assert opened.doors(START - timedelta(minutes=59)) is Doors.OPEN
    assert opened.doors(START - timedelta(minutes=61)) is Doors.EARLY
    assert replace(opened, closed_at=START).doors(START) is Doors.CLOSED
    late = replace(GATHERING, opened_at=START + timedelta(minutes=11))
    assert late.doors(START + timedelta(minutes=12)) is Doors.CLOSED


@given(
    limit=st.integers(1, 200),
    late=st.integers(0, 90),
    early=st.integers(0, 60),
    admitted=st.integers(0, 200),
    minute=st.integers(-300, 300),
)
def test_nobody_new_ever_comes_in_outside_the_rule(
    limit: int, late: int, early: int, admitted: int, minute: int
) -> None:
    rule = DoorRule(limit, timedelta(minutes=late), timedelta(minutes=early))
    state = replace(GATHERING, door_rule=rule, admitted=admitted).doors(START + timedelta(minutes=minute))
    within = -early <= minute < min(late, 90) and admitted < limit
    assert (state is Doors.OPEN) == within
