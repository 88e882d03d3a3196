"""What limits sending in a scope: token buckets and pauses that all workers share."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from bot.notifications.send_limits import SendLimits, full
from storage.engine.statements import insert
from storage.repositories.repository import Repository
from storage.schema import send_limits

_BY_SCOPE = select(send_limits).where(send_limits.c.scope == bindparam("scope_name"))
_LOCK = _BY_SCOPE.with_for_update()
_new_limits = insert(send_limits)
_ADD = _new_limits.on_conflict_do_nothing()
_SAVE = _new_limits.on_conflict_do_update(
    index_elements=["scope"],
    set_={column.name: _new_limits.excluded[column.name] for column in send_limits.c if column.name != "scope"},
)


class SqlSendLimitsRepository(Repository):
    __slots__ = ()

    def get(self, scope: str) -> SendLimits | None:
        row = self._one(_BY_SCOPE, scope_name=scope)
        return None if row is None else _limits(row)

    def lock(self, scope: str, now: datetime) -> SendLimits:
        row = self._one(_LOCK, scope_name=scope)
        if row is not None:
            return _limits(row)
        self._changed(_ADD, **asdict(full(scope, now)))
        row = self._one(_LOCK, scope_name=scope)
        if row is None:
            raise LookupError(f"the limits of {scope}, just added, do not exist")
        return _limits(row)

    def save(self, limits: SendLimits) -> None:
        self._changed(_SAVE, **asdict(limits))


def _limits(row: Row[Any]) -> SendLimits:
    return SendLimits(
        scope=row.scope,
        tokens=row.tokens,
        refilled_at=row.refilled_at,
        openings=row.openings,
        openings_refilled_at=row.openings_refilled_at,
        paused_until=row.paused_until,
        lookups_paused_until=row.lookups_paused_until,
        openings_paused_until=row.openings_paused_until,
        reached_per_minute=row.reached_per_minute,
    )
