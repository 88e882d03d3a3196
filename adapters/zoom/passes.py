"""Issues passes, the personal Zoom links: in batches ahead of the doors, and at once at the door.

Any process may issue them; a lease per gathering makes sure that nobody is added to a meeting twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from adapters.zoom.client import ZoomOutcomeUnknown, ZoomRefused
from adapters.zoom.meetings import RegistrationUnavailable, batches
from bot.gatherings.model import Gathering
from bot.leases import StoredLease
from bot.meetings import model as meeting_model
from bot.meetings.model import BATCH, REPORT_TROUBLE_AFTER, TROUBLE_SINCE, Meeting, MeetingState, Pass
from bot.meetings.ports import Issued, MeetingGone, MeetingService
from bot.notifications import enqueue
from bot.ports import Clock, Storage, TryLater
from bot.registrations.model import DoorVisit
from bot.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

DOOR_TIMEOUT = 6.0
"""Seconds that a member at the door waits for a pass; then they are asked to try again in a moment."""
DAILY_LIMIT_AT_LEAST = timedelta(minutes=5)
"""A limit for longer than this is one of the day's, and perhaps of one registrant."""
GIVE_UP_AFTER = 2
"""Registrants in a row for whom it holds: then it holds for all."""
LEASE_POLL_INTERVAL = 0.2
"""Seconds between tries to get the lease while another process issues passes of this gathering."""


