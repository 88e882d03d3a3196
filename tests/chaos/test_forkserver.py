"""What the rounds shorten is there, and a lease is still longer than what it has to cover."""

from __future__ import annotations

from datetime import timedelta
from pkgutil import resolve_name

import pytest

from tests.chaos.forkserver import HURRIED, LEASES


def seconds(value: object) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(str(value))


def own(qualified: str) -> object:
    module, _, name = qualified.rpartition(".")
    return resolve_name(f"{module}:{name}")


@pytest.mark.parametrize("qualified", HURRIED)
def test_what_is_shortened_is_there_and_longer(qualified: str) -> None:
    """Whoever renames one of these waits renames it here, too."""
    assert type(own(qualified)) is type(HURRIED[qualified])
    assert seconds(own(qualified)) > seconds(HURRIED[qualified])


@pytest.mark.parametrize("times", [HURRIED.__getitem__, own], ids=["hurried", "own"])
def test_a_lease_outlasts_the_sending_that_it_covers(times: object) -> None:
    assert callable(times)
    lease, send, oldest = (
        seconds(times(f"bot.notifications.{name}"))
        for name in ("turn.LEASE", "delivery_loop.SEND_TIMEOUT", "delivery_loop.OLDEST_WORDING")
    )
    assert lease > send + oldest
    assert set(LEASES) <= HURRIED.keys()
