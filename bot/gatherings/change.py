"""Keeping a change to a gathering, with everything that follows from it for others: one transaction."""

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
    """Keeps `after` in place of `before`, and has the posts edited; returns the registrants told that it moved."""
    moved = after.starts_at != before.starts_at
    if moved:
        after = replace(after, opened_at=None, closed_at=None)
    saved = uow.gatherings.save(after, now)
    if saved.admitted and now < admission_model.opens_at(saved):
        uow.admission.clear(saved.id)  # whoever was in was in at a time that is no more
    notified = set[int]()
    if moved and not before.cancelled:
        notified = enqueue.notify_registrants(uow, saved, NotificationKind.MOVED, now)
        schedule.skip_past_batches(uow, config, saved, now)
    enqueue.update_announcements(uow, saved, now)
    return notified


def use_link(uow: UnitOfWork, gathering: Gathering, link: ZoomLink) -> None:
    """From now on everybody is led there, also those who have a link of their own to a meeting the bot made."""
    uow.gatherings.set_zoom_link(gathering.id, link)
    meeting = uow.meetings.get(gathering.id)
    if meeting is not None:
        uow.meetings.save(replace(meeting, standing=MeetingState.GONE))
