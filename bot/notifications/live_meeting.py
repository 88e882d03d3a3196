"""Calls the facilitators when nobody has begun a meeting shortly before its start, and tells them when it has begun.

Derived from what was heard from Zoom, or asked of it: of a meeting that the bot did not make nothing is known.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from bot.admission import model as admission_model
from bot.admission.waiting import gap_ended_at
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.meetings.model import MeetingState
from bot.notifications.batches import CALL_BEFORE, BatchKey
from bot.notifications.model import NotificationKind
from bot.notifications.to_facilitators import tell_facilitators
from bot.unit_of_work import UnitOfWork

LOOK_INTERVAL = timedelta(seconds=5)
"""How often it is looked whether a meeting has begun for which facilitators were called."""


def call_facilitators(
    uow: UnitOfWork, config: Config, gatherings: Sequence[Gathering], done: Collection[BatchKey], now: datetime
) -> datetime | None:
    """Adds what is due for these; returns when to look again. `done`: the batches that have run."""
    instants = [
        instant for gathering in gatherings if (instant := _call(uow, config, gathering, done, now)) is not None
    ]
    return min(instants, default=None)


def _call(
    uow: UnitOfWork, config: Config, gathering: Gathering, done: Collection[BatchKey], now: datetime
) -> datetime | None:
    call_at = gathering.starts_at - CALL_BEFORE
    if now < call_at:
        return call_at
    was_called = _key(gathering, NotificationKind.NOT_BEGUN) in done
    # Nobody is called once the doors are closed; whoever was called hears that it has begun, however late.
    over_at = gathering.ends_at if was_called else admission_model.closes_at(gathering)
    if now >= over_at or _key(gathering, NotificationKind.BEGUN_AFTER_ALL) in done:
        return None
    meeting = uow.meetings.get(gathering.id)
    if meeting is None or meeting.standing is not MeetingState.STANDS:
        return None
    if meeting.running and not was_called:
        return None
    if not meeting.running and was_called:
        return now + LOOK_INTERVAL
    kind = NotificationKind.BEGUN_AFTER_ALL if meeting.running else NotificationKind.NOT_BEGUN
    tell_facilitators(uow, config, kind, gathering, now, about=gathering.id, expires_at=gathering.ends_at)
    uow.notifications.mark_batch(gathering, kind, CALL_BEFORE, complete=True)
    return None if meeting.running else now + LOOK_INTERVAL


def are_being_called(uow: UnitOfWork, gathering: Gathering, now: datetime) -> bool:
    """Whether facilitators were called to a meeting that has not begun since. Costs nothing at other times."""
    if not may_be_called(gathering, now):
        return False
    if _key(gathering, NotificationKind.NOT_BEGUN) not in uow.notifications.batches([gathering.id]):
        return False
    meeting = uow.meetings.get(gathering.id)
    return meeting is not None and meeting.standing is MeetingState.STANDS and not meeting.running


def never_began(uow: UnitOfWork, gathering: Gathering) -> bool:
    """Whether Zoom told of the meeting, and nothing of a beginning; to be asked once it is over.

    Not where events of that evening may have been missed: who was there must not hear that it did not happen.
    """
    meeting = uow.meetings.get(gathering.id)
    if meeting is None or meeting.standing is not MeetingState.STANDS or meeting.last_heard_at is None:
        return False
    return meeting.started_at is None and meeting.ended_at is None and gap_ended_at(uow, gathering) is None


def may_be_called(gathering: Gathering, now: datetime) -> bool:
    """Whether it is the time for it, without looking anything up."""
    return gathering.starts_at - CALL_BEFORE <= now < gathering.ends_at


def _key(gathering: Gathering, kind: NotificationKind) -> BatchKey:
    return gathering.id, gathering.starts_at, kind, CALL_BEFORE
