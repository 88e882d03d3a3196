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
    kept = uow.gatherings.save(after, now)
    if kept.admitted and now < admission_model.opens_at(kept):
        uow.admission.clear(kept.id)  # whoever was in was in at a time that is no more
    told = set[int]()
    if moved and not before.cancelled:
        told = enqueue.notify_registrants(uow, kept, NotificationKind.MOVED, now)
        schedule.skip_past_batches(uow, config, kept, now)
    enqueue.update_announcements(uow, kept, now)
    return told


def use_link(uow: UnitOfWork, gathering: Gathering, link: ZoomLink) -> None:
    """From now on everybody is led there, also those who have a link of their own to a meeting the bot made."""
    uow.gatherings.set_zoom_link(gathering.id, link)
    made = uow.meetings.get(gathering.id)
    if made is not None:
        uow.meetings.save(replace(made, standing=MeetingState.GONE))
