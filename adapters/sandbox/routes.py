"""The routes of the page: each request is one action of one person in one place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from aiohttp import web
from multidict import MultiMapping

from adapters.html.controls import submitted_fields
from adapters.html.render import BUTTON, CHOICE_PREFIX, MENU
from adapters.sandbox.autocomplete import suggestions
from adapters.sandbox.middleware import HEADERS
from adapters.sandbox.render import ChatPageRenderer, place_name
from adapters.sandbox.respond import SandboxResponder
from bot.addresses import Address
from bot.members.model import Person
from bot.views import Form

TEXT_LIMIT = 2000
HEARTBEAT_INTERVAL = 20.0
"""Seconds between two comments on an event stream that has nothing else to send."""
SEND_TIMEOUT = 10.0
"""Seconds."""
MOVES = {"1m": timedelta(minutes=1), "10m": timedelta(minutes=10), "1h": timedelta(hours=1), "1d": timedelta(days=1)}
NO_REMINDER = "No reminder lies ahead. Register for a gathering first."
NO_DOORS = "No doors open in the time ahead. Plan a gathering as Frances first."

Action = Callable[[Person, Address, MultiMapping[str]], Awaitable[Form | str | None]]


class SandboxRoutes:
    def __init__(self, responder: SandboxResponder, renderer: ChatPageRenderer) -> None:
        self._responder = responder
        self._chat = responder.chat
        self._renderer = renderer
        self._closing = asyncio.Event()

    def table(self) -> list[web.RouteDef]:
        actions: dict[str, Action] = {
            "say": self._say, "press": self._press, "submit": self._submit, "dismiss": self._dismiss,
            "clock": self._move_clock, "line": self._direct_messages,
        }  # fmt: skip
        return [
            web.get("/", self._front),
            web.get("/guide", self._guide),
            web.get("/{person}/{place}/", self._page),
            web.get("/{person}/{place}/live", self._live),
            web.get("/{person}/{place}/suggest", self._suggest),
            *(web.post(f"/{{person}}/{{place}}/{name}", self._handler(action)) for name, action in actions.items()),
        ]

    async def close(self, _: web.Application) -> None:
        """Ends the event streams, which never end by themselves."""
        self._closing.set()
        self._chat.notify_listeners()

    async def _front(self, _: web.Request) -> web.Response:
        first = self._chat.people[0]
        raise web.HTTPFound(f"/{first.address.account}/{place_name(self._chat.channels[-1])}/")

    async def _guide(self, _: web.Request) -> web.Response:
        return _html(self._renderer.guide())

    async def _page(self, request: web.Request) -> web.Response:
        return _html(self._renderer.page(*self._person_and_place(request)))

    async def _suggest(self, request: web.Request) -> web.Response:
        who, place = self._person_and_place(request)
        text = request.query.get("text", "")[:TEXT_LIMIT]
        matching = await suggestions(who, place, text, self._renderer.known(who), self._responder)
        return _html(self._renderer.suggestions(matching))

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Sends what the person sees after each change; what changes meanwhile is sent together."""
        who, place = self._person_and_place(request)
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        changed = asyncio.Event()
        self._chat.listen(changed.set)
        try:
            await response.prepare(request)
            # Rendering marks messages as read, which must not happen for somebody who has left the page.
            while not self._closing.is_set() and request.transport is not None:
                changed.clear()
                data = self._renderer.live(who, place).replace("\n", "\ndata: ")
                await asyncio.wait_for(response.write(f"data: {data}\n\n".encode()), SEND_TIMEOUT)
                while not await _finishes(changed.wait(), HEARTBEAT_INTERVAL):
                    await asyncio.wait_for(response.write(b": still here\n\n"), SEND_TIMEOUT)
        except (ConnectionError, TimeoutError):
            pass  # the browser is gone; it reconnects by itself
        finally:
            self._chat.stop_listening(changed.set)
        return response

    def _handler(self, action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            who, place = self._person_and_place(request)
            result = await action(who, place, _text_fields(await request.post()))
            form, notice = (None, result) if isinstance(result, str) else (result, "")
            again = action == self._submit and form is not None and form.mistaken
            html = self._renderer.live(who, place) + self._renderer.form(who, form, again=again)
            return _html(html + self._renderer.notice(notice))

        return handle

    async def _say(self, who: Person, place: Address, data: MultiMapping[str]) -> Form | None:
        return await self._responder.send_text(who, place, data.get("text", "")[:TEXT_LIMIT])

    async def _press(self, who: Person, place: Address, data: MultiMapping[str]) -> Form | None:
        message, menu = data.get("message", ""), data.get(MENU)
        if menu is not None:
            return await self._responder.choose(who, place, menu, data.get(CHOICE_PREFIX + menu, ""), message)
        return await self._responder.press_button(who, place, data.get(BUTTON, ""), message)

    async def _submit(self, who: Person, place: Address, data: MultiMapping[str]) -> Form | None:
        return await self._responder.submit_form(who, place, data.get("id", ""), submitted_fields(data))

    async def _dismiss(self, who: Person, place: Address, data: MultiMapping[str]) -> None:
        del place
        self._chat.dismiss(who, data.get("message", ""))

    async def _direct_messages(self, who: Person, place: Address, data: MultiMapping[str]) -> None:
        del place
        if data.get("open") == "no":
            self._chat.close_direct_messages(who)
        else:
            self._chat.open_direct_messages(who)

    async def _move_clock(self, who: Person, place: Address, data: MultiMapping[str]) -> str | None:
        del place
        now, move = self._responder.clock.now(), data.get("move", "")
        if move == "reminder":
            to, refusal = await self._responder.lookahead.next_reminder(who, now), NO_REMINDER
        elif move == "doors":
            to, refusal = await self._responder.lookahead.next_doors(now), NO_DOORS
        else:
            to, refusal = (now + MOVES[move] if move in MOVES else None), "The clock does not know that move."
        if to is None:
            return refusal
        await self._responder.move_clock(to)
        return None

    def _person_and_place(self, request: web.Request) -> tuple[Person, Address]:
        who = self._chat.person(request.match_info["person"])
        place = self._renderer.place(who, request.match_info["place"]) if who else None
        if who is None or place is None:
            raise web.HTTPNotFound(text="Nobody of that name, or no such place, is in the sandbox.")
        return who, place


def _text_fields(data: MultiMapping[object]) -> MultiMapping[str]:
    """The page sends text fields alone; a file is refused."""
    if not all(isinstance(value, str) for value in data.values()):
        raise web.HTTPBadRequest(text="The sandbox takes no files.")
    return data  # type: ignore[return-value]  # every value was just looked at


async def _finishes(waiting: Awaitable[object], seconds: float) -> bool:
    try:
        await asyncio.wait_for(waiting, seconds)
    except TimeoutError:
        return False
    return True


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html")
