"""Compares this machine's clock with that of a platform, or else of the database server."""

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
"""Slack and Zoom accept signatures five minutes off, but a reminder ten minutes ahead is wrong much sooner."""
HTTP_TIMEOUT = aiohttp.ClientTimeout(total=5)


async def clock(ctx: CheckContext) -> list[CheckResult]:
    for name, url in _time_sources(ctx.settings):
        ahead = await _ahead_of(ctx.clock, url)
        if ahead is not None:
            return [_compared(ahead, f"{name}'s")]
    ahead = await _ahead_of_server(ctx)
    if ahead is not None:
        return [_compared(ahead, "the database server's")]
    missing = "There was nothing to compare it with"
    if not ctx.url.startswith("sqlite"):
        missing = "The database server, which could tell the time, does not answer"
    return [CheckResult.advice(f"{missing}: see that the machine sets it by the network (NTP).")]


def _time_sources(settings: Settings) -> Iterator[tuple[str, str]]:
    """Name and URL of configured platforms; any response, also an error, has a `Date` header."""
    public_urls = {
        "Slack": (settings.slack_api_url or "https://slack.com/api", "api.test"),
        "Discord": (settings.discord_api_url or "https://discord.com/api/v10", "gateway"),
        "Zoom": (settings.zoom_oauth_url or "https://zoom.us/oauth", "token"),
    }
    for name in (name for name in settings.platforms() if name in public_urls):
        base, path = public_urls[name]
        yield name, f"{base.rstrip('/')}/{path}"


async def _ahead_of(clock: Clock, url: str) -> timedelta | None:
    """How far this machine's clock is ahead, to about a second; None where the response has no time."""
    try:
        async with aiohttp.ClientSession(timeout=HTTP_TIMEOUT) as session:
            before = clock.now()
            async with session.get(url, allow_redirects=False) as response:
                half_round_trip = (clock.now() - before) / 2
                theirs = parsedate_to_datetime(response.headers["Date"])
        return before + half_round_trip - theirs - timedelta(seconds=0.5)  # `Date` is truncated to the second
    except (aiohttp.ClientError, OSError, TimeoutError, KeyError, ValueError, TypeError):
        return None


async def _ahead_of_server(ctx: CheckContext) -> timedelta | None:
    before = ctx.clock.now()
    try:
        theirs = await asyncio.to_thread(server_time, ctx.url)
    except DatabaseUnavailable:
        return None
    return None if theirs is None else before + (ctx.clock.now() - before) / 2 - theirs


def _compared(ahead: timedelta, whose: str) -> CheckResult:
    difference = abs(ahead)
    if difference <= MAX_CLOCK_DIFFERENCE:
        return CheckResult.ok(f"It agrees with {whose}, to {max(round(difference.total_seconds()), 1)} s.")
    seconds = round(difference.total_seconds())
    words = f"{seconds} seconds" if seconds < 120 else f"{seconds // 60:,} minutes"
    side = "ahead of" if ahead > timedelta(0) else "behind"
    sentence = f"It is {words} {side} {whose}: let the machine set it by the network (NTP)."
    return CheckResult.fault(f"{sentence} Until then reminders and doors are off by as much.")
