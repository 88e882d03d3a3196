"""The address of a client: by which requests are limited, and connections counted."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from aiohttp import web

_IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_MAX_LENGTH = 60
"""Characters of an address with its port, and some more: what is longer is not an address."""
_WITH_PORT = re.compile(r"\[([^\[\]]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}")
_SHARED_SPACE = ipaddress.ip_network("100.64.0.0/10")
"""Which hosting providers use between their proxies and programs (RFC 6598)."""


def client_address(request: web.Request) -> str:
    """The IPv4 address of the client, or the /64 of its IPv6 address, which belongs to one household.

    X-Forwarded-For is believed from a proxy on this machine or a private network alone, and of it only the last entry
    of the last line, which that proxy wrote itself: a client may send any other.
    """
    forwarded_for = request.headers.getall("X-Forwarded-For", [""])[-1].rpartition(",")[2]
    return _resolve(request.remote or "", forwarded_for[:_MAX_LENGTH].strip())


def peer_network(peer: str) -> tuple[str, bool]:
    """The network of a connection, and whether it is this machine or a private network."""
    address = _parse(peer)
    return _network(address), address is not None and _is_trusted(address)


@lru_cache(maxsize=4096)
def _resolve(peer: str, forwarded_for: str) -> str:
    address = _parse(peer)
    if address is not None and _is_trusted(address):
        address = _parse(forwarded_for) or address
    return _network(address)


def _network(address: _IpAddress | None) -> str:
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return str(address) if address is not None else "unknown"


def _is_trusted(address: _IpAddress) -> bool:
    return address.is_private or address.is_loopback or address in _SHARED_SPACE


def _parse(text: str) -> _IpAddress | None:
    """An address, with or without a port; an IPv4-mapped IPv6 address as IPv4."""
    with_port = _WITH_PORT.fullmatch(text)
    try:
        address = ipaddress.ip_address(with_port[1] or with_port[2] if with_port else text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address
