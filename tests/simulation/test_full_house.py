"""The short form of `python -m tests.simulation.full_house`: a few of its evenings."""

from __future__ import annotations

import pytest
from sqlalchemy import false

from storage.repositories import merging
from tests.simulation.full_house import ENOUGH, PLACES, play


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_at_ten_past_the_house_is_full_and_never_more_than_full(seed: int) -> None:
    evening = play(seed)
    assert evening.inside >= ENOUGH, evening.line()
    assert evening.most <= PLACES, evening.line()


@pytest.mark.slow
def test_people_of_whom_two_selves_become_one_meanwhile_hold_one_place() -> None:
    evening = play(3, pairs=20)
    assert evening.connected == 20
    assert evening.is_kept, evening.line()


@pytest.mark.slow
def test_what_zoom_told_of_the_other_self_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.repositories.merging._COPY_SIGNS", merging._COPY_SIGNS.where(false()))
    evening = play(3, pairs=20)
    assert evening.most > PLACES
    assert evening.shut_out, evening.line()


@pytest.mark.slow
def test_what_is_not_waited_for_makes_it_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """The evenings notice it: without waiting for what Zoom sends again, seed 15 has more in than there are places."""
    monkeypatch.setattr("bot.meetings.hear.EVENTS_SINCE", "nobody reads this")
    assert play(15).most > PLACES
