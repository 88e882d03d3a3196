"""Checks that HTG_PUBLIC_URL leads to this bot's web half."""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from ipaddress import IPv4Address, IPv6Address
from typing import assert_never

import aiohttp

from bot.ports import CheckResult
from cli.checks.context import CheckContext
from cli.url_parameters import read_ip_address

HTTP_TIMEOUT = aiohttp.ClientTimeout(total=10)


class _Probe(Enum):
    OURS = auto()
    SOMEBODY_ELSES = auto()
    NONE = auto()
    NO_SUCH_NAME = auto()
    UNTRUSTED = auto()


async def public_url(ctx: CheckContext) -> list[CheckResult]:
    url = ctx.settings.public_url
    if url is None:
        return [
            CheckResult.advice(
                "HTG_PUBLIC_URL is not set: no personal links, no events page, no calendars (docs/hosting.md)."
            )
        ]
    host, port = ctx.settings.address()
    local_url = f"http://{_reached_here(host)}:{port}"
    public, local = await asyncio.gather(_probe(url), _probe(local_url))
    return [_result(url, public, is_running=local is _Probe.OURS, local_url=local_url)]


def _reached_here(host: str) -> str:
    """How this machine reaches what listens on `host`, as a URL writes it."""
    match read_ip_address(host):
        case None:
            return host
        case IPv4Address() as address:
            return "127.0.0.1" if address.is_unspecified else host
        case IPv6Address() as address:
            return "[::1]" if address.is_unspecified else f"[{host}]"


def _result(url: str, public: _Probe, *, is_running: bool, local_url: str) -> CheckResult:
    match public:
        case _Probe.OURS if url.startswith("http:"):
            return CheckResult.advice(
                f"{url} leads to the bot, from this machine alone: for everybody else it takes https."
            )
        case _Probe.OURS:
            return CheckResult.ok(f"{url} leads to the bot.")
        case _Probe.SOMEBODY_ELSES:
            return CheckResult.fault(
                f"Something else than the bot answers at {url}: look at the proxy, and at HTG_PUBLIC_URL."
            )
        case _Probe.NO_SUCH_NAME:
            return CheckResult.fault(f"Nobody knows the name in {url}: look at its DNS entry, and at HTG_PUBLIC_URL.")
        case _Probe.UNTRUSTED:
            return CheckResult.fault(
                f"The certificate of {url} is not to be trusted: renew it where HTTPS ends, at the proxy."
            )
        case _Probe.NONE if is_running:
            return CheckResult.fault(
                f"The bot answers at {local_url}, and {url} does not lead there: look at the proxy (docs/hosting.md)."
            )
        case _Probe.NONE:
            return CheckResult.advice(f"Nothing answers at {url} yet: start the bot (htg run), and look again.")
        case _:
            assert_never(public)


async def _probe(url: str) -> _Probe:
    try:
        async with aiohttp.ClientSession(timeout=HTTP_TIMEOUT) as session, session.get(f"{url}/healthz") as response:
            if response.status == 200 and (await response.content.read(16)).strip() == b"ok":
                return _Probe.OURS
            return _Probe.NONE if response.status >= 500 else _Probe.SOMEBODY_ELSES
    except aiohttp.ClientConnectorDNSError:
        return _Probe.NO_SUCH_NAME
    except aiohttp.ClientSSLError:
        return _Probe.UNTRUSTED
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return _Probe.NONE
