"""Announcements: posts in channels, kept in line with their gathering."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, or_, select, update

from bot.addresses import Address
from bot.announcements.model import Announcement, ScheduledAnnouncement
from bot.gatherings.model import Gathering
from bot.notifications.model import NotificationKind, Receipt
from storage.engine.statements import insert
from storage.repositories.addresses import at, is_at
from storage.repositories.repository import Repository
from storage.schema import announcements, gatherings, notices

_a = announcements.c
_ADD = insert(announcements).on_conflict_do_nothing()
_COLUMNS = (_a.id, _a.gathering, _a.platform, _a.account, _a.message)
_BY_CHANNEL = select(*_COLUMNS).where(_a.gathering == bindparam("gathering_id"), is_at(announcements))
_BY_ID = select(*_COLUMNS).where(_a.id == bindparam("announcement_id"))
_OF_GATHERING = select(*_COLUMNS).where(_a.gathering == bindparam("gathering_id")).order_by(_a.id)
_OF_SERIES = (
    select(*_COLUMNS)
    .where(
        or_(
            _a.gathering == bindparam("gathering_id"),
            _a.gathering.in_(select(gatherings.c.id).where(gatherings.c.series == bindparam("series_id"))),
        )
    )
    .order_by(_a.id)
)
_n = notices.c
# Locked: no worker begins to post one while its gathering is being changed.
_SCHEDULED = (
    select(*_COLUMNS, _n.due_at)
    .select_from(announcements.join(notices, _n.announcement == _a.id))
    .where(
        _a.gathering.in_(bindparam("gathering_ids", expanding=True)),
        _n.kind == NotificationKind.ANNOUNCEMENT.value,
        _n.state == Receipt.WAITING.value,
        _n.attempts == 0,
        _n.due_at > bindparam("now"),
    )
    .order_by(_n.due_at, _a.id)
    .with_for_update(of=notices)
)
_NOTIFICATION = (
    select(_n.id, _n.state, _n.attempts)
    .where(_n.announcement == bindparam("announcement_id"), _n.kind == NotificationKind.ANNOUNCEMENT.value)
    .with_for_update()
)
_DELETE_NOTIFICATIONS = delete(notices).where(_n.announcement == bindparam("announcement_id"))
_DELETE = delete(announcements).where(_a.id == bindparam("announcement_id"), _a.message == "")
_UPDATE = update(announcements).where(_a.id == bindparam("announcement_id"))
_FORGET_POST = _UPDATE.where(_a.message == bindparam("stored"))


class SqlAnnouncementRepository(Repository):
    def add(self, gathering: int, channel: Address) -> Announcement:
        self._do(_ADD, gathering=gathering, platform=channel.platform, account=channel.account)
        return _announcement(self._only(_BY_CHANNEL, gathering_id=gathering, **at(channel)))

    def get(self, announcement: int) -> Announcement | None:
        row = self._one(_BY_ID, announcement_id=announcement)
        return None if row is None else _announcement(row)

    def list_for(self, gathering: Gathering) -> list[Announcement]:
        if gathering.series is None:
            rows = self._all(_OF_GATHERING, gathering_id=gathering.id)
        else:
            rows = self._all(_OF_SERIES, gathering_id=gathering.id, series_id=gathering.series)
        return [_announcement(row) for row in rows]

    def mark_posted(self, announcement: int, message: str) -> None:
        self._do(_UPDATE, announcement_id=announcement, message=message)

    def forget_post(self, announcement: int, message: str) -> bool:
        return self._changed(_FORGET_POST, announcement_id=announcement, stored=message, message="") == 1

    def scheduled(self, gatherings: Collection[int], now: datetime) -> list[ScheduledAnnouncement]:
        if not gatherings:
            return []
        return [
            ScheduledAnnouncement(_announcement(row), row.due_at)
            for row in self._all(_SCHEDULED, gathering_ids=sorted(gatherings), now=now)
        ]

    def withdraw(self, announcement: int) -> bool:
        stored = self.get(announcement)
        is_being_sent = any(
            row.state == Receipt.CLAIMED.value or (row.state == Receipt.WAITING.value and row.attempts)
            for row in self._all(_NOTIFICATION, announcement_id=announcement)
        )
        if stored is None or stored.message or is_being_sent:
            return False
        self._do(_DELETE_NOTIFICATIONS, announcement_id=announcement)
        return self._changed(_DELETE, announcement_id=announcement) == 1


def _announcement(row: Row[Any]) -> Announcement:
    return Announcement(row.id, row.gathering, Address(row.platform, row.account), row.message)