class ZoomPassIssuer:
    """Implements `bot.meetings.ports.PassIssuer`."""

    def __init__(self, storage: Storage, zoom: MeetingService, clock: Clock) -> None:
        self._storage, self._zoom, self._clock = storage, zoom, clock
        # By gathering, as long as somebody waits.
        self._wanted: WeakValueDictionary[int, set[int]] = WeakValueDictionary()
        """Registrations whose members wait at the door."""
        self._making: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def make(self, visit: DoorVisit) -> bool:
        """Members who come while passes are being issued get theirs together, in the next batch."""
        gathering, registration = visit.gathering.id, visit.registration.id
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
        row, meeting = await self._storage.run(lambda uow: (uow.gatherings.get(gathering), uow.meetings.get(gathering)))
        if row is None or meeting is None or meeting.standing is not MeetingState.STANDS:
            return False
        try:
            while not await self.issue(row, meeting, registrations):  # noqa: ASYNC110
                await asyncio.sleep(LEASE_POLL_INTERVAL)  # another process issues some
        except MeetingGone:
            await self.lose(row, meeting)
            return False
        return True

    async def issue(self, gathering: Gathering, meeting: Meeting, at_door: Collection[int] = ()) -> bool:
        """Issues the passes that are due, or those of `at_door` alone, registrations whose members wait for them.

        False while another process holds the lease of this gathering.
        """
        lease = StoredLease(self._storage, self._clock, f"zoom passes {gathering.id}")
        if not await lease.hold():
            return False
        try:
            passes = await self._storage.run(lambda uow: uow.meetings.passes(gathering.id))
            passes = [pass_ for pass_ in passes if not at_door or pass_.registration in at_door]
            await self._reinstate(gathering, meeting, meeting_model.to_reinstate(passes, at_door))
            wanted = meeting_model.to_issue(gathering, passes, self._clock.now())
            if wanted:
                await self._issue(gathering, meeting, wanted, lease)
                await self._share_common_link(meeting, None)
        except RegistrationUnavailable:
            await self._share_common_link(meeting, timedelta(0))
            raise
        except (ZoomRefused, TryLater, ZoomOutcomeUnknown):
            await self._share_common_link(meeting, REPORT_TROUBLE_AFTER)
            raise
        finally:
            await lease.give_back()
        return True

    async def audit(self, gathering: Gathering, meeting: Meeting) -> None:
        """Reinstates whom somebody denied or cancelled at Zoom; one whom Zoom does not know is registered anew."""
        lease = StoredLease(self._storage, self._clock, f"zoom passes {gathering.id}")
        if not await lease.hold():
            return
        try:
            passes = await self._storage.run(lambda uow: uow.meetings.passes(gathering.id))
            if not any(pass_.standing is MeetingState.STANDS for pass_ in passes):
                return
            approved = {issued.registration for issued in await self._zoom.issued(meeting.number)}
            for batch in batches(meeting_model.lost_at_zoom(gathering, passes, approved, self._clock.now())):
                log.warning("gathering %d: %d registrants were not approved at Zoom", gathering.id, len(batch))
                await self._restore(gathering, meeting, batch)
        finally:
            await lease.give_back()

    async def _restore(self, gathering: Gathering, meeting: Meeting, passes: Sequence[Pass]) -> None:
        try:
            await self._save(gathering, await self._zoom.reinstate(meeting.number, passes), passes)
        except ZoomRefused as no:
            log.warning("gathering %d: registrants could not be reinstated, and are looked for: %s", gathering.id, no)
            ids = [pass_.registration for pass_ in passes]
            await self._storage.run(lambda uow: uow.meetings.begin_passes(gathering.id, ids))

    async def _issue(self, gathering: Gathering, meeting: Meeting, wanted: list[Pass], lease: StoredLease) -> None:
        if any(pass_.standing is MeetingState.BEGUN for pass_ in wanted):
            # Requested before, with unknown outcome: registrants that exist are not added again.
            existing = await self._zoom.issued(meeting.number)
            await self._save(gathering, existing, wanted)
            known = {issued.registration for issued in existing}
            wanted = [pass_ for pass_ in wanted if pass_.registration not in known]
        for batch in batches(wanted):
            if not await lease.hold():
                return
            ids = [pass_.registration for pass_ in batch]
            await self._storage.run(lambda uow, ids=ids: uow.meetings.begin_passes(gathering.id, ids))  # type: ignore[misc]
            await self._issue_batch(gathering, meeting, batch)

    async def _issue_batch(self, gathering: Gathering, meeting: Meeting, batch: Sequence[Pass]) -> None:
        """A daily limit may be that of one registrant: the others of the batch are then registered one by one."""
        try:
            issued = await self._zoom.issue(meeting.number, batch)
        except TryLater as later:
            if len(batch) == 1 or later.after is None or later.after < DAILY_LIMIT_AT_LEAST:
                raise
        else:
            await self._save(gathering, issued, batch)
            return
        failure, in_a_row = None, 0
        for pass_ in batch:
            try:
                await self._save(gathering, await self._zoom.issue(meeting.number, [pass_]), [pass_])
                in_a_row = 0
            except TryLater as later:
                failure, in_a_row = later, in_a_row + 1
                if in_a_row == GIVE_UP_AFTER:
                    break
        if failure is not None:
            raise failure

    async def _reinstate(self, gathering: Gathering, meeting: Meeting, withdrawn: Sequence[Pass]) -> None:
        for batch in batches(withdrawn):
            await self._save(gathering, await self._zoom.reinstate(meeting.number, batch), batch)

    async def _save(self, gathering: Gathering, issued: Sequence[Issued], wanted: Sequence[Pass]) -> None:
        ours = {pass_.registration for pass_ in wanted}
        by_registration = {new.registration: (new.registrant, new.link) for new in issued if new.registration in ours}
        await self._storage.run(lambda uow: uow.meetings.issue_passes(gathering.id, by_registration))

    async def _share_common_link(self, meeting: Meeting, after: timedelta | None) -> None:
        """Passes failed: members without one get the meeting's common link `after` a while. None: passes work again."""
        now = self._clock.now()

        def work(uow: UnitOfWork) -> None:
            current = uow.meetings.get(meeting.gathering)
            before = current.common_link_from if current is not None else None
            if after is None:
                at = None
            else:
                since = uow.state.get(TROUBLE_SINCE)
                at = min(now, datetime.fromisoformat(since) if since else now) + after
                at = min(at, before) if before is not None else at
            if at != before:
                uow.meetings.share_common_link(meeting.gathering, at)

        await self._storage.run(work)

    async def lose(self, gathering: Gathering, meeting: Meeting) -> None:
        """The meeting was deleted: another will be created, and members who got its link are notified."""
        log.warning("gathering %d: its meeting was deleted at Zoom; another is made", gathering.id)
        now = self._clock.now()
        await self._storage.run(lambda uow: enqueue.room_lost(uow, gathering, meeting, now))
