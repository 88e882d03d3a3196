"""Which batches of reminders are due at `now`. Pure: derived from the gatherings, so nothing has to be unscheduled.

A *batch* is all notifications of one kind about one gathering at one start: the reminders at one offset before it,
the post in the channels, or the thanks afterwards. Where a platform limits the rate, a batch of reminders begins
early enough to reach the last registrant in time. At its own time it runs once more, for those who registered since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.admission import model as admission_model
from bot.admission.model import Doors
from bot.gatherings.model import Gathering
from bot.notifications.model import Notification, NotificationKind, Receipt, key, scope_of, time_to_read
from bot.notifications.send_limits import burst
from bot.registrations.model import Registrant

THANKS_EXPIRE_AFTER = timedelta(hours=12)
"""After the end of the gathering: thanks are kind on the same evening and odd a day later."""
BRIEF_BEFORE = timedelta(minutes=30)
"""How long before the start facilitators are told how many are registered, and how to begin."""
CALL_BEFORE = timedelta(minutes=5)
"""When nobody has begun the meeting so long before the start, every facilitator is called."""
COUNT_AFTER = timedelta(minutes=5)
"""After the end facilitators are told the counts: by then Zoom has reported who left."""
LONGEST_LEAD_TIME = timedelta(hours=6)
SHORTEST_LEAD_TIME = timedelta(seconds=2)
"""What takes less begins on time: a reminder a second early helps nobody."""
LEAD_TIME_FACTOR = 1.03
"""Waking up and sending take time too, so a platform never quite reaches its pace."""


@dataclass(frozen=True, slots=True)
class ReminderBatch:
    gathering: Gathering
    kind: NotificationKind
    offset: timedelta
    """How long before the start of the gathering it is due; negative for what is sent afterwards."""
    complete: bool
    """Its due time has come: nobody can join this batch any more."""


def batches_of(
    gathering: Gathering, offsets: Sequence[timedelta], channel_offsets: Sequence[timedelta]
) -> Iterator[ReminderBatch]:
    """Every batch that a gathering will ever have, regardless of the time."""
    for offset in offsets:
        yield ReminderBatch(gathering, NotificationKind.REMINDER, offset, complete=False)
    for offset in channel_offsets:
        yield ReminderBatch(gathering, NotificationKind.CHANNEL_REMINDER, offset, complete=False)
    yield ReminderBatch(gathering, NotificationKind.FACILITATORS_BRIEFED, BRIEF_BEFORE, complete=False)
    yield ReminderBatch(gathering, NotificationKind.AFTERWARDS, -gathering.duration, complete=False)
    yield ReminderBatch(
        gathering, NotificationKind.GATHERING_COUNTED, -gathering.duration - COUNT_AFTER, complete=False
    )


def edits_of(gathering: Gathering) -> Iterator[ReminderBatch]:
    """When its posts stop being true by themselves: reminders once the doors have closed, announcements at its end."""
    until_closing = admission_model.closes_at(gathering) - gathering.starts_at
    yield ReminderBatch(gathering, NotificationKind.REMINDER_AMENDMENT, -until_closing, complete=False)
    yield ReminderBatch(gathering, NotificationKind.AMENDMENT, -gathering.duration, complete=False)


def due_at(batch: ReminderBatch) -> datetime:
    return batch.gathering.starts_at - batch.offset


def expires_at(batch: ReminderBatch) -> datetime:
    if batch.kind is NotificationKind.FACILITATORS_BRIEFED:
        return batch.gathering.starts_at
    if batch.kind in {NotificationKind.AFTERWARDS, NotificationKind.GATHERING_COUNTED}:
        return batch.gathering.ends_at + THANKS_EXPIRE_AFTER
    return admission_model.closes_at(batch.gathering)


@dataclass(frozen=True, slots=True)
class Workload:
    """A batch of reminders that has not begun: how many it reaches on each platform."""

    batch: ReminderBatch
    registrants: Mapping[str, int]


BatchKey = tuple[int, datetime, NotificationKind, timedelta]


def key_of(batch: ReminderBatch) -> BatchKey:
    return batch.gathering.id, batch.gathering.starts_at, batch.kind, batch.offset


def begin_times(
    workloads: Sequence[Workload], per_minute: Mapping[str, float], waiting: Mapping[str, int]
) -> dict[BatchKey, dict[str, datetime]]:
    """When each batch has to begin, by platform, so that its last registrant there, too, hears by the time it is due.

    Only where that is before it is due. A platform sends one batch after the other at its pace, and what is `waiting`
    there before any of them.
    """
    begin: dict[BatchKey, dict[str, datetime]] = {key_of(workload.batch): {} for workload in workloads}
    latest_first = sorted(workloads, key=lambda workload: due_at(workload.batch), reverse=True)
    for platform, pace in per_minute.items():
        backlog = timedelta(minutes=waiting.get(platform, 0) / pace * LEAD_TIME_FACTOR)
        # The tokens of a full bucket are there when it begins; of batches that follow each other, once for them all.
        head_start = timedelta(minutes=burst(pace) / pace)
        next_begins: datetime | None = None
        for workload in latest_first:
            duration = timedelta(minutes=workload.registrants.get(platform, 0) / pace * LEAD_TIME_FACTOR)
            if not duration:
                continue
            due = due_at(workload.batch)
            next_begins = (due if next_begins is None else min(due, next_begins)) - duration
            lead_time = min(due - next_begins + backlog - head_start, LONGEST_LEAD_TIME)
            if lead_time >= SHORTEST_LEAD_TIME:
                begin[key_of(workload.batch)][platform] = due - lead_time
    return begin


def begins_at(batch: ReminderBatch, begin: Mapping[BatchKey, Mapping[str, datetime]]) -> datetime:
    """When it begins on the platform that takes longest; elsewhere nobody hears early for it."""
    return min([due_at(batch), *begin.get(key_of(batch), {}).values()])


def batches_due(
    planned: Sequence[ReminderBatch],
    done: Mapping[BatchKey, bool],
    begin: Mapping[BatchKey, Mapping[str, datetime]],
    now: datetime,
) -> list[ReminderBatch]:
    """The batches to run now: first when they have to begin, and once more when they are due.

    `done`: the batches that have run; True where they are complete. `begin`: as `begin_times` returns it.
    """
    due = []
    for batch in planned:
        completed = done.get(key_of(batch))
        earliest = due_at(batch) if completed is False else begins_at(batch, begin)
        if completed is not True and now >= earliest:
            due.append(replace(batch, complete=now >= due_at(batch)))
    return due


def batch_notifications(
    due: Sequence[ReminderBatch],
    registrants: Sequence[Registrant],
    begin: Mapping[BatchKey, Mapping[str, datetime]],
    now: datetime,
) -> Iterator[Notification]:
    """The direct messages of the due batches of ONE gathering.

    Each registrant gets the nearest reminder alone; earlier ones that are overdue too are recorded as missed.
    Nobody gets a reminder whose time had passed when they registered.
    """
    reminders = sorted(
        (batch for batch in due if batch.kind is NotificationKind.REMINDER), key=lambda batch: batch.offset
    )
    for registrant in registrants:
        has_nearest = False
        for batch in reminders:
            if batch.offset in registrant.muted or registrant.registered_at > due_at(batch):
                continue
            state = _state(batch.gathering, registrant, now, has_nearest=has_nearest)
            ready_at = max(now, begin.get(key_of(batch), {}).get(registrant.platform, due_at(batch)))
            yield _notification(batch, registrant, now, ready_at, state)
            has_nearest = True
        for batch in due:
            wants_thanks = registrant.admitted and registrant.afterwards and registrant.by_direct_message
            if batch.kind is NotificationKind.AFTERWARDS and wants_thanks and now < expires_at(batch):
                yield _notification(batch, registrant, now, now, Receipt.WAITING)


def _state(gathering: Gathering, registrant: Registrant, now: datetime, *, has_nearest: bool) -> Receipt:
    """Who is in already, or wants no messages, needs no reminder, and missed none."""
    if registrant.admitted or not registrant.by_direct_message:
        return Receipt.DROPPED
    can_enter = gathering.doors(now) in {Doors.EARLY, Doors.OPEN}
    return Receipt.WAITING if can_enter and not has_nearest else Receipt.MISSED


def _notification(
    batch: ReminderBatch, registrant: Registrant, now: datetime, ready_at: datetime, state: Receipt
) -> Notification:
    gathering = batch.gathering
    return Notification(
        key=key(batch.kind, to=registrant.member, about=gathering.id, at=gathering.starts_at, offset=batch.offset),
        kind=batch.kind,
        gathering=gathering.id,
        platform=registrant.platform,
        scope=scope_of(registrant.address),
        member=registrant.member,
        # A paced batch begins before it is due: what was promised for an earlier instant goes first.
        due_at=due_at(batch) if batch.kind is NotificationKind.REMINDER else now + time_to_read(batch.kind),
        ready_at=ready_at,
        expires_at=expires_at(batch),
        starts_at=gathering.starts_at,
        offset=batch.offset,
        state=state,
    )
