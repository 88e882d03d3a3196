"""Lets in this machine's own browser on this very page, and nobody else; sends the headers that keep it so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import MappingProxyType

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
            " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
)
_SAFE = frozenset({"GET", "HEAD"})


def guard(allowed: Callable[[], frozenset[str]]) -> Middleware:
    """Refuses a Host that is not ours (a name that was made to point here) and a POST from another page."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host not in allowed():
            return _refused("This page answers under its own address alone.")
        if request.method not in _SAFE and request.headers.get("Origin") != f"http://{request.host}":
            return _refused("That was sent from another page.")
        return await _answered(request, handler)

    return guarded


async def _answered(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        answer.headers.update(HEADERS)
        raise
    if not response.prepared:
        response.headers.update(HEADERS)
    return response


def _refused(why: str) -> web.Response:
    return web.Response(status=403, text=why, headers=dict(HEADERS))
