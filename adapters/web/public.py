"""The events page, and what is public beside it: the list for frames and for programs, pictures, and privacy."""

from __future__ import annotations

import json
from datetime import datetime
from enum import Enum
from typing import assert_never

from aiohttp import hdrs, web

from adapters.web import structured
from adapters.web.middleware import PUBLIC
from adapters.web.picture import PictureCache, PictureWords
from adapters.web.render import PageRenderer
from adapters.web.render_cache import RenderCache, RenderedBody, RenderSource
from adapters.web.visitors import Visitors, cached, gathering_number, html
from bot import time_texts
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.i18n import Locale, locale_at
from bot.pages import public_texts
from bot.pages.shown_gathering import published
from bot.ports import Clock, Storage

LISTED = 60
"""Gatherings in a list; the calendar feed has more."""


class Listing(Enum):
    """What shows the gatherings that are to come."""

    EVENTS = "the events page"
    EMBEDDED = "the list for a frame"
    JSON = "the list for programs"


class PublicRoutes:
    def __init__(self, storage: Storage, config: Config, clock: Clock, pages: PageRenderer, visitors: Visitors) -> None:
        self._storage, self._config, self._clock = storage, config, clock
        self._pages, self._visitors, self._pictures = pages, visitors, PictureCache()
        self._cache = RenderCache()

    def table(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._events),
            web.get("/embed", self._embed),
            web.get("/gatherings.json", self._json),
            web.get("/picture.png", self._picture_of_all),
            web.get("/gatherings/{id}/picture.png", self._picture),
            web.get("/privacy", self._privacy),
        ]

    async def listing(self, kind: Listing, locale: Locale) -> RenderedBody:
        """The same bytes for all who read this language, for a minute or until a gathering changes: what is said of
        now is said in minutes."""
        now = self._clock.now()
        upcoming = await self._storage.run(lambda uow: uow.gatherings.upcoming(now, limit=LISTED + 1))
        shown, more = tuple(upcoming[:LISTED]), len(upcoming) > LISTED
        version = (shown, more, now.replace(second=0, microsecond=0))

        async def load() -> RenderSource:
            return version, lambda: self._rendered(kind, locale, shown, now, more=more).encode(), None

        return await self._cache.get((kind, locale.language), version, load)

    def _rendered(
        self, kind: Listing, locale: Locale, shown: tuple[Gathering, ...], now: datetime, *, more: bool
    ) -> str:
        match kind:
            case Listing.EVENTS:
                return self._pages.events(locale, shown, now, more=more)
            case Listing.EMBEDDED:
                return self._pages.embedded(locale, shown, now)
            case Listing.JSON:
                return json.dumps(structured.listing(self._config, shown, now), ensure_ascii=False)
            case _:
                assert_never(kind)

    async def _events(self, request: web.Request) -> web.Response:
        rendered = await self.listing(Listing.EVENTS, self._visitors.locale(request))
        return cached(request, rendered, "text/html", {hdrs.CACHE_CONTROL: PUBLIC})

    async def _embed(self, request: web.Request) -> web.Response:
        rendered = await self.listing(Listing.EMBEDDED, self._visitors.locale(request))
        return cached(request, rendered, "text/html", {hdrs.CACHE_CONTROL: PUBLIC})

    async def _json(self, request: web.Request) -> web.Response:
        headers = {
            hdrs.CACHE_CONTROL: PUBLIC,
            # Public, and without cookies: a page of any site may read it.
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        rendered = await self.listing(Listing.JSON, Locale(self._config.language))
        return cached(request, rendered, "application/json", headers)

    async def _picture(self, request: web.Request) -> web.Response:
        """In the language of the house: it is fetched by a chat or a network, for many readers."""
        number = gathering_number(request)
        gathering = await self._storage.run(lambda uow: published(uow, number)) if number else None
        if gathering is None:
            raise web.HTTPNotFound
        locale = locale_at(self._config.language, gathering.zone, self._clock.now())
        when = time_texts.long(locale, gathering.starts_at)
        return await self._drawn(PictureWords(gathering.title, when, self._config.organisation))

    async def _picture_of_all(self, _: web.Request) -> web.Response:
        """Of the events page."""
        heading = public_texts.heading(Locale(self._config.language))
        return await self._drawn(PictureWords(self._config.organisation, heading, ""))

    async def _drawn(self, words: PictureWords) -> web.Response:
        headers = {hdrs.CACHE_CONTROL: PUBLIC, "Cross-Origin-Resource-Policy": "cross-origin"}
        return web.Response(body=await self._pictures.get(words), content_type="image/png", headers=headers)

    async def _privacy(self, request: web.Request) -> web.Response:
        return html(self._pages.privacy(self._visitors.locale(request)), cache=PUBLIC)
