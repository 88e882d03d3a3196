"""What the pages of the web half need beside the chat: links to the stand-in for Zoom, and a bot that keeps up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.sandbox.zoom_pages import PREFIX
from adapters.sandbox.zoom_rooms import HOST


def keeping_up(chat_page: Callable[[], str], after: Callable[[], Awaitable[None]]) -> Middleware:
    """`chat_page`: the address of the sandbox's page. `after`: does what follows from a form that was sent."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        finally:
            if request.method == "POST":
                await after()
        if isinstance(response, web.Response) and isinstance(response.body, bytes):
            here = chat_page().rstrip("/") + PREFIX
            response.body = response.body.replace(f'href="{HOST}/'.encode(), f'href="{here}'.encode())
        return response

    return middleware
