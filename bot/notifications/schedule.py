"""Adds the notifications that are due to the outbox, and computes when something is due next; in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.admission.model import Doors
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.notifications import batches
from bot.notifications.batches import ReminderBatch
from bot.notifications.model import Notification, NotificationKind, key
from bot.unit_of_work import UnitOfWork

LOOK_BACK = timedelta(hours=36)
"""Longer than a gathering and the time in which it is thanked for: what began earlier has no batch left."""
RATE_WINDOW = timedelta(seconds=6)
"""Over which a platform's rate is kept: short, so that messages trickle rather than burst."""


def plan(uow: UnitOfWork, config: Config, now: datetime) -> None:
    """Adds the notifications of every due batch. Cost follows the gatherings near `now`, not what is stored."""
    gatherings = _starting_soon(uow, config, now)
    done = uow.notifications.batches([gathering.id for gathering in gatherings])
    for gathering in gatherings:
        planned = list(batches.batches_of(gathering, config.reminders, config.channel_reminders))
        if not batches.batches_due(planned, done, batches.LONGEST_LEAD_TIME, now):
            continue
        lead_time = batches.lead_time(uow.registrations.count_by_platform(gathering.id), config.per_minute)
        due = batches.batches_due(planned, done, lead_time, now)
        if due:
            _run_batches(uow, gathering, due, now)


def _starting_soon(uow: UnitOfWork, config: Config, now: datetime) -> list[Gathering]:
    longest_offset = max((*config.reminders, *config.channel_reminders, timedelta(0)))
    return uow.gatherings.starting_between(now - LOOK_BACK, now + longest_offset + batches.LONGEST_LEAD_TIME)


def _run_batches(uow: UnitOfWork, gathering: Gathering, due: Sequence[ReminderBatch], now: datetime) -> None:
    uow.notifications.add(batches.batch_notifications(due, uow.registrations.registrants(gathering.id), now))
    in_channels = [batch for batch in due if batch.kind is NotificationKind.CHANNEL_REMINDER]
    if in_channels and gathering.doors(now) in {Doors.EARLY, Doors.OPEN}:
        nearest = min(in_channels, key=lambda batch: batch.offset)
        expires_at = batches.expires_at(nearest)
        uow.notifications.add(channel_reminders(uow, gathering, nearest.offset, expires_at, now))
    for batch in due:
        uow.notifications.mark_batch(gathering, batch.kind, batch.offset, batch.complete)


def channel_reminders(
    uow: UnitOfWork, gathering: Gathering, offset: timedelta, expires_at: datetime, now: datetime, platform: str = ""
) -> list[Notification]:
    """One post for each channel where the gathering was announced; with `platform`, in those of this platform alone."""
    return [
        Notification(
            key=key(
                NotificationKind.CHANNEL_REMINDER,
                to=announcement.channel,
                about=gathering.id,
                at=gathering.starts_at,
                offset=offset,
            ),
            kind=NotificationKind.CHANNEL_REMINDER,
            gathering=gathering.id,
            platform=announcement.channel.platform,
            channel=announcement.channel,
            announcement=announcement.id,
            due_at=now,
            expires_at=expires_at,
            starts_at=gathering.starts_at,
            offset=offset,
        )
        for announcement in uow.announcements.list_for(gathering)
        if platform in {"", announcement.channel.platform}
    ]


def skip_past_batches(uow: UnitOfWork, config: Config, moved: Gathering, now: datetime) -> None:
    """A move notifies everyone of the new time at once, so batches of the new start that are overdue do not run."""
    for batch in batches.batches_of(moved, config.reminders, config.channel_reminders):
        if batches.due_at(batch) <= now:
            uow.notifications.mark_batch(moved, batch.kind, batch.offset, complete=True)


def next_due_at(uow: UnitOfWork, config: Config, planned_at: datetime, now: datetime) -> datetime | None:
    """When the next batch or notification is due, as far as is known now; None when nothing is near.

    It may be past: what fell due since `planned_at`, during delivery, is to be planned at once.
    """
    gatherings = _starting_soon(uow, config, now)
    done = uow.notifications.batches([gathering.id for gathering in gatherings])
    instants = [
        batches.due_at(batch)
        for gathering in gatherings
        for batch in batches.batches_of(gathering, config.reminders, config.channel_reminders)
        if done.get((gathering.id, gathering.starts_at, batch.kind, batch.offset)) is not True
    ]
    waiting = uow.notifications.next_due()
    if waiting is not None:
        # What is overdue and still waits is held up by its platform's rate.
        instants.append(max(waiting, now + RATE_WINDOW))
    return min((instant for instant in instants if instant > planned_at), default=None)


def send_capacity(uow: UnitOfWork, config: Config, platform: str, limit: int, now: datetime) -> int:
    """How many direct messages may be started on a platform now, `limit` at most.

    That is the platform's rate, less what all workers together have started within the window.
    """
    per_minute = config.per_minute.get(platform)
    if per_minute is None:
        return limit
    allowed = max(1, round(per_minute * RATE_WINDOW.total_seconds() / 60))
    # A rate below one message a window stretches the window instead.
    window = max(RATE_WINDOW, timedelta(seconds=60 / per_minute))
    just_after = timedelta(milliseconds=1)  # what was started exactly one window ago does not count any more
    # What seems to start far ahead was started by a clock that was wrong, and must not block sending until then.
    started = uow.notifications.count_recent(platform, now - window + just_after, now + window)
    return max(0, min(limit, allowed - started))
