"""Serves the sandbox's page on loopback, and nowhere else."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from adapters.sandbox.ahead import Ahead
from adapters.sandbox.clock import MovableClock
from adapters.sandbox.guard import guard
from adapters.sandbox.page import Page
from adapters.sandbox.reception import Outbox, Reception
from adapters.sandbox.room import Room
from adapters.sandbox.routes import Routes
from bot.desk import Desk
from bot.ports import Storage

log = logging.getLogger(__name__)

BODY_LIMIT = 256 * 1024
"""Bytes of one request: a form's largest fields, percent-encoded, with room to spare."""
FAREWELL = 1.0
"""Seconds that open requests have to end when the page is closed."""
_STATIC = Path(__file__).parent / "static"


def application(reception: Reception, page: Page, allowed: Callable[[], frozenset[str]]) -> web.Application:
    """The page over one room. `allowed`: the Host headers that name this very server."""
    app = web.Application(middlewares=[guard(allowed)], client_max_size=BODY_LIMIT)
    routes = Routes(reception, page)
    app.add_routes(routes.table())
    app.router.add_static("/static/", _STATIC)
    app.on_shutdown.append(routes.close)
    return app


async def serve(
    desk: Desk,
    outbox: Outbox,
    storage: Storage,
    room: Room,
    clock: MovableClock,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    on_ready: Callable[[str], Awaitable[None] | None],
) -> None:
    """Serves until cancelled. `on_ready` gets the page's address once it answers; port 0 takes a free one.

    Raises ValueError for a host that others could reach: whoever opens the page can speak as anyone.
    """
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"the sandbox is served on loopback only, not on {host}: use 127.0.0.1")
    names: set[str] = set()
    reception = Reception(desk, outbox, room, clock, Ahead(storage, desk.house))
    runner = web.AppRunner(
        application(reception, Page(room, desk), lambda: frozenset(names)),
        access_log=None,
        shutdown_timeout=FAREWELL,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        taken = runner.addresses[0][1]
        names.update(f"{name}:{taken}" for name in ("127.0.0.1", "localhost", "[::1]", _bracketed(host)))
        await reception.tick()
        ready = on_ready(f"http://{_bracketed(host)}:{taken}/")
        if ready is not None:
            await ready
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
