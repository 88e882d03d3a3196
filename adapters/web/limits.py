"""How often one address may knock: a bucket of requests for each, refilled at a steady rate."""

from __future__ import annotations

import ipaddress
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from aiohttp import web

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LONGEST = 60
"""Characters of an address with its port, and some more: what is cut is none."""
_WITH_PORT = re.compile(r"\[([^\[\]]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}")
_SHARED = ipaddress.ip_network("100.64.0.0/10")
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

    A proxy on this machine or network is believed when it says whom it speaks for: in the last entry of the last
    X-Forwarded-For line, the one that it wrote itself. Anybody else could write there what they like.
    """
    said = request.headers.getall("X-Forwarded-For", [""])[-1].rpartition(",")[2]
    return _address(request.remote or "", said[:_LONGEST].strip())


def origin_of(peer: str) -> tuple[str, bool]:
    """Where a connection comes from, and whether that is this machine or a private network."""
    found = _parsed(peer)
    return _network(found), found is not None and _is_ours(found)


@lru_cache(maxsize=4096)
def _address(peer: str, said: str) -> str:
    found = _parsed(peer)
    if found is not None and _is_ours(found):
        found = _parsed(said) or found
    return _network(found)


def _network(found: _Address | None) -> str:
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found) if found is not None else "unknown"


def _is_ours(found: _Address) -> bool:
    """Also the network that hosts put between their own proxies and programs (RFC 6598)."""
    return found.is_private or found.is_loopback or found in _SHARED


def _parsed(written: str) -> _Address | None:
    """An address, with the port that some proxies write beside it; an IPv4 one in IPv6 is what it stands for."""
    bare = _WITH_PORT.fullmatch(written)
    try:
        found = ipaddress.ip_address(bare[1] or bare[2] if bare else written)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found
