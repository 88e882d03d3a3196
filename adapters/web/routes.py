"""What each address answers. Nothing here decides: the door rule is the core's, the words are the core's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import hdrs, web

from adapters.web import calendar, metrics, rendered
from adapters.web.connections import RateLimitedLog
from adapters.web.guard import PERSONAL, PUBLIC, is_personal
from adapters.web.languages import chosen
from adapters.web.limits import Limit, address_of
from adapters.web.pages import Pages
from adapters.web.rendered import Rendering, Renderings
from adapters.web.tokens import NOBODY, PersonalLinks, Tokens
from adapters.web.turnstile import Turnstile
from bot.entrance import Entry
from bot.gatherings import Gathering, Status, reference, series_of
from bot.house import House
from bot.outbox import AT_WORK
from bot.ports import Books, Clock, Passes, Storage
from bot.registrations import Arrival, Registration
from bot.secrets import LinkKey
from bot.words import pages as words
from bot.words.reader import Reader

log = logging.getLogger(__name__)

LISTED = 60
"""Gatherings on the events page; the feed has more."""
FEED_LIFETIME = 60
"""Seconds after which the public feed is read anew, changed or not."""
CHECK_TIMEOUT = 5.0
FORMS = frozenset({"application/x-www-form-urlencoded", "application/octet-stream"})
"""What a browser sends with a button; the second is aiohttp's name for no Content-Type at all."""
NO_LINK = words.NO_SUCH_LINK
UNLIMITED = frozenset({"/healthz", "/readyz", "/metrics", "/slack/events", "/zoom/events", "/static"})
"""What is asked by programs that must be answered, and what costs next to nothing."""

Check = Callable[[], Awaitable[str]]
"""Says in a few words what is missing, and nothing when all is well. Never a secret."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`public` and `misses` of each address, `personal` of each link."""

    public: Limit
    personal: Limit
    misses: Limit
    trouble: RateLimitedLog


