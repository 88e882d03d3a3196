"""Public pages around the events page: a list for a frame, one for programs, pictures, and the notice of privacy."""

from __future__ import annotations

import json

from aiohttp import hdrs, web

from adapters.web import structured
from adapters.web.middleware import PUBLIC
from adapters.web.picture import PictureCache, PictureWords
from adapters.web.render import PageRenderer
from adapters.web.visitors import Visitors, html
from bot import time_texts
from bot.config import Config
from bot.gatherings.model import Gathering, Status, reference
from bot.i18n import Locale
from bot.ports import Clock, Storage

LISTED = 60
"""Gatherings in a list; the calendar feed has more."""


class PublicRoutes:
    def __init__(self, storage: Storage, config: Config, clock: Clock, pages: PageRenderer, visitors: Visitors) -> None:
        self._storage, self._config, self._clock = storage, config, clock
        self._pages, self._visitors, self._pictures = pages, visitors, PictureCache()

    def table(self) -> list[web.RouteDef]:
        return [
            web.get("/embed", self._embed),
            web.get("/gatherings.json", self._json),
            web.get("/gatherings/{id}/picture.png", self._picture),
            web.get("/privacy", self._privacy),
        ]

    async def _embed(self, request: web.Request) -> web.Response:
        page = self._pages.embedded(self._visitors.locale(request), await self._upcoming(), self._clock.now())
        return html(page, cache=PUBLIC)

    async def _json(self, _: web.Request) -> web.Response:
        listing = structured.listing(self._config, await self._upcoming(), self._clock.now())
        headers = {
            hdrs.CACHE_CONTROL: PUBLIC,
            # Public, and without cookies: a page of any site may read it.
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        text = json.dumps(listing, ensure_ascii=False)
        return web.Response(text=text, content_type="application/json", headers=headers)

    async def _picture(self, request: web.Request) -> web.Response:
        """In the language of the house: it is fetched by a chat or a network, for many readers."""
        number = reference(request.match_info["id"])
        gathering = await self._storage.run(lambda uow: uow.gatherings.get(number)) if number else None
        if gathering is None or gathering.status is Status.DRAFT:
            raise web.HTTPNotFound
        locale = Locale(self._config.language, gathering.zone)
        when = time_texts.long(locale, gathering.starts_at)
        words = PictureWords(gathering.title, when, self._config.organisation)
        headers = {hdrs.CACHE_CONTROL: PUBLIC, "Cross-Origin-Resource-Policy": "cross-origin"}
        return web.Response(body=await self._pictures.get(words), content_type="image/png", headers=headers)

    async def _privacy(self, request: web.Request) -> web.Response:
        return html(self._pages.privacy(self._visitors.locale(request)), cache=PUBLIC)

    async def _upcoming(self) -> list[Gathering]:
        now = self._clock.now()
        return await self._storage.run(lambda uow: uow.gatherings.upcoming(now, limit=LISTED))
