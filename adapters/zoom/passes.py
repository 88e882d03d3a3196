"""Makes passes: in batches ahead of the doors, and at once for whoever stands at the door without one.

Any process may make them, one at a time for each gathering, so that nobody is added to a meeting twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from adapters.zoom.client import ZoomOutcomeUnknown, ZoomRefused
from adapters.zoom.meetings import RegistrationUnavailable
from bot import meetings
from bot.commands import telling
from bot.gatherings import Gathering
from bot.leases import StoredLease
from bot.meetings import BATCH, PATIENCE, TROUBLE_SINCE, Meeting, Pass, Standing
from bot.ports import Books, Clock, Issued, MeetingGone, Meetings, Storage, TryLater
from bot.registrations import Arrival

log = logging.getLogger(__name__)
T = TypeVar("T")

DOOR_TIMEOUT = 6.0
"""Seconds that somebody at the door waits for their pass; then they are asked to try again in a moment."""
LEASE_POLL_INTERVAL = 0.2
"""Seconds between looks whether another process has done with the passes of this gathering."""


class PassIssuer:
    """Implements `bot.ports.Passes`."""

    def __init__(self, storage: Storage, zoom: Meetings, clock: Clock) -> None:
        self._storage, self._zoom, self._clock = storage, zoom, clock
        self._wanted: dict[int, set[int]] = {}
        """By gathering: registrations whose holders stand at the door."""
        self._making: dict[int, asyncio.Lock] = {}

    async def make(self, arrival: Arrival) -> bool:
        """Who comes while passes are being made gets theirs with the next ones, together."""
        gathering, registration = arrival.gathering.id, arrival.registration.id
        wanted = self._wanted.setdefault(gathering, set())
        wanted.add(registration)
        try:
            async with asyncio.timeout(DOOR_TIMEOUT), self._making.setdefault(gathering, asyncio.Lock()):
                if registration not in wanted:
                    return True
                now_wanted = set(sorted(wanted)[:BATCH]) | {registration}
                wanted -= now_wanted
                return await self._make(gathering, now_wanted)
        except (ZoomRefused, TryLater, ZoomOutcomeUnknown, TimeoutError) as problem:
            log.warning("no pass at the door of gathering %d: %s", gathering, str(problem) or "it took too long")
        except Exception:
            log.exception("could not make a pass at the door of gathering %d", gathering)
        finally:
            wanted.discard(registration)
        return False

    async def _make(self, gathering: int, registrations: set[int]) -> bool:
        found, meeting = await self._storage.run(lambda books: (books.gathering(gathering), books.meeting(gathering)))
        if found is None or meeting is None or meeting.standing is not Standing.STANDS:
            return False
        try:
            while not await self.issue(found, meeting, lambda each: each.registration in registrations):  # noqa: ASYNC110
                await asyncio.sleep(LEASE_POLL_INTERVAL)  # it is another process that makes some
        except MeetingGone:
            await self.lose(found, meeting)
            return False
        return True

    async def issue(
        self, gathering: Gathering, meeting: Meeting, only: Callable[[Pass], bool] = lambda _: True
    ) -> bool:
        """Makes what passes are to be made; False while another process makes some for this gathering."""
        lease = StoredLease(self._storage, self._clock, f"zoom passes {gathering.id}")
        if not await lease.hold():
            return False
        try:
            passes = await self._storage.run(lambda books: books.passes(gathering.id))
            wanted = list(filter(only, meetings.to_issue(gathering, passes, self._clock.now())))
            if wanted:
                await self._issue(gathering, meeting, wanted, lease)
                await self._share_common_link(meeting, None)
        except RegistrationUnavailable:
            await self._share_common_link(meeting, timedelta(0))
            raise
        except (ZoomRefused, TryLater, ZoomOutcomeUnknown):
            await self._share_common_link(meeting, PATIENCE)
            raise
        finally:
            await lease.give_back()
        return True

    async def _issue(self, gathering: Gathering, meeting: Meeting, wanted: list[Pass], lease: StoredLease) -> None:
        if any(each.standing is Standing.BEGUN for each in wanted):
            # Asked for before, and no answer was kept: whoever is there already is not added again.
            there = await self._zoom.issued(meeting.number)
            await self._keep(gathering, there, wanted)
            found = {each.registration for each in there}
            wanted = [each for each in wanted if each.registration not in found]
        for batch in batches(wanted):
            if not await lease.hold():
                return
            ids = [each.registration for each in batch]
            await self._storage.run(lambda books, ids=ids: books.begin_passes(gathering.id, ids))  # type: ignore[misc]
            await self._keep(gathering, await self._zoom.issue(meeting.number, batch), batch)

    async def _keep(self, gathering: Gathering, issued: Sequence[Issued], wanted: Sequence[Pass]) -> None:
        ours = {each.registration for each in wanted}
        kept = {each.registration: (each.registrant, each.link) for each in issued if each.registration in ours}
        await self._storage.run(lambda books: books.issue_passes(gathering.id, kept))

    async def _share_common_link(self, meeting: Meeting, after: timedelta | None) -> None:
        """Passes have failed, so that people are to get in without them `after` a while; or they are made again."""
        now = self._clock.now()

        def work(books: Books) -> None:
            kept = books.meeting(meeting.gathering)
            before = kept.common_link_from if kept is not None else None
            if after is None:
                at = None
            else:
                since = books.remembered(TROUBLE_SINCE)
                at = min(now, datetime.fromisoformat(since) if since else now) + after
                at = min(at, before) if before is not None else at
            if at != before:
                books.share_common_link(meeting.gathering, at)

        await self._storage.run(work)

    async def lose(self, gathering: Gathering, meeting: Meeting) -> None:
        """The meeting is gone: another is to be made, and whoever was told its link is told."""
        log.warning("gathering %d: its meeting was deleted at Zoom; another is made", gathering.id)
        now = self._clock.now()
        await self._storage.run(lambda books: telling.room_lost(books, gathering, meeting, now))


def batches(wanted: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(wanted), BATCH):
        yield wanted[first : first + BATCH]
