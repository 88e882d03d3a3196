"""A token bucket for each key (a client's address, a personal link), refilled at a steady rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.limited import LimitedDict

MAX_BUCKETS = 10_000
"""Buckets that are kept; the least recently used is dropped first."""


@dataclass(slots=True)
class TokenBucket:
    tokens: float
    refilled_at: float


class RateLimiter:
    """Allows `burst` requests at once and `per_second` after that. `ticks`: a monotonic clock, in seconds."""

    def __init__(self, burst: float, per_second: float, ticks: Callable[[], float]) -> None:
        self._burst, self._rate, self._ticks = burst, per_second, ticks
        self._buckets = LimitedDict[str, TokenBucket](MAX_BUCKETS)

    def take(self, key: str) -> bool:
        """Takes one of this key's tokens; False when none is left."""
        bucket = self._refilled(key)
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    @property
    def retry_after(self) -> int:
        """Whole seconds after which an empty bucket has a token again."""
        return max(1, round(1 / self._rate))

    def __len__(self) -> int:
        return len(self._buckets)

    def _refilled(self, key: str) -> TokenBucket:
        now = self._ticks()
        bucket = self._buckets.get(key) or TokenBucket(self._burst, now)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.refilled_at) * self._rate)
        bucket.refilled_at = now
        self._buckets[key] = bucket
        return bucket
