"""Gatherings in the lists of what is coming up that servers keep themselves: as they were last told of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, and_, bindparam, delete, exists, or_, select

from bot.addresses import Address
from bot.announcements.scheduled_events import EventDiff, ScheduledEvent
from bot.gatherings.model import Status
from storage.engine.statements import insert
from storage.repositories.gatherings import COLUMNS, read_gathering
from storage.repositories.repository import Repository
from storage.schema import announcements, gatherings, happenings, servers

_named = gatherings.alias("named")
"""The gathering that an announcement names: this one, or a part of the same series."""
_g, _a, _s, _h, _f = gatherings.c, announcements.c, servers.c, happenings.c, _named.c
_about: ColumnElement[bool] = or_(_f.id == _g.id, _f.series == _g.series)
_standing = and_(_a.gathering == _f.id, _a.platform == bindparam("on"), _a.message != "")
_where = and_(_s.platform == _a.platform, _s.account == _a.account)
_coming = (_g.status == Status.PUBLISHED.value, _g.ends_at > bindparam("now"))
_within: BindParameter[str] = bindparam("within", expanding=True)
_awake: BindParameter[str] = bindparam("resting", expanding=True)

_announced = gatherings.join(_named, _about).join(announcements, _standing)
_STRANGE = (
    select(_a.account)
    .distinct()
    .select_from(_announced.outerjoin(servers, _where))
    .where(*_coming, _s.server.is_(None), _a.account.not_in(_awake))
    .order_by(_a.account)
    .limit(bindparam("most"))
)
_STALE = (
    select(*COLUMNS, _s.server, _h.number, _h.revision.label("told"), _h.home)
    .distinct()
    .select_from(
        _announced.join(servers, _where).outerjoin(
            happenings, and_(_h.gathering == _g.id, _h.server == _s.server)
        )
    )
    .where(
        *_coming,
        _s.server.in_(_within),
        _s.server.not_in(_awake),
        or_(
            # Nothing is put up that has begun.
            and_(_h.number.is_(None), _g.starts_at > bindparam("now")),
            and_(_h.number != "", or_(_h.revision != _g.revision, _h.home != bindparam("home"))),
        ),
    )
    .order_by(_g.starts_at, _g.id, _s.server)
    .limit(bindparam("most"))
)  # fmt: skip
_THERE = (
    select(happenings)
    .select_from(gatherings.join(happenings, _h.gathering == _g.id))
    .where(
        # Both, by name, so that the index on status and end narrows them to what is still to end.
        _g.status.in_([Status.PUBLISHED.value, Status.CANCELLED.value]),
        _g.ends_at > bindparam("now"),
        _h.number != "",
        _h.server.not_in(_awake),
    )
    .order_by(_g.starts_at, _h.gathering, _h.server)
    .limit(bindparam("most"))
)
_SUPERFLUOUS = _THERE.where(
    or_(
        _g.status == Status.CANCELLED.value,
        _h.server.not_in(_within),
        ~exists(
            select(_a.id)
            .select_from(_named.join(announcements, _standing).join(servers, _where))
            .where(_about, _s.server == _h.server)
            .correlate(gatherings, happenings)
        ),
    )
)
_KEEP_SERVER = insert(servers)
_KEEP_SERVER = _KEEP_SERVER.on_conflict_do_update(
    index_elements=[_s.platform, _s.account], set_={"server": _KEEP_SERVER.excluded.server}
)
_KEEP = insert(happenings)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=[_h.gathering, _h.server],
    set_={name: _KEEP.excluded[name] for name in ("number", "revision", "home")},
)
_FORGET = delete(happenings).where(_h.gathering == bindparam("what"), _h.server == bindparam("there"))


class SqlScheduledEventRepository(Repository):
    __slots__ = ()

    def diff(
        self,
        platform: str,
        home: str,
        now: datetime,
        *,
        within: Collection[str],
        resting: Collection[str] = (),
        limit: int,
    ) -> EventDiff:
        given: dict[str, object] = {"now": now, "resting": sorted(resting), "most": limit}
        if not home:
            return EventDiff(superfluous=[_happening(row) for row in self._all(_THERE, **given)])
        strange = given | {"on": platform}
        given |= {"on": platform, "within": sorted({*within} - {""})}
        return EventDiff(
            unknown=[Address(platform, row.account) for row in self._all(_STRANGE, **strange)],
            superfluous=[_happening(row) for row in self._all(_SUPERFLUOUS, **given)],
            stale=[
                (
                    read_gathering(row),
                    row.server,
                    None if row.number is None else ScheduledEvent(row.id, row.server, row.number, row.told, row.home),
                )
                for row in self._all(_STALE, home=home, **given)
            ],
        )

    def save_server(self, channel: Address, server: str) -> None:
        self._do(_KEEP_SERVER, platform=channel.platform, account=channel.account, server=server)

    def save(self, happening: ScheduledEvent) -> None:
        self._do(
            _KEEP,
            gathering=happening.gathering,
            server=happening.server,
            number=happening.number,
            revision=happening.revision,
            home=happening.home,
        )

    def remove(self, gathering: int, server: str) -> None:
        self._do(_FORGET, what=gathering, there=server)


def _happening(row: Row[Any]) -> ScheduledEvent:
    return ScheduledEvent(row.gathering, row.server, row.number, row.revision, row.home)
