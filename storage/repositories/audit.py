"""The log of what facilitators did."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, bindparam, or_, select

from bot.addresses import Address
from bot.audit.model import Act, ActKind, Actor, LogEntry
from storage.engine.statements import insert
from storage.repositories.gathering_rows import safe_title
from storage.repositories.repository import Repository
from storage.schema import acts, gatherings

_a = acts.c
_ADD = insert(acts)
_LOG = (
    select(acts, gatherings.c.title, gatherings.c.part, gatherings.c.parts)
    .select_from(acts.outerjoin(gatherings, gatherings.c.id == _a.gathering))
    .order_by(_a.id.desc())
)
_PAGE = (
    _LOG.where(or_(bindparam("last_id") == 0, _a.id <= bindparam("last_id")))
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_PAGE_OF_GATHERINGS = _PAGE.where(_a.gathering.in_(bindparam("gathering_ids", expanding=True)))


class SqlAuditRepository(Repository):
    def add(self, act: Act) -> None:
        by, about = act.by, act.about
        self._do(
            _ADD,
            at=act.at,
            kind=act.kind.value,
            platform=by.platform if isinstance(by, Address) else by.value,
            account=by.account if isinstance(by, Address) else "",
            gathering=act.gathering,
            topic=act.topic,
            about_platform=about.platform if about else None,
            about_account=about.account if about else None,
            number=act.count,
            from_at=act.from_at,
            to_at=act.to_at,
            fields=",".join(act.fields),
        )

    def entries(
        self, *, limit: int | None = None, offset: int = 0, upto: int = 0, gatherings: Collection[int] = ()
    ) -> list[LogEntry]:
        if limit is None:
            return [_log_entry(row) for row in self._all(_LOG)]
        if gatherings:
            rows = self._all(
                _PAGE_OF_GATHERINGS, last_id=upto, limit=limit, offset=offset, gathering_ids=sorted(gatherings)
            )
        else:
            rows = self._all(_PAGE, last_id=upto, limit=limit, offset=offset)
        return [_log_entry(row) for row in rows]


def _log_entry(row: Row[Any]) -> LogEntry:
    by = Address(row.platform, row.account) if row.account else Actor(row.platform)
    act = Act(
        kind=ActKind(row.kind),
        at=row.at,
        by=by,
        gathering=row.gathering,
        topic=row.topic,
        about=Address(row.about_platform, row.about_account) if row.about_platform else None,
        count=row.number,
        from_at=row.from_at,
        to_at=row.to_at,
        fields=tuple(row.fields.split(",")) if row.fields else (),
    )
    return LogEntry(row.id, act, safe_title(row.title or ""), row.part or 1, row.parts or 1)
