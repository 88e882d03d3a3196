"""Guests of the sample gatherings: they come in by themselves when the doors open, and nearly all of them log in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import parse_qs, urlsplit

from adapters.sandbox import receive
from adapters.sandbox.zoom_rooms import StandInZoom
from bot.admission.model import Doors
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Gathering
from bot.members.model import Person
from bot.ports import Clock, Storage
from bot.request import Call
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from bot.views import SecretLinkButton, View

NEVER_LOG_IN = 3
"""Of each gathering's guests: they take a place and go no further, so that it returns to somebody who waits."""
TRIES = 3
"""At the door, for each guest: their own link may be a moment away."""


@dataclass(slots=True)
class Party:
    """The guests of one gathering who have not come yet."""

    gathering: int
    guests: list[Person]
    absent: frozenset[Person] = field(default_factory=frozenset)
    tries: int = 0


class Crowd:
    """Every guest uses the bot's own `join`, and the link that it shows them."""

    def __init__(self, dispatcher: Dispatcher, storage: Storage, zoom: StandInZoom, clock: Clock) -> None:
        self._dispatcher, self._storage, self._zoom, self._clock = dispatcher, storage, zoom, clock
        self._parties: list[Party] = []
        self._keys = count(1)

    def expect(self, gathering: int, guests: Sequence[Person]) -> None:
        self._parties.append(Party(gathering, list(guests), frozenset(guests[-NEVER_LOG_IN:])))

    async def tick(self) -> None:
        for party in self._parties:
            if party.guests and party.tries < TRIES and await self._doors_are_open(party):
                party.tries += 1
                party.guests = [guest for guest in party.guests if not await self._comes(guest, party)]

    async def _doors_are_open(self, party: Party) -> bool:
        def read(uow: UnitOfWork) -> Gathering | None:
            return uow.gatherings.get(party.gathering)

        gathering = await self._storage.run(read)
        return gathering is not None and gathering.doors(self._clock.now()) is Doors.OPEN

    async def _comes(self, guest: Person, party: Party) -> bool:
        call = Call.of("join", gathering=party.gathering)
        request = receive.request(guest, call, self._clock.now(), f"guest:{next(self._keys)}", guest.address)
        answer = await self._dispatcher.answer(request)
        link = _link_of(answer) if isinstance(answer, View) else None
        if link is not None and guest not in party.absent:
            await self._log_in(link)
        return link is not None

    async def _log_in(self, link: ZoomLink) -> None:
        parts = urlsplit(link.reveal())
        meeting = self._zoom.meeting(parts.path.rpartition("/")[2])
        token = parse_qs(parts.query).get("tk", [""])[0]
        attendee = self._zoom.attendee(meeting, token) if meeting is not None else None
        if meeting is not None and attendee is not None:
            await self._zoom.join(meeting, attendee)


def _link_of(view: View) -> ZoomLink | None:
    links = (button.link for button in view.buttons() if isinstance(button, SecretLinkButton))
    return next((link for link in links if isinstance(link, ZoomLink)), None)
