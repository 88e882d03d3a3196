"""The routes of the web half. Rules and texts are the core's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from aiohttp import hdrs, web

from adapters.web import calendar, metrics
from adapters.web.admission_queue import AdmissionQueue
from adapters.web.middleware import PERSONAL, PUBLIC
from adapters.web.recent_answers import claim_keys
from adapters.web.render_cache import RenderCache, RenderedBody, RenderSource
from adapters.web.site import Site
from adapters.web.visitors import cached, form_of, gathering_number, html, see_other
from bot.admission.doors_view import doors_view
from bot.admission.enter import Entry
from bot.admission.model import Doors
from bot.admission.waiting import WaitAct
from bot.dispatcher import AlreadyAnswered
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.meetings.ports import PassIssuer
from bot.members.model import Person
from bot.notifications.deliver import LAST_TICK
from bot.notifications.live_meeting import are_being_called, may_be_called
from bot.pages import texts as page_texts
from bot.pages.shown_gathering import shown
from bot.registrations import what_follows
from bot.registrations.model import DoorVisit, Following, Registration
from bot.request import Call, Request
from bot.secrets import LinkKey
from bot.unit_of_work import UnitOfWork
from bot.views import View

log = logging.getLogger(__name__)

FEED_LIFETIME = 60
"""Seconds after which the public feed is rendered again, changed or not."""
CHECK_TIMEOUT = 5.0
"""Seconds."""
CALLED_EXPIRES_AFTER = timedelta(seconds=3)
Check = Callable[[], Awaitable[str]]
"""Returns in a few words what is missing, empty where nothing is; never a secret."""


class WebRoutes:
    def __init__(
        self,
        site: Site,
        counters: metrics.PrometheusMetrics,
        checks: Mapping[str, Check],
        passes: PassIssuer | None = None,
    ) -> None:
        self._storage, self._clock, self._dispatcher = site.storage, site.clock, site.dispatcher
        self._pages, self._visitors, self._links, self._recent = site.pages, site.visitors, site.links, site.recent
        self._config, self._counters, self._checks = site.dispatcher.config, counters, checks
        self._admissions = AdmissionQueue(self._storage, self._config, self._clock, passes)
        self._calendars = RenderCache()
        self._called: dict[int, tuple[datetime, bool]] = {}
        """By gathering: when it was looked whether its facilitators are being called, and whether they were."""

    def table(self) -> list[web.RouteDef]:
        return [
            web.get("/gatherings/{id}", self._gathering),
            web.get("/gatherings.ics", self._feed),
            web.get("/calendar/{token}.ics", self._personal_feed),
            web.get("/join/{token}", self._door),
            web.post("/join/{token}", self._enter),
            web.get("/healthz", self._healthz),
            web.get("/readyz", self._readyz),
            web.get("/metrics", self._metrics),
        ]

    # ---- public

    async def _gathering(self, request: web.Request) -> web.Response:
        number = gathering_number(request)
        now = self._clock.now()
        unused_after = self._config.unused_places
        found = await self._storage.run(lambda uow: shown(uow, number, unused_after, now)) if number else None
        if found is None:
            raise web.HTTPNotFound
        page = self._pages.gathering(
            self._visitors.locale(request), found.parts, found.coming, found.gathering, now, following=found.following
        )
        return html(page, cache=PUBLIC)

    async def _feed(self, request: web.Request) -> web.Response:
        locale = self._visitors.locale(request)
        since = self._clock.now() - calendar.LOOK_BACK
        # What may be public also depends on the gatherings' links, which have no version: so the cache expires, too.
        age = int(self._clock.now().timestamp() // FEED_LIFETIME)

        def version_of(uow: UnitOfWork) -> str:
            return uow.gatherings.public_version(since, limit=calendar.FEED_LIMIT)

        async def load() -> RenderSource:
            def work(uow: UnitOfWork) -> tuple[str, list[Gathering]]:
                return version_of(uow), uow.gatherings.public_since(since, limit=calendar.FEED_LIMIT)

            version, gatherings = await self._storage.run(work)
            changed_at = max((calendar.changed_at(gathering) for gathering in gatherings), default=None)
            return (version, age), lambda: calendar.public_feed(locale, self._config, gatherings), changed_at

        version = await self._storage.run(version_of)
        feed = await self._calendars.get(locale.language, (version, age), load)
        return _calendar(request, feed, "gatherings.ics", PUBLIC)

    # ---- personal

    async def _personal_feed(self, request: web.Request) -> web.Response:
        link = self._visitors.verified_link(request, self._links.feed)
        since = self._clock.now() - calendar.LOOK_BACK

        def work(uow: UnitOfWork) -> tuple[str | None, list[tuple[Gathering, Registration]]] | None:
            member = uow.members.calendar_owner(link)
            return (
                (member.settings.language, uow.registrations.calendar(member.id, since)) if member is not None else None
            )

        language_and_registered = await self._storage.run(work)
        if language_and_registered is None:
            return self._visitors.unknown_link(request)
        language, registered = language_and_registered
        locale = self._visitors.locale(request, language)
        linked = [(gathering, reg.at, self._links.join(reg.key)) for gathering, reg in registered]

        async def load() -> RenderSource:
            return version, lambda: calendar.personal_feed(locale, self._config, linked), None

        version = tuple((gathering, at, join_link.reveal()) for gathering, at, join_link in linked)
        feed = await self._calendars.get((link.id, locale.language), version, load)
        return _calendar(request, feed, "my-gatherings.ics", PERSONAL)

    async def _door(self, request: web.Request) -> web.Response:
        """Takes no place and shows no link: link previewers and virus scanners open this page, too."""
        now = self._clock.now()

        def beside(uow: UnitOfWork, visit: DoorVisit) -> _BesideDoor:
            return self._beside_door(uow, visit, self._visitors.locale_of(request, visit), now)

        looked = await self._admissions.look(self._visitors.verified_link(request, self._links.door), beside)
        if looked is None:
            return self._visitors.unknown_link(request)
        visit, standing, found = looked
        page = page_texts.door_page(found.locale, self._config, visit, found.following, now, standing)
        if found.is_called and page.act:
            page = page_texts.being_called(found.locale, page)
        if found.doors is not None:
            follows = visit.gathering.doors(now) in {Doors.OPEN, Doors.FULL}
            page = page_texts.for_facilitator(found.locale, page, found.doors, follows=follows)
        feed = found.calendar if page.calendar else ""
        return html(self._pages.door(found.locale, page, now, calendar=feed, start_path=f"{request.path}/start"))

    def _beside_door(self, uow: UnitOfWork, visit: DoorVisit, locale: Locale, now: datetime) -> _BesideDoor:
        """A facilitator's own door has the doors as they are, and the way to begin; rights are looked up each time."""
        gathering, config = visit.gathering, self._config
        named = config.configured_facilitators
        hosts = gathering.is_still_on(now) and uow.facilitators.host_address(visit.registration.id, named, now)
        member = uow.members.get(visit.registration.member) if config.links is not None else None
        return _BesideDoor(
            locale,
            _following(uow, visit, now),
            config.links.calendar(member.calendar).reveal() if member is not None and config.links is not None else "",
            doors_view(uow, config, locale, gathering, now) if hosts else None,
            are_being_called(uow, gathering, now),
        )

    async def _enter(self, request: web.Request) -> web.Response:
        link = self._visitors.verified_link(request, self._links.door)
        act = (await form_of(request)).get("act", "")
        if act == page_texts.CANNOT_COME:
            return await self._give_up(request, link)
        if act in set(WaitAct):
            if not await self._admissions.change(link, WaitAct(act)):
                return self._visitors.unknown_link(request)
            return see_other(request.rel_url.raw_path)
        result = await self._admissions.enter(link)
        if result is None:
            return self._visitors.unknown_link(request)
        visit, entry = result
        if entry.may_wait:
            return await self._door(request)
        return await self._entered(self._visitors.locale_of(request, visit), visit, entry)

    async def _give_up(self, request: web.Request, link: LinkKey) -> web.Response:
        """Pressed twice, both are answered alike: the first has ended what the link names."""
        shown = await self._recent.get(link, page_texts.CANNOT_COME, partial(self._given_up, request, link))
        return html(shown) if shown is not None else self._visitors.unknown_link(request)

    async def _given_up(self, request: web.Request, link: LinkKey) -> str | None:
        """The core's own command, as whoever this door belongs to."""
        now, given_up = self._clock.now(), list[Gathering]()
        this_span, next_span = claim_keys(f"door:{link.id}:{link.nonce}:{page_texts.CANNOT_COME}", now)

        def find(uow: UnitOfWork) -> Request | None:
            visit = uow.admission.visits([link]).get(link)
            member = uow.members.get(visit.registration.member) if visit is not None else None
            if visit is None or member is None:
                if uow.members.claim_interaction(this_span, now):
                    return None  # which undoes the claim
                raise AlreadyAnswered
            given_up[:] = [visit.gathering]
            uow.members.claim_interaction(next_span, now)
            call = Call.of("unregister", gathering=visit.gathering.id)
            return Request(Person(member.address), call, now, key=this_span)

        try:
            response = await self._dispatcher.respond_to(find)
        except AlreadyAnswered:
            locale = self._visitors.locale(request)
            return self._pages.message(locale, page_texts.gave_up_page(locale))
        if response is None:
            return None
        answer = response.answer if isinstance(response.answer, View) else View(())
        page = page_texts.given_up_page(response.locale, given_up[0], answer)
        return self._pages.message(response.locale, page)

    async def _entered(self, locale: Locale, visit: DoorVisit, entry: Entry) -> web.Response:
        now = self._clock.now()
        if entry.link is not None:
            self._counters.admitted("web")
            inside = page_texts.inside_page(locale, visit, entry, entry.link, self._config.unused_places)
            if await self._are_being_called(visit.gathering, now):
                inside = page_texts.being_called(locale, inside)
            return html(self._pages.inside(locale, inside))
        if entry.doors is entry.doors.OPEN:
            page = page_texts.no_room_page(locale, visit)
        elif entry.doors is entry.doors.EARLY:
            page = page_texts.door_page(locale, self._config, visit, None, now)
        else:
            following = await self._storage.run(lambda uow: _following(uow, visit, now))
            page = page_texts.shut_page(locale, self._config, visit, entry.doors, following)
        return html(self._pages.door(locale, page, now))

    async def _are_being_called(self, gathering: Gathering, now: datetime) -> bool:
        """Looked up once for all who come in within CALLED_EXPIRES_AFTER: each look-up is a transaction."""
        if not may_be_called(gathering, now):
            return False
        known = self._called.get(gathering.id)
        if known is not None and timedelta(0) <= now - known[0] < CALLED_EXPIRES_AFTER:
            return known[1]
        is_called = await self._storage.run(lambda uow: are_being_called(uow, gathering, now))
        self._called = {gathering.id: (now, is_called)}
        return is_called

    # ---- monitoring

    async def _healthz(self, _: web.Request) -> web.Response:
        return _text("ok")

    async def _readyz(self, _: web.Request) -> web.Response:
        results = await asyncio.gather(*(_missing(name, check) for name, check in self._checks.items()))
        missing = [result for result in results if result]
        return _text("\n".join(missing) or "ready", status=503 if missing else 200)

    async def _metrics(self, _: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT):
                at = await self._storage.run(lambda uow: uow.state.get(LAST_TICK))
        except Exception as failure:  # noqa: BLE001 - the other metrics do not depend on it
            log.warning("cannot tell when a worker was at work: %s", type(failure).__name__)
        else:
            self._counters.at_work(at)
        return web.Response(body=self._counters.exposition(), headers={hdrs.CONTENT_TYPE: metrics.CONTENT_TYPE})


