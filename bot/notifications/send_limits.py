"""What limits sending in a scope, shared by all workers through the database. Pure.

Direct messages sent unasked keep the pace of their platform by a token bucket: each takes a token, and tokens come back
at the pace. Conversations that have to be opened first keep a slower pace of their own, in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

BURST = timedelta(seconds=2)
"""A bucket holds the tokens of so long, and at least MIN_BURST: waking up late loses none of them."""
MIN_BURST = 2.0


@dataclass(frozen=True, slots=True)
class SendLimits:
    """Of one scope. The tokens count in that of the whole platform, the pauses in each scope."""

    scope: str
    tokens: float
    refilled_at: datetime
    openings: float
    """Tokens of conversations to open."""
    openings_refilled_at: datetime
    paused_until: datetime | None = None
    """Nothing is sent before, because the platform asked to wait."""
    lookups_paused_until: datetime | None = None
    openings_paused_until: datetime | None = None
    reached_per_minute: float | None = None
    """Direct messages a minute in the last large batch; None: none yet has shown more or less than the default."""

    def with_sends_paused(self, until: datetime) -> SendLimits:
        """With a pause until then at least; so the other two."""
        return replace(self, paused_until=_later(self.paused_until, until))

    def with_lookups_paused(self, until: datetime) -> SendLimits:
        return replace(self, lookups_paused_until=_later(self.lookups_paused_until, until))

    def with_openings_paused(self, until: datetime) -> SendLimits:
        return replace(self, openings_paused_until=_later(self.openings_paused_until, until))


def full(scope: str, now: datetime) -> SendLimits:
    """Of a scope that nothing was sent in yet. A bucket is cut to its size when it is refilled."""
    return SendLimits(scope, tokens=1e6, refilled_at=now, openings=1e6, openings_refilled_at=now)


def burst(per_minute: float) -> float:
    return max(MIN_BURST, per_minute * BURST.total_seconds() / 60)


def refill(tokens: float, at: datetime, per_minute: float, now: datetime) -> float:
    """The tokens at `now` of a bucket that had `tokens` at `at`.

    One that was filled in the future was filled with a clock that was wrong: nothing came back since.
    """
    elapsed = max(now - at, timedelta(0))
    return min(tokens + per_minute * elapsed.total_seconds() / 60, burst(per_minute))


def refilled(limits: SendLimits, per_minute: float, now: datetime) -> SendLimits:
    return replace(limits, tokens=refill(limits.tokens, limits.refilled_at, per_minute, now), refilled_at=now)


def openings_refilled(limits: SendLimits, per_minute: float, now: datetime) -> SendLimits:
    openings = refill(limits.openings, limits.openings_refilled_at, per_minute, now)
    return replace(limits, openings=openings, openings_refilled_at=now)


def wait_for_token(tokens: float, per_minute: float) -> timedelta:
    """How long until the bucket holds a whole token."""
    if tokens >= 1:
        return timedelta(0)
    # Rounded up: whoever woke a fraction too early would have to wait again, for less than a clock can tell.
    return timedelta(minutes=(1 - tokens) / per_minute) + timedelta.resolution


def _later(until: datetime | None, other: datetime) -> datetime:
    """The later end of two pauses."""
    return other if until is None else max(until, other)
