"""Renders what is posted in channels, and what takes its place there once the gathering has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.admission import model as admission_model
from bot.admission import waiting
from bot.admission.model import Doors
from bot.announcements import texts as announcement_texts
from bot.announcements.model import offered_parts
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.i18n import locale_at
from bot.notifications import texts
from bot.notifications.model import Notification, NotificationKind, Receipt, channel_reminder_key
from bot.notifications.rendered import Deferred, Delivery, Dropped
from bot.registrations import what_follows
from bot.unit_of_work import UnitOfWork

Outcome = Delivery | Dropped | Deferred
Post = Callable[[UnitOfWork, Config, Notification, Gathering, datetime], Outcome]

# One that was worded before would undo a later one, were it the last to arrive.
_EARLIER_EDIT = Deferred("an earlier change of it is under way")


def announcement(
    uow: UnitOfWork, config: Config, notification: Notification, gathering: Gathering, now: datetime
) -> Outcome:
    """The announcement, or the edit of one."""
    posted = uow.announcements.get(notification.announcement) if notification.announcement is not None else None
    if posted is None:
        return Dropped(Receipt.DROPPED, "the announcement is gone")
    amends = notification.kind is NotificationKind.AMENDMENT
    if amends and not posted.message:
        return Deferred("the announcement does not stand yet")
    if amends and uow.notifications.is_being_edited(notification):
        return _EARLIER_EDIT
    parts = uow.gatherings.parts(gathering)
    if not amends and all(now >= part.ends_at for part in parts):
        return Dropped(Receipt.TOO_LATE, "it is over")
    locale = locale_at(config.language, gathering.zone, now)
    view = announcement_texts.announcement(locale, config, gathering, parts, offered_parts(parts, now))
    return Delivery(posted.channel, view, locale, amends=posted.message if amends else "")


def reminder(
    uow: UnitOfWork, config: Config, notification: Notification, gathering: Gathering, now: datetime
) -> Outcome:
    doors_shut = gathering.doors(now) not in {Doors.EARLY, Doors.OPEN}
    if doors_shut or now >= admission_model.closes_at(gathering):
        return Dropped(Receipt.TOO_LATE, "the doors have closed")
    posted = uow.announcements.get(notification.announcement) if notification.announcement is not None else None
    if posted is None or not posted.message:
        return Dropped(Receipt.DROPPED, "it was never announced there")
    locale = locale_at(config.language, gathering.zone, now)
    view = texts.channel_reminder(locale, gathering, now, what_follows.coming(uow, now, gathering))
    return Delivery(posted.channel, view, locale)


def amended_reminder(
    uow: UnitOfWork, config: Config, notification: Notification, gathering: Gathering, now: datetime
) -> Outcome:
    """The edit of a reminder that stands already; its start and offset say which one."""
    channel, reminded_of = notification.channel, notification.starts_at
    key = channel_reminder_key(channel, gathering.id, reminded_of, notification.offset)
    if uow.notifications.is_pending(key):
        return Deferred("the reminder does not stand yet")
    message = uow.notifications.posted(key)
    if channel is None or not message:
        return Dropped(Receipt.DROPPED, "the reminder was never posted")
    if uow.notifications.is_being_edited(notification):
        return _EARLIER_EDIT
    locale = locale_at(config.language, gathering.zone, now)
    doors = gathering.doors(now)
    may_come_in = doors in {Doors.EARLY, Doors.OPEN} or waiting.may_wait(uow, gathering, config.unused_places, now)
    if not may_come_in:
        view = texts.channel_reminder_withdrawn(locale, gathering, doors)
    else:
        moved_from = None if gathering.starts_at == reminded_of else reminded_of
        view = texts.channel_reminder(locale, gathering, now, what_follows.coming(uow, now, gathering), moved_from)
    return Delivery(channel, view, locale, amends=message)
