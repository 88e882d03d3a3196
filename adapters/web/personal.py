"""Registering by e-mail, and the personal page: the core's own commands, heard as forms and shown as pages."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from aiohttp import hdrs, web
from multidict import MultiMapping

from adapters.html.controls import button_call, submitted_call
from adapters.web.client_address import client_address
from adapters.web.rate_limiter import RateLimiter
from adapters.web.recent_answers import claim_keys
from adapters.web.site import Site
from adapters.web.tokens import PersonalLinks
from adapters.web.visitors import form_of, gathering_number, html, letter_form_of, see_other
from bot import times
from bot.addresses import Address
from bot.dispatcher import AlreadyAnswered, Response
from bot.gatherings.model import Gathering, reference
from bot.members import texts as member_texts
from bot.members.model import Person
from bot.pages import personal_texts
from bot.pages.shown_gathering import ShownGathering, shown
from bot.request import Call, Request
from bot.secrets import LinkKey
from bot.signups import signup as signups
from bot.signups.model import Signup, clean_name
from bot.times import UnreadableTime
from bot.unit_of_work import UnitOfWork

ReadAddress = Callable[[str], Address]
"""From what somebody typed to where letters go; raises ValueError where it is no e-mail address."""

TYPED_LIMIT = 320
"""Characters that are read of one field of the signup form: an e-mail address has no more."""
KEY = "key"
"""The hidden control by which two presses on one page are told from presses on two."""
TRAP = "website"
"""A field that people do not see: what fills it in is a program."""
ONE_CLICK = "List-Unsubscribe"
"""What a mail program sends when somebody presses its own Unsubscribe (RFC 8058)."""

_PROCESS, _shown = secrets.token_urlsafe(9), itertools.count()


class PersonalRoutes:
    def __init__(
        self,
        site: Site,
        signups_by_reader: RateLimiter,
        read_address: ReadAddress | None = None,
        added: Callable[[], None] = lambda: None,
    ) -> None:
        """`read_address`: None where no letters can be sent, and nobody can register here.

        `added` is called when a letter was added to the outbox.
        """
        self._storage, self._clock, self._dispatcher = site.storage, site.clock, site.dispatcher
        self._pages, self._visitors, self._links, self._recent = site.pages, site.visitors, site.links, site.recent
        self._by_reader, self._read_address, self._added = signups_by_reader, read_address, added

    def table(self) -> list[web.RouteDef]:
        return [
            web.get("/gatherings/{id}/register", self._form),
            web.post("/gatherings/{id}/register", self._sign_up),
            web.get("/confirm/{token}", self._ask_to_confirm),
            web.post("/confirm/{token}", self._confirm),
            web.get("/me/{token}", self._page),
            web.post("/me/{token}", self._act),
        ]

    # ---- signing up

    async def _form(self, request: web.Request) -> web.Response:
        """Whoever comes back to the address of what they sent: the page that has the form."""
        number = gathering_number(request)
        if not number:
            raise web.HTTPNotFound
        return see_other(f"/gatherings/{number}")

    async def _sign_up(self, request: web.Request) -> web.Response:
        """The same answer for every address: whether a member has it is not looked up."""
        number, read_address = gathering_number(request), self._read_address
        data = await form_of(request)
        now, locale = self._clock.now(), self._visitors.locale(request)
        unused_after = self._dispatcher.config.unused_places
        found = await self._storage.run(lambda uow: shown(uow, number, unused_after, now)) if number else None
        if found is None or read_address is None:
            raise web.HTTPNotFound
        gathering, parts = found.gathering, found.coming
        name, email, zone = (data.get(field, "")[:TYPED_LIMIT].strip() for field in ("name", "email", "zone"))
        if not parts:
            return see_other(f"/gatherings/{gathering.id}")
        asked = next((part for part in parts if part.id == gathering.id), parts[0])  # of a series one may be over
        form = personal_texts.signup_form(locale, parts, typed=(name, email, zone))
        name = clean_name(name)
        if not name:
            form = replace(form, name_error=personal_texts.name_missing(locale))
        address = _address(read_address, email)
        if address is None:
            form = replace(form, email_error=personal_texts.not_an_address(locale))
        try:
            zone_name = times.zone(zone).key if zone else None
        except UnreadableTime as problem:
            zone_name, form = None, replace(form, zone_error=member_texts.unknown_zone(locale, problem))
        if address is None or form.has_errors:
            return html(self._pages.gathering(locale, found.parts, parts, gathering, now, form), status=422)
        if not self._by_reader.take(client_address(request)):
            raise web.HTTPTooManyRequests(headers={hdrs.RETRY_AFTER: str(self._by_reader.retry_after)})
        if not data.get(TRAP):
            language = locale.language
            await self._storage.run(
                lambda uow: signups.ask(uow, address, name, asked, now, language=language, zone=zone_name)
            )
            self._added()
        page = personal_texts.letter_sent(locale, email)
        return html(self._pages.message(locale, page, f"/gatherings/{gathering.id}"))

    async def _ask_to_confirm(self, request: web.Request) -> web.Response:
        """Registers nobody: what scans letters opens this page, too."""
        link, now = self._visitors.verified_link(request, self._links.signup), self._clock.now()

        def look(uow: UnitOfWork) -> tuple[Signup, Gathering, list[Gathering], bool] | None:
            found = signups.find(uow, link, self._dispatcher.config.unused_places, now)
            return (*found, signups.is_registered(uow, found[0], found[2])) if found is not None else None

        looked = await self._storage.run(look)
        if looked is None:
            return self._visitors.unknown_confirm_link(request)
        signup, gathering, coming, registered = looked
        locale = self._visitors.locale(request, signup.language, signup.zone)
        page = personal_texts.confirm_page(locale, signup, gathering, coming, now, registered=registered)
        return html(self._pages.confirm(locale, page))

    async def _confirm(self, request: web.Request) -> web.Response:
        link, now = self._visitors.verified_link(request, self._links.signup), self._clock.now()
        await form_of(request)
        pages: list[LinkKey] = []

        def find(uow: UnitOfWork) -> Request | None:
            confirmed = signups.confirm(uow, link, now)
            if confirmed is None:
                return None
            pages[:] = [confirmed.page]
            return Request(confirmed.person, Call.of("register", gathering=confirmed.gathering), now)

        response = await self._dispatcher.respond_to(find)
        if response is None:
            return self._visitors.unknown_confirm_link(request)
        return html(self._pages.confirmed(response, _path(self._links, pages[0]), key=_new_key()))

    # ---- the personal page

    async def _page(self, request: web.Request) -> web.Response:
        link = self._visitors.verified_link(request, self._links.personal)
        now = self._clock.now()
        do = request.query.get("do", "")
        press = button_call(do) if do else None
        number = reference(press["gathering"]) if press is not None else None
        about = list[ShownGathering | None]()

        def find(uow: UnitOfWork) -> Request | None:
            address = uow.signups.page_owner(link)
            if address is None:
                return None
            about[:] = [shown(uow, number, self._dispatcher.config.unused_places, now) if number else None]
            return Request(Person(address), Call("mine"), now, only_looks=True)

        response = await self._dispatcher.respond_to(find)
        if response is None:
            return self._visitors.unknown_link(request)
        return html(self._answered(link, response, press=press, about=about[0]))

    async def _act(self, request: web.Request) -> web.Response:
        link = self._visitors.verified_link(request, self._links.personal)
        data = await letter_form_of(request)
        call = button_call(request.query.get("do", "")) if data.get(ONE_CLICK) else submitted_call(data)
        key = _claim(link, data)
        # Where another press came in between, this one is to be acted on again.
        act = partial(self._pressed, link, call, "" if self._recent.has_another(link, key) else key)
        shown = await (self._recent.get(link, key, act) if key else act())
        return html(shown) if shown is not None else self._visitors.unknown_link(request)

    async def _pressed(self, link: LinkKey, call: Call, key: str) -> str | None:
        now, owners = self._clock.now(), list[Address]()
        this_span, next_span = claim_keys(key, now) if key else ("", "")

        def find(uow: UnitOfWork) -> Request | None:
            owners[:] = [address for address in [uow.signups.page_owner(link)] if address is not None]
            if owners and key:
                uow.members.claim_interaction(next_span, now)
            return Request(Person(owners[0]), call, now, key=this_span) if owners else None

        try:
            response = await self._dispatcher.respond_to(find)
        except AlreadyAnswered:
            return await self._pressed(link, Call("mine"), "") if key else None
        if response is None:
            return None
        if await self._storage.run(lambda uow: uow.signups.page_owner(link)) is None:
            return await self._moved(owners[0], call, response)
        return self._answered(link, response, asked=call)

    async def _moved(self, address: Address, call: Call, response: Response) -> str:
        """The page that was pressed on is no more: it has a new address, or its member was forgotten."""
        if call == Call("new-page"):
            link = await self._storage.run(lambda uow: uow.signups.page(address))
            return self._answered(link, response)
        return self._pages.message(response.locale, personal_texts.left_page(response.locale, response.answer))

    def _answered(
        self,
        link: LinkKey,
        response: Response,
        *,
        press: Call | None = None,
        about: ShownGathering | None = None,
        asked: Call | None = None,
    ) -> str:
        return self._pages.personal(
            response,
            _path(self._links, link),
            key=_new_key(),
            press=press,
            about=about,
            with_code=asked is not None and asked == Call("connect"),
        )


def _address(read_address: ReadAddress, typed: str) -> Address | None:
    try:
        return read_address(typed)
    except ValueError:
        return None


def _new_key() -> str:
    """Another for each page: it is no secret."""
    return f"{_PROCESS}{next(_shown)}"


def _claim(link: LinkKey, data: MultiMapping[str]) -> str:
    """The same press on the same page; another button of that page is another one."""
    key = data.get(KEY, "")[:40]
    if not key:
        return ""
    pressed = hashlib.sha256(repr(sorted(data.items())).encode("utf-8", "replace")).hexdigest()[:16]
    return f"web:{link.id}:{key}:{pressed}"


def _path(links: PersonalLinks, page: LinkKey) -> str:
    return f"/me/{links.personal.sign(page)}"
