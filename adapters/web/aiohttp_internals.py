"""Private attributes of aiohttp's RequestHandler.

They tell an idle connection from one that is being answered, so that idle ones can be closed for new ones, and those
that send nothing, or half a request, can be closed in time. aiohttp has no public way to ask. When its version
changes, tests/adapters/web/test_connections.py fails where the meaning of these attributes changed; without this file a
connection never counts as idle, and only slow readers are closed.
"""

from __future__ import annotations

from aiohttp import web


def is_idle(handler: web.RequestHandler) -> bool:
    """Whether it waits for a request: `_waiter` is pending exactly then."""
    return handler._waiter is not None and not handler._waiter.done()  # noqa: SLF001


def has_received_request(handler: web.RequestHandler) -> bool:
    return handler._request_count > 0  # noqa: SLF001
