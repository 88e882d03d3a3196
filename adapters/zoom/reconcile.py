"""Reconciles Zoom with the database: creates, changes and deletes meetings, issues passes ahead and withdraws them.

Each step is derived from the database and recorded before the next, so that after a crash or an outage at any point
work is resumed and nothing is done twice. One worker does it at a time, by a lease.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from adapters.zoom.client import ZoomOutcomeUnknown, ZoomRefused
from adapters.zoom.meetings import DELETION_WHILE_RUNNING, RegistrationUnavailable, batches
from adapters.zoom.passes import ZoomPassIssuer
from adapters.zoom.watch import MeetingWatch, save_unless_replaced
from bot.admission import waiting
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.leases import POLL_INTERVAL_SECONDS, StoredLease
from bot.meetings import model as meeting_model
from bot.meetings.model import Deviation, Meeting, MeetingState
from bot.meetings.ports import HostGone, MeetingGone, MeetingService
from bot.notifications import enqueue
from bot.ports import Clock, Storage, TryLater
from bot.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

LEASE = "zoom"
BATCH_SIZE = 100
"""Gatherings per tick, the soonest first."""
NEAR_INTERVAL = timedelta(seconds=5)
"""Interval of ticks near the doors, when people may still register; also the backoff after a passing failure."""
FAILURE_BACKOFF = timedelta(minutes=1)
"""After an unexpected exception, or a meeting that had to be replaced."""
REFUSAL_BACKOFF = timedelta(minutes=5)
"""After a refusal: only a change of the settings or of the gathering helps."""
NO_REGISTRATION_BACKOFF = timedelta(hours=1)
"""Where Zoom allows no registration: each try counts against its three additions of a registrant a day."""
PASS_RETENTION = timedelta(days=1)
"""How long passes of given-up registrations are kept after the gathering."""


class _Step(StrEnum):
    """What is done for a gathering. After a failure a step rests by itself: a limit of one keeps no other back."""

    MAKE = "make"
    CHANGE = "change"
    LOOK = "look"
    ISSUE = "issue"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class _Rest:
    until: datetime
    failure: str


class MeetingReconciler:
    """`tick` does what is due."""

    def __init__(self, storage: Storage, zoom: MeetingService, clock: Clock, config: Config) -> None:
        self._passes = ZoomPassIssuer(storage, zoom, clock)
        self._watch = MeetingWatch(storage, zoom, self._passes, clock, config)
        self._storage, self._zoom, self._clock, self._config = storage, zoom, clock, config
        self.lease = StoredLease(storage, clock, LEASE)
        self._rests: dict[tuple[int, _Step], _Rest] = {}
        self._replaced_at: dict[int, datetime] = {}
        self._last_reported: str | None = None
        """The trouble that was reported last; None at first, since another worker may have reported some."""
        self._last_left_out: frozenset[str] | None = None

    async def tick(self) -> datetime | None:
        """Does what is due; returns when to run again, if that is soon.

        Failures of Zoom are never raised: the facilitators are notified.
        """
        now = self._clock.now()
        if not await self.lease.hold():
            return now + timedelta(seconds=POLL_INTERVAL_SECONDS)
        self._watch.want(await self._storage.run(lambda uow: uow.meetings.take_wanted_looks()))
        concerned = await self._storage.run(lambda uow: uow.meetings.upcoming(now, limit=BATCH_SIZE))
        trouble, affected = "", None
        for gathering, meeting, linked in concerned:
            failure = ""
            if meeting is not None and meeting_model.is_at_door(gathering, now):
                await self._update_places(meeting)
            if await self.lease.hold():
                failure = await self._reconcile(gathering, meeting, linked=linked)
            trouble = failure or trouble
            affected = affected or (gathering if failure else None)
        await self._report(trouble, affected)
        await self._keep_left_out()
        self._keep_only({gathering.id for gathering, _, _ in concerned})
        await self._storage.run(lambda uow: uow.meetings.forget_passes(now - PASS_RETENTION))
        near = any(meeting_model.is_at_door(gathering, now) for gathering, _, _ in concerned)
        return now + NEAR_INTERVAL if near else None

    async def _reconcile(self, gathering: Gathering, meeting: Meeting | None, *, linked: bool) -> str:
        """Reconciles one gathering; returns what failed, in a few words."""
        try:
            return await self._apply(gathering, meeting, linked=linked)
        except MeetingGone:
            return await self._replace(gathering, meeting)
        except HostGone as gone:
            return await self._replace_under_other_host(gathering, meeting, gone)

    async def _step(self, gathering: Gathering, step: _Step, work: Callable[[], Awaitable[object]]) -> str:
        """Does the work unless it rests; returns what failed, also while it rests."""
        rest = self._rests.pop((gathering.id, step), None)
        if rest is not None and rest.until > self._clock.now():
            self._rests[gathering.id, step] = rest
            return rest.failure
        try:
            await work()
        except (MeetingGone, HostGone):
            raise
        except TryLater as later:
            return self._rest(gathering, step, max(later.after or timedelta(0), NEAR_INTERVAL), str(later))
        except ZoomRefused as no:
            log.warning("gathering %d: %s", gathering.id, no)
            backoff = NO_REGISTRATION_BACKOFF if isinstance(no, RegistrationUnavailable) else REFUSAL_BACKOFF
            return self._rest(gathering, step, backoff, str(no))
        except ZoomOutcomeUnknown as doubt:
            log.warning("gathering %d: in doubt: %s", gathering.id, doubt)
            return self._rest(gathering, step, NEAR_INTERVAL, str(doubt))
        except Exception as problem:  # the other gatherings go on
            log.exception("could not bring gathering %d in step with Zoom", gathering.id)
            failure = f"Zoom cannot be kept in step ({type(problem).__name__})"
            return self._rest(gathering, step, FAILURE_BACKOFF, failure)
        return ""

    def _rest(self, gathering: Gathering, step: _Step, length: timedelta, failure: str) -> str:
        self._rests[gathering.id, step] = _Rest(self._clock.now() + length, failure)
        return failure

    async def _replace(self, gathering: Gathering, meeting: Meeting | None) -> str:
        """Somebody deleted the meeting at Zoom: creates another, once per FAILURE_BACKOFF at most."""
        if meeting is None or meeting.standing is not MeetingState.STANDS:
            return "Zoom knows no such meeting"
        replaced_at = self._replaced_at.get(gathering.id)
        if replaced_at is not None and self._clock.now() - replaced_at < FAILURE_BACKOFF:
            return "Zoom deletes its meeting again and again"
        self._replaced_at[gathering.id] = self._clock.now()
        await self._passes.lose(gathering, meeting)
        if not gathering.cancelled:
            await self._watch.tell_put_back(gathering, frozenset({Deviation.DELETED}))
        begun = replace(meeting, number="", standing=MeetingState.BEGUN)
        return await self._reconcile(gathering, begun, linked=True)

    async def _replace_under_other_host(self, gathering: Gathering, meeting: Meeting | None, gone: HostGone) -> str:
        """The host of the meeting left the account: makes another, where ZOOM_HOST names somebody who is there."""
        if meeting is None or meeting.standing is not MeetingState.STANDS:
            return str(gone)
        failure = await self._step(gathering, _Step.MAKE, lambda: self._zoom.find(gathering))
        return failure or await self._replace(gathering, meeting)

    async def _apply(self, gathering: Gathering, meeting: Meeting | None, *, linked: bool) -> str:
        now = self._clock.now()
        if meeting_model.wants_meeting(gathering, meeting, has_link=linked, now=now):
            failure = await self._step(gathering, _Step.MAKE, lambda: self._create(gathering, meeting))
            if failure:
                return failure
            meeting = await self._storage.run(lambda uow: uow.meetings.get(gathering.id))
        if meeting is None or meeting.standing is not MeetingState.STANDS:
            return ""
        standing, failures = meeting, []
        if meeting_model.is_stale(gathering, meeting, now):
            failures.append(await self._step(gathering, _Step.CHANGE, lambda: self._change(gathering, standing)))
        if meeting_model.is_near(gathering, now):
            failures.append(await self._step(gathering, _Step.LOOK, lambda: self._watch.look(gathering, standing)))
            failures.append(await self._step(gathering, _Step.ISSUE, lambda: self._issue(gathering, standing)))
            failures.append(await self._step(gathering, _Step.WITHDRAW, lambda: self._withdraw(gathering, standing)))
        return next(filter(None, failures), "")

    # ---- the meeting

    async def _create(self, gathering: Gathering, meeting: Meeting | None) -> None:
        begun = Meeting(
            gathering.id, "", MeetingState.BEGUN, gathering.revision, settings_version=meeting_model.SETTINGS_VERSION
        )
        await self._storage.run(lambda uow: uow.meetings.save(begun))
        created = await self._zoom.find(gathering) if meeting is not None else None
        created = created or await self._zoom.create(gathering)
        meeting_row = replace(begun, number=created.number, standing=MeetingState.STANDS)

        def work(uow: UnitOfWork) -> None:
            if save_unless_replaced(uow, begun, meeting_row):
                uow.gatherings.set_zoom_link(gathering.id, created.link)

        await self._storage.run(work)
        self._watch.looked(gathering.id)
        await self._watch.record_refused(gathering, meeting_row, created.wrong)

    async def _change(self, gathering: Gathering, meeting: Meeting) -> None:
        if not gathering.cancelled:
            await self._watch.send(gathering, meeting)
            return
        try:
            await self._zoom.delete(meeting.number)
        except ZoomRefused as no:
            if no.code != DELETION_WHILE_RUNNING:
                raise
            self._rest(gathering, _Step.CHANGE, FAILURE_BACKOFF, "")
            return
        changed = replace(meeting, standing=MeetingState.GONE, revision=gathering.revision)
        await self._storage.run(lambda uow: save_unless_replaced(uow, meeting, changed))

    # ---- the passes

    async def _issue(self, gathering: Gathering, meeting: Meeting) -> None:
        passes = await self._storage.run(lambda uow: uow.meetings.passes(gathering.id))
        # Mostly there are none to make: then no lease is taken, since each is stored.
        if meeting_model.to_reinstate(passes) or meeting_model.to_issue(gathering, passes, self._clock.now()):
            await self._passes.issue(gathering, meeting)

    async def _withdraw(self, gathering: Gathering, meeting: Meeting) -> None:
        # Read again: somebody may have come in since.
        current, passes = await self._storage.run(
            lambda uow: (uow.gatherings.get(gathering.id), uow.meetings.passes(gathering.id))
        )
        for batch in batches(meeting_model.to_withdraw(current or gathering, passes, self._clock.now())):
            await self._zoom.withdraw(meeting.number, batch)
            ids, withdrawn_at = [pass_.registration for pass_ in batch], self._clock.now()

            def work(uow: UnitOfWork, ids: list[int] = ids, withdrawn_at: datetime = withdrawn_at) -> None:
                uow.meetings.end_passes(ids)
                uow.places.mark_withdrawn(gathering.id, withdrawn_at)

            await self._storage.run(work)

    async def _update_places(self, meeting: Meeting) -> None:
        now, unused_after = self._clock.now(), self._config.unused_places
        await self._storage.run(lambda uow: waiting.update_places(uow, meeting, unused_after, now))

    async def _keep_left_out(self) -> None:
        if self._zoom.left_out != self._last_left_out:
            left_out = self._last_left_out = self._zoom.left_out
            await self._storage.run(
                lambda uow: uow.state.set(meeting_model.LEFT_OUT, ", ".join(sorted(left_out or ())))
            )

    def _keep_only(self, gatherings: Collection[int]) -> None:
        """What is remembered of others is forgotten: they are over, or gone."""
        self._rests = {key: rest for key, rest in self._rests.items() if key[0] in gatherings}
        self._replaced_at = {number: at for number, at in self._replaced_at.items() if number in gatherings}
        self._watch.keep_only(gatherings)

    async def _report(self, trouble: str, about: Gathering | None) -> None:
        if trouble or trouble != self._last_reported:
            now = self._clock.now()
            await self._storage.run(lambda uow: enqueue.zoom_trouble(uow, self._config, trouble, about, now))
            self._last_reported = trouble
