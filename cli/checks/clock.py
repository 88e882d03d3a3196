"""Whether this machine knows what time it is: beside a platform's clock, or else the database server's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from bot.ports import Clock
from cli.checks.context import Finding, Patient, advice, fault, ok
from settings import Settings
from storage.engine.errors import DatabaseUnavailable
from storage.engine.health import server_time

ALLOWED = timedelta(seconds=30)
"""Slack and Zoom bear five minutes, and a reminder for ten minutes before is wrong much sooner."""
PATIENCE = aiohttp.ClientTimeout(total=5)


async def clock(patient: Patient) -> list[Finding]:
    for name, url in _timekeepers(patient.settings):
        ahead = await _beside(patient.clock, url)
        if ahead is not None:
            return [_told(ahead, f"{name}'s")]
    ahead = await _beside_server(patient)
    if ahead is not None:
        return [_told(ahead, "the database server's")]
    missing = "There was nothing to compare it with"
    if not patient.url.startswith("sqlite"):
        missing = "The database server, which could tell the time, does not answer"
    return [advice(f"{missing}: see that the machine sets it by the network (NTP).")]


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
        async with aiohttp.ClientSession(timeout=PATIENCE) as session:
            before = clock.now()
            async with session.get(url, allow_redirects=False) as answer:
                half = (clock.now() - before) / 2
                theirs = parsedate_to_datetime(answer.headers["Date"])
        return before + half - theirs - timedelta(seconds=0.5)  # theirs was cut to its second
    except (aiohttp.ClientError, OSError, TimeoutError, KeyError, ValueError, TypeError):
        return None


async def _beside_server(patient: Patient) -> timedelta | None:
    before = patient.clock.now()
    try:
        theirs = await asyncio.to_thread(server_time, patient.url)
    except DatabaseUnavailable:
        return None
    return None if theirs is None else before + (patient.clock.now() - before) / 2 - theirs


def _told(ahead: timedelta, whose: str) -> Finding:
    apart = abs(ahead)
    if apart <= ALLOWED:
        return ok(f"It agrees with {whose}, to {max(round(apart.total_seconds()), 1)} s.")
    seconds = round(apart.total_seconds())
    words = f"{seconds} seconds" if seconds < 120 else f"{seconds // 60:,} minutes"
    side = "ahead of" if ahead > timedelta(0) else "behind"
    sentence = f"It is {words} {side} {whose}: let the machine set it by the network (NTP)."
    return fault(f"{sentence} Until then reminders and doors are off by as much.")
