"""Finds the next instants at which the bot may have something to send, or doors open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot.admission import model as admission_model
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.members.model import Person
from bot.notifications import batches
from bot.notifications.batches import ReminderBatch
from bot.notifications.model import NotificationKind
from bot.ports import Storage
from bot.unit_of_work import UnitOfWork

LOOK_BACK = timedelta(days=2)
"""Gatherings that began longer ago cause no more notifications."""
LOOK_AHEAD = timedelta(days=400)
UPCOMING_LIMIT = 200
AFTER_DOORS_CLOSED = timedelta(minutes=6)
"""Until then, from the doors' opening on, the bot looks every minute: guests come, places return, nobody has begun."""


class Lookahead:
    def __init__(self, storage: Storage, config: Config) -> None:
        self._storage = storage
        self._config = config

    async def next_stop(self, now: datetime, until: datetime) -> datetime | None:
        """The first instant after `now` and before `until` at which the bot may have something to send."""
        stops = await self._storage.run(lambda uow: list(self._stops(uow, now, until)))
        return min((at for at in stops if now < at < until), default=None)

    async def next_reminder(self, who: Person, now: datetime) -> datetime | None:
        """When `who` is reminded next; where nothing will remind them, when anybody is."""

        def work(uow: UnitOfWork) -> datetime | None:
            own = uow.registrations.gatherings_of(uow.members.get_or_create(who, now).id, now)
            nearby = uow.gatherings.starting_between(now - LOOK_BACK, now + LOOK_AHEAD)
            with_registrants = [gathering for gathering in nearby if uow.registrations.count_by_platform(gathering.id)]
            return self._first_reminder(own, now) or self._first_reminder(with_registrants, now)

        return await self._storage.run(work)

    async def next_doors(self, now: datetime) -> datetime | None:
        """When the doors of any gathering open next."""
        upcoming = await self._storage.run(lambda uow: uow.gatherings.upcoming(now, limit=UPCOMING_LIMIT))
        openings = (admission_model.opens_at(gathering) for gathering in upcoming if not gathering.cancelled)
        return min((at for at in openings if at > now), default=None)

    def _stops(self, uow: UnitOfWork, now: datetime, until: datetime) -> Iterator[datetime]:
        next_due = uow.notifications.next_due()
        if next_due is not None:
            yield next_due
        offsets = [*self._config.reminders, *self._config.channel_reminders]
        for gathering in uow.gatherings.starting_between(now - LOOK_BACK, until + max(offsets, default=timedelta(0))):
            yield from map(batches.due_at, self._batches(gathering))
            opens, closed = admission_model.opens_at(gathering), admission_model.closes_at(gathering)
            if opens <= until and now < closed + AFTER_DOORS_CLOSED:
                yield from _minutes(max(now, opens))

    def _first_reminder(self, gatherings: Iterable[Gathering], now: datetime) -> datetime | None:
        batches_ahead = (
            batch
            for gathering in gatherings
            for batch in self._batches(gathering)
            if batch.kind is NotificationKind.REMINDER
        )
        return min((at for at in map(batches.due_at, batches_ahead) if at > now), default=None)

    def _batches(self, gathering: Gathering) -> Iterator[ReminderBatch]:
        return batches.batches_of(gathering, self._config.reminders, self._config.channel_reminders)


def _minutes(since: datetime) -> Iterator[datetime]:
    """The whole minutes from then on that may matter next."""
    yield since
    yield since.replace(second=0, microsecond=0) + timedelta(minutes=1)
