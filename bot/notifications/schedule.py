"""Adds the notifications that are due to the outbox; in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.admission import waiting
from bot.admission.model import Doors
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.notifications import batches, enqueue, live_meeting
from bot.notifications.batches import BatchKey, ReminderBatch, Workload, key_of
from bot.notifications.model import Audience, Notification, NotificationKind, audience, channel_reminder_key, scope_of
from bot.notifications.pace import expected_pace
from bot.notifications.to_facilitators import tell_facilitators
from bot.platform import platform_of
from bot.unit_of_work import UnitOfWork

LOOK_BACK = timedelta(hours=36)
"""Longer than a gathering and the time in which it is thanked for: what began earlier has no batch left."""


def plan(uow: UnitOfWork, config: Config, now: datetime) -> datetime | None:
    """Adds the notifications of every due batch; returns when the next one begins, if that is near.

    Cost follows the gatherings near `now`, not what is stored.
    """
    gatherings = _starting_soon(uow, config, now)
    done = uow.notifications.batches([gathering.id for gathering in gatherings])
    planned = [(gathering, _every_batch(gathering, config)) for gathering in gatherings]
    every_batch = [batch for _, of_gathering in planned for batch in of_gathering]
    begin = _begin_times(uow, config, every_batch, done, now)
    for gathering, of_gathering in planned:
        if due := batches.batches_due(of_gathering, done, begin, now):
            _run_batches(uow, config, gathering, due, begin, now)
        if gathering.doors(now) is Doors.FULL and not waiting.may_wait(uow, gathering, config.unused_places, now):
            enqueue.update_channel_reminders(uow, gathering, now, since="@full")
    call_at = live_meeting.call_facilitators(uow, config, gatherings, done, now)
    instants = [
        instant
        for batch in every_batch
        if done.get(key_of(batch)) is not True
        for instant in (batches.begins_at(batch, begin), batches.due_at(batch))
    ]
    instants += [call_at] if call_at is not None else []
    return min((instant for instant in instants if instant > now), default=None)


def _every_batch(gathering: Gathering, config: Config) -> list[ReminderBatch]:
    reminding = batches.batches_of(gathering, config.reminders, config.channel_reminders)
    return [*reminding, *batches.edits_of(gathering)]


def _begin_times(
    uow: UnitOfWork,
    config: Config,
    planned: Sequence[ReminderBatch],
    done: Mapping[BatchKey, bool],
    now: datetime,
) -> dict[BatchKey, dict[str, datetime]]:
    ahead = [
        batch
        for batch in planned
        if batch.kind is NotificationKind.REMINDER
        and key_of(batch) not in done
        and now < batches.due_at(batch) <= now + 2 * batches.LONGEST_LEAD_TIME
    ]
    if not ahead or not config.per_minute:
        return {}
    counts = {batch.gathering.id: uow.registrations.count_by_platform(batch.gathering.id) for batch in ahead}
    workloads = [Workload(batch, counts[batch.gathering.id]) for batch in ahead if counts[batch.gathering.id]]
    if not workloads:
        return {}
    return batches.begin_times(workloads, _paces(uow, config), uow.notifications.count_waiting())


def _paces(uow: UnitOfWork, config: Config) -> dict[str, float]:
    paces: dict[str, float] = {}
    for platform, per_minute in config.per_minute.items():
        limits = uow.send_limits.get(platform)
        usual = platform_of(platform).direct_messages_per_minute
        paces[platform] = expected_pace(per_minute, usual, limits.reached_per_minute if limits is not None else None)
    return paces


def _starting_soon(uow: UnitOfWork, config: Config, now: datetime) -> list[Gathering]:
    longest_offset = max((*config.reminders, *config.channel_reminders, batches.BRIEF_BEFORE))
    return uow.gatherings.starting_between(now - LOOK_BACK, now + longest_offset + batches.LONGEST_LEAD_TIME)


def _run_batches(
    uow: UnitOfWork,
    config: Config,
    gathering: Gathering,
    due: Sequence[ReminderBatch],
    begin: Mapping[BatchKey, Mapping[str, datetime]],
    now: datetime,
) -> None:
    registrants = uow.registrations.registrants(gathering.id)
    uow.notifications.add(batches.batch_notifications(due, registrants, begin, now))
    in_channels = [batch for batch in due if batch.kind is NotificationKind.CHANNEL_REMINDER]
    if in_channels and gathering.doors(now) in {Doors.EARLY, Doors.OPEN}:
        nearest = min(in_channels, key=lambda batch: batch.offset)
        expires_at = batches.expires_at(nearest)
        uow.notifications.add(channel_reminders(uow, gathering, nearest.offset, expires_at, now))
    for batch in due:
        if audience(batch.kind) is Audience.FACILITATORS and now < batches.expires_at(batch):
            expires_at = batches.expires_at(batch)
            tell_facilitators(uow, config, batch.kind, gathering, now, about=gathering.id, expires_at=expires_at)
        since = f"@{int(batches.due_at(batch).timestamp())}"
        if batch.kind is NotificationKind.REMINDER_AMENDMENT:
            enqueue.update_channel_reminders(uow, gathering, now, since=since)
        elif batch.kind is NotificationKind.AMENDMENT:
            enqueue.update_announcements(uow, gathering, now, since=since)
        uow.notifications.mark_batch(gathering, batch.kind, batch.offset, batch.complete)


def channel_reminders(
    uow: UnitOfWork, gathering: Gathering, offset: timedelta, expires_at: datetime, now: datetime, scope: str = ""
) -> list[Notification]:
    """One post for each channel where the gathering was announced; with `scope`, in those of this scope alone."""
    kind, starts_at = NotificationKind.CHANNEL_REMINDER, gathering.starts_at
    reminders = []
    for posted in uow.announcements.list_for(gathering):
        if scope in {"", scope_of(posted.channel)}:
            once = channel_reminder_key(posted.channel, gathering.id, starts_at, offset)
            reminder = enqueue.in_channel(kind, once, posted, starts_at, now, expires_at)
            reminders.append(replace(reminder, gathering=gathering.id, offset=offset))
    return reminders


def skip_past_batches(uow: UnitOfWork, config: Config, moved: Gathering, now: datetime) -> None:
    """A move notifies everyone of the new time at once, so batches of the new start that are overdue do not run.

    But for the facilitators': nobody has told them how to begin.
    """
    for batch in batches.batches_of(moved, config.reminders, config.channel_reminders):
        if batches.due_at(batch) <= now and audience(batch.kind) is not Audience.FACILITATORS:
            uow.notifications.mark_batch(moved, batch.kind, batch.offset, complete=True)
