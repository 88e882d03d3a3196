"""A facilitator's own way in, from their own door page."""

from __future__ import annotations

from aiohttp import web

from adapters.web.site import Site
from adapters.web.visitors import html
from bot.addresses import Address
from bot.dispatcher import AlreadyAnswered
from bot.members.model import Person
from bot.pages import texts as page_texts
from bot.pages.texts import InsidePage
from bot.registrations.model import DoorVisit
from bot.request import Call, Request
from bot.unit_of_work import UnitOfWork
from bot.views import View


class HostRoutes:
    """`POST /join/{token}/start`: the core's `start`, asked by the address from which the link's owner registered."""

    def __init__(self, site: Site) -> None:
        self._storage, self._clock, self._dispatcher = site.storage, site.clock, site.dispatcher
        self._pages, self._visitors, self._links = site.pages, site.visitors, site.links

    def table(self) -> list[web.RouteDef]:
        return [web.post("/join/{token}/start", self._start)]

    async def _start(self, request: web.Request) -> web.Response:
        """The same answer to a forged link and to somebody who facilitates nothing."""
        link = self._visitors.verified_link(request, self._links.door)

        def work(uow: UnitOfWork) -> tuple[DoorVisit, Address] | None:
            visit = uow.admission.visits([link]).get(link)
            if visit is None:
                return None
            named = self._dispatcher.config.configured_facilitators
            address = uow.facilitators.host_address(visit.registration.id, named, self._clock.now())
            return (visit, address) if address is not None else None

        found = await self._storage.run(work)
        if found is None:
            return self._visitors.unknown_link(request)
        visit, address = found
        now = self._clock.now()
        call = Call.of("host-start", gathering=visit.gathering.id)
        try:
            answer = await self._dispatcher.answer(Request(Person(address, rights_as_kept=True), call, now))
        except AlreadyAnswered:  # requests without a key are acted on each time
            return self._visitors.unknown_link(request)
        locale = self._visitors.locale_of(request, visit)
        page = page_texts.start_page(locale, visit, answer if isinstance(answer, View) else View(()))
        door = request.path.removesuffix("/start")
        if isinstance(page, InsidePage):
            return html(self._pages.start(locale, page, door))
        return html(self._pages.door(locale, page, now, path=door))
