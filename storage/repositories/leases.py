"""What only one worker may do at a time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, or_

from storage.engine.statements import insert
from storage.repositories.repository import Repository
from storage.schema import leases

# One statement takes a lease and renews it, so that no two workers can both find it free.
_hold = insert(leases)
_HOLD = _hold.on_conflict_do_update(
    index_elements=[leases.c.name],
    set_={"worker": _hold.excluded.worker, "until": _hold.excluded.until},
    where=or_(leases.c.worker == _hold.excluded.worker, leases.c.until <= bindparam("at")),
)
_GIVE_BACK = delete(leases).where(leases.c.name == bindparam("which"), leases.c.worker == bindparam("whose"))


class SqlLeaseRepository(Repository):
    __slots__ = ()

    def acquire(self, name: str, worker: str, until: datetime, now: datetime) -> bool:
        return self._changed(_HOLD, name=name, worker=worker, until=until, at=now) == 1

    def release(self, name: str, worker: str) -> None:
        self._do(_GIVE_BACK, which=name, whose=worker)
