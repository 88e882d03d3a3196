"""What holds for every request: its body has an end, its answer has the headers, and whatever fails is said kindly."""

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

from adapters.web.metrics import Metrics
from bot.ports import Busy

log = logging.getLogger(__name__)

BODY_LIMIT = 1024 * 1024
BODY_TIMEOUT = 10.0
"""Seconds in which a body of any size has to arrive."""

PERSONAL_PATHS = ("/join/", "/calendar/", "/me/", "/confirm/")
"""Where somebody's own link follows."""
PUBLIC = "public, max-age=60"
PERSONAL = "no-store"
HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
            " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Server": "htg",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    }
)
HSTS = {"Strict-Transport-Security": "max-age=31536000"}

Told = Callable[[web.Request, int, str], web.Response]
"""The page that says what went wrong: (request, status, reference or empty text)."""
KNOWN = frozenset(hdrs.METH_ALL)
PASSED_ON = (hdrs.ALLOW, hdrs.RETRY_AFTER)
_READING = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
_OTHER_SITES = frozenset({"cross-site", "same-site"})
"""What browsers write into Sec-Fetch-Site where another site's page, or a sibling's, caused the request."""


ALWAYS_SENT = web.AppKey("always_sent", Mapping[str, str])
WHOLE = 64 * 1024
"""Bytes of a body that are handed to the connection at once; what is longer is handed over as it is read."""


def always_sent(*, https: bool) -> Mapping[str, str]:
    return {**HEADERS, **(HSTS if https else {}), hdrs.CACHE_CONTROL: PERSONAL}


async def send_always(request: web.Request, response: web.StreamResponse) -> None:
    """For every answer, also where no middleware was asked."""
    if request.path.startswith(PERSONAL_PATHS):  # also where no route of ours takes it
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
    for name, value in request.app[ALWAYS_SENT].items():
        response.headers.setdefault(name, value)
    response.headers[hdrs.SERVER] = HEADERS[hdrs.SERVER]  # aiohttp has named itself and its version by now


def guard(told: Told, metrics: Metrics, seconds_to_wait: Callable[[web.Request, str], int]) -> Middleware:
    """`seconds_to_wait`: how long this address has to wait before it may ask for this route again, mostly 0."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = asyncio.get_running_loop().time()
        response = await _answered(request, handler, told, seconds_to_wait)
        if isinstance(response, web.Response) and isinstance(response.body, bytes) and len(response.body) > WHOLE:
            # Who does not read would have all of it kept for them.
            response.body = BytesIO(response.body)
        took = asyncio.get_running_loop().time() - began
        method = request.method if request.method in KNOWN else "other"
        metrics.requested(route_of(request), method, response.status, took)
        return response

    return guarded


def is_personal(route: str) -> bool:
    """Whether its address holds somebody's own link."""
    return "{token}" in route


def route_of(request: web.Request) -> str:
    """The route as it was declared, so that no token and no guess of a stranger becomes a label."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


async def _answered(
    request: web.Request,
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    told: Told,
    seconds_to_wait: Callable[[web.Request, str], int],
) -> web.StreamResponse:
    try:
        if request.version < HttpVersion10:
            raise web.HTTPBadRequest
        if wait := seconds_to_wait(request, route_of(request)):
            raise web.HTTPTooManyRequests(headers={hdrs.RETRY_AFTER: str(wait)})
        if _from_another_site(request):
            return told(request, 403, "")
        await _whole_body(request)
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < 400:
            return answer
        # aiohttp calls a folder of static files forbidden; it lists none, so that nothing is there.
        status = 404 if answer.status == 403 else answer.status
        page = told(request, status, "")
        page.headers.update({name: answer.headers[name] for name in PASSED_ON if name in answer.headers})
        return page
    except (Busy, TimeoutError):
        page = told(request, 503, "")
        page.headers["Retry-After"] = "5"
        return page
    except ConnectionError:
        raise
    except Exception:
        reference = secrets.token_hex(4)
        # Not the address: it may hold a token.
        log.exception("could not answer %s %s, reference %s", request.method, route_of(request), reference)
        return told(request, 500, reference)


def _from_another_site(request: web.Request) -> bool:
    """A form that another site's page sends in this browser's name (CSRF).

    Not told by Origin: since our pages send no referrer, browsers write `null` there for our own forms, too. Programs,
    and browsers of before 2023, send no Sec-Fetch-Site; what a form changes needs a personal link in any case.
    """
    return request.method not in _READING and request.headers.get("Sec-Fetch-Site", "").lower() in _OTHER_SITES


async def _whole_body(request: web.Request) -> None:
    """Reads the body, once, before anybody acts on it: too large is 413, too slow is 408."""
    if request.content_length is not None and request.content_length > BODY_LIMIT:
        raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, request.content_length)
    if not request.can_read_body:
        return
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except web.RequestPayloadError:
        raise web.HTTPBadRequest from None
