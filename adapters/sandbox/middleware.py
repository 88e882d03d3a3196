"""Answers this machine's own browser on this very page and nobody else, with security headers on every response."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.html.headers import PAGE_HEADERS

HEADERS = MappingProxyType({**PAGE_HEADERS, "Cache-Control": "no-store"})
_SAFE_METHODS = frozenset({"GET", "HEAD"})


def same_origin_middleware(allowed_hosts: Callable[[], frozenset[str]]) -> Middleware:
    """Refuses a foreign Host (DNS rebinding) and a POST from another page (CSRF)."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host not in allowed_hosts():
            return _forbidden("This page answers under its own address alone.")
        if request.method not in _SAFE_METHODS and request.headers.get("Origin") != f"http://{request.host}":
            return _forbidden("That was sent from another page.")
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(HEADERS)
            raise
        if not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    return middleware


def _forbidden(text: str) -> web.Response:
    return web.Response(status=403, text=text, headers=dict(HEADERS))