@dataclass(frozen=True, slots=True)
class _BesideDoor:
    """What a door's page shows beside the visit itself."""

    locale: Locale
    following: Following | None
    calendar: str
    doors: View | None
    """To a facilitator who can begin."""
    is_called: bool


def _following(uow: UnitOfWork, visit: DoorVisit, now: datetime) -> Following | None:
    """The next gathering, where this one no longer can be registered for."""
    if visit.gathering.open_to_registration(now):
        return None
    return what_follows.instead(uow, now, visit.registration.member, visit.gathering)


async def _missing(name: str, check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            problem = await check()
    except TimeoutError:
        problem = "does not answer in time"
    except Exception as error:  # noqa: BLE001 - whatever is wrong, it is not ready
        problem = f"does not answer ({type(error).__name__})"
    return f"{name}: {problem}" if problem else ""


def _calendar(request: web.Request, feed: RenderedBody, name: str, cache: str) -> web.Response:
    response = cached(request, feed, calendar.MEDIA_TYPE, {hdrs.CACHE_CONTROL: cache})
    if response.status != 304:
        response.headers[hdrs.CONTENT_DISPOSITION] = f'inline; filename="{name}"'
    return response


def _text(text: str, *, status: int = 200) -> web.Response:
    return web.Response(text=text + "\n", status=status, headers={hdrs.CACHE_CONTROL: PERSONAL})