class Routes:
    def __init__(
        self,
        storage: Storage,
        house: House,
        clock: Clock,
        pages: Pages,
        counted: metrics.Metrics,
        limits: Limits,
        checks: Mapping[str, Check],
        *,
        links: PersonalLinks,
        passes: Passes | None = None,
    ) -> None:
        self._storage, self._house, self._clock = storage, house, clock
        self._pages, self._counted, self._limits, self._checks = pages, counted, limits, checks
        self._links = links
        self._turnstile = Turnstile(storage, clock, passes)
        self._renderings = Renderings()

    def table(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._events),
            web.get("/gatherings/{id}", self._gathering),
            web.get("/gatherings.ics", self._feed),
            web.get("/calendar/{token}.ics", self._personal_feed),
            web.get("/join/{token}", self._look),
            web.post("/join/{token}", self._enter),
            web.get("/healthz", self._alive),
            web.get("/readyz", self._ready),
            web.get("/metrics", self._metrics),
        ]

    def told(self, request: web.Request, status: int, found: str) -> web.Response:
        """The page that says what went wrong."""
        return _html(self._pages.notice(self._reader(request), status, found), status=status)

    # ---- for everybody

    async def _events(self, request: web.Request) -> web.Response:
        now = self._clock.now()
        found = await self._storage.run(lambda books: books.upcoming(now, limit=LISTED))
        return _html(self._pages.events(self._reader(request), series_of(found)), cache=PUBLIC)

    async def _gathering(self, request: web.Request) -> web.Response:
        number = reference(request.match_info["id"])
        found = await self._storage.run(lambda books: _with_parts(books, number)) if number else None
        if found is None:
            raise web.HTTPNotFound
        shown, parts = found
        return _html(self._pages.gathering(self._reader(request), parts, shown, self._clock.now()), cache=PUBLIC)

    async def _feed(self, request: web.Request) -> web.Response:
        to = self._reader(request)
        since = self._clock.now() - calendar.LOOK_BACK
        # What may be public also depends on the gatherings' links, which have no version: they are looked at anew.
        age = int(self._clock.now().timestamp() // FEED_LIFETIME)
        version = await self._storage.run(lambda books: books.shown_version(since, limit=calendar.LONGEST))

        async def read() -> rendered.Source:
            def work(books: Books) -> tuple[str, list[Gathering]]:
                limit = calendar.LONGEST
                return books.shown_version(since, limit=limit), books.shown(since, limit=limit)

            version, found = await self._storage.run(work)
            changed_at = max((calendar.changed_at(each) for each in found), default=None)
            return (version, age), lambda: calendar.public_feed(to, self._house, found), changed_at

        feed = await self._renderings.get(to.language, (version, age), read)
        return _calendar(request, feed, "gatherings.ics", PUBLIC)

    # ---- personal

    async def _personal_feed(self, request: web.Request) -> web.Response:
        link = self._knock(request, self._links.feed)
        since = self._clock.now() - calendar.LOOK_BACK

        def work(books: Books) -> tuple[str | None, list[tuple[Gathering, Registration]]] | None:
            found = books.calendar_owner(link)
            return (found.settings.language, books.calendar(found.id, since)) if found is not None else None

        found = await self._storage.run(work)
        if found is None:
            return self._nowhere(request)
        language, mine = found
        to = self._reader(request, language)
        linked = [(gathering, kept.at, self._links.join(kept.key)) for gathering, kept in mine]

        async def read() -> rendered.Source:
            return version, lambda: calendar.personal_feed(to, self._house, linked), None

        version = tuple((gathering, at, way.reveal()) for gathering, at, way in linked)
        feed = await self._renderings.get((link.id, to.language), version, read)
        return _calendar(request, feed, "my-gatherings.ics", PERSONAL)

    async def _look(self, request: web.Request) -> web.Response:
        """The door from outside: previewers and scanners open links too, so this takes no place and shows no link."""
        arrival = await self._turnstile.look(self._knock(request, self._links.door))
        if arrival is None:
            return self._nowhere(request)
        now = self._clock.now()
        to = self._reader(request, arrival.language, arrival.zone)
        following = await self._following(arrival)
        page = words.door_page(to, arrival, following, now)
        return _html(self._pages.door(to, page, now))

    async def _enter(self, request: web.Request) -> web.Response:
        link = self._knock(request, self._links.door)
        if request.content_type not in FORMS:
            raise web.HTTPUnsupportedMediaType
        outcome = await self._turnstile.enter(link)
        if outcome is None:
            return self._nowhere(request)
        arrival, entry = outcome
        return await self._entered(self._reader(request, arrival.language, arrival.zone), arrival, entry)

    async def _entered(self, to: Reader, arrival: Arrival, entry: Entry) -> web.Response:
        now = self._clock.now()
        if entry.link is not None:
            self._counted.admitted("web")
            return _html(self._pages.inside(to, words.inside_page(to, arrival, entry, entry.link)))
        if entry.doors is entry.doors.OPEN:
            page = words.no_room_page(to, arrival)
        elif entry.doors is entry.doors.EARLY:
            page = words.door_page(to, arrival, None, now)
        else:
            page = words.shut_page(to, arrival, entry.doors, await self._following(arrival))
        return _html(self._pages.door(to, page, now))

    async def _following(self, arrival: Arrival) -> Gathering | None:
        """The next gathering that can be registered for, where this door is a no."""
        now = self._clock.now()
        if arrival.gathering.open_to_registration(now):
            return None
        found = await self._storage.run(lambda books: books.upcoming(now, limit=10))
        return next(
            (each for each in found if each.id != arrival.gathering.id and each.open_to_registration(now)), None
        )

    def seconds_to_wait(self, request: web.Request, route: str) -> int:
        """For what everybody may ask for; 0: none. Personal links have their own limits, since they name who asks."""
        if route in UNLIMITED or is_personal(route) or self._limits.public.take(address_of(request)):
            return 0
        return self._limits.public.wait

    def _knock(self, request: web.Request, tokens: Tokens) -> LinkKey:
        """What the token names, or nobody.

        A token that we signed is answered whatever others at the same address do; it has a limit of its own.
        """
        token = request.match_info["token"]
        found = tokens.read(token)
        limit, key = (self._limits.misses, address_of(request)) if found == NOBODY else (self._limits.personal, token)
        if not limit.take(key):
            if limit is self._limits.misses:
                self._limits.trouble.report("one address asks for many personal links that nobody was given")
            raise web.HTTPTooManyRequests(headers={hdrs.RETRY_AFTER: str(limit.wait)})
        return found

    def _nowhere(self, request: web.Request) -> web.Response:
        """One answer for a forged, an unknown and a revoked token."""
        return _html(self._pages.notice(self._reader(request), NO_LINK), status=404)

    # ---- for those who operate it

    async def _alive(self, _: web.Request) -> web.Response:
        return _text("ok")

    async def _ready(self, _: web.Request) -> web.Response:
        found = await asyncio.gather(*(_missing(name, check) for name, check in self._checks.items()))
        missing = [each for each in found if each]
        return _text("\n".join(missing) or "ready", status=503 if missing else 200)

    async def _metrics(self, _: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT):
                at = await self._storage.run(lambda books: books.remembered(AT_WORK))
        except Exception as failure:  # noqa: BLE001 - what is counted here is told all the same
            log.warning("cannot tell when a worker was at work: %s", type(failure).__name__)
        else:
            self._counted.at_work(at)
        return web.Response(body=self._counted.written(), headers={hdrs.CONTENT_TYPE: metrics.CONTENT_TYPE})

    def _reader(self, request: web.Request, language: str | None = None, zone: str | None = None) -> Reader:
        """Their own choice first, then the browser's; without a zone, times are in the gathering's own."""
        asked = request.headers.getall(hdrs.ACCEPT_LANGUAGE, [])
        return Reader(language or chosen(asked) or self._house.language, zone or "")


def _with_parts(books: Books, number: int) -> tuple[Gathering, list[Gathering]] | None:
    """A draft is unknown to the public."""
    found = books.gathering(number)
    if found is None or found.status is Status.DRAFT:
        return None
    parts = books.parts(found)
    return next((each for each in parts if each.id == found.id), found), parts


async def _missing(name: str, check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            found = await check()
    except TimeoutError:
        found = "does not answer in time"
    except Exception as failure:  # noqa: BLE001 - whatever is wrong, it is not ready
        found = type(failure).__name__
    return f"{name}: {found}" if found else ""


def _html(text: str, *, status: int = 200, cache: str = PERSONAL) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: cache, hdrs.VARY: hdrs.ACCEPT_LANGUAGE}
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def _calendar(request: web.Request, feed: Rendering, name: str, cache: str) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: cache, hdrs.VARY: hdrs.ACCEPT_LANGUAGE, "ETag": f'"{feed.tag}"'}
    response = web.Response(headers=headers)
    # Where somebody unregistered nothing that is left was changed: an instant cannot tell of it, and is not offered.
    response.last_modified = feed.changed_at
    if _is_known(request, feed):
        response.set_status(304)
        return response
    response.body = feed.body
    response.content_type, response.charset = calendar.MEDIA_TYPE, "utf-8"
    response.headers[hdrs.CONTENT_DISPOSITION] = f'inline; filename="{name}"'
    return response


def _is_known(request: web.Request, feed: Rendering) -> bool:
    """Whether the reader has it already (RFC 9110, 13.2.2)."""
    tags = request.if_none_match
    if tags is not None:
        return any(each.value in {feed.tag, "*"} for each in tags)
    since = request.if_modified_since
    return feed.changed_at is not None and since is not None and feed.changed_at.replace(microsecond=0) <= since


def _text(text: str, *, status: int = 200) -> web.Response:
    return web.Response(text=text + "\n", status=status, headers={hdrs.CACHE_CONTROL: PERSONAL})
