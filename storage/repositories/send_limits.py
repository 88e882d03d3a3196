"""What limits sending in a scope: token buckets and pauses that all workers share."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from bot.notifications.send_limits import SendLimits, full
from storage.engine.statements import insert, insert_or_replace
from storage.repositories.repository import Repository
from storage.schema import send_limits

_BY_SCOPE = select(send_limits).where(send_limits.c.scope == bindparam("scope_name"))
_LOCK = _BY_SCOPE.with_for_update()
_ADD = insert(send_limits).on_conflict_do_nothing()
_SAVE = insert_or_replace(send_limits)


class SqlSendLimitsRepository(Repository):
    def get(self, scope: str) -> SendLimits | None:
        row = self._one(_BY_SCOPE, scope_name=scope)
        return None if row is None else _limits(row)

    def lock(self, scope: str, now: datetime) -> SendLimits:
        row = self._one(_LOCK, scope_name=scope)
        if row is not None:
            return _limits(row)
        self._changed(_ADD, **asdict(full(scope, now)))
        return _limits(self._only(_LOCK, scope_name=scope))

    def save(self, limits: SendLimits) -> None:
        self._changed(_SAVE, **asdict(limits))


def _limits(row: Row[Any]) -> SendLimits:
    return SendLimits(**row._asdict())
