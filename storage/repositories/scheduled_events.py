"""Gatherings as scheduled events in the platforms' own calendars, as they were last written there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, and_, bindparam, delete, exists, or_, select

from bot.addresses import Address
from bot.announcements.scheduled_events import EventDiff, ScheduledEvent
from bot.gatherings.model import Status
from storage.engine.statements import insert_or_replace
from storage.repositories.addresses import same_address
from storage.repositories.gathering_rows import COLUMNS, read_gathering
from storage.repositories.repository import Repository
from storage.schema import announcements, gatherings, happenings, servers

_announced = gatherings.alias("announced")
"""The gathering that an announcement is about: this one, or a part of the same series."""
_g, _a, _s, _e, _f = gatherings.c, announcements.c, servers.c, happenings.c, _announced.c
_is_about: ColumnElement[bool] = or_(_f.id == _g.id, _f.series == _g.series)
_is_posted = and_(_a.gathering == _f.id, _a.platform == bindparam("of_platform"), _a.message != "")
_same_channel = same_address(servers, announcements)
_IS_UPCOMING = (_g.status == Status.PUBLISHED.value, _g.ends_at > bindparam("now"))
_within: BindParameter[str] = bindparam("within", expanding=True)
_excluded: BindParameter[str] = bindparam("excluded", expanding=True)

_with_posts = gatherings.join(_announced, _is_about).join(announcements, _is_posted)
_UNKNOWN_CHANNELS = (
    select(_a.account)
    .distinct()
    .select_from(_with_posts.outerjoin(servers, _same_channel))
    .where(*_IS_UPCOMING, _s.server.is_(None), _a.account.not_in(_excluded))
    .order_by(_a.account)
    .limit(bindparam("limit"))
)
_STALE = (
    select(*COLUMNS, _s.server, _e.number, _e.revision.label("sent_revision"), _e.home)
    .distinct()
    .select_from(
        _with_posts.join(servers, _same_channel).outerjoin(
            happenings, and_(_e.gathering == _g.id, _e.server == _s.server)
        )
    )
    .where(
        *_IS_UPCOMING,
        _s.server.in_(_within),
        _s.server.not_in(_excluded),
        or_(
            # No event is created for what has begun.
            and_(_e.number.is_(None), _g.starts_at > bindparam("now")),
            and_(_e.number != "", or_(_e.revision != _g.revision, _e.home != bindparam("home"))),
        ),
    )
    .order_by(_g.starts_at, _g.id, _s.server)
    .limit(bindparam("limit"))
)  # fmt: skip
_EXISTING = (
    select(happenings)
    .select_from(gatherings.join(happenings, _e.gathering == _g.id))
    .where(
        # Both are listed, so that the index on status and end is used.
        _g.status.in_([Status.PUBLISHED.value, Status.CANCELLED.value]),
        _g.ends_at > bindparam("now"),
        _e.number != "",
        _e.server.not_in(_excluded),
    )
    .order_by(_g.starts_at, _e.gathering, _e.server)
    .limit(bindparam("limit"))
)
_SUPERFLUOUS = _EXISTING.where(
    or_(
        _g.status == Status.CANCELLED.value,
        _e.server.not_in(_within),
        ~exists(
            select(_a.id)
            .select_from(_announced.join(announcements, _is_posted).join(servers, _same_channel))
            .where(_is_about, _s.server == _e.server)
            .correlate(gatherings, happenings)
        ),
    )
)
_SAVE_SERVER = insert_or_replace(servers)
_SAVE = insert_or_replace(happenings)
_DELETE = delete(happenings).where(_e.gathering == bindparam("gathering_id"), _e.server == bindparam("on_server"))


class SqlScheduledEventRepository(Repository):
    def diff(
        self,
        platform: str,
        home: str,
        now: datetime,
        *,
        within: Collection[str],
        excluded: Collection[str] = (),
        limit: int,
    ) -> EventDiff:
        parameters: dict[str, object] = {"now": now, "excluded": sorted(excluded), "limit": limit}
        if not home:
            return EventDiff(superfluous=[_event(row) for row in self._all(_EXISTING, **parameters)])
        unknown = parameters | {"of_platform": platform}
        parameters |= {"of_platform": platform, "within": sorted({*within} - {""})}
        return EventDiff(
            unknown=[Address(platform, row.account) for row in self._all(_UNKNOWN_CHANNELS, **unknown)],
            superfluous=[_event(row) for row in self._all(_SUPERFLUOUS, **parameters)],
            stale=[
                (
                    read_gathering(row),
                    row.server,
                    None
                    if row.number is None
                    else ScheduledEvent(row.id, row.server, row.number, row.sent_revision, row.home),
                )
                for row in self._all(_STALE, home=home, **parameters)
            ],
        )

    def save_server(self, channel: Address, server: str) -> None:
        self._do(_SAVE_SERVER, platform=channel.platform, account=channel.account, server=server)

    def save(self, event: ScheduledEvent) -> None:
        self._do(_SAVE, **asdict(event))

    def remove(self, gathering: int, server: str) -> None:
        self._do(_DELETE, gathering_id=gathering, on_server=server)


def _event(row: Row[Any]) -> ScheduledEvent:
    return ScheduledEvent(row.gathering, row.server, row.number, row.revision, row.home)
