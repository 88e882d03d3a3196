"""Applies to every request: limits, a body read in time, security headers, metrics, and an error page that explains."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from io import BytesIO
from types import MappingProxyType

from aiohttp import hdrs, web
from aiohttp.http import HttpVersion10
from aiohttp.typedefs import Handler, Middleware

from adapters.html.headers import PAGE_HEADERS
from adapters.web.metrics import PrometheusMetrics
from bot.ports import CommitFailed, CommitUncertain, Overloaded

log = logging.getLogger(__name__)

BODY_LIMIT = 1024 * 1024
"""Bytes."""
BODY_TIMEOUT = 10.0
"""Seconds in which a body of any size has to arrive."""
PAGE_TIMEOUT = 20.0
"""Seconds for what only looks: a database that does not even refuse would be waited for without end."""
STREAM_THRESHOLD = 64 * 1024
"""Bytes; a longer response body is handed to the connection in parts, as the client reads it."""

PERSONAL_PATHS = ("/join/", "/calendar/", "/me/", "/confirm/")
"""Prefixes of paths that hold a personal link."""
PUBLIC = "public, max-age=60"
PERSONAL = "no-store"
"""Values of Cache-Control."""
HEADERS = MappingProxyType(
    {
        **PAGE_HEADERS,
        "X-Frame-Options": "DENY",
        "Server": "htg",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    }
)
FRAMED_PATH = "/embed"
"""The one page that other sites may frame: nothing on it can be pressed but links."""
FRAMED_HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": PAGE_HEADERS["Content-Security-Policy"].replace(
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            "form-action 'none'; base-uri 'none'; frame-ancestors *",
        ),
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
)
HSTS = {"Strict-Transport-Security": "max-age=31536000"}
RESPONSE_HEADERS = web.AppKey("response_headers", Mapping[str, str])

ErrorPage = Callable[[web.Request, int, str], web.Response]
"""Renders an error for (request, status, reference or empty text)."""
RetryAfter = Callable[[web.Request, str], int]
"""Seconds until this client may ask for this route again; 0 where it may now."""
Warn = Callable[[str], None]

_KNOWN_METHODS = frozenset(hdrs.METH_ALL)
_SAFE_METHODS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
_FORWARDED_HEADERS = (hdrs.ALLOW, hdrs.RETRY_AFTER)
"""Headers of an aiohttp error that its page keeps."""
_FOREIGN_SITES = frozenset({"cross-site", "same-site"})
"""Values of Sec-Fetch-Site where a page of another site, or of a sibling's, caused the request."""


def response_headers(*, https: bool) -> Mapping[str, str]:
    return {**HEADERS, **(HSTS if https else {}), hdrs.CACHE_CONTROL: PERSONAL}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """A signal handler of aiohttp, which also runs where no middleware did."""
    if request.path.startswith(PERSONAL_PATHS):  # whether or not a route matches
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
    if request.path == FRAMED_PATH:
        response.headers.update(FRAMED_HEADERS)
    for name, value in request.app[RESPONSE_HEADERS].items():
        response.headers.setdefault(name, value)
    if request.path == FRAMED_PATH:
        del response.headers["X-Frame-Options"]
    response.headers[hdrs.SERVER] = HEADERS[hdrs.SERVER]  # aiohttp has set its own name and version by now


def request_middleware(
    error_page: ErrorPage, metrics: PrometheusMetrics, retry_after: RetryAfter, warn: Warn
) -> Middleware:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        started_at = asyncio.get_running_loop().time()
        response = await _respond(request, handler, error_page, retry_after, warn)
        if isinstance(response, web.Response):
            _stream_long_body(response)
        duration = asyncio.get_running_loop().time() - started_at
        method = request.method if request.method in _KNOWN_METHODS else "other"
        metrics.requested(route_of(request), method, response.status, duration)
        return response

    return middleware


def _stream_long_body(response: web.Response) -> None:
    """For a client that does not read, the connection would otherwise buffer all of it."""
    if isinstance(response.body, bytes) and len(response.body) > STREAM_THRESHOLD:
        response.body = BytesIO(response.body)


def is_personal(route: str) -> bool:
    """Whether its path holds a personal link."""
    return "{token}" in route


def route_of(request: web.Request) -> str:
    """The pattern of the route: neither a token nor a stranger's guess becomes a label of a metric."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


async def _respond(
    request: web.Request,
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    error_page: ErrorPage,
    retry_after: RetryAfter,
    warn: Warn,
) -> web.StreamResponse:
    try:
        if request.version < HttpVersion10:
            raise web.HTTPBadRequest
        if seconds := retry_after(request, route_of(request)):
            raise web.HTTPTooManyRequests(headers={hdrs.RETRY_AFTER: str(seconds)})
        if _is_cross_site(request):
            return error_page(request, 403, "")
        await _read_body(request)
        async with asyncio.timeout(PAGE_TIMEOUT if request.method in _SAFE_METHODS else None):
            return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            return error
        page = error_page(request, error.status, "")
        page.headers.update({name: error.headers[name] for name in _FORWARDED_HEADERS if name in error.headers})
        return page
    except (Overloaded, CommitFailed, CommitUncertain, TimeoutError) as problem:
        # Once for all who ask meanwhile, and by its kind alone: what a driver says of it may be different each time.
        warn(f"the database is busy or out of reach ({type(problem).__name__}), and a page asks to try again")
        page = error_page(request, 503, "")
        page.headers["Retry-After"] = "5"
        return page
    except ConnectionError:
        raise
    except Exception:
        reference = secrets.token_hex(4)
        # Not the path: it may hold a token.
        log.exception("could not answer %s %s, reference %s", request.method, route_of(request), reference)
        return error_page(request, 500, reference)


def _is_cross_site(request: web.Request) -> bool:
    """Whether a page of another site submits a form in this browser (CSRF).

    Origin does not tell: our pages send no referrer, so browsers send `Origin: null` with our own forms, too. Programs
    and browsers before 2023 send no Sec-Fetch-Site; what a form changes needs a personal link in any case.
    """
    return request.method not in _SAFE_METHODS and request.headers.get("Sec-Fetch-Site", "").lower() in _FOREIGN_SITES


async def _read_body(request: web.Request) -> None:
    """Reads the body before any handler acts on it: 413 where it is too large, 408 where it is too slow."""
    if request.content_length is not None and request.content_length > BODY_LIMIT:
        raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, request.content_length)
    if not request.can_read_body:
        return
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise web.HTTPUnsupportedMediaType  # nobody has to compress what is so short, and 1 MiB can hold a thousand
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except web.RequestPayloadError:
        raise web.HTTPBadRequest from None
