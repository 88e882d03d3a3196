"""Finds the next instants at which the bot may have something to send, or doors open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot import doors, reminders
from bot.gatherings import Gathering
from bot.house import House
from bot.members import Person
from bot.notices import Kind
from bot.ports import Books, Storage
from bot.reminders import Wave

LOOK_BACK = timedelta(days=2)
"""Gatherings that began longer ago cause no more notifications."""
LOOK_AHEAD = timedelta(days=400)
UPCOMING_LIMIT = 200


class Lookahead:
    def __init__(self, storage: Storage, house: House) -> None:
        self._storage = storage
        self._house = house

    async def next_stop(self, now: datetime, until: datetime) -> datetime | None:
        """The first instant after `now` and before `until` at which the bot may have something to send."""
        stops = await self._storage.run(lambda books: list(self._stops(books, now, until)))
        return min((at for at in stops if now < at < until), default=None)

    async def next_reminder(self, who: Person, now: datetime) -> datetime | None:
        """When `who` is reminded next; where nothing will remind them, when anybody is."""

        def work(books: Books) -> datetime | None:
            own = books.registered(books.greet(who, now).id, now)
            nearby = books.near(now - LOOK_BACK, now + LOOK_AHEAD)
            with_registrants = [gathering for gathering in nearby if books.registrant_count(gathering.id)]
            return self._first_reminder(own, now) or self._first_reminder(with_registrants, now)

        return await self._storage.run(work)

    async def next_doors(self, now: datetime) -> datetime | None:
        """When the doors of any gathering open next."""
        upcoming = await self._storage.run(lambda books: books.upcoming(now, limit=UPCOMING_LIMIT))
        openings = (doors.opens_at(gathering) for gathering in upcoming if not gathering.cancelled)
        return min((at for at in openings if at > now), default=None)

    def _stops(self, books: Books, now: datetime, until: datetime) -> Iterator[datetime]:
        next_due = books.next_due()
        if next_due is not None:
            yield next_due
        offsets = [*self._house.reminders, *self._house.channel_reminders]
        for gathering in books.near(now - LOOK_BACK, until + max(offsets, default=timedelta(0))):
            yield from map(reminders.instant, self._planned(gathering))

    def _first_reminder(self, gatherings: Iterable[Gathering], now: datetime) -> datetime | None:
        waves = (wave for gathering in gatherings for wave in self._planned(gathering) if wave.kind is Kind.REMINDER)
        return min((at for at in map(reminders.instant, waves) if at > now), default=None)

    def _planned(self, gathering: Gathering) -> Iterator[Wave]:
        return reminders.planned(gathering, self._house.reminders, self._house.channel_reminders)
