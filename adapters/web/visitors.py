"""Whoever requests a page: the language they read, how often they may ask, and which row a personal link names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from email import message_from_bytes

from aiohttp import hdrs, web
from multidict import MultiDict, MultiMapping

from adapters.web.accept_language import preferred_language
from adapters.web.client_address import client_address
from adapters.web.connections import RateLimitedLog
from adapters.web.middleware import PERSONAL, is_personal, route_of
from adapters.web.rate_limiter import RateLimiter
from adapters.web.render import PageRenderer
from adapters.web.render_cache import RenderedBody
from adapters.web.tokens import UNKNOWN_LINK, TokenSigner
from bot.config import Config
from bot.i18n import Locale
from bot.pages import notice_texts
from bot.ports import Clock
from bot.registrations.model import DoorVisit
from bot.secrets import LinkKey

FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "application/octet-stream"})
"""Content types of a submitted form; the last is what aiohttp reports where there is no Content-Type."""
PARTS_LIMIT = 4096
"""Bytes of a form in parts: it says one thing."""
UNLIMITED_ROUTES = frozenset({"/healthz", "/readyz", "/metrics", "/slack/events", "/zoom/events", "/static/{name}"})
"""Requested by programs that must get an answer, or very cheap."""

PASSING = frozenset({408, 429, 500, 503})
"""Statuses after which the same may succeed."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """`public` and `unknown_links` by client address, `personal` by link."""

    public: RateLimiter
    personal: RateLimiter
    unknown_links: RateLimiter
    warnings: RateLimitedLog


class Visitors:
    def __init__(self, config: Config, pages: PageRenderer, limits: RequestLimits, clock: Clock) -> None:
        self._config, self._pages, self._limits, self._clock = config, pages, limits, clock

    def locale(self, request: web.Request, language: str | None = None, zone: str | None = None) -> Locale:
        """The member's own settings first, then the browser's; without a zone, times are in the gathering's own."""
        accepted = request.headers.getall(hdrs.ACCEPT_LANGUAGE, [])
        spoken = language or preferred_language(accepted) or self._config.language
        return Locale(spoken, zone or "", today=self._clock.now().date())

    def locale_of(self, request: web.Request, visit: DoorVisit) -> Locale:
        return replace(self.locale(request, visit.language, visit.zone), zone_chosen=visit.zone_chosen)

    def retry_after(self, request: web.Request, route: str) -> int:
        """Seconds until this client may request this public route again. Personal links have a rate of their own."""
        if route in UNLIMITED_ROUTES or is_personal(route) or self._limits.public.take(client_address(request)):
            return 0
        return self._limits.public.retry_after

    def verified_link(self, request: web.Request, tokens: TokenSigner) -> LinkKey:
        """What the token names, or UNKNOWN_LINK.

        A token that we signed has a rate of its own: it is answered whatever others at the same address do.
        """
        token = request.match_info["token"]
        link = tokens.verify(token)
        limits = self._limits
        limiter, key = (limits.personal, token)
        if link == UNKNOWN_LINK:
            limiter, key = (limits.unknown_links, client_address(request))
        if not limiter.take(key):
            if limiter is limits.unknown_links:
                limits.warnings.report("one address asks for many personal links that nobody was given")
            raise web.HTTPTooManyRequests(headers={hdrs.RETRY_AFTER: str(limiter.retry_after)})
        return link

    def unknown_link(self, request: web.Request) -> web.Response:
        """The same response to a forged, an unknown and a revoked token."""
        return html(self._pages.notice(self.locale(request), notice_texts.NO_SUCH_LINK), status=404)

    def unknown_confirm_link(self, request: web.Request) -> web.Response:
        return html(self._pages.lapsed_confirm_link(self.locale(request)), status=404)

    def error_page(self, request: web.Request, status: int, reference: str) -> web.Response:
        pressed = (
            request.method == hdrs.METH_POST
        )  # it is for its reader to press again, who sees first what came of it
        again, back = status == 503 and not pressed, status in PASSING and pressed and is_personal(route_of(request))
        page = self._pages.notice(self.locale(request), status, reference, again=again, back=back)
        return html(page, status=status)


def gathering_number(request: web.Request) -> int | None:
    """As our own addresses write it, so that each page has one; None where it is no number of a gathering."""
    typed = request.match_info["id"]
    return int(typed) if re.fullmatch(r"[1-9][0-9]{0,8}", typed) else None


def html(text: str, *, status: int = 200, cache: str = PERSONAL) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: cache, hdrs.VARY: hdrs.ACCEPT_LANGUAGE}
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def cached(request: web.Request, rendered: RenderedBody, media_type: str, headers: Mapping[str, str]) -> web.Response:
    """What was rendered, with its version; 304 where the client has that (RFC 9110, 13.2.2)."""
    response = web.Response(headers={"ETag": f'"{rendered.etag}"', hdrs.VARY: hdrs.ACCEPT_LANGUAGE, **headers})
    # A personal feed has none: unregistering changes it, but no gathering that is left in it.
    response.last_modified = rendered.changed_at
    if _is_current(request, rendered):
        response.set_status(304)
        return response
    response.body = rendered.body
    response.content_type, response.charset = media_type, "utf-8"
    return response


def _is_current(request: web.Request, rendered: RenderedBody) -> bool:
    tags = request.if_none_match
    if tags is not None:
        return any(tag.value in {rendered.etag, "*"} for tag in tags)
    since, changed_at = request.if_modified_since, rendered.changed_at
    return changed_at is not None and since is not None and changed_at.replace(microsecond=0) <= since


def see_other(path: str) -> web.Response:
    """After a form was submitted: the page to look at, by GET."""
    return web.Response(status=303, headers={hdrs.LOCATION: path, hdrs.CACHE_CONTROL: PERSONAL})


async def letter_form_of(request: web.Request) -> MultiMapping[str]:
    """As `form_of`; also what programs that read letters send in parts (RFC 8058, 3.2)."""
    if request.content_type != "multipart/form-data":
        return await form_of(request)
    body = await request.read()
    if len(body) > PARTS_LIMIT:
        raise web.HTTPRequestEntityTooLarge(PARTS_LIMIT, len(body))
    head = f"Content-Type: {request.headers[hdrs.CONTENT_TYPE]}\n\n".encode("utf-8", "surrogateescape")
    try:
        return MultiDict(_parts(head + body))
    except Exception:  # noqa: BLE001 - the library raises many types for headers that it does not expect
        raise web.HTTPBadRequest from None


def _parts(message: bytes) -> Iterator[tuple[str, str]]:
    """(name, value) of each. Not by aiohttp, which parses parts only while they arrive: by now all of them have."""
    for part in message_from_bytes(message).walk():
        name, value = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            yield name, value.decode("utf-8", "replace").strip()


async def form_of(request: web.Request) -> MultiMapping[str]:
    """The text fields of a submitted form; 415 for anything else."""
    if request.content_type not in FORM_TYPES:
        raise web.HTTPUnsupportedMediaType
    try:
        fields = await request.post()
    except (ValueError, LookupError, RuntimeError, AssertionError):
        raise web.HTTPBadRequest from None
    return MultiDict((name, value) for name, value in fields.items() if isinstance(value, str))
