"""Open circuit breakers, and what waits behind them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update

from bot.notifications.breaker import POSTPONED, CircuitBreaker
from bot.notifications.model import Receipt
from storage.engine.statements import insert
from storage.repositories.repository import Repository
from storage.schema import breakers, notices

_b, _n = breakers.c, notices.c
# Locked, so that what is postponed because of it is there to be released when it closes.
_OF = select(breakers).where(_b.scope == bindparam("which")).with_for_update()
_ALL = select(breakers).order_by(_b.scope)
_OPEN = insert(breakers).on_conflict_do_nothing()
_TRY = (
    update(breakers)
    .where(_b.scope == bindparam("which"), _b.trials == bindparam("seen"), _b.opened_at == bindparam("since"))
    .values(trials=bindparam("count"), next_trial_at=bindparam("at"))
)
_CLOSE = delete(breakers).where(_b.scope == bindparam("which"))
_RELEASE = (
    update(notices)
    .where(
        _n.platform == bindparam("on"),
        _n.ready_at > bindparam("now"),
        _n.state == Receipt.WAITING.value,
        _n.why == POSTPONED,
    )
    .values(ready_at=bindparam("now"))
)


class SqlBreakerRepository(Repository):
    __slots__ = ()

    def get(self, scope: str) -> CircuitBreaker | None:
        row = self._one(_OF, which=scope)
        return None if row is None else _breaker(row)

    def list_open(self) -> list[CircuitBreaker]:
        return [_breaker(row) for row in self._all(_ALL)]

    def open(self, breaker: CircuitBreaker) -> bool:
        changed = self._changed(
            _OPEN,
            scope=breaker.scope,
            why=breaker.why,
            opened_at=breaker.opened_at,
            next_trial_at=breaker.next_trial_at,
            trials=breaker.trials,
        )
        return changed == 1

    def begin_trial(self, before: CircuitBreaker, after: CircuitBreaker) -> bool:
        changed = self._changed(
            _TRY,
            which=before.scope,
            seen=before.trials,
            since=before.opened_at,
            count=after.trials,
            at=after.next_trial_at,
        )
        return changed == 1

    def close(self, scope: str, now: datetime) -> bool:
        if self._changed(_CLOSE, which=scope) != 1:
            return False
        self._do(_RELEASE, on=scope.partition("/")[0], now=now)
        return True


def _breaker(row: Row[Any]) -> CircuitBreaker:
    return CircuitBreaker(row.scope, row.why, row.opened_at, row.next_trial_at, row.trials)
