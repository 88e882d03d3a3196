"""The web half: the events page, the door, the calendar, and whatever other platforms are reached at."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from adapters.web.connections import Limits as ConnectionLimits
from adapters.web.connections import RateLimitedLog, listening
from adapters.web.guard import ALWAYS_SENT, BODY_LIMIT, always_sent, guard, send_always
from adapters.web.limits import Limit
from adapters.web.metrics import Metrics
from adapters.web.pages import STATIC, Doorway, Pages
from adapters.web.routes import Check, Limits, Routes
from adapters.web.tokens import PersonalLinks
from bot.house import House
from bot.ports import Clock, Passes, Storage

FAREWELL = 5.0
"""Seconds that requests under way have to be answered when the process ends."""
PUBLIC = (600, 10)
"""Requests for public pages from one address: at once, and a second. A whole hall may share one address."""
PERSONAL = (120, 4)
"""Requests with one personal link, wherever they come from."""
MISSES = (30, 0.5)
"""Requests from one address with links that nobody was given."""
KEPT = "public, max-age=31536000, immutable"


def application(
    storage: Storage,
    house: House,
    clock: Clock,
    links: PersonalLinks,
    *,
    metrics: Metrics | None = None,
    doorways: Sequence[Doorway] = (),
    checks: Mapping[str, Check] | None = None,
    mounted: Iterable[web.AbstractRouteDef] = (),
    passes: Passes | None = None,
) -> web.Application:
    """All routes of the web half. `mounted`: those of platforms that are reached over HTTP."""
    counted = metrics or Metrics()
    pages = Pages(house, doorways)
    ticks = time.monotonic
    trouble = RateLimitedLog(ticks)
    limits = Limits(Limit(*PUBLIC, ticks), Limit(*PERSONAL, ticks), Limit(*MISSES, ticks), trouble)
    routes = Routes(storage, house, clock, pages, counted, limits, checks or {}, links=links, passes=passes)
    https = (house.public_url or "").startswith("https://")
    guarded = guard(routes.told, counted, routes.seconds_to_wait)
    app = web.Application(middlewares=[guarded], client_max_size=BODY_LIMIT)
    app[ALWAYS_SENT] = always_sent(https=https)
    app.add_routes(routes.table())
    app.add_routes(mounted)
    app.router.add_static("/static/", STATIC)
    app.on_response_prepare.extend((_keep_static, send_always))
    return app


async def _keep_static(request: web.Request, response: web.StreamResponse) -> None:
    """A file is asked for with the hash of its content: under that address it never changes."""
    if not request.path.startswith("/static/") or response.status != 200:
        return
    if response.content_type.startswith("text/"):
        response.charset = "utf-8"
    if "v" in request.query:
        response.headers["Cache-Control"] = KEPT


@asynccontextmanager
async def serving(
    app: web.Application, host: str, port: int, limits: ConnectionLimits | None = None
) -> AsyncIterator[int]:
    """Answers at this address within the block; gives the port, which may have been chosen by the system (0)."""
    runner = web.AppRunner(app, shutdown_timeout=FAREWELL)
    async with listening(runner, host, port, app[ALWAYS_SENT], limits) as taken:
        yield taken


async def serve(
    app: web.Application, host: str, port: int, on_ready: Callable[[str], Awaitable[None] | None] = lambda _: None
) -> None:
    """Serves until cancelled. `on_ready` gets the address once it answers."""
    async with serving(app, host, port) as taken:
        ready = on_ready(f"http://{f'[{host}]' if ':' in host else host}:{taken}/")
        if ready is not None:
            await ready
        await asyncio.Event().wait()
