"""Saves a change to a gathering, and adds the notifications that follow from it; in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.admission import model as admission_model
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.meetings.model import MeetingState
from bot.notifications import enqueue, schedule
from bot.notifications.model import NotificationKind
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork


def change(uow: UnitOfWork, config: Config, before: Gathering, after: Gathering, now: datetime) -> set[int]:
    """Saves `after` in place of `before`, and edits the announcements; returns the members notified of a move."""
    moved = after.starts_at != before.starts_at
    if moved:
        after = replace(after, opened_at=None, closed_at=None, moved_from=_announced_start(uow, before, after))
    saved = uow.gatherings.save(after, now)
    if moved and saved.admitted and now < admission_model.opens_at(saved):
        uow.admission.clear(saved.id)  # they came in at the old time
    notified = set[int]()
    if moved and not before.cancelled:
        notified = enqueue.notify_registrants(uow, saved, NotificationKind.MOVED, now, before.starts_at)
        schedule.skip_past_batches(uow, config, saved, now)
    enqueue.update_announcements(uow, saved, now)
    return notified


def _announced_start(uow: UnitOfWork, before: Gathering, after: Gathering) -> datetime | None:
    """What its posts first said, where it is another than now; nothing where it stands in no channel yet."""
    first = before.moved_from or (before.starts_at if enqueue.is_announced(uow, before) else None)
    return None if first == after.starts_at else first


def changed_rule(before: Gathering, after: Gathering) -> tuple[str, ...]:
    """What of the door rule and the length differs, as the log of acts names it."""
    old, new = before.door_rule, after.door_rule
    changed = {
        "limit": old.limit != new.limit,
        "doors_open": old.opens_before != new.opens_before,
        "late_entry": old.late_entry != new.late_entry,
        "duration": before.duration != after.duration,
    }
    return tuple(name for name, differs in changed.items() if differs)


def use_link(uow: UnitOfWork, gathering: Gathering, link: ZoomLink, now: datetime) -> Gathering:
    """From now on everybody gets this link, also who has a personal link to a meeting that the bot made.

    Where the room is elsewhere than before, calendars and posts, which name its host, are changed with it.
    """
    uow.gatherings.set_zoom_link(gathering.id, link)
    meeting = uow.meetings.get(gathering.id)
    if meeting is not None:
        uow.meetings.save(replace(meeting, standing=MeetingState.GONE))
    current = uow.gatherings.get(gathering.id)
    if current is None or current.place == gathering.place:
        return gathering
    saved = uow.gatherings.save(current, now)
    enqueue.update_announcements(uow, saved, now)
    return saved
