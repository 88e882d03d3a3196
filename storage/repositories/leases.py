"""Leases: what only one worker may do at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, or_, select

from storage.engine.statements import insert
from storage.repositories.repository import Repository
from storage.schema import leases

LONGEST = timedelta(minutes=10)
"""Several times as long as any lease lasts. One that ends later was taken while a clock was ahead that is right now."""

# One statement takes and renews a lease, so that no two workers can both find it free.
_new_lease = insert(leases)
_ACQUIRE = _new_lease.on_conflict_do_update(
    index_elements=[leases.c.name],
    set_={"worker": _new_lease.excluded.worker, "until": _new_lease.excluded.until},
    where=or_(
        leases.c.worker == _new_lease.excluded.worker,
        leases.c.until <= bindparam("now"),
        leases.c.until > bindparam("latest"),
    ),
)
_RELEASE = delete(leases).where(leases.c.name == bindparam("name"), leases.c.worker == bindparam("worker"))

_HELD = select(leases.c.name).where(leases.c.until > bindparam("now"), leases.c.until <= bindparam("latest"))


class SqlLeaseRepository(Repository):
    def acquire(self, name: str, worker: str, until: datetime, now: datetime) -> bool:
        return self._changed(_ACQUIRE, name=name, worker=worker, until=until, now=now, latest=now + LONGEST) == 1

    def release(self, name: str, worker: str) -> None:
        self._do(_RELEASE, name=name, worker=worker)

    def held(self, names: Collection[str], now: datetime) -> frozenset[str]:
        return frozenset(name for (name,) in self._all(_HELD, now=now, latest=now + LONGEST)).intersection(names)
