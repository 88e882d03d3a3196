"""Parsers of settings that are URLs: each raises ValueError with a phrase that follows the setting's name."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit


def host_url(text: str) -> str:
    """The HTTP URL of a host: pages and links lead to its root, whatever path were given."""
    read = url(text)
    if urlsplit(read).path:
        raise ValueError("it may hold no path, for the bot's pages lead to the root: give it a host name of its own")
    return read


def url(text: str) -> str:
    """An HTTP URL without a trailing slash, to which paths are added."""
    parts = _split(text)
    if parts.query or parts.fragment:
        raise ValueError("it may hold no '?' or '#'")
    return page(text)


def page(text: str) -> str:
    """An HTTP URL that leads somewhere by itself."""
    parts = _split(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it must begin with https:// and the name of a host")
    if "@" in parts.netloc:
        raise ValueError("it may hold no name or password")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("it must begin with https:// unless it leads to this very machine")
    return text.rstrip("/")


def _split(text: str) -> SplitResult:
    """urlsplit, without its errors, which may quote a password, and without blanks, which it accepts."""
    try:
        parts = urlsplit(text)
        readable = bool(re.fullmatch(r"[!-~]+", text)) and parts.port != 0  # reading `port` checks it
    except ValueError:
        readable = False
    if not readable:
        raise ValueError("it is not an address that can be read")
    return parts


def _is_loopback(host: str) -> bool:
    address = read_ip_address(host)
    return address.is_loopback if address else host == "localhost" or host.endswith(".localhost")


def read_ip_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
