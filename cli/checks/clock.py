"""Whether this machine knows what time it is: beside a platform's clock, or else the database server's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from bot.ports import CheckResult, Clock
from cli.checks.context import CheckContext
from settings import Settings
from storage.engine.errors import DatabaseUnavailable
from storage.engine.health import server_time

MAX_CLOCK_DIFFERENCE = timedelta(seconds=30)
"""Slack and Zoom bear five minutes, and a reminder for ten minutes before is wrong much sooner."""
HTTP_TIMEOUT = aiohttp.ClientTimeout(total=5)


async def clock(ctx: CheckContext) -> list[CheckResult]:
    for name, url in _timekeepers(ctx.settings):
        ahead = await _beside(ctx.clock, url)
        if ahead is not None:
            return [_told(ahead, f"{name}'s")]
    ahead = await _beside_server(ctx)
    if ahead is not None:
        return [_told(ahead, "the database server's")]
    missing = "There was nothing to compare it with"
    if not ctx.url.startswith("sqlite"):
        missing = "The database server, which could tell the time, does not answer"
    return [CheckResult.advice(f"{missing}: see that the machine sets it by the network (NTP).")]


def _timekeepers(settings: Settings) -> Iterator[tuple[str, str]]:
    """Addresses where anybody may ask; whatever is answered there bears its time."""
    asked = {
        "Slack": (settings.slack_api_url or "https://slack.com/api", "api.test"),
        "Discord": (settings.discord_api_url or "https://discord.com/api/v10", "gateway"),
        "Zoom": (settings.zoom_oauth_url or "https://zoom.us/oauth", "token"),
    }
    for name in settings.platforms():
        base, path = asked[name]
        yield name, f"{base.rstrip('/')}/{path}"


async def _beside(clock: Clock, url: str) -> timedelta | None:
    """How far this machine's clock is ahead, to a second or so; None where no time is told."""
    try:
        async with aiohttp.ClientSession(timeout=HTTP_TIMEOUT) as session:
            before = clock.now()
            async with session.get(url, allow_redirects=False) as answer:
                half = (clock.now() - before) / 2
                theirs = parsedate_to_datetime(answer.headers["Date"])
        return before + half - theirs - timedelta(seconds=0.5)  # theirs was cut to its second
    except (aiohttp.ClientError, OSError, TimeoutError, KeyError, ValueError, TypeError):
        return None


async def _beside_server(ctx: CheckContext) -> timedelta | None:
    before = ctx.clock.now()
    try:
        theirs = await asyncio.to_thread(server_time, ctx.url)
    except DatabaseUnavailable:
        return None
    return None if theirs is None else before + (ctx.clock.now() - before) / 2 - theirs


def _told(ahead: timedelta, whose: str) -> CheckResult:
    apart = abs(ahead)
    if apart <= MAX_CLOCK_DIFFERENCE:
        return CheckResult.ok(f"It agrees with {whose}, to {max(round(apart.total_seconds()), 1)} s.")
    seconds = round(apart.total_seconds())
    words = f"{seconds} seconds" if seconds < 120 else f"{seconds // 60:,} minutes"
    side = "ahead of" if ahead > timedelta(0) else "behind"
    sentence = f"It is {words} {side} {whose}: let the machine set it by the network (NTP)."
    return CheckResult.fault(f"{sentence} Until then reminders and doors are off by as much.")
