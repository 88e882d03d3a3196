"""When a platform refuses the bot itself: what is tried, and how seldom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.addresses import Address
from bot.notifications.breaker import FIRST_INTERVAL, LONGEST_INTERVAL, on_trial, opened
from bot.notifications.model import platform_of_scope, scope_of

NOW = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)


def test_trials_come_at_growing_intervals_up_to_the_longest() -> None:
    breaker, waits = opened("discord", "flagged", NOW), []
    for _ in range(40):
        after = on_trial(breaker, breaker.next_trial_at)
        waits.append(after.next_trial_at - breaker.next_trial_at)
        breaker = after
    assert breaker.opened_at == NOW
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (2 * FIRST_INTERVAL, LONGEST_INTERVAL)
    assert opened("discord", "flagged", NOW).next_trial_at == NOW + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("platform", "account", "scope"),
    [
        ("discord", "42", "discord"),
        ("discord", "#4000", "discord"),
        ("slack", "T1/U1", "slack/T1"),
        ("slack", "U1", "slack"),
    ],
)
def test_each_platform_and_workspace_has_its_own(platform: str, account: str, scope: str) -> None:
    assert scope_of(Address(platform, account)) == scope
    assert opened(scope, "why", NOW).platform == platform_of_scope(scope) == platform
