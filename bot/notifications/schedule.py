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


def plan(books: UnitOfWork, house: Config, now: datetime) -> None:
    """Posts every notice of every wave that is due. Cost follows the gatherings near `now`, not what is stored."""
    near = _starting_soon(books, house, now)
    done = books.waves([each.id for each in near])
    for gathering in near:
        waves = list(batches.batches_of(gathering, house.reminders, house.channel_reminders))
        if not batches.batches_due(waves, done, batches.LONGEST_LEAD_TIME, now):
            continue
        ahead = batches.lead_time(books.registrant_count(gathering.id), house.per_minute)
        due = batches.batches_due(waves, done, ahead, now)
        if due:
            _run_batches(books, gathering, due, now)


def _starting_soon(books: UnitOfWork, house: Config, now: datetime) -> list[Gathering]:
    furthest = max((*house.reminders, *house.channel_reminders, timedelta(0)))
    return books.near(now - LOOK_BACK, now + furthest + batches.LONGEST_LEAD_TIME)


def _run_batches(books: UnitOfWork, gathering: Gathering, due: Sequence[ReminderBatch], now: datetime) -> None:
    books.post(batches.batch_notifications(due, books.registrants(gathering.id), now))
    in_channels = [wave for wave in due if wave.kind is NotificationKind.CHANNEL_REMINDER]
    if in_channels and gathering.doors(now) in {Doors.EARLY, Doors.OPEN}:
        nearest = min(in_channels, key=lambda wave: wave.lead)
        books.post(_channel_notice(books, nearest, now))
    for wave in due:
        books.mark_wave(gathering, wave.kind, wave.lead, wave.complete)


def _channel_notice(books: UnitOfWork, wave: ReminderBatch, now: datetime) -> list[Notification]:
    return channel_reminders(books, wave.gathering, wave.lead, batches.expires_at(wave), now)


def channel_reminders(
    books: UnitOfWork, gathering: Gathering, lead: timedelta, expires_at: datetime, now: datetime, platform: str = ""
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
        for each in books.announcements(gathering)
        if platform in {"", each.channel.platform}
    ]


def skip_past_waves(books: UnitOfWork, house: Config, moved: Gathering, now: datetime) -> None:
    """After a move everyone is told the new time at once, so waves of the new start that would be overdue rest."""
    for wave in batches.batches_of(moved, house.reminders, house.channel_reminders):
        if batches.due_at(wave) <= now:
            books.mark_wave(moved, wave.kind, wave.lead, complete=True)


def next_instant(books: UnitOfWork, house: Config, planned_at: datetime, now: datetime) -> datetime | None:
    """When there is something to do next, as far as can be told now; None when nothing is near.

    It may be past: what fell due since `planned_at`, while others were told, is to be planned at once.
    """
    near = _starting_soon(books, house, now)
    done = books.waves([each.id for each in near])
    instants = [
        batches.due_at(wave)
        for gathering in near
        for wave in batches.batches_of(gathering, house.reminders, house.channel_reminders)
        if done.get((gathering.id, gathering.starts_at, wave.kind, wave.lead)) is not True
    ]
    waiting = books.next_due()
    if waiting is not None:
        # What is due already and still waits, waits for its platform's pace.
        instants.append(max(waiting, now + PACE_WINDOW))
    return min((at for at in instants if at > planned_at), default=None)


def room(books: UnitOfWork, house: Config, platform: str, most: int, now: datetime) -> int:
    """How many direct messages may be begun on a platform now: its pace, less what every worker began lately."""
    pace = house.per_minute.get(platform)
    if pace is None:
        return most
    allowed = max(1, round(pace * PACE_WINDOW.total_seconds() / 60))
    # A pace slower than one a window stretches the window instead.
    window = max(PACE_WINDOW, timedelta(seconds=60 / pace))
    just_after = timedelta(milliseconds=1)  # what began exactly one window ago makes room for the next
    # What seems to begin far ahead was begun by a clock that was wrong, and must not hold up everything until then.
    begun = books.lately(platform, now - window + just_after, now + window)
    return max(0, min(most, allowed - begun))
