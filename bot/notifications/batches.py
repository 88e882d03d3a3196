"""Which batches of reminders are due at `now`. Pure: derived from the gatherings, so nothing has to be unscheduled.

A *batch* is all notifications of one kind about one gathering at one start: the reminders at one offset before it,
the post in the channels, or the thanks afterwards. Where a platform limits the rate, a batch of reminders begins
early enough to reach the last registrant in time. At its own time it runs once more, for those who registered since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.admission import model as admission_model
from bot.admission.model import Doors
from bot.gatherings.model import Gathering
from bot.notifications.model import Notification, NotificationKind, Receipt, key
from bot.registrations.model import Registrant

THANKS_EXPIRE_AFTER = timedelta(hours=12)
"""After the end of the gathering: thanks are kind on the same evening and odd a day later."""
LONGEST_LEAD_TIME = timedelta(hours=6)
LEAD_TIME_FACTOR = 1.1
"""Waking up and sending take time too, so a platform never quite reaches its rate."""


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
    yield ReminderBatch(gathering, NotificationKind.AFTERWARDS, -gathering.duration, complete=False)


def due_at(batch: ReminderBatch) -> datetime:
    return batch.gathering.starts_at - batch.offset


def expires_at(batch: ReminderBatch) -> datetime:
    if batch.kind is NotificationKind.AFTERWARDS:
        return batch.gathering.ends_at + THANKS_EXPIRE_AFTER
    return admission_model.closes_at(batch.gathering)


def lead_time(registrants: Mapping[str, int], per_minute: Mapping[str, int]) -> timedelta:
    """How long it takes to send to so many registrants by platform, at each platform's rate, all side by side."""
    longest = max((count / per_minute[name] for name, count in registrants.items() if name in per_minute), default=0.0)
    # What takes under a minute begins on time: a reminder 20 seconds early helps nobody.
    return min(timedelta(minutes=longest * LEAD_TIME_FACTOR), LONGEST_LEAD_TIME) if longest >= 1 else timedelta(0)


def batches_due(
    planned: Sequence[ReminderBatch],
    done: Mapping[tuple[int, datetime, NotificationKind, timedelta], bool],
    lead_time: timedelta,
    now: datetime,
) -> list[ReminderBatch]:
    """The batches to run now: first `lead_time` before they are due, and once more when they are due.

    `done`: by gathering, start, kind and offset, the batches that have run; True where they are complete.
    """
    due = []
    for batch in planned:
        completed = done.get((batch.gathering.id, batch.gathering.starts_at, batch.kind, batch.offset))
        early = lead_time if batch.kind is NotificationKind.REMINDER else timedelta(0)
        if completed is True or now < due_at(batch) - early or (completed is False and now < due_at(batch)):
            continue
        due.append(ReminderBatch(batch.gathering, batch.kind, batch.offset, complete=now >= due_at(batch)))
    return due


def batch_notifications(
    due: Sequence[ReminderBatch], registrants: Sequence[Registrant], now: datetime
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
            missed = has_nearest or not _wants_reminder(batch.gathering, registrant, now)
            yield _notification(batch, registrant, now, missed=missed)
            has_nearest = True
        for batch in due:
            wants_thanks = registrant.admitted and registrant.afterwards and registrant.by_direct_message
            if batch.kind is NotificationKind.AFTERWARDS and wants_thanks and now < expires_at(batch):
                yield _notification(batch, registrant, now, missed=False)


def _wants_reminder(gathering: Gathering, registrant: Registrant, now: datetime) -> bool:
    can_enter = gathering.doors(now) in {Doors.EARLY, Doors.OPEN}
    return registrant.by_direct_message and not registrant.admitted and can_enter


def _notification(batch: ReminderBatch, registrant: Registrant, now: datetime, *, missed: bool) -> Notification:
    gathering = batch.gathering
    return Notification(
        key=key(batch.kind, to=registrant.member, about=gathering.id, at=gathering.starts_at, offset=batch.offset),
        kind=batch.kind,
        gathering=gathering.id,
        platform=registrant.platform,
        member=registrant.member,
        due_at=now,
        expires_at=expires_at(batch),
        starts_at=gathering.starts_at,
        offset=batch.offset,
        state=Receipt.MISSED if missed else Receipt.WAITING,
    )
