"""What the page asks for and sends: each request is one person in one place, doing one thing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from aiohttp import web
from multidict import MultiMapping

from adapters.sandbox.guard import HEADERS
from adapters.sandbox.page import Page, place_name
from adapters.sandbox.reception import Reception
from adapters.sandbox.show import BUTTON, CHOSEN, FIELD, MENU
from adapters.sandbox.suggest import suggestions
from bot.addresses import Address
from bot.members import Person
from bot.views import Form

TEXT_LIMIT = 2000
HEARTBEAT = 20.0
"""Seconds between signs of life on a live connection with nothing to say."""
SEND_TIMEOUT = 10.0
MOVES = {"10m": timedelta(minutes=10), "1h": timedelta(hours=1), "1d": timedelta(days=1)}
NO_REMINDER = "No reminder lies ahead. Register for a gathering first."
NO_DOORS = "No doors open in the time ahead. Plan a gathering as Frances first."

Act = Callable[[Person, Address, MultiMapping[str]], Awaitable[Form | str | None]]


class Routes:
    def __init__(self, reception: Reception, page: Page) -> None:
        self._reception = reception
        self._room = reception.room
        self._page = page
        self._closing = asyncio.Event()

    def table(self) -> list[web.RouteDef]:
        acts: dict[str, Act] = {
            "say": self._say, "press": self._press, "submit": self._submit, "dismiss": self._dismiss,
            "clock": self._move, "line": self._line,
        }  # fmt: skip
        return [
            web.get("/", self._front),
            web.get("/{person}/{place}/", self._whole),
            web.get("/{person}/{place}/live", self._live),
            web.get("/{person}/{place}/suggest", self._suggest),
            *(web.post(f"/{{person}}/{{place}}/{name}", self._acting(act)) for name, act in acts.items()),
        ]

    async def close(self, _: web.Application) -> None:
        """Ends the live connections, which would otherwise never end."""
        self._closing.set()
        self._room.touch()

    async def _front(self, _: web.Request) -> web.Response:
        first = self._room.people[0]
        raise web.HTTPFound(f"/{first.address.account}/{place_name(self._room.channels[-1])}/")

    async def _whole(self, request: web.Request) -> web.Response:
        return _html(self._page.whole(*self._there(request)))

    async def _suggest(self, request: web.Request) -> web.Response:
        who, place = self._there(request)
        text = request.query.get("text", "")[:TEXT_LIMIT]
        found = await suggestions(who, place, text, self._page.known(who), self._reception)
        return _html(self._page.suggestions(found))

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """What the person sees, again after each change. Changes that come faster are shown together."""
        who, place = self._there(request)
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        changed = asyncio.Event()
        self._room.listen(changed.set)
        try:
            await response.prepare(request)
            # Somebody who has left the page must not count as having read what comes later.
            while not self._closing.is_set() and request.transport is not None:
                changed.clear()
                data = self._page.live(who, place).replace("\n", "\ndata: ")
                await asyncio.wait_for(response.write(f"data: {data}\n\n".encode()), SEND_TIMEOUT)
                while not await _within(changed.wait(), HEARTBEAT):
                    await asyncio.wait_for(response.write(b": still here\n\n"), SEND_TIMEOUT)
        except (ConnectionError, TimeoutError):
            pass  # the browser went away; it comes back by itself
        finally:
            self._room.stop_listening(changed.set)
        return response

    def _acting(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            who, place = self._there(request)
            sent = await request.post()
            result = await act(who, place, _texts(sent))
            form, notice = (None, result) if isinstance(result, str) else (result, "")
            again = act == self._submit and form is not None and form.mistaken
            shown = self._page.live(who, place) + self._page.form(who, form, again=again)
            return _html(shown + self._page.notice(notice))

        return answer

    async def _say(self, who: Person, place: Address, sent: MultiMapping[str]) -> Form | None:
        return await self._reception.typed(who, place, sent.get("text", "")[:TEXT_LIMIT])

    async def _press(self, who: Person, place: Address, sent: MultiMapping[str]) -> Form | None:
        message, menu = sent.get("message", ""), sent.get(MENU)
        if menu is not None:
            return await self._reception.chose(who, place, menu, sent.get(CHOSEN + menu, ""), message)
        return await self._reception.pressed(who, place, sent.get(BUTTON, ""), message)

    async def _submit(self, who: Person, place: Address, sent: MultiMapping[str]) -> Form | None:
        names = sent.getall("fields", [])
        # Boxes that are not ticked are not sent; the list of fields says that they were there.
        values = {name: ",".join(sent.getall(FIELD + name, [])) for name in names}
        return await self._reception.submitted(who, place, sent.get("id", ""), values)

    async def _dismiss(self, who: Person, place: Address, sent: MultiMapping[str]) -> None:
        del place
        self._room.dismiss(who, sent.get("message", ""))

    async def _line(self, who: Person, place: Address, sent: MultiMapping[str]) -> None:
        del place
        if sent.get("open") == "no":
            self._room.close_line(who)
        else:
            self._room.open_line(who)

    async def _move(self, who: Person, place: Address, sent: MultiMapping[str]) -> str | None:
        del place
        now, move = self._reception.clock.now(), sent.get("move", "")
        if move == "reminder":
            to, otherwise = await self._reception.ahead.next_reminder(who, now), NO_REMINDER
        elif move == "doors":
            to, otherwise = await self._reception.ahead.next_doors(now), NO_DOORS
        else:
            to, otherwise = (now + MOVES[move] if move in MOVES else None), "The clock does not know that move."
        if to is None:
            return otherwise
        await self._reception.move_to(to)
        return None

    def _there(self, request: web.Request) -> tuple[Person, Address]:
        who = self._room.person(request.match_info["person"])
        place = self._page.place(who, request.match_info["place"]) if who else None
        if who is None or place is None:
            raise web.HTTPNotFound(text="Nobody of that name, or no such place, is in the sandbox.")
        return who, place


def _texts(sent: MultiMapping[object]) -> MultiMapping[str]:
    """The page sends text alone; a file is somebody else's idea."""
    if not all(isinstance(value, str) for value in sent.values()):
        raise web.HTTPBadRequest(text="The sandbox takes no files.")
    return sent  # type: ignore[return-value]  # every value was just looked at


async def _within(waiting: Awaitable[object], seconds: float) -> bool:
    try:
        await asyncio.wait_for(waiting, seconds)
    except TimeoutError:
        return False
    return True


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html")
