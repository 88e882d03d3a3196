"""Public posts that stay in step with their gathering."""

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
from storage.repositories.repository import Repository
from storage.schema import announcements, gatherings, notices

_a = announcements.c
_ANNOUNCE = insert(announcements).on_conflict_do_nothing()
_COLUMNS = (_a.id, _a.gathering, _a.platform, _a.account, _a.message)
_BY_PLACE = select(*_COLUMNS).where(
    _a.gathering == bindparam("what"), _a.platform == bindparam("on"), _a.account == bindparam("as_")
)
_BY_ID = select(*_COLUMNS).where(_a.id == bindparam("which"))
_ABOUT = select(*_COLUMNS).where(_a.gathering == bindparam("what")).order_by(_a.id)
_ABOUT_SERIES = (
    select(*_COLUMNS)
    .where(
        or_(
            _a.gathering == bindparam("what"),
            _a.gathering.in_(select(gatherings.c.id).where(gatherings.c.series == bindparam("series"))),
        )
    )
    .order_by(_a.id)
)
_n = notices.c
# Locked: no worker begins to post one while the gathering that it is about is being changed.
_SCHEDULED = (
    select(*_COLUMNS, _n.due_at)
    .select_from(announcements.join(notices, _n.announcement == _a.id))
    .where(
        _a.gathering.in_(bindparam("which", expanding=True)),
        _n.kind == NotificationKind.ANNOUNCEMENT.value,
        _n.state == Receipt.WAITING.value,
        _n.attempts == 0,
        _n.due_at > bindparam("now"),
    )
    .order_by(_n.due_at, _a.id)
    .with_for_update(of=notices)
)
_ITS_POST = (
    select(_n.id, _n.state, _n.attempts)
    .where(_n.announcement == bindparam("which"), _n.kind == NotificationKind.ANNOUNCEMENT.value)
    .with_for_update()
)
_FORGET_NOTICES = delete(notices).where(_n.announcement == bindparam("which"))
_WITHDRAW = delete(announcements).where(_a.id == bindparam("which"), _a.message == "")
_POSTED = update(announcements).where(_a.id == bindparam("which"))


class SqlAnnouncementRepository(Repository):
    __slots__ = ()

    def add(self, gathering: int, channel: Address) -> Announcement:
        self._do(_ANNOUNCE, gathering=gathering, platform=channel.platform, account=channel.account)
        row = self._one(_BY_PLACE, what=gathering, on=channel.platform, as_=channel.account)
        if row is None:
            raise LookupError(f"the announcement of gathering {gathering} just kept is not there")
        return _announcement(row)

    def get(self, announcement: int) -> Announcement | None:
        row = self._one(_BY_ID, which=announcement)
        return None if row is None else _announcement(row)

    def list_for(self, gathering: Gathering) -> list[Announcement]:
        if gathering.series is None:
            rows = self._all(_ABOUT, what=gathering.id)
        else:
            rows = self._all(_ABOUT_SERIES, what=gathering.id, series=gathering.series)
        return [_announcement(row) for row in rows]

    def mark_posted(self, announcement: int, message: str) -> None:
        self._do(_POSTED, which=announcement, message=message)

    def scheduled(self, gatherings: Collection[int], now: datetime) -> list[ScheduledAnnouncement]:
        if not gatherings:
            return []
        return [
            ScheduledAnnouncement(_announcement(row), row.due_at)
            for row in self._all(_SCHEDULED, which=sorted(gatherings), now=now)
        ]

    def withdraw(self, announcement: int) -> bool:
        kept = self.get(announcement)
        under_way = any(
            row.state == Receipt.CLAIMED.value or (row.state == Receipt.WAITING.value and row.attempts)
            for row in self._all(_ITS_POST, which=announcement)
        )
        if kept is None or kept.message or under_way:
            return False
        self._do(_FORGET_NOTICES, which=announcement)
        return self._changed(_WITHDRAW, which=announcement) == 1


def _announcement(row: Row[Any]) -> Announcement:
    return Announcement(row.id, row.gathering, Address(row.platform, row.account), row.message)
