"""How often one address may knock: a bucket of requests for each, refilled at a steady rate."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from aiohttp import web

_LONGEST = 50
"""Characters of an address, and some more: what is cut is none."""
REMEMBERED = 10_000
"""Addresses whose buckets are kept; the one that was quiet longest is forgotten first."""


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Limit:
    """`burst` requests at once and `per_second` ever after. `ticks` gives seconds that never go back."""

    def __init__(self, burst: float, per_second: float, ticks: Callable[[], float]) -> None:
        self._burst, self._rate, self._ticks = burst, per_second, ticks
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def allows(self, address: str) -> bool:
        """Whether this address has a request left; takes none."""
        return self._refilled(address).left >= 1

    def take(self, address: str) -> bool:
        """Takes one of this address's requests; False when there is none left."""
        bucket = self._refilled(address)
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True

    @property
    def wait(self) -> int:
        """Whole seconds after which an exhausted address has a request again."""
        return max(1, round(1 / self._rate))

    def __len__(self) -> int:
        return len(self._buckets)

    def _refilled(self, address: str) -> _Bucket:
        now = self._ticks()
        bucket = self._buckets.setdefault(address, _Bucket(self._burst, now))
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._rate)
        bucket.at = now
        self._buckets.move_to_end(address)
        while len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        return bucket


def address_of(request: web.Request) -> str:
    """Where a request comes from: of an IPv6 address its /64, which one household has to itself.

    A proxy on this machine or network is believed when it says whom it speaks for (the last entry of
    X-Forwarded-For, the one that it wrote itself); anybody else could write there what they like.
    """
    said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return _address(request.remote or "", said[:_LONGEST])


@lru_cache(maxsize=4096)
def _address(peer: str, said: str) -> str:
    found = _parsed(peer)
    if found is not None and (found.is_private or found.is_loopback):
        found = _parsed(said) or found
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found) if found is not None else "unknown"


def _parsed(written: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(written)
    except ValueError:
        return None
