"""Serves the sandbox's page on loopback, and nowhere else."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from adapters.sandbox.chat import SandboxChat
from adapters.sandbox.clock import MovableClock
from adapters.sandbox.lookahead import Lookahead
from adapters.sandbox.mailbox import MailboxPages, StandInMailbox
from adapters.sandbox.middleware import same_origin_middleware
from adapters.sandbox.render import ChatPageRenderer
from adapters.sandbox.respond import SandboxResponder, Ticker
from adapters.sandbox.routes import SandboxRoutes
from adapters.sandbox.zoom_pages import ZoomPages
from adapters.sandbox.zoom_rooms import StandInZoom
from bot.dispatcher import Dispatcher
from bot.ports import Storage

log = logging.getLogger(__name__)

BODY_LIMIT = 256 * 1024
"""Bytes of one request: a form's largest fields, percent-encoded, and some more."""
SHUTDOWN_TIMEOUT = 1.0
"""Seconds that open requests have to end."""
_STATIC = Path(__file__).parent / "static"


def application(
    responder: SandboxResponder,
    renderer: ChatPageRenderer,
    allowed_hosts: Callable[[], frozenset[str]],
    zoom: StandInZoom,
    mailbox: MailboxPages,
) -> web.Application:
    """`allowed_hosts`: the Host headers that name this very server."""
    app = web.Application(middlewares=[same_origin_middleware(allowed_hosts)], client_max_size=BODY_LIMIT)
    routes = SandboxRoutes(responder, renderer)
    app.add_routes([*ZoomPages(zoom, responder.tick).table(), *mailbox.table(), *routes.table()])
    app.router.add_static("/static/", _STATIC)
    app.on_shutdown.append(routes.close)
    return app


async def serve(
    dispatcher: Dispatcher,
    outbox: Ticker,
    storage: Storage,
    chat: SandboxChat,
    clock: MovableClock,
    zoom: StandInZoom,
    mailbox: StandInMailbox,
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
    hosts: set[str] = set()
    responder = SandboxResponder(dispatcher, outbox, chat, clock, Lookahead(storage, dispatcher.config))
    letters = MailboxPages(mailbox, dispatcher.config.public_url)
    runner = web.AppRunner(
        application(responder, ChatPageRenderer(chat, dispatcher), lambda: frozenset(hosts), zoom, letters),
        access_log=None,
        shutdown_timeout=SHUTDOWN_TIMEOUT,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound_port = runner.addresses[0][1]
        hosts.update(f"{name}:{bound_port}" for name in ("127.0.0.1", "localhost", "[::1]", _bracketed(host)))
        await responder.tick()
        ready = on_ready(f"http://{_bracketed(host)}:{bound_port}/")
        if ready is not None:
            await ready
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
