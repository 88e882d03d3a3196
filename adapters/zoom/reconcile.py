"""Keeps Zoom in step with the books: meetings made, changed and deleted, passes issued ahead and withdrawn in time.

Each step is derived from what is kept and recorded before the next, so that a crash or an outage at any point
leaves something to be found again and nothing to be done twice. One worker does it at a time.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.zoom.client import ZoomOutcomeUnknown, ZoomRefused
from adapters.zoom.meetings import RegistrationUnavailable
from adapters.zoom.passes import PassIssuer, batches
from bot import doors, meetings
from bot.commands import telling
from bot.gatherings import Gathering
from bot.house import House
from bot.leases import LOOKED_EVERY, StoredLease
from bot.meetings import Meeting, Standing
from bot.ports import Books, Clock, MeetingGone, Meetings, Storage, TryLater

log = logging.getLogger(__name__)

LEASE = "zoom"
BATCH_SIZE = 100
"""Gatherings looked at in one go, the soonest first."""
NEAR_INTERVAL = timedelta(seconds=5)
"""How often to look while people may be registering at the door itself."""
MEETING_CHECK_INTERVAL, MEETING_CHECK_INTERVAL_AT_DOOR = timedelta(minutes=10), timedelta(minutes=1)
"""How often it is seen whether a meeting is still there, from a day before it."""
NO_REGISTRATION_BACKOFF = timedelta(hours=1)
"""Where Zoom drops registration: each try counts against the three a day that a registrant may be added."""
PASS_RETENTION = timedelta(days=1)


class MeetingReconciler:
    def __init__(self, storage: Storage, zoom: Meetings, clock: Clock, house: House) -> None:
        self._passes = PassIssuer(storage, zoom, clock)
        self._looked: dict[int, datetime] = {}
        """When it was last seen that the meeting of each gathering is there."""
        self._storage, self._zoom, self._clock, self._house = storage, zoom, clock, house
        self.lease = StoredLease(storage, clock, LEASE)
        self._backoff_until: dict[int, datetime] = {}
        self._said: str | None = None
        """What was remembered last; unknown at first, since another worker may have said something."""

    async def tick(self) -> datetime | None:
        """Does all that is to be done now; returns when to look again, if that is soon.

        What is wrong with Zoom is remembered and told the facilitators, never raised.
        """
        now = self._clock.now()
        if not await self.lease.hold():
            return now + timedelta(seconds=LOOKED_EVERY)
        found = await self._storage.run(lambda books: books.concerning_meetings(now, limit=BATCH_SIZE))
        trouble, suffers = "", None
        for gathering, meeting, linked in found:
            wrong = ""
            if self._backoff_until.get(gathering.id, now) > now:
                wrong = trouble or self._said or ""
            elif await self.lease.hold():
                wrong = await self._keep(gathering, meeting, linked=linked)
            trouble, suffers = wrong or trouble, suffers or (gathering if wrong else None)
        await self._remember(trouble, suffers)
        await self._storage.run(lambda books: books.forget_passes(now - PASS_RETENTION))
        near = any(_at_door(gathering, now) for gathering, _, _ in found)
        return now + NEAR_INTERVAL if near else None

    async def _keep(self, gathering: Gathering, meeting: Meeting | None, *, linked: bool) -> str:
        """One gathering brought in step; returns what is wrong, in a few words."""
        self._backoff_until.pop(gathering.id, None)
        try:
            await self._in_step(gathering, meeting, linked=linked)
        except MeetingGone:
            return await self._replace(gathering, meeting)
        except TryLater as later:
            self._backoff_until[gathering.id] = self._clock.now() + max(later.after or timedelta(0), NEAR_INTERVAL)
            return str(later)
        except ZoomRefused as no:
            # Nothing but a change of settings or of the gathering will help: not asked again for a while.
            rest = NO_REGISTRATION_BACKOFF if isinstance(no, RegistrationUnavailable) else timedelta(minutes=5)
            self._backoff_until[gathering.id] = self._clock.now() + rest
            log.warning("gathering %d: %s", gathering.id, no)
            return str(no)
        except ZoomOutcomeUnknown as doubt:
            self._backoff_until[gathering.id] = self._clock.now() + NEAR_INTERVAL
            log.warning("gathering %d: in doubt: %s", gathering.id, doubt)
            return str(doubt)
        except Exception as problem:
            # Whatever it is, the next gathering is not to suffer for it.
            self._backoff_until[gathering.id] = self._clock.now() + timedelta(minutes=1)
            log.exception("could not bring gathering %d in step with Zoom", gathering.id)
            return f"Zoom cannot be kept in step ({type(problem).__name__})"
        return ""

    async def _replace(self, gathering: Gathering, meeting: Meeting | None) -> str:
        """Somebody deleted the meeting: another is made, once a minute at most."""
        if meeting is None or meeting.standing is not Standing.STANDS:
            return "Zoom knows no such meeting"
        await self._passes.lose(gathering, meeting)
        begun = replace(meeting, number="", standing=Standing.BEGUN)
        wrong = await self._keep(gathering, begun, linked=True)
        self._backoff_until.setdefault(gathering.id, self._clock.now() + timedelta(minutes=1))
        return wrong

    async def _in_step(self, gathering: Gathering, meeting: Meeting | None, *, linked: bool) -> None:
        now = self._clock.now()
        if meetings.wants_meeting(gathering, meeting, has_link=linked, now=now):
            meeting = await self._make(gathering, meeting)
        if meeting is None or meeting.standing is not Standing.STANDS:
            return
        if meetings.is_stale(gathering, meeting):
            await self._change(gathering, meeting)
        if meetings.is_near(gathering, now):
            await self._look(gathering, meeting)
            await self._passes.issue(gathering, meeting)
            await self._withdraw(gathering, meeting)

    # ---- the meeting

    async def _make(self, gathering: Gathering, meeting: Meeting | None) -> Meeting:
        begun = Meeting(gathering.id, "", Standing.BEGUN, gathering.revision)
        await self._storage.run(lambda books: books.keep_meeting(begun))
        made = await self._zoom.find(gathering) if meeting is not None else None
        made = made or await self._zoom.create(gathering)
        stands = replace(begun, number=made.number, standing=Standing.STANDS)

        def work(books: Books) -> None:
            books.keep_meeting(stands)
            books.set_zoom_link(gathering.id, made.link)

        await self._storage.run(work)
        self._looked[gathering.id] = self._clock.now()
        return stands

    async def _look(self, gathering: Gathering, meeting: Meeting) -> None:
        """Whether it is still there: nobody is to be handed a link that leads nowhere."""
        now = self._clock.now()
        often = MEETING_CHECK_INTERVAL_AT_DOOR if _at_door(gathering, now) else MEETING_CHECK_INTERVAL
        if gathering.id not in self._looked or now - self._looked[gathering.id] >= often:
            await self._zoom.look(meeting.number)
            self._looked[gathering.id] = now

    async def _change(self, gathering: Gathering, meeting: Meeting) -> None:
        if gathering.cancelled:
            await self._zoom.delete(meeting.number)
            kept = replace(meeting, standing=Standing.GONE, revision=gathering.revision)
        else:
            await self._zoom.update(meeting.number, gathering)
            kept = replace(meeting, revision=gathering.revision)
        await self._storage.run(lambda books: books.keep_meeting(kept))

    # ---- the passes

    async def _withdraw(self, gathering: Gathering, meeting: Meeting) -> None:
        # Read anew: somebody may have come in since.
        fresh = await self._storage.run(lambda books: books.gathering(gathering.id))
        passes = await self._storage.run(lambda books: books.passes(gathering.id))
        for batch in batches(meetings.to_withdraw(fresh or gathering, passes, self._clock.now())):
            await self._zoom.withdraw(meeting.number, batch)
            ids = [each.registration for each in batch]
            await self._storage.run(lambda books, ids=ids: books.end_passes(ids))  # type: ignore[misc]

    async def _remember(self, trouble: str, about: Gathering | None) -> None:
        if trouble or trouble != self._said:
            now = self._clock.now()
            await self._storage.run(lambda books: telling.zoom_trouble(books, self._house, trouble, about, now))
            self._said = trouble


def _at_door(gathering: Gathering, now: datetime) -> bool:
    if gathering.cancelled:
        return False
    return doors.opens_at(gathering) - timedelta(minutes=15) <= now < doors.closes_at(gathering) + timedelta(minutes=5)
