"""Looks at meetings at Zoom: whether they began, and whether they still are as they were sent.

What somebody changed by hand is put back. What Zoom does not take (locked in the account, left out of its plan) is
told to the facilitators, and not sent again and again. Without the webhook this is how a beginning is heard of.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.zoom.client import ZoomOutcomeUnknown, ZoomRefused
from adapters.zoom.meetings import MEETING_RUNS
from adapters.zoom.passes import ZoomPassIssuer
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.meetings import hear
from bot.meetings import model as meeting_model
from bot.meetings.model import SETTINGS_VERSION, Deviation, Meeting, MeetingStatus
from bot.meetings.ports import MeetingService
from bot.notifications import to_facilitators
from bot.notifications.model import NotificationKind
from bot.ports import Clock, Storage, TryLater
from bot.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

PUT_BACK_INTERVAL = timedelta(minutes=10)
"""What deviates again so soon after it was put back is set by something that will do so again: it is told instead."""
RETRY_INTERVAL = timedelta(minutes=1)
SETTLING_TIME = timedelta(minutes=2)
"""For so long after it began, an answer that a meeting has not is taken to be late."""


class MeetingWatch:
    """Of one worker. When it looked is in memory: another one looks anew."""

    def __init__(
        self, storage: Storage, zoom: MeetingService, passes: ZoomPassIssuer, clock: Clock, config: Config
    ) -> None:
        self._storage, self._zoom, self._passes, self._clock, self._config = storage, zoom, passes, clock, config
        self._looked_at: dict[int, datetime] = {}
        self._audited_at: dict[int, datetime] = {}
        self._put_back_at: dict[int, datetime] = {}
        self._retry_at: dict[int, datetime] = {}
        """When what could not be put back, because of a limit of Zoom's, is tried again."""

    def looked(self, gathering: int) -> None:
        """Its meeting was seen to exist just now."""
        self._looked_at[gathering] = self._clock.now()

    def want(self, gatherings: Iterable[int]) -> None:
        """Somebody may have changed these, or registrants of theirs."""
        for gathering in gatherings:
            self._looked_at.pop(gathering, None)
            self._audited_at.pop(gathering, None)

    def keep_only(self, gatherings: Collection[int]) -> None:
        """Forgets what it remembers of any other."""
        for remembered in (self._looked_at, self._audited_at, self._put_back_at, self._retry_at):
            for gathering in remembered.keys() - gatherings:
                del remembered[gathering]

    async def look(self, gathering: Gathering, meeting: Meeting) -> None:
        """Looks, if it is time to. Raises MeetingGone and HostGone; a meeting that cannot be read is taken to exist."""
        now = self._clock.now()
        interval = meeting_model.look_interval(gathering, meeting, now)
        looked_at = self._looked_at.get(gathering.id)
        if looked_at is not None and now - looked_at < interval:
            return
        self.looked(gathering.id)
        try:
            status = await self._zoom.status(meeting.number)
        except (ZoomRefused, TryLater, ZoomOutcomeUnknown) as problem:
            log.warning("gathering %d: its meeting could not be looked at: %s", gathering.id, problem)
            return
        await self._record_running(meeting, status, now)
        if not meeting_model.is_stale(gathering, meeting, now):  # else it is our own change that is not there yet
            await self._put_back(gathering, meeting, meeting_model.deviations(gathering, status))
        await self._audit(gathering, meeting)

    async def _record_running(self, meeting: Meeting, status: MeetingStatus, now: datetime) -> None:
        def work(uow: UnitOfWork) -> None:
            current = uow.meetings.get(meeting.gathering)
            if current is None or current.number != meeting.number:
                return
            if status.started and not current.running:
                hear.begin(uow, current, now)
            elif current.running and not status.started and current.started_at + SETTLING_TIME <= now:  # type: ignore[operator]
                uow.meetings.record_ended(meeting.gathering, now)

        if status.started is not meeting.running:
            await self._storage.run(work)

    async def _put_back(self, gathering: Gathering, meeting: Meeting, found: frozenset[Deviation]) -> None:
        now = self._clock.now()
        retry_at, last = self._retry_at.get(gathering.id), self._put_back_at.get(gathering.id)
        is_known = found <= meeting.refused and (not found or retry_at is None or retry_at > now)
        is_set_again = last is not None and now - last < PUT_BACK_INTERVAL and retry_at is None
        if is_known or is_set_again:
            await self.record_refused(gathering, meeting, found)
            return
        log.warning("gathering %d: its meeting was changed at Zoom: %s", gathering.id, ", ".join(sorted(found)))
        self._retry_at.pop(gathering.id, None)
        self._put_back_at[gathering.id] = now
        try:
            remaining = await self.send(gathering, meeting)
        except TryLater as later:
            self._retry_at[gathering.id] = now + max(later.after or timedelta(0), RETRY_INTERVAL)
            log.warning("gathering %d: it could not be put back yet: %s", gathering.id, later)
        except (ZoomRefused, ZoomOutcomeUnknown) as problem:
            log.warning("gathering %d: it could not be put back: %s", gathering.id, problem)
        else:
            await self.tell_put_back(gathering, found - remaining)
            return
        await self.record_refused(gathering, meeting, found)

    async def send(self, gathering: Gathering, meeting: Meeting) -> frozenset[Deviation]:
        """Sends the meeting as it is to be, and records what Zoom did not take of it; returns that."""
        refusal = None
        try:
            await self._zoom.update(meeting.number, gathering)
        except ZoomRefused as no:
            if no.code != MEETING_RUNS:
                raise
            refusal = no
        status = await self._zoom.status(meeting.number)
        if refusal is not None and not status.started:
            raise refusal
        sent = replace(meeting, revision=gathering.revision, settings_version=SETTINGS_VERSION)
        await self._storage.run(lambda uow: save_unless_replaced(uow, meeting, sent))
        remaining = meeting_model.deviations(gathering, status)
        await self.record_refused(gathering, meeting, remaining)
        self.looked(gathering.id)
        return remaining

    async def record_refused(self, gathering: Gathering, meeting: Meeting, refused: frozenset[Deviation]) -> None:
        """Facilitators are told of what is new in it."""

        def work(uow: UnitOfWork) -> None:
            uow.meetings.record_refused(gathering.id, refused)
            if refused - meeting.refused:
                self._tell(uow, NotificationKind.MEETING_REFUSED, gathering)

        if refused != meeting.refused:
            await self._storage.run(work)

    async def tell_put_back(self, gathering: Gathering, put_back: frozenset[Deviation]) -> None:
        def work(uow: UnitOfWork) -> None:
            uow.meetings.record_put_back(gathering.id, put_back)
            self._tell(uow, NotificationKind.MEETING_PUT_BACK, gathering)

        if put_back:
            await self._storage.run(work)

    def _tell(self, uow: UnitOfWork, kind: NotificationKind, gathering: Gathering) -> None:
        now = self._clock.now()
        about = f"{gathering.id}.{int(now.timestamp())}"
        to_facilitators.tell_facilitators(
            uow, self._config, kind, gathering, now, about=about, expires_at=gathering.ends_at
        )

    async def _audit(self, gathering: Gathering, meeting: Meeting) -> None:
        """Registrants who stand here and not at Zoom, because somebody denied or cancelled them there, get back in."""
        now = self._clock.now()
        audited_at = self._audited_at.get(gathering.id)
        if audited_at is not None and now - audited_at < meeting_model.AUDIT_INTERVAL:
            return
        self._audited_at[gathering.id] = now
        try:
            await self._passes.audit(gathering, meeting)
        except (ZoomRefused, TryLater, ZoomOutcomeUnknown) as problem:
            log.warning("gathering %d: its registrants could not be looked at: %s", gathering.id, problem)


def save_unless_replaced(uow: UnitOfWork, before: Meeting, after: Meeting) -> bool:
    """Saves what was done at Zoom, unless a facilitator gave another link meanwhile, or the meeting was lost."""
    current = uow.meetings.get(before.gathering)
    if current is None or (current.number, current.standing) != (before.number, before.standing):
        return False
    uow.meetings.save(after)
    return True
