"""Turns what is true into notices: runs the waves that are due, inside one transaction."""

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
"""Longer than a gathering and its word of thanks together: what began earlier has nothing left to say."""
PACE_WINDOW = timedelta(seconds=6)
"""Over which the pace of a platform is kept: short, so that messages trickle rather than burst."""


def plan(uow: UnitOfWork, config: Config, now: datetime) -> None:
    """Posts every notice of every wave that is due. Cost follows the gatherings near `now`, not what is stored."""
    near = _starting_soon(uow, config, now)
    done = uow.notifications.batches([each.id for each in near])
    for gathering in near:
        waves = list(batches.batches_of(gathering, config.reminders, config.channel_reminders))
        if not batches.batches_due(waves, done, batches.LONGEST_LEAD_TIME, now):
            continue
        ahead = batches.lead_time(uow.registrations.count_by_platform(gathering.id), config.per_minute)
        due = batches.batches_due(waves, done, ahead, now)
        if due:
            _run_batches(uow, gathering, due, now)


def _starting_soon(uow: UnitOfWork, config: Config, now: datetime) -> list[Gathering]:
    furthest = max((*config.reminders, *config.channel_reminders, timedelta(0)))
    return uow.gatherings.starting_between(now - LOOK_BACK, now + furthest + batches.LONGEST_LEAD_TIME)


def _run_batches(uow: UnitOfWork, gathering: Gathering, due: Sequence[ReminderBatch], now: datetime) -> None:
    uow.notifications.add(batches.batch_notifications(due, uow.registrations.registrants(gathering.id), now))
    in_channels = [wave for wave in due if wave.kind is NotificationKind.CHANNEL_REMINDER]
    if in_channels and gathering.doors(now) in {Doors.EARLY, Doors.OPEN}:
        nearest = min(in_channels, key=lambda wave: wave.lead)
        uow.notifications.add(_channel_notice(uow, nearest, now))
    for wave in due:
        uow.notifications.mark_batch(gathering, wave.kind, wave.lead, wave.complete)


def _channel_notice(uow: UnitOfWork, wave: ReminderBatch, now: datetime) -> list[Notification]:
    return channel_reminders(uow, wave.gathering, wave.lead, batches.expires_at(wave), now)


def channel_reminders(
    uow: UnitOfWork, gathering: Gathering, lead: timedelta, expires_at: datetime, now: datetime, platform: str = ""
) -> list[Notification]:
    """The one post in each channel where it was announced; with `platform`, in those of this platform alone."""
    return [
        Notification(
            key=key(
                NotificationKind.CHANNEL_REMINDER,
                to=each.channel,
                about=gathering.id,
                at=gathering.starts_at,
                lead=lead,
            ),
            kind=NotificationKind.CHANNEL_REMINDER,
            gathering=gathering.id,
            platform=each.channel.platform,
            channel=each.channel,
            announcement=each.id,
            due_at=now,
            expires_at=expires_at,
            starts_at=gathering.starts_at,
            lead=lead,
        )
        for each in uow.announcements.list_for(gathering)
        if platform in {"", each.channel.platform}
    ]


def skip_past_waves(uow: UnitOfWork, config: Config, moved: Gathering, now: datetime) -> None:
    """After a move everyone is told the new time at once, so waves of the new start that would be overdue rest."""
    for wave in batches.batches_of(moved, config.reminders, config.channel_reminders):
        if batches.due_at(wave) <= now:
            uow.notifications.mark_batch(moved, wave.kind, wave.lead, complete=True)


def next_instant(uow: UnitOfWork, config: Config, planned_at: datetime, now: datetime) -> datetime | None:
    """When there is something to do next, as far as can be told now; None when nothing is near.

    It may be past: what fell due since `planned_at`, while others were told, is to be planned at once.
    """
    near = _starting_soon(uow, config, now)
    done = uow.notifications.batches([each.id for each in near])
    instants = [
        batches.due_at(wave)
        for gathering in near
        for wave in batches.batches_of(gathering, config.reminders, config.channel_reminders)
        if done.get((gathering.id, gathering.starts_at, wave.kind, wave.lead)) is not True
    ]
    waiting = uow.notifications.next_due()
    if waiting is not None:
        # What is due already and still waits, waits for its platform's pace.
        instants.append(max(waiting, now + PACE_WINDOW))
    return min((at for at in instants if at > planned_at), default=None)


def room(uow: UnitOfWork, config: Config, platform: str, most: int, now: datetime) -> int:
    """How many direct messages may be begun on a platform now: its pace, less what every worker began lately."""
    pace = config.per_minute.get(platform)
    if pace is None:
        return most
    allowed = max(1, round(pace * PACE_WINDOW.total_seconds() / 60))
    # A pace slower than one a window stretches the window instead.
    window = max(PACE_WINDOW, timedelta(seconds=60 / pace))
    just_after = timedelta(milliseconds=1)  # what began exactly one window ago makes room for the next
    # What seems to begin far ahead was begun by a clock that was wrong, and must not hold up everything until then.
    begun = uow.notifications.count_recent(platform, now - window + just_after, now + window)
    return max(0, min(most, allowed - begun))
