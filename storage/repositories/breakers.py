"""Open circuit breakers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update

from bot.notifications.breaker import CircuitBreaker
from storage.engine.statements import insert
from storage.repositories.repository import Repository
from storage.schema import breakers

_b = breakers.c
_BY_SCOPE = select(breakers).where(_b.scope == bindparam("scope_name")).with_for_update()
_ALL = select(breakers).order_by(_b.scope)
_OPEN = insert(breakers).on_conflict_do_nothing()
_REPLACE = (
    update(breakers)
    .where(
        _b.scope == bindparam("scope_name"),
        _b.trials == bindparam("former_trials"),
        _b.opened_at == bindparam("former_opened_at"),
    )
    .values(trials=bindparam("new_trials"), next_trial_at=bindparam("new_trial_at"))
)
_CLOSE = delete(breakers).where(_b.scope == bindparam("scope_name"))


class SqlBreakerRepository(Repository):
    def get(self, scope: str) -> CircuitBreaker | None:
        row = self._one(_BY_SCOPE, scope_name=scope)
        return None if row is None else _breaker(row)

    def list_open(self) -> list[CircuitBreaker]:
        return [_breaker(row) for row in self._all(_ALL)]

    def open(self, breaker: CircuitBreaker) -> bool:
        return self._changed(_OPEN, **asdict(breaker)) == 1

    def replace(self, before: CircuitBreaker, after: CircuitBreaker) -> bool:
        changed = self._changed(
            _REPLACE,
            scope_name=before.scope,
            former_trials=before.trials,
            former_opened_at=before.opened_at,
            new_trials=after.trials,
            new_trial_at=after.next_trial_at,
        )
        return changed == 1

    def close(self, scope: str) -> bool:
        return self._changed(_CLOSE, scope_name=scope) == 1


def _breaker(row: Row[Any]) -> CircuitBreaker:
    return CircuitBreaker(**row._asdict())
