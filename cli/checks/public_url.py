"""Whether HTG_PUBLIC_URL leads to the bot."""

from __future__ import annotations

import asyncio
from enum import Enum, auto

import aiohttp

from bot.ports import CheckResult
from cli.checks.context import CheckContext

HTTP_TIMEOUT = aiohttp.ClientTimeout(total=10)


class _Answer(Enum):
    OURS = auto()
    SOMEBODY_ELSES = auto()
    NONE = auto()
    NO_SUCH_NAME = auto()
    UNTRUSTED = auto()


async def address(ctx: CheckContext) -> list[CheckResult]:
    url = ctx.settings.public_url
    if url is None:
        return [
            CheckResult.advice(
                "HTG_PUBLIC_URL is not set: no personal links, no events page, no calendars (docs/hosting.md)."
            )
        ]
    host, port = ctx.settings.address()
    near = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - what it listens on
    there, here = await asyncio.gather(_asked(url), _asked(near))
    return [_told(url, there, runs=here is _Answer.OURS, near=near)]


def _told(url: str, there: _Answer, *, runs: bool, near: str) -> CheckResult:
    match there:
        case _Answer.OURS if url.startswith("http:"):
            return CheckResult.advice(
                f"{url} leads to the bot, from this machine alone: for everybody else it takes https."
            )
        case _Answer.OURS:
            return CheckResult.ok(f"{url} leads to the bot.")
        case _Answer.SOMEBODY_ELSES:
            return CheckResult.fault(
                f"Something else than the bot answers at {url}: look at the proxy, and at HTG_PUBLIC_URL."
            )
        case _Answer.NO_SUCH_NAME:
            return CheckResult.fault(f"Nobody knows the name in {url}: look at its DNS entry, and at HTG_PUBLIC_URL.")
        case _Answer.UNTRUSTED:
            return CheckResult.fault(
                f"The certificate of {url} is not to be trusted: renew it where HTTPS ends, at the proxy."
            )
        case _Answer.NONE if runs:
            return CheckResult.fault(
                f"The bot answers at {near}, and {url} does not lead there: look at the proxy (docs/hosting.md)."
            )
        case _Answer.NONE:
            return CheckResult.advice(f"Nothing answers at {url} yet: start the bot (htg run), and look again.")


async def _asked(url: str) -> _Answer:
    try:
        async with aiohttp.ClientSession(timeout=HTTP_TIMEOUT) as session, session.get(f"{url}/healthz") as answer:
            if answer.status == 200 and (await answer.content.read(16)).strip() == b"ok":
                return _Answer.OURS
            return _Answer.NONE if answer.status >= 500 else _Answer.SOMEBODY_ELSES
    except aiohttp.ClientConnectorDNSError:
        return _Answer.NO_SUCH_NAME
    except aiohttp.ClientSSLError:
        return _Answer.UNTRUSTED
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return _Answer.NONE
