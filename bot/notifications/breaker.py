"""The circuit breaker: what happens when a platform flags or throttles the bot itself. Pure.

Such a refusal says nothing about the recipient. While a breaker is open no direct message is sent in its scope, but for
one trial at growing intervals that finds out whether it is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.notifications.model import platform_of_scope
from bot.registrations.model import RosterLine

FIRST_INTERVAL = timedelta(minutes=2)
LONGEST_INTERVAL = timedelta(minutes=30)
OTHERS_FIRST = timedelta(seconds=20)
"""Once a breaker is closed, so long those go first that were not refused."""


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """An open breaker. `scope`: a platform, or one workspace of it: `discord`, `slack/T123`."""

    scope: str
    why: str
    opened_at: datetime
    next_trial_at: datetime
    trials: int = 0

    @property
    def platform(self) -> str:
        return platform_of_scope(self.scope)


def opened(scope: str, why: str, now: datetime) -> CircuitBreaker:
    return CircuitBreaker(scope, why, opened_at=now, next_trial_at=now + FIRST_INTERVAL)


def on_trial(breaker: CircuitBreaker, now: datetime) -> CircuitBreaker:
    """The breaker once a trial has begun: the next one is due later, whatever becomes of this one."""
    trials = breaker.trials + 1
    return replace(breaker, trials=trials, next_trial_at=now + interval(trials))


def at_once(breaker: CircuitBreaker, now: datetime) -> CircuitBreaker:
    """The breaker once a trial was refused for its recipient: that says nothing of the bot, and another is tried."""
    return replace(breaker, trials=max(breaker.trials - 1, 0), next_trial_at=now)


def interval(trials: int) -> timedelta:
    """How long to wait after so many trials."""
    doubled: timedelta = FIRST_INTERVAL * 2 ** min(trials, 10)
    return min(doubled, LONGEST_INTERVAL)


def again_at(breaker: CircuitBreaker) -> datetime:
    """When what was refused may be sent again: after others, if any wait. It may be refused for its recipient after
    all, and would hold them up; and whether the platform refuses the bot again, the others show.
    """
    return breaker.next_trial_at + OTHERS_FIRST


def held_back(breakers: Iterable[CircuitBreaker], lines: Iterable[RosterLine]) -> list[str]:
    """The platforms of these registrants that refuse the bot's messages for now."""
    platforms = {line.platform for line in lines}
    return [breaker.platform for breaker in breakers if breaker.platform in platforms]
