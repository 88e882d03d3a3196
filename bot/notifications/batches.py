"""Which notices are due at `now`. Pure: derived from what is true, so there is nothing to unschedule.

A *wave* is one round of notices about one gathering at one start: all reminders `lead` before it, the one
post in the channels, or the word of thanks afterwards. A wave begins early enough that a paced platform has
told the last registrant in time, and is completed at its own instant for those who registered meanwhile.
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

AFTERWARDS_FOR = timedelta(hours=12)
"""A word of thanks is kind on the same evening and odd a day later."""
LONGEST_LEAD_TIME = timedelta(hours=6)
MARGIN = 1.1
"""A platform is never told at exactly its pace: waking and sending take their time too."""


@dataclass(frozen=True, slots=True)
class ReminderBatch:
    gathering: Gathering
    kind: NotificationKind
    lead: timedelta
    complete: bool
    """Its own instant has come: nobody can join this wave any more."""


def batches_of(
    gathering: Gathering, leads: Sequence[timedelta], channel_leads: Sequence[timedelta]
) -> Iterator[ReminderBatch]:
    """Every wave that a gathering will ever have, regardless of the time."""
    for lead in leads:
        yield ReminderBatch(gathering, NotificationKind.REMINDER, lead, complete=False)
    for lead in channel_leads:
        yield ReminderBatch(gathering, NotificationKind.CHANNEL_REMINDER, lead, complete=False)
    yield ReminderBatch(gathering, NotificationKind.AFTERWARDS, -gathering.duration, complete=False)


def due_at(wave: ReminderBatch) -> datetime:
    """The promised time of a wave; its lead is negative for what is said afterwards."""
    return wave.gathering.starts_at - wave.lead


def expires_at(wave: ReminderBatch) -> datetime:
    if wave.kind is NotificationKind.AFTERWARDS:
        return wave.gathering.ends_at + AFTERWARDS_FOR
    return admission_model.closes_at(wave.gathering)


def lead_time(registrants: Mapping[str, int], per_minute: Mapping[str, int]) -> timedelta:
    """How long a paced fan-out to so many registrants takes, platform by platform at once."""
    longest = max((count / per_minute[name] for name, count in registrants.items() if name in per_minute), default=0.0)
    # A fan-out that takes under a minute needs no head start: a reminder 20 seconds early helps nobody.
    return min(timedelta(minutes=longest * MARGIN), LONGEST_LEAD_TIME) if longest >= 1 else timedelta(0)


def batches_due(
    planned_waves: Sequence[ReminderBatch],
    done: Mapping[tuple[int, datetime, NotificationKind, timedelta], bool],
    ahead: timedelta,
    now: datetime,
) -> list[ReminderBatch]:
    """The waves to run now: those begun `ahead` of their instant, and again those whose instant has come."""
    due = []
    for wave in planned_waves:
        before = done.get((wave.gathering.id, wave.gathering.starts_at, wave.kind, wave.lead))
        early = ahead if wave.kind is NotificationKind.REMINDER else timedelta(0)
        if before is True or now < due_at(wave) - early or (before is False and now < due_at(wave)):
            continue
        due.append(ReminderBatch(wave.gathering, wave.kind, wave.lead, complete=now >= due_at(wave)))
    return due


def batch_notifications(
    waves: Sequence[ReminderBatch], registrants: Sequence[Registrant], now: datetime
) -> Iterator[Notification]:
    """What the due reminder and afterwards waves of ONE gathering say, and to whom.

    Each registrant hears the nearest reminder alone; further ones that were overdue too are recorded as
    missed. Nobody hears one whose time was already past when they registered.
    """
    reminders = sorted((wave for wave in waves if wave.kind is NotificationKind.REMINDER), key=lambda wave: wave.lead)
    for registrant in registrants:
        nearest_found = False
        for wave in reminders:
            if wave.lead in registrant.muted or registrant.registered_at > due_at(wave):
                continue
            yield _notification(
                wave, registrant, now, missed=nearest_found or not _reminds(wave.gathering, registrant, now)
            )
            nearest_found = True
        for wave in waves:
            thanked = registrant.admitted and registrant.afterwards and registrant.by_direct_message
            if wave.kind is NotificationKind.AFTERWARDS and thanked and now < expires_at(wave):
                yield _notification(wave, registrant, now, missed=False)


def _reminds(gathering: Gathering, registrant: Registrant, now: datetime) -> bool:
    shut = gathering.doors(now) not in {Doors.EARLY, Doors.OPEN}
    return registrant.by_direct_message and not registrant.admitted and not shut


def _notification(wave: ReminderBatch, to: Registrant, now: datetime, *, missed: bool) -> Notification:
    return Notification(
        key=key(wave.kind, to=to.member, about=wave.gathering.id, at=wave.gathering.starts_at, lead=wave.lead),
        kind=wave.kind,
        gathering=wave.gathering.id,
        platform=to.platform,
        member=to.member,
        due_at=now,
        expires_at=expires_at(wave),
        starts_at=wave.gathering.starts_at,
        lead=wave.lead,
        state=Receipt.MISSED if missed else Receipt.WAITING,
    )
