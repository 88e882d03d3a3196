"""What lies ahead of the sandbox's clock: when the bot has something to say, and when doors open."""

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
"""Gatherings that began longer ago have nothing more to say."""
LOOK_AHEAD = timedelta(days=400)
UPCOMING_LIMIT = 200


class Ahead:
    def __init__(self, storage: Storage, house: House) -> None:
        self._storage = storage
        self._house = house

    async def next_stop(self, now: datetime, until: datetime) -> datetime | None:
        """The first instant after `now` and before `until` at which the bot may have something to say."""
        stops = await self._storage.run(lambda books: list(self._stops(books, now, until)))
        return min((at for at in stops if now < at < until), default=None)

    async def next_reminder(self, who: Person, now: datetime) -> datetime | None:
        """When `who` hears a reminder next; if nothing reminds them, when anybody does."""

        def look(books: Books) -> datetime | None:
            mine = books.registered(books.greet(who, now).id, now)
            others = books.near(now - LOOK_BACK, now + LOOK_AHEAD)
            expected = [each for each in others if books.registrant_count(each.id)]
            return self._soonest_reminder(mine, now) or self._soonest_reminder(expected, now)

        return await self._storage.run(look)

    async def next_doors(self, now: datetime) -> datetime | None:
        """When doors open next, of any gathering."""
        found = await self._storage.run(lambda books: books.upcoming(now, limit=UPCOMING_LIMIT))
        opening = (doors.opens_at(each) for each in found if not each.cancelled)
        return min((at for at in opening if at > now), default=None)

    def _stops(self, books: Books, now: datetime, until: datetime) -> Iterator[datetime]:
        waiting = books.next_due()
        if waiting is not None:
            yield waiting
        for gathering in books.near(now - LOOK_BACK, until + max(self._leads(), default=timedelta(0))):
            yield from map(reminders.instant, self._waves(gathering))

    def _soonest_reminder(self, gatherings: Iterable[Gathering], now: datetime) -> datetime | None:
        waves = (wave for each in gatherings for wave in self._waves(each) if wave.kind is Kind.REMINDER)
        return min((at for at in map(reminders.instant, waves) if at > now), default=None)

    def _waves(self, gathering: Gathering) -> Iterator[Wave]:
        return reminders.planned(gathering, self._house.reminders, self._house.channel_reminders)

    def _leads(self) -> Iterator[timedelta]:
        yield from self._house.reminders
        yield from self._house.channel_reminders
