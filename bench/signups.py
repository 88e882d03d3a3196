"""Signups confirmed over HTTP per second, beside a bare handler that does one durable insert; and the events page.

A confirmation checks the token, makes the member, registers by the core's own command, and shows the page.
"""

from __future__ import annotations

import itertools
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.web.connections import RateLimitedLog
from adapters.web.public import Listing, PublicRoutes
from adapters.web.rate_limiter import RateLimiter
from adapters.web.render import PageRenderer, RegistrationLink
from adapters.web.run import application
from adapters.web.visitors import RequestLimits, Visitors
from bench.door import KEY, LINKS, Now, process, rate, serve
from bench.measure import Row, at_least
from bot.addresses import Address
from bot.config import Config
from bot.gatherings.model import Plan, Status
from bot.i18n import Locale
from bot.secrets import LinkKey
from bot.unit_of_work import UnitOfWork
from cli import event_loop
from storage.engine.open import open_storage
from storage.migrations.upgrade import upgrade

ROUNDS = 5
LETTERS = 500
"""In each round, each of them pressed once."""
GATHERINGS = 1000
PAGE_LIMIT = 0.005
"""Seconds of CPU that the events page may take."""


async def serve_web(url: str) -> None:
    config = Config(public_url="https://gatherings.example", links=LINKS)
    app = application(await open_storage(url, [KEY]), config, Now(), LINKS, read_address=Address.parse)
    event_loop.freeze_long_lived_objects()
    await serve(app)


async def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'htg.db'}"
        letters = await _letters(url)
        rates, floors = [], []
        async with process("web", url, "bench.signups") as confirming, process("bare", url) as bare:
            presses = [_press(f"/join/{number}", number) for number in range(LETTERS)]
            await rate(confirming, list(itertools.islice(letters, LETTERS)), "You are registered")
            await rate(bare, presses, "ok")
            for _ in range(ROUNDS):
                rates.append(await rate(confirming, list(itertools.islice(letters, LETTERS)), "You are registered"))
                floors.append(await rate(bare, presses, "ok"))
        what = "signups confirmed over HTTP, 64 connections, SQLite FULL, beside a bare durable insert behind aiohttp"
        return [at_least(what, rates, floors, 0.6), await _events_page(Path(folder) / "many.db")]


async def _letters(url: str) -> Iterator[bytes]:
    await upgrade(url)
    storage = await open_storage(url, [KEY])
    now = datetime.now(UTC).replace(microsecond=0)

    def work(uow: UnitOfWork) -> list[LinkKey]:
        plan = Plan("Grief", now + timedelta(days=2), "Europe/Madrid", description="d" * 300, facilitators="F")
        (gathering,) = uow.gatherings.add([plan], Status.PUBLISHED)
        return [
            uow.signups.add(
                Address("mail", f"p{number}@example.org"), "Ada", gathering.id, now, language="en", zone="Europe/Madrid"
            ).key
            for number in range((ROUNDS + 1) * LETTERS)
        ]

    keys = await storage.run(work)
    await storage.close()
    return (_press(f"/confirm/{LINKS.signup.sign(key)}", number) for number, key in enumerate(keys))


def _press(path: str, number: int) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: gatherings.example\r\n"
        f"X-Forwarded-For: 198.18.{number // 250 % 250}.{number % 250}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n"
    ).encode()


async def _events_page(path: Path) -> Row:
    storage = await open_storage(f"sqlite:///{path}", [KEY], upgrade=True)
    now = datetime.now(UTC).replace(microsecond=0)
    plans = [
        Plan(f"Grief {number}", now + timedelta(hours=number + 1), "Europe/Madrid", description="d " * 150)
        for number in range(GATHERINGS)
    ]
    await storage.run(lambda uow: [uow.gatherings.add([plan], Status.PUBLISHED) for plan in plans])
    config, clock = Config(public_url="https://gatherings.example"), Now()
    pages, ticks = PageRenderer(config, [RegistrationLink("Slack")], by_mail=True), time.monotonic
    limiter = RateLimiter(1, 1, ticks)
    limits = RequestLimits(limiter, limiter, limiter, RateLimitedLog(ticks))
    public = PublicRoutes(storage, config, clock, pages, Visitors(config, pages, limits, clock))
    times = [await _one_page(public) for _ in range(50)]
    await storage.close()
    median = statistics.median(times)
    return Row(
        f"the events page, {GATHERINGS:,} gatherings",
        f"{median * 1000:.2f} ms of CPU, {max(times) * 1000:.2f} ms at most",
        f"{PAGE_LIMIT * 1000:.0f} ms",
        median / PAGE_LIMIT,
        "at most 1",
        median <= PAGE_LIMIT,
    )


async def _one_page(public: PublicRoutes) -> float:
    begun = time.process_time()
    assert len((await public.listing(Listing.EVENTS, Locale("en"))).body) > 10_000
    return time.process_time() - begun


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    event_loop.run(serve_web(sys.argv[2]))
