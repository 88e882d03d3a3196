"""Public pages for others than readers: a list to be framed by another site, and one for programs."""

from __future__ import annotations

import json

from aiohttp import hdrs, web

from adapters.web import structured
from adapters.web.middleware import PUBLIC
from adapters.web.render import PageRenderer
from adapters.web.visitors import Visitors, html
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.ports import Clock, Storage

LISTED = 60
"""Gatherings in a list; the calendar feed has more."""


class PublicRoutes:
    def __init__(self, storage: Storage, config: Config, clock: Clock, pages: PageRenderer, visitors: Visitors) -> None:
        self._storage, self._config, self._clock = storage, config, clock
        self._pages, self._visitors = pages, visitors

    def table(self) -> list[web.RouteDef]:
        return [web.get("/embed", self._embed), web.get("/gatherings.json", self._json)]

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

    async def _upcoming(self) -> list[Gathering]:
        now = self._clock.now()
        return await self._storage.run(lambda uow: uow.gatherings.upcoming(now, limit=LISTED))
