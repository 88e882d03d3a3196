"""Assembles and serves the web half: pages, the door, calendars, and the routes of platforms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from adapters.web.connections import ConnectionLimits, RateLimitedLog, listening
from adapters.web.host import HostRoutes
from adapters.web.metrics import PrometheusMetrics
from adapters.web.middleware import BODY_LIMIT, RESPONSE_HEADERS, add_headers, request_middleware, response_headers
from adapters.web.personal import PersonalRoutes, ReadAddress
from adapters.web.public import PublicRoutes
from adapters.web.rate_limiter import RateLimiter
from adapters.web.recent_answers import RecentAnswers
from adapters.web.render import STATIC, PageRenderer, RegistrationLink
from adapters.web.routes import Check, WebRoutes
from adapters.web.site import Site
from adapters.web.tokens import PersonalLinks
from adapters.web.visitors import RequestLimits, Visitors
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.meetings.ports import PassIssuer
from bot.ports import Clock, Storage

SHUTDOWN_TIMEOUT = 5.0
"""Seconds for open requests to be answered when the process ends."""
PUBLIC_RATE = (600, 10)
"""Requests for public pages from one address: burst, and per second. A whole hall may share one address."""
PERSONAL_RATE = (120, 4)
"""Requests with one personal link, from any address."""
UNKNOWN_LINK_RATE = (30, 0.5)
"""Requests from one address with links that were never issued."""
SIGNUP_RATE = (20, 1 / 30)
"""Letters that one address of a network may have written. A whole class may share one."""
IMMUTABLE = "public, max-age=31536000, immutable"
_STATIC_FILES = {path.name: path for path in STATIC.iterdir()}


def application(
    storage: Storage,
    config: Config,
    clock: Clock,
    links: PersonalLinks,
    *,
    metrics: PrometheusMetrics | None = None,
    registration_links: Sequence[RegistrationLink] = (),
    checks: Mapping[str, Check] | None = None,
    mounted: Iterable[web.AbstractRouteDef] = (),
    passes: PassIssuer | None = None,
    dispatcher: Dispatcher | None = None,
    read_address: ReadAddress | None = None,
    added: Callable[[], None] = lambda: None,
) -> web.Application:
    """All routes of the web half. `mounted`: those of platforms that are reached over HTTP.

    `read_address`: reads an e-mail address; None where no letters are sent. `added`: a letter is to be sent.
    """
    counters = metrics or PrometheusMetrics()
    pages = PageRenderer(config, registration_links, by_mail=read_address is not None)
    ticks = time.monotonic
    limits = RequestLimits(
        public=RateLimiter(*PUBLIC_RATE, ticks),
        personal=RateLimiter(*PERSONAL_RATE, ticks),
        unknown_links=RateLimiter(*UNKNOWN_LINK_RATE, ticks),
        warnings=RateLimitedLog(ticks),
    )
    visitors = Visitors(config, pages, limits, clock)
    dispatcher = dispatcher or Dispatcher(storage, config)
    site = Site(storage, clock, dispatcher, pages, visitors, links, RecentAnswers(ticks))
    https = config.public_url.startswith("https://")
    middleware = request_middleware(visitors.error_page, counters, visitors.retry_after, limits.warnings.report)
    app = web.Application(middlewares=[middleware], client_max_size=BODY_LIMIT)
    app[RESPONSE_HEADERS] = response_headers(https=https)
    app.add_routes(WebRoutes(site, counters, checks or {}, passes).table())
    app.add_routes(PersonalRoutes(site, RateLimiter(*SIGNUP_RATE, ticks), read_address, added).table())
    app.add_routes(HostRoutes(site).table())
    app.add_routes(PublicRoutes(storage, config, clock, pages, visitors).table())
    app.add_routes(mounted)
    app.router.add_get("/static/{name}", _static)
    app.on_response_prepare.extend((_cache_static, add_headers))
    return app


async def _static(request: web.Request) -> web.StreamResponse:
    """One of our own files: no other name is looked for on the disk, which some names make fail."""
    path = _STATIC_FILES.get(request.match_info["name"])
    if path is None:
        raise web.HTTPNotFound
    return web.FileResponse(path)


async def _cache_static(request: web.Request, response: web.StreamResponse) -> None:
    """Our pages request static files with a hash of their content: under that URL they never change."""
    if not request.path.startswith("/static/") or response.status != 200:
        return
    if response.content_type.startswith("text/"):
        response.charset = "utf-8"
    if "v" in request.query:
        response.headers["Cache-Control"] = IMMUTABLE


@asynccontextmanager
async def serving(
    app: web.Application, host: str, port: int, limits: ConnectionLimits | None = None
) -> AsyncIterator[int]:
    """Serves within the block; yields the port, which for `port=0` the system chooses."""
    runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_TIMEOUT)
    async with listening(runner, host, port, app[RESPONSE_HEADERS], limits) as bound_port:
        yield bound_port


async def serve(
    app: web.Application, host: str, port: int, on_ready: Callable[[str], Awaitable[None] | None] = lambda _: None
) -> None:
    """Serves until cancelled. `on_ready` gets the URL as soon as it answers."""
    async with serving(app, host, port) as bound_port:
        ready = on_ready(f"http://{f'[{host}]' if ':' in host else host}:{bound_port}/")
        if ready is not None:
            await ready
        await asyncio.Event().wait()
