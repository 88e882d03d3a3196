"""What the seconds of a lease add up to, as nothing that waits for them on a busy machine can tell."""

from __future__ import annotations

from bot.leases import LEASE_DURATION, POLL_INTERVAL_SECONDS

PROMISED = 15.0
"""Seconds from a kill until another worker is connected (docs, discord.md and slack.md)."""
CONNECTING = 4.0
"""Seconds of them that are left for the connection itself."""


def test_a_take_over_leaves_time_to_connect() -> None:
    assert LEASE_DURATION.total_seconds() + POLL_INTERVAL_SECONDS <= PROMISED - CONNECTING
