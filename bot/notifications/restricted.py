"""Opens and closes circuit breakers, and lets facilitators know."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.config import Config
from bot.notifications import enqueue
from bot.notifications.breaker import CircuitBreaker
from bot.unit_of_work import UnitOfWork

SAME_TROUBLE_WITHIN = timedelta(minutes=10)
"""A breaker that opens so soon after it was closed is no news to facilitators."""


def open_breaker(
    uow: UnitOfWork, config: Config, breaker: CircuitBreaker, gathering: int | None, now: datetime
) -> bool:
    """False where one is open in that scope. `gathering`: what it was about that was refused, if anything."""
    if not uow.breakers.open(breaker):
        return False
    closed_at = uow.state.get(_closed(breaker.scope))
    if not closed_at or now - datetime.fromisoformat(closed_at) >= SAME_TROUBLE_WITHIN:
        enqueue.sender_restricted(uow, config, breaker, gathering, now)
    return True


def close_breaker(uow: UnitOfWork, scope: str, now: datetime) -> bool:
    """False where none is open in that scope."""
    if not uow.breakers.close(scope):
        return False
    uow.state.set(_closed(scope), now.isoformat())
    return True


def _closed(scope: str) -> str:
    return f"breaker closed {scope}"
